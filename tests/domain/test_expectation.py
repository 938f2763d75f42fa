"""A register opens with everyone who is due that day."""

from datetime import date

import pytest

from domain.expectation import is_due, open_register
from domain.fellowship_state import Fellowship
from domain.session import SESSION
from domain.session_events import FellowExpected, RegisterOpened, SessionCancelled
from domain.session_state import Session, SessionIsCancelled, SessionNotScheduled
from domain.values import FellowshipId
from tests.domain.fellows import (
    ADA,
    C2013,
    C2014,
    COMPLETED,
    PAUSED,
    RESUMED,
    a_fellow,
    a_place,
    deferral,
    taken_up,
    withdrawal,
)
from tests.domain.sessions import DAY, a_session
from tests.scenario import Scenario, on


def due(fellow: Scenario[Fellowship], day: str, cohort: str = "first") -> bool:
    when = date.fromisoformat(day)
    return is_due(fellow.history.at(when), {"first": C2013, "second": C2014}[cohort], when)


def test_who_is_in_progress_is_due_from_the_first_day_to_the_last() -> None:
    assert [due(a_fellow(COMPLETED), day) for day in ("2013-08-31", "2013-09-01", "2014-08-31", "2014-09-01")] == [
        False,
        True,
        True,
        False,
    ]


def test_who_never_started_is_not_due() -> None:
    assert not due(a_place(), "2013-10-07")


def test_who_withdraws_is_due_on_the_day_and_not_after_it() -> None:
    left = a_fellow(withdrawal("2013-10-07"))
    assert due(left, "2013-10-07")
    assert not due(left, "2013-10-08")


def test_who_pauses_is_due_on_the_day_and_again_from_the_resumption_on() -> None:
    paused = a_fellow(PAUSED, RESUMED)
    assert [due(paused, day) for day in ("2013-11-01", "2013-11-02", "2014-01-31", "2014-02-01")] == [
        True,
        False,
        False,
        True,
    ]


def test_a_deferred_fellow_is_due_in_the_cohort_that_took_them_up() -> None:
    fellow = a_fellow(deferral("2013-12-01"), taken_up("2014-09-01"))
    assert [due(fellow, day) for day in ("2013-12-01", "2013-12-02", "2014-09-01")] == [True, False, False]
    assert [due(fellow, day, "second") for day in ("2013-12-02", "2014-08-31", "2014-09-01")] == [False, False, True]


def test_a_register_opens_with_everyone_who_is_due() -> None:
    session = a_session().history.at(None)
    here, left, late = FellowshipId.new(), FellowshipId.new(), FellowshipId.new()
    day = date.fromisoformat(DAY)
    facts = open_register(
        session,
        {
            here: a_fellow().history.at(day),
            left: a_fellow(withdrawal("2013-10-06")).history.at(day),
            late: a_place().history.at(day),
        },
    )
    assert facts == (RegisterOpened(), FellowExpected(fellowship_id=here, person_id=ADA))
    a_session(*(on(DAY, fact) for fact in facts)).then(register="open")


def test_a_register_of_nobody_opens_too() -> None:
    assert open_register(a_session().history.at(None), {}) == (RegisterOpened(),)


def test_no_register_opens_for_a_session_not_scheduled_or_cancelled() -> None:
    with pytest.raises(SessionNotScheduled):
        open_register(Session(), {})
    with pytest.raises(SessionIsCancelled):
        open_register(a_session(on("2013-10-01", SessionCancelled())).history.at(None), {})
    assert SESSION.name == "session"
