"""A log that has lost its end, as a failover to a standby that lagged leaves it: what is at hand is no longer so."""

from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.values import Purpose
from infra.log.combining import Busy
from infra.log.command import Receipt
from infra.log.desk import Act
from infra.log.event_log import EventLog
from infra.log.vault import Vault
from infra.postgres.database import pool
from infra.settings import Connections
from tests.infra.submissions import rows
from tests.infra.test_event_log import DAY, ROOM, BoxFull, BoxId, CoinId, command, made, make, opened, put, take, turn
from tests.infra.wire import wired


def end(database: Connections, position: int) -> None:
    """Have the log end at a position, on a server that has taken over."""
    with closing(psycopg.connect(database.admin or "", autocommit=True)) as owner:
        owner.execute("CREATE OR REPLACE FUNCTION log.timeline() RETURNS int LANGUAGE sql STABLE RETURN 2")
        owner.execute("SET session_replication_role = replica")
        owner.execute("DELETE FROM vault.key")
        for table, column in (("event", "position"), ("event_guard", "position"), ("command", "last_position")):
            owner.execute(f"DELETE FROM log.{table} WHERE {column} > {position}".encode())


def lose(database: Connections, position: int) -> None:
    """The same, and every connection is lost with it."""
    end(database, position)
    with closing(psycopg.connect(database.admin or "", autocommit=True)) as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def at_hand(log: EventLog, box: BoxId) -> None:
    """Have the set of a box at hand, by asking for a place in it."""
    with pytest.raises(BoxFull):
        log.decide(command(), put(CoinId.new(), box))


def taken(log: EventLog, box: BoxId) -> int:
    """A box of one, whose coin is taken out again; the record number of the last but one."""
    coin = made(log, box)
    at_hand(log, box)
    return log.decide(command(), take(coin, DAY)).position - 1


def put_in(log: EventLog, box: BoxId) -> int:
    """A box of one, and its coin."""
    made(log, box)
    at_hand(log, box)
    return 1


@pytest.mark.parametrize("losing", [end, lose])
@pytest.mark.parametrize("before", [taken, put_in])
def test_the_last_place_is_given_once_whatever_was_at_hand(
    database: Connections, before: Callable[[EventLog, BoxId], int], losing: Callable[[Connections, int], None]
) -> None:
    with opened(database) as log, opened(database) as other:
        box = make(log, room=1)
        losing(database, before(log, box))
        outcomes = [asked(each, put(CoinId.new(), box)) for each in (other, log, other, log)]
    assert outcomes == ([BoxFull] * 4 if before is taken else [Receipt, *[BoxFull] * 3])


def asked(log: EventLog, act: Act) -> type:
    """What became of a command that is sent until the server is found again."""
    while True:
        try:
            return type(log.decide(command(), act))
        except BoxFull:
            return BoxFull
        except Busy:
            continue


def test_a_call_that_was_lost_with_the_end_is_decided_again(database: Connections) -> None:
    with wired(database) as wire, opened(database, url=wire.url) as log:
        box = make(log, room=1)
        last = taken(log, box) + 1
        asking = command()

        def others_go_on() -> None:
            end(database, 1)
            with opened(database) as other:
                make(other)
                assert other.decide(command(), put(CoinId.new(), box)).position == last

        wire.cut(UUID(asking.id).bytes, "before the server reads", others_go_on)
        # All it was judged on is as it was: the box at its version, and the last position at which a coin came or went.
        with pytest.raises(BoxFull):
            log.decide(asking, put(CoinId.new(), box))


def test_nobody_is_refused_for_what_was_lost(database: Connections) -> None:
    with opened(database) as log:
        coin = made(log, make(log))
        log.decide(command(), take(coin, DAY))
        end(database, 2)
        assert asked(log, turn(coin, DAY + timedelta(days=1))) is Receipt


def test_what_was_lost_is_recorded_again_on_what_is_left(database: Connections) -> None:
    with opened(database) as log:
        coin = made(log, make(log))
        last = log.decide(command(), turn(coin, DAY)).position
        log.decide(command(), turn(coin, DAY, heads=True))
        lose(database, last)
        assert asked(log, turn(coin, DAY)) is Receipt
        assert rows(database, "SELECT log.head()") == [(last + 1,)]


@pytest.mark.parametrize("losing", [end, lose])
def test_a_key_that_was_lost_with_the_end_is_made_anew(
    database: Connections, losing: Callable[[Connections, int], None]
) -> None:
    use = str(uuid4()), Purpose.IDENTITY
    with (
        closing(pool(database.api)) as api,
        closing(pool(database.vault)) as keys,
        closing(EventLog(api, vault := Vault(keys, database.secret), database.secret, [ROOM])) as log,
        opened(database) as other,
    ):
        coin = made(other, make(other))
        lost = vault.keys([use])[use]
        assert asked(log, turn(coin, DAY)) is Receipt
        losing(database, 2)
        assert asked(log, turn(coin, DAY)) is Receipt
        with suppress(psycopg.OperationalError):  # the connection is gone as well
            vault.keys([use])
        assert vault.keys([use])[use].id != lost.id
        with closing(pool(database.vault)) as others:
            assert Vault(others, database.secret).find(lost.id) is None
