"""Several projectors of the same views: who keeps which, and what becomes of those of one that is gone."""

import multiprocessing
import os
import random
import signal
import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import replace
from threading import Event
from typing import Any

import psycopg
import pytest

from domain.event import Recorded
from infra.following.lease import NAME, Leases, shared_out
from infra.following.projector import Projector
from infra.log.reading import Row
from infra.postgres.direct import direct
from infra.settings import Connections
from infra.views.builds import followed
from tests.infra.followers import CUT, PATIENCE, eventually, following, reached, some
from tests.infra.histories import A, B, day, fold_trail, mark, thing, trail
from tests.infra.recording import Recording
from tests.infra.silence import silenced

SPAWNED = multiprocessing.get_context("spawn")
ABLE = ("mark 1", "trail 1")


def held(record: Recording) -> Mapping[str, str]:
    """Who holds which view."""
    return dict(record.projector.execute("SELECT view, holder FROM views.lease").fetchall())


def keep(url: str, entries: list[Recorded], stuck_at: int | None, told: Any) -> None:
    """Follow in a process of its own; it gets stuck in the middle of a batch, in the fact with this serial number."""
    known = {entry.position: entry for entry in entries}

    def fold(state: Any, fact: Any) -> Any:
        if fact[0].serial == stuck_at:
            told.set()
            Event().wait()
        return fold_trail(state, fact)

    def decode(row: Row) -> Recorded:
        return known[row[0]]

    views = (replace(trail(1), fold=fold), mark(1))
    with Projector(url, views, decode=decode, today=lambda: day(3)) as projector:
        projector.follow(Event())


def test_views_are_shared_out_evenly_and_stay_where_they_are_if_that_is_fair() -> None:
    views = [f"v{n}" for n in range(7)]
    alone = shared_out({"a": views}, {})
    assert set(alone.values()) == {"a"}
    two = shared_out({"a": views, "b": views}, alone)
    assert sorted([*two.values()].count(holder) for holder in "ab") == [3, 4]
    three = shared_out({"a": views, "b": views, "c": views}, two)
    assert sorted([*three.values()].count(holder) for holder in "abc") == [2, 2, 3]
    assert sum(three[view] == two[view] for view in views) == 5
    assert shared_out({"a": views, "b": views, "c": views}, three) == three
    back = shared_out({"b": views, "c": views}, three)
    assert all(back[view] == three[view] for view in views if three[view] != "a")
    assert shared_out({}, three) == {}


def test_a_view_that_one_alone_knows_is_held_by_that_one() -> None:
    assert shared_out({"a": ["x", "y"], "b": ["x", "y", "z"]}, {"x": "b", "y": "b"})["z"] == "b"
    assert set(shared_out({"a": ["x"], "b": ["x"], "c": ["y", "z"]}, {"x": "c"})) == {"x", "y", "z"}


