"""Secondments as the view holds them, with WTE in thousandths."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from domain.event import Recorded
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
from domain.secondment_state import SecondmentStage
from domain.values import FellowshipId, OrganisationId, PersonId, Precision, SecondmentId
from infra.views.view import Routed, View

_RELEASING = Party.RELEASING_ORGANISATION.value


class Secondment(NamedTuple):
    """A secondment as the view holds it: WTE in thousandths, days inclusive. A refused one has neither WTE nor days."""

    fellowship_id: FellowshipId
    person_id: PersonId
    organisation_id: OrganisationId
    stage: SecondmentStage
    since: date
    precision: Precision
    contracted: int
    released: int
    starts_on: date | None
    planned_ends_on: date | None
    ends_on: date | None
    proposed_ends_on: date | None
    started_on: date | None
    paused: bool
    """Whether it is paused, or was when it ended."""
    last_day: date | None
    return_meeting_held_on: date | None
    backfill: bool
    signatures: tuple[str, ...]
    """Who signed which document: party and SHA-256."""


def route(recorded: Recorded) -> Iterable[Routed]:
    """A secondment's facts go to that secondment."""
    if isinstance(recorded.event, SecondmentEvent):
        yield Routed((recorded.key,), recorded.day, recorded)


def fold(secondment: Secondment | None, fact: Recorded) -> Secondment | None:
    """The secondment after a fact."""
    event = fact.event
    if isinstance(event, ReleaseAgreed | ReleaseRefused):
        return _opened(event, fact)
    if secondment is None or secondment.stage is SecondmentStage.REFUSED:
        return secondment
    now = secondment._replace(since=fact.day, precision=fact.happened.precision)
    match event:
        case BackfillConfirmed():
            return secondment._replace(backfill=True)
        case BackfillWithdrawn():
            return secondment._replace(backfill=False)
        case AgreementSigned(parties=parties, sha256=document):
            added = {f"{party} {document or ''}" for party in parties}
            return secondment._replace(signatures=tuple(sorted({*secondment.signatures, *added})))
        case SecondmentStarted():
            return now._replace(stage=SecondmentStage.ACTIVE, started_on=fact.day, paused=False)
        case SecondmentPaused(proposed_ends_on=proposed) | SecondmentResumed(proposed_ends_on=proposed):
            paused = isinstance(event, SecondmentPaused)
            stage = SecondmentStage.PAUSED if paused else SecondmentStage.ACTIVE
            proposal = proposed or secondment.proposed_ends_on
            return now._replace(stage=stage, paused=paused, proposed_ends_on=proposal)
        case FractionChanged(contracted_wte=contracted, released_wte=released, proposed_ends_on=proposed):
            return secondment._replace(
                contracted=_thousandths(contracted),
                released=_thousandths(released),
                proposed_ends_on=proposed or secondment.proposed_ends_on,
            )
        case SecondmentExtended(ends_on=ends_on):
            return secondment._replace(ends_on=ends_on, proposed_ends_on=None)
        case ReleasingOrganisationChanged(organisation_id=organisation_id):
            others = tuple(each for each in secondment.signatures if not each.startswith(f"{_RELEASING} "))
            return secondment._replace(organisation_id=organisation_id, backfill=False, signatures=others)
        case ReturnMeetingHeld():
            return secondment._replace(return_meeting_held_on=fact.day)
        case SecondmentEndedAsPlanned():
            return now._replace(stage=SecondmentStage.ENDED_AS_PLANNED, last_day=fact.day)
        case SecondmentEndedEarly():
            return now._replace(stage=SecondmentStage.ENDED_EARLY, last_day=fact.day)
        case SecondmentCancelled():
            return now._replace(stage=SecondmentStage.CANCELLED)
        case _:
            return secondment


def _opened(event: ReleaseAgreed | ReleaseRefused, fact: Recorded) -> Secondment:
    agreed = event if isinstance(event, ReleaseAgreed) else None
    return Secondment(
        event.fellowship_id,
        event.person_id,
        event.organisation_id,
        SecondmentStage.AGREED if agreed else SecondmentStage.REFUSED,
        fact.day,
        fact.happened.precision,
        contracted=_thousandths(agreed.contracted_wte) if agreed else 0,
        released=_thousandths(agreed.released_wte) if agreed else 0,
        starts_on=agreed and agreed.starts_on,
        planned_ends_on=agreed and agreed.ends_on,
        ends_on=agreed and agreed.ends_on,
        proposed_ends_on=None,
        started_on=None,
        paused=False,
        last_day=None,
        return_meeting_held_on=None,
        backfill=False,
        signatures=(),
    )


def _thousandths(wte: Decimal) -> int:
    return int(wte * 1000)


SECONDMENTS = View(
    name="secondment",
    version=2,
    key={"secondment_id": SecondmentId},
    state=Secondment,
    route=route,
    fold=fold,
    ever=("organisation_id", "fellowship_id"),
)
