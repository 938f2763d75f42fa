"""Releases that are refused or taken over, when one releases somebody, and the meeting about the return."""

from datetime import date, timedelta

import pytest

from domain.fellowship_state import Fellowship, PlaceNotAccepted
from domain.secondment import SECONDMENT
from domain.secondment_decisions import cancel_secondment, end_secondment_early, refuse_release
from domain.secondment_events import (
    AgreementSigned,
    Authority,
    BackfillConfirmed,
    Party,
    ReleaseRefused,
    ReleasingOrganisationChanged,
    ReturnMeetingHeld,
    SecondmentStarted,
)
from domain.secondment_state import (
    ReleaseAlreadyAgreed,
    ReleasedByThisOrganisation,
    ReleaseNotAgreed,
    ReleaseWasRefused,
    SecondmentIsOver,
    SecondmentNotStarted,
    SecondmentStage,
    releases_on,
    return_meeting_due,
)
from domain.values import OrganisationId
from tests.domain.fellows import ADA
from tests.domain.secondments import (
    AGREED,
    BACKFILL,
    ENDED,
    FELLOWSHIP_ID,
    OTHER_PAPER,
    PAPER,
    PLACE,
    SIGNED,
    STARTED,
    TRUST,
    agreed,
    odd,
    release,
    running,
)
from tests.scenario import Entry, given, on, superseding

SURGERY = OrganisationId.new()
FIRST, LAST, DAY = date(2013, 9, 2), date(2014, 8, 31), timedelta(days=1)


def refused() -> ReleaseRefused:
    return refuse_release(
        PLACE, fellowship_id=FELLOWSHIP_ID, organisation_id=TRUST, refused_by=Authority.CLINICAL_DIRECTOR
    )


REFUSED = on("2013-06-01", lambda _: refused())
MEETING = on("2014-06-20", ReturnMeetingHeld())


def taken_over(day: str, organisation: OrganisationId = SURGERY) -> Entry:
    fact = ReleasingOrganisationChanged(organisation_id=organisation, agreed_by=Authority.PRACTICE_PARTNER)
    return on(day, fact)


def test_a_release_is_refused_for_a_fellow_with_a_place_by_a_named_role() -> None:
    assert refused().refused_by is Authority.CLINICAL_DIRECTOR
    given(SECONDMENT, REFUSED).then(
        stage=SecondmentStage.REFUSED, since=date(2013, 6, 1), person_id=ADA, organisation_id=TRUST, starts_on=None
    )
    with pytest.raises(PlaceNotAccepted):
        refuse_release(Fellowship(), fellowship_id=FELLOWSHIP_ID, organisation_id=TRUST, refused_by=Authority.OTHER)


def test_nothing_follows_a_refusal_and_an_agreement_later_is_another_secondment() -> None:
    over = given(SECONDMENT, REFUSED)
    for entry in (
        on("2013-06-02", lambda _: release()),
        BACKFILL,
        STARTED,
        ENDED,
        MEETING,
        on("2013-06-02", refused()),
    ):
        over.when(entry).refused(ReleaseWasRefused)


def test_what_was_agreed_is_not_refused_and_a_refusal_may_be_replaced_by_a_later_decision() -> None:
    agreed().when(on("2013-06-02", lambda _: refused())).refused(ReleaseAlreadyAgreed)
    replaced = given(SECONDMENT, REFUSED).when(superseding(1, "2013-06-20", lambda _: release()))
    replaced.then(stage=SecondmentStage.AGREED).then("2013-06-19", stage=SecondmentStage.REFUSED)
    assert replaced.history.guards([2]) == {f"releases:{ADA}"}


