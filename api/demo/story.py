"""A short story of what three readers ask of the demonstration, and what the running program answers them."""

import json
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from datetime import date
from http.client import HTTPConnection, HTTPException
from threading import Event
from typing import Any, TypeAlias
from urllib.parse import urlencode

from api.serving import Broken

COHORT = "QIF-2013"
MONTHS = 12
"""How long after the cohort's first day the evaluator looks."""
_PATIENCE = 60

Answer: TypeAlias = Mapping[str, Any]

_WORDS = {
    "accepted": "place accepted",
    "in_progress": "in progress",
    "paused": "paused",
    "deferred": "deferred",
    "completed": "completed",
    "not_completed": "not completed",
    "withdrawn": "withdrawn",
    "place_given_up": "place given up",
}


class Api:
    """The running program, as any reader of it asks."""

    def __init__(self, host: str, port: int, url: str, stop: Event) -> None:
        self._host, self._port, self._url, self._stop = host, port, url, stop

    def url(self, path: str, **query: str | int) -> str:
        """The address of a question."""
        return f"{self._url}{path}{'?' + urlencode(query) if query else ''}"

    def ask(self, path: str, **query: str | int) -> Answer:
        """The answer to a question. Raises Broken where there is none."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            status, answer = self._get(path, query)
            if status == 200:
                return answer
            if status != 503 or self._stop.wait(0.2) or time.monotonic() > deadline:
                raise Broken(f"GET {self.url(path, **query)} was answered with {status}: {answer.get('title', '')}")

    def _get(self, path: str, query: Mapping[str, str | int]) -> tuple[int, Answer]:
        with closing(HTTPConnection(self._host, self._port, timeout=_PATIENCE)) as connection:
            try:
                connection.request("GET", f"{path}?{urlencode(query)}")
                response = connection.getresponse()
                return response.status, json.loads(response.read())
            except (OSError, HTTPException, ValueError) as error:
                raise Broken(f"GET {self.url(path, **query)} was not answered: {error}.") from error


def story(api: Api, head: int) -> Iterator[str]:
    """The story, a line at a time. Every answer in it is asked for as it is told, none from before position `head`."""
    cohorts = api.ask("/v1/cohorts", min_position=head)["items"]
    cohort = next(each for each in cohorts if each["code"] == COHORT)
    path = f"/v1/cohorts/{cohort['cohort_id']}"
    yield "An invented programme's record: four cohorts, seventy fellows, and invented recording times."
    yield "Each answer below was given by the running program, at the address above it."
    yield ""
    yield from _staff(api, path, cohort)
    changes = yield from _evaluator(api, path, cohort)
    yield from _auditor(api, changes)


def _staff(api: Api, path: str, cohort: Answer) -> Iterator[str]:
    answer = api.ask(f"{path}/standing")
    yield f"STAFF ask: where are the fellows of {cohort['code']} ({cohort['starts_on']} to {cohort['ends_on']}) today?"
    yield f"  {api.url(f'{path}/standing')}"
    yield f"  {_counts(answer)} (everyone who first accepted a place in it)."
    yield f"  As at {answer['as_at']}, as known at record number {answer['position']}."
    yield ""


def _evaluator(api: Api, path: str, cohort: Answer) -> Generator[str, None, Answer]:
    day = _months_after(date.fromisoformat(cohort["starts_on"]), MONTHS)
    now = {"as_at": str(day), "attribution": "current"}
    then = now | {"known_at": str(day)}
    asked = now | {"known_from": str(day)}
    yield f"EVALUATORS ask: where were its members {MONTHS} months after the start, as known then and as known today?"
    yield "  (Members on that day, with those who moved in and without those who moved on: attribution=current.)"
    yield f"  {api.url(f'{path}/standing', **then)}"
    yield f"  As known then:  {_counts(api.ask(f'{path}/standing', **then))}."
    yield f"  {api.url(f'{path}/standing', **now)}"
    yield f"  As known today: {_counts(api.ask(f'{path}/standing', **now))}."
    changes = api.ask(f"{path}/changes", **asked)
    yield f"  What made the difference: {api.url(f'{path}/changes', **asked)}"
    for change in changes["items"]:
        yield f"  - {change['name']}: {_state(change['before'])}, now {_state(change['after'])}"
        for entry in change["entries"]:
            yield f"      {_entry(entry)}"
    yield ""
    return changes


def _auditor(api: Api, changes: Answer) -> Iterator[str]:
    corrected = next(
        change for change in changes["items"] if any(entry["link_how"] == "corrects" for entry in change["entries"])
    )
    path = f"/v1/fellowships/{corrected['fellowship_id']}/timeline"
    yield f"AUDITORS ask: what is behind {corrected['name']}'s state, and who changed what, when?"
    yield f"  {api.url(path)}"
    for entry in api.ask(path)["items"]:
        yield f"  {entry['position']:>4}  {_entry(entry)}"
        changed = " and ".join(f"record number {position}" for position in entry["changed_by"])
        if changed:
            yield f"        {entry['status'].replace('_', ' ')} by {changed}"


def _counts(answer: Answer) -> str:
    return ", ".join(f"{count} {_WORDS[state]}" for state, count in answer["counts"].items() if count)


def _state(fellow: Answer | None) -> str:
    return "not in this cohort" if fellow is None else str(fellow["state"]).replace("_", " ")


def _entry(entry: Answer) -> str:
    """An entry in a line: what, when it happened, when it was recorded, from what source."""
    what = str(entry["kind"]).partition(".")[2].replace("_", " ")
    day = str(entry["happened"])[: {"month": 7, "year": 4}.get(str(entry["precision"]), 10)]
    said = {
        "corrects": f"correction: {what} {day}",
        "supersedes": f"later decision: {what} {day}",
        "retracts": f"entry {entry['link_version']}, of {day}, was entered in error",
    }.get(entry["link_how"], f"{what} {day}")
    source = f', from "{entry["source"]}"' if entry["source"] else ""
    return f"{said}; recorded {str(entry['recorded_at'])[:10]}{source}"


def _months_after(day: date, months: int) -> date:
    return day.replace(year=day.year + months // 12)
