"""A cohort as it stands on a day, and why its record may say no."""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from domain.refusal import Refusal
from domain.values import ProgrammeId, WorkId


class WorkForm(StrEnum):
    """What sort of work is asked for."""

    ASSIGNMENT = "assignment"
    COMPUTER_MARKED = "computer_marked"
    EXAMINATION = "examination"
    PROJECT_REPORT = "project_report"
    PRESENTATION = "presentation"
    OTHER = "other"


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

    @property
    def words(self) -> str:
        """The stage as a reader knows it."""
        return self.name.lower().replace("_", " ")


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

    def takes_people(self) -> ProgrammeId:
        """The cohort's programme. Refuses if it takes nobody: CohortNotPlanned, CohortIsClosed, CohortIsCancelled."""
        self.must_be_open()
        assert self.programme_id is not None
        return self.programme_id

    def must_have_set(self, work_id: WorkId) -> None:
        """Refuse a piece of work that the cohort was not asked for: WorkNotSet."""
        if work_id not in self.works:
            raise WorkNotSet

    def must_be_open(self) -> None:
        """Refuse a cohort not planned yet, closed or cancelled: CohortNotPlanned, CohortIsClosed, CohortIsCancelled."""
        match self.stage:
            case Stage.UNKNOWN:
                raise CohortNotPlanned
            case Stage.CLOSED:
                raise CohortIsClosed(f"{self.code} was closed by that day.")
            case Stage.CANCELLED:
                raise CohortIsCancelled(f"{self.code} was cancelled by that day.")
            case _:
                return

    def must_not_have_started(self) -> None:
        """Refuse a cohort that has started: CohortHasStarted."""
        if self.stage >= Stage.RUNNING:
            raise CohortHasStarted(f"{self.code} had started by that day.")