def test_another_organisation_releases_the_fellow_from_its_day_on() -> None:
    running(taken_over("2014-02-01")).then("2014-01-31", organisation_id=TRUST).then(
        "2014-02-01", organisation_id=SURGERY, stage=SecondmentStage.ACTIVE, ends_on=LAST
    )
    running().when(taken_over("2014-02-01", TRUST)).refused(ReleasedByThisOrganisation)
    running(taken_over("2014-02-01"), taken_over("2014-03-01", TRUST)).then(organisation_id=TRUST)
    running(ENDED).when(taken_over("2014-09-01")).refused(SecondmentIsOver)
    given(SECONDMENT).when(taken_over("2014-02-01")).refused(ReleaseNotAgreed)


def test_what_one_organisation_signed_and_its_backfill_do_not_bind_another() -> None:
    moved = agreed(BACKFILL, SIGNED, taken_over("2013-08-20"))
    moved.then("2013-08-19", agreement_signed=True, backfill=True).then(agreement_signed=False, backfill=False)
    assert len(odd(moved.when(STARTED))) == 2
    theirs = AgreementSigned(parties=(Party.RELEASING_ORGANISATION,), sha256=PAPER)
    whole = moved.when(on("2013-08-25", theirs), on("2013-08-25", BackfillConfirmed()), STARTED)
    assert odd(whole.then(agreement_signed=True, backfill=True)) == []
    elsewhere = moved.when(on("2013-08-25", theirs.model_copy(update={"sha256": OTHER_PAPER})))
    elsewhere.then(agreement_signed=False)


def test_the_set_of_releases_is_changed_by_a_change_of_organisation_and_not_by_a_meeting_or_a_refusal() -> None:
    scenario = running(taken_over("2014-02-01"), MEETING)
    assert scenario.history.guards([5]) == {f"releases:{ADA}"}
    assert scenario.history.guards([6]) == frozenset()
    assert given(SECONDMENT, REFUSED).history.guards([1]) == frozenset()


def test_the_meeting_about_the_return_is_due_eight_weeks_before_the_last_day() -> None:
    assert return_meeting_due(LAST) == date(2014, 7, 6)


def test_the_meeting_is_held_of_what_has_started_even_after_the_end_and_the_last_one_counts() -> None:
    agreed().when(MEETING).refused(SecondmentNotStarted)
    running(MEETING).then(return_meeting_held_on=date(2014, 6, 20), stage=SecondmentStage.ACTIVE, since=FIRST)
    again = running(MEETING, on("2014-08-31", ReturnMeetingHeld()), ENDED)
    again.then(return_meeting_held_on=LAST, stage=SecondmentStage.ENDED_AS_PLANNED)
    late = running(on("2014-01-31", end_secondment_early), on("2014-02-10", ReturnMeetingHeld()))
    late.then(return_meeting_held_on=date(2014, 2, 10), stage=SecondmentStage.ENDED_EARLY, last_day=date(2014, 1, 31))
    cancelled = agreed(on("2013-08-15", cancel_secondment))
    cancelled.when(on("2013-08-20", ReturnMeetingHeld())).refused(SecondmentIsOver)


@pytest.mark.parametrize(
    ("day", "paused", "releasing"),
    [
        (FIRST - DAY, False, False),
        (FIRST, False, True),
        (FIRST, True, False),
        (LAST, False, True),
        (LAST, True, False),
        (LAST + DAY, False, False),
    ],
)
def test_it_releases_from_the_first_to_the_last_day_inclusive_and_nothing_in_a_pause(
    day: date, paused: bool, releasing: bool
) -> None:
    assert releases_on(day, since=FIRST, until=LAST, paused=paused) is releasing
    assert not releases_on(day, since=None, until=LAST, paused=paused)
    assert not releases_on(day, since=FIRST, until=None, paused=paused)


def test_the_last_day_is_that_of_the_recorded_end_else_the_one_agreed() -> None:
    running().then(until=LAST)
    running(on("2014-01-31", end_secondment_early)).then(until=date(2014, 1, 31)).then("2014-01-30", until=LAST)
    given(SECONDMENT, AGREED, on("2013-09-02", SecondmentStarted()), ENDED).then(until=LAST)
