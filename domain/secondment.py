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
    Party,
    ReleaseAgreed,
    ReleaseRefused,
    ReleasingOrganisationChanged,
    ReturnMeetingHeld,
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
    ReleasedByThisOrganisation,
    ReleaseNotAgreed,
    ReleaseWasRefused,
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

    A pause or a change of fraction only proposes another last day; the last day moves by an extension alone. What the
    former releasing organisation signed, and its backfill, do not bind another one. The meeting about the return is due
    before the end; one that was held later is taken all the same.
    """
    if secondment.stage is SecondmentStage.REFUSED:
        raise ReleaseWasRefused(_where(secondment))
    if not isinstance(event, ReleaseAgreed | ReleaseRefused):
        if secondment.stage is None:
            raise ReleaseNotAgreed
        if secondment.over and not (isinstance(event, ReturnMeetingHeld) and secondment.last_day is not None):
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
        case ReleaseRefused():
            if secondment.stage is not None:
                raise ReleaseAlreadyAgreed
            return Secondment(SecondmentStage.REFUSED, day, event.fellowship_id, event.person_id, event.organisation_id)
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
            paused = replace(_propose(secondment, proposed, day), stage=SecondmentStage.PAUSED, since=day, paused=True)
            return replace(paused, pause_counted=proposed is not None)
        case SecondmentResumed(proposed_ends_on=proposed):
            _must_have_started(secondment)
            if secondment.stage is not SecondmentStage.PAUSED:
                raise SecondmentNotPaused
            resumed = _propose(secondment, proposed, day)
            return replace(resumed, stage=SecondmentStage.ACTIVE, since=day, paused=False)
        case FractionChanged(contracted_wte=contracted, released_wte=released, proposed_ends_on=proposed):
            must_fit(released, contracted)
            return replace(_propose(secondment, proposed, day), contracted_wte=contracted, released_wte=released)
        case SecondmentExtended(ends_on=ends_on):
            if secondment.ends_on is not None and ends_on <= secondment.ends_on:
                raise NotAnExtension(f"The last day agreed is {secondment.ends_on}; this says {ends_on}.")
            counted = secondment.stage is SecondmentStage.PAUSED
            return replace(secondment, ends_on=ends_on, proposed_ends_on=None, pause_counted=counted)
        case ReleasingOrganisationChanged(organisation_id=organisation_id):
            if organisation_id == secondment.organisation_id:
                raise ReleasedByThisOrganisation
            others = frozenset(each for each in secondment.signatures if each[0] is not Party.RELEASING_ORGANISATION)
            return replace(secondment, organisation_id=organisation_id, backfill=False, signatures=others)
        case ReturnMeetingHeld():
            _must_have_started(secondment)
            return replace(secondment, return_meeting_held_on=day)
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
    """The set of a person's releases, `releases:<person>`, which a fact about days, WTE or organisation changes."""
    if isinstance(event, ReleaseRefused | BackfillConfirmed | BackfillWithdrawn | AgreementSigned | ReturnMeetingHeld):
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
