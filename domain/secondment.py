"""Secondments: an employer's release of part of a fellow's job, from the release agreed to its end."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, assert_never

from domain.secondment_events import (
    AgreementSigned,
    BackfillConfirmed,
    BackfillWithdrawn,
    FractionChanged,
    ReleaseAgreed,
    SecondmentCancelled,
    SecondmentEndedAsPlanned,
    SecondmentEndedEarly,
    SecondmentEvent,
    SecondmentExtended,
    SecondmentPaused,
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
from domain.stream import Step, Stream, Timeline
from domain.values import SecondmentId

STARTED_WITHOUT_AGREEMENT = "started_without_agreement"
STARTED_WITHOUT_BACKFILL = "started_without_backfill"


def evolve(secondment: Secondment, event: SecondmentEvent, day: date) -> Secondment:
    """The secondment after a fact. Raises a Refusal where the fact cannot have happened.

    A pause or a change of fraction only proposes another last day; the last day moves by an extension alone.
    """
    if not isinstance(event, ReleaseAgreed):
        if secondment.stage is None:
            raise ReleaseNotAgreed
        if secondment.over:
            raise SecondmentIsOver(_where(secondment))
        if event.subject not in (None, secondment.person_id):
            raise SecondmentOfAnotherPerson
    match event:
        case ReleaseAgreed():
            if secondment.stage is not None:
                raise ReleaseAlreadyAgreed
            if event.starts_on > event.ends_on:
                raise ReleaseDatesOutOfOrder(f"The first day is {event.starts_on}, the last day {event.ends_on}.")
            must_fit(event.released_wte, event.contracted_wte)
            return Secondment(
                SecondmentStage.AGREED,
                day,
                event.fellowship_id,
                event.person_id,
                event.organisation_id,
                event.contracted_wte,
                event.released_wte,
                event.starts_on,
                event.ends_on,
                event.ends_on,
            )
        case BackfillConfirmed():
            if secondment.backfill:
                raise BackfillAlreadyConfirmed
            return replace(secondment, backfill=True)
        case BackfillWithdrawn():
            if not secondment.backfill:
                raise BackfillNotConfirmed
            return replace(secondment, backfill=False)
        case AgreementSigned(parties=parties, sha256=document):
            signatures = {(party, document) for party in parties}
            if again := signatures & secondment.signatures:
                raise PartyHasSigned(f"Signed already: {', '.join(sorted(p.replace('_', ' ') for p, _ in again))}.")
            return replace(secondment, signatures=secondment.signatures | signatures)
        case SecondmentStarted():
            if secondment.started_on is not None:
                raise SecondmentAlreadyStarted(f"It started on {secondment.started_on}.")
            if secondment.ends_on is not None and day > secondment.ends_on:
                raise StartedAfterItsEnd(f"The last day agreed is {secondment.ends_on}.")
            return replace(secondment, stage=SecondmentStage.ACTIVE, since=day, started_on=day)
        case SecondmentPaused(proposed_ends_on=proposed):
            _must_have_started(secondment)
            if secondment.stage is SecondmentStage.PAUSED:
                raise SecondmentIsPaused(_where(secondment))
            return replace(_propose(secondment, proposed, day), stage=SecondmentStage.PAUSED, since=day)
        case SecondmentResumed(proposed_ends_on=proposed):
            _must_have_started(secondment)
            if secondment.stage is not SecondmentStage.PAUSED:
                raise SecondmentNotPaused
            return replace(_propose(secondment, proposed, day), stage=SecondmentStage.ACTIVE, since=day)
        case FractionChanged(contracted_wte=contracted, released_wte=released, proposed_ends_on=proposed):
            must_fit(released, contracted)
            return replace(_propose(secondment, proposed, day), contracted_wte=contracted, released_wte=released)
        case SecondmentExtended(ends_on=ends_on):
            if secondment.ends_on is not None and ends_on <= secondment.ends_on:
                raise NotAnExtension(f"The last day agreed is {secondment.ends_on}; this says {ends_on}.")
            return replace(secondment, ends_on=ends_on, proposed_ends_on=None)
        case SecondmentEndedAsPlanned():
            _must_have_started(secondment)
            if day != secondment.ends_on:
                raise NotAsPlanned(f"The last day agreed is {secondment.ends_on}; this says {day}.")
            return replace(secondment, stage=SecondmentStage.ENDED_AS_PLANNED, since=day, last_day=day)
        case SecondmentEndedEarly():
            _must_have_started(secondment)
            if secondment.ends_on is not None and day >= secondment.ends_on:
                raise NotEarly(f"The last day agreed is {secondment.ends_on}; this says {day}.")
            return replace(secondment, stage=SecondmentStage.ENDED_EARLY, since=day, last_day=day)
        case SecondmentCancelled():
            if secondment.started_on is not None:
                raise SecondmentAlreadyStarted(f"It started on {secondment.started_on}; it can end early.")
            return replace(secondment, stage=SecondmentStage.CANCELLED, since=day)
        case _:
            assert_never(event)


def must_fit(released: Decimal, contracted: Decimal) -> None:
    """Refuse to release more WTE than is contracted: ReleasedAboveContracted."""
    if released > contracted:
        raise ReleasedAboveContracted(f"{released} WTE of {contracted} WTE would be released.")


def _where(secondment: Secondment) -> str:
    assert secondment.stage is not None
    return f"It stood at \u201c{secondment.stage.words}\u201d since {secondment.since}."


def _must_have_started(secondment: Secondment) -> None:
    if secondment.started_on is None:
        raise SecondmentNotStarted


def _propose(secondment: Secondment, proposed: date | None, day: date) -> Secondment:
    if proposed is None:
        return secondment
    if proposed <= day:
        raise ProposedEndHasPassed(f"{proposed} is not after {day}.")
    return replace(secondment, proposed_ends_on=proposed)


def guards(before: Secondment, event: Any) -> Iterable[str]:
    """The set of a person's releases, which a fact about days or WTE enters or changes: `releases:<person>`."""
    if isinstance(event, BackfillConfirmed | BackfillWithdrawn | AgreementSigned):
        return ()
    person = event.person_id if isinstance(event, ReleaseAgreed) else before.person_id
    return () if person is None else (f"releases:{person}",)


def irregularities(history: Timeline[Secondment], step: Step) -> Iterable[str]:
    """What should not have been: a start without a signed agreement, or without backfill."""
    if isinstance(step.recorded.event, SecondmentStarted):
        if not step.before.agreement_signed:
            yield STARTED_WITHOUT_AGREEMENT
        if not step.before.backfill:
            yield STARTED_WITHOUT_BACKFILL


SECONDMENT = Stream(SecondmentId.stream, Secondment(), evolve, guards, irregularities)
