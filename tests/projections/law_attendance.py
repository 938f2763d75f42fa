"""Plain answers about attendance, from what the sessions, the registers and the standing say one by one."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from domain.event import Event, Recorded
from domain.session_events import AttendanceRecorded, GuestAttendanceRecorded, Mark
from domain.session_state import SessionStage
from infra.views.reading import At
from projections.attendance import AttendanceMatrix, FellowAttendance, RegisterAnswer
from projections.coaching import COACHING_USE
from projections.counted import Cell, Counted
from projections.entry import Status
from projections.irregularity import MARK_CONTRADICTED
from projections.register import ATTENDANCE, Guest
from projections.session import SESSIONS, SessionRow
from projections.standing import STANDING, Attribution
from tests.projections.law_entries import became
from tests.projections.law_fellows import members
from tests.projections.law_world import Question, Row, World

_AWAY = {
    "paused",
    "deferred",
    "completed",
    "not_completed",
    "ended_by_programme",
    "withdrawn",
    "declined",
    "lapsed",
    "place_given_up",
}


def share(part: int, whole: int) -> Decimal | None:
    """Per cent to one place, halves up."""
    return Decimal(floor(Fraction(1000 * part, whole) + Fraction(1, 2))) / 10 if whole else None


def session_row(row: Row) -> SessionRow:
    """A session as a reader sees it."""
    return SessionRow(session_id=row.key[0], **row.told(SessionRow._fields))


def by_day(rows: Iterable[Row]) -> list[Row]:
    """Sessions in the order in which they are held."""
    return sorted(rows, key=lambda row: (row.state.held_on, row.key))


class _There:
    """Where a fellow was on the day of a session, or is, if that is later."""

    def __init__(self, world: World, at: At, session: Row, fellow: str) -> None:
        held_on: date = session.state.held_on
        then = min(held_on, at.valid)
        self.now = world.row(STANDING, At(then, at.known), fellow)
        self.away = self.waiting = False
        if self.now is not None:
            earlier = [world.row(STANDING, At(day, at.known), fellow) for day in world.days(then)]
            been = [each.state for each in earlier if each is not None]
            before = min(then, held_on - timedelta(days=1))
            eves = [world.row(STANDING, At(day, at.known), fellow) for day in world.days(before)]
            eve = next((each.state.state for each in reversed(eves) if each is not None), None)
            gone = self.now.state.state in _AWAY and (self.now.state.since < held_on or eve in _AWAY)
            cohort = session.state.cohort_id
            moved = self.now.state.current_cohort_id != cohort and any(s.current_cohort_id == cohort for s in been)
            self.away = gone or moved
            self.waiting = self.now.state.started_on is None and held_on <= at.valid

    @property
    def standing(self) -> Any:
        """Their state."""
        return self.now and self.now.state.state

    @property
    def causes(self) -> tuple[int, ...]:
        """The entry that made it so."""
        return () if self.now is None else (self.now.cause,)


def _cell(world: World, at: At, session: Row, fellow: str) -> Cell | None:
    """How a session counts for a fellow; None where it does not concern them."""
    there = _There(world, at, session, fellow)
    line = world.row(ATTENDANCE, at, session.key[0], fellow)
    stage, minutes = session.state.stage, session.state.minutes
    if line is None:
        now = there.now
        waiting = stage is SessionStage.SCHEDULED and session.state.register is None
        if now is None or there.away or not waiting or now.state.current_cohort_id != session.state.cohort_id:
            return None
        if there.waiting:
            return None
        causes = (session.cause, *there.causes)
        person = now.state.person_id
        return Cell(session.key[0], fellow, person, Counted.UPCOMING, None, 0, minutes, 0, there.standing, causes)
    mark: Mark | None = line.state.mark
    was_there = mark in (Mark.PRESENT, Mark.LATE, Mark.PART)
    if stage is SessionStage.CANCELLED:
        counted = Counted.CANCELLED
    elif line.state.waived:
        counted = Counted.WAIVED
    elif there.away or there.waiting:
        counted = Counted.CONTRADICTED if was_there else Counted.NOT_DUE
    elif stage is SessionStage.SCHEDULED:
        counted = Counted.UPCOMING
    else:
        counted = Counted.MARKED if mark else Counted.UNKNOWN
    attended = (line.state.minutes or 0) if mark is Mark.PART else minutes if was_there else 0
    return Cell(
        session.key[0],
        fellow,
        line.state.person_id,
        counted,
        mark,
        attended,
        minutes,
        line.state.caught_up or 0,
        there.standing,
        (session.cause, line.cause, *there.causes),
    )


def _fellow(world: World, at: At, sessions: Sequence[Row], fellow: str) -> FellowAttendance | None:
    """The sums of one fellow; None of somebody who was in no cohort and whom no session concerns."""
    cells = [cell for session in sessions if (cell := _cell(world, at, session, fellow)) is not None]
    person = cells[0].person_id if cells else _first_person(world, at, fellow)
    if person is None:
        return None

    def lasted(*counted: Counted) -> int:
        return sum(cell.session_minutes for cell in cells if cell.counted in counted)

    def number(*counted: Counted) -> int:
        return sum(cell.counted in counted for cell in cells)

    planned = (Counted.MARKED, Counted.UNKNOWN, Counted.UPCOMING)
    there = sum(cell.attended_minutes for cell in cells if cell.counted is Counted.MARKED)
    return FellowAttendance(
        fellowship_id=fellow,
        person_id=person,
        attended_minutes=there,
        expected_minutes=lasted(Counted.MARKED),
        percent_so_far=share(there, lasted(Counted.MARKED)),
        sessions_so_far=number(Counted.MARKED),
        planned_minutes=lasted(*planned),
        percent_of_planned=share(there, lasted(*planned)),
        planned_sessions=number(*planned),
        unknown_sessions=number(Counted.UNKNOWN),
        unknown_minutes=lasted(Counted.UNKNOWN),
        caught_up_minutes=sum(c.caught_up for c in cells if c.counted in (Counted.MARKED, Counted.UNKNOWN)),
        contradicted=tuple(cell for cell in cells if cell.counted is Counted.CONTRADICTED),
        cells=tuple(cells),
    )


def _first_person(world: World, at: At, fellow: str) -> str | None:
    """Who held the fellowship first, on whatever day."""
    rows = [world.row(STANDING, At(day, at.known), fellow) for day in world.days(date.max)]
    return next((row.state.person_id for row in rows if row is not None), None)


def matrix(world: World, asked: Question) -> AttendanceMatrix:
    """A cohort's sessions, and everybody in it or on one of its registers."""
    at = asked.at
    sessions = by_day(row for row in world.rows(SESSIONS, at) if row.state.cohort_id == asked.one)
    held = {row.key[0] for row in sessions}
    fellows = {row.key[0] for row in members(world, at, asked.one, Attribution.CURRENT)}
    fellows |= {row.key[1] for row in world.rows(ATTENDANCE, at) if row.key[0] in held}
    found = [_fellow(world, at, sessions, fellow) for fellow in sorted(fellows)]
    return AttendanceMatrix(
        tuple(session_row(row) for row in sessions), tuple(each for each in found if each is not None)
    )


