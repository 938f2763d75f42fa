"""How far views have come, and what is left out of them: keys that wait, and what comes after a view that is paused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from psycopg.errors import UndefinedTable

from infra.postgres.prepared import Prepared
from infra.views.tables import SCHEMA, based
from infra.views.view import View

RECORD = "the record"
"""What is behind where the log itself does not reach so far."""
_HEAD = Prepared("SELECT log.head()")
_LOG = Prepared("SELECT log.head(), number FROM log.terms")
_MADE = Prepared("SELECT to_regclass('views.paused') IS NOT NULL")

_NAMED = """
    unnest(CAST(:names AS text[]), CAST(:versions AS int[]), CAST(:stages AS text[])) AS named (view, version, stage)
"""
_LEFT_OUT = Prepared(f"""
    SELECT (SELECT count(*) FROM views.parked WHERE build = c.build AND position <= CAST(:known AS bigint)),
           least((SELECT min(position) FROM views.parked WHERE build = c.build AND position <= CAST(:known AS bigint)),
                 (SELECT position FROM views.paused
                   WHERE build = c.build AND position = c.position + 1 AND position <= CAST(:known AS bigint) + 1))
      FROM views.checkpoint c JOIN {_NAMED} USING (view, version, stage)
""")


@dataclass(frozen=True, slots=True)
class Incomplete:
    """That something is left out: how many keys of the views wait, and from which position on not all is in them."""

    waiting: int
    since: int


@dataclass(frozen=True, slots=True)
class Reached:
    """How far the log and views of it have come: the one furthest behind, and whether anything may be left out.

    `terms` are those of the log: no key that was destroyed by then opens anything that is read from here on. `views`
    are how they are cited: by title, and after an @ the position at which the build was released, if it was.
    """

    head: int
    terms: int
    title: str
    position: int
    left_out: bool
    views: tuple[str, ...] = ()


class _Live(NamedTuple):
    """How far a view has come, and the log: a row of what tells of both."""

    view: str
    version: int
    stage: str
    position: int
    left_out: bool
    released: int | None
    """At which position its build was released; None where it was not."""
    head: int
    terms: int


class _LeftOut(NamedTuple):
    """What is left out of one view: how many keys wait, and from which position on not all is in it."""

    waiting: int
    since: int | None


def head(connection: sa.Connection) -> int:
    """The last position of the log."""
    position: int = _HEAD.value(connection, {})
    return position


def of_the_log(connection: sa.Connection) -> Reached:
    """How far the log has come, by itself."""
    ((position, terms),) = _LOG.rows(connection, {}, tuple)
    return Reached(position, terms, RECORD, position, False)


def reached(connection: sa.Connection, views: Sequence[View[object]]) -> Reached:
    """How far the log and these views have come, asked in one statement; a view that was not begun stands at 0.

    What is asked of the views in the same transaction is answered by the builds of which this is told.
    """
    named = tuple((view.name, view.version, view.stage) for view in views)
    try:
        found = _reached(named, held=True).rows(connection, {}, _Live._make)
    except UndefinedTable:
        # A view was not begun, or was taken away: there is nothing to hold.
        connection.connection.rollback()
        if not _MADE.value(connection, {}):
            titles = tuple(view.title for view in views)
            return replace(of_the_log(connection), title=titles[0], position=0, views=titles)
        found = _reached(named, held=False).rows(connection, {}, _Live._make)
    rows = {(row.view, row.version, row.stage): row for row in found}
    of_each = [(rows[each], view.title) for each, view in zip(named, views, strict=True)]
    last, title = min(of_each, key=lambda each: each[0].position)
    cited = tuple(each if row.released is None else f"{each}@{row.released}" for row, each in of_each)
    return Reached(last.head, last.terms, title, last.position, any(row.left_out for row in found), cited)


def incomplete(connection: sa.Connection, views: Sequence[View[object]], known: int) -> Incomplete | None:
    """What is left out of these views as known at a position; None where nothing is.

    A view that is paused right after that position is told of: what was recorded since is not in it.
    """
    rows = _LEFT_OUT.rows(connection, {"known": known, **_named(views)}, _LeftOut._make)
    since = [row.since for row in rows if row.since is not None]
    return Incomplete(sum(row.waiting for row in rows), min(since)) if since else None


def _named(views: Sequence[View[object]]) -> Mapping[str, Any]:
    return {
        "names": [view.name for view in views],
        "versions": [view.version for view in views],
        "stages": [view.stage for view in views],
    }


@cache
def _reached(views: Sequence[tuple[str, int, str]], *, held: bool) -> Prepared:
    """How far views have come. It has no parameters, for which the server would plan it anew each time.

    What is `held` keeps its tables, of which no row is read, until the transaction ends: a build takes the place of
    another when nobody uses any table of either.
    """
    named = ", ".join(f"('{name}', {version}, '{stage}')" for name, version, stage in views)
    tables = [f"LEFT JOIN (SELECT FROM {SCHEMA}.{based(*view)}) ON false" for view in views if held]
    return Prepared(f"""
        SELECT view, version, stage, coalesce(position, 0),
               EXISTS (SELECT FROM views.parked WHERE parked.build = checkpoint.build)
               OR EXISTS (SELECT FROM views.paused WHERE paused.build = checkpoint.build),
               (SELECT max(release.position) FROM views.release
                 WHERE release.view = named.view AND release.build = checkpoint.build),
               (SELECT coalesce(max(position), 0) FROM log.event), (SELECT number FROM log.terms)
          FROM (VALUES {named}) AS named (view, version, stage)
          LEFT JOIN views.checkpoint USING (view, version, stage)
          {" ".join(tables)}
    """)
