"""Registers: what each says of each fellow, line by line, and of its guests."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import Connection, select

from domain.event import Recorded
from domain.session import SESSION
from domain.session_events import (
    AttendanceRecorded,
    CatchUpCompleted,
    ExpectationWaived,
    FellowExpected,
    GuestAttendanceRecorded,
    Mark,
)
from domain.values import FellowshipId, PersonId, SessionId
from infra.log.entries import of_streams
from infra.views.reading import At
from infra.views.view import Routed, View
from projections.entry import entries


class Line(NamedTuple):
    """What a register says of one fellow, as the view holds it. No mark means that nothing is known."""

    person_id: PersonId
    waived: bool
    mark: Mark | None
    minutes: int | None
    caught_up: int | None


_OF_A_FELLOW = FellowExpected | ExpectationWaived | AttendanceRecorded | CatchUpCompleted


def route(recorded: Recorded) -> Iterable[Routed]:
    """What a register says of a fellow goes to that fellow at that session."""
    event = recorded.event
    if isinstance(event, _OF_A_FELLOW):
        yield Routed((recorded.key, event.fellowship_id), recorded.day, event)


def fold(line: Line | None, event: object) -> Line | None:
    """The line after a fact."""
    if isinstance(event, FellowExpected):
        return Line(event.person_id, waived=False, mark=None, minutes=None, caught_up=None)
    if line is None:
        return None
    match event:
        case ExpectationWaived():
            return line._replace(waived=True)
        case AttendanceRecorded(mark=mark, minutes=minutes):
            return line._replace(mark=mark, minutes=minutes)
        case CatchUpCompleted(minutes=minutes):
            return line._replace(caught_up=minutes)
        case _:
            return line


ATTENDANCE = View(
    name="attendance",
    version=1,
    key={"session_id": SessionId, "fellowship_id": FellowshipId},
    state=Line,
    route=route,
    fold=fold,
    now_indexes=("fellowship_id",),
)


class LineRow(NamedTuple):
    """A line of a register as a reader sees it, and the position of the entry that made it so."""

    session_id: str
    fellowship_id: str
    person_id: str
    waived: bool
    mark: Mark | None
    minutes: int | None
    caught_up: int | None
    cause: int


def lines(
    connection: Connection, at: At, *, session_ids: Collection[str] | None = None, fellowship_id: str | None = None
) -> list[LineRow]:
    """The lines of these sessions' registers, or those of one fellow."""
    if session_ids is not None and not session_ids:
        return []
    where = {"fellowship_id": fellowship_id} if session_ids is None else {"session_id": list(session_ids)}
    rows = ATTENDANCE.as_of(valid=at.valid, known=at.known, where=where)
    columns = [rows.c[name] for name in LineRow._fields]
    ordered = select(*columns).order_by(rows.c.session_id, rows.c.fellowship_id)
    found = (LineRow(*row) for row in connection.execute(ordered))
    return [line._replace(mark=None if line.mark is None else Mark(line.mark)) for line in found]


class Guest(NamedTuple):
    """Somebody who was at a session and not expected, and the position of the entry that says so. Minutes: None is all.

    `fellowship_id` is theirs, where one was named.
    """

    person_id: str
    fellowship_id: str | None
    minutes: int | None
    cause: int


def guests(connection: Connection, at: At, session_id: str) -> tuple[Guest, ...]:
    """The guests of a session, in the order they were recorded."""
    found = entries(of_streams(connection, [SESSION.of(session_id)], at.known), at.valid)
    return tuple(
        Guest(**each.fields, cause=each.position)
        for each in found
        if each.kind == GuestAttendanceRecorded.kind and each.stands(at.valid)
    )
