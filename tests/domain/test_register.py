"""The register of a session: who is expected, who was there, and the signature under it."""

from datetime import date

import pytest

from domain.event import Event
from domain.fellowship_decisions import give_up_place
from domain.fellowship_state import Fellowship, PlaceNotAccepted
from domain.participation import AfterTheLastDay, has_left
from domain.refusal import InTheFuture, WouldContradict
from domain.session_decisions import complete_catch_up, expect_fellow, waive_expectation
from domain.session_events import (
    AttendanceRecorded,
    CatchUpCompleted,
    ExpectationWaived,
    FellowExpected,
    Mark,
    RegisterOpened,
    SessionCancelled,
    WaiverReason,
)
from domain.session_state import (
    AfterTheSessionsDay,
    AlreadyExpected,
    AlreadyMarked,
    AnotherPersonOnTheRegister,
    CatchUpBeforeTheSession,
    FellowIsMarked,
    Line,
    LongerThanTheSession,
    NotExpected,
    NothingToCatchUp,
    NotTheSessionsDay,
    PartNeedsMinutes,
    Register,
    RegisterAlreadyOpen,
    RegisterNotOpen,
    Session,
    SessionIsCancelled,
    attended,
)
from tests.domain.fellows import ADA, BEN, a_fellow, a_place, deferral, withdrawal
from tests.domain.sessions import (
    ADAS,
    DAY,
    FELLOW,
    SIGNED,
    TODAY,
    a_register,
    a_session,
    as_withdrawn,
    delivered,
    line,
    marked,
)
from tests.scenario import Entry, correcting, on, retracting

WAIVED = on("2013-10-02", lambda s: waive_expectation(s, fellowship_id=ADAS, reason=WaiverReason.EXEMPT))


def caught_up(minutes: int, day: str = "2013-11-04", fellow: Fellowship = FELLOW, today: date = TODAY) -> Entry:
    def decide(session: Session) -> Event:
        on = date.fromisoformat(day)
        return complete_catch_up(session, fellow, fellowship_id=ADAS, on=on, today=today, minutes=minutes)

    return on(day, decide)


def test_no_mark_is_unknown_and_never_absent() -> None:
    assert line(a_register(delivered(), SIGNED)) == Line(ADA)
    assert line(a_register()).mark is None


@pytest.mark.parametrize("mark", [mark for mark in Mark if mark is not Mark.PART])
def test_a_mark_says_whether_a_fellow_was_there(mark: Mark) -> None:
    assert line(a_register(marked(mark))) == Line(ADA, mark=mark)
    assert line(a_register(marked(mark)), "2013-10-06").mark is None


def test_attendance_in_part_comes_with_its_minutes_and_no_other_does() -> None:
    assert line(a_register(marked(Mark.PART, 200))) == Line(ADA, mark=Mark.PART, minutes=200)
    a_register().when(marked(Mark.PART)).refused(PartNeedsMinutes)
    a_register().when(marked(Mark.PRESENT, 200)).refused(PartNeedsMinutes)
    a_register().when(marked(Mark.ABSENT_AUTHORISED, 200)).refused(PartNeedsMinutes)


def test_nobody_attends_for_longer_than_the_session_is_planned_or_lasted() -> None:
    a_register(marked(Mark.PART, 360)).then()
    a_register().when(marked(Mark.PART, 361)).refused(LongerThanTheSession)
    a_register(delivered(300)).when(marked(Mark.PART, 301)).refused(LongerThanTheSession)


def test_the_minutes_attended_are_those_of_the_session_unless_in_part_or_absent() -> None:
    assert [attended(mark, 200 if mark is Mark.PART else None, 345) for mark in Mark] == [345, 345, 200, 0, 0]
    assert [mark.took_part for mark in Mark] == [True, True, True, False, False]


def test_attendance_without_expectation_is_refused() -> None:
    a_session(on("2013-10-01", RegisterOpened())).when(marked(Mark.PRESENT)).refused(NotExpected)
    a_register(WAIVED).when(marked(Mark.PRESENT)).refused(NotExpected)
    stranger = AttendanceRecorded(fellowship_id=ADAS, person_id=ADA, mark=Mark.PRESENT)
    a_session(on("2013-10-01", RegisterOpened())).when(on(DAY, stranger)).refused(NotExpected)


def test_attendance_in_the_future_is_refused() -> None:
    a_register().when(marked(Mark.PRESENT, today=date(2013, 10, 6))).refused(InTheFuture)
    a_register().when(marked(Mark.PRESENT, today=date(2013, 10, 7))).then()


