"""Whom the tests of fellowships are about: Ada, her place, and the cohorts it may be in."""

from datetime import date

from domain.cohort import COHORT, CohortPlanned
from domain.fellowship import FELLOWSHIP
from domain.fellowship_decisions import accept_place, offer_place, pause, start, withdraw
from domain.fellowship_events import (
    FellowshipCompleted,
    FellowshipDeferred,
    FellowshipResumed,
    FellowshipTakenUp,
    PlaceConfirmed,
)
from domain.fellowship_reasons import DeferralReason, PauseReason
from domain.fellowship_state import Fellowship
from domain.values import CohortId, PersonId, ProgrammeId
from tests.scenario import Entry, Scenario, given, on

ADA, BEN = PersonId.new(), PersonId.new()
QIF, OTHER = ProgrammeId.new(), ProgrammeId.new()
C2013, C2014 = CohortId.new(), CohortId.new()


def planned(code: str, programme: ProgrammeId = QIF) -> Entry:
    return on(
        "2012-01-01",
        CohortPlanned(
            programme_id=programme,
            programme_version="1",
            code=code,
            starts_on=date(2013, 9, 1),
            ends_on=date(2014, 8, 31),
        ),
    )


FIRST = given(COHORT, planned("QIF-2013")).history.at(None)
SECOND = given(COHORT, planned("QIF-2014")).history.at(None)
ELSEWHERE = given(COHORT, planned("OTH-2014", OTHER)).history.at(None)

OFFERED = on("2013-04-01", lambda _: offer_place(FIRST, person_id=ADA, cohort_id=C2013))
ACCEPTED = on("2013-05-01", lambda _: accept_place(FIRST, person_id=ADA, cohort_id=C2013))
CONFIRMED = on("2013-06-01", PlaceConfirmed())
STARTED = on("2013-09-01", lambda _: start(FIRST))
PAUSED = on("2013-11-01", lambda f: pause(f, reason=PauseReason.PARENTAL_LEAVE))
RESUMED = on("2014-02-01", FellowshipResumed())
COMPLETED = on("2014-08-31", FellowshipCompleted())


def withdrawal(day: str) -> Entry:
    return on(day, withdraw)


def deferral(day: str, *, origin: CohortId = C2013, target: CohortId = C2014) -> Entry:
    fact = FellowshipDeferred(
        person_id=ADA, from_cohort_id=origin, to_cohort_id=target, reason=DeferralReason.NOT_ON_TRACK
    )
    return on(day, fact)


def taken_up(day: str, cohort: CohortId = C2014) -> Entry:
    return on(day, FellowshipTakenUp(cohort_id=cohort))


def an_offer() -> Scenario[Fellowship]:
    return given(FELLOWSHIP, OFFERED)


def a_place() -> Scenario[Fellowship]:
    return given(FELLOWSHIP, ACCEPTED, CONFIRMED)


def a_fellow(*more: Entry) -> Scenario[Fellowship]:
    return given(FELLOWSHIP, ACCEPTED, CONFIRMED, STARTED, *more)
