"""The second computation: the standing of every cohort on any day, from the CSV files alone; and from an exported log.

It shares no line with the product, and follows the rules of loading as they are written down, one by one.
"""

import csv
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

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
        return Counter((kind, "refused" if refused else "loaded") for _, kind, refused in self._submissions())

    def refused(self) -> set[int]:
        """The rows of the submissions that are refused, the header being row 1."""
        return {row for row, _, refused in self._submissions() if refused}

    def _submissions(self) -> Iterator[tuple[int, str, bool]]:
        presented = {
            row["id_assessment"]: (row["code_module"], row["code_presentation"])
            for row in self._rows("assessments.csv")
        }
        for number, row in enumerate(self._rows("studentAssessment.csv"), 2):
            left = self.courses[*presented[row["id_assessment"]], row["id_student"]].left
            kind = "banked" if row["is_banked"] == "1" else "submitted"
            yield number, kind, left is not None and int(row["date_submitted"]) > left

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


STATE_AFTER = {
    "fellowship.place_accepted": "accepted",
    "fellowship.place_confirmed": "accepted",
    "fellowship.started": "in_progress",
    "fellowship.completed": "completed",
    "fellowship.not_completed": "not_completed",
    "fellowship.ended_by_programme": "not_completed",
    "fellowship.withdrawn": "withdrawn",
    "fellowship.place_given_up": "place_given_up",
}
_OPENS = {"fellowship.place_accepted"}
_DURING = {"fellowship.place_confirmed", "fellowship.started"}


class ExportedLog:
    """The standing of cohorts by origin, folded from the lines of an exported log that were read so far.

    It knows what a load records of fellowships, and raises where there is more.
    """

    def __init__(self) -> None:
        self.position = 0
        self._cohorts: dict[str, str] = {}
        self._members: dict[str, list[str]] = {}
        self._facts: dict[str, list[tuple[str, int, int, str]]] = {}

    def read(self, lines: Iterable[str], to: int) -> "ExportedLog":
        """Read on to a position."""
        for line in islice(lines, to - self.position):
            self._add(json.loads(line))
        return self

    def counts(self, cohort: str, day: date) -> dict[str, int]:
        """How many places of a cohort are in each state at the end of a day."""
        until = day.isoformat()
        states: Counter[str] = Counter()
        for fellowship in self._members.get(self._cohorts.get(cohort, ""), ()):
            held = [fact for fact in self._facts[fellowship] if fact[0] <= until]
            if held:
                states[STATE_AFTER[max(held)[3]]] += 1
        return {state: states[state] for state in STATES}

    def _add(self, line: dict[str, Any]) -> None:
        self.position += 1
        if line["position"] != self.position:
            raise ValueError(f"position {line['position']} follows on {self.position - 1}")
        kind, stream, stated, fields = line["kind"], line["stream"], line["envelope"], line["state"].get("fields", {})
        if kind == "cohort.planned":
            self._cohorts[fields["code"]] = stream.partition(":")[2]
        elif kind.startswith("fellowship."):
            if kind not in STATE_AFTER or stated.keys() & {"corrects", "retracts", "supersedes"}:
                raise ValueError(f"a load records no {kind} like that of position {self.position}")
            if kind == "fellowship.place_accepted":
                self._members.setdefault(fields["cohort_id"], []).append(stream)
            phase = 0 if kind in _OPENS else 1 if kind in _DURING else 2
            self._facts.setdefault(stream, []).append((stated["happened"], phase, self.position, kind))
