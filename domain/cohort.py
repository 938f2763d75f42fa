"""Cohorts: one intake of a programme, from its planning to its closing, and the work it is asked to submit."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, TypeAlias, assert_never

from pydantic import Field

from domain import grants
from domain.cohort_state import (
    Cohort,
    CohortAlreadyPlanned,
    CohortIsFurtherOn,
    CohortNotClosed,
    CohortNotEnded,
    CohortNotRunning,
    DatesOutOfOrder,
    Stage,
    WorkAlreadySet,
    WorkForm,
)
from domain.event import Event
from domain.stream import Stream
from domain.values import CohortId, Phase, ProgrammeId, WorkId

Capacity = Annotated[int, Field(ge=1)]
Code = Annotated[str, Field(min_length=1, max_length=40)]
Label = Annotated[str, Field(min_length=1, max_length=80)]


class CohortPlanned(Event):
    """A cohort was planned: first and last day, the version it follows, its places if their number is limited."""

    kind = "cohort.planned"
    phase = Phase.OPENS
    fixed = ("programme_id",)
    examples = (
        {
            "programme_id": "3f0d1c52-6d1c-4a53-9d44-0c5f4d6f2a11",
            "programme_version": "2013",
            "code": "QIF-2013",
            "starts_on": "2013-09-02",
            "ends_on": "2014-08-31",
            "capacity": 18,
        },
    )

    programme_id: ProgrammeId
    programme_version: Label
    code: Code
    starts_on: date
    ends_on: date
    capacity: Capacity | None = None

    def needs(self) -> Iterable[str]:
        """The version it follows."""
        yield grants.version(self.programme_version)


class ProgrammeVersionAssigned(Event):
    """The cohort is to follow another version of its programme."""

    kind = "cohort.programme_version_assigned"
    examples = ({"programme_version": "2013a"},)

    programme_version: Label

    def needs(self) -> Iterable[str]:
        """The version it follows from then on."""
        yield grants.version(self.programme_version)


class CohortDatesChanged(Event):
    """The first or last day of the cohort was moved."""

    kind = "cohort.dates_changed"
    reasoned = True
    examples = ({"starts_on": "2013-09-16", "ends_on": "2014-09-14"},)

    starts_on: date
    ends_on: date


class CohortCapacityChanged(Event):
    """The number of places in the cohort was changed, or its limit was lifted."""

    kind = "cohort.capacity_changed"
    reasoned = True
    examples = ({"capacity": 20}, {"capacity": None})

    capacity: Capacity | None


class RecruitmentOpened(Event):
    """Recruitment to the cohort opened."""

    kind = "cohort.recruitment_opened"


class RecruitmentClosed(Event):
    """Recruitment to the cohort closed."""

    kind = "cohort.recruitment_closed"
    placed = "last"


class CohortConfirmed(Event):
    """It was confirmed that the cohort goes ahead."""

    kind = "cohort.confirmed"


class CohortStarted(Event):
    """The cohort started."""

    kind = "cohort.started"
    observed = True


class WorkSet(Event):
    """The cohort was asked to submit a piece of work."""

    kind = "cohort.work_set"
    examples = (
        {
            "work_id": "77c1b3a8-92a5-4b0e-8f0a-4a8b6f1f7c10",
            "title": "Improvement report",
            "form": "project_report",
            "due_on": "2014-07-31",
            "weight": "60",
        },
    )

    work_id: WorkId
    title: Annotated[str, Field(min_length=1, max_length=200)]
    form: WorkForm
    due_on: date
    weight: Annotated[Decimal, Field(ge=0, le=100)] | None = None

    def begins(self) -> Iterable[str]:
        """The piece of work."""
        yield f"{WorkId.stream}:{self.work_id}"


class CohortEnded(Event):
    """The cohort reached its end."""

    kind = "cohort.ended"
    observed = True
    phase = Phase.ENDS
    placed = "last"


class CohortClosed(Event):
    """The cohort's record was closed: late entries and corrections only from here on."""

    kind = "cohort.closed"
    phase = Phase.ENDS
    placed = "last"


