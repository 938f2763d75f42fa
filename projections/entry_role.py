"""Roles at entry: of which fellows the role is recorded in which they entered, and of which it is still to be told."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, select

from infra.views.reading import At
from projections.career import ENTRIES
from projections.standing import STANDING, Attribution


class FellowEntryRow(NamedTuple):
    """A fellow who had started, with the role at entry, if it is recorded: null where it is still to be told.

    `cause` is the position of the entry that tells it; where there is none, of the one that made the fellow stand as
    they do.
    """

    fellowship_id: str
    person_id: str
    cohort_id: str
    started_on: date
    role_id: str | None
    entered_on: date | None
    cause: int


def roles_at_entry(
    connection: Connection,
    at: At,
    *,
    cohort_id: str | None = None,
    attribution: Attribution = Attribution.ORIGIN,
    missing: bool = False,
) -> list[FellowEntryRow]:
    """The fellows who had started by the day, of one cohort or all, by start; only those without, if `missing`."""
    where = {} if cohort_id is None else {attribution.column: cohort_id}
    fellows = STANDING.as_of(valid=at.valid, known=at.known, where=where)
    told = ENTRIES.as_of(valid=at.valid, known=at.known)
    cohort = fellows.c[attribution.column]
    found = (
        select(
            fellows.c.fellowship_id,
            fellows.c.person_id,
            cohort,
            fellows.c.started_on,
            told.c.role_id,
            told.c.entered_on,
            func.coalesce(told.c.cause, fellows.c.cause),
        )
        .select_from(fellows.outerjoin(told, fellows.c.fellowship_id == told.c.fellowship_id))
        .where(and_(fellows.c.started_on.is_not(None), cohort.is_not(None)))
        .order_by(fellows.c.started_on, fellows.c.fellowship_id)
    )
    if missing:
        found = found.where(told.c.role_id.is_(None))
    return [FellowEntryRow(*row) for row in connection.execute(found)]
