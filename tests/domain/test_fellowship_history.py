"""Fellowships whose past changes, and the places they take."""

from datetime import date

import pytest

from domain.fellowship import FELLOWSHIP, Holding, held
from domain.fellowship_decisions import (
    end_by_programme,
    give_up_place,
    offer_place,
    rescind_completion,
    reverse_withdrawal,
    withdraw,
)
from domain.fellowship_events import FellowshipCompleted, PlaceAccepted, PlaceOffered
from domain.fellowship_state import Fellowship, NeverStarted, Standing
from domain.refusal import NotStanding, Refusal, WouldContradict
from tests.domain.fellows import (
    ACCEPTED,
    ADA,
    C2013,
    C2014,
    COMPLETED,
    CONFIRMED,
    FIRST,
    PAUSED,
    QIF,
    RESUMED,
    STARTED,
    a_fellow,
    an_offer,
    deferral,
    taken_up,
    withdrawal,
)
from tests.scenario import Scenario, correcting, given, on, retracting, superseding


def test_retracting_the_start_of_someone_who_completed_is_refused_and_names_the_completion() -> None:
    a_fellow(COMPLETED).when(retracting(3)).refused(WouldContradict, "fellowship.completed")


def test_retracting_the_acceptance_names_all_that_rests_on_it() -> None:
    a_fellow().when(retracting(1)).refused(WouldContradict, "fellowship.place_confirmed", "fellowship.started")


def test_the_last_fact_may_be_retracted_and_the_retraction_too() -> None:
    a_fellow(withdrawal("2014-01-10")).when(retracting(4)).then(standing=Standing.IN_PROGRESS).when(retracting(5)).then(
        standing=Standing.WITHDRAWN
    )


def test_a_correction_moves_a_withdrawal_but_not_before_the_start() -> None:
    fellow = a_fellow(withdrawal("2014-01-10"))
    fact = withdraw(fellow.history.at(date(2014, 1, 9)))
    fellow.when(correcting(4, "2013-12-24", fact)).then(last_day=date(2013, 12, 24))
    fellow.when(correcting(4, "2013-08-24", fact)).refused(NeverStarted)


def test_a_correction_may_not_end_a_fellowship_before_a_recorded_pause() -> None:
    fellow = a_fellow(PAUSED, withdrawal("2014-01-10"))
    fact = withdraw(fellow.history.at(date(2014, 1, 9)))
    fellow.when(correcting(5, "2013-10-01", fact)).refused(WouldContradict, "fellowship.paused")


def test_a_correction_moves_the_whole_fellowship_to_another_cohort() -> None:
    corrected = PlaceAccepted(person_id=ADA, cohort_id=C2014, programme_id=QIF)
    a_fellow().when(correcting(1, "2013-05-01", corrected)).then(origin=C2014, current=C2014)
    a_fellow(deferral("2013-12-01")).when(correcting(1, "2013-05-01", corrected)).refused(
        WouldContradict, "fellowship.deferred"
    )


def test_what_no_longer_stands_is_not_changed_again() -> None:
    history = a_fellow(withdrawal("2014-01-10")).when(retracting(4)).history
    with pytest.raises(NotStanding):
        history.standing(4)


def places(scenario: Scenario[Fellowship]) -> list[Holding]:
    return held(scenario.history)


def test_a_place_is_held_from_the_acceptance_until_the_end() -> None:
    accepted = date(2013, 5, 1)
    assert places(an_offer()) == []
    assert places(a_fellow(PAUSED)) == [Holding(C2013, accepted, None)]
    assert places(a_fellow(COMPLETED)) == [Holding(C2013, accepted, date(2014, 8, 31))]
    assert places(a_fellow(withdrawal("2014-01-10"), on("2014-03-01", reverse_withdrawal))) == [
        Holding(C2013, accepted, date(2014, 1, 10)),
        Holding(C2013, date(2014, 3, 1), None),
    ]


def test_a_deferral_takes_a_place_in_the_target_at_once() -> None:
    assert places(a_fellow(deferral("2013-12-01"), taken_up("2014-09-01"))) == [
        Holding(C2013, date(2013, 5, 1), date(2013, 12, 1)),
        Holding(C2014, date(2013, 12, 1), None),
    ]


def test_a_place_accepted_and_given_up_on_one_day_is_not_held() -> None:
    assert places(given(FELLOWSHIP, ACCEPTED, on("2013-05-01", give_up_place))) == []


def test_every_fact_that_moves_a_place_writes_the_guards_of_its_cohorts() -> None:
    scenario = an_offer().when(
        ACCEPTED,
        CONFIRMED,
        STARTED,
        PAUSED,
        RESUMED,
        deferral("2014-03-01"),
        taken_up("2014-09-01"),
        withdrawal("2014-10-01"),
        on("2014-11-01", reverse_withdrawal),
        on("2015-08-31", FellowshipCompleted()),
        on("2015-10-01", rescind_completion),
        on("2015-11-01", end_by_programme),
    )
    first, second, ada = f"places:{C2013}", f"places:{C2014}", f"holder:{ADA}"
    assert [set(scenario.history.guards([version])) for version in range(1, 14)] == [
        set(),
        {first, ada},
        set(),
        {f"starts:{C2013}"},
        set(),
        set(),
        {first, second, ada},
        {second, ada, f"starts:{C2014}"},
        *([{second, ada}] * 5),
    ]


def test_a_deferral_replaced_by_a_pause_writes_the_guards_of_both_cohorts() -> None:
    deferred = a_fellow(deferral("2013-12-01"))
    paused = deferred.when(superseding(4, "2014-01-01", PAUSED.fact)).then(standing=Standing.PAUSED, target=None)
    assert paused.history.guards([5]) == {f"places:{C2013}", f"places:{C2014}", f"holder:{ADA}"}
    assert places(paused) == [
        Holding(C2013, date(2013, 5, 1), date(2013, 12, 1)),
        Holding(C2014, date(2013, 12, 1), date(2014, 1, 1)),
        Holding(C2013, date(2014, 1, 1), None),
    ]


def test_a_refusal_tells_the_state_of_the_day() -> None:
    refusal = a_fellow(withdrawal("2014-01-10")).when(on("2014-02-01", withdraw)).refusal
    assert isinstance(refusal, Refusal)
    assert refusal.detail == "State on that day: withdrawn, since 2014-01-10."


def test_an_offer_names_its_person_cohort_and_programme() -> None:
    offer = offer_place(FIRST, person_id=ADA, cohort_id=C2013)
    assert offer == PlaceOffered(person_id=ADA, cohort_id=C2013, programme_id=QIF)
    assert set(offer.names()) == {f"person:{ADA}", f"cohort:{C2013}", f"programme:{QIF}"}
