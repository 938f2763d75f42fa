"""What an operator sees of the views: how far behind, what waits, and trying again."""

import re
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import pytest

from infra.following.projector import Projector
from infra.postgres.database import connect
from infra.settings import Connections
from infra.views.builds import builds
from infra.views.view import Routed, View
from projections import VIEWS
from projections.cohort import COHORTS
from projections.person import PEOPLE
from tests.api.command_line import Line, of_roles
from tests.api.edge import Edge, problem


@contextmanager
def faulty(database: Connections, view: View[Any], **faults: Any) -> Generator[None]:
    """The views are taken to the head with this one faulty."""
    views = [replace(each, **faults) if each is view else each for each in VIEWS]
    with Projector(database.projector, views) as projector:
        while projector.step():
            pass
        yield


def unfoldable(state: Any, fact: Any) -> Any:
    raise ValueError("Ada Fenner")


def unroutable(recorded: Any) -> list[Routed]:
    raise LookupError("Ada Fenner")


@pytest.fixture
def operator(line: Line, database: Connections, monkeypatch: pytest.MonkeyPatch) -> Line:
    """The command line over the database, which waits for nothing."""
    line.sets(FELLOWTRACE_PROJECTOR_URL=of_roles(database)["FELLOWTRACE_PROJECTOR_URL"])
    monkeypatch.setattr("api.views_command.PATIENCE", 0)
    return line


def test_what_waits_is_listed_said_in_answers_and_brought_up_to_date(
    edge: Edge, database: Connections, operator: Line
) -> None:
    first, second = edge.person("Ada Fenner"), edge.person("Bo")
    assert operator.run("views", "parked").out == "Nothing waits.\n"
    cohort = edge.cohort(edge.programme())
    with faulty(database, PEOPLE, fold=unfoldable):
        listed = operator.run("views", "parked")
        assert [re.split("  +", each)[:3] for each in listed.out.splitlines()] == [
            ["view", "what waits", "since number"],
            ["person 1", f'["{first}"]', "1"],
            ["person 1", f'["{second}"]', "2"],
        ]
        assert "ValueError in test_views_command.py:" in listed.out
        assert "Ada" not in listed.out
        told = operator.run("views")
        assert told.status == 0
        assert re.search(r"person 1 .* 2 waiting since number 1", told.out)
        roster = edge.client.get(f"/v1/cohorts/{cohort}/roster").json()
        assert roster["incomplete"] == {"waiting": 2, "since": 1}
        assert "incomplete" not in edge.client.get(f"/v1/cohorts/{cohort}").json()
        assert edge.client.get("/health/ready").json()["incomplete"] == {"waiting": 2, "since": 1}
    assert operator.run("views", "replay", "cohort").out == "Nothing to try again: nothing waits.\n"
    assert operator.run("views", "replay").out == "person 1: 2 brought up to date, 0 still waiting\n"
    assert operator.run("views", "parked").out == "Nothing waits.\n"
    assert "incomplete" not in edge.get(f"/v1/cohorts/{cohort}/roster")


def test_a_view_that_is_paused_says_so_everywhere_and_goes_on(
    edge: Edge, database: Connections, operator: Line
) -> None:
    cohort = edge.cohort(edge.programme())
    edge.projector.catch_up()
    edge.person()
    with faulty(database, COHORTS, route=unroutable):
        told = operator.run("views")
        assert told.status == 1
        assert re.search(r"cohort 1 .* 3 of 4 .* paused before number 4 since .*, LookupError in test_views", told.out)
        answer = edge.client.get(f"/v1/cohorts/{cohort}").json()
        assert (answer["position"], answer["incomplete"]) == (3, {"waiting": 0, "since": 4})
        past = edge.client.get(f"/v1/cohorts/{cohort}", params={"known_at": 2}).json()
        assert "incomplete" not in past
        metrics = edge.client.get("/metrics")
        assert metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert 'fellowtrace_view_paused{view="cohort 1"} 1\n' in metrics.text
        assert 'fellowtrace_view_paused{view="person 1"} 0\n' in metrics.text
        assert 'fellowtrace_view_lag_events{view="cohort 1"} 1\n' in metrics.text
        assert "fellowtrace_record_position 4\n" in metrics.text
        assert re.search(r'fellowtrace_view_lag_seconds\{view="cohort 1"\} [0-9.]+\n', metrics.text)
    assert operator.run("views", "replay", "cohort").out == "cohort 1: goes on\n"
    assert operator.run("views").status == 0
    assert "incomplete" not in edge.client.get(f"/v1/cohorts/{cohort}").json()


def test_where_no_view_has_begun_nothing_waits_and_nothing_is_tried_again(operator: Line) -> None:
    parked, replayed = operator.run("views", "parked"), operator.run("views", "replay")
    assert (parked.status, parked.out) == (0, "Nothing waits: no view has begun.\n")
    assert (replayed.status, replayed.out) == (0, "Nothing to try again: no view has begun.\n")


def test_what_still_cannot_be_taken_is_said(
    edge: Edge, database: Connections, operator: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge.person()
    with faulty(database, PEOPLE, fold=unfoldable):
        pass
    monkeypatch.setattr("api.views_command.VIEWS", [replace(PEOPLE, fold=unfoldable)])
    tried = operator.run("views", "replay", "person")
    assert (tried.status, tried.out) == (1, "person 1: 0 brought up to date, 1 still waiting\n")
    assert "person 1" in tried.err
    assert operator.run("views", "replay", "horoscope").err.startswith("There is no view horoscope; the views are ")


def test_a_view_of_which_another_version_is_live_is_not_answered_from_and_what_to_do_is_said_everywhere(
    edge: Edge, database: Connections, operator: Line
) -> None:
    cohort = edge.cohort(edge.programme())
    assert edge.ask(f"/v1/cohorts/{cohort}/roster").status_code == 200
    with closing(connect(database.projector)) as connection:
        connection.execute("UPDATE views.checkpoint SET version = 9 WHERE view = 'person'")
    remedy = (
        "Of person, version 9 is live, and this program has version 1: `fellowtrace rebuild person` makes version 1."
    )
    problem(edge.ask(f"/v1/cohorts/{cohort}/roster"), 503, "behind")
    assert edge.ask(f"/v1/cohorts/{cohort}").status_code == 200
    assert problem(edge.client.get("/health/ready"), 503, "not_ready")["detail"] == remedy
    told = operator.run("views")
    assert told.status == 1
    assert remedy in told.out
    with closing(connect(database.projector)) as connection:
        assert {version for version, _ in builds(connection, "person")} == {9}
