"""Questions about improvement projects: who works on them, and the milestones they have reached."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query

from api.deps import Asked, Reading
from api.entry_bodies import Only
from api.portfolio_answers import (
    CompletedOut,
    CompletedQuery,
    CompletedWithout,
    MilestoneOut,
    OneProject,
    Portfolio,
    PortfolioQuery,
    ProjectOut,
    SiteOut,
    Sites,
    SitesQuery,
    Spread,
    WorkingOut,
)
from api.problems import reading
from api.reader import Snapshot
from api.routes import Routes
from domain.cohort import COHORT
from domain.fellowship import FELLOWSHIP
from domain.project import PROJECT
from domain.project_events import PdsaCycleConcluded
from domain.refusal import NothingRecorded
from domain.values import ProjectId
from projections.completed import completed_without_project
from projections.milestone import MILESTONES
from projections.person import PEOPLE
from projections.project import PROJECTS, UNDERTAKINGS, ProjectRow, portfolio
from projections.site import sites
from projections.standing import STANDING

router = Routes(prefix="/v1/projects", tags=["projects"])


@router.get("", summary="List projects", responses=reading(NothingRecorded))
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
        if not found:
            snapshot.must_have_heard_of(COHORT, asked.cohort_id, "cohort_id")
            snapshot.must_have_heard_of(FELLOWSHIP, asked.fellowship_id, "fellowship_id")
        return snapshot.answer(Portfolio, items=_listed(snapshot, found))


@router.get("/missing", summary="List who completed without a project", responses=reading(NothingRecorded))
def list_completed_without_project(asked: Annotated[CompletedQuery, Query()], reader: Reading) -> CompletedWithout:
    """Fellows are to have worked on at least one project before they complete: these had not, as far as is known."""
    with reader.at(asked, STANDING, UNDERTAKINGS, PEOPLE) as snapshot:
        found = completed_without_project(
            snapshot.connection, snapshot.at, cohort_id=asked.cohort_id, attribution=asked.attribution
        )
        if not found:
            snapshot.must_have_heard_of(COHORT, asked.cohort_id, "cohort_id")
        names = snapshot.names(row.person_id for row in found)
        items = [
            CompletedOut.model_validate(
                row._asdict() | {"name": names.get(str(row.person_id)), "href": snapshot.timeline(row.fellowship_id)}
            )
            for row in found
        ]
        return snapshot.answer(CompletedWithout, items=items)


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
