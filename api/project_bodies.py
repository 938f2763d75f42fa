"""What is said of improvement projects over HTTP: the bodies of commands."""

from pydantic import Field

from api import examples
from api.answers import Receipt
from api.examples import opened, said, shown
from api.statement import Dated, Reasoned
from domain.patient_data import Sentence
from domain.project_events import (
    BaselineReason,
    Classification,
    Cycle,
    CycleDecision,
    FollowUp,
    Outcome,
    Points,
    Prediction,
    Sha256,
    Sustainability,
)
from domain.values import FellowshipId, OrganisationId, PersonId, ProjectId, SiteId


class Proposing(Dated):
    """An improvement project to propose. No patient data belongs in its title."""

    model_config = said(title="Sepsis six within the hour", organisation_id=examples.ORGANISATION)

    title: Sentence = Field(description="What it is called; nothing about people.")
    organisation_id: OrganisationId | None = Field(None, description="The organisation in which it is to be done.")


class Undertaking(Dated):
    """A fellow who takes a project on, or works on it no longer."""

    model_config = said(fellowship_id=examples.FELLOWSHIP)

    fellowship_id: FellowshipId


class Chartering(Dated):
    """A project's charter. No patient data belongs in its aim."""

    model_config = said(
        aim="Antibiotics within one hour for nine in ten patients with sepsis by June",
        classification="quality_improvement",
        sponsor_id=None,
    )

    aim: Sentence = Field(description="What is to be better, by how much and by when; nothing about people.")
    classification: Classification = Classification.QUALITY_IMPROVEMENT
    sponsor_id: PersonId | None = None


class Freezing(Dated):
    """A project's baseline."""

    model_config = said(points=14, cause="enough_points")

    points: Points = Field(description="How many points it has. Fewer than ten are recorded, and listed.")
    cause: BaselineReason = Field(description="Why it was frozen when it was.")


class Concluding(Dated):
    """A PDSA cycle that was concluded."""

    model_config = said(cycle=1, prediction="improvement", outcome="no_change", decision="adapt")

    cycle: Cycle = Field(description="Its number within the project.")
    prediction: Prediction
    outcome: Outcome
    decision: CycleDecision


class Reporting(Dated):
    """A project's report."""

    model_config = said(sha256="9f86d081884c7d65" * 4)

    sha256: Sha256 | None = Field(None, description="SHA-256 of the document, in hex; null: the document is not held.")


class HandingOver(Dated):
    """To whom a project was handed over."""

    model_config = said(organisation_id=examples.ORGANISATION, owner_id=None)

    organisation_id: OrganisationId | None = None
    owner_id: PersonId | None = None


class Adopting(Dated):
    """A site elsewhere that adopted an improvement."""

    model_config = said(organisation_id=examples.ORGANISATION)

    site_id: SiteId | None = Field(None, description="The site, if it has an identifier already; else it is given one.")
    organisation_id: OrganisationId | None = None


class AbandoningThere(Reasoned):
    """A site that abandoned an improvement."""

    model_config = said(reason="ward_closed", site_id=examples.SITE)

    site_id: SiteId


class Lasting(Dated):
    """Whether an improvement has lasted so many months."""

    model_config = said(happened="2015-09-10", months=12, sustainability="sustained")

    months: FollowUp = Field(description="After how many months it was looked at.")
    sustainability: Sustainability = Field(description="`unknown`: it was asked, and could not be told.")


class Abandoning(Reasoned):
    """That a project was abandoned."""

    model_config = said(reason="sponsor_withdrew")


class NewProject(Receipt):
    """The receipt for a project."""

    model_config = opened("project", examples.PROJECT)

    project_id: ProjectId


class NewSite(Receipt):
    """The receipt for an adoption."""

    model_config = shown({**examples.RECEIPT, "site_id": examples.SITE})

    site_id: SiteId
