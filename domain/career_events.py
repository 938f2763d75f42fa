"""What can befall a person's career, before, during and after a fellowship."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, TypeAlias, TypeVar

from pydantic import Field

from domain.event import Event, Payload
from domain.values import FellowshipId, OrganisationId, Personal, PersonId, Phase, Purpose, RoleId

T = TypeVar("T")
Circumstance: TypeAlias = Annotated[Personal[T], Purpose.CIRCUMSTANCES]
Wte = Annotated[Decimal, Field(gt=0, le=2, decimal_places=2)]
Band = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./-]{0,39}$")]
"""A band or grade as its framework calls it: `7`, `8a`, `ST5`, `consultant`."""

_PERSON = "5b0e6a0e-54f1-4c37-8f3a-6f0f3c1f9a01"
_ROLE_ID = "4d5e6f70-8192-4a3b-9c4d-5e6f70819216"
_ROLE = {
    "person_id": _PERSON,
    "role_id": _ROLE_ID,
    "organisation_id": "e1b7c9d2-40f3-4d7a-8c55-7a1f0e6b2d12",
    "profession": "nurse",
    "framework": "agenda_for_change",
    "band": "7",
    "wte": "1.00",
    "qi_remit": "none",
    "qi_remit_source": "job_description",
}


class Profession(StrEnum):
    """What somebody is by profession."""

    DOCTOR_IN_TRAINING = "doctor_in_training"
    SPECIALTY_DOCTOR = "specialty_doctor"
    CONSULTANT = "consultant"
    GENERAL_PRACTITIONER = "general_practitioner"
    NURSE = "nurse"
    MIDWIFE = "midwife"
    HEALTH_VISITOR = "health_visitor"
    PHYSIOTHERAPIST = "physiotherapist"
    OCCUPATIONAL_THERAPIST = "occupational_therapist"
    RADIOGRAPHER = "radiographer"
    DIETITIAN = "dietitian"
    SPEECH_AND_LANGUAGE_THERAPIST = "speech_and_language_therapist"
    PARAMEDIC = "paramedic"
    PHARMACIST = "pharmacist"
    SCIENTIST = "scientist"
    PSYCHOLOGIST = "psychologist"
    MANAGER = "manager"
    OTHER = "other"


class PayFramework(StrEnum):
    """The framework that a band or grade belongs to."""

    AGENDA_FOR_CHANGE = "agenda_for_change"
    VERY_SENIOR_MANAGER = "very_senior_manager"
    MEDICAL_TRAINING = "medical_training"
    MEDICAL_CAREER = "medical_career"
    GENERAL_PRACTICE = "general_practice"
    OTHER = "other"


class QiRemit(StrEnum):
    """Whether a role includes improving quality, or training others to."""

    NONE = "none"
    IMPROVEMENT = "improvement"
    TRAINING_OTHERS = "training_others"
    BOTH = "both"
    NOT_KNOWN = "not_known"


class RemitSource(StrEnum):
    """What tells whether a role has such a remit."""

    JOB_DESCRIPTION = "job_description"
    SELF_DECLARED = "self_declared"
    EMPLOYER = "employer"
    SURVEY = "survey"
    PUBLISHED = "published"


class PromotionBasis(StrEnum):
    """What makes a move a promotion."""

    HIGHER_BAND = "higher_band"
    HIGHER_GRADE = "higher_grade"
    DECLARED_WITH_EVIDENCE = "declared_with_evidence"


class Progression(StrEnum):
    """A move that is no promotion: within a training programme, from its end to consultant, or a post re-banded."""

    IN_TRAINING = "in_training"
    TO_CONSULTANT = "to_consultant"
    REBANDING = "rebanding"


class FollowUpEnd(StrEnum):
    """Why a career is followed no longer. Personal: it may tell of health or death."""

    RETIRED = "retired"
    DIED = "died"
    OBJECTED = "objected"
    NOT_TRACED = "not_traced"
    OTHER = "other"
    NOT_RECORDED = "not_recorded"


class RoleAtEntryRecorded(Event):
    """The role was recorded that a person held when they entered a fellowship."""

    kind = "career.role_at_entry_recorded"
    observed = True
    phase = Phase.OPENS
    examples = ({"fellowship_id": "9a4d1e70-8a39-4d5e-b1c8-2f9e1d7c3b03", **_ROLE},)

    fellowship_id: FellowshipId
    person_id: PersonId
    role_id: RoleId
    organisation_id: OrganisationId | None = None
    profession: Profession
    framework: PayFramework
    band: Band
    wte: Wte | None = None
    qi_remit: QiRemit = QiRemit.NOT_KNOWN
    qi_remit_source: RemitSource | None = None


def _substantive(payload: Payload) -> Payload:
    return {**payload, "acting": False}


class RoleRecorded(Event):
    """A person took up a role, for good or in an acting capacity."""

    kind = "career.role_recorded"
    observed = True
    phase = Phase.OPENS
    upcasters = (_substantive,)
    examples = (
        {**_ROLE, "band": "8a", "qi_remit": "improvement", "qi_remit_source": "self_declared", "acting": False},
        {**_ROLE, "band": "8a", "acting": True},
    )

    person_id: PersonId
    role_id: RoleId
    organisation_id: OrganisationId | None = None
    profession: Profession
    framework: PayFramework
    band: Band
    wte: Wte | None = None
    qi_remit: QiRemit = QiRemit.NOT_KNOWN
    qi_remit_source: RemitSource | None = None
    acting: bool = False


class RoleEnded(Event):
    """A person's role ended."""

    kind = "career.role_ended"
    observed = True
    phase = Phase.ENDS
    placed = "last"
    examples = ({"person_id": _PERSON, "role_id": _ROLE_ID},)

    person_id: PersonId
    role_id: RoleId


