"""Sessions of a cohort and their registers: who is due, who was there, and the signature under it."""

from datetime import date

from api.answers import Receipt
from api.cancelling import cancel
from api.deps import Recording, Seen
from api.fellowship_bodies import Plainly
from api.problems import changing, opening
from api.routes import Routes
from api.session_bodies import (
    Cancelling,
    CatchingUp,
    Delivering,
    Expecting,
    Marking,
    NewSession,
    Opening,
    Reopening,
    Rescheduling,
    Scheduling,
    Waiving,
)
from domain import session_decisions as decisions
from domain.capacity import PLACES
from domain.cohort import COHORT
from domain.cohort_state import CohortIsCancelled, CohortIsClosed, CohortNotPlanned
from domain.expectation import open_register
from domain.fellowship import FELLOWSHIP
from domain.fellowship_state import PlaceNotAccepted
from domain.participation import AfterTheLastDay
from domain.refusal import InTheFuture, NothingRecorded, WouldContradict
from domain.session import SESSION
from domain.session_events import (
    CatchUpCompleted,
    RegisterReopened,
    RegisterSigned,
    SessionCancelled,
    SessionRescheduled,
    SessionScheduled,
)
from domain.session_state import (
    AfterTheSessionsDay,
    AlreadyDelivered,
    AlreadyExpected,
    AlreadyMarked,
    CatchUpBeforeTheSession,
    FellowIsMarked,
    LongerThanTheSession,
    MarksStand,
    NotExpected,
    NothingToCatchUp,
    PartNeedsMinutes,
    RegisterAlreadyOpen,
    RegisterAlreadySigned,
    RegisterIsSigned,
    RegisterNotOpen,
    RegisterNotSigned,
    ScheduledAfterItsDay,
    Session,
    SessionIsCancelled,
    SessionNotScheduled,
    SessionTookPlace,
    SignedBeforeTheSession,
)
from domain.values import FellowshipId, Happened, SessionId, today
from infra.log.desk import Desk

router = Routes(prefix="/v1/sessions", tags=["sessions"])

_ON = (SessionNotScheduled, SessionIsCancelled, WouldContradict)
_DUE = (RegisterNotOpen, RegisterIsSigned, AfterTheSessionsDay)
_PRESENT = (PlaceNotAccepted, AfterTheLastDay, InTheFuture, NotExpected, LongerThanTheSession)


@router.post(
    "",
    status_code=201,
    summary="Schedule a session",
    responses=opening(NothingRecorded, CohortNotPlanned, CohortIsClosed, CohortIsCancelled, ScheduledAfterItsDay),
)
async def schedule_a_session(body: Scheduling, recording: Recording) -> NewSession:
    """Schedule a session of a cohort, for a day that may be changed later."""

    def scheduled(desk: Desk, day: date) -> SessionScheduled:
        return decisions.schedule_session(
            desk.fold(COHORT, body.cohort_id, on=day),
            cohort_id=body.cohort_id,
            module=body.module,
            held_on=body.held_on,
            minutes=body.minutes,
            accredited=body.accredited,
        )

    return await recording.begin(NewSession, SessionId.new(), "/v1/sessions", body, SessionScheduled, scheduled)


@router.post(
    "/{session_id}/rescheduling",
    summary="Reschedule a session",
    responses=changing(*_ON, SessionTookPlace, ScheduledAfterItsDay),
)
async def reschedule_session(session_id: SessionId, body: Rescheduling, seen: Seen, recording: Recording) -> Receipt:
    """Move a session that has not taken place to another day, or change how long it is to last."""
    moved = SessionRescheduled(held_on=body.held_on, minutes=body.minutes)
    return await recording.enter(SESSION, session_id, seen, body, moved)


@router.post("/{session_id}/cancellation", summary="Cancel a session", responses=changing(*_ON, MarksStand))
async def cancel_session(session_id: SessionId, body: Cancelling, seen: Seen, recording: Recording) -> Receipt:
    """Cancel a session. Its delivery, its marks and the signature under them are marked as entered in error with it."""
    happened = body.placed(SessionCancelled)

    def cancelled(desk: Desk) -> None:
        desk.fold(SESSION, session_id)
        if body.replaced_by is not None:
            desk.fold(SESSION, body.replaced_by)
        cancel(desk, session_id, SessionCancelled(replaced_by=body.replaced_by), happened)

    return await recording.amend(SESSION, session_id, seen, body, cancelled)


@router.post(
    "/{session_id}/delivery",
    summary="Record that a session took place",
    responses=changing(*_ON, InTheFuture, AlreadyDelivered, LongerThanTheSession),
)
async def deliver_a_session(session_id: SessionId, body: Delivering, seen: Seen, recording: Recording) -> Receipt:
    """Record that a session took place on its day, as long as planned or as said."""

    def delivered(desk: Desk) -> None:
        session = desk.fold(SESSION, session_id)
        event = decisions.deliver_session(session, today=today(), minutes=body.minutes)
        desk.record(SESSION, session_id, event, Happened(session.day()))

    return await recording.amend(SESSION, session_id, seen, body, delivered)


