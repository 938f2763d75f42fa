"""Views that are behind: whether to ask again, or to see to it first that somebody keeps them."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from threading import Event, Thread

import pytest

from infra.following.projector import Projector
from infra.postgres.database import connect
from infra.settings import Connections
from projections import VIEWS
from tests.api.edge import edge_of, problem
from tests.api.test_citation import remarks

ADVICE = "Nobody keeps cohort 1, programme 1 at the moment, so that asking again does not help: run the projector"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who keeps a view is looked up however little it is behind."""
    monkeypatch.setattr("api.reader.LATE", 0)


def test_an_answer_of_views_that_nobody_keeps_says_what_to_do(database: Connections) -> None:
    with edge_of(database, patience=0.01) as edge:
        edge.cohort(edge.programme())
        edge.projector.catch_up()
        position = edge.do("/v1/people", name="Ada")["position"]
        refused = problem(edge.client.get("/v1/cohorts", params={"min_position": position}), 503, "behind")
        assert ADVICE in refused["detail"]
        said = remarks(edge.client.get("/v1/cohorts").json())["behind"]
        assert ADVICE in said
        assert f"1 entry after record number {position - 1}" in said


@contextmanager
def kept_and_held_up(database: Connections) -> Generator[None]:
    """A projector keeps the views, and what it would write next waits for another."""
    stop = Event()
    with Projector(database.projector, VIEWS) as projector, closing(connect(database.projector)) as other:
        keeping = Thread(target=projector.follow, args=[stop])
        with other.transaction():
            other.execute("SELECT FROM views.checkpoint FOR UPDATE")
            keeping.start()
            yield
        stop.set()
        keeping.join()


def test_of_views_that_are_kept_it_is_said_to_ask_again(database: Connections) -> None:
    with edge_of(database, patience=0.01) as edge:
        edge.cohort(edge.programme())
        edge.projector.catch_up()
        with kept_and_held_up(database):
            while not all(each["kept"] for each in edge.client.get("/health/ready").json()["lag"].values()):
                pass
            position = edge.do("/v1/people", name="Ada")["position"]
            refused = problem(edge.client.get("/v1/cohorts", params={"min_position": position}), 503, "behind")
            assert refused["detail"].endswith(f"{position} was asked for.")
            assert "Ask again" in remarks(edge.client.get("/v1/cohorts").json())["behind"]
