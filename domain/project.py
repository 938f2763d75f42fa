"""Improvement projects: from proposal and charter to spread and what lasts. They outlive their fellows' fellowships."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol, assert_never

from domain.months import months_after
from domain.project_events import (
    BaselineFrozen,
    CharterApproved,
    FellowJoinedProject,
    FellowLeftProject,
    FollowUp,
    ImprovementAbandoned,
    ImprovementAdopted,
    PdsaCycleConcluded,
    ProjectAbandoned,
    ProjectEvent,
    ProjectHandedOver,
    ProjectProposed,
    ProjectReported,
    Sustainability,
    SustainabilityAssessed,
)
from domain.refusal import Refusal
from domain.stream import Step, Stream, Timeline
from domain.values import FellowshipId, PersonId, ProjectId, SiteId

SHORT_BASELINE = "short_baseline"
ENOUGH_POINTS = 10
"""A baseline of fewer points is too short for the rules that read runs on a chart."""


class ProjectNotProposed(Refusal):
    """No such project was proposed by that day."""


class ProjectAlreadyProposed(Refusal):
    """This project is proposed already."""


class ProjectIsAbandoned(Refusal):
    """The project was abandoned by that day. What its sites do, and what has lasted, is still recorded."""


class AlreadyOnProject(Refusal):
    """The fellow works on this project already."""


class NotOnProject(Refusal):
    """The fellow did not work on this project by that day."""


class CharterAlreadyApproved(Refusal):
    """The project's charter was approved already by that day."""


class BaselineAlreadyFrozen(Refusal):
    """The project's baseline was frozen already by that day. A new one replaces it by a later decision."""


class CycleAlreadyConcluded(Refusal):
    """A PDSA cycle of that number is concluded already."""


class ProjectAlreadyReported(Refusal):
    """The project was reported already by that day. Another report replaces it by a later decision."""


class ProjectAlreadyHandedOver(Refusal):
    """The project was handed over already by that day."""


class AlreadyAdoptedThere(Refusal):
    """That site had adopted the improvement already by that day."""


class NotAdoptedThere(Refusal):
    """That site had not adopted the improvement by that day, so it cannot abandon it."""


class AlreadyAssessed(Refusal):
    """It is assessed already whether it lasted so many months. Correct that, or replace it by a later decision."""


class NothingToLastYet(Refusal):
    """Whether an improvement lasts is asked after it was handed over or reported, or after the cohort's end."""


@dataclass(frozen=True, slots=True)
class Project:
    """An improvement project as it stood on a day."""

    proposed_on: date | None = None
    fellows: frozenset[FellowshipId] = frozenset()
    """Those who work on it now."""
    chartered_on: date | None = None
    baseline_on: date | None = None
    cycles: frozenset[int] = frozenset()
    reported_on: date | None = None
    handed_over_on: date | None = None
    sites: frozenset[SiteId] = frozenset()
    """Those that have adopted it and not abandoned it."""
    assessed: Mapping[int, Sustainability] = field(default_factory=dict[int, Sustainability])
    abandoned_on: date | None = None

    def counted_from(self, cohort_ends_on: date | None) -> date | None:
        """The day from which months of lasting count: handed over, else reported, else the cohort's end."""
        return self.handed_over_on or self.reported_on or cohort_ends_on


def evolve(project: Project, event: ProjectEvent, day: date) -> Project:
    """The project after a fact. Raises a Refusal where the fact cannot have happened.

    Steps of which no record is held may be passed over. What spreads and what lasts is recorded whatever became of the
    fellows, and after a project was abandoned too.
    """
    if isinstance(event, ProjectProposed):
        if project.proposed_on is not None:
            raise ProjectAlreadyProposed
        return Project(proposed_on=day)
    if project.proposed_on is None:
        raise ProjectNotProposed
    match event:
        case ImprovementAdopted(site_id=site_id):
            if site_id in project.sites:
                raise AlreadyAdoptedThere
            return replace(project, sites=project.sites | {site_id})
        case ImprovementAbandoned(site_id=site_id):
            if site_id not in project.sites:
                raise NotAdoptedThere
            return replace(project, sites=project.sites - {site_id})
        case SustainabilityAssessed(months=months, sustainability=sustainability):
            if months in project.assessed:
                raise AlreadyAssessed(f"The answer for {months} months is recorded.")
            return replace(project, assessed={**project.assessed, months: sustainability})
        case FellowLeftProject(fellowship_id=fellowship_id):
            if fellowship_id not in project.fellows:
                raise NotOnProject
            return replace(project, fellows=project.fellows - {fellowship_id})
        case _:
            return _work_on(project, event, day)