def fellow(world: World, asked: Question) -> list[FellowAttendance]:
    """One fellow, at the sessions of their cohort and those on whose registers they are; or at those of a cohort."""
    at = asked.at
    if asked.way % 2:
        sessions = [row for row in world.rows(SESSIONS, at) if row.state.cohort_id == asked.other]
        theirs = _fellow(world, at, by_day(sessions), asked.one)
        return [] if theirs is None else [theirs]
    now = world.row(STANDING, at, asked.one)
    cohort = now and now.state.current_cohort_id
    concerning = [
        row
        for row in world.rows(SESSIONS, at)
        if world.row(ATTENDANCE, at, row.key[0], asked.one) or (cohort and row.state.cohort_id == cohort)
    ]
    found = _fellow(world, at, by_day(concerning), asked.one)
    return [] if found is None else [found]


def register(world: World, asked: Question) -> RegisterAnswer | None:
    """The register of a session."""
    at = asked.at
    if (session := world.row(SESSIONS, at, asked.one)) is None:
        return None
    lines = [_cell(world, at, session, row.key[1]) for row in world.rows(ATTENDANCE, at) if row.key[0] == asked.one]
    cells = tuple(cell for cell in lines if cell is not None)

    def number(*counted: Counted) -> int:
        return sum(cell.counted in counted for cell in cells)

    return RegisterAnswer(
        session_row(session),
        cells,
        expected=number(Counted.MARKED, Counted.UNKNOWN, Counted.UPCOMING),
        marked=number(Counted.MARKED),
        unknown=number(Counted.UNKNOWN, Counted.UPCOMING),
        waived=number(Counted.WAIVED),
        taken_out=number(Counted.NOT_DUE, Counted.CONTRADICTED),
        contradicted=number(Counted.CONTRADICTED),
        guests=_guests(world, at, asked.one),
    )


