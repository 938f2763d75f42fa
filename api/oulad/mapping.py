"""What the rows say happened, and on which day: the facts that are entered, in the order in which they are."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from api.oulad.columns import Result
from api.oulad.facts import Declared, Ended, Ending, Fact, Planned, Registered, Set, Started, Submitted
from api.oulad.files import (
    ASSESSMENTS,
    LEARNERS,
    REGISTRATIONS,
    SUBMISSIONS,
    Assessment,
    Course,
    Folder,
    Learner,
    Place,
    Registration,
    Submission,
)
from domain.values import Happened, Precision

AHEAD = timedelta(365)
"""How long before its first day a cohort is taken to be planned, unless something is known from before."""


class Adjusted(NamedTuple):
    """A row that was not entered quite as it stands, and why."""

    file: str
    row: int
    code: str
    why: str


class _Way(NamedTuple):
    """A learner's way through one presentation."""

    registered: Happened
    started: date | None
    ended: Happened
    ending: Ending


def facts(folder: Folder) -> tuple[list[Fact], list[Adjusted]]:
    """All that the rows say, in order of date across files, and the rows that were adjusted."""
    adjusted: list[Adjusted] = []
    ways = {
        place: _way(folder.courses[place.presentation], folder.learners[place], registration, adjusted)
        for place, registration in folder.registrations.items()
    }
    submitted = [_submitted(row, folder, ways, adjusted) for row in folder.submissions.values()]
    found: list[Fact] = [*_programmes(folder, ways, submitted, adjusted), *submitted]
    for place, way in ways.items():
        found.extend(_place(place, way, folder))
    found.sort(key=lambda fact: (fact.happened.day, fact.rank, fact.file, fact.row))
    return found, adjusted


def _way(course: Course, learner: Learner, registration: Registration, adjusted: list[Adjusted]) -> _Way:
    """The days of a learner's way, where what is not given is placed by rule."""
    first, last = course.presentation.starts_on, course.ends_on
    leaving = None if registration.unregistered is None else first + timedelta(registration.unregistered)
    match learner.result:
        case Result.WITHDRAWN if leaving is None:
            adjusted.append(
                Adjusted(
                    LEARNERS,
                    learner.row,
                    "leaving_day_not_given",
                    f"Withdrawn, and no day is given: withdrawn on the last day, {last}, precision unknown.",
                )
            )
            ended, ending = Happened(last, Precision.UNKNOWN), Ending.WITHDRAWN
        case Result.WITHDRAWN if leaving is not None:
            ended, ending = Happened(leaving), Ending.GIVEN_UP if leaving < first else Ending.WITHDRAWN
        case result:
            ended, ending = Happened(last), Ending.NOT_MET if result is Result.FAIL else Ending.COMPLETED
            if leaving is not None:
                text = f"Unregistered on {leaving}, and yet the result is {result}: the result stands."
                adjusted.append(Adjusted(REGISTRATIONS, registration.row, "unregistered_with_a_result", text))
    registered = _registered(first, ended.day, registration, adjusted)
    started = None if ending is Ending.GIVEN_UP else max(first, registered.day)
    return _Way(registered, started, ended, ending)


def _registered(first: date, ended: date, registration: Registration, adjusted: list[Adjusted]) -> Happened:
    """When a learner registered; the first day or, if that is earlier, the day of the end where that cannot be."""
    if registration.registered is None:
        code, why = "registration_day_not_given", "No day of registration is given"
    elif (day := first + timedelta(registration.registered)) > ended:
        code, why = "registered_after_the_end", f"Registered on {day}, and yet left or ended on {ended}"
    else:
        return Happened(day)
    placed = min(first, ended)
    text = f"{why}: registered on {placed}, precision unknown."
    adjusted.append(Adjusted(REGISTRATIONS, registration.row, code, text))
    return Happened(placed, Precision.UNKNOWN)


def _submitted(row: Submission, folder: Folder, ways: dict[Place, _Way], adjusted: list[Adjusted]) -> Submitted:
    presentation = folder.assessments[row.assessment].presentation
    place = Place(presentation, row.learner)
    happened = Happened(presentation.starts_on + timedelta(row.day))
    registered = ways[place].registered.day
    if not row.banked and happened.day < registered:
        text = f"Submitted on {happened.day}, before registering: submitted on {registered}, precision unknown."
        adjusted.append(Adjusted(SUBMISSIONS, row.row, "submitted_before_registering", text))
        happened = Happened(registered, Precision.UNKNOWN)
    return Submitted(row.row, happened, place, row.assessment, row.banked)


def _programmes(
    folder: Folder, ways: dict[Place, _Way], submitted: Iterable[Submitted], adjusted: list[Adjusted]
) -> Iterator[Planned | Set]:
    """Cohorts and their pieces of work, of which no day is known: there before anything else is."""
    planned = {presentation: presentation.starts_on - AHEAD for presentation in folder.courses}
    for place, way in ways.items():
        planned[place.presentation] = min(planned[place.presentation], way.registered.day)
    for fact in submitted:
        planned[fact.place.presentation] = min(planned[fact.place.presentation], fact.happened.day)
    established: dict[str, date] = {}
    for presentation, day in planned.items():
        established[presentation.module] = min(established.get(presentation.module, day), day)
    for presentation, course in folder.courses.items():
        happened = Happened(planned[presentation], Precision.UNKNOWN)
        yield Planned(course.row, happened, course, established[presentation.module])
    for row in folder.assessments.values():
        yield _set(row, folder.courses[row.presentation], planned[row.presentation], adjusted)


def _set(row: Assessment, course: Course, day: date, adjusted: list[Adjusted]) -> Set:
    if row.due is None:
        due_on = course.ends_on
        text = f"No due day is given: due on the last day, {due_on}."
        adjusted.append(Adjusted(ASSESSMENTS, row.row, "due_day_not_given", text))
    else:
        due_on = row.presentation.starts_on + timedelta(row.due)
    return Set(
        row.row, Happened(day, Precision.UNKNOWN), row.presentation, row.assessment, row.form, due_on, row.weight
    )


def _place(place: Place, way: _Way, folder: Folder) -> Iterator[Fact]:
    learner, registration = folder.learners[place], folder.registrations[place]
    yield Declared(learner.row, way.registered, learner)
    yield Registered(registration.row, way.registered, place)
    if way.started is not None:
        yield Started(registration.row, Happened(way.started), place)
    left = way.ending.left and registration.unregistered is not None
    file, row = (REGISTRATIONS, registration.row) if left else (LEARNERS, learner.row)
    yield Ended(file, row, way.ended, place, way.ending)