def test_one_that_comes_is_given_its_share_and_one_that_leaves_leaves_all(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history = some(record)
    with following(projector(), poll=1_000):
        assert eventually(lambda: reached(record, history.base + 12))
        first = set(held(record).values())
        with following(projector(), poll=0.01):
            assert eventually(lambda: len(set(held(record).values())) == 2)
            assert len(first) == 1
            assert sorted(held(record)) == ["mark 1", "trail 1"]
            record.record([history.say(A, on=1), history.say(B, on=1)])
            record.owner.execute("SELECT pg_notify('fellowtrace_log', '')")
            assert eventually(lambda: reached(record, history.base + 14))
        assert eventually(lambda: set(held(record).values()) == first and len(held(record)) == 2)
    assert held(record) == {}
    record.build(record.whole, day(3))
    record.check(history, day(3))


def test_one_that_died_before_the_clock_went_back_is_replaced(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history = some(record)
    record.projector.execute(
        "INSERT INTO views.projector VALUES ('dead', %s, clock_timestamp() + interval '1 hour')", [list(ABLE)]
    )
    record.projector.execute("INSERT INTO views.lease SELECT unnest(%s::text[]), 'dead'", [list(ABLE)])
    with following(projector(), poll=1_000):
        assert eventually(lambda: reached(record, history.base + 12))


def test_one_that_is_killed_in_the_middle_of_a_batch_is_replaced(
    record: Recording, projector: Callable[..., Projector], database: Connections
) -> None:
    history = some(record)
    told = SPAWNED.Event()
    killed = SPAWNED.Process(target=keep, args=(database.projector, history.entries, 7, told))
    killed.start()
    try:
        assert told.wait(PATIENCE)
        with following(projector(), poll=1_000):
            assert killed.pid is not None
            os.kill(killed.pid, signal.SIGKILL)
            assert eventually(lambda: reached(record, history.base + 12))
    finally:
        killed.kill()
        killed.join()
        killed.close()
    record.build(record.whole, day(3))
    record.check(history, day(3))


def test_one_that_falls_silent_in_the_middle_of_a_batch_is_replaced_and_what_it_locked_is_free(
    record: Recording, projector: Callable[..., Projector], database: Connections
) -> None:
    history = some(record)
    silent = Event()
    with silenced(database.projector) as wire:

        def fold(state: Any, fact: Any) -> Any:
            if fact[0].serial == 7 and not silent.is_set():
                wire.speaks.clear()
                silent.set()
            return fold_trail(state, fact)

        lost = projector((replace(record.live[0], fold=fold), record.live[1]), url=wire.url)
        with following(lost, poll=1_000):
            assert silent.wait(PATIENCE)
            assert not reached(record, history.base + 12)
            with following(projector(), poll=1_000):
                assert eventually(lambda: reached(record, history.base + 12))
                wire.speaks.set()
                record.record([history.say(A, on=1)])
                record.owner.execute("SELECT pg_notify('fellowtrace_log', '')")
                assert eventually(lambda: reached(record, history.base + 13))
    record.build(record.whole, day(3))
    record.check(history, day(3))


def test_however_leases_are_stolen_and_sessions_cut_a_view_is_the_fold(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history, dice = record.begin(), random.Random(4)
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(following(projector(batch=3), poll=0.01))
        assert eventually(lambda: len(set(held(record).values())) == 2)
        for _ in range(25):
            made = [history.say(thing(dice.randrange(3)), on=dice.randrange(7)) for _ in range(dice.randrange(1, 9))]
            made.append(history.correct(dice.choice(made), on=dice.randrange(7)))
            record.record(made)
            thefts = [
                "UPDATE views.lease SET holder = (SELECT coalesce(min(holder), '') FROM views.projector)",
                "UPDATE views.lease SET holder = (SELECT coalesce(max(holder), '') FROM views.projector)",
                "DELETE FROM views.lease",
                "DELETE FROM views.projector",
            ]
            record.projector.execute(dice.choice(thefts).encode())
            if dice.random() < 0.2:
                record.owner.execute(CUT, (NAME,))
            assert eventually(lambda: reached(record, history.base + len(history.entries)))
    record.build(record.whole, day(3))
    record.check(history, day(3))


def test_of_a_direct_connection_both_sides_are_asked_to_miss_the_other_within_seconds(database: Connections) -> None:
    with silenced(database.projector) as wire, closing(direct(wire.url, name="test")) as connection:
        with closing(socket.socket(fileno=os.dup(connection.fileno()))) as ours:
            asked = (socket.TCP_USER_TIMEOUT, socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
            assert [ours.getsockopt(socket.IPPROTO_TCP, option) for option in asked] == [3_000, 1, 1, 2]
            assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        theirs = {
            "tcp_user_timeout": "3s",
            "tcp_keepalives_idle": "1s",
            "tcp_keepalives_interval": "1s",
            "tcp_keepalives_count": "2",
            "client_connection_check_interval": "1s",
        }
        # The server has them from us; behind this wire it listens on a Unix socket, which needs none.
        assert {f"{name}={value}" for name, value in theirs.items()} <= set(connection.info.options.split())
        assert connection.execute("SHOW client_connection_check_interval").fetchone() == ("1s",)


def test_a_lease_is_held_no_longer_than_its_holder_is_heard_of(record: Recording, database: Connections) -> None:
    def views(connection: psycopg.Connection[Any]) -> list[str]:
        return [view.title for view in followed(connection, record.live)]

    one, other = Leases(database.projector, views, span=0.0), Leases(database.projector, views)
    with closing(direct(database.projector, name="test")) as connection:
        one.beat(connection)
        assert sorted(held(record)) == list(ABLE)
        assert one.held == frozenset()
        other.beat(connection)
        assert other.held == {*ABLE}
        assert set(held(record).values()) == {other.holder}
        other.doubt("mark 1")
        assert other.held == {"trail 1"}
        other.beat(connection)
        assert other.held == {*ABLE}


@pytest.mark.parametrize("gone", ["session", "row"])
def test_one_taken_for_dead_that_is_not_comes_back(record: Recording, database: Connections, gone: str) -> None:
    def views(connection: psycopg.Connection[Any]) -> list[str]:
        return [view.title for view in record.live]

    with Leases(database.projector, views) as leases:
        assert eventually(lambda: leases.held == {*ABLE})
        if gone == "session":
            record.owner.execute(CUT, (NAME,))
        else:
            record.projector.execute("DELETE FROM views.lease")
            record.projector.execute("DELETE FROM views.projector")
            leases.doubt("mark 1")
        assert eventually(lambda: leases.held == {*ABLE} and set(held(record).values()) == {leases.holder})
    assert held(record) == {}


def test_what_is_doubted_while_leases_are_looked_at_is_not_held_before_they_are_looked_at_again(
    record: Recording, database: Connections
) -> None:
    def views(connection: psycopg.Connection[Any]) -> list[str]:
        if not asked:
            leases.doubt("mark 1")
        asked.append("once")
        return [view.title for view in record.live]

    asked: list[str] = []
    leases = Leases(database.projector, views)
    with closing(direct(database.projector, name="test")) as connection:
        leases.beat(connection)
        assert leases.held == {"trail 1"}
        leases.beat(connection)
        assert leases.held == {*ABLE}


def test_whatever_goes_wrong_signs_of_life_are_given_again_and_what_it_was_is_said_once(
    record: Recording, database: Connections, caplog: pytest.LogCaptureFixture
) -> None:
    def views(connection: psycopg.Connection[Any]) -> list[str]:
        asked.append("once")
        if len(asked) < 4:
            raise LookupError("Ada Fenner")
        return [view.title for view in record.live]

    asked: list[str] = []
    with Leases(database.projector, views) as leases:
        assert eventually(lambda: leases.held == {*ABLE})
    (said,) = [each for each in caplog.records if each.name == "infra.following.lease"]
    assert said.levelname == "ERROR"
    assert "LookupError in test_leases.py:" in said.getMessage()
    assert "Ada" not in caplog.text
