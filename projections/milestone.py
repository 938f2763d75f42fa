"""The milestones that improvement projects reach, when they first did, and since when one is lost again.

What a project has done stays done. Only that an improvement is sustained can be lost: the latest assessment counts,
whatever its months, and one that does not say sustained (partly, not, unknown) ends it from its own day on.
"""

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
    """When a milestone was reached first, and how exactly that is known; since when it is lost, if it is."""

    reached_on: date
    precision: Precision
    lost_on: date | None = None


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
        case SustainabilityAssessed():
            return Milestone.SUSTAINED
        case _:
            return None


def route(recorded: Recorded) -> Iterable[Routed]:
    """What reaches a milestone, and what loses it again, goes to that milestone of the project."""
    event = recorded.event
    if (milestone := _milestone(event)) is not None:
        lasting = not isinstance(event, SustainabilityAssessed) or event.sustainability is Sustainability.SUSTAINED
        reached = Reached(recorded.day, recorded.happened.precision, None if lasting else recorded.day)
        yield Routed((recorded.key, milestone.value), recorded.day, reached)


def fold(reached: Reached | None, fact: Reached) -> Reached | None:
    """The first time counts, and stays when it was; what loses it leaves that, until it is so again."""
    if reached is None:
        return fact if fact.lost_on is None else None
    if fact.lost_on is None:
        return reached._replace(lost_on=None)
    return reached if reached.lost_on else reached._replace(lost_on=fact.lost_on)


MILESTONES = View(
    name="milestone",
    version=2,
    key={"project_id": ProjectId, "milestone": Milestone},
    state=Reached,
    route=route,
    fold=fold,
)


class MilestoneRow(NamedTuple):
    """A milestone reached, since when it is lost if it is, and the position of the entry that last changed that."""

    project_id: str
    milestone: Milestone
    reached_on: date
    precision: Precision
    lost_on: date | None
    cause: int


def milestones(connection: Connection, at: At, project_ids: Collection[str]) -> list[MilestoneRow]:
    """The milestones that these projects have ever reached, by project and day."""
    if not project_ids:
        return []
    keys = [(each, milestone.value) for each in project_ids for milestone in Milestone]
    rows = MILESTONES.as_of(valid=at.valid, known=at.known, keys=keys)
    columns = [rows.c[name] for name in MilestoneRow._fields]
    ordered = select(*columns).order_by(rows.c.project_id, rows.c.reached_on, rows.c.milestone)
    found = (MilestoneRow(*row) for row in connection.execute(ordered))
    return [row._replace(milestone=Milestone(row.milestone), precision=Precision(row.precision)) for row in found]
