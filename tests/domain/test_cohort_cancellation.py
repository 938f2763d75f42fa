"""A cohort is cancelled only while nobody has started in it."""

from typing import Any

from domain import RULES
from domain.cohort import COHORT, CohortCancelled
from domain.cohort_cancellation import CANCELLATION, CancelledBeforeItBegan, FellowsHaveStarted
from domain.refusal import Refusal
from tests.domain.fellows import C2013, C2014, a_fellow, a_place, deferral, planned, taken_up
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


def test_places_that_were_only_accepted_do_not_keep_a_cohort_from_being_cancelled() -> None:
    assert breach([a_place()], [a_place()]) is None


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
