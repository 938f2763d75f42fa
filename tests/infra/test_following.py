"""Following the log: wake-ups, and what happens when connections, notifications and servers go away."""

import json
from collections.abc import Callable
from contextlib import closing

import psycopg
import pytest

from infra.following.lease import NAME
from infra.following.projector import Projector
from infra.settings import Connections
from tests.infra.followers import CUT, PATIENCE, eventually, following, reached, some
from tests.infra.histories import A, B
from tests.infra.recording import Recording


def test_it_follows_when_the_log_says_that_it_has_grown(record: Recording, projector: Callable[..., Projector]) -> None:
    history = some(record)
    with following(projector(), poll=1_000):
        assert eventually(lambda: reached(record, history.base + 12))
        record.record([history.say(A, on=1), history.say(B, on=2)])

        def told() -> bool:
            record.owner.execute("SELECT pg_notify('fellowtrace_log', '')")
            return reached(record, history.base + 14)

        assert eventually(told)


def test_it_looks_for_itself_where_no_word_comes(record: Recording, projector: Callable[..., Projector]) -> None:
    history = some(record)
    with following(projector(), poll=0.01):
        assert eventually(lambda: reached(record, history.base + 12))
        record.record([history.say(A, on=1)])
        assert eventually(lambda: reached(record, history.base + 13))


@pytest.mark.parametrize("which", ["", "LISTEN fellowtrace_log", "views.lease"])
def test_it_comes_back_after_its_connections_are_cut(
    record: Recording, projector: Callable[..., Projector], which: str
) -> None:
    history = some(record)
    with following(projector(), poll=1_000):
        assert eventually(lambda: reached(record, history.base + 12))
        record.record([history.say(A, on=1)])
        assert record.owner.execute(CUT + " AND query LIKE '%%' || %s || '%%'", (NAME, which)).fetchall()
        if which == "views.lease":
            record.owner.execute("SELECT pg_notify('fellowtrace_log', '')")
        assert eventually(lambda: reached(record, history.base + 13))


def test_it_says_how_far_views_have_moved_on(
    record: Recording, projector: Callable[..., Projector], database: Connections
) -> None:
    with closing(psycopg.connect(database.api, autocommit=True)) as listener:
        listener.execute("LISTEN fellowtrace_views")
        history = some(record)
        with projector() as followed:
            followed.catch_up()
        heard = list(listener.notifies(timeout=PATIENCE, stop_after=1))
    there = history.base + 12
    assert [notice.payload for notice in heard] == [json.dumps({"trail 1": there, "mark 1": there})]
