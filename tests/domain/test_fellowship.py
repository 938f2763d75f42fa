"""A fellowship from offer to end, and the states between."""

from datetime import date

import pytest

from domain.cohort import COHORT, CohortCancelled, CohortClosed, CohortEnded, CohortStarted
from domain.cohort_state import Cohort, CohortIsCancelled, CohortIsClosed, CohortNotPlanned
from domain.fellowship import FELLOWSHIP
from domain.fellowship_decisions import (
    accept_place,
    decline_place,
    defer,
    end_by_programme,
    not_complete,
    offer_place,
    rescind_completion,
    start,
    take_up,
    withdraw,
)
from domain.fellowship_events import (
    FellowshipCompleted,
    FellowshipPaused,
    FellowshipStarted,
    OfferLapsed,
    PlaceAccepted,
    PlaceConfirmed,
)
from domain.fellowship_reasons import DeferralReason, PauseReason
from domain.fellowship_state import (
    AlreadyAccepted,
    AlreadyConfirmed,
    AlreadyOffered,
    AlreadyStarted,
    AnotherPerson,
    AnotherPlaceWasOffered,
    HasEnded,
    IsPaused,
    NotOffered,
    NotPaused,
    NotStarted,
    PlaceNotAccepted,
    PlaceNotConfirmed,
    Standing,
    WasNotCompleted,
)
from tests.domain.fellows import (
    ACCEPTED,
    ADA,
    BEN,
    C2013,
    C2014,
    COMPLETED,
    CONFIRMED,
    FIRST,
    OFFERED,
    PAUSED,
    QIF,
    RESUMED,
    STARTED,
    a_fellow,
    a_place,
    an_offer,
    deferral,
    planned,
    withdrawal,
)
from tests.scenario import Fact, given, on, superseding


def test_an_offer_is_accepted() -> None:
    an_offer().then(standing=Standing.OFFERED, origin=C2013, current=None).when(ACCEPTED).then(
        standing=Standing.ACCEPTED, person_id=ADA, programme_id=QIF, origin=C2013, current=C2013
    )


def test_a_place_may_be_accepted_without_an_offer_on_record() -> None:
    given(FELLOWSHIP).when(ACCEPTED).then(standing=Standing.ACCEPTED)


def test_an_offer_is_declined_or_lapses_and_is_not_accepted_after_that() -> None:
    an_offer().when(on("2013-04-10", decline_place)).then(standing=Standing.DECLINED).when(ACCEPTED).refused(HasEnded)
    an_offer().when(on("2013-04-10", OfferLapsed())).then(standing=Standing.LAPSED).when(ACCEPTED).refused(HasEnded)


def test_an_accepted_offer_is_neither_declined_nor_lapses() -> None:
    accepted = an_offer().when(ACCEPTED)
    accepted.when(on("2013-05-02", decline_place)).refused(AlreadyAccepted)
    accepted.when(on("2013-05-02", OfferLapsed())).refused(AlreadyAccepted)


def test_nothing_is_declined_that_was_not_offered() -> None:
    given(FELLOWSHIP).when(on("2013-04-10", decline_place)).refused(NotOffered)
    given(FELLOWSHIP).when(on("2013-04-10", OfferLapsed())).refused(NotOffered)


def test_a_place_is_offered_once() -> None:
    an_offer().when(OFFERED).refused(AlreadyOffered)
    a_fellow().when(on("2013-10-01", lambda _: offer_place(FIRST, person_id=ADA, cohort_id=C2013))).refused(
        AlreadyAccepted
    )


def test_a_place_is_accepted_once() -> None:
    a_place().when(on("2013-06-02", lambda _: accept_place(FIRST, person_id=ADA, cohort_id=C2013))).refused(
        AlreadyAccepted
    )


def test_what_is_accepted_is_what_was_offered() -> None:
    an_offer().when(on("2013-05-01", PlaceAccepted(person_id=ADA, cohort_id=C2014, programme_id=QIF))).refused(
        AnotherPlaceWasOffered
    )
    an_offer().when(on("2013-05-01", PlaceAccepted(person_id=BEN, cohort_id=C2013, programme_id=QIF))).refused(
        AnotherPerson
    )


def test_a_late_offer_before_the_acceptance_is_taken() -> None:
    given(FELLOWSHIP, ACCEPTED).when(OFFERED).then(standing=Standing.ACCEPTED)


def test_a_place_is_confirmed_once_and_only_when_accepted() -> None:
    an_offer().when(CONFIRMED).refused(PlaceNotAccepted)
    given(FELLOWSHIP).when(CONFIRMED).refused(PlaceNotAccepted)
    a_place().when(on("2013-07-01", PlaceConfirmed())).refused(AlreadyConfirmed)
    a_fellow().when(on("2013-10-01", PlaceConfirmed())).refused(AlreadyConfirmed)


def test_a_fellowship_starts_once_and_only_when_confirmed() -> None:
    given(FELLOWSHIP, ACCEPTED).when(STARTED).refused(PlaceNotConfirmed)
    a_place().when(STARTED).then(standing=Standing.IN_PROGRESS, started_on=date(2013, 9, 1), last_day=None)
    a_fellow().when(on("2013-10-01", FellowshipStarted())).refused(AlreadyStarted)
    a_fellow(PAUSED).when(on("2013-12-01", FellowshipStarted())).refused(AlreadyStarted)