def _judged_by_the_first_order(payload: Payload) -> Payload:
    return {**payload, "order": 1}


class PromotionRecorded(Event):
    """A person was promoted to a higher band or grade, as judged by the published order of bands of that version."""

    kind = "career.promotion_recorded"
    observed = True
    upcasters = (_judged_by_the_first_order,)
    examples = (
        {
            "person_id": _PERSON,
            "framework": "agenda_for_change",
            "band": "8a",
            "basis": "higher_band",
            "role_id": None,
            "order": 1,
        },
    )

    person_id: PersonId
    framework: PayFramework
    band: Band
    basis: PromotionBasis
    role_id: RoleId | None = None
    order: Annotated[int, Field(ge=1)] = 1


class ProgressionRecorded(Event):
    """A person moved to another band or grade in a way that is no promotion."""

    kind = "career.progression_recorded"
    observed = True
    examples = (
        {
            "person_id": _PERSON,
            "progression": "in_training",
            "framework": "medical_training",
            "band": "ST6",
            "role_id": None,
        },
    )

    person_id: PersonId
    progression: Progression
    framework: PayFramework
    band: Band
    role_id: RoleId | None = None


class LastContactConfirmed(Event):
    """It was confirmed that the person was in the roles recorded on that day."""

    kind = "career.last_contact_confirmed"
    observed = True
    examples = ({"person_id": _PERSON},)

    person_id: PersonId


class CareerFollowUpEnded(Event):
    """The person's career is followed no longer."""

    kind = "career.follow_up_ended"
    observed = True
    phase = Phase.ENDS
    placed = "last"
    examples = ({"person_id": _PERSON, "reason": "retired", "note": None},)

    person_id: PersonId
    reason: Circumstance[FollowUpEnd]
    note: Circumstance[str | None] = None


CareerEvent: TypeAlias = (
    RoleAtEntryRecorded
    | RoleRecorded
    | RoleEnded
    | PromotionRecorded
    | ProgressionRecorded
    | LastContactConfirmed
    | CareerFollowUpEnded
)
