"""F10 and F11: projectors that race, are killed, and are cut off at every statement and commit; no view may tell."""

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

import psycopg
from psycopg.sql import SQL, Identifier

from api.processes import Child, start_projector
from infra.following.projector import Projector
from infra.settings import Connections
from infra.views.view import View
from projections import VIEWS
from tests.crash.running import PATIENCE
from tests.office import Office
from tests.projections.by_hand_story import Story

Digests = Mapping[str, str]
"""A digest of all rows of each table of the views, in an order of their own."""


class Raced(NamedTuple):
    """How many projectors were killed on the way, and the tables that differ from those built in peace."""

    kills: int
    differ: Sequence[str]


class Cut(NamedTuple):
    """At how many places a projector was cut off, and the tables that differed after it had gone on."""

    places: int
    differ: Sequence[str]


def raced(connections: Connections, seed: int, expected: Digests, *, projectors: int = 2) -> Raced:
    """F10: several projectors keep the same views, and one after the other is killed and replaced, to the head."""
    random, kills = Random(seed), 0
    running = [start_projector(connections) for _ in range(projectors)]
    deadline = time.monotonic() + PATIENCE * 2
    try:
        while not _at_head(connections):
            if time.monotonic() > deadline:
                raise TimeoutError("the views do not reach the head")
            time.sleep(random.random() * 0.5)
            if kills < 2 * projectors:
                number = random.randrange(projectors)
                _kill(running[number])
                running[number] = start_projector(connections)
                kills += 1
    finally:
        for child in running:
            child.end()
        for child in running:
            child.ended()
    return Raced(kills, differing(digests(connections, VIEWS), expected))


def _kill(child: Child) -> None:
    child.process.kill()
    child.ended()


def until_level(connections: Connections) -> None:
    """Wait until all views have come to where the log ends now, or further. Raises TimeoutError."""
    deadline, head = time.monotonic() + PATIENCE, None
    while time.monotonic() < deadline:
        with suppress(psycopg.OperationalError), psycopg.connect(connections.projector) as connection:
            while head is None or _lowest(connection) < head:
                head = head or _head(connection)
                connection.rollback()
                time.sleep(0.01)
                if time.monotonic() > deadline:
                    break
            else:
                return
        time.sleep(0.01)
    raise TimeoutError("the views do not come level with the log")


def _at_head(connections: Connections) -> bool:
    with psycopg.connect(connections.projector) as connection:
        return _lowest(connection) == _head(connection)


def _head(connection: psycopg.Connection[Any]) -> int:
    ((head,),) = connection.execute("SELECT log.head()").fetchall()
    return int(head)


def _lowest(connection: psycopg.Connection[Any]) -> int:
    """The position that all views have reached; -1 as long as one of them is not there."""
    if connection.execute("SELECT to_regclass('views.checkpoint')").fetchone() == (None,):
        return -1
    reached = [position for (position,) in connection.execute("SELECT position FROM views.checkpoint")]
    return min(reached) if len(reached) >= len(VIEWS) else -1


def cut_everywhere(
    connections: Connections, views: Sequence[View[Any]], expected: Digests, points: Sequence[int] | None = None
) -> Cut:
    """F11: a projector loses its connection at the n-th place of all (see `cut_at`), or at those given, and goes on."""
    done, differ = 0, list[str]()
    for point in points if points is not None else range(1, 100_000):
        dropped(connections)
        with (
            cut_at(point) as met,
            Projector(connections.projector, views, batch=25) as projector,
            suppress(psycopg.Error),
        ):
            projector.catch_up()
        with Projector(connections.projector, views, batch=25) as projector:
            projector.catch_up()
        if not met:
            break
        done += 1
        differ += [f"{name} at {point}" for name in differing(digests(connections, views), expected)]
    return Cut(done, differ)


@contextmanager
def cut_at(point: int) -> Generator[list[int]]:
    """Have the connection lost at the n-th place; the list says whether it came to that.

    Places are before each statement, before each commit, and after it: what is then committed is told as lost.
    """
    met: list[int] = []
    count = 0
    execute, copy, many = psycopg.Cursor[Any].execute, psycopg.Cursor[Any].copy, psycopg.Cursor[Any].executemany
    leave = psycopg.Transaction.__exit__

    def lost(connection: psycopg.Connection[Any]) -> bool:
        nonlocal count
        count += 1
        if count == point:
            met.append(count)
            connection.close()
        return count == point

    def executed(cursor: psycopg.Cursor[Any], *given: Any, **how: Any) -> Any:
        lost(cursor.connection)
        return execute(cursor, *given, **how)

    def copied(cursor: psycopg.Cursor[Any], *given: Any, **how: Any) -> Any:
        lost(cursor.connection)
        return copy(cursor, *given, **how)

    def executed_many(cursor: psycopg.Cursor[Any], *given: Any, **how: Any) -> None:
        lost(cursor.connection)
        many(cursor, *given, **how)

    def left(transaction: psycopg.Transaction, kind: Any, error: BaseException | None, trace: Any) -> bool:
        if error is not None:
            return leave(transaction, kind, error, trace)
        lost(transaction.connection)
        told = leave(transaction, kind, error, trace)
        if lost(transaction.connection):
            raise psycopg.OperationalError("the connection was lost before the answer")
        return told

    with (
        patch.object(psycopg.Cursor, "execute", executed),
        patch.object(psycopg.Cursor, "copy", copied),
        patch.object(psycopg.Cursor, "executemany", executed_many),
        patch.object(psycopg.Transaction, "__exit__", left),
    ):
        yield met


def built(connections: Connections, views: Sequence[View[Any]]) -> Digests:
    """The digests of views that are built in peace, in large batches; their tables are gone afterwards."""
    with Projector(connections.projector, views) as projector:
        projector.catch_up()
    found = digests(connections, views)
    dropped(connections)
    return found


def digests(connections: Connections, views: Sequence[View[Any]]) -> Digests:
    """The digest of each table of these views."""
    found: dict[str, str] = {}
    with psycopg.connect(connections.projector) as connection:
        for table in (table.name for view in views for table in view.tables.own):
            row = connection.execute(
                SQL("SELECT md5(coalesce(string_agg(md5(t::text), '' ORDER BY t::text), '')) FROM views.{} t").format(
                    Identifier(table)
                )
            ).fetchone()
            assert row is not None
            found[table] = row[0]
    return found


def differing(found: Digests, expected: Digests) -> list[str]:
    """The tables whose digests differ."""
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))


def dropped(connections: Connections) -> None:
    """Take the views away, tables and all."""
    with psycopg.connect(connections.projector, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'views'::regnamespace AND relkind = 'r'"
        )
        for (name,) in tables.fetchall():
            connection.execute(SQL("DROP TABLE views.{} CASCADE").format(Identifier(name)))


def tell(connections: Connections) -> None:
    """Record a small history of facts of every kind, in a database made for a demonstration."""
    with closing(Office(connections)) as office:
        Story(office).tell()
    dropped(connections)