def test_attendance_on_a_cancelled_session_is_refused() -> None:
    a_register(on("2013-10-03", SessionCancelled())).when(marked(Mark.PRESENT)).refused(SessionIsCancelled)
    fact = AttendanceRecorded(fellowship_id=ADAS, person_id=ADA, mark=Mark.PRESENT)
    a_register(on("2013-10-03", SessionCancelled())).when(on(DAY, fact)).refused(SessionIsCancelled)


def test_attendance_is_of_the_session_s_own_day() -> None:
    for day in ("2013-10-06", "2013-10-08"):
        a_register().when(marked(Mark.PRESENT, day=day)).refused(NotTheSessionsDay)


def test_attendance_is_marked_once_and_then_corrected() -> None:
    once = a_register(marked(Mark.ABSENT_UNAUTHORISED))
    refusal = once.when(marked(Mark.PRESENT)).refused(AlreadyMarked).refusal
    assert refusal is not None
    assert refusal.detail == "The mark is \u201cabsent unauthorised\u201d."
    present = once.history.entry(5).event.model_copy(update={"mark": Mark.PRESENT})
    assert line(once.when(correcting(5, DAY, present))).mark is Mark.PRESENT
    assert line(once.when(retracting(5))).mark is None


def test_attendance_after_the_last_day_is_refused_and_on_it_legal() -> None:
    a_register().when(marked(Mark.PRESENT, fellow=as_withdrawn("2013-10-06"))).refused(AfterTheLastDay)
    a_register().when(marked(Mark.ABSENT_AUTHORISED, fellow=as_withdrawn("2013-10-06"))).refused(AfterTheLastDay)
    a_register().when(marked(Mark.PRESENT, fellow=as_withdrawn(DAY))).then()


def test_the_last_day_of_a_deferred_fellow_is_that_of_the_deferral() -> None:
    deferred = a_fellow(deferral("2013-10-01"), withdrawal("2013-11-01"))
    a_register().when(marked(Mark.PRESENT, fellow=deferred.history.at(date(2013, 10, 7)))).refused(AfterTheLastDay)
    a_register().when(marked(Mark.PRESENT, fellow=deferred.history.at(None))).refused(AfterTheLastDay)


def test_whoever_gave_the_place_up_before_the_start_takes_no_part_after_that() -> None:
    given_up = a_place().when(on("2013-10-01", give_up_place)).history.at(None)
    a_register().when(marked(Mark.PRESENT, fellow=given_up)).refused(AfterTheLastDay)


def test_nobody_without_a_place_is_marked() -> None:
    a_register().when(marked(Mark.PRESENT, fellow=Fellowship())).refused(PlaceNotAccepted)


def test_a_mark_contradicted_by_a_withdrawal_learned_late_stands_and_can_be_told() -> None:
    register = a_register(marked(Mark.PRESENT), SIGNED).then(register=Register.SIGNED)
    late = as_withdrawn("2013-10-06")
    assert has_left(late, date(2013, 10, 7))
    assert not has_left(as_withdrawn(DAY), date(2013, 10, 7))
    assert not has_left(FELLOW, date(2013, 10, 7))
    assert line(register).mark is Mark.PRESENT


def test_a_late_joiner_is_expected_later_than_the_others() -> None:
    fellow = a_session(
        on("2013-10-01", RegisterOpened()), on("2013-10-05", lambda s: expect_fellow(s, FELLOW, fellowship_id=ADAS))
    )
    assert line(fellow) == Line(ADA)
    assert ADAS not in fellow.history.at(date(2013, 10, 4)).lines


def test_a_fellow_is_expected_once_where_a_register_is_open() -> None:
    expected = FellowExpected(fellowship_id=ADAS, person_id=ADA)
    a_register().when(on("2013-10-02", expected)).refused(AlreadyExpected)
    a_session().when(on("2013-10-02", expected)).refused(RegisterNotOpen)
    a_session().when(on("2013-10-02", lambda s: expect_fellow(s, FELLOW, fellowship_id=ADAS))).refused(RegisterNotOpen)


def test_nobody_is_expected_at_a_cancelled_session() -> None:
    cancelled = a_session(on("2013-10-01", RegisterOpened()), on("2013-10-03", SessionCancelled()))
    cancelled.when(on("2013-10-05", lambda s: expect_fellow(s, FELLOW, fellowship_id=ADAS))).refused(SessionIsCancelled)


