"""What can befall a secondment, from the release agreed to its end. First and last days are inclusive."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, TypeAlias, TypeVar

from pydantic import Field

from domain.event import Event
from domain.values import FellowshipId, OrganisationId, Personal, PersonId, Phase, Purpose

T = TypeVar("T")
Circumstance: TypeAlias = Annotated[Personal[T], Purpose.CIRCUMSTANCES]
ContractedWte = Annotated[Decimal, Field(gt=0, le=2, decimal_places=2)]
"""Whole-time equivalents that somebody is contracted for; more than 1 is possible."""
ReleasedWte = Annotated[Decimal, Field(gt=0, le=2, decimal_places=3)]
"""Whole-time equivalents that are released; three places, so that half of any contract can be written."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

_PERSON = "5b0e6a0e-54f1-4c37-8f3a-6f0f3c1f9a01"


class Authority(StrEnum):
    """The role at the releasing organisation whose holder agreed or refused. A role, never a name."""

    CHIEF_EXECUTIVE = "chief_executive"
    MEDICAL_DIRECTOR = "medical_director"
    CHIEF_NURSE = "chief_nurse"
    DIRECTOR = "director"
    CLINICAL_DIRECTOR = "clinical_director"
    PRACTICE_PARTNER = "practice_partner"
    LINE_MANAGER = "line_manager"
    OTHER = "other"


class Party(StrEnum):
    """Who signs a secondment agreement."""

    FELLOW = "fellow"
    RELEASING_ORGANISATION = "releasing_organisation"
    PROGRAMME = "programme"


class SecondmentReason(StrEnum):
    """Why a secondment was paused, ended early or cancelled. Personal: it may tell of health or family."""

    PARENTAL_LEAVE = "parental_leave"
    LONG_TERM_SICKNESS = "long_term_sickness"
    BEREAVEMENT = "bereavement"
    CAREER_BREAK = "career_break"
    SERVICE_PRESSURE = "service_pressure"
    EMPLOYER_WITHDREW_RELEASE = "employer_withdrew_release"
    MOVED_JOB = "moved_job"
    LEFT_THE_FELLOWSHIP = "left_the_fellowship"
    OTHER = "other"
    NOT_RECORDED = "not_recorded"


class ReleaseAgreed(Event):
    """The releasing organisation agreed to release part of a fellow's contracted time between two days."""

    kind = "secondment.release_agreed"
    observed = True
    phase = Phase.OPENS
    examples = (
        {
            "fellowship_id": "9a4d1e70-8a39-4d5e-b1c8-2f9e1d7c3b03",
            "person_id": _PERSON,
            "organisation_id": "e1b7c9d2-40f3-4d7a-8c55-7a1f0e6b2d12",
            "starts_on": "2013-09-02",
            "ends_on": "2014-08-31",
            "contracted_wte": "0.60",
            "released_wte": "0.30",
            "agreed_by": "medical_director",
        },
    )

    fellowship_id: FellowshipId
    person_id: PersonId
    organisation_id: OrganisationId
    starts_on: date
    ends_on: date
    contracted_wte: ContractedWte
    released_wte: ReleasedWte
    agreed_by: Authority


class ReleaseRefused(Event):
    """An organisation that was asked to release a fellow refused to."""

    kind = "secondment.release_refused"
    observed = True
    phase = Phase.OPENS
    reasoned = True
    examples = (
        {
            "fellowship_id": "9a4d1e70-8a39-4d5e-b1c8-2f9e1d7c3b03",
            "person_id": _PERSON,
            "organisation_id": "e1b7c9d2-40f3-4d7a-8c55-7a1f0e6b2d12",
            "refused_by": "clinical_director",
        },
    )

    fellowship_id: FellowshipId
    person_id: PersonId
    organisation_id: OrganisationId
    refused_by: Authority


class BackfillConfirmed(Event):
    """The releasing organisation confirmed who does the released work."""

    kind = "secondment.backfill_confirmed"
    observed = True
    phase = Phase.OPENS


class BackfillWithdrawn(Event):
    """The releasing organisation no longer has anybody for the released work."""

    kind = "secondment.backfill_withdrawn"
    observed = True
    reasoned = True


