"""A session of a cohort, its register, and the fellows on it, for the tests of both."""

from datetime import date

from domain.fellowship_state import Fellowship
from domain.session import SESSION
from domain.session_decisions import deliver_session, record_attendance
from domain.session_events import (
    FellowExpected,
    Mark,
    RegisterOpened,
    RegisterReopened,
    RegisterSigned,
    SessionScheduled,
)
from domain.session_state import Line, Session
from domain.values import FellowshipId
from tests.domain.fellows import ADA, BEN, C2013, a_fellow, withdrawal
from tests.scenario import Entry, Scenario, given, on

ADAS, BENS = FellowshipId.new(), FellowshipId.new()
DAY, TODAY = "2013-10-07", date(2013, 12, 1)
FELLOW = a_fellow().history.at(date.fromisoformat(DAY))


def scheduled(minutes: int = 360, *, accredited: bool = False, held_on: str = DAY) -> SessionScheduled:
    return SessionScheduled(
        cohort_id=C2013,
        module="Improvement science",
        held_on=date.fromisoformat(held_on),
        minutes=minutes,
        accredited=accredited,
    )


SCHEDULED = on("2013-09-01", scheduled())
OPENED = on("2013-10-01", RegisterOpened())
EXPECTED = (
    on("2013-10-01", FellowExpected(fellowship_id=ADAS, person_id=ADA)),
    on("2013-10-01", FellowExpected(fellowship_id=BENS, person_id=BEN)),
)


SIGNED = on("2013-10-09", RegisterSigned())
REOPENED = on("2013-10-20", RegisterReopened())


def delivered(minutes: int | None = None) -> Entry:
    return on(DAY, lambda s: deliver_session(s, today=TODAY, minutes=minutes))


def marked(
    mark: Mark, minutes: int | None = None, *, day: str = DAY, fellow: Fellowship = FELLOW, today: date = TODAY
) -> Entry:
    return on(
        day,
        lambda s: record_attendance(s, fellow, fellowship_id=ADAS, mark=mark, minutes=minutes, today=today),
    )


def a_session(*more: Entry) -> Scenario[Session]:
    return given(SESSION, SCHEDULED, *more)


def a_register(*more: Entry) -> Scenario[Session]:
    return a_session(OPENED, *EXPECTED, *more)


def as_withdrawn(day: str) -> Fellowship:
    """Ada's fellowship as it stood on the session's day, withdrawn on the day given."""
    return a_fellow(withdrawal(day)).history.at(date.fromisoformat(DAY))


def line(scenario: Scenario[Session], day: str | None = None) -> Line:
    return scenario.then().history.at(date.fromisoformat(day) if day else None).lines[ADAS]
