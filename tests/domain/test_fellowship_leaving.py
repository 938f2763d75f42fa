"""Places given up, withdrawals, deferrals."""

from datetime import date

from domain.cohort_state import Cohort
from domain.event import Event
from domain.fellowship import FELLOWSHIP
from domain.fellowship_decisions import (
    defer,
    end_by_programme,
    give_up_place,
    not_complete,
    rescind_completion,
    reverse_withdrawal,
    take_up,
    withdraw,
)
from domain.fellowship_events import FellowshipCompleted, FellowshipResumed, FellowshipStarted, PlaceConfirmed
from domain.fellowship_reasons import DeferralReason
from domain.fellowship_state import (
    AnotherProgramme,
    DeferredToAnotherCohort,
    HasEnded,
    IsDeferred,
    NeverStarted,
    NotDeferred,
    NotInThatCohort,
    PlaceNotAccepted,
    SameCohort,
    Standing,
    StartedIsWithdrawn,
    WasNotWithdrawn,
)
from domain.values import CohortId
from tests.domain.fellows import (
    ACCEPTED,
    C2013,
    C2014,
    COMPLETED,
    ELSEWHERE,
    PAUSED,
    SECOND,
    a_fellow,
    a_place,
    an_offer,
    deferral,
    taken_up,
    withdrawal,
)
from tests.scenario import Entry, given, on, superseding


def test_a_place_is_given_up_before_the_start() -> None:
    given(FELLOWSHIP, ACCEPTED).when(on("2013-05-02", give_up_place)).then(standing=Standing.PLACE_GIVEN_UP)
    a_place().when(on("2013-07-01", give_up_place)).then(standing=Standing.PLACE_GIVEN_UP, last_day=None)


def test_who_has_started_withdraws_and_does_not_give_up_the_place() -> None:
    for fellow in (a_fellow(), a_fellow(PAUSED), a_fellow(deferral("2013-12-01"))):
        fellow.when(on("2014-01-01", give_up_place)).refused(StartedIsWithdrawn)
    a_fellow(withdrawal("2014-01-01")).when(on("2014-02-01", give_up_place)).refused(HasEnded)


def test_nobody_is_withdrawn_who_never_started() -> None:
    for fellow in (given(FELLOWSHIP, ACCEPTED), a_place(), a_place().when(deferral("2013-08-01"))):
        fellow.when(withdrawal("2013-10-01")).refused(NeverStarted)
    assert NeverStarted.explanation() == "Nobody can be withdrawn who never started: that is a place given up."


def test_nobody_leaves_who_has_no_place() -> None:
    for decision in (give_up_place, withdraw, reverse_withdrawal, rescind_completion, not_complete, end_by_programme):
        given(FELLOWSHIP).when(on("2013-10-01", decision)).refused(PlaceNotAccepted)
        an_offer().when(on("2013-10-01", decision)).refused(PlaceNotAccepted)


def test_a_withdrawal_keeps_the_cohort_and_the_last_day() -> None:
    a_fellow(withdrawal("2014-01-10")).then(
        standing=Standing.WITHDRAWN, since=date(2014, 1, 10), last_day=date(2014, 1, 10), origin=C2013, current=C2013
    )


def test_nobody_withdraws_twice() -> None:
    a_fellow(withdrawal("2014-01-10")).when(on("2014-02-01", withdraw)).refused(HasEnded)


def test_a_reversed_withdrawal_returns_to_what_was_before_it() -> None:
    reversal = on("2014-03-01", reverse_withdrawal)
    a_fellow(withdrawal("2014-01-10")).when(reversal).then(
        standing=Standing.IN_PROGRESS, since=date(2014, 3, 1), last_day=None
    ).then("2014-02-01", standing=Standing.WITHDRAWN)
    a_fellow(PAUSED, withdrawal("2014-01-10")).when(reversal).then(standing=Standing.PAUSED)
    a_fellow(deferral("2013-12-01"), withdrawal("2014-01-10")).when(reversal).then(
        standing=Standing.DEFERRED, target=C2014, last_day=date(2013, 12, 1)
    )


