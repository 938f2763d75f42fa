"""Waiting for a view: woken by word of it, looking for oneself where that is lost, and holding no connection."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from threading import Event

import pytest
import sqlalchemy as sa
from psycopg.conninfo import make_conninfo

from infra.following.projector import Projector
from infra.postgres import database as databases
from infra.settings import Connections
from infra.views import waiting
from infra.views.reading import Behind, BeyondTheRecord, settled
from infra.views.waiting import CHANNEL, Arrivals
from tests.infra.followers import PATIENCE, eventually
from tests.infra.histories import A
from tests.infra.recording import Recording

LISTENS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fellowtrace arrivals' AND datname = %s"


@pytest.fixture
def arrivals(database: Connections) -> Iterator[Arrivals]:
    with closing(Arrivals(database.api)) as opened:
        yield opened


@pytest.fixture
def engine(database: Connections) -> Iterator[sa.Engine]:
    """An engine with one connection, which cannot be had twice."""
    made = databases.engine(database.api, size=1)
    yield made
    made.dispose()


def listening(record: Recording, database: Connections) -> bool:
    """Whether somebody waits for word of the views."""
    row = record.owner.execute(
        LISTENS + " AND query LIKE 'LISTEN%%' AND state = 'idle'", (database.database,)
    ).fetchone()
    return row == (1,)


def asked(record: Recording, engine: sa.Engine, arrivals: Arrivals, least: int, patience: float = PATIENCE) -> int:
    """The position at which an answer stands that must not be older."""
    with settled(engine, record.live, arrivals, least=least, patience=patience) as (_, at):
        return at.known


def test_who_waits_is_woken_and_holds_no_connection(
    record: Recording,
    projector: Callable[..., Projector],
    database: Connections,
    arrivals: Arrivals,
    engine: sa.Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "_POLL", 1_000.0)
    history = record.begin()
    history.say(A, on=1)
    record.record(history.entries)
    assert eventually(lambda: listening(record, database))
    with projector() as followed, ThreadPoolExecutor(2) as threads:
        waits: list[Future[int]] = [threads.submit(asked, record, engine, arrivals, history.base + 1) for _ in range(2)]
        assert eventually(lambda: arrivals.waiting == 2)
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT 1")).scalar() == 1
        followed.catch_up()
        assert [wait.result(PATIENCE) for wait in waits] == [history.base + 1] * 2


@pytest.mark.parametrize("lost", ["the word", "the connection"])
def test_where_no_word_comes_it_looks_for_itself(
    record: Recording,
    projector: Callable[..., Projector],
    database: Connections,
    arrivals: Arrivals,
    engine: sa.Engine,
    lost: str,
) -> None:
    history = record.begin()
    history.say(A, on=1)
    record.record(history.entries)
    assert eventually(lambda: listening(record, database))
    with projector() as followed, ThreadPoolExecutor(1) as threads:
        wait = threads.submit(asked, record, engine, arrivals, history.base + 1)
        assert eventually(lambda: arrivals.waiting == 1)
        if lost == "the connection":
            record.owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fellowtrace arrivals'"
                " AND datname = %s",
                (database.database,),
            )
            followed.catch_up()
        else:
            with record.projector.transaction():
                for view in record.live:
                    record.projector.execute(
                        "UPDATE views.checkpoint SET position = %s WHERE view = %s AND version = 1",
                        (history.base + 1, view.name),
                    )
        assert wait.result(PATIENCE) == history.base + 1
    if lost == "the connection":
        assert eventually(lambda: listening(record, database))


def test_who_has_looked_is_not_woken_by_what_was_said_before(
    record: Recording, database: Connections, arrivals: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "_POLL", 1_000.0)
    assert eventually(lambda: listening(record, database))

    def say(view: str, position: int) -> int:
        """Have a word heard; returns a ticket taken after it."""
        before = arrivals.ticket()
        record.owner.execute("SELECT pg_notify(%s, %s)", (CHANNEL, json.dumps({view: position})))
        assert eventually(lambda: arrivals.ticket() > before)
        return arrivals.ticket()

    ticket = say("trail 1", 7)
    with ThreadPoolExecutor(1) as threads:
        wait = threads.submit(arrivals.wait, ticket, "trail 1", 7, 1_000)
        assert eventually(lambda: arrivals.waiting == 1 or wait.done())
        say("mark 1", 7)
        assert not wait.done()
        say("trail 1", 7)
        wait.result(PATIENCE)


@pytest.mark.parametrize("said", ["", "12", '{"trail 1": "x"}', "[]", '{"trail 1": 1, "mark 1": 1}'])
def test_what_others_say_there_misleads_nobody(
    record: Recording, database: Connections, arrivals: Arrivals, engine: sa.Engine, said: str
) -> None:
    history = record.begin()
    history.say(A, on=1)
    record.record(history.entries)
    assert eventually(lambda: listening(record, database))
    with ThreadPoolExecutor(1) as threads:
        wait = threads.submit(asked, record, engine, arrivals, history.base + 1, 0.3)
        record.owner.execute("SELECT pg_notify(%s, %s)", (CHANNEL, said))
        with pytest.raises(Behind) as behind:
            wait.result(PATIENCE)
        assert behind.value.reached == history.base
    before = arrivals.ticket()
    record.owner.execute("SELECT pg_notify(%s, %s)", (CHANNEL, json.dumps({"trail 1": 1})))
    assert eventually(lambda: arrivals.ticket() > before)


def test_what_the_record_has_not_reached_is_not_waited_for(
    record: Recording, arrivals: Arrivals, engine: sa.Engine
) -> None:
    history = record.begin()
    with pytest.raises(BeyondTheRecord, match=f"record number {history.base + 1} does not exist"):
        asked(record, engine, arrivals, history.base + 1, 1_000)


def test_it_is_closed_at_once_and_those_that_wait_look_for_themselves(database: Connections) -> None:
    arrivals = Arrivals(database.api)
    done = Event()

    def wait() -> None:
        arrivals.wait(arrivals.ticket(), "trail 1", 1, PATIENCE)
        done.set()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(wait)
        arrivals.close()
        assert done.wait(PATIENCE)


def test_it_starts_while_there_is_no_server(record: Recording, database: Connections) -> None:
    nowhere = make_conninfo(database.api, host="127.0.0.1", port=1)
    with closing(Arrivals(nowhere)) as arrivals:
        arrivals.wait(arrivals.ticket(), "trail 1", 1, 0.01)
        assert not arrivals.standby