def test_acceptance_confirmation_start_and_leaving_may_be_of_one_day() -> None:
    day = "2013-09-01"
    given(
        FELLOWSHIP,
        on(day, PlaceAccepted(person_id=ADA, cohort_id=C2013, programme_id=QIF)),
        on(day, PlaceConfirmed()),
        on(day, FellowshipStarted()),
        withdrawal(day),
    ).then(standing=Standing.WITHDRAWN, started_on=date(2013, 9, 1), last_day=date(2013, 9, 1))


@pytest.mark.parametrize("cohort", ["unplanned", "closed", "cancelled"])
def test_a_cohort_that_takes_nobody_is_neither_offered_accepted_started_nor_deferred_to(cohort: str) -> None:
    running = given(COHORT, planned("QIF-2013"), on("2013-09-01", CohortStarted()), on("2014-08-31", CohortEnded()))
    state, refusal = {
        "unplanned": (Cohort(), CohortNotPlanned),
        "closed": (running.when(on("2014-12-01", CohortClosed())).history.at(None), CohortIsClosed),
        "cancelled": (
            given(COHORT, planned("X"), on("2013-01-01", CohortCancelled())).history.at(None),
            CohortIsCancelled,
        ),
    }[cohort]
    day = "2014-12-02"
    for scenario, entry in (
        (given(FELLOWSHIP), on(day, lambda _: offer_place(state, person_id=ADA, cohort_id=C2013))),
        (given(FELLOWSHIP), on(day, lambda _: accept_place(state, person_id=ADA, cohort_id=C2013))),
        (a_place(), on(day, lambda _: start(state))),
        (a_fellow(), on(day, lambda f: defer(f, state, to_cohort_id=C2014, reason=DeferralReason.OTHER))),
        (a_fellow(deferral("2013-12-01")), on(day, lambda f: take_up(f, state))),
    ):
        scenario.when(entry).refused(refusal)


def test_a_fellowship_is_paused_and_resumed() -> None:
    a_fellow(PAUSED).then(standing=Standing.PAUSED).when(RESUMED).then(standing=Standing.IN_PROGRESS, current=C2013)


def test_only_a_fellowship_in_progress_is_paused() -> None:
    a_place().when(PAUSED).refused(NotStarted)
    given(FELLOWSHIP, ACCEPTED).when(PAUSED).refused(NotStarted)
    given(FELLOWSHIP).when(PAUSED).refused(PlaceNotAccepted)
    a_fellow(PAUSED).when(on("2013-12-01", PAUSED.fact)).refused(IsPaused)


def test_only_a_paused_fellowship_is_resumed() -> None:
    a_fellow().when(RESUMED).refused(NotPaused)
    a_place().when(RESUMED).refused(NotStarted)


def test_a_late_pause_before_a_recorded_withdrawal_is_taken() -> None:
    a_fellow(withdrawal("2014-01-10")).when(PAUSED).then("2013-12-01", standing=Standing.PAUSED).then(
        standing=Standing.WITHDRAWN
    )


def test_a_late_pause_after_a_recorded_withdrawal_is_refused() -> None:
    a_fellow(withdrawal("2013-10-10")).when(PAUSED).refused(HasEnded)


def test_a_late_pause_of_the_day_of_the_withdrawal_is_taken() -> None:
    a_fellow(withdrawal("2013-11-01")).when(PAUSED).then(standing=Standing.WITHDRAWN)


def test_a_fact_about_another_person_is_refused() -> None:
    theirs = FellowshipPaused(person_id=BEN, reason=PauseReason.OTHER)
    a_fellow().when(on("2013-11-01", theirs)).refused(AnotherPerson)


def test_a_fellowship_in_progress_or_paused_comes_to_its_end() -> None:
    for fellow in (a_fellow(), a_fellow(PAUSED)):
        fellow.when(COMPLETED).then(standing=Standing.COMPLETED, last_day=date(2014, 8, 31))
        fellow.when(on("2014-08-31", not_complete)).then(standing=Standing.NOT_COMPLETED)
        fellow.when(on("2014-08-31", end_by_programme)).then(standing=Standing.ENDED_BY_PROGRAMME)


def test_what_never_started_comes_to_no_end_of_that_kind() -> None:
    for end in (FellowshipCompleted(), not_complete, end_by_programme):
        a_place().when(on("2014-08-31", end)).refused(NotStarted)


def test_a_rescinded_completion_returns_to_what_was_before_it() -> None:
    rescinded = a_fellow(COMPLETED).when(on("2014-10-01", rescind_completion))
    rescinded.then(standing=Standing.IN_PROGRESS, last_day=None).when(on("2014-11-01", not_complete)).then(
        standing=Standing.NOT_COMPLETED
    )
    a_fellow().when(on("2014-10-01", rescind_completion)).refused(WasNotCompleted)


def test_after_the_end_nothing_follows() -> None:
    ends: tuple[Fact, ...] = (withdraw, FellowshipCompleted(), not_complete, end_by_programme)
    for end in ends:
        fellow = a_fellow(on("2014-03-01", end))
        for entry in (on("2014-04-01", PAUSED.fact), on("2014-04-01", RESUMED.fact), deferral("2014-04-01")):
            fellow.when(entry).refused(HasEnded)


def test_an_end_replaced_on_appeal_stands_until_then() -> None:
    a_fellow(on("2014-06-01", end_by_programme)).when(superseding(4, "2014-09-01", FellowshipCompleted())).then(
        "2014-07-01", standing=Standing.ENDED_BY_PROGRAMME
    ).then(standing=Standing.COMPLETED)
