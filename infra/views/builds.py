"""The builds of a view: the live one, which questions are asked of; one filled beside it; and the one before it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from infra.views.tables import SCHEMA, based
from infra.views.view import View

LIVE, NEXT, FORMER = "", "next", "former"
"""Stages: what questions are asked of, what is filled beside it, and what it took the place of."""

_BEGUN = SQL("SELECT to_regclass('views.checkpoint')")
_ALL = SQL("SELECT version, stage, position, build::text FROM views.checkpoint WHERE view = %s ORDER BY version, stage")
# As JSON, so that it can be asked of the checkpoints of a database from before views had builds.
_THERE = SQL("SELECT view, version, coalesce(to_jsonb(c) ->> 'stage', '') FROM views.checkpoint c")
_FORGET = SQL("DELETE FROM views.checkpoint WHERE view = %s AND version = %s AND stage = %s RETURNING build")
_WAITED = [
    SQL("DELETE FROM views.{} WHERE build = %s").format(Identifier(name)) for name in ("parked", "waiting", "paused")
]
_TABLES = """
    SELECT relname FROM pg_class
     WHERE relnamespace = to_regnamespace('views') AND relkind = 'r'
       AND relname ~ ('^' || %s::text || '(_now|_fact|_drop|_(ever|delta|block|total|group)_[a-z0-9_]+)?$')
     ORDER BY relname
"""


class Build(NamedTuple):
    """One build of a view: its version and stage, how far it has followed the log, and what names it for ever."""

    version: int
    stage: str
    position: int
    id: str


def builds(connection: Connection[Any], name: str) -> dict[tuple[int, str], Build]:
    """The builds that there are of a view, by version and stage."""
    if connection.execute(_BEGUN).fetchone() == (None,):
        return {}
    found = [Build(*row) for row in connection.execute(_ALL, (name,))]
    return {(build.version, build.stage): build for build in found}


def followed(connection: Connection[Any], views: Sequence[View[Any]]) -> list[View[Any]]:
    """These views, and of those that are live the builds before them which are still there; not those held back."""
    there = _there(connection)
    back = _back(there, views)
    listed: list[View[Any]] = []
    for view in views:
        if view.title not in back:
            listed.append(view)
            if view.stage == LIVE and (view.name, view.version, FORMER) in there:
                listed.append(view.staged(FORMER))
    return listed


def held_back(connection: Connection[Any], views: Sequence[View[Any]]) -> dict[str, int]:
    """Which of these views are not to be kept, by title, and the version that is live instead of each.

    They are live ones of a version that was never made, where another one is live. It is not for whoever follows the
    log to fill them: that is a rebuild, which fills them beside the other one, compares the two, and releases them.
    """
    return _back(_there(connection), views)


def _back(there: set[tuple[str, int, str]], views: Sequence[View[Any]]) -> dict[str, int]:
    live = {name: version for name, version, stage in sorted(there) if stage == LIVE}
    return {
        view.title: live[view.name]
        for view in views
        if view.stage == LIVE and view.name in live and (view.name, view.version, LIVE) not in there
    }


def _there(connection: Connection[Any]) -> set[tuple[str, int, str]]:
    """The name, version and stage of all builds of all views."""
    if connection.execute(_BEGUN).fetchone() == (None,):
        return set()
    return set(connection.execute(_THERE).fetchall())


def tables_of(connection: Connection[Any], base: str) -> list[str]:
    """The tables of a build, whatever its declaration was, by what their names begin with."""
    return [table for (table,) in connection.execute(_TABLES, (base,))]


def drop(connection: Connection[Any], name: str, version: int, stage: str) -> bool:
    """Take a build away: its tables, and what is said of it. Tells whether there was one."""
    with connection.transaction():
        if connection.execute(_BEGUN).fetchone() == (None,):
            return False
        gone = connection.execute(_FORGET, (name, version, stage)).fetchone()
        if gone is None:
            return False
        for statement in _WAITED:
            connection.execute(statement, gone)
        for table in tables_of(connection, based(name, version, stage)):
            connection.execute(SQL("DROP TABLE {}").format(Identifier(SCHEMA, table)))
        return True
