"""Fellows who completed without a project: what should not be, worked out from what is known and listed for staff.

A fellow works on at least one project before completion (domain.md 2.4). A completion is a fact all the same and is
never refused for it; a project told late takes the fellow off the list.
"""

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, and_, select

from domain.fellowship_state import Standing
from domain.values import Precision
from infra.views.reading import At
from projections.project import UNDERTAKINGS
from projections.standing import STANDING, Attribution


class CompletedRow(NamedTuple):
    """A fellow who had completed and had taken no project on by then; `cause` is the position of that completion."""

    fellowship_id: str
    person_id: str
    cohort_id: str
    completed_on: date
    precision: Precision
    cause: int


def completed_without_project(
    connection: Connection, at: At, *, cohort_id: str | None = None, attribution: Attribution = Attribution.ORIGIN
) -> list[CompletedRow]:
    """The fellows who had completed by the day and taken no project on by their completion, of one cohort or all."""
    where: dict[str, str] = {"state": Standing.COMPLETED.value}
    if cohort_id is not None:
        where[attribution.column] = cohort_id
    fellows = STANDING.as_of(valid=at.valid, known=at.known, where=where)
    work = UNDERTAKINGS.as_of(valid=at.valid, known=at.known)
    theirs = and_(fellows.c.fellowship_id == work.c.fellowship_id, work.c.joined_on <= fellows.c.since)
    names = ("fellowship_id", "person_id", attribution.column, "since", "precision", "cause")
    found = (
        select(*(fellows.c[name] for name in names))
        .select_from(fellows.outerjoin(work, theirs))
        .where(work.c.project_id.is_(None))
        .order_by(fellows.c.since, fellows.c.fellowship_id)
    )
    rows = (CompletedRow(*row) for row in connection.execute(found))
    return [row._replace(precision=Precision(row.precision)) for row in rows]
