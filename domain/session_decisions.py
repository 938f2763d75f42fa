"""What can be decided about a session and its register, each refusing only what concerns the act itself.

What concerns the order of things is judged by the session's whole history (`domain.session.evolve`); who is due, by
`domain.expectation`. Facts with nothing to decide are recorded as they are: `SessionRescheduled(...)`,
`SessionCancelled(...)`, `RegisterSigned()`, `RegisterReopened()`. A session is given here as it stands after everything
recorded, a fellowship as it stood on the day in question; `today` is the day of recording.
"""

from datetime import date
from typing import Protocol

from domain.participation import Participant, must_take_part
from domain.refusal import InTheFuture
from domain.session_events import (
    AbsenceReason,
    AttendanceRecorded,
    CatchUpCompleted,
    ExpectationWaived,
    FellowExpected,
    GuestAttendanceRecorded,
    Mark,
    SessionDelivered,
    SessionScheduled,
    WaiverReason,
)
from domain.session_state import Line, NotExpected, Session
from domain.values import CohortId, FellowshipId, PersonId


class Convening(Protocol):
    """What a session asks of a cohort, as it stood on the day of scheduling."""

    def must_be_open(self) -> None:
        """Refuse a cohort not planned yet, closed or cancelled."""
        ...


def schedule_session(
    cohort: Convening, *, cohort_id: CohortId, module: str, held_on: date, minutes: int, accredited: bool = False
) -> SessionScheduled:
    """Schedule a session of a cohort. Refuses a cohort not planned yet, closed or cancelled."""
    cohort.must_be_open()
    return SessionScheduled(cohort_id=cohort_id, module=module, held_on=held_on, minutes=minutes, accredited=accredited)


def deliver_session(session: Session, *, today: date, minutes: int | None = None) -> SessionDelivered:
    """State that a session took place, as long as planned unless said otherwise. It happened on the session's day.

    Refuses one not scheduled (SessionNotScheduled) and one in the future (InTheFuture).
    """
    if session.day() > today:
        raise InTheFuture(f"The session is to be held on {session.held_on}.")
    return SessionDelivered(minutes=session.minutes if minutes is None else minutes)


def expect_fellow(session: Session, fellowship: Participant, *, fellowship_id: FellowshipId) -> FellowExpected:
    """Expect one more fellow at a session, for instance one who joins late.

    `fellowship` is as it stood on the session's day. Refuses a session not scheduled or cancelled, a register not open
    or signed, where no place was accepted, and whoever had left before (AfterTheLastDay).
    """
    session.must_not_be_cancelled()
    day = session.day()
    session.must_be_unsigned()
    return FellowExpected(fellowship_id=fellowship_id, person_id=must_take_part(fellowship, day, today=day))


def waive_expectation(
    session: Session,
    *,
    fellowship_id: FellowshipId,
    reason: WaiverReason = WaiverReason.NOT_RECORDED,
    note: str | None = None,
) -> ExpectationWaived:
    """State that a fellow need not be at a session.

    Refuses a register not open or signed, and a fellow who was not expected: NotExpected.
    """
    session.must_be_unsigned()
    line = _expected(session, fellowship_id)
    return ExpectationWaived(fellowship_id=fellowship_id, person_id=line.person_id, reason=reason, note=note)


def record_attendance(
    session: Session,
    fellowship: Participant,
    *,
    fellowship_id: FellowshipId,
    mark: Mark,
    today: date,
    minutes: int | None = None,
    reason: AbsenceReason | None = None,
    note: str | None = None,
) -> AttendanceRecorded:
    """Mark a fellow's attendance. It happened on the session's day, of which `fellowship` is.

    Refuses a session not scheduled or cancelled, one in the future (InTheFuture), a fellow who was not expected
    (NotExpected) or had left before (AfterTheLastDay), and a signed register (RegisterIsSigned).
    """
    day = session.day()
    session.must_not_be_cancelled()
    person_id = must_take_part(fellowship, day, today)
    _expected(session, fellowship_id)
    session.must_be_unsigned()
    return AttendanceRecorded(
        fellowship_id=fellowship_id, person_id=person_id, mark=mark, minutes=minutes, reason=reason, note=note
    )


def record_guest(
    session: Session, *, person_id: PersonId, fellowship_id: FellowshipId | None = None, minutes: int | None = None
) -> GuestAttendanceRecorded:
    """State that somebody attended who was not expected, for all of the session or for so many minutes.

    It happened on the session's day. Where the guest holds a fellowship it may be named: it may have ended, or not have
    started. Refuses a session not scheduled or cancelled, a register not open or signed, and whoever is expected
    (IsExpected).
    """
    session.must_not_be_cancelled()
    session.must_be_unsigned()
    session.must_not_expect(person_id)
    return GuestAttendanceRecorded(person_id=person_id, fellowship_id=fellowship_id, minutes=minutes)


def complete_catch_up(
    session: Session, fellowship: Participant, *, fellowship_id: FellowshipId, on: date, today: date, minutes: int
) -> CatchUpCompleted:
    """State that a fellow made up for what they missed, on a day of which `fellowship` is. A signature is no bar to it.

    Refuses a session not scheduled or cancelled, a day in the future (InTheFuture), a fellow who was not expected
    (NotExpected) or had left before (AfterTheLastDay).
    """
    session.must_not_be_cancelled()
    person_id = must_take_part(fellowship, on, today)
    _expected(session, fellowship_id)
    return CatchUpCompleted(fellowship_id=fellowship_id, person_id=person_id, minutes=minutes)


def _expected(session: Session, fellowship_id: FellowshipId) -> Line:
    line = session.lines.get(fellowship_id)
    if line is None or line.waived:
        raise NotExpected
    return line