def test_nobody_is_expected_after_their_last_day() -> None:
    left = as_withdrawn("2013-10-06")
    opened = a_session(on("2013-10-01", RegisterOpened()))
    opened.when(on("2013-10-01", lambda s: expect_fellow(s, left, fellowship_id=ADAS))).refused(AfterTheLastDay)


def test_a_register_opens_once_and_no_later_than_the_session_s_day() -> None:
    a_register().then(register=Register.OPEN).when(on("2013-10-02", RegisterOpened())).refused(RegisterAlreadyOpen)
    a_session().when(on("2013-10-08", RegisterOpened())).refused(AfterTheSessionsDay)
    a_session(on(DAY, RegisterOpened())).then(register=Register.OPEN)
    a_register(retracting(3)).when(on("2013-10-08", FellowExpected(fellowship_id=ADAS, person_id=ADA))).refused(
        AfterTheSessionsDay
    )


def test_an_expectation_is_waived_and_may_be_taken_up_again() -> None:
    assert line(a_register(WAIVED)) == Line(ADA, waived=True)
    again = on("2013-10-03", lambda s: expect_fellow(s, FELLOW, fellowship_id=ADAS))
    assert line(a_register(WAIVED, again)) == Line(ADA)


def test_only_an_expectation_is_waived() -> None:
    a_register(WAIVED).when(on("2013-10-03", WAIVED.fact)).refused(NotExpected)
    waived = ExpectationWaived(fellowship_id=ADAS, person_id=ADA, reason=WaiverReason.OTHER)
    a_session(on("2013-10-01", RegisterOpened())).when(on("2013-10-02", waived)).refused(NotExpected)
    a_register().when(on("2013-10-08", waived)).refused(AfterTheSessionsDay)
    a_session().when(WAIVED).refused(RegisterNotOpen)


def test_an_expectation_is_not_waived_under_a_mark() -> None:
    a_register(marked(Mark.PRESENT)).when(on(DAY, WAIVED.fact)).refused(FellowIsMarked)
    a_register(marked(Mark.PRESENT)).when(WAIVED).refused(WouldContradict, "session.attendance_recorded")


def test_an_expectation_is_not_taken_back_under_a_mark() -> None:
    a_register(marked(Mark.PRESENT)).when(retracting(3)).refused(WouldContradict, "session.attendance_recorded")


def test_an_entry_names_the_person_whom_the_register_expects() -> None:
    theirs = AttendanceRecorded(fellowship_id=ADAS, person_id=BEN, mark=Mark.PRESENT)
    a_register().when(on(DAY, theirs)).refused(AnotherPersonOnTheRegister)


def test_a_fellow_catches_up_after_the_session() -> None:
    for before in (a_register(marked(Mark.ABSENT_AUTHORISED)), a_register(), a_register(marked(Mark.PART, 100))):
        assert line(before.when(caught_up(120))).caught_up == 120
    after = a_register(marked(Mark.ABSENT_AUTHORISED), SIGNED).when(caught_up(120))
    assert line(after).mark is Mark.ABSENT_AUTHORISED
    assert line(after, "2013-11-03").caught_up is None


def test_there_is_something_to_catch_up_on() -> None:
    a_register(marked(Mark.PRESENT)).when(caught_up(120)).refused(NothingToCatchUp)
    a_register(marked(Mark.LATE)).when(caught_up(120)).refused(NothingToCatchUp)
    a_register(caught_up(120)).when(caught_up(60, "2013-11-05")).refused(NothingToCatchUp)


def test_nobody_catches_up_before_the_session_or_for_longer_or_unexpected_or_after_leaving() -> None:
    early = CatchUpCompleted(fellowship_id=ADAS, person_id=ADA, minutes=60)
    a_register().when(on("2013-10-06", early)).refused(CatchUpBeforeTheSession)
    a_register(marked(Mark.PART, 300)).when(caught_up(61)).refused(LongerThanTheSession)
    a_register(marked(Mark.PART, 300)).when(caught_up(60)).then()
    a_register(WAIVED).when(caught_up(60)).refused(NotExpected)
    a_register().when(caught_up(60, fellow=as_withdrawn("2013-10-06"))).refused(AfterTheLastDay)
    a_register().when(caught_up(60, "2013-12-02")).refused(InTheFuture)
    a_register(on("2013-10-03", SessionCancelled())).when(caught_up(60)).refused(SessionIsCancelled)
