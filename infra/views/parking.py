"""Keys of a view that wait: an event could not be folded into them, and what came after it waits behind it, in order.

A key that waits is left as it was before that event, at every day and position, and the rest of the view goes on. What
waits is kept by position and read from the log again when the key is brought up to date (`infra.following.replay`).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from traceback import extract_tb
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection

from infra.views.view import Key

_SINCE = "SELECT key, position FROM views.parked WHERE build = %s"
_PARK = """
    INSERT INTO views.parked (build, key, position, error)
    SELECT %s, * FROM unnest(%s::text[], %s::bigint[], %s::text[])
"""
_WAIT = "INSERT INTO views.waiting (build, key, position) SELECT %s, * FROM unnest(%s::text[], %s::bigint[])"
_PARKED = """
    SELECT parked.key, parked.position, parked.since, parked.error,
           (SELECT count(*) FROM views.waiting WHERE waiting.build = parked.build AND waiting.key = parked.key)
      FROM views.parked JOIN views.checkpoint USING (build)
     WHERE view = %s AND version = %s::int AND stage = %s ORDER BY parked.position, parked.key
"""
_PAUSE = """
    INSERT INTO views.paused (build, position, error)
    SELECT build, position + 1, %s FROM views.checkpoint WHERE view = %s AND version = %s::int AND stage = %s
    ON CONFLICT (build) DO UPDATE SET position = excluded.position, error = excluded.error, since = CASE
        WHEN paused.position = excluded.position THEN paused.since ELSE excluded.since END
"""


class Failed(NamedTuple):
    """That an event could not be folded into a key: its position, and what the fault is; see `fault`."""

    position: int
    error: str


class CannotProject(Exception):
    """An event cannot be routed, folded or written. The view stays where it was.

    `failed` tells the keys that alone are concerned, each with its first such event; nothing, where that is not known.
    """

    def __init__(self, view: str, position: int, failed: Mapping[Key, Failed]) -> None:
        self.view, self.position, self.failed = view, position, failed
        super().__init__(f"view {view} cannot take the event at position {position}")


class Parked(NamedTuple):
    """A key that waits: since which position and moment, what fault stopped it, and how many events wait."""

    key: str
    position: int
    since: datetime
    fault: str
    events: int


def fault(error: BaseException) -> str:
    """What kind of error it is, and which line raised it: what it says may hold what people told in confidence."""
    if isinstance(error, CannotProject):
        found = [failed.error for failed in error.failed.values()]
        return found[0] if found else fault(error.__cause__ or Exception())
    lines = [frame for frame in extract_tb(error.__traceback__) if "site-packages" not in frame.filename]
    where = f" in {Path(lines[-1].filename).name}:{lines[-1].lineno}" if lines else ""
    return f"{type(error).__name__}{where}"


class Waits:
    """Which keys wait while a batch is followed, from which positions on, and what the batch adds to that.

    `since` tells of the keys that waited before, `poison` of those that wait from now on.
    """

    def __init__(self, since: Mapping[str, int], poison: Mapping[Key, Failed]) -> None:
        self.poison = poison
        self._since = {**since, **{named(key): failed.position for key, failed in poison.items()}}
        self.failed: dict[Key, Failed] = {}
        self.passed_over: dict[tuple[str, int], None] = {}

    def __call__(self, key: Key, position: int) -> bool:
        """Whether an event at this position waits, as far as this key is concerned."""
        if not self._since:
            return False
        since = self._since.get(named(key))
        return since is not None and position >= since

    def pass_over(self, key: Key, position: int) -> None:
        """An event that waits concerns this key."""
        self.passed_over[named(key), position] = None

    def fail(self, key: Key, position: int, error: Exception) -> None:
        """An event cannot be folded into this key: nothing more is."""
        self.failed[key] = Failed(position, fault(error))
        self._since[named(key)] = position


class AllBut(Waits):
    """All keys wait but one, which is brought up to date."""

    def __init__(self, key: str) -> None:
        super().__init__({}, {})
        self._key = key

    def __call__(self, key: Key, position: int) -> bool:
        """Whether this is another key, or an event has failed before."""
        return named(key) != self._key or super().__call__(key, position)


def named(key: Key) -> str:
    """A key in one text, the same for the same key."""
    return json.dumps(key, default=str, separators=(",", ":"))


def waits(connection: Connection[Any], build: UUID, poison: Mapping[Key, Failed]) -> Waits:
    """Which keys of a build wait, those that are to wait from now on among them."""
    return Waits(dict(connection.execute(_SINCE, (build,)).fetchall()), poison)


def keep(connection: Connection[Any], build: UUID, waits: Waits) -> None:
    """Write down what a batch added to what waits, in the transaction that is open."""
    if waits.poison:
        rows = [(named(key), *failed) for key, failed in waits.poison.items()]
        connection.execute(_PARK, (build, *map(list, zip(*rows, strict=True))))
    if waits.passed_over:
        connection.execute(_WAIT, (build, *map(list, zip(*waits.passed_over, strict=True))))


def parked(connection: Connection[Any], view: str, version: int, stage: str) -> list[Parked]:
    """The keys of a build that wait, by position."""
    return [Parked(*row) for row in connection.execute(_PARKED, (view, version, stage))]


def pause(connection: Connection[Any], view: str, version: int, stage: str, error: BaseException) -> None:
    """Write down that a build cannot take the event after its checkpoint, and what fault stops it."""
    connection.execute(_PAUSE, (fault(error), view, version, stage))
