"""Improvement projects: the portfolio, who works on it, and the milestones reached with their dates."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from domain.event import Recorded
from domain.project_events import (
    CharterApproved,
    Classification,
    FellowJoinedProject,
    FellowLeftProject,
    ImprovementAbandoned,
    ImprovementAdopted,
    PdsaCycleConcluded,
    ProjectAbandoned,
    ProjectEvent,
    ProjectProposed,
    Sustainability,
    SustainabilityAssessed,
)
from domain.values import FellowshipId, OrganisationId, PersonId, ProjectId
from infra.views.reading import At
from infra.views.view import Routed, View
from projections.milestone import MilestoneRow, milestones
from projections.standing import STANDING, Attribution


class Project(NamedTuple):
    """A project as the view holds it."""

    title: str
    organisation_id: OrganisationId | None
    proposed_on: date
    classification: Classification | None
    cycles: int
    sites: int
    """How many sites have adopted the improvement and not abandoned it."""
    sustained_12: Sustainability | None
    sustained_24: Sustainability | None
    sustained_60: Sustainability | None
    sustainability: Sustainability | None
    """What the latest assessment says, whatever its months."""
    assessed_on: date | None
    abandoned_on: date | None


def route_project(recorded: Recorded) -> Iterable[Routed]:
    """What is of a project as a whole goes to that project."""
    if isinstance(recorded.event, ProjectEvent) and not isinstance(
        recorded.event, FellowJoinedProject | FellowLeftProject
    ):
        yield Routed((recorded.key,), recorded.day, (recorded.event, recorded.day))


def fold_project(project: Project | None, fact: tuple[ProjectEvent, date]) -> Project | None:
    """The project after a fact."""
    event, day = fact
    if isinstance(event, ProjectProposed):
        return Project(event.title, event.organisation_id, day, None, 0, 0, *(None,) * 6)
    if project is None:
        return None
    match event:
        case CharterApproved(classification=classification):
            return project._replace(classification=classification)
        case PdsaCycleConcluded():
            return project._replace(cycles=project.cycles + 1)
        case ImprovementAdopted():
            return project._replace(sites=project.sites + 1)
        case ImprovementAbandoned():
            return project._replace(sites=project.sites - 1)
        case SustainabilityAssessed(sustainability=sustainability):
            return _assessed(project._replace(sustainability=sustainability, assessed_on=day), event)
        case ProjectAbandoned():
            return project._replace(abandoned_on=day)
        case _:
            return project


def _assessed(project: Project, event: SustainabilityAssessed) -> Project:
    match event.months:
        case 12:
            return project._replace(sustained_12=event.sustainability)
        case 24:
            return project._replace(sustained_24=event.sustainability)
        case 60:
            return project._replace(sustained_60=event.sustainability)


class Undertaking(NamedTuple):
    """A fellow's work on a project: since when, and until when, once they have left it."""

    person_id: PersonId
    joined_on: date
    left_on: date | None


def route_undertaking(recorded: Recorded) -> Iterable[Routed]:
    """A fellow's joining and leaving go to that fellow on that project."""
    event = recorded.event
    if isinstance(event, FellowJoinedProject | FellowLeftProject):
        yield Routed((recorded.key, event.fellowship_id), recorded.day, (event, recorded.day))


def fold_undertaking(undertaking: Undertaking | None, fact: tuple[object, date]) -> Undertaking | None:
    """The fellow's work after a fact."""
    event, day = fact
    if isinstance(event, FellowJoinedProject):
        return Undertaking(event.person_id, undertaking.joined_on if undertaking else day, None)
    return undertaking and undertaking._replace(left_on=day)


PROJECTS = View(
    name="project", version=2, key={"project_id": ProjectId}, state=Project, route=route_project, fold=fold_project
)
UNDERTAKINGS = View(
    name="undertaking",
    version=1,
    key={"project_id": ProjectId, "fellowship_id": FellowshipId},
    state=Undertaking,
    route=route_undertaking,
    fold=fold_undertaking,
    now_indexes=("fellowship_id",),
)


