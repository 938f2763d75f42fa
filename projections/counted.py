"""How a session counts for a fellow: the register's line, the session's state and where the fellow was, joined."""

from collections.abc import Collection, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, select

from domain.fellowship_state import ENDINGS, Standing
from domain.session_events import Mark
from domain.session_state import SessionStage, attended
from infra.views.reading import At
from projections.register import LineRow
from projections.session import SessionRow
from projections.standing import STANDING


class Counted(StrEnum):
    """How a session counts for a fellow."""

    MARKED = "marked"
    """So far: delivered, expected and marked."""
    UNKNOWN = "unknown"
    """Delivered and expected, and no mark: apart from what is so far."""
    UPCOMING = "upcoming"
    """Not delivered, as far as is known, and the fellow is due: planned."""
    WAIVED = "waived"
    CANCELLED = "cancelled"
    NOT_DUE = "not_due"
    """The fellow had left, or was paused or deferred, since before the session's day, or had not started by it."""
    CONTRADICTED = "contradicted"
    """Not due, and yet marked as there."""


class Cell(NamedTuple):
    """One fellow at one session. Times are minutes; `attended_minutes` counts where `counted` is marked.

    `standing` is where the fellow was on the session's day, or is, if that is later. `causes` are the positions of the
    entries that made the session's state, the line and the standing so, as many as there are.
    """

    session_id: str
    fellowship_id: str
    person_id: str
    counted: Counted
    mark: Mark | None
    attended_minutes: int
    session_minutes: int
    caught_up: int
    standing: Standing | None
    causes: tuple[int, ...]


class Stretch(NamedTuple):
    fellowship_id: str
    person_id: str
    current_cohort_id: str | None
    state: Standing
    since: date
    before: Standing | None
    started_on: date | None
    valid_from: date
    valid_to: date | None
    cause: int


AWAY = ENDINGS | {Standing.PAUSED, Standing.DEFERRED}


class There(NamedTuple):
    """Where a fellow was on a session's day; `away` since before it, or moved on to another cohort.

    `waiting`: the day has come, and the fellowship had not started by it.
    """

    stretch: Stretch
    away: bool
    waiting: bool


def on(stretches: Sequence[Stretch], row: SessionRow, at: At) -> There | None:
    """Where a fellow was on the session's day, or is on the day of the answer, if that comes first."""
    then = min(row.held_on, at.valid)
    earlier = [each for each in stretches if each.valid_from <= then]
    if not earlier or (earlier[-1].valid_to is not None and earlier[-1].valid_to <= then):
        return None
    now = earlier[-1]
    eve = next((each for each in reversed(earlier) if each.valid_from < row.held_on), None)
    away = now.state in AWAY and (now.since < row.held_on or (eve is not None and eve.state in AWAY))
    moved_on = now.current_cohort_id != row.cohort_id and any(
        each.current_cohort_id == row.cohort_id for each in earlier
    )
    return There(now, away or moved_on, now.started_on is None and row.held_on <= at.valid)


def will_be_due(row: SessionRow, there: There, at: At) -> bool:
    """Whether a fellow is due at a session whose register has not been opened."""
    return (
        row.stage is SessionStage.SCHEDULED
        and row.register is None
        and there.stretch.current_cohort_id == row.cohort_id
        and not there.away
        and not there.waiting
    )


def upcoming(row: SessionRow, there: There) -> Cell:
    mine = there.stretch
    causes = (row.cause, mine.cause)
    return Cell(
        row.session_id,
        mine.fellowship_id,
        mine.person_id,
        Counted.UPCOMING,
        None,
        0,
        row.minutes,
        0,
        mine.state,
        causes,
    )


def cell(row: SessionRow, line: LineRow, there: There | None) -> Cell:
    return Cell(
        session_id=row.session_id,
        fellowship_id=line.fellowship_id,
        person_id=line.person_id,
        counted=_counted(row, line, there),
        mark=line.mark,
        attended_minutes=0 if line.mark is None else attended(line.mark, line.minutes, row.minutes),
        session_minutes=row.minutes,
        caught_up=line.caught_up or 0,
        standing=None if there is None else there.stretch.state,
        causes=(row.cause, line.cause, *(() if there is None else (there.stretch.cause,))),
    )


def _counted(row: SessionRow, line: LineRow, there: There | None) -> Counted:
    if row.stage is SessionStage.CANCELLED:
        return Counted.CANCELLED
    if line.waived:
        return Counted.WAIVED
    if there is not None and (there.away or there.waiting):
        return Counted.CONTRADICTED if line.mark is not None and line.mark.took_part else Counted.NOT_DUE
    if row.stage is SessionStage.SCHEDULED:
        return Counted.UPCOMING
    return Counted.UNKNOWN if line.mark is None else Counted.MARKED


def stretches(connection: Connection, at: At, fellowships: Collection[str]) -> dict[str, list[Stretch]]:
    """Where these fellows were, stretch by stretch in order of days, as known at the position."""
    if not fellowships:
        return {}
    rows = STANDING.throughout(at.known, keys=[(each,) for each in sorted(fellowships)])
    columns = [rows.c[name] for name in Stretch._fields]
    found: dict[str, list[Stretch]] = {}
    for row in connection.execute(select(*columns).order_by(rows.c.fellowship_id, rows.c.valid_from)):
        stretch = Stretch(*row)
        found.setdefault(stretch.fellowship_id, []).append(stretch._replace(state=Standing(stretch.state)))
    return found