class AgreementSigned(Event):
    """Parties signed the secondment agreement, a document named by its SHA-256 or not held."""

    kind = "secondment.agreement_signed"
    observed = True
    phase = Phase.OPENS
    examples = (
        {
            "parties": ["fellow", "releasing_organisation", "programme"],
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        },
        {"parties": ["fellow"], "sha256": None},
    )

    parties: Annotated[tuple[Party, ...], Field(min_length=1)]
    sha256: Sha256 | None = None


class SecondmentStarted(Event):
    """The secondment started."""

    kind = "secondment.started"
    observed = True


class SecondmentPaused(Event):
    """The secondment was paused, and perhaps a later end proposed."""

    kind = "secondment.paused"
    observed = True
    examples = (
        {"person_id": _PERSON, "reason": "service_pressure", "note": None, "proposed_ends_on": None},
        {"person_id": _PERSON, "reason": "parental_leave", "note": None, "proposed_ends_on": "2015-01-31"},
    )

    person_id: PersonId
    reason: Circumstance[SecondmentReason]
    note: Circumstance[str | None] = None
    proposed_ends_on: date | None = None


class SecondmentResumed(Event):
    """The secondment was resumed after a pause, and perhaps a later end proposed."""

    kind = "secondment.resumed"
    observed = True
    examples = ({"proposed_ends_on": "2014-11-30"},)

    proposed_ends_on: date | None = None


class FractionChanged(Event):
    """The contracted or released time changed, and perhaps another end was proposed."""

    kind = "secondment.fraction_changed"
    reasoned = True
    examples = ({"contracted_wte": "0.80", "released_wte": "0.30", "proposed_ends_on": "2014-10-31"},)

    contracted_wte: ContractedWte
    released_wte: ReleasedWte
    proposed_ends_on: date | None = None


class SecondmentExtended(Event):
    """The releasing organisation agreed to a later last day."""

    kind = "secondment.extended"
    observed = True
    reasoned = True
    examples = ({"ends_on": "2014-10-31", "agreed_by": "chief_nurse"},)

    ends_on: date
    agreed_by: Authority


class ReleasingOrganisationChanged(Event):
    """Another organisation agreed to release the fellow from that day on, in place of the one before."""

    kind = "secondment.releasing_organisation_changed"
    reasoned = True
    examples = ({"organisation_id": "e1b7c9d2-40f3-4d7a-8c55-7a1f0e6b2d12", "agreed_by": "director"},)

    organisation_id: OrganisationId
    agreed_by: Authority


class ReturnMeetingHeld(Event):
    """The fellow and the releasing organisation met about the return to the post."""

    kind = "secondment.return_meeting_held"
    observed = True


class SecondmentEndedAsPlanned(Event):
    """The secondment ended on the last day agreed."""

    kind = "secondment.ended_as_planned"
    observed = True
    phase = Phase.ENDS
    placed = "last"


class SecondmentEndedEarly(Event):
    """The secondment ended before the last day agreed."""

    kind = "secondment.ended_early"
    observed = True
    phase = Phase.ENDS
    placed = "last"
    examples = ({"person_id": _PERSON, "reason": "moved_job", "note": None},)

    person_id: PersonId
    reason: Circumstance[SecondmentReason]
    note: Circumstance[str | None] = None


class SecondmentCancelled(Event):
    """The secondment was cancelled before it started."""

    kind = "secondment.cancelled"
    observed = True
    phase = Phase.ENDS
    placed = "last"
    examples = ({"person_id": _PERSON, "reason": "employer_withdrew_release", "note": None},)

    person_id: PersonId
    reason: Circumstance[SecondmentReason]
    note: Circumstance[str | None] = None


SecondmentEvent: TypeAlias = (
    ReleaseAgreed
    | ReleaseRefused
    | BackfillConfirmed
    | BackfillWithdrawn
    | AgreementSigned
    | SecondmentStarted
    | SecondmentPaused
    | SecondmentResumed
    | FractionChanged
    | SecondmentExtended
    | ReleasingOrganisationChanged
    | ReturnMeetingHeld
    | SecondmentEndedAsPlanned
    | SecondmentEndedEarly
    | SecondmentCancelled
)