def _work_on(
    project: Project,
    event: FellowJoinedProject
    | CharterApproved
    | BaselineFrozen
    | PdsaCycleConcluded
    | ProjectReported
    | ProjectHandedOver
    | ProjectAbandoned,
    day: date,
) -> Project:
    if project.abandoned_on is not None:
        raise ProjectIsAbandoned(f"It was abandoned on {project.abandoned_on}.")
    match event:
        case FellowJoinedProject(fellowship_id=fellowship_id):
            if fellowship_id in project.fellows:
                raise AlreadyOnProject
            return replace(project, fellows=project.fellows | {fellowship_id})
        case CharterApproved():
            if project.chartered_on is not None:
                raise CharterAlreadyApproved(f"It was approved on {project.chartered_on}.")
            return replace(project, chartered_on=day)
        case BaselineFrozen():
            if project.baseline_on is not None:
                raise BaselineAlreadyFrozen(f"It was frozen on {project.baseline_on}.")
            return replace(project, baseline_on=day)
        case PdsaCycleConcluded(cycle=cycle):
            if cycle in project.cycles:
                raise CycleAlreadyConcluded(f"Cycle {cycle} is concluded.")
            return replace(project, cycles=project.cycles | {cycle})
        case ProjectReported():
            if project.reported_on is not None:
                raise ProjectAlreadyReported(f"It was reported on {project.reported_on}.")
            return replace(project, reported_on=day)
        case ProjectHandedOver():
            if project.handed_over_on is not None:
                raise ProjectAlreadyHandedOver(f"It was handed over on {project.handed_over_on}.")
            return replace(project, handed_over_on=day)
        case ProjectAbandoned():
            return replace(project, abandoned_on=day)
        case _:
            assert_never(event)


def irregularities(history: Timeline[Project], step: Step) -> Iterable[str]:
    """What should not have been: a baseline of fewer than ten points."""
    event = step.recorded.event
    if isinstance(event, BaselineFrozen) and event.points < ENOUGH_POINTS:
        yield SHORT_BASELINE


PROJECT = Stream(ProjectId.stream, Project(), evolve, irregularities=irregularities)


class Undertaking(Protocol):
    """What a project asks of a fellowship, as it stood on the day."""

    def holder(self) -> PersonId:
        """The person who holds or held the place; refuses where none was accepted."""
        ...


def join_project(fellowship: Undertaking, *, fellowship_id: FellowshipId) -> FellowJoinedProject:
    """Let a fellow take a project on. Refuses where no place was accepted by the day."""
    return FellowJoinedProject(fellowship_id=fellowship_id, person_id=fellowship.holder())


def leave_project(fellowship: Undertaking, *, fellowship_id: FellowshipId) -> FellowLeftProject:
    """State that a fellow no longer works on a project. Refuses where no place was accepted by the day."""
    return FellowLeftProject(fellowship_id=fellowship_id, person_id=fellowship.holder())


def assess_sustainability(
    project: Project, *, on: date, months: FollowUp, sustainability: Sustainability, cohort_ends_on: date | None = None
) -> SustainabilityAssessed:
    """State whether an improvement had lasted so many months; `project` is as it stood on the day of assessment.

    `cohort_ends_on` counts where the project was neither handed over nor reported. Refuses an assessment before the day
    from which the months count, and where there is none: NothingToLastYet.
    """
    since = project.counted_from(cohort_ends_on)
    if since is None or on < since:
        raise NothingToLastYet(f"The months count from {since}." if since else "")
    return SustainabilityAssessed(months=months, sustainability=sustainability)


def sustainability_due(project: Project, months: FollowUp, cohort_ends_on: date | None = None) -> date | None:
    """The day on which it is due to ask whether an improvement has lasted so many months; None if none counts yet."""
    since = project.counted_from(cohort_ends_on)
    return None if since is None else months_after(since, months)
