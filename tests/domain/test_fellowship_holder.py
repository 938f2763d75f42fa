"""Nobody holds two places of one cohort at a time."""

from typing import Any

from domain import RULES
from domain.fellowship import FELLOWSHIP
from domain.fellowship_events import PlaceAccepted
from domain.fellowship_holder import ONE_PLACE, TwoPlacesInOneCohort
from domain.person import PERSON
from domain.refusal import Refusal
from tests.domain.fellows import ACCEPTED, ADA, BEN, C2013, C2014, QIF, a_fellow, deferral, withdrawal
from tests.scenario import Scenario, given, on

NOBODY: Scenario[Any] = given(FELLOWSHIP)
ONE = given(FELLOWSHIP, ACCEPTED)


def accepted(day: str, cohort: Any = C2013, person: Any = ADA) -> Scenario[Any]:
    return given(FELLOWSHIP, on(day, PlaceAccepted(person_id=person, cohort_id=cohort, programme_id=QIF)))


def breach(before: list[Scenario[Any]], after: list[Scenario[Any]]) -> Refusal | None:
    """What the rule says when Ada's fellowships go from `before` to `after`."""
    who = given(PERSON).history
    return ONE_PLACE.breaks(ADA, who, who, [s.history for s in before], [s.history for s in after])


def test_a_second_place_of_the_same_cohort_says_from_which_day() -> None:
    refusal = breach([ONE, NOBODY], [ONE, accepted("2013-07-01")])
    assert isinstance(refusal, TwoPlacesInOneCohort)
    assert refusal.detail == "On 2013-07-01 the person would hold 2 places of that cohort."


def test_a_second_place_accepted_before_the_first_is_as_much_one() -> None:
    assert isinstance(breach([ONE], [ONE, accepted("2013-04-01")]), TwoPlacesInOneCohort)


def test_a_place_of_another_cohort_or_after_leaving_is_no_matter() -> None:
    assert breach([ONE], [ONE, accepted("2013-07-01", C2014)]) is None
    left = a_fellow(withdrawal("2013-12-01"))
    assert isinstance(breach([left], [left, accepted("2013-11-30")]), TwoPlacesInOneCohort)
    assert breach([left], [left, accepted("2013-12-01")]) is None


def test_a_deferral_into_a_cohort_in_which_the_person_holds_a_place_is_one_too_many() -> None:
    there = accepted("2013-05-01", C2014)
    assert isinstance(breach([a_fellow(), there], [a_fellow(deferral("2013-12-01")), there]), TwoPlacesInOneCohort)


def test_another_person_s_place_is_not_counted_and_what_was_so_already_is_not_held_against_what_comes() -> None:
    assert breach([ONE], [ONE, accepted("2013-07-01", person=BEN)]) is None
    twice = [ONE, accepted("2013-07-01")]
    assert breach(twice, [a_fellow(), accepted("2013-07-01")]) is None
    assert isinstance(breach(twice, [*twice, accepted("2013-08-01")]), TwoPlacesInOneCohort)


def test_it_is_refused_however_it_is_entered() -> None:
    assert ONE_PLACE in RULES
    assert ONE_PLACE.irregularity is None
