"""Retention: how cohorts held on to those who started, at equal months since their start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Date, Integer, Uuid, and_, column, func, or_, select, values

from domain.fellowship_state import Standing
from domain.months import months_after
from domain.values import Precision
from infra.views.reading import At
from projections.cohort import CohortRow
from projections.horizon import last_day_told
from projections.standing import COUNTED, STANDING

MONTHS = (0, 3, 6, 9, 12)
"""Months since the start that are compared, where nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class Month:
    """Where the starters of a cohort were so many months after its first day.

    `started` is how many of those who accepted a place in it had started by then. Of these, `in_programme` were in
    progress, paused or deferred; the rest had completed, ended without completing, or withdrawn. `retained` is in the
    programme or completed. A cohort too young for the month has `not_yet`, and no figures.
    """

    month: int
    day: date
    not_yet: bool
    started: int | None = None
    in_programme: int | None = None
    completed: int | None = None
    not_completed: int | None = None
    withdrawn: int | None = None
    retained: int | None = None
    imprecise_dates: int | None = None


@dataclass(frozen=True, slots=True)
class CohortRetention:
    """One cohort's retention, by origin: everyone who accepted a place in it, wherever they are."""

    cohort_id: str
    code: str
    programme_version: str
    starts_on: date
    months: tuple[Month, ...]


GROUPS: Mapping[str, tuple[str, ...]] = {
    "in_programme": ("in_progress", "paused", "deferred"),
    "completed": ("completed",),
    "not_completed": ("not_completed",),
    "withdrawn": ("withdrawn",),
}
"""The figures that make up those who started, and the counts of a standing that each holds."""
_GROUP = {state: group for group, counts in GROUPS.items() for state, count in COUNTED.items() if count in counts}


def retention(
    connection: Connection, at: At, cohorts: Sequence[CohortRow], months: Sequence[int] = MONTHS
) -> list[CohortRetention]:
    """Each cohort at each month, as known at the position.

    Months that end after the last day told (`last_day_told`) are not yet.
    """
    last_day = last_day_told(connection, at)
    asked = [(row.cohort_id, month, months_after(row.starts_on, month)) for row in cohorts for month in sorted(months)]
    found = _figures(connection, at, [each for each in asked if each[2] <= last_day])
    return [
        CohortRetention(
            row.cohort_id,
            row.code,
            row.programme_version,
            row.starts_on,
            tuple(
                _month(month, day, found.get((cohort_id, month), {}), not_yet=day > last_day)
                for cohort_id, month, day in asked
                if cohort_id == row.cohort_id
            ),
        )
        for row in cohorts
    ]


def _month(month: int, day: date, figures: dict[str, int], *, not_yet: bool) -> Month:
    if not_yet:
        return Month(month, day, not_yet=True)
    counts = {group: figures.get(group, 0) for group in GROUPS}
    return Month(
        month,
        day,
        not_yet=False,
        **counts,
        started=sum(counts.values()),
        retained=counts["in_programme"] + counts["completed"],
        imprecise_dates=figures.get("imprecise_dates", 0),
    )


def _figures(
    connection: Connection, at: At, asked: Sequence[tuple[str, int, date]]
) -> dict[tuple[str, int], dict[str, int]]:
    if not asked:
        return {}
    days = values(column("cohort_id", Uuid(as_uuid=False)), column("month", Integer), column("day", Date), name="asked")
    asked_for = days.data(list(asked)).alias("asked")
    rows = STANDING.throughout(at.known, where={"origin_cohort_id": sorted({cohort_id for cohort_id, *_ in asked})})
    exact = rows.c.precision == Precision.DAY
    then = and_(
        rows.c.origin_cohort_id == asked_for.c.cohort_id,
        rows.c.valid_from <= asked_for.c.day,
        or_(rows.c.valid_to.is_(None), rows.c.valid_to > asked_for.c.day),
    )
    statement = (
        select(asked_for.c.cohort_id, asked_for.c.month, rows.c.state, exact, func.count())
        .select_from(rows.join(asked_for, then))
        .where(rows.c.started_on.is_not(None))
        .group_by(asked_for.c.cohort_id, asked_for.c.month, rows.c.state, exact)
    )
    found: dict[tuple[str, int], dict[str, int]] = {}
    for cohort, month, state, precise, people in connection.execute(statement):
        if (group := _GROUP.get(Standing(state))) is not None:
            figures = found.setdefault((cohort, month), {})
            figures[group] = figures.get(group, 0) + people
            figures["imprecise_dates"] = figures.get("imprecise_dates", 0) + (0 if precise else people)
    return found
