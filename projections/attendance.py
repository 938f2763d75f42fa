"""Attendance: what registers say of each fellow, joined with the session's state and where the fellow was that day.

A fellow's denominator holds the sessions that were delivered, at which the fellow was expected and not waived, and to
which they belonged: a withdrawal, a pause or a deferral dated before the session, or a start after it, takes them out,
however late it was learned. A mark that it contradicts is listed. No mark is unknown: in neither numerator nor
denominator, and apart. So are guests, who were not expected.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, select

from infra.views.reading import At
from projections.counted import Cell, Counted, cell, on, stretches, upcoming, will_be_due
from projections.figure import percent
from projections.register import Guest, LineRow, guests, lines
from projections.session import SessionRow, session, sessions
from projections.standing import STANDING


@dataclass(frozen=True, slots=True)
class FellowAttendance:
    """One fellow's attendance, in minutes. So far: of what was delivered, expected and marked; `sessions_so_far` is n.

    Of planned: of that, of what is unknown, and of what is still to come, for all that is known. A percentage of
    nothing is None.
    """

    fellowship_id: str
    person_id: str
    attended_minutes: int
    expected_minutes: int
    percent_so_far: Decimal | None
    sessions_so_far: int
    planned_minutes: int
    percent_of_planned: Decimal | None
    planned_sessions: int
    unknown_sessions: int
    unknown_minutes: int
    caught_up_minutes: int
    contradicted: tuple[Cell, ...]
    cells: tuple[Cell, ...]

    @property
    def causes(self) -> tuple[int, ...]:
        """The positions of the entries behind the figures."""
        counts = (Counted.MARKED, Counted.UNKNOWN, Counted.UPCOMING)
        return tuple(sorted({cause for each in self.cells if each.counted in counts for cause in each.causes}))


@dataclass(frozen=True, slots=True)
class AttendanceMatrix:
    """The sessions of a cohort by day, and its fellows with a cell for each session that concerns them.

    `attended_minutes` of `expected_minutes` are all fellows together, so far; the percentage of nothing is None.
    """

    sessions: tuple[SessionRow, ...]
    fellows: tuple[FellowAttendance, ...]

    @property
    def attended_minutes(self) -> int:
        """What all fellows together attended."""
        return sum(each.attended_minutes for each in self.fellows)

    @property
    def expected_minutes(self) -> int:
        """What was delivered, expected and marked of all fellows together."""
        return sum(each.expected_minutes for each in self.fellows)

    @property
    def percent(self) -> Decimal | None:
        """The share of what was expected that was attended."""
        return percent(self.attended_minutes, self.expected_minutes)


@dataclass(frozen=True, slots=True)
class RegisterAnswer:
    """A session's register: its lines, and how many of them are what.

    `expected` are those in the denominator, marked or not; `unknown` have no mark; `taken_out` were expected, and were
    not due after all; `contradicted` are those among them who are marked as there. No guest is counted.
    """

    session: SessionRow
    lines: tuple[Cell, ...]
    expected: int
    marked: int
    unknown: int
    waived: int
    taken_out: int
    contradicted: int
    guests: tuple[Guest, ...]


def register(connection: Connection, at: At, session_id: str) -> RegisterAnswer | None:
    """The register of a session, or None where there was no such session then."""
    if (row := session(connection, at, session_id)) is None:
        return None
    written = lines(connection, at, session_ids=[session_id])
    were = stretches(connection, at, {line.fellowship_id for line in written})
    found = tuple(cell(row, line, on(were.get(line.fellowship_id, ()), row, at)) for line in written)
    each = [one.counted for one in found]
    marked, unknown = each.count(Counted.MARKED), each.count(Counted.UNKNOWN) + each.count(Counted.UPCOMING)
    contradicted = each.count(Counted.CONTRADICTED)
    return RegisterAnswer(
        session=row,
        lines=found,
        expected=marked + unknown,
        marked=marked,
        unknown=unknown,
        waived=each.count(Counted.WAIVED),
        taken_out=each.count(Counted.NOT_DUE) + contradicted,
        contradicted=contradicted,
        guests=guests(connection, at, session_id),
    )


def attendance_matrix(connection: Connection, at: At, cohort_id: str) -> AttendanceMatrix:
    """The sessions of a cohort and the attendance of everybody who is in it or on one of its registers."""
    rows = sessions(connection, at, cohort_id)
    written = lines(connection, at, session_ids=[row.session_id for row in rows])
    current = STANDING.as_of(valid=at.valid, known=at.known, where={"current_cohort_id": cohort_id})
    members = {row[0] for row in connection.execute(select(current.c.fellowship_id))}
    members |= {line.fellowship_id for line in written}
    return AttendanceMatrix(tuple(rows), tuple(_fellows(connection, at, rows, written, members)))


def attendance(
    connection: Connection, at: At, *, cohort_id: str | None = None, fellowship_id: str | None = None
) -> list[FellowAttendance]:
    """Attendance at a cohort's sessions of everybody in it or on its registers; or of one fellow, there or everywhere.

    At least one of the two is given; by fellowship. Nobody is listed whom no session concerns and who was in no cohort.
    """
    if fellowship_id is None:
        if cohort_id is None:
            raise ValueError("attendance is asked of a cohort or of a fellow")
        return list(attendance_matrix(connection, at, cohort_id).fellows)
    written = lines(connection, at, fellowship_id=fellowship_id)
    if cohort_id is not None:
        return _fellows(connection, at, sessions(connection, at, cohort_id), written, {fellowship_id})
    now = STANDING.as_of(valid=at.valid, known=at.known, keys=[(fellowship_id,)])
    held = {line.session_id for line in written}
    current = connection.execute(select(now.c.current_cohort_id)).scalar_one_or_none()
    rows = sessions(connection, at, session_ids=held)
    if current is not None:
        rows += [row for row in sessions(connection, at, current) if row.session_id not in held]
    rows.sort(key=lambda row: (row.held_on, row.session_id))
    return _fellows(connection, at, rows, written, {fellowship_id})


def _fellows(
    connection: Connection, at: At, rows: Sequence[SessionRow], written: Sequence[LineRow], members: Collection[str]
) -> list[FellowAttendance]:
    theirs = {(line.fellowship_id, line.session_id): line for line in written}
    were = stretches(connection, at, members)
    found: list[FellowAttendance] = []
    for fellowship_id in sorted(members):
        mine = were.get(fellowship_id, ())
        cells: list[Cell] = []
        for row in rows:
            there = on(mine, row, at)
            line = theirs.get((fellowship_id, row.session_id))
            if line is not None:
                cells.append(cell(row, line, there))
            elif there is not None and will_be_due(row, there, at):
                cells.append(upcoming(row, there))
        holder = cells[0].person_id if cells else next((each.person_id for each in mine), None)
        if holder is not None:
            found.append(_summed(fellowship_id, holder, cells))
    return found


def _summed(fellowship_id: str, person_id: str, cells: Sequence[Cell]) -> FellowAttendance:
    marked = [each for each in cells if each.counted is Counted.MARKED]
    unknown = [each for each in cells if each.counted is Counted.UNKNOWN]
    to_come = [each for each in cells if each.counted is Counted.UPCOMING]
    there = sum(each.attended_minutes for each in marked)
    expected = _lasted(marked)
    planned = _lasted((*marked, *unknown, *to_come))
    return FellowAttendance(
        fellowship_id=fellowship_id,
        person_id=person_id,
        attended_minutes=there,
        expected_minutes=expected,
        percent_so_far=percent(there, expected),
        sessions_so_far=len(marked),
        planned_minutes=planned,
        percent_of_planned=percent(there, planned),
        planned_sessions=len(marked) + len(unknown) + len(to_come),
        unknown_sessions=len(unknown),
        unknown_minutes=_lasted(unknown),
        caught_up_minutes=sum(each.caught_up for each in marked + unknown),
        contradicted=tuple(each for each in cells if each.counted is Counted.CONTRADICTED),
        cells=tuple(cells),
    )


def _lasted(cells: Iterable[Cell]) -> int:
    return sum(each.session_minutes for each in cells)
