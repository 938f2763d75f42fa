"""Letting another build of a view be the one that questions are asked of: all its tables get the plain names at once.

PostgreSQL plans by name: a query that comes after finds the other tables, one that came before keeps those it has read
from until its transaction ends, and none is told of it.
"""

import random
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from psycopg import Connection
from psycopg.errors import DeadlockDetected, LockNotAvailable
from psycopg.sql import SQL, Identifier

from infra.views.builds import FORMER, LIVE, Build, builds, drop, tables_of
from infra.views.tables import SCHEMA, based
from infra.views.view import View

T = TypeVar("T")

_ASIDE = "aside"
"""The stage of a build in the middle of a swap."""
# Shorter than deadlock_timeout: it is never a query that is given up.
_BLINK = "SET LOCAL lock_timeout = '200ms'"
_LOCK = "SELECT position FROM views.checkpoint WHERE view = %s AND version = %s AND stage = %s FOR UPDATE"
_INDEXES = """
    SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE indrelid = to_regclass(%s)
"""
_STAGE = SQL("UPDATE views.checkpoint SET stage = %s WHERE view = %s AND version = %s AND stage = %s")
_RECORD = SQL("""
    INSERT INTO views.release (position, view, version, build, compared_with, differing, why)
    VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
""")
_KNOWN = SQL("SELECT FROM views.release WHERE position = %s")


class Release(NamedTuple):
    """That a build of a view came to be the one that questions are asked of.

    `position` is that of the entry which says so. `compared_with` is the version of the build before it, if there was
    one; `differing` counts the rows that were not the same in both, and `why` says why that is right.
    """

    position: int
    view: str
    version: int
    build: str
    compared_with: int | None
    differing: int
    why: str | None


class NoSuchBuild(Exception):
    """The build that is to be asked from now on is not there."""


class StillAsked(Exception):
    """Queries or projectors kept a view in use until patience ran out; nothing was changed."""


def done(connection: Connection[Any], release: Release) -> bool:
    """Whether a release has been carried out."""
    return connection.execute(_KNOWN, (release.position,)).fetchone() is not None


def swap(
    connection: Connection[Any],
    view: View[Any],
    release: Release,
    bring: Callable[[str, int], object],
    *,
    patience: float = 60.0,
) -> None:
    """Carry a release out, in one transaction; `view` is the live view of that version.

    The build that was live becomes the former one, and the former one before it is dropped, unless that is live now.
    `bring` takes the build of a stage to a position, over another connection: what comes is never behind what
    goes. Done already, it does nothing. Raises NoSuchBuild and StillAsked.
    """

    def exchange() -> None:
        if not done(connection, release):
            with connection.transaction():
                _swap(connection, view, release, bring)

    patiently(exchange, view.title, patience)


def patiently(work: Callable[[], T], title: str, patience: float) -> T:
    """Try a piece of work again, for so many seconds, where others hold what it needs. Raises StillAsked.

    Whoever locks the checkpoints of several builds of one view locks that of the live one first.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return work()
        except (LockNotAvailable, DeadlockDetected):
            if time.monotonic() >= deadline:
                raise StillAsked(f"queries or projectors kept {title} in use") from None
            time.sleep(random.uniform(0.01, 0.1))


def _swap(connection: Connection[Any], view: View[Any], release: Release, bring: Callable[[str, int], object]) -> None:
    name, version = view.name, view.version
    live = connection.execute(_LOCK, (name, version, LIVE)).fetchone()
    there = builds(connection, name)
    coming = next((build for build in there.values() if build.id == release.build), None)
    if coming is None or coming.version != version:
        raise NoSuchBuild(f"the build of {view.title} that was released is not there")
    if coming.stage != LIVE:
        if live is not None:
            bring(coming.stage, live[0])
        connection.execute(_LOCK, (name, version, coming.stage))
        connection.execute(_BLINK)
        _lock(connection, (build for build in there.values() if build.version == version), name)
        if live is not None:
            _rename(connection, view, LIVE, _ASIDE)
        _rename(connection, view, coming.stage, LIVE)
        if live is not None:
            drop(connection, name, version, FORMER)
            _rename(connection, view, _ASIDE, FORMER)
    connection.execute(_RECORD, release)


def _lock(connection: Connection[Any], held: Iterable[Build], name: str) -> None:
    """Wait until nobody uses any table of these builds, and keep everybody from them."""
    tables = [table for build in held for table in tables_of(connection, based(name, build.version, build.stage))]
    names = SQL(", ").join(Identifier(SCHEMA, table) for table in tables)
    connection.execute(SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names))


def _rename(connection: Connection[Any], view: View[Any], stage: str, to: str) -> None:
    """Give a build another stage: its tables, their indexes and its checkpoint."""
    old, new = (based(view.name, view.version, each) for each in (stage, to))
    for table in tables_of(connection, old):
        indexes = connection.execute(_INDEXES, (f"{SCHEMA}.{table}",)).fetchall()
        renamed = Identifier(new + table.removeprefix(old))
        connection.execute(SQL("ALTER TABLE {} RENAME TO {}").format(Identifier(SCHEMA, table), renamed))
        for (index,) in indexes:
            renamed = Identifier(index.replace(old, new, 1))
            connection.execute(SQL("ALTER INDEX {} RENAME TO {}").format(Identifier(SCHEMA, index), renamed))
    connection.execute(_STAGE, (to, view.name, view.version, stage))
