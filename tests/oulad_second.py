"""The second computation: the standing of every cohort on any day, from the CSV files alone.

It shares no line with the product, and follows the rules of loading as they are written down, one by one.
"""

import csv
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

STATES = (
    "accepted",
    "in_progress",
    "paused",
    "deferred",
    "completed",
    "not_completed",
    "withdrawn",
    "place_given_up",
)

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Course:
    """One learner's way through one presentation: the day of each step, counted from the start."""

    accepted: int
    started: int | None
    ended: int | None
    end: str
    left: int | None

    def state(self, day: int) -> str | None:
        """The state at the end of a day; None before the place was accepted."""
        if self.ended is not None and day >= self.ended:
            return self.end
        if self.started is not None and day >= self.started:
            return "in_progress"
        return "accepted" if day >= self.accepted else None


class SecondComputation:
    """All that the files say of standing and of submissions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.length = {
            (row["code_module"], row["code_presentation"]): int(row["module_presentation_length"])
            for row in self._rows("courses.csv")
        }
        unregistered: dict[Key, str] = {}
        registered: dict[Key, str] = {}
        for row in self._rows("studentRegistration.csv"):
            key = (row["code_module"], row["code_presentation"], row["id_student"])
            registered[key], unregistered[key] = row["date_registration"], row["date_unregistration"]
        self.courses: dict[Key, Course] = {}
        for row in self._rows("studentInfo.csv"):
            key = (row["code_module"], row["code_presentation"], row["id_student"])
            length = self.length[key[0], key[1]]
            self.courses[key] = _course(row["final_result"], registered[key], unregistered[key], length)

    @property
    def cohorts(self) -> dict[str, tuple[date, date]]:
        """The first and last day of each cohort, by its code."""
        return {
            f"{module}-{presentation}": (_start(presentation), _start(presentation) + timedelta(length))
            for (module, presentation), length in self.length.items()
        }

    def counts(self, cohort: str, day: date) -> dict[str, int]:
        """How many places of a cohort are in each state at the end of a day; all states are there."""
        module, presentation = cohort.split("-")
        since = (day - _start(presentation)).days
        states = Counter(
            course.state(since)
            for (its_module, its_presentation, _), course in self.courses.items()
            if (its_module, its_presentation) == (module, presentation)
        )
        return {state: states[state] for state in STATES}

    def days(self, cohort: str, number: int, seed: int) -> list[date]:
        """Random days around a cohort's time, its first and last among them."""
        first, last = self.cohorts[cohort]
        chosen = random.Random(f"{seed} {cohort}")
        around = range((first - timedelta(330)).toordinal(), (last + timedelta(60)).toordinal())
        return [first, last, *(date.fromordinal(chosen.choice(around)) for _ in range(number - 2))]

    def submissions(self) -> Counter[tuple[str, str]]:
        """How many submissions are ("submitted" or "banked", "loaded" or "refused")."""
        presented = {
            row["id_assessment"]: (row["code_module"], row["code_presentation"])
            for row in self._rows("assessments.csv")
        }
        found: Counter[tuple[str, str]] = Counter()
        for row in self._rows("studentAssessment.csv"):
            left = self.courses[*presented[row["id_assessment"]], row["id_student"]].left
            refused = left is not None and int(row["date_submitted"]) > left
            kind = "banked" if row["is_banked"] == "1" else "submitted"
            found[kind, "refused" if refused else "loaded"] += 1
        return found

    def _rows(self, name: str) -> Iterator[dict[str, str]]:
        with (self._folder / name).open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file)


def _start(presentation: str) -> date:
    return date(int(presentation[:4]), "ABCDEFGHIJKL".index(presentation[4]) + 1, 1)


def _course(result: str, registered: str, unregistered: str, length: int) -> Course:
    day = _number(registered)
    left = None
    if result == "Withdrawn":
        left = _number(unregistered)
        if left is None:
            left = length
    if day is None or (left is not None and day > left):
        day = 0 if left is None else min(0, left)
    if left is not None and left < 0:
        return Course(day, None, left, "place_given_up", left)
    # One who passed or failed, and was registered after the last day, cannot have been: taken as without a day.
    if left is None and day > length:
        day = 0
    end = {"Pass": "completed", "Distinction": "completed", "Fail": "not_completed", "Withdrawn": "withdrawn"}[result]
    return Course(day, max(0, day), length if left is None else left, end, left)


def _number(text: str) -> int | None:
    return None if text in ("", "?") else int(text)
