"""Guests of a session: who was there and was not expected."""

from typing import Any

import pytest

from domain.refusal import WouldContradict
from domain.session import undone_by_cancelling
from domain.session_decisions import record_guest
from domain.session_events import ExpectationWaived, FellowExpected, SessionCancelled, WaiverReason
from domain.session_state import (
    AlreadyAGuest,
    IsExpected,
    LongerThanTheSession,
    MarksStand,
    NotTheSessionsDay,
    RegisterIsSigned,
    RegisterNotOpen,
    SessionIsCancelled,
)
from domain.values import FellowshipId, PersonId
from tests.domain.fellows import ADA
from tests.domain.sessions import ADAS, DAY, SIGNED, a_register, a_session
from tests.scenario import Entry, on, retracting

CY = PersonId.new()


def guest(person: PersonId = CY, *, day: str = DAY, **said: Any) -> Entry:
    return on(day, lambda session: record_guest(session, person_id=person, **said))


def test_a_guest_is_on_the_register_and_on_none_of_its_lines() -> None:
    before = a_register()
    after = before.when(guest(minutes=30)).then(guests=frozenset({CY}))
    assert after.history.at(None).lines == before.history.at(None).lines


def test_whoever_is_expected_is_no_guest_unless_they_need_not_have_come() -> None:
    a_register().when(guest(ADA)).refused(IsExpected)
    waived = on(
        "2013-10-02",
        ExpectationWaived(fellowship_id=ADAS, person_id=ADA, reason=WaiverReason.EXEMPT, note=None),
    )
    a_register(waived).when(guest(ADA)).then(guests=frozenset({ADA}))


def test_a_guest_is_not_expected_afterwards() -> None:
    expected = on("2013-10-01", FellowExpected(fellowship_id=FellowshipId.new(), person_id=CY))
    a_register(guest()).when(expected).refused(WouldContradict, "session.guest_attendance_recorded")


def test_a_guest_is_recorded_once_on_the_session_s_day_for_no_longer_than_it_lasted() -> None:
    a_register(guest()).when(guest()).refused(AlreadyAGuest)
    a_register().when(guest(day="2013-10-08")).refused(NotTheSessionsDay)
    a_register().when(guest(minutes=361)).refused(LongerThanTheSession)


def test_a_guest_is_recorded_on_an_open_register() -> None:
    a_session().when(guest()).refused(RegisterNotOpen)
    with pytest.raises(RegisterIsSigned):
        record_guest(a_register(SIGNED).history.at(None), person_id=CY)
    with pytest.raises(SessionIsCancelled):
        record_guest(a_session(on("2013-10-01", SessionCancelled())).history.at(None), person_id=CY)


def test_a_session_with_guests_is_cancelled_with_them() -> None:
    register = a_register(guest())
    register.when(on("2013-10-08", SessionCancelled())).refused(MarksStand)
    undone = undone_by_cancelling(register.history)
    assert undone == (5,)
    register.when(*map(retracting, undone), on("2013-10-01", SessionCancelled())).then(guests=frozenset())
