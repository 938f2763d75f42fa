"""How far views have come, and what is left out of them: keys that wait, and what comes after a view that is paused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

import sqlalchemy as sa

from infra.postgres.prepared import Prepared
from infra.views.view import View

_HEAD = Prepared("SELECT log.head()")
_MADE = Prepared("SELECT to_regclass('views.paused') IS NOT NULL")
_made: WeakSet[sa.Engine] = WeakSet()
"""Databases in which a projector has made the tables."""

_NAMED = """
    unnest(CAST(:names AS text[]), CAST(:versions AS int[]), CAST(:stages AS text[])) AS named (view, version, stage)
"""
_STANDING = Prepared(f"""
    SELECT view, version, stage, coalesce(position, 0),
           EXISTS (SELECT FROM views.parked WHERE parked.build = checkpoint.build)
           OR EXISTS (SELECT FROM views.paused WHERE paused.build = checkpoint.build),
           (SELECT coalesce(max(position), 0) FROM log.event)
      FROM {_NAMED} LEFT JOIN views.checkpoint USING (view, version, stage)
""")
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
class Standing:
    """How far the log and views of it have come: the one furthest behind, and whether anything may be left out."""

    head: int
    title: str
    position: int
    left_out: bool


def head(connection: sa.Connection) -> int:
    """The last position of the log."""
    position: int = _HEAD.value(connection, {})
    return position


def standing(connection: sa.Connection, views: Sequence[View[object]]) -> Standing:
    """How far the log and these views have come, asked in one statement; a view that was not begun stands at 0."""
    if connection.engine not in _made:
        if not _MADE.value(connection, {}):
            return Standing(head(connection), views[0].title, 0, False)
        _made.add(connection.engine)
    rows = {tuple(row[:3]): row for row in _STANDING.rows(connection, _named(views), tuple)}
    found = [(rows[view.name, view.version, view.stage], view.title) for view in views]
    (*_, position, _, reached), title = min(found, key=lambda each: each[0][3])
    return Standing(reached, title, position, any(row[4] for row, _ in found))


def incomplete(connection: sa.Connection, views: Sequence[View[object]], known: int) -> Incomplete | None:
    """What is left out of these views as known at a position; None where nothing is.

    A view that is paused right after that position is told of: what was recorded since is not in it.
    """
    rows = _LEFT_OUT.rows(connection, {"known": known, **_named(views)}, tuple)
    since = [row[1] for row in rows if row[1] is not None]
    return Incomplete(sum(row[0] for row in rows), min(since)) if since else None


def _named(views: Sequence[View[object]]) -> Mapping[str, Any]:
    return {
        "names": [view.name for view in views],
        "versions": [view.version for view in views],
        "stages": [view.stage for view in views],
    }