class UndertakingRow(NamedTuple):
    """A fellow who works on a project, or has left it, and the position of the entry that says so."""

    project_id: str
    fellowship_id: str
    person_id: str
    joined_on: date
    left_on: date | None
    cause: int


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project as a reader sees it: its fellows, present and past, and the milestones it has reached, by day."""

    project_id: str
    title: str
    organisation_id: str | None
    proposed_on: date
    classification: Classification | None
    cycles: int
    sites: int
    sustained_12: Sustainability | None
    sustained_24: Sustainability | None
    sustained_60: Sustainability | None
    sustainability: Sustainability | None
    assessed_on: date | None
    abandoned_on: date | None
    cause: int
    fellows: tuple[UndertakingRow, ...]
    milestones: tuple[MilestoneRow, ...]


def portfolio(
    connection: Connection,
    at: At,
    *,
    cohort_id: str | None = None,
    fellowship_id: str | None = None,
    project_id: str | None = None,
    attribution: Attribution = Attribution.ORIGIN,
) -> list[ProjectRow]:
    """The projects: one, those that a fellow or a cohort's fellows have worked on, or all; by day of proposal."""
    keys = None if project_id is None else [project_id]
    fellows = None if fellowship_id is None else [fellowship_id]
    if cohort_id is not None:
        members = STANDING.as_of(valid=at.valid, known=at.known, where={attribution.column: cohort_id})
        there = connection.execute(select(members.c.fellowship_id)).scalars()
        fellows = [each for each in there if fellowship_id in (None, each)]
    if fellows is not None:
        theirs = {row.project_id for row in undertakings(connection, at, fellowship_ids=fellows)}
        keys = sorted(theirs if keys is None else theirs.intersection(keys))
    if keys == []:
        return []
    rows = PROJECTS.as_of(valid=at.valid, known=at.known, keys=None if keys is None else [(each,) for each in keys])
    found = list(connection.execute(select(rows).order_by(rows.c.proposed_on, rows.c.project_id)))
    ids = [row.project_id for row in found]
    working: dict[str, list[UndertakingRow]] = {}
    for each in undertakings(connection, at, project_ids=ids):
        working.setdefault(each.project_id, []).append(each)
    reached: dict[str, list[MilestoneRow]] = {}
    for milestone in milestones(connection, at, ids):
        reached.setdefault(milestone.project_id, []).append(milestone)
    return [_row(row, working.get(row.project_id, ()), reached.get(row.project_id, ())) for row in found]


def undertakings(
    connection: Connection,
    at: At,
    *,
    project_ids: Collection[str] | None = None,
    fellowship_ids: Collection[str] | None = None,
) -> list[UndertakingRow]:
    """Who works or has worked on these projects, or on what these fellows have worked; by project and day."""
    name, ids = ("project_id", project_ids) if project_ids is not None else ("fellowship_id", fellowship_ids)
    if not ids:
        return []
    rows = UNDERTAKINGS.as_of(valid=at.valid, known=at.known, where={name: list(ids)})
    columns = [rows.c[name] for name in UndertakingRow._fields]
    ordered = select(*columns).order_by(rows.c.project_id, rows.c.joined_on, rows.c.fellowship_id)
    return [UndertakingRow(*row) for row in connection.execute(ordered)]


def _row(row: Any, fellows: Collection[UndertakingRow], reached: Collection[MilestoneRow]) -> ProjectRow:
    def answer(value: str | None) -> Sustainability | None:
        return None if value is None else Sustainability(value)

    return ProjectRow(
        project_id=row.project_id,
        title=row.title,
        organisation_id=row.organisation_id,
        proposed_on=row.proposed_on,
        classification=None if row.classification is None else Classification(row.classification),
        cycles=row.cycles,
        sites=row.sites,
        sustained_12=answer(row.sustained_12),
        sustained_24=answer(row.sustained_24),
        sustained_60=answer(row.sustained_60),
        sustainability=answer(row.sustainability),
        assessed_on=row.assessed_on,
        abandoned_on=row.abandoned_on,
        cause=row.cause,
        fellows=tuple(fellows),
        milestones=tuple(reached),
    )
