"""No day on which more places of a cohort are taken than it has."""

from datetime import date
from typing import Any

from domain import RULES
from domain.capacity import PLACES, CohortFull
from domain.cohort import COHORT, CohortCapacityChanged, CohortPlanned
from domain.cohort_state import Cohort
from domain.fellowship import FELLOWSHIP
from domain.fellowship_events import FellowshipDeferred, PlaceAccepted, WithdrawalReversed
from domain.refusal import Refusal
from domain.stream import Timeline
from tests.domain.fellows import ACCEPTED, BEN, C2013, C2014, QIF, a_fellow, deferral, taken_up, withdrawal
from tests.scenario import Entry, Scenario, given, on, retracting

NOBODY: Scenario[Any] = given(FELLOWSHIP)
ONE = given(FELLOWSHIP, ACCEPTED)


def cohort(*more: Entry, capacity: int | None = 2) -> Timeline[Cohort]:
    planned = CohortPlanned(
        programme_id=QIF,
        programme_version="1",
        code="QIF-2013",
        starts_on=date(2013, 9, 1),
        ends_on=date(2014, 8, 31),
        capacity=capacity,
    )
    return given(COHORT, on("2012-01-01", planned), *more).history


def breach(
    places: Timeline[Cohort],
    before: list[Scenario[Any]],
    after: list[Scenario[Any]],
    *,
    then: Timeline[Cohort] | None = None,
    of: str = C2013,
) -> Refusal | None:
    """What the rule says when the fellowships go from `before` to `after`, and the cohort to `then`."""
    return PLACES.breaks(of, places, then or places, [s.history for s in before], [s.history for s in after])


def test_a_place_is_taken_while_there_is_one() -> None:
    assert breach(cohort(), [ONE, NOBODY], [ONE, ONE]) is None


def test_a_full_cohort_says_the_day_and_the_numbers() -> None:
    refusal = breach(cohort(), [ONE, ONE, NOBODY], [ONE, ONE, ONE])
    assert isinstance(refusal, CohortFull)
    assert refusal.detail == "On 2013-05-01, 3 places of QIF-2013 would be taken; it has 2."


def test_a_new_fellowship_need_not_be_among_those_before() -> None:
    assert isinstance(breach(cohort(), [ONE, ONE], [ONE, ONE, ONE]), CohortFull)


def test_no_stated_capacity_means_no_limit() -> None:
    assert breach(cohort(capacity=None), [NOBODY], [ONE] * 50) is None
    assert not PLACES.applies(cohort(capacity=None))
    assert PLACES.applies(cohort())
    assert PLACES.applies(cohort(on("2013-01-01", CohortCapacityChanged(capacity=3)), capacity=None))


def test_whoever_leaves_makes_room_from_that_day_on() -> None:
    left = a_fellow(withdrawal("2013-12-01"))
    before = given(FELLOWSHIP, on("2013-11-30", ACCEPTED.fact))
    after = given(FELLOWSHIP, on("2013-12-01", ACCEPTED.fact))
    assert isinstance(breach(cohort(), [left, ONE], [left, ONE, before]), CohortFull)
    assert breach(cohort(), [left, ONE], [left, ONE, after]) is None


def test_retracting_a_withdrawal_whose_place_was_refilled_breaks_the_rule_and_is_no_act_refused_for_it() -> None:
    left = a_fellow(withdrawal("2013-12-01"))
    back = left.when(retracting(4)).then()
    refill = given(FELLOWSHIP, on("2014-01-01", ACCEPTED.fact))
    refusal = breach(cohort(), [left, ONE, refill], [back, ONE, refill])
    assert isinstance(refusal, CohortFull)
    assert refusal.detail.startswith("On 2014-01-01, 3 places")
    assert PLACES.irregularity == "over_capacity"
    assert PLACES.acts == (PlaceAccepted, FellowshipDeferred, WithdrawalReversed)


def test_a_deferral_takes_a_place_of_the_target_and_frees_one_of_the_cohort_left() -> None:
    fellow = a_fellow()
    deferred = a_fellow(deferral("2013-12-01"))
    full = given(FELLOWSHIP, on("2013-06-01", PlaceAccepted(person_id=BEN, cohort_id=C2014, programme_id=QIF)))
    assert isinstance(breach(cohort(capacity=1), [fellow, full], [deferred, full], of=C2014), CohortFull)
    assert breach(cohort(capacity=1), [fellow], [deferred], of=C2013) is None
    refill = given(FELLOWSHIP, on("2013-12-01", ACCEPTED.fact))
    assert breach(cohort(capacity=1), [deferred], [deferred, refill], of=C2013) is None


def test_being_taken_up_takes_no_further_place() -> None:
    deferred = a_fellow(deferral("2013-12-01"))
    assert breach(cohort(capacity=1), [deferred], [deferred.when(taken_up("2014-09-01"))], of=C2014) is None


def test_what_was_too_many_already_is_not_held_against_what_makes_it_no_worse() -> None:
    assert breach(cohort(), [ONE, ONE, ONE], [ONE, ONE, a_fellow()]) is None
    assert breach(cohort(), [ONE, ONE, ONE, ONE], [ONE, ONE, ONE]) is None
    assert isinstance(breach(cohort(), [ONE, ONE, ONE], [ONE, ONE, ONE, ONE]), CohortFull)


def test_a_capacity_lowered_below_what_is_taken_breaks_the_rule_from_its_day_on() -> None:
    lowered = cohort(on("2013-07-01", CohortCapacityChanged(capacity=1)))
    refusal = breach(cohort(), [ONE, ONE], [ONE, ONE], then=lowered)
    assert isinstance(refusal, CohortFull)
    assert refusal.detail == "On 2013-07-01, 2 places of QIF-2013 would be taken; it has 1."
    assert breach(cohort(), [ONE], [ONE], then=lowered) is None


def test_a_raised_capacity_makes_room_from_its_day_on() -> None:
    raised = cohort(on("2013-07-01", CohortCapacityChanged(capacity=3)))
    late = given(FELLOWSHIP, on("2013-07-01", ACCEPTED.fact))
    assert breach(raised, [ONE, ONE], [ONE, ONE, late]) is None
    assert isinstance(breach(raised, [ONE, ONE], [ONE, ONE, ONE]), CohortFull)


def test_the_places_are_a_rule_over_each_cohort() -> None:
    assert PLACES in RULES
    assert PLACES.of(C2013) == f"places:{C2013}"
