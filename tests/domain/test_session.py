"""A session from scheduling to delivery or cancellation."""

from datetime import date

import pytest

from domain.cohort_state import Cohort, CohortNotPlanned
from domain.refusal import InTheFuture, WouldContradict
from domain.session import SESSION, undone_by_cancelling
from domain.session_decisions import deliver_session, schedule_session
from domain.session_events import (
    FellowExpected,
    Mark,
    RegisterOpened,
    RegisterReopened,
    RegisterSigned,
    SessionCancelled,
    SessionDelivered,
    SessionRescheduled,
)
from domain.session_state import (
    AlreadyDelivered,
    LongerThanTheSession,
    MarksStand,
    NotTheSessionsDay,
    ScheduledAfterItsDay,
    Session,
    SessionAlreadyScheduled,
    SessionIsCancelled,
    SessionNotScheduled,
    SessionStage,
    SessionTookPlace,
)
from domain.values import SessionId
from tests.domain.fellows import ADA, C2013, FIRST
from tests.domain.sessions import (
    ADAS,
    BENS,
    DAY,
    OPENED,
    SCHEDULED,
    TODAY,
    a_register,
    a_session,
    delivered,
    marked,
    scheduled,
)
from tests.scenario import Scenario, correcting, given, on, retracting, superseding

CANCELLED = on("2013-10-03", SessionCancelled())


def moved(held_on: str, minutes: int | None = None) -> SessionRescheduled:
    return SessionRescheduled(held_on=date.fromisoformat(held_on), minutes=minutes)


def test_a_session_is_scheduled_for_a_day() -> None:
    a_session().then(stage=SessionStage.SCHEDULED, held_on=date(2013, 10, 7), minutes=360, cohort_id=C2013)
    assert (
        schedule_session(FIRST, cohort_id=C2013, module="Improvement science", held_on=date(2013, 10, 7), minutes=360)
        == scheduled()
    )


def test_a_session_is_scheduled_for_a_cohort_that_is_planned() -> None:
    with pytest.raises(CohortNotPlanned):
        schedule_session(Cohort(), cohort_id=C2013, module="Change", held_on=date(2013, 10, 7), minutes=360)


def test_a_session_is_scheduled_once_and_no_later_than_its_day() -> None:
    a_session().when(on("2013-09-02", scheduled())).refused(SessionAlreadyScheduled)
    given(SESSION).when(on("2013-10-08", scheduled())).refused(ScheduledAfterItsDay)
    given(SESSION).when(on(DAY, scheduled())).then(stage=SessionStage.SCHEDULED)


def test_nothing_befalls_a_session_that_was_not_scheduled() -> None:
    for fact in (SessionDelivered(minutes=10), SessionCancelled(), RegisterOpened(), RegisterSigned()):
        given(SESSION).when(on("2013-08-01", fact)).refused(SessionNotScheduled)
    with pytest.raises(SessionNotScheduled):
        deliver_session(Session(), today=TODAY)


def test_a_session_is_rescheduled_to_another_day_or_length() -> None:
    a_session(on("2013-09-20", moved("2013-10-14"))).then(held_on=date(2013, 10, 14), minutes=360).then(
        "2013-09-19", held_on=date(2013, 10, 7)
    )
    a_session(on("2013-09-20", moved(DAY, 300))).then(held_on=date(2013, 10, 7), minutes=300)


def test_a_session_is_rescheduled_no_later_than_its_new_day() -> None:
    a_session().when(on("2013-09-20", moved("2013-09-19"))).refused(ScheduledAfterItsDay)


def test_a_session_that_took_place_is_not_rescheduled() -> None:
    later = on("2013-10-08", moved("2013-10-14"))
    a_session(delivered()).when(later).refused(SessionTookPlace)
    a_register(marked(Mark.PRESENT)).when(later).refused(SessionTookPlace)


def test_a_move_learned_late_contradicts_the_marks_of_the_old_day() -> None:
    a_register(marked(Mark.PRESENT)).when(on("2013-10-05", moved("2013-10-14"))).refused(
        WouldContradict, "session.attendance_recorded"
    )


def test_a_session_is_delivered_on_its_day_with_its_actual_length() -> None:
    a_session(delivered(330)).then(stage=SessionStage.DELIVERED, minutes=330).then("2013-10-06", minutes=360)
    a_session(delivered()).then(minutes=360)
    a_session(delivered()).when(on(DAY, SessionDelivered(minutes=300))).refused(AlreadyDelivered)
    a_session().when(on("2013-10-08", SessionDelivered(minutes=300))).refused(NotTheSessionsDay)


def test_a_rescheduled_session_is_delivered_on_its_new_day() -> None:
    rescheduled = a_session(on("2013-09-20", moved("2013-10-14")))
    rescheduled.when(delivered()).refused(NotTheSessionsDay)
    rescheduled.when(on("2013-10-14", SessionDelivered(minutes=360))).then(stage=SessionStage.DELIVERED)


