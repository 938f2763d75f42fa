"""A cohort is cancelled only while nobody has started in it, and once nobody holds a place there."""

from typing import Any

from domain import RULES
from domain.cohort import COHORT, CohortCancelled
from domain.cohort_cancellation import (
    CANCELLATION,
    EMPTINESS,
    CancelledBeforeItBegan,
    FellowsHaveStarted,
    FellowsHoldPlaces,
)
from domain.cohort_state import CohortIsCancelled
from domain.fellowship import FELLOWSHIP
from domain.refusal import Refusal
from tests.domain.fellows import ACCEPTED, C2013, C2014, a_fellow, a_place, deferral, planned, taken_up
from tests.scenario import Scenario, given, on

STANDS = given(COHORT, planned("QIF-2013"))
CANCELLED = given(COHORT, planned("QIF-2013"), on("2013-08-01", CohortCancelled()))


def breach(
    before: list[Scenario[Any]],
    after: list[Scenario[Any]],
    *,
    was: Scenario[Any] = STANDS,
    now: Scenario[Any] = CANCELLED,
    of: str = C2013,
) -> Refusal | None:
    """What the rule says when the cohort goes from `was` to `now`, and its fellowships from `before` to `after`."""
    return CANCELLATION.breaks(of, was.history, now.history, [s.history for s in before], [s.history for s in after])


def test_a_cohort_is_not_cancelled_under_fellows_who_started_on_whatever_day() -> None:
    refusal = breach([a_fellow(), a_place()], [a_fellow(), a_place()])
    assert isinstance(refusal, FellowsHaveStarted)
    assert refusal.detail == "Fellows who started in QIF-2013: 1."
    assert [fact.kind for fact in refusal.facts] == ["fellowship.started"]


def test_whoever_started_there_and_went_on_elsewhere_started_there() -> None:
    moved = a_fellow(deferral("2013-12-01"), taken_up("2014-09-01"))
    assert isinstance(breach([moved], [moved]), FellowsHaveStarted)
    refusal = breach([moved], [moved], of=C2014)
    assert isinstance(refusal, FellowsHaveStarted)
    assert [fact.kind for fact in refusal.facts] == ["fellowship.taken_up"]


def remaining(
    before: list[Scenario[Any]],
    after: list[Scenario[Any]],
    *,
    was: Scenario[Any] = STANDS,
    now: Scenario[Any] = CANCELLED,
) -> Refusal | None:
    """What the other rule says: that nobody holds a place in a cohort that is cancelled."""
    return EMPTINESS.breaks(C2013, was.history, now.history, [s.history for s in before], [s.history for s in after])


def test_a_cohort_is_not_cancelled_over_a_place_that_is_still_held_and_it_is_named() -> None:
    assert breach([a_place()], [a_place()]) is None
    refusal = remaining([a_place()], [a_place()])
    assert isinstance(refusal, FellowsHoldPlaces)
    assert refusal.detail == "Fellows who would still hold a place in QIF-2013: 1."
    assert [(fact.kind, str(fact.happened)) for fact in refusal.facts] == [("fellowship.place_accepted", "2013-05-01")]


def test_a_place_left_by_the_day_of_the_cancellation_does_not_stand_in_its_way() -> None:
    for day, stands in (("2013-08-01", False), ("2013-08-02", True)):
        left = given(FELLOWSHIP, ACCEPTED, deferral(day))
        assert (remaining([left], [left]) is not None) is stands


def test_no_place_is_taken_in_a_cohort_that_was_cancelled_and_one_taken_before_is_not_held_against_it() -> None:
    refusal = remaining([], [a_place()], was=CANCELLED)
    assert isinstance(refusal, CohortIsCancelled)
    assert remaining([a_place()], [a_place()], was=CANCELLED) is None
    assert remaining([a_place()], [a_place(), a_place()], now=STANDS) is None


def test_what_is_learned_late_of_places_in_a_cancelled_cohort_is_listed() -> None:
    assert EMPTINESS in RULES
    assert EMPTINESS.irregularity == "place_in_a_cancelled_cohort"
    assert EMPTINESS.applies(CANCELLED.history)
    assert not EMPTINESS.applies(STANDS.history)


def test_nobody_starts_in_a_cohort_that_was_cancelled_and_what_was_so_already_stays() -> None:
    refusal = breach([a_place()], [a_fellow()], was=CANCELLED)
    assert isinstance(refusal, CancelledBeforeItBegan)
    assert refusal.detail == "QIF-2013 was cancelled."
    assert breach([a_fellow()], [a_fellow()], was=CANCELLED) is None
    assert breach([a_place()], [a_fellow()], was=CANCELLED, now=STANDS) is None


def test_it_concerns_only_cohorts_that_were_cancelled_and_is_refused_however_it_is_entered() -> None:
    assert CANCELLATION.applies(CANCELLED.history)
    assert not CANCELLATION.applies(STANDS.history)
    assert CANCELLATION in RULES
    assert CANCELLATION.irregularity is None
