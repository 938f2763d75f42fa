"""A citation always gets its answer again: at every address, whatever is recorded and released afterwards."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta

import pytest

from api.opening import recorder
from api.rebuilding import Releases
from domain.values import today
from infra.following.release import swap
from infra.migrate import installation
from infra.postgres.database import connect
from infra.settings import Connections
from infra.views.builds import LIVE, builds
from projections import VIEWS
from tests.api.edge import Edge, edge_of
from tests.contract.figures import Json
from tests.contract.told_besides import told_besides
from tests.office import Office
from tests.projections.by_hand_story import Story

NEEDED: Json = {"number": [1, 2, 3], "known_from": 1}
"""What is given for the parameters that a question cannot do without."""
PAUSED = {"circumstance": "career_break"}
AHEAD = today() + timedelta(days=400)
"""A day that has not come."""


@pytest.fixture
def edge(database: Connections) -> Iterator[Edge]:
    with edge_of(database) as opened:
        yield opened


def addresses(document: Json, there: dict[str, str]) -> list[tuple[str, Json]]:
    """The address of each question, about one of the things that there are, and what must be asked with it."""
    found: list[tuple[str, Json]] = []
    for path, methods in document["paths"].items():
        if "get" in methods and path.startswith("/v1/"):
            asked = [
                each["name"] for each in methods["get"]["parameters"] if each["in"] == "query" and each["required"]
            ]
            found.append((path.format(**there), {name: NEEDED[name] for name in asked}))
    return found


def told(database: Connections, edge: Edge) -> dict[str, str]:
    """Records what there is to ask about; returns one of each, by the names of the parameters that ask for it."""
    with closing(Office(database)) as office:
        story = Story(office).tell()
    there = told_besides(edge, story)
    fellowship = there["fellowship_id"][-1]
    edge.do(f"/v1/fellowships/{fellowship}/pause", "2014-03-01", **PAUSED)
    secondments = edge.get(f"/v1/fellowships/{fellowship}/secondments")["items"]
    return {
        **{name: each[-1] for name, each in there.items()},
        "cohort_id": there["cohort_id"][1],
        "programme_id": edge.get("/v1/programmes")["items"][0]["programme_id"],
        "person_id": story.people["Ben"],
        "secondment_id": secondments[0]["secondment_id"],
        "record": "fellowship",
        "record_id": fellowship,
        "month": "12",
        "figure": "promoted",
    }


def changed(edge: Edge, there: dict[str, str]) -> None:
    """Records what happened before, a correction, and that an entry was one in error."""
    edge.started(there["cohort_id"])
    fellowship = there["fellowship_id"]
    (paused,) = edge.get(f"/v1/entries/fellowship/{fellowship}", kind="fellowship.paused")["items"]
    entry = f"/v1/entries/fellowship/{fellowship}/{paused['version']}"
    edge.do(f"{entry}/correction", "2014-03-15", reason="keying_error", fact=paused["fields"])
    edge.do(f"{entry}/retraction", None, reason="wrong_person")


def young(answer: Json) -> int:
    """How often an answer says that something is not yet."""
    return json.dumps(answer).count('"not_yet": true')


def day_after(now: datetime | None = None) -> date:
    """What a clock says once that day is over."""
    return AHEAD + timedelta(days=1)


def release(database: Connections) -> None:
    """Releases every view once more, as it is: what a rebuild would make is the same."""
    with recorder(database) as (log, _), closing(connect(database.projector)) as projector:
        releases = Releases(log, database, installation(database))
        for view in VIEWS:
            live = builds(projector, view.name)[view.version, LIVE]
            swap(projector, view, releases.record(view, live, None, None), lambda stage, to: None)


def test_every_citation_gets_its_answer_again_after_changes_of_the_past_and_releases(
    database: Connections, document: Json, edge: Edge
) -> None:
    there = told(database, edge)
    questions = addresses(document, there)
    answers = [edge.get(path, **asked) for path, asked in questions]
    changed(edge, there)
    assert [edge.get(answer["citation"]) for answer in answers] == answers

    release(database)
    edge.projector.catch_up()
    again = [edge.get(answer["citation"]) for answer in answers]
    for (path, _), before, after in zip(questions, answers, again, strict=True):
        named = {"views", "citation"}
        assert {name for name in before if after[name] != before[name]} <= named, path
        releases = [f"{each['view']}@{each['position']}" for each in after.get("released", ())]
        assert releases == after["views"], path
    # What is cited from now on names the releases, though it is as known before them.
    assert [edge.get(answer["citation"]) for answer in again] == [
        {name: value for name, value in answer.items() if name != "released"} for answer in again
    ]


def test_what_is_cited_of_a_day_that_had_not_come_is_the_same_once_it_has(
    database: Connections, document: Json, edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = told(database, edge)
    ended = date.fromisoformat(edge.get(f"/v1/cohorts/{there['cohort_id']}")["cohort"]["ends_on"])
    month = 12 * (today().year - ended.year) + today().month - ended.month + 6
    compared = {"months": [month, month + 12]}
    questions = [
        (path, {"as_at": str(AHEAD), **asked, **(compared if path.endswith(("/retention", "/outcomes")) else {})})
        for path, asked in addresses(document, there | {"month": str(month)})
    ]
    answers = [edge.get(path, **asked) for path, asked in questions]
    for (path, _), answer in zip(questions, answers, strict=True):
        assert "ahead" in [each["about"] for each in answer["remarks"]], path

    with monkeypatch.context() as afterwards:
        for module in ("infra.views.reading", "api.question"):
            afterwards.setattr(f"{module}.today", day_after)
        assert [edge.get(answer["citation"]) for answer in answers] == answers
        asked_then = [edge.get(path, **asked) for path, asked in questions]
        found = zip(questions, answers, asked_then, strict=True)
        come = {path.rpartition("/")[2] for (path, _), before, after in found if young(after) < young(before)}
        assert come == {"retention", "outcomes", "promoted"}
    changed(edge, there)
    assert [edge.get(answer["citation"]) for answer in answers] == answers