def test_a_session_in_the_future_is_not_delivered_yet() -> None:
    state = a_session().history.at(None)
    with pytest.raises(InTheFuture):
        deliver_session(state, today=date(2013, 10, 6))
    assert deliver_session(state, today=date(2013, 10, 7)) == SessionDelivered(minutes=360)


def test_a_session_is_not_shorter_than_what_somebody_attended_of_it() -> None:
    part = a_register(marked(Mark.PART, 200))
    part.when(delivered(199)).refused(LongerThanTheSession)
    part.when(delivered(200)).then(minutes=200)
    a_register(marked(Mark.PART, 200), delivered(200)).when(correcting(6, DAY, SessionDelivered(minutes=100))).refused(
        LongerThanTheSession
    )


def test_a_session_is_cancelled_and_may_name_another_in_its_place() -> None:
    other = SessionId.new()
    cancellation = SessionCancelled(replaced_by=other)
    a_session(on("2013-10-03", cancellation)).then(stage=SessionStage.CANCELLED)
    assert set(cancellation.names()) == {f"session:{other}"}


def test_nothing_befalls_a_cancelled_session() -> None:
    for entry in (
        delivered(),
        on("2013-10-09", RegisterSigned()),
        on("2013-10-04", moved("2013-10-14")),
        on("2013-10-04", SessionCancelled()),
    ):
        a_session(CANCELLED).when(entry).refused(SessionIsCancelled)


def test_a_cancellation_replaced_by_a_later_decision_lets_the_session_take_place() -> None:
    back = superseding(2, "2013-10-04", moved("2013-10-14"))
    a_session(CANCELLED).when(back).then(stage=SessionStage.SCHEDULED, held_on=date(2013, 10, 14))


def test_a_session_with_marks_is_not_cancelled_while_they_stand() -> None:
    register = a_register(marked(Mark.PRESENT))
    register.when(on(DAY, SessionCancelled())).refused(MarksStand)
    register.when(on("2013-10-03", SessionCancelled())).refused(WouldContradict, "session.attendance_recorded")
    a_session(delivered()).when(on(DAY, SessionCancelled())).refused(MarksStand)


def cancelled(scenario: Scenario[Session], day: str) -> Scenario[Session]:
    """The session cancelled in one command, as `undone_by_cancelling` says."""
    history = scenario.history
    return scenario.when(*map(retracting, reversed(undone_by_cancelling(history))), on(day, SessionCancelled()))


def test_cancelling_takes_back_its_marks_its_delivery_and_its_signature_in_one_command() -> None:
    register = a_register(marked(Mark.PRESENT), delivered(), on("2013-10-09", RegisterSigned()))
    assert undone_by_cancelling(register.history) == (5, 6, 7)
    after = cancelled(register, "2013-10-03").then(stage=SessionStage.CANCELLED, register="open")
    assert after.history.at(None).lines[ADAS].mark is None


def test_cancelling_takes_back_what_was_corrected_by_its_first_entry() -> None:
    register = a_register(marked(Mark.PRESENT))
    fact = register.history.entry(5).event.model_copy(update={"mark": Mark.ABSENT_UNAUTHORISED})
    corrected = register.when(correcting(5, DAY, fact), on("2013-10-09", RegisterSigned()))
    again = corrected.when(on("2013-10-10", RegisterReopened()))
    assert undone_by_cancelling(again.history) == (5, 7, 8)
    cancelled(again, "2013-10-03").then(stage=SessionStage.CANCELLED, marked=False)


def test_a_cancellation_learned_late_leaves_it_on_record_who_was_due_that_day() -> None:
    register = a_session(
        on(DAY, RegisterOpened()), on(DAY, FellowExpected(fellowship_id=ADAS, person_id=ADA)), marked(Mark.PRESENT)
    )
    after = cancelled(register, "2013-10-03").then(stage=SessionStage.CANCELLED, marked=False)
    assert set(after.history.at(None).lines) == {ADAS}


def test_cancelling_takes_nothing_back_where_nothing_is_marked() -> None:
    assert undone_by_cancelling(a_register().history) == ()
    assert undone_by_cancelling(a_register(marked(Mark.PRESENT), retracting(5)).history) == ()


def test_what_was_expected_of_a_cancelled_session_stays_on_record() -> None:
    assert set(a_register(CANCELLED).history.at(None).lines) == {ADAS, BENS}


def test_a_session_scheduled_for_the_wrong_cohort_is_taken_back_with_its_register() -> None:
    given(SESSION, SCHEDULED, OPENED).when(retracting(1)).refused(WouldContradict, "session.register_opened")
    given(SESSION, SCHEDULED, OPENED).when(retracting(2), retracting(1)).then(stage=None)