def _standing(world: World, at: At, session: str, kind: type[Event]) -> list[Recorded]:
    """What stands of one kind in a session's record at the end of a day, in the order of days."""
    entries = world.entries(at.known, f"session:{session}")
    stands = {position for position, status, *_ in became(entries, at.valid) if status is Status.STANDS}
    found = [each for each in entries if each.position in stands and each.day <= at.valid]
    return sorted((each for each in found if type(each.event) is kind), key=lambda each: (each.day, each.slot))


def _guests(world: World, at: At, session: str) -> tuple[Guest, ...]:
    found = sorted(_standing(world, at, session, GuestAttendanceRecorded), key=lambda each: each.position)
    return tuple(Guest(**each.event.payload(), cause=each.position) for each in found)


def irregular(world: World, asked: Question) -> list[Any]:
    """The entries recorded with an irregularity, and the marks that are contradicted, from the one after a position on.

    Of each its position, what became of it, the codes, and how the session counts where it is contradicted.
    """
    at = asked.at
    found: dict[int, tuple[tuple[str, ...], Cell | None, tuple[int, ...]]] = {
        entry.position: (entry.stated.irregularities, None, ())
        for entry in world.entries(at.known)
        if entry.stated.irregularities
    }
    for session in world.rows(SESSIONS, at):
        for line in world.rows(ATTENDANCE, at):
            if line.key[0] == session.key[0]:
                cell = _cell(world, at, session, line.key[1])
                if cell is not None and cell.counted is Counted.CONTRADICTED:
                    marks = _standing(world, at, session.key[0], AttendanceRecorded)
                    mark = [each for each in marks if dict(each.event)["fellowship_id"] == line.key[1]][-1]
                    found[mark.position] = ((*mark.stated.irregularities, MARK_CONTRADICTED), cell, ())
    stood = became(world.entries(at.known), at.valid)
    stands = {position for position, status, *_ in stood if status is Status.STANDS}
    for entry in world.entries(at.known):
        told = dict(entry.event)
        used = told["minutes"] if entry.event.kind == "coaching.session_held" else told.get("minutes_used")
        if not used or entry.position not in stands or entry.day > at.valid:
            continue
        coaching = world.row(COACHING_USE, At(entry.day, at.known), entry.key)
        fellow = None if coaching is None else coaching.state.fellowship_id
        now = world.row(STANDING, At(entry.day, at.known), fellow)
        eve = world.row(STANDING, At(entry.day - timedelta(days=1), at.known), fellow)
        left = all(row is not None and row.state.state in _AWAY - {"paused"} for row in (now, eve))
        if now is not None and (left or now.state.started_on is None):
            found[entry.position] = ((*entry.stated.irregularities, "coaching_contradicted"), None, (now.cause,))
    told = became(world.entries(at.known), at.valid)
    return [(*each, *found[each[0]]) for each in told if each[0] in found and each[0] > asked.earlier][:3]
