"""Questions about improvement projects: who works on them, and the milestones they have reached."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.answers import Answer, CausesHref, TimelineHref
from api.deps import Asked, Reading
from api.entries import Only
from api.examples import answered
from api.figures import Figures, figure
from api.problems import reading
from api.reader import Coordinates, Snapshot
from api.standing import StandingQuery
from domain.project import PROJECT
from domain.project_events import Classification, PdsaCycleConcluded, Sustainability
from domain.refusal import NothingRecorded
from domain.values import CohortId, FellowshipId, OrganisationId, PersonId, Precision, ProjectId, SiteId
from projections.milestone import MILESTONES, Milestone
from projections.person import PEOPLE
from projections.project import PROJECTS, UNDERTAKINGS, ProjectRow, portfolio
from projections.site import sites
from projections.standing import STANDING

router = APIRouter(prefix="/v1/projects", tags=["projects"])

_VIEWS = ("project 1", "undertaking 1", "milestone 1", "standing 2", "person 1")
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
    """A milestone, on the day when it was first reached."""

    milestone: Milestone
    reached_on: date
    precision: Precision
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


@router.get("", summary="List projects", responses=reading())
def list_projects(asked: Annotated[PortfolioQuery, Query()], reader: Reading) -> Portfolio:
    """The projects of a cohort's fellows, of one fellow, or all: who works on each, and what it has come to."""
    with reader.at(asked, PROJECTS, UNDERTAKINGS, MILESTONES, STANDING, PEOPLE) as snapshot:
        found = portfolio(
            snapshot.connection,
            snapshot.at,
            cohort_id=asked.cohort_id,
            fellowship_id=asked.fellowship_id,
            attribution=asked.attribution,
        )
        return snapshot.answer(Portfolio, items=_listed(snapshot, found))


@router.get("/{project_id}", summary="Show a project", responses=reading(NothingRecorded, versioned=True))
def show_project(project_id: ProjectId, asked: Asked, reader: Reading) -> OneProject:
    """One project; `ETag` is the version of its record, for the next command."""
    with reader.at(asked, PROJECTS, UNDERTAKINGS, MILESTONES, STANDING, PEOPLE) as snapshot:
        version = snapshot.version(PROJECT, project_id)
        found = _listed(snapshot, portfolio(snapshot.connection, snapshot.at, project_id=project_id))
        return snapshot.answer(OneProject, version=version, project=found[0] if found else None)


@router.get("/{project_id}/sites", summary="List a project's sites", responses=reading(NothingRecorded, versioned=True))
def list_sites(project_id: ProjectId, asked: Annotated[SitesQuery, Query()], reader: Reading) -> Sites:
    """The sites that have adopted a project's improvement, with those that abandoned it again, by day of adoption."""
    with reader.at(asked) as snapshot:
        snapshot.version(PROJECT, project_id)
        found = sites(snapshot.connection, snapshot.at, project_id)
        items = [
            SiteOut.model_validate(each._asdict() | {"entries": snapshot.causes(each.causes)})
            for each in found
            if asked.only is None or each.abandoned_on is None
        ]
        return snapshot.answer(Sites, project_id=project_id, items=items)


def _listed(snapshot: Snapshot, found: list[ProjectRow]) -> list[ProjectOut]:
    names = snapshot.names(fellow.person_id for row in found for fellow in row.fellows)
    return [_project(snapshot, row, names) for row in found]


def _project(snapshot: Snapshot, row: ProjectRow, names: Mapping[str, str]) -> ProjectOut:
    own = ("href", "hrefs", "fellows", "milestones")
    entries = f"/v1/entries/project/{row.project_id}"
    fields: dict[str, Any] = {name: getattr(row, name) for name in ProjectOut.model_fields if name not in own}
    return ProjectOut(
        **fields,
        href=snapshot.href(entries),
        hrefs={
            "cycles": snapshot.href(entries, kind=PdsaCycleConcluded.kind, only=Only.STANDS.value),
            "sites": snapshot.href(f"/v1/projects/{row.project_id}/sites", only=Spread.THERE.value),
        },
        fellows=[
            WorkingOut.model_validate(
                {name: getattr(each, name) for name in each._fields if name != "project_id"}
                | {"name": names.get(str(each.person_id)), "href": snapshot.timeline(each.fellowship_id)}
            )
            for each in row.fellows
        ],
        milestones=[
            MilestoneOut.model_validate(
                {name: getattr(each, name) for name in each._fields if name != "project_id"}
                | {"entries": snapshot.causes([each.cause])}
            )
            for each in row.milestones
        ],
    )
