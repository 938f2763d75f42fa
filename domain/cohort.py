"""Cohorts: one intake of a programme, from its planning to its closing, and the work it is asked to submit."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Annotated, Protocol, TypeAlias, assert_never

from pydantic import Field

from domain.event import Event
from domain.refusal import Refusal
from domain.stream import Stream
from domain.values import CohortId, Phase, ProgrammeId, WorkId

Capacity = Annotated[int, Field(ge=1)]
Code = Annotated[str, Field(min_length=1, max_length=40)]
Label = Annotated[str, Field(min_length=1, max_length=80)]


class WorkForm(StrEnum):
    """What sort of work is asked for."""

    ASSIGNMENT = "assignment"
    COMPUTER_MARKED = "computer_marked"
    EXAMINATION = "examination"
    PROJECT_REPORT = "project_report"
    PRESENTATION = "presentation"
    OTHER = "other"


class CohortPlanned(Event):
    """A cohort was planned: its first and last day, the version it follows, and its places if their number is limited."""

    kind = "cohort.planned"
    phase = Phase.OPENS
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


class ProgrammeVersionAssigned(Event):
    """The cohort is to follow another version of its programme."""

    kind = "cohort.programme_version_assigned"
    examples = ({"programme_version": "2013a"},)

    programme_version: Label


class CohortDatesChanged(Event):
    """The first or last day of the cohort was moved."""

    kind = "cohort.dates_changed"
    examples = ({"starts_on": "2013-09-16", "ends_on": "2014-09-14"},)

    starts_on: date
    ends_on: date


class CohortCapacityChanged(Event):
    """The number of places in the cohort was changed, or its limit was lifted."""

    kind = "cohort.capacity_changed"
    examples = ({"capacity": 20}, {"capacity": None})

    capacity: Capacity | None


class RecruitmentOpened(Event):
    """Recruitment to the cohort opened."""

    kind = "cohort.recruitment_opened"
    examples = ({},)


class RecruitmentClosed(Event):
    """Recruitment to the cohort closed."""

    kind = "cohort.recruitment_closed"
    placed = "last"
    examples = ({},)


class CohortConfirmed(Event):
    """It was confirmed that the cohort goes ahead."""

    kind = "cohort.confirmed"
    examples = ({},)


class CohortStarted(Event):
    """The cohort started."""

    kind = "cohort.started"
    examples = ({},)


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


class CohortEnded(Event):
    """The cohort reached its end."""

    kind = "cohort.ended"
    phase = Phase.ENDS
    placed = "last"
    examples = ({},)


class CohortClosed(Event):
    """The cohort's record was closed: late entries and corrections only from here on."""

    kind = "cohort.closed"
    phase = Phase.ENDS
    placed = "last"
    examples = ({},)


class CohortReopened(Event):
    """The cohort's closed record was opened again."""

    kind = "cohort.reopened"
    phase = Phase.ENDS
    placed = "last"
    examples = ({},)


class CohortCancelled(Event):
    """The cohort was cancelled before it started."""

    kind = "cohort.cancelled"
    phase = Phase.ENDS
    placed = "last"
    examples = ({},)


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


class Stage(IntEnum):
    """How far a cohort has come."""

    UNKNOWN = 0
    PLANNED = 1
    RECRUITMENT_OPEN = 2
    RECRUITMENT_CLOSED = 3
    CONFIRMED = 4
    RUNNING = 5
    ENDED = 6
    CLOSED = 7
    CANCELLED = 8


class CohortNotPlanned(Refusal):
    """No such cohort was planned by that day."""


class CohortAlreadyPlanned(Refusal):
    """This cohort is planned already."""


class CohortIsClosed(Refusal):
    """The cohort was closed by that day. Only late entries and corrections for earlier days are taken; or reopen it."""


class CohortIsCancelled(Refusal):
    """The cohort was cancelled by that day."""


class DatesOutOfOrder(Refusal):
    """A cohort's first day comes before its last day."""


class CohortIsFurtherOn(Refusal):
    """The cohort had already come further than that by that day."""


class CohortNotRunning(Refusal):
    """The cohort was not running on that day."""


class CohortNotEnded(Refusal):
    """A cohort is closed after it has ended; this one had not by that day."""


class CohortNotClosed(Refusal):
    """Only a closed cohort is reopened; this one was not closed on that day."""


class CohortHasStarted(Refusal):
    """The cohort had started by that day. What is fixed at the start no longer changes, and it cannot be cancelled."""


class WorkAlreadySet(Refusal):
    """This piece of work is set already."""


class WorkNotSet(Refusal):
    """The cohort had not been asked for that piece of work by that day."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort as it stood on a day."""

    stage: Stage = Stage.UNKNOWN
    programme_id: ProgrammeId | None = None
    programme_version: str | None = None
    code: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    capacity: int | None = None
    works: frozenset[WorkId] = frozenset()