class CohortReopened(Event):
    """The cohort's closed record was opened again."""

    kind = "cohort.reopened"
    reasoned = True
    phase = Phase.ENDS
    placed = "last"


class CohortCancelled(Event):
    """The cohort was cancelled before it started."""

    kind = "cohort.cancelled"
    reasoned = True
    phase = Phase.ENDS
    placed = "last"


CohortEvent: TypeAlias = (
    CohortPlanned
    | ProgrammeVersionAssigned
    | CohortDatesChanged
    | CohortCapacityChanged
    | RecruitmentOpened
    | RecruitmentClosed
    | CohortConfirmed
    | CohortStarted
    | WorkSet
    | CohortEnded
    | CohortClosed
    | CohortReopened
    | CohortCancelled
)


def evolve(cohort: Cohort, event: CohortEvent, day: date) -> Cohort:
    """The cohort after a fact. Raises a Refusal where the fact cannot have happened.

    Stages of recruitment of which no record is held may be passed over; none is gone back to.
    """
    if not isinstance(event, CohortPlanned | CohortReopened):
        cohort.must_be_open()
    match event:
        case CohortPlanned():
            if cohort.stage is not Stage.UNKNOWN:
                raise CohortAlreadyPlanned(f"{cohort.code} is planned already.")
            must_be_in_order(event.starts_on, event.ends_on)
            return Cohort(stage=Stage.PLANNED, **dict(event))
        case ProgrammeVersionAssigned(programme_version=version):
            cohort.must_not_have_started()
            return replace(cohort, programme_version=version)
        case CohortDatesChanged(starts_on=starts_on, ends_on=ends_on):
            must_be_in_order(starts_on, ends_on)
            return replace(cohort, starts_on=starts_on, ends_on=ends_on)
        case CohortCapacityChanged(capacity=capacity):
            return replace(cohort, capacity=capacity)
        case RecruitmentOpened():
            return _advance(cohort, Stage.RECRUITMENT_OPEN)
        case RecruitmentClosed():
            return _advance(cohort, Stage.RECRUITMENT_CLOSED)
        case CohortConfirmed():
            return _advance(cohort, Stage.CONFIRMED)
        case CohortStarted():
            return _advance(cohort, Stage.RUNNING)
        case WorkSet(work_id=work_id):
            if work_id in cohort.works:
                raise WorkAlreadySet
            return replace(cohort, works=cohort.works | {work_id})
        case CohortEnded():
            if cohort.stage is not Stage.RUNNING:
                raise CohortNotRunning(f"{cohort.code} was not running on that day.")
            return replace(cohort, stage=Stage.ENDED)
        case CohortClosed():
            if cohort.stage is not Stage.ENDED:
                raise CohortNotEnded(f"{cohort.code} had not ended by that day.")
            return replace(cohort, stage=Stage.CLOSED)
        case CohortReopened():
            if cohort.stage is not Stage.CLOSED:
                raise CohortNotClosed
            return replace(cohort, stage=Stage.ENDED)
        case CohortCancelled():
            cohort.must_not_have_started()
            return replace(cohort, stage=Stage.CANCELLED)
        case _:
            assert_never(event)


def must_be_in_order(starts_on: date, ends_on: date) -> None:
    """Refuse a last day that does not come after the first: DatesOutOfOrder."""
    if starts_on >= ends_on:
        raise DatesOutOfOrder(f"The first day is {starts_on}, the last day {ends_on}.")


def _advance(cohort: Cohort, stage: Stage) -> Cohort:
    if cohort.stage >= stage:
        raise CohortIsFurtherOn(f"{cohort.code} was at the stage \u201c{cohort.stage.words}\u201d by that day.")
    return replace(cohort, stage=stage)


COHORT = Stream(CohortId.stream, Cohort(), evolve)
