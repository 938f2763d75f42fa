"""The files of the Open University Learning Analytics Dataset, read and checked.

Days are whole numbers counted from the first day of the presentation; they may be negative. "?" or nothing means that
a value is not given, where that is allowed.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from api.importing.columns import given, one_of, optional, table, whole, words
from api.importing.problems import Problems, shown
from api.oulad import columns
from api.oulad.columns import Result

COURSES = "courses.csv"
ASSESSMENTS = "assessments.csv"
LEARNERS = "studentInfo.csv"
REGISTRATIONS = "studentRegistration.csv"
SUBMISSIONS = "studentAssessment.csv"
FILES = (COURSES, ASSESSMENTS, LEARNERS, REGISTRATIONS, SUBMISSIONS)


class Presentation(NamedTuple):
    """One presentation of a module: `AAA`, `2013J`."""

    module: str
    code: str

    @property
    def starts_on(self) -> date:
        """The first day of its month: the letter counts months, so B is February and J is October."""
        return date(int(self.code[:4]), ord(self.code[4]) - ord("A") + 1, 1)

    def __str__(self) -> str:
        return f"{self.module}-{self.code}"


class Place(NamedTuple):
    """What identifies a registration: one learner on one presentation."""

    presentation: Presentation
    learner: str


class Row(Protocol):
    """A row of any of the files: its number, as an editor counts."""

    @property
    def row(self) -> int: ...


R = TypeVar("R", bound=Row)
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Course:
    """A row of courses.csv: how many days after its first a presentation has its last."""

    row: int
    presentation: Presentation
    length: int

    @property
    def ends_on(self) -> date:
        """The last day of the presentation."""
        return self.presentation.starts_on + timedelta(self.length)


@dataclass(frozen=True, slots=True)
class Assessment:
    """A row of assessments.csv."""

    row: int
    presentation: Presentation
    assessment: str
    form: str
    due: int | None
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Learner:
    """A row of studentInfo.csv."""

    row: int
    place: Place
    gender: str | None
    region: str | None
    highest_education: str | None
    imd_band: str | None
    age_band: str | None
    previous_attempts: int | None
    studied_credits: int | None
    disability: bool | None
    result: Result


@dataclass(frozen=True, slots=True)
class Registration:
    """A row of studentRegistration.csv."""

    row: int
    place: Place
    registered: int | None
    unregistered: int | None


@dataclass(frozen=True, slots=True)
class Submission:
    """A row of studentAssessment.csv."""

    row: int
    assessment: str
    learner: str
    day: int
    banked: bool


@dataclass(frozen=True, slots=True)
class Folder:
    """Everything in a folder, checked; every learner has one registration and every registration one learner."""

    courses: Mapping[Presentation, Course]
    assessments: Mapping[str, Assessment]
    learners: Mapping[Place, Learner]
    registrations: Mapping[Place, Registration]
    submissions: Mapping[tuple[str, str], Submission]

    def counts(self) -> dict[str, int]:
        """How many rows each file has, without its header."""
        held = (self.courses, self.assessments, self.learners, self.registrations, self.submissions)
        return dict(zip(FILES, map(len, held), strict=True))


def read_folder(folder: Path) -> Folder:
    """Read and check the five files. Raises FilesRefused, which lists everything that is wrong."""
    problems = Problems()
    if not folder.is_dir():
        problems.add(str(folder), None, None, "there is no such folder")
        problems.refuse()
    read = Folder(
        courses=_unique(COURSES, _courses(folder, problems), lambda row: row.presentation, problems),
        assessments=_unique(ASSESSMENTS, _assessments(folder, problems), lambda row: row.assessment, problems),
        learners=_unique(LEARNERS, _learners(folder, problems), lambda row: row.place, problems),
        registrations=_unique(REGISTRATIONS, _registrations(folder, problems), lambda row: row.place, problems),
        submissions=_unique(
            SUBMISSIONS, _submissions(folder, problems), lambda row: (row.assessment, row.learner), problems
        ),
    )
    _fit_together(read, problems)
    problems.refuse()
    return read


_PRESENTATION = {"code_module": columns.module, "code_presentation": columns.presentation}
_LEARNER = {**_PRESENTATION, "id_student": columns.number}


def _courses(folder: Path, problems: Problems) -> Iterator[Course]:
    holds = {**_PRESENTATION, "module_presentation_length": whole(1, columns.FARTHEST)}
    for row, (module, code, length) in table(folder / COURSES, holds, problems):
        yield Course(row, Presentation(module, code), length)


def _assessments(folder: Path, problems: Problems) -> Iterator[Assessment]:
    holds = {
        **_PRESENTATION,
        "id_assessment": columns.number,
        "assessment_type": given,
        "date": optional(columns.day),
        "weight": columns.weight,
    }
    for row, (module, code, *rest) in table(folder / ASSESSMENTS, holds, problems):
        yield Assessment(row, Presentation(module, code), *rest)


def _learners(folder: Path, problems: Problems) -> Iterator[Learner]:
    holds = {
        **_LEARNER,
        "gender": optional(words),
        "region": optional(words),
        "highest_education": optional(words),
        "imd_band": optional(words),
        "age_band": optional(words),
        "num_of_prev_attempts": optional(whole(0, 1_000)),
        "studied_credits": optional(whole(0, 10_000)),
        "disability": optional(one_of({"Y": True, "N": False})),
        "final_result": one_of({result.value: result for result in Result}),
    }
    for row, (module, code, learner, *rest) in table(folder / LEARNERS, holds, problems):
        yield Learner(row, Place(Presentation(module, code), learner), *rest)


def _registrations(folder: Path, problems: Problems) -> Iterator[Registration]:
    holds = {
        **_LEARNER,
        "date_registration": optional(columns.day),
        "date_unregistration": optional(columns.day),
    }
    for row, (module, code, learner, *days) in table(folder / REGISTRATIONS, holds, problems):
        yield Registration(row, Place(Presentation(module, code), learner), *days)


def _submissions(folder: Path, problems: Problems) -> Iterator[Submission]:
    holds = {
        "id_assessment": columns.number,
        "id_student": columns.number,
        "date_submitted": columns.day,
        "is_banked": one_of({"0": False, "1": True}),
    }
    for row, values in table(folder / SUBMISSIONS, holds, problems):
        yield Submission(row, *values)


def _unique(file: str, found: Iterable[R], key: Callable[[R], K], problems: Problems) -> dict[K, R]:
    """The rows of a file by what identifies them. A row that repeats another is a problem."""
    unique: dict[K, R] = {}
    for row in found:
        first = unique.setdefault(key(row), row)
        if first is not row:
            problems.add(file, row.row, None, f"repeats row {first.row}; take one of the two out")
    return unique


def _fit_together(read: Folder, problems: Problems) -> None:
    """Check what one file says against another, where both could be read."""
    if problems.none_in(COURSES):
        _presented(ASSESSMENTS, ((row.row, row.presentation) for row in read.assessments.values()), read, problems)
        _presented(LEARNERS, ((row.row, row.place.presentation) for row in read.learners.values()), read, problems)
        registered = ((row.row, row.place.presentation) for row in read.registrations.values())
        _presented(REGISTRATIONS, registered, read, problems)
    if problems.none_in(LEARNERS, REGISTRATIONS):
        _paired(LEARNERS, read.learners, REGISTRATIONS, read.registrations.keys(), problems)
        _paired(REGISTRATIONS, read.registrations, LEARNERS, read.learners.keys(), problems)
    if problems.none_in(ASSESSMENTS, LEARNERS):
        for row in read.submissions.values():
            assessment = read.assessments.get(row.assessment)
            if assessment is None:
                text = f"the assessment {row.assessment} is not in {ASSESSMENTS}"
                problems.add(SUBMISSIONS, row.row, "id_assessment", text)
            elif Place(assessment.presentation, row.learner) not in read.learners:
                text = f"{LEARNERS} has no learner {row.learner} on {assessment.presentation}"
                problems.add(SUBMISSIONS, row.row, "id_student", text)


def _presented(file: str, found: Iterable[tuple[int, Presentation]], read: Folder, problems: Problems) -> None:
    modules = {presentation.module for presentation in read.courses}
    for row, presentation in found:
        if presentation.module not in modules:
            text = f"the module {shown(presentation.module)} is not in {COURSES}"
            problems.add(file, row, "code_module", text)
        elif presentation not in read.courses:
            text = f"the presentation {shown(presentation.code)} of {presentation.module} is not in {COURSES}"
            problems.add(file, row, "code_presentation", text)


def _paired(file: str, held: Mapping[Place, Row], other: str, others: Iterable[Place], problems: Problems) -> None:
    known = set(others)
    for place, row in held.items():
        if place not in known:
            text = f"{other} has no row for the learner {place.learner} on {place.presentation}"
            problems.add(file, row.row, "id_student", text)