@router.post(
    "/{session_id}/register",
    summary="Open a register",
    responses=changing(*_ON, RegisterAlreadyOpen),
)
async def open_a_register(session_id: SessionId, body: Opening, seen: Seen, recording: Recording) -> Receipt:
    """Open the register of a session with everyone in its cohort who is due on its day.

    It is opened today, or on the session's day where that has passed.
    """

    def opened(desk: Desk) -> None:
        session = desk.fold(SESSION, session_id)
        day = session.day()
        assert session.cohort_id is not None
        # Whoever took a place in the cohort wrote its guard. A view could not tell who is due: it may be behind.
        members = desk.members(FELLOWSHIP, PLACES.of(session.cohort_id))
        fellowships = {FellowshipId(identifier): history.at(day) for identifier, history in members.items()}
        for event in open_register(session, fellowships):
            desk.record(SESSION, session_id, event, _placed(session))

    return await recording.amend(SESSION, session_id, seen, body, opened)


@router.post(
    "/{session_id}/expectation",
    summary="Expect one more fellow",
    responses=changing(*_ON, *_DUE, PlaceNotAccepted, AfterTheLastDay, AlreadyExpected),
)
async def expect_a_fellow(session_id: SessionId, body: Expecting, seen: Seen, recording: Recording) -> Receipt:
    """Expect one more fellow at a session, for instance one who joined late, or one whose place was waived."""

    def expected(desk: Desk) -> None:
        session = desk.fold(SESSION, session_id)
        fellowship = desk.fold(FELLOWSHIP, body.fellowship_id, on=session.day())
        event = decisions.expect_fellow(session, fellowship, fellowship_id=body.fellowship_id)
        desk.record(SESSION, session_id, event, _placed(session))

    return await recording.amend(SESSION, session_id, seen, body, expected)


@router.post(
    "/{session_id}/waiver",
    summary="Waive an expectation",
    responses=changing(*_ON, *_DUE, NotExpected, FellowIsMarked),
)
async def waive_an_expectation(session_id: SessionId, body: Waiving, seen: Seen, recording: Recording) -> Receipt:
    """Record that a fellow who was expected need not be at a session: it counts neither for nor against them."""

    def waived(desk: Desk) -> None:
        session = desk.fold(SESSION, session_id)
        desk.fold(FELLOWSHIP, body.fellowship_id)
        event = decisions.waive_expectation(
            session, fellowship_id=body.fellowship_id, reason=body.circumstance, note=body.note
        )
        desk.record(SESSION, session_id, event, _placed(session))

    return await recording.amend(SESSION, session_id, seen, body, waived)


@router.post(
    "/{session_id}/marks",
    summary="Mark attendance",
    responses=changing(*_ON, *_PRESENT, AlreadyMarked, PartNeedsMinutes, RegisterNotOpen, RegisterIsSigned),
)
async def mark_attendance(session_id: SessionId, body: Marking, seen: Seen, recording: Recording) -> Receipt:
    """Mark the attendance of fellows who were expected: all of these marks, or none."""

    def marked(desk: Desk) -> None:
        session = desk.fold(SESSION, session_id)
        happened = Happened(session.day())
        for each in body.marks:
            event = decisions.record_attendance(
                session,
                desk.fold(FELLOWSHIP, each.fellowship_id, on=happened.day),
                fellowship_id=each.fellowship_id,
                mark=each.mark,
                today=today(),
                minutes=each.minutes,
                reason=each.circumstance,
                note=each.note,
            )
            desk.record(SESSION, session_id, event, happened)

    return await recording.amend(SESSION, session_id, seen, body, marked)


@router.post(
    "/{session_id}/catch-up",
    summary="Record a catch-up",
    responses=changing(*_ON, *_PRESENT, NothingToCatchUp, CatchUpBeforeTheSession),
)
async def complete_a_catch_up(session_id: SessionId, body: CatchingUp, seen: Seen, recording: Recording) -> Receipt:
    """Record that a fellow made up for what they missed. It is told apart from attendance."""

    def caught_up(state: Session, desk: Desk, day: date) -> CatchUpCompleted:
        return decisions.complete_catch_up(
            desk.fold(SESSION, session_id),
            desk.fold(FELLOWSHIP, body.fellowship_id, on=day),
            fellowship_id=body.fellowship_id,
            on=day,
            today=today(),
            minutes=body.minutes,
        )

    return await recording.change(SESSION, session_id, seen, body, CatchUpCompleted, caught_up)


@router.post(
    "/{session_id}/signature",
    summary="Sign a register",
    responses=changing(*_ON, InTheFuture, RegisterNotOpen, RegisterAlreadySigned, SignedBeforeTheSession),
)
async def sign_register(session_id: SessionId, body: Plainly, seen: Seen, recording: Recording) -> Receipt:
    """Sign a register: from here on its marks are only corrected."""
    return await recording.enter(SESSION, session_id, seen, body, RegisterSigned())


@router.post(
    "/{session_id}/reopening",
    summary="Reopen a register",
    responses=changing(*_ON, InTheFuture, RegisterNotSigned),
)
async def reopen_register(session_id: SessionId, body: Reopening, seen: Seen, recording: Recording) -> Receipt:
    """Open a signed register again, for a mark that was left out."""
    return await recording.enter(SESSION, session_id, seen, body, RegisterReopened())


def _placed(session: Session) -> Happened:
    """When it is said who is due: today, or on the session's day where that has passed."""
    return Happened(min(session.day(), today()))
