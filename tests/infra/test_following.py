"""Following the log: wake-ups, and what happens when connections, notifications and servers go away."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import date
from threading import Thread

import psycopg
import pytest

from infra.following.lease import NAME
from infra.following.projector import Projector
from infra.postgres.database import connect
from infra.settings import Connections
from infra.views.builds import FORMER, LIVE
from tests.infra.followers import CUT, PATIENCE, eventually, following, reached, some
from tests.infra.histories import A, B, day
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


def test_it_goes_on_whatever_goes_wrong_and_says_once_what_that_was(
    record: Recording, projector: Callable[..., Projector], caplog: pytest.LogCaptureFixture
) -> None:
    history = some(record)
    asked: list[str] = []

    def today() -> date:
        asked.append("once")
        # As long as the views are rolled to today, the first time when their engines are made.
        if 2 < len(asked) < 6:
            raise LookupError("Ada Fenner")
        return day(3)

    with following(projector(today=today), poll=0.01):
        assert eventually(lambda: reached(record, history.base + 12))
    said = [each for each in caplog.records if each.name == "infra.following.projector"]
    assert [each.levelname for each in said] == ["ERROR"]
    assert "LookupError in test_following.py:" in said[0].getMessage()
    assert "Ada" not in caplog.text


@pytest.mark.parametrize("grade", [1, 4], ids=["both views concerned", "one view passed over"])
def test_of_one_view_the_live_build_is_locked_before_the_one_that_was_live_before(
    record: Recording, projector: Callable[..., Projector], database: Connections, grade: int
) -> None:
    history = record.begin()
    for view in record.live:
        record.prepare(view.staged(FORMER), history.base)
    lock = "SELECT FROM views.checkpoint WHERE view = %s AND stage = %s AND version = 1 FOR UPDATE NOWAIT"
    waiting = "SELECT FROM pg_stat_activity WHERE application_name LIKE %s || '%%' AND wait_event_type = 'Lock'"
    with projector() as followed, closing(connect(database.projector)) as keeping:
        followed.catch_up()
        for number, view in enumerate(record.live):
            record.record([history.say(A, on=number, grade=grade)])
            taking = Thread(target=followed.catch_up)
            with keeping.transaction():
                keeping.execute(lock, (view.name, LIVE))
                taking.start()
                assert eventually(lambda: record.owner.execute(waiting, (NAME,)).fetchone() is not None)
                keeping.execute(lock, (view.name, FORMER))
            taking.join(PATIENCE)
    assert reached(record, history.base + 2)
