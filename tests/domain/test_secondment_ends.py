"""A secondment from its start to its end, and what moves that."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from domain.secondment_decisions import (
    agree_release,
    cancel_secondment,
    change_fraction,
    end_secondment_early,
    pause_secondment,
)
from domain.secondment_events import (
    Authority,
    BackfillConfirmed,
    FractionChanged,
    ReleaseAgreed,
    SecondmentEndedAsPlanned,
    SecondmentExtended,
    SecondmentPaused,
    SecondmentReason,
    SecondmentResumed,
    SecondmentStarted,
)
from domain.secondment_state import (
    NotAnExtension,
    NotAsPlanned,
    NotEarly,
    ProposedEndHasPassed,
    ReleasedAboveContracted,
    SecondmentAlreadyStarted,
    SecondmentIsOver,
    SecondmentIsPaused,
    SecondmentNotPaused,
    SecondmentNotStarted,
    SecondmentOfAnotherPerson,
    SecondmentStage,
)
from tests.domain.fellows import ADA, BEN, a_fellow, withdrawal
from tests.domain.secondments import (
    ENDED,
    FELLOWSHIP_ID,
    PAUSED,
    RESUMED,
    TRUST,
    agreed,
    running,
)
from tests.scenario import on


def test_a_secondment_is_paused_and_resumed() -> None:
    paused = running(PAUSED).then(stage=SecondmentStage.PAUSED, paused=True)
    paused.when(RESUMED).then(stage=SecondmentStage.ACTIVE, paused=False)
    paused.when(on("2014-01-31", end_secondment_early)).then(stage=SecondmentStage.ENDED_EARLY, paused=True)


def test_a_pause_is_no_release_of_nothing() -> None:
    for released in (Decimal(0), Decimal("-0.1")):
        with pytest.raises(ValidationError):
            FractionChanged(contracted_wte=Decimal(1), released_wte=released)


def test_only_what_runs_is_paused_and_only_what_is_paused_is_resumed() -> None:
    agreed().when(PAUSED).refused(SecondmentNotStarted)
    agreed().when(RESUMED).refused(SecondmentNotStarted)
    running(PAUSED).when(on("2014-01-11", pause_secondment)).refused(SecondmentIsPaused)
    running().when(RESUMED).refused(SecondmentNotPaused)


def test_a_pause_and_a_change_of_fraction_only_propose_another_end() -> None:
    proposed = date(2014, 10, 31)
    for entry in (
        on("2014-01-10", lambda s: pause_secondment(s, proposed_ends_on=proposed)),
        on(
            "2014-01-10",
            lambda s: change_fraction(s, on=date(2014, 1, 10), released_wte=Decimal("0.4"), proposed_ends_on=proposed),
        ),
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
    running(on("2014-01-10", lambda s: change_fraction(s, on=date(2014, 1, 10), released_wte=Decimal("0.8")))).then(
        released_wte=Decimal("0.8"), contracted_wte=Decimal("1.00")
    )
    running(on("2014-01-10", lambda s: change_fraction(s, on=date(2014, 1, 10), contracted_wte=Decimal("0.8")))).then(
        released_wte=Decimal("0.5"), contracted_wte=Decimal("0.8")
    )
    running().when(
        on("2014-01-10", lambda s: change_fraction(s, on=date(2014, 1, 10), contracted_wte=Decimal("0.4")))
    ).refused(ReleasedAboveContracted)
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


def test_reasons_are_personal_and_what_a_release_states_is_not() -> None:
    assert set(SecondmentPaused.personal()) == {"reason", "note"}
    assert not ReleaseAgreed.personal()


def test_every_fact_about_days_or_wte_writes_the_guard_of_the_person() -> None:
    scenario = running(
        PAUSED,
        RESUMED,
        on("2014-03-01", lambda s: change_fraction(s, on=date(2014, 3, 1), released_wte=Decimal("0.4"))),
        on("2014-03-02", SecondmentExtended(ends_on=date(2014, 9, 30), agreed_by=Authority.DIRECTOR)),
        on("2014-04-01", end_secondment_early),
    )
    written = [scenario.history.guards([version]) for version in range(1, 10)]
    person = frozenset({f"releases:{ADA}"})
    assert written == [person, frozenset(), frozenset(), person, person, person, person, person, person]
    assert agreed(on("2013-08-15", cancel_secondment)).history.guards([2]) == person
