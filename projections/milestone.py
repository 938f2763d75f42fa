"""The milestones that improvement projects reach, and when they first did."""

from collections.abc import Collection, Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, select

from domain.event import Recorded
from domain.project_events import (
    BaselineFrozen,
    CharterApproved,
    ImprovementAdopted,
    PdsaCycleConcluded,
    ProjectHandedOver,
    ProjectReported,
    Sustainability,
    SustainabilityAssessed,
)
from domain.values import Precision, ProjectId
from infra.views.reading import At
from infra.views.view import Routed, View


class Milestone(StrEnum):
    """What a project has come to, in the order in which projects mostly do."""

    CHARTER_APPROVED = "charter_approved"
    BASELINE_FROZEN = "baseline_frozen"
    FIRST_PDSA_CONCLUDED = "first_pdsa_concluded"
    REPORTED = "reported"
    HANDED_OVER = "handed_over"
    ADOPTED_ELSEWHERE = "adopted_elsewhere"
    SUSTAINED = "sustained"


class Reached(NamedTuple):
    """When a milestone was reached first, and how exactly that is known."""

    reached_on: date
    precision: Precision


def _milestone(event: object) -> Milestone | None:
    match event:
        case CharterApproved():
            return Milestone.CHARTER_APPROVED
        case BaselineFrozen():
            return Milestone.BASELINE_FROZEN
        case PdsaCycleConcluded():
            return Milestone.FIRST_PDSA_CONCLUDED
        case ProjectReported():
            return Milestone.REPORTED
        case ProjectHandedOver():
            return Milestone.HANDED_OVER
        case ImprovementAdopted():
            return Milestone.ADOPTED_ELSEWHERE
        case SustainabilityAssessed(sustainability=Sustainability.SUSTAINED):
            return Milestone.SUSTAINED
        case _:
            return None


def route(recorded: Recorded) -> Iterable[Routed]:
    """What reaches a milestone goes to that milestone of the project."""
    if (milestone := _milestone(recorded.event)) is not None:
        reached = Reached(recorded.day, recorded.happened.precision)
        yield Routed((recorded.key, milestone.value), recorded.day, reached)


def fold(reached: Reached | None, fact: Reached) -> Reached:
    """The first time counts; what came later leaves it as it is."""
    return reached or fact


MILESTONES = View(
    name="milestone",
    version=1,
    key={"project_id": ProjectId, "milestone": Milestone},
    state=Reached,
    route=route,
    fold=fold,
)


class MilestoneRow(NamedTuple):
    """A milestone reached, and the position of the entry that says so."""

    project_id: str
    milestone: Milestone
    reached_on: date
    precision: Precision
    cause: int


def milestones(connection: Connection, at: At, project_ids: Collection[str]) -> list[MilestoneRow]:
    """The milestones that these projects have reached, by project and day."""
    if not project_ids:
        return []
    keys = [(each, milestone.value) for each in project_ids for milestone in Milestone]
    rows = MILESTONES.as_of(valid=at.valid, known=at.known, keys=keys)
    columns = [rows.c[name] for name in MilestoneRow._fields]
    ordered = select(*columns).order_by(rows.c.project_id, rows.c.reached_on, rows.c.milestone)
    found = (MilestoneRow(*row) for row in connection.execute(ordered))
    return [row._replace(milestone=Milestone(row.milestone), precision=Precision(row.precision)) for row in found]
