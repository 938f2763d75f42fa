"""Which cohorts there are, when they run, and since when the record knows of them."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, Select, select, text

from domain.cohort import COHORT, CohortCapacityChanged, CohortDatesChanged, CohortPlanned, ProgrammeVersionAssigned
from domain.event import Recorded
from domain.values import CohortId, ProgrammeId
from infra.views.reading import At
from infra.views.view import Routed, View
from projections.programme import PROGRAMMES


class Cohort(NamedTuple):
    """A cohort as the view holds it."""

    code: str
    programme_id: ProgrammeId
    programme_version: str
    starts_on: date
    ends_on: date
    capacity: int | None


def route(recorded: Recorded) -> Iterable[Routed]:
    """A cohort's plan and the changes to it go to that cohort."""
    if isinstance(
        recorded.event, CohortPlanned | ProgrammeVersionAssigned | CohortDatesChanged | CohortCapacityChanged
    ):
        yield Routed((recorded.key,), recorded.day, recorded.event)


def fold(cohort: Cohort | None, event: object) -> Cohort | None:
    """The cohort after a fact."""
    match event:
        case CohortPlanned():
            return Cohort(
                event.code,
                event.programme_id,
                event.programme_version,
                event.starts_on,
                event.ends_on,
                event.capacity,
            )
        case ProgrammeVersionAssigned(programme_version=version) if cohort:
            return cohort._replace(programme_version=version)
        case CohortDatesChanged(starts_on=starts_on, ends_on=ends_on) if cohort:
            return cohort._replace(starts_on=starts_on, ends_on=ends_on)
        case CohortCapacityChanged(capacity=capacity) if cohort:
            return cohort._replace(capacity=capacity)
        case _:
            return cohort


COHORTS = View(
    name="cohort",
    version=1,
    key={"cohort_id": CohortId},
    state=Cohort,
    route=route,
    fold=fold,
    ever=("programme_id",),
)


class CohortRow(NamedTuple):
    """A cohort as a reader sees it."""

    cohort_id: str
    code: str
    programme_id: str
    programme_code: str | None
    programme_version: str
    starts_on: date
    ends_on: date
    capacity: int | None


class FirstRecord(NamedTuple):
    """The first entry about something, whenever it is asked."""

    position: int
    recorded_at: datetime
    source: str | None


def cohorts(connection: Connection, at: At, *, programme_id: str | None = None) -> list[CohortRow]:
    """The cohorts there were, by first day and code; of one programme, if it is named."""
    where = {"programme_id": programme_id} if programme_id else None
    return [CohortRow(*row) for row in connection.execute(_cohorts(at, where=where))]


def cohort(connection: Connection, at: At, cohort_id: str) -> CohortRow | None:
    """One cohort, or None where there was none then."""
    row = connection.execute(_cohorts(at, keys=[(cohort_id,)])).one_or_none()
    return None if row is None else CohortRow(*row)


def first_recorded(connection: Connection, cohort_id: str) -> FirstRecord | None:
    """When, at which position and from what source the record first heard of a cohort; None if it never has."""
    statement = text("SELECT position, recorded_at, envelope FROM log.event WHERE stream = :stream AND version = 1")
    row = connection.execute(statement, {"stream": COHORT.of(cohort_id)}).one_or_none()
    return None if row is None else FirstRecord(row[0], row[1], json.loads(row[2]).get("source"))


def _cohorts(
    at: At, *, where: dict[str, str] | None = None, keys: list[tuple[str, ...]] | None = None
) -> Select[tuple[object, ...]]:
    rows = COHORTS.as_of(valid=at.valid, known=at.known, where=where, keys=keys)
    programmes = PROGRAMMES.as_of(valid=at.valid, known=at.known)
    columns = [
        programmes.c.code.label("programme_code") if name == "programme_code" else rows.c[name]
        for name in CohortRow._fields
    ]
    joined = rows.outerjoin(programmes, rows.c.programme_id == programmes.c.programme_id)
    return select(*columns).select_from(joined).order_by(rows.c.starts_on, rows.c.code, rows.c.cohort_id)
