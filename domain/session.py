"""Sessions of a cohort and their registers, from scheduling to the signature under the marks."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import assert_never

from domain.session_events import (
    AttendanceRecorded,
    CatchUpCompleted,
    ExpectationWaived,
    FellowExpected,
    GuestAttendanceRecorded,
    Mark,
    RegisterOpened,
    RegisterReopened,
    RegisterSigned,
    SessionCancelled,
    SessionDelivered,
    SessionEvent,
    SessionRescheduled,
    SessionScheduled,
)
from domain.session_state import (
    AfterTheSessionsDay,
    AlreadyAGuest,
    AlreadyDelivered,
    AlreadyExpected,
    AlreadyMarked,
    CatchUpBeforeTheSession,
    FellowIsMarked,
    Line,
    LongerThanTheSession,
    MarksStand,
    NothingToCatchUp,
    NotTheSessionsDay,
    PartNeedsMinutes,
    Register,
    RegisterAlreadyOpen,
    RegisterAlreadySigned,
    RegisterNotOpen,
    RegisterNotSigned,
    ScheduledAfterItsDay,
    Session,
    SessionAlreadyScheduled,
    SessionStage,
    SessionTookPlace,
    SignedBeforeTheSession,
)
from domain.stream import Step, Stream, Timeline
from domain.values import FellowshipId, SessionId

SIGNED_BY_ONLY_EDITOR = "signed_by_only_editor"

_DUE = (RegisterOpened, FellowExpected, ExpectationWaived)
_MARKING = (AttendanceRecorded, CatchUpCompleted)
_HELD = (*_MARKING, GuestAttendanceRecorded, SessionDelivered, RegisterSigned, RegisterReopened)


def evolve(session: Session, event: SessionEvent, day: date) -> Session:
    """The session and its register after a fact. Raises a Refusal where the fact cannot have happened.

    Marks are of the session's own day, whenever they are recorded; so a signature, which comes later, does not keep
    them out here, but where one is recorded (`domain.session_decisions`). Likewise who was due may be on record of days
    from which on the session is known, later, to have been cancelled: nothing counts of it.
    """
    if isinstance(event, SessionScheduled):
        if session.stage is not None:
            raise SessionAlreadyScheduled
        _by_its_day(day, event.held_on)
        return Session(SessionStage.SCHEDULED, **dict(event))
    if session.stage is None or not isinstance(event, _DUE):
        session.must_not_be_cancelled()
    match event:
        case SessionRescheduled(held_on=held_on, minutes=minutes):
            if session.stage is SessionStage.DELIVERED or session.marked:
                raise SessionTookPlace(f"It was held on {session.held_on}.")
            _by_its_day(day, held_on)
            return replace(session, held_on=held_on, minutes=minutes or session.minutes)
        case SessionDelivered(minutes=minutes):
            if session.stage is SessionStage.DELIVERED:
                raise AlreadyDelivered
            _of_its_day(session, day)
            for line in session.lines.values():
                _no_longer_than(minutes, line.minutes or 0)
                _no_longer_than(minutes, line.caught_up or 0)
            return replace(session, stage=SessionStage.DELIVERED, minutes=minutes)
        case SessionCancelled():
            if session.stage is SessionStage.DELIVERED or session.marked:
                raise MarksStand
            return replace(session, stage=SessionStage.CANCELLED)
        case RegisterOpened():
            if session.register is not None:
                raise RegisterAlreadyOpen
            _no_later(session, day)
            return replace(session, register=Register.OPEN)
        case FellowExpected(fellowship_id=fellowship_id, person_id=person_id):
            if session.register is None:
                raise RegisterNotOpen
            if fellowship_id in session.lines and not session.lines[fellowship_id].waived:
                raise AlreadyExpected
            _no_later(session, day)
            return _write(session, fellowship_id, Line(person_id))
        case ExpectationWaived(fellowship_id=fellowship_id, person_id=person_id):
            line = session.line(fellowship_id, person_id)
            if line.mark is not None or line.caught_up is not None:
                raise FellowIsMarked
            _no_later(session, day)
            return _write(session, fellowship_id, line._replace(waived=True))
        case AttendanceRecorded(fellowship_id=fellowship_id, person_id=person_id, mark=mark, minutes=minutes):
            line = session.line(fellowship_id, person_id)
            if line.mark is not None:
                raise AlreadyMarked(f"The mark is \u201c{line.mark.value.replace('_', ' ')}\u201d.")
            _of_its_day(session, day)
            if (mark is Mark.PART) is not (minutes is not None):
                raise PartNeedsMinutes
            _no_longer_than(session.minutes, minutes or 0)
            return _write(session, fellowship_id, line._replace(mark=mark, minutes=minutes))
        case GuestAttendanceRecorded(person_id=person_id, minutes=minutes):
            if session.register is None:
                raise RegisterNotOpen
            if person_id in session.guests:
                raise AlreadyAGuest
            session.must_not_expect(person_id)
            _of_its_day(session, day)
            _no_longer_than(session.minutes, minutes or 0)
            return replace(session, guests=session.guests | {person_id})
        case CatchUpCompleted(fellowship_id=fellowship_id, person_id=person_id, minutes=minutes):
            line = session.line(fellowship_id, person_id)
            if line.mark in (Mark.PRESENT, Mark.LATE) or line.caught_up is not None:
                raise NothingToCatchUp
            if day < session.day():
                raise CatchUpBeforeTheSession(f"The session is held on {session.held_on}.")
            _no_longer_than(session.minutes, minutes + (line.minutes or 0))
            return _write(session, fellowship_id, line._replace(caught_up=minutes))
        case RegisterSigned():
            if session.register is None:
                raise RegisterNotOpen
            if session.register is Register.SIGNED:
                raise RegisterAlreadySigned
            if day < session.day():
                raise SignedBeforeTheSession(f"The session is held on {session.held_on}.")
            return replace(session, register=Register.SIGNED)
        case RegisterReopened():
            if session.register is not Register.SIGNED:
                raise RegisterNotSigned
            return replace(session, register=Register.REOPENED)
        case _:
            assert_never(event)


def _by_its_day(day: date, held_on: date) -> None:
    if day > held_on:
        raise ScheduledAfterItsDay(f"It is to be held on {held_on}; this says it was scheduled on {day}.")


def _of_its_day(session: Session, day: date) -> None:
    if day != session.day():
        raise NotTheSessionsDay(f"The session is held on {session.held_on}; this is of {day}.")


def _no_later(session: Session, day: date) -> None:
    if day > session.day():
        raise AfterTheSessionsDay(f"The session is held on {session.held_on}; this is of {day}.")


def _no_longer_than(lasted: int, minutes: int) -> None:
    if minutes > lasted:
        raise LongerThanTheSession(f"The session lasted {lasted} minutes; {minutes} are marked.")


def _write(session: Session, fellowship_id: FellowshipId, line: Line) -> Session:
    return replace(session, lines={**session.lines, fellowship_id: line})


def irregularities(history: Timeline[Session], step: Step) -> Iterable[str]:
    """What should not have been: the register of an accredited module signed by its only editor.

    Whoever entered, corrected or took back a mark before the signature is an editor of the register.
    """
    if not isinstance(step.recorded.event, RegisterSigned) or not step.before.accredited:
        return
    earlier = history.statements[: step.recorded.version - 1]
    marks = {entry.version for entry in earlier if isinstance(entry.event, _MARKING)}
    editors = {
        entry.stated.actor
        for entry in earlier
        if entry.version in marks or (entry.link is not None and entry.link.version in marks)
    }
    if editors == {step.recorded.stated.actor}:
        yield SIGNED_BY_ONLY_EDITOR


def undone_by_cancelling(history: Timeline[Session]) -> tuple[int, ...]:
    """The versions of the entries to mark as entered in error in the command that cancels a session.

    They say that it took place: its delivery, its marks and guests, what was caught up, and the signatures under them.
    What was expected stays.
    """
    opened = {entry.slot: entry.version for entry in history.statements if entry.slot == entry.position}
    found = {opened[step.recorded.slot] for step in history.steps if isinstance(step.recorded.event, _HELD)}
    return tuple(sorted(found))


SESSION = Stream(SessionId.stream, Session(), evolve, irregularities=irregularities)
