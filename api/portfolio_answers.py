"""What is asked and answered about improvement projects over HTTP."""

from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.answers import Answer, CausesHref, TimelineHref
from api.examples import answered
from api.figures import Figures, figure
from api.reader import Coordinates
from api.standing import StandingQuery
from domain.project_events import Classification, Sustainability
from domain.values import CohortId, FellowshipId, OrganisationId, PersonId, Precision, ProjectId, SiteId
from projections.milestone import MILESTONES, Milestone
from projections.person import PEOPLE
from projections.project import PROJECTS, UNDERTAKINGS
from projections.standing import STANDING

_VIEWS = tuple(view.title for view in (PROJECTS, UNDERTAKINGS, MILESTONES, STANDING, PEOPLE))
_PROJECT: dict[str, Any] = {
    "project_id": examples.PROJECT,
    "title": "Sepsis six within the hour",
    "organisation_id": examples.ORGANISATION,
    "proposed_on": "2013-10-01",
    "classification": "quality_improvement",
    "cycles": 2,
    "sites": 1,
    "sustained_12": None,
    "sustained_24": None,
    "sustained_60": None,
    "sustainability": None,
    "assessed_on": None,
    "abandoned_on": None,
    "cause": 990,
    "href": f"/v1/entries/project/{examples.PROJECT}?as_at=2014-04-12&known_at=1204",
    "hrefs": {
        "cycles": f"/v1/entries/project/{examples.PROJECT}?as_at=2014-04-12&known_at=1204&kind=project.pdsa_concluded",
        "sites": f"/v1/projects/{examples.PROJECT}/sites?as_at=2014-04-12&known_at=1204&only=there",
    },
    "fellows": [
        {
            "fellowship_id": examples.FELLOWSHIP,
            "person_id": examples.PERSON,
            "name": "Ada Fenner",
            "joined_on": "2013-10-01",
            "left_on": None,
            "cause": 610,
            "href": examples.HREF,
        }
    ],
    "milestones": [
        {
            "milestone": "charter_approved",
            "reached_on": "2013-11-01",
            "precision": "day",
            "lost_on": None,
            "cause": 702,
            "entries": examples.CAUSES,
        }
    ],
}


class PortfolioQuery(StandingQuery):
    """Where an answer is to stand, and whose projects are listed."""

    cohort_id: CohortId | None = Field(None, description="Only projects that this cohort's fellows have worked on.")
    fellowship_id: FellowshipId | None = Field(None, description="Only projects that this fellow has worked on.")


class WorkingOut(BaseModel):
    """A fellow who works on a project, or has left it."""

    fellowship_id: FellowshipId
    person_id: PersonId
    name: str | None
    joined_on: date
    left_on: date | None
    cause: int
    href: TimelineHref


class MilestoneOut(BaseModel):
    """A milestone ever reached, on the day when it first was."""

    milestone: Milestone
    reached_on: date
    precision: Precision
    lost_on: date | None = Field(
        description="Only of `sustained`: the assessment of that day says otherwise, and none since says it again."
    )
    cause: int
    entries: CausesHref


class ProjectOut(Figures):
    """A project: its fellows, present and past, and its milestones by day."""

    model_config = ConfigDict(from_attributes=True)

    project_id: ProjectId
    title: str
    organisation_id: OrganisationId | None
    proposed_on: date
    classification: Classification | None
    cycles: int = figure("PDSA cycles concluded.")
    sites: int = figure("Sites that have adopted the improvement and not abandoned it.")
    sustained_12: Sustainability | None = Field(description="Null: not assessed. `unknown` is an answer.")
    sustained_24: Sustainability | None
    sustained_60: Sustainability | None
    sustainability: Sustainability | None = Field(
        description="What the latest assessment says, of whatever months; null: not assessed."
    )
    assessed_on: date | None = Field(description="The day of the latest assessment.")
    abandoned_on: date | None
    cause: int
    href: str = Field(description="All entries of its record.")
    fellows: list[WorkingOut]
    milestones: list[MilestoneOut]


class Portfolio(Answer):
    """Projects, by day of proposal."""

    model_config = answered(*_VIEWS, items=[_PROJECT])

    items: list[ProjectOut]


class OneProject(Answer):
    """One project, and the version of its record."""

    model_config = answered(*_VIEWS, version=7, project=_PROJECT)

    version: int = Field(description="The version of its record, for If-Match.")
    project: ProjectOut | None = Field(description="Null where it was not proposed by then.")


class Spread(StrEnum):
    """A part of a project's sites that is counted apart."""

    THERE = "there"


class SitesQuery(Coordinates):
    """Where an answer is to stand, and which sites are listed."""

    only: Spread | None = Field(
        None, description="`there`: only sites that have not abandoned the improvement; by default all."
    )


class SiteOut(BaseModel):
    """A site's adoption, as long as it lasted; one that came back is there twice."""

    site_id: SiteId
    organisation_id: OrganisationId | None
    adopted_on: date
    precision: Precision
    abandoned_on: date | None
    entries: CausesHref


class Sites(Answer):
    """The sites that have adopted a project's improvement."""

    model_config = answered(
        project_id=examples.PROJECT,
        items=[
            {
                "site_id": examples.SITE,
                "organisation_id": None,
                "adopted_on": "2016-05-01",
                "precision": "day",
                "abandoned_on": None,
                "entries": examples.CAUSES,
            }
        ],
    )

    project_id: ProjectId
    items: list[SiteOut]


class CompletedQuery(StandingQuery):
    """Where an answer is to stand, and whose fellows are listed."""

    cohort_id: CohortId | None = Field(None, description="Only this cohort's fellows; by default all.")


class CompletedOut(BaseModel):
    """A fellow who had completed, and had taken no project on by then."""

    fellowship_id: FellowshipId
    person_id: PersonId
    name: str | None
    cohort_id: CohortId
    completed_on: date
    precision: Precision
    cause: int
    href: TimelineHref


class CompletedWithout(Answer):
    """Fellows who completed without a project, by day of completion."""

    model_config = answered(
        *(view.title for view in (STANDING, UNDERTAKINGS, PEOPLE)),
        items=[
            {
                "fellowship_id": examples.FELLOWSHIP,
                "person_id": examples.PERSON,
                "name": "Ada Fenner",
                "cohort_id": examples.COHORT,
                "completed_on": "2014-08-31",
                "precision": "day",
                "cause": 902,
                "href": examples.HREF,
            }
        ],
    )

    items: list[CompletedOut]
