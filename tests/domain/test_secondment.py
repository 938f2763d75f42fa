"""A secondment from the release agreed to its end."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from domain.fellowship_state import Fellowship, PlaceNotAccepted
from domain.secondment import SECONDMENT, STARTED_WITHOUT_AGREEMENT, STARTED_WITHOUT_BACKFILL, irregularities
from domain.secondment_decisions import (
    agree_release,
    cancel_secondment,
    change_fraction,
    end_after_pause,
    end_secondment_early,
    pause_secondment,
    pro_rata_end,
)
from domain.secondment_events import (
    AgreementSigned,
    Authority,
    BackfillConfirmed,
    BackfillWithdrawn,
    FractionChanged,
    Party,
    ReleaseAgreed,
    SecondmentEndedAsPlanned,
    SecondmentExtended,
    SecondmentPaused,
    SecondmentReason,
    SecondmentResumed,
    SecondmentStarted,
)
from domain.secondment_state import (
    BackfillAlreadyConfirmed,
    BackfillNotConfirmed,
    NotAnExtension,
    NotAsPlanned,
    NotEarly,
    PartyHasSigned,
    ProposedEndHasPassed,
    ReleaseAlreadyAgreed,
    ReleasedAboveContracted,
    ReleaseDatesOutOfOrder,
    ReleaseNotAgreed,
    Secondment,
    SecondmentAlreadyStarted,
    SecondmentIsOver,
    SecondmentIsPaused,
    SecondmentNotPaused,
    SecondmentNotStarted,
    SecondmentOfAnotherPerson,
    SecondmentStage,
    StartedAfterItsEnd,
)
from domain.values import FellowshipId, OrganisationId
from tests.domain.fellows import ADA, BEN, a_fellow, a_place, withdrawal
from tests.domain.irregular import irregular
from tests.scenario import Entry, Scenario, correcting, given, on, retracting

FELLOWSHIP_ID, TRUST = FellowshipId.new(), OrganisationId.new()
PLACE = a_place().history.at(None)
EVERYONE = tuple(Party)
PAPER, OTHER_PAPER = "a" * 64, "b" * 64


def release(contracted: str = "1.00", released: str | None = None, **other: Any) -> ReleaseAgreed:
    said: dict[str, Any] = {
        "fellowship_id": FELLOWSHIP_ID,
        "organisation_id": TRUST,
        "starts_on": date(2013, 9, 2),
        "ends_on": date(2014, 8, 31),
        "contracted_wte": Decimal(contracted),
        "released_wte": None if released is None else Decimal(released),
        "agreed_by": Authority.MEDICAL_DIRECTOR,
    }
    return agree_release(PLACE, **(said | other))


AGREED = on("2013-06-01", lambda _: release())
BACKFILL = on("2013-07-01", BackfillConfirmed())
SIGNED = on("2013-08-01", AgreementSigned(parties=EVERYONE, sha256=PAPER))
STARTED = on("2013-09-02", SecondmentStarted())
PAUSED = on("2014-01-10", pause_secondment)
RESUMED = on("2014-02-10", SecondmentResumed())
ENDED = on("2014-08-31", SecondmentEndedAsPlanned())


def agreed(*more: Entry) -> Scenario[Secondment]:
    return given(SECONDMENT, AGREED, *more)


def running(*more: Entry) -> Scenario[Secondment]:
    return agreed(BACKFILL, SIGNED, STARTED, *more)


def odd(scenario: Scenario[Secondment]) -> list[tuple[int, str]]:
    return irregular(scenario, irregularities)


def test_a_release_is_agreed_by_a_named_role_and_both_wte_are_kept() -> None:
    agreed().then(
        stage=SecondmentStage.AGREED,
        person_id=ADA,
        fellowship_id=FELLOWSHIP_ID,
        organisation_id=TRUST,
        contracted_wte=Decimal("1.00"),
        released_wte=Decimal("0.5"),
        planned_ends_on=date(2014, 8, 31),
        ends_on=date(2014, 8, 31),
    )
    assert release(agreed_by=Authority.CHIEF_NURSE).agreed_by is Authority.CHIEF_NURSE


@pytest.mark.parametrize(("contracted", "released"), [("0.6", "0.3"), ("1.2", "0.6"), ("0.75", "0.375"), ("1", "0.5")])
def test_half_of_the_contract_is_released_unless_said_otherwise(contracted: str, released: str) -> None:
    assert release(contracted).released_wte == Decimal(released)
    assert release(contracted, "0.2").released_wte == Decimal("0.2")


def test_somebody_may_be_contracted_for_more_than_one_wte_but_not_for_none() -> None:
    assert release("1.2").contracted_wte == Decimal("1.2")
    for contracted in ("0", "2.01"):
        with pytest.raises(ValidationError):
            release(contracted)


def test_more_is_not_released_than_is_contracted() -> None:
    given(SECONDMENT).when(on("2013-06-01", lambda _: release("0.5", "0.6"))).refused(ReleasedAboveContracted)
    given(SECONDMENT).when(on("2013-06-01", lambda _: release("0.5", "0.5"))).then(released_wte=Decimal("0.5"))
    fact = release("1", "0.6").model_copy(update={"contracted_wte": Decimal("0.5")})
    refusal = given(SECONDMENT).when(on("2013-06-01", fact)).refused(ReleasedAboveContracted).refusal
    assert refusal is not None
    assert refusal.detail == "0.6 WTE of 0.5 WTE would be released."


def test_a_correction_does_not_release_more_than_is_contracted_either() -> None:
    fact = release().model_copy(update={"released_wte": Decimal("1.1")})
    agreed().when(correcting(1, "2013-06-01", fact)).refused(ReleasedAboveContracted)


def test_the_first_day_comes_no_later_than_the_last() -> None:
    given(SECONDMENT).when(on("2013-06-01", lambda _: release(ends_on=date(2013, 9, 1)))).refused(
        ReleaseDatesOutOfOrder
    )
    given(SECONDMENT).when(on("2013-06-01", lambda _: release(ends_on=date(2013, 9, 2)))).then()


def test_nobody_is_released_who_has_no_place() -> None:
    with pytest.raises(PlaceNotAccepted):
        agree_release(
            Fellowship(),
            fellowship_id=FELLOWSHIP_ID,
            organisation_id=TRUST,
            starts_on=date(2013, 9, 2),
            ends_on=date(2014, 8, 31),
            contracted_wte=Decimal(1),
            agreed_by=Authority.OTHER,
        )


def test_a_release_is_agreed_once() -> None:
    agreed().when(on("2013-06-02", lambda _: release())).refused(ReleaseAlreadyAgreed)


def test_nothing_befalls_a_secondment_before_the_release_is_agreed() -> None:
    for entry in (BACKFILL, SIGNED, STARTED, PAUSED, RESUMED, ENDED, on("2013-08-01", cancel_secondment)):
        given(SECONDMENT).when(entry).refused(ReleaseNotAgreed)
    given(SECONDMENT).when(on("2013-08-01", change_fraction)).refused(ReleaseNotAgreed)
    with pytest.raises(ReleaseNotAgreed):
        end_after_pause(Secondment(), date(2014, 1, 1))
    with pytest.raises(ReleaseNotAgreed):
        pro_rata_end(Secondment(), date(2014, 1, 1), Decimal("0.5"))


def test_backfill_is_confirmed_and_may_be_withdrawn() -> None:
    agreed(BACKFILL).then(backfill=True).when(on("2013-07-02", BackfillConfirmed())).refused(BackfillAlreadyConfirmed)
    agreed(BACKFILL, on("2013-08-01", BackfillWithdrawn())).then(backfill=False)
    agreed().when(on("2013-08-01", BackfillWithdrawn())).refused(BackfillNotConfirmed)


def test_an_agreement_is_signed_once_all_three_have_signed_the_same_document() -> None:
    fellow = on("2013-08-01", AgreementSigned(parties=(Party.FELLOW,), sha256=PAPER))
    others = AgreementSigned(parties=(Party.RELEASING_ORGANISATION, Party.PROGRAMME), sha256=PAPER)
    agreed(fellow).then(agreement_signed=False).when(on("2013-08-05", others)).then(agreement_signed=True)
    elsewhere = others.model_copy(update={"sha256": OTHER_PAPER})
    agreed(fellow).when(on("2013-08-05", elsewhere)).then(agreement_signed=False)
    agreed(on("2013-08-01", AgreementSigned(parties=EVERYONE))).then(agreement_signed=True)


def test_nobody_signs_a_document_twice() -> None:
    again = on("2013-08-05", AgreementSigned(parties=(Party.PROGRAMME,), sha256=PAPER))
    refusal = agreed(SIGNED).when(again).refused(PartyHasSigned).refusal
    assert refusal is not None
    assert refusal.detail == "Signed already: programme."


def test_somebody_signs() -> None:
    with pytest.raises(ValidationError):
        AgreementSigned(parties=())


def test_a_start_with_agreement_and_backfill_is_regular() -> None:
    assert odd(running()) == []
    running().then(stage=SecondmentStage.ACTIVE, started_on=date(2013, 9, 2)).then("2013-09-01", started_on=None)


def test_a_start_without_a_signed_agreement_is_recorded_as_irregular() -> None:
    assert odd(agreed(BACKFILL, STARTED)) == [(3, STARTED_WITHOUT_AGREEMENT)]


def test_a_start_signed_by_some_is_a_start_without_agreement() -> None:
    some = on("2013-08-01", AgreementSigned(parties=(Party.FELLOW, Party.PROGRAMME), sha256=PAPER))
    assert odd(agreed(BACKFILL, some, STARTED)) == [(4, STARTED_WITHOUT_AGREEMENT)]


def test_a_start_without_backfill_is_recorded_as_irregular() -> None:
    assert odd(agreed(SIGNED, STARTED)) == [(3, STARTED_WITHOUT_BACKFILL)]
    assert odd(agreed(SIGNED, BACKFILL, on("2013-08-02", BackfillWithdrawn()), STARTED)) == [
        (5, STARTED_WITHOUT_BACKFILL)
    ]
    assert odd(agreed(STARTED)) == [(2, STARTED_WITHOUT_AGREEMENT), (2, STARTED_WITHOUT_BACKFILL)]


def test_a_signature_of_the_day_of_the_start_comes_before_it_and_a_later_one_after() -> None:
    assert odd(agreed(BACKFILL, STARTED, on("2013-09-02", AgreementSigned(parties=EVERYONE)))) == []
    assert odd(agreed(BACKFILL, STARTED, on("2013-09-03", AgreementSigned(parties=EVERYONE)))) == [
        (3, STARTED_WITHOUT_AGREEMENT)
    ]


def test_a_signature_entered_in_error_leaves_the_start_without_agreement() -> None:
    assert odd(running().when(retracting(3))) == [(4, STARTED_WITHOUT_AGREEMENT)]


def test_a_secondment_starts_once_and_not_after_its_last_day() -> None:
    running().when(on("2013-09-03", SecondmentStarted())).refused(SecondmentAlreadyStarted)
    agreed().when(on("2014-09-01", SecondmentStarted())).refused(StartedAfterItsEnd)
    agreed().when(on("2014-08-31", SecondmentStarted())).then(stage=SecondmentStage.ACTIVE)


def test_a_secondment_is_paused_and_resumed_and_releases_nothing_between() -> None:
    paused = running(PAUSED)
    paused.then(stage=SecondmentStage.PAUSED)
    assert paused.history.at(None).released_now() == 0
    resumed = paused.when(RESUMED).then(stage=SecondmentStage.ACTIVE).history.at(None)
    assert resumed.released_now() == Decimal("0.5")
    assert agreed().history.at(None).released_now() == 0


def test_only_what_runs_is_paused_and_only_what_is_paused_is_resumed() -> None:
    agreed().when(PAUSED).refused(SecondmentNotStarted)
    agreed().when(RESUMED).refused(SecondmentNotStarted)
    running(PAUSED).when(on("2014-01-11", pause_secondment)).refused(SecondmentIsPaused)
    running().when(RESUMED).refused(SecondmentNotPaused)


def test_a_pause_and_a_change_of_fraction_only_propose_another_end() -> None:
    proposed = date(2014, 10, 31)
    for entry in (
        on("2014-01-10", lambda s: pause_secondment(s, proposed_ends_on=proposed)),
        on("2014-01-10", lambda s: change_fraction(s, released_wte=Decimal("0.4"), proposed_ends_on=proposed)),
    ):
        running(entry).then(ends_on=date(2014, 8, 31), proposed_ends_on=proposed)
    running(PAUSED, on("2014-02-10", SecondmentResumed(proposed_ends_on=proposed))).then(
        ends_on=date(2014, 8, 31), proposed_ends_on=proposed
    )


def test_a_proposal_stays_until_the_end_is_moved() -> None:
    proposal = on("2014-01-10", lambda s: pause_secondment(s, proposed_ends_on=date(2014, 10, 31)))
    extension = SecondmentExtended(ends_on=date(2014, 9, 30), agreed_by=Authority.CHIEF_NURSE)
    running(proposal, RESUMED).then(proposed_ends_on=date(2014, 10, 31)).when(on("2014-03-01", extension)).then(
        ends_on=date(2014, 9, 30), planned_ends_on=date(2014, 8, 31), proposed_ends_on=None
    )


def test_what_is_proposed_lies_ahead() -> None:
    late = on("2014-01-10", lambda s: pause_secondment(s, proposed_ends_on=date(2014, 1, 10)))
    running().when(late).refused(ProposedEndHasPassed)


def test_only_an_extension_agreed_by_the_employer_moves_the_end_and_only_to_later() -> None:
    extension = SecondmentExtended(ends_on=date(2014, 8, 31), agreed_by=Authority.DIRECTOR)
    running().when(on("2014-03-01", extension)).refused(NotAnExtension)
    assert "agreed_by" in SecondmentExtended.model_fields
    assert SecondmentExtended.model_fields["agreed_by"].is_required()


def test_a_change_of_fraction_keeps_what_is_not_named_and_fits_the_contract() -> None:
    running(on("2014-01-10", lambda s: change_fraction(s, released_wte=Decimal("0.8")))).then(
        released_wte=Decimal("0.8"), contracted_wte=Decimal("1.00")
    )
    running(on("2014-01-10", lambda s: change_fraction(s, contracted_wte=Decimal("0.8")))).then(
        released_wte=Decimal("0.5"), contracted_wte=Decimal("0.8")
    )
    running().when(on("2014-01-10", lambda s: change_fraction(s, contracted_wte=Decimal("0.4")))).refused(
        ReleasedAboveContracted
    )
    fact = FractionChanged(contracted_wte=Decimal("0.4"), released_wte=Decimal("0.5"))
    running().when(on("2014-01-10", fact)).refused(ReleasedAboveContracted)


def test_it_ends_as_planned_on_the_last_day_agreed_and_no_other() -> None:
    running(ENDED).then(stage=SecondmentStage.ENDED_AS_PLANNED, last_day=date(2014, 8, 31))
    for day in ("2014-08-30", "2014-09-01"):
        running().when(on(day, SecondmentEndedAsPlanned())).refused(NotAsPlanned)
    agreed().when(ENDED).refused(SecondmentNotStarted)


def test_it_ends_early_before_the_last_day_agreed() -> None:
    running(on("2014-08-30", end_secondment_early)).then(stage=SecondmentStage.ENDED_EARLY, last_day=date(2014, 8, 30))
    running().when(on("2014-08-31", end_secondment_early)).refused(NotEarly)
    agreed().when(on("2014-08-30", end_secondment_early)).refused(SecondmentNotStarted)


def test_an_extension_learned_late_contradicts_an_end_as_planned() -> None:
    extension = SecondmentExtended(ends_on=date(2014, 9, 30), agreed_by=Authority.DIRECTOR)
    scenario = running(ENDED).when(on("2014-03-01", extension))
    assert scenario.refusal is not None
    assert [fact.kind for fact in scenario.refusal.facts] == ["secondment.ended_as_planned"]


def test_it_is_cancelled_before_the_start_and_not_after() -> None:
    agreed(on("2013-08-15", cancel_secondment)).then(stage=SecondmentStage.CANCELLED, last_day=None)
    running().when(on("2013-10-01", cancel_secondment)).refused(SecondmentAlreadyStarted)


def test_after_the_end_nothing_follows() -> None:
    for over in (running(ENDED), agreed(on("2013-08-15", cancel_secondment))):
        for fact in (BackfillConfirmed(), SecondmentStarted(), SecondmentResumed(), SecondmentEndedAsPlanned()):
            over.when(on("2014-09-01", fact)).refused(SecondmentIsOver)


def test_it_follows_its_own_state_and_not_that_of_the_fellowship() -> None:
    left = a_fellow(withdrawal("2014-01-10")).history.at(None)
    assert agree_release(
        left,
        fellowship_id=FELLOWSHIP_ID,
        organisation_id=TRUST,
        starts_on=date(2016, 1, 1),
        ends_on=date(2016, 6, 30),
        contracted_wte=Decimal(1),
        agreed_by=Authority.OTHER,
    )


def test_a_fact_about_another_person_is_refused() -> None:
    theirs = SecondmentPaused(person_id=BEN, reason=SecondmentReason.OTHER)
    running().when(on("2014-01-10", theirs)).refused(SecondmentOfAnotherPerson)


def test_a_late_pause_before_the_end_is_taken_and_one_after_it_refused() -> None:
    running(ENDED).when(PAUSED).then("2014-01-15", stage=SecondmentStage.PAUSED).then(
        stage=SecondmentStage.ENDED_AS_PLANNED
    )
    running(ENDED).when(on("2014-09-10", pause_secondment)).refused(SecondmentIsOver)


def test_the_end_to_propose_after_a_pause_is_later_by_its_length() -> None:
    paused = running(PAUSED).history.at(None)
    assert end_after_pause(paused, date(2014, 2, 10)) == date(2014, 10, 1)


@pytest.mark.parametrize(
    ("released", "ends_on"), [("0.5", date(2014, 8, 31)), ("0.25", date(2014, 9, 10)), ("0.3", date(2014, 9, 7))]
)
def test_the_end_to_propose_at_a_change_of_fraction_keeps_the_time_released_in_all(
    released: str, ends_on: date
) -> None:
    assert pro_rata_end(running().history.at(None), date(2014, 8, 22), Decimal(released)) == ends_on


def test_reasons_are_personal_and_what_a_release_states_is_not() -> None:
    assert set(SecondmentPaused.personal()) == {"reason", "note"}
    assert not ReleaseAgreed.personal()


def test_every_fact_about_days_or_wte_writes_the_guard_of_the_person() -> None:
    scenario = running(
        PAUSED,
        RESUMED,
        on("2014-03-01", lambda s: change_fraction(s, released_wte=Decimal("0.4"))),
        on("2014-03-02", SecondmentExtended(ends_on=date(2014, 9, 30), agreed_by=Authority.DIRECTOR)),
        on("2014-04-01", end_secondment_early),
    )
    written = [scenario.history.guards([version]) for version in range(1, 10)]
    person = frozenset({f"releases:{ADA}"})
    assert written == [person, frozenset(), frozenset(), person, person, person, person, person, person]
    assert agreed(on("2013-08-15", cancel_secondment)).history.guards([2]) == person
