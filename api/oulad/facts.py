"""The facts that rows of the files state, each entered by one command."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import ClassVar, TypeAlias

from api.oulad.files import (
    ASSESSMENTS,
    COURSES,
    LEARNERS,
    REGISTRATIONS,
    SUBMISSIONS,
    Course,
    Learner,
    Place,
    Presentation,
)
from domain.values import Happened


class Rank(IntEnum):
    """The order of entering among facts of one day."""

    PLANNED = 0
    SET = 1
    DECLARED = 2
    REGISTERED = 3
    STARTED = 4
    SUBMITTED = 5
    ENDED = 6


class Ending(StrEnum):
    """How a place came to its end."""

    COMPLETED = "completed"
    NOT_MET = "not_met"
    WITHDRAWN = "withdrawn"
    GIVEN_UP = "given_up"

    @property
    def left(self) -> bool:
        """Whether the learner left, and so is no longer registered for credit."""
        return self in (Ending.WITHDRAWN, Ending.GIVEN_UP)


@dataclass(frozen=True, slots=True)
class Planned:
    """A module was presented: its programme, in one version without criteria, and the cohort."""

    rank: ClassVar[Rank] = Rank.PLANNED
    file: ClassVar[str] = COURSES
    row: int
    happened: Happened
    course: Course
    programme_from: date
    """A day by which the programme was there."""

    @property
    def key(self) -> tuple[str, ...]:
        """What it is about, whatever folder and row it comes from."""
        return self.course.presentation

    @property
    def body(self) -> tuple[object, ...]:
        """What it says."""
        return (self.course.length,)


@dataclass(frozen=True, slots=True)
class Set:
    """A piece of work was set."""

    rank: ClassVar[Rank] = Rank.SET
    file: ClassVar[str] = ASSESSMENTS
    row: int
    happened: Happened
    presentation: Presentation
    assessment: str
    form: str
    due_on: date
    weight: Decimal

    @property
    def key(self) -> tuple[str, ...]:
        """What it is about, whatever folder and row it comes from."""
        return (self.assessment,)

    @property
    def body(self) -> tuple[object, ...]:
        """What it says."""
        return (*self.presentation, self.form, self.due_on, self.weight)


@dataclass(frozen=True, slots=True)
class Declared:
    """A learner's background, as declared for one registration; with the first, the learner comes on the record."""

    rank: ClassVar[Rank] = Rank.DECLARED
    file: ClassVar[str] = LEARNERS
    row: int
    happened: Happened
    learner: Learner

    @property
    def key(self) -> tuple[str, ...]:
        """What it is about, whatever folder and row it comes from."""
        return (*self.learner.place.presentation, self.learner.place.learner)

    @property
    def body(self) -> tuple[object, ...]:
        """What it says."""
        it = self.learner
        known = (it.gender, it.region, it.highest_education, it.imd_band, it.age_band, it.disability)
        return (*known, it.previous_attempts, it.studied_credits)


@dataclass(frozen=True, slots=True)
class Registered:
    """A place was accepted and confirmed, and its holder registered for credit."""

    rank: ClassVar[Rank] = Rank.REGISTERED
    file: ClassVar[str] = REGISTRATIONS
    row: int
    happened: Happened
    place: Place

    @property
    def key(self) -> tuple[str, ...]:
        """What it is about, whatever folder and row it comes from."""
        return (*self.place.presentation, self.place.learner)

    @property
    def body(self) -> tuple[object, ...]:
        """What it says."""
        return self.happened


@dataclass(frozen=True, slots=True)
class Started(Registered):
    """A place was taken up."""

    rank: ClassVar[Rank] = Rank.STARTED


@dataclass(frozen=True, slots=True)
class Submitted:
    """A piece of work was submitted, or earlier study recognised in its place."""

    rank: ClassVar[Rank] = Rank.SUBMITTED
    file: ClassVar[str] = SUBMISSIONS
    row: int
    happened: Happened
    place: Place
    assessment: str
    banked: bool

    @property
    def key(self) -> tuple[str, ...]:
        """What it is about, whatever folder and row it comes from."""
        return (self.assessment, self.place.learner)

    @property
    def body(self) -> tuple[object, ...]:
        """What it says."""
        return (*self.happened, self.banked)


@dataclass(frozen=True, slots=True)
class Ended:
    """A place came to its end. What a result says comes from the learners' file, a leaving from the registrations'."""

    rank: ClassVar[Rank] = Rank.ENDED
    file: str
    row: int
    happened: Happened
    place: Place
    ending: Ending

    @property
    def key(self) -> tuple[str, ...]:
        """What it is about, whatever folder and row it comes from."""
        return (*self.place.presentation, self.place.learner)

    @property
    def body(self) -> tuple[object, ...]:
        """What it says."""
        return (*self.happened, self.ending)


Fact: TypeAlias = Planned | Set | Declared | Registered | Started | Submitted | Ended
