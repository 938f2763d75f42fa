"""What can befall an improvement project, from the proposal to what was left of it years later.

All of it is told when it has taken place, who works on it too.
"""

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from domain.event import Event
from domain.patient_data import Sentence
from domain.values import FellowshipId, OrganisationId, PersonId, Phase, SiteId

Points = Annotated[int, Field(ge=0, le=10_000)]
Cycle = Annotated[int, Field(ge=1, le=1_000)]
FollowUp: TypeAlias = Literal[12, 24, 60]
"""After how many months it is assessed whether an improvement has lasted."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_FELLOW = {
    "fellowship_id": "9a4d1e70-8a39-4d5e-b1c8-2f9e1d7c3b03",
    "person_id": "5b0e6a0e-54f1-4c37-8f3a-6f0f3c1f9a01",
}
_ORGANISATION = "e1b7c9d2-40f3-4d7a-8c55-7a1f0e6b2d12"
_SITE = "c9e2a4b6-1d3f-4a58-9c7e-0b2d4f6a8c19"


class Classification(StrEnum):
    """What sort of work a project is."""

    QUALITY_IMPROVEMENT = "quality_improvement"
    AUDIT = "audit"
    EVALUATION = "evaluation"
    RESEARCH = "research"


class BaselineReason(StrEnum):
    """Why a baseline was frozen when it was."""

    ENOUGH_POINTS = "enough_points"
    CHANGE_BEGINS = "change_begins"
    MEASURE_CHANGES = "measure_changes"
    DATA_ENDED = "data_ended"
    OTHER = "other"


class Prediction(StrEnum):
    """What was predicted of a PDSA cycle."""

    IMPROVEMENT = "improvement"
    NO_CHANGE = "no_change"
    WORSENING = "worsening"
    NOT_STATED = "not_stated"


class Outcome(StrEnum):
    """What came of a PDSA cycle."""

    IMPROVEMENT = "improvement"
    NO_CHANGE = "no_change"
    WORSENING = "worsening"
    INCONCLUSIVE = "inconclusive"


class CycleDecision(StrEnum):
    """What was decided at the end of a PDSA cycle."""

    ADOPT = "adopt"
    ADAPT = "adapt"
    ABANDON = "abandon"


class Sustainability(StrEnum):
    """Whether an improvement has lasted. Unknown is an answer: it was asked, and could not be told."""

    SUSTAINED = "sustained"
    PARTLY = "partly"
    NOT_SUSTAINED = "not_sustained"
    UNKNOWN = "unknown"


class ProjectProposed(Event):
    """An improvement project was proposed, with the organisation in which it is to be done."""

    kind = "project.proposed"
    observed = True
    phase = Phase.OPENS
    examples = (
        {"title": "Sepsis six within the hour", "organisation_id": _ORGANISATION},
        {"title": "Discharge before noon", "organisation_id": None},
    )

    title: Sentence
    organisation_id: OrganisationId | None = None


class FellowJoinedProject(Event):
    """A fellow took the project on, alone or with others."""

    kind = "project.fellow_joined"
    observed = True
    phase = Phase.OPENS
    examples = (_FELLOW,)

    fellowship_id: FellowshipId
    person_id: PersonId


class FellowLeftProject(Event):
    """A fellow no longer works on the project."""

    kind = "project.fellow_left"
    observed = True
    phase = Phase.ENDS
    placed = "last"
    examples = (_FELLOW,)

    fellowship_id: FellowshipId
    person_id: PersonId


class CharterApproved(Event):
    """The project's charter was approved: its aim, what sort of work it is, and its sponsor."""

    kind = "project.charter_approved"
    observed = True
    examples = (
        {
            "aim": "Antibiotics within one hour for nine in ten patients with sepsis by June",
            "classification": "quality_improvement",
            "sponsor_id": "8c3b4d5e-9f0a-4b12-83d4-e5f607182936",
        },
    )

    aim: Sentence
    classification: Classification = Classification.QUALITY_IMPROVEMENT
    sponsor_id: PersonId | None = None


class BaselineFrozen(Event):
    """The project's baseline was frozen with so many points, for the reason named."""

    kind = "project.baseline_frozen"
    observed = True
    examples = ({"points": 14, "reason": "enough_points"}, {"points": 7, "reason": "change_begins"})

    points: Points
    reason: BaselineReason


class PdsaCycleConcluded(Event):
    """A PDSA cycle was concluded: what was predicted, what came of it, what was decided."""

    kind = "project.pdsa_cycle_concluded"
    observed = True
    examples = ({"cycle": 1, "prediction": "improvement", "outcome": "no_change", "decision": "adapt"},)

    cycle: Cycle
    prediction: Prediction
    outcome: Outcome
    decision: CycleDecision


class ProjectReported(Event):
    """The project was reported, in a document named by its SHA-256 or not held."""

    kind = "project.reported"
    observed = True
    examples = ({"sha256": _SHA256}, {"sha256": None})

    sha256: Sha256 | None = None


class ProjectHandedOver(Event):
    """The project's improvement was handed over to those who go on with it."""

    kind = "project.handed_over"
    observed = True
    examples = ({"organisation_id": _ORGANISATION, "owner_id": None},)

    organisation_id: OrganisationId | None = None
    owner_id: PersonId | None = None


class ImprovementAdopted(Event):
    """A site elsewhere adopted the project's improvement."""

    kind = "project.adopted_at_site"
    observed = True
    examples = ({"site_id": _SITE, "organisation_id": _ORGANISATION},)

    site_id: SiteId
    organisation_id: OrganisationId | None = None


class ImprovementAbandoned(Event):
    """A site that had adopted the project's improvement abandoned it."""

    kind = "project.abandoned_at_site"
    observed = True
    reasoned = True
    placed = "last"
    examples = ({"site_id": _SITE},)

    site_id: SiteId


class SustainabilityAssessed(Event):
    """It was assessed whether the project's improvement had lasted, 12, 24 or 60 months on."""

    kind = "project.sustainability_assessed"
    observed = True
    examples = ({"months": 12, "sustainability": "sustained"}, {"months": 60, "sustainability": "unknown"})

    months: FollowUp
    sustainability: Sustainability


class ProjectAbandoned(Event):
    """The project was abandoned."""

    kind = "project.abandoned"
    observed = True
    reasoned = True
    phase = Phase.ENDS
    placed = "last"


ProjectEvent: TypeAlias = (
    ProjectProposed
    | FellowJoinedProject
    | FellowLeftProject
    | CharterApproved
    | BaselineFrozen
    | PdsaCycleConcluded
    | ProjectReported
    | ProjectHandedOver
    | ImprovementAdopted
    | ImprovementAbandoned
    | SustainabilityAssessed
    | ProjectAbandoned
)