def test_a_withdrawal_is_reversed_only_if_there_is_one() -> None:
    a_fellow().when(on("2014-03-01", reverse_withdrawal)).refused(WasNotWithdrawn)
    a_fellow(COMPLETED).when(on("2014-09-01", reverse_withdrawal)).refused(WasNotWithdrawn)


def test_a_deferred_fellow_is_taken_up_in_progress_if_they_had_started() -> None:
    fellow = a_fellow(deferral("2013-12-01"))
    fellow.then(standing=Standing.DEFERRED, current=C2013, target=C2014, last_day=date(2013, 12, 1))
    fellow.when(on("2014-09-01", lambda f: take_up(f, SECOND))).then(
        standing=Standing.IN_PROGRESS, origin=C2013, current=C2014, target=None, last_day=None
    )


def test_a_deferred_fellow_is_taken_up_confirmed_if_they_never_started() -> None:
    for before in (given(FELLOWSHIP, ACCEPTED), a_place()):
        before.when(deferral("2013-08-01"), taken_up("2014-05-01")).then(
            standing=Standing.CONFIRMED, current=C2014, started_on=None
        ).when(on("2014-09-01", FellowshipStarted())).then(standing=Standing.IN_PROGRESS)


def test_a_deferral_from_a_pause_is_taken_up_in_progress() -> None:
    a_fellow(PAUSED, deferral("2013-12-01"), taken_up("2014-09-01")).then(standing=Standing.IN_PROGRESS)


def test_a_deferred_fellow_who_withdraws_was_last_there_on_the_day_of_the_deferral() -> None:
    a_fellow(deferral("2013-12-01"), withdrawal("2014-03-01")).then(
        standing=Standing.WITHDRAWN, since=date(2014, 3, 1), last_day=date(2013, 12, 1), current=C2013, target=None
    )


def test_a_deferred_fellow_who_never_started_gives_the_place_up() -> None:
    a_place().when(deferral("2013-08-01"), on("2014-03-01", give_up_place)).then(standing=Standing.PLACE_GIVEN_UP)


def test_a_fellow_is_deferred_to_another_cohort_of_the_same_programme() -> None:
    def deferring(cohort: Cohort) -> Entry:
        return on("2013-12-01", lambda f: defer(f, cohort, to_cohort_id=C2014, reason=DeferralReason.OTHER, note="x"))

    a_fellow().when(deferring(SECOND)).then(standing=Standing.DEFERRED, target=C2014)
    a_fellow().when(deferring(ELSEWHERE)).refused(AnotherProgramme)
    given(FELLOWSHIP).when(deferring(SECOND)).refused(PlaceNotAccepted)
    a_fellow().when(deferral("2013-12-01", target=C2013)).refused(SameCohort)
    a_fellow().when(deferral("2013-12-01", origin=C2014, target=C2013)).refused(NotInThatCohort)


def test_who_is_deferred_waits_for_the_target_cohort() -> None:
    deferred = a_fellow(deferral("2013-12-01"))
    facts: tuple[Event, ...] = (FellowshipResumed(), FellowshipStarted(), PlaceConfirmed(), FellowshipCompleted())
    for fact in facts:
        deferred.when(on("2014-01-01", fact)).refused(IsDeferred)
    deferred.when(deferral("2014-01-01")).refused(IsDeferred)
    deferred.when(on("2014-01-01", end_by_programme)).refused(IsDeferred)


def test_only_the_target_cohort_takes_a_deferred_fellow_up() -> None:
    a_fellow(deferral("2013-12-01")).when(taken_up("2014-09-01", C2013)).refused(DeferredToAnotherCohort)
    a_fellow().when(taken_up("2014-09-01")).refused(NotDeferred)
    a_fellow().when(on("2014-09-01", lambda f: take_up(f, SECOND))).refused(NotDeferred)
    a_fellow(COMPLETED).when(taken_up("2014-09-01")).refused(HasEnded)


def test_a_deferral_replaced_by_a_later_decision_leads_to_another_cohort() -> None:
    third = CohortId.new()
    a_fellow(deferral("2013-12-01")).when(
        superseding(4, "2014-03-01", deferral("2014-03-01", target=third).fact), taken_up("2015-09-01", third)
    ).then("2014-01-01", target=C2014).then(standing=Standing.IN_PROGRESS, current=third)
