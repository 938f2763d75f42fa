"""A secondment from the release agreed to its start."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from domain.fellowship_state import Fellowship, PlaceNotAccepted
from domain.secondment import SECONDMENT, STARTED_WITHOUT_AGREEMENT, STARTED_WITHOUT_BACKFILL
from domain.secondment_decisions import (
    agree_release,
    cancel_secondment,
    change_fraction,
)
from domain.secondment_events import (
    AgreementSigned,
    Authority,
    BackfillConfirmed,
    BackfillWithdrawn,
    Party,
    SecondmentStarted,
)
from domain.secondment_state import (
    BackfillAlreadyConfirmed,
    BackfillNotConfirmed,
    PartyHasSigned,
    ReleaseAlreadyAgreed,
    ReleasedAboveContracted,
    ReleaseDatesOutOfOrder,
    ReleaseNotAgreed,
    SecondmentAlreadyStarted,
    SecondmentStage,
    StartedAfterItsEnd,
)
from tests.domain.fellows import ADA
from tests.domain.secondments import (
    BACKFILL,
    ENDED,
    EVERYONE,
    FELLOWSHIP_ID,
    OTHER_PAPER,
    PAPER,
    PAUSED,
    RESUMED,
    SIGNED,
    STARTED,
    TRUST,
    agreed,
    odd,
    release,
    running,
)
from tests.scenario import correcting, given, on, retracting


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
    given(SECONDMENT).when(on("2013-08-01", lambda s: change_fraction(s, on=date(2013, 8, 1)))).refused(
        ReleaseNotAgreed
    )


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
