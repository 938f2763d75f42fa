"""Which cohorts there are, when they run, and since when the record knows of them."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Date, bindparam, literal, select

from domain.cohort import COHORT, CohortCapacityChanged, CohortDatesChanged, CohortPlanned, ProgrammeVersionAssigned
from domain.event import Recorded
from domain.values import CohortId, ProgrammeId
from infra.log.entries import first
from infra.postgres.prepared import Asking, Prepared
from infra.views.reading import KNOWN, VALID, At
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


class Days(NamedTuple):
    """A cohort's first day and its last."""

    code: str
    starts_on: date
    ends_on: date


def _cohorts(*, where: dict[str, Any] | None = None, keys: str | None = None) -> Prepared:
    rows = COHORTS.as_of(VALID, KNOWN, where=where, keys=keys)
    programmes = PROGRAMMES.as_of(VALID, KNOWN)
    columns = [
        programmes.c.code.label("programme_code") if name == "programme_code" else rows.c[name]
        for name in CohortRow._fields
    ]
    joined = rows.outerjoin(programmes, rows.c.programme_id == programmes.c.programme_id)
    return Prepared(select(*columns).select_from(joined).order_by(rows.c.starts_on, rows.c.code, rows.c.cohort_id))


_ALL = _cohorts()
_OF_PROGRAMME = _cohorts(where={"programme_id": bindparam("programme_id")})
_ONE = _cohorts(keys="cohorts")
_LIFE = COHORTS.as_of(literal(date.max, Date), KNOWN, keys="cohorts")
_DAYS = Prepared(select(*(_LIFE.c[name] for name in Days._fields)))


def cohorts(connection: Connection, at: At, *, programme_id: str | None = None) -> list[CohortRow]:
    """The cohorts there were, by first day and code; of one programme, if it is named."""
    question = _OF_PROGRAMME if programme_id else _ALL
    return question.rows(connection, at.given(programme_id=programme_id), CohortRow._make)


def cohort(connection: Connection, at: At, cohort_id: str) -> CohortRow | None:
    """One cohort, or None where there was none then."""
    found = _ONE.rows(connection, at.given(cohorts=[cohort_id]), CohortRow._make)
    return found[0] if found else None


def days(connection: Connection, at: At, cohort_id: str) -> Days | None:
    """From when until when a cohort was to last, as known then, on whatever day; None where nothing was known of it."""
    found = asking_days(at, cohort_id).rows(connection)
    return found[0] if found else None


def asking_days(at: At, cohort_id: str) -> Asking[Days]:
    """The same, to be asked together with something else: no row where nothing was known of the cohort."""
    return Asking(_DAYS, at.given(cohorts=[cohort_id]), Days._make)


def first_recorded(connection: Connection, cohort_id: str) -> Recorded | None:
    """The entry by which the record first heard of a cohort, whenever that is asked; None if it never has."""
    return first(connection, COHORT.of(cohort_id))
