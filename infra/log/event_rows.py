"""Reading the log: in pages and in order, by position, and by slot."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from domain.event import Recorded
from infra.log.reading import COLUMNS, Row
from infra.postgres.collecting import collecting_later

Decode = Callable[[Row], Recorded]

PAGE = 1_000
"""Events from which on a page is decoded while the server still reads the rest of it."""
_CHUNK = 200
"""Rows that are taken over from the server at once, of such a page."""
_AFTER = f"""
    SELECT {COLUMNS} FROM log.event WHERE position > %s::bigint AND position <= %s::bigint ORDER BY position
""".encode()
_AT = f"SELECT {COLUMNS} FROM log.event WHERE position = ANY (%s::bigint[])".encode()
_OF_SLOTS = f"""
    SELECT {COLUMNS} FROM log.event WHERE position = ANY (%(slots)s::bigint[]) AND position < %(before)s::bigint
    UNION ALL
    SELECT {COLUMNS} FROM log.event
     WHERE slot = ANY (%(slots)s::bigint[]) AND slot <> position AND position < %(before)s::bigint
""".encode()
_SLOTS = """
    SELECT e.stream, e.version, e.slot
      FROM unnest(%s::text[], %s::int[]) AS named (stream, version)
      JOIN log.event e ON e.stream = named.stream AND e.version = named.version
"""


class PositionMissing(Exception):
    """The log has a gap where a position should be. Nothing is read past it."""


@dataclass(frozen=True)
class Batch:
    """Consecutive events of the log, and the way to what they refer to.

    `after` is the position before the first; `last` that of the last event.
    """

    after: int
    events: Sequence[Recorded]
    rows: "EventRows"

    @property
    def last(self) -> int:
        """The position of the last event; `after` where there is none."""
        return self.after + len(self.events)


class EventRows:
    """The log as one connection sees it. `decode` makes an event of a row."""

    def __init__(self, connection: Connection[Any], decode: Decode) -> None:
        self._connection = connection
        self._decode = decode

    def after(self, position: int, limit: int, to: int | None = None) -> Batch:
        """The next events after a position, at most `limit`, none past `to`. Raises PositionMissing."""
        last = position + limit if to is None else min(position + limit, to)
        with collecting_later(kept=True):
            events = self._read(_AFTER, (position, last), streamed=last - position >= PAGE)
        if events and events[-1].position != position + len(events):
            gap, found = next((at, e.position) for at, e in enumerate(events, position + 1) if e.position != at)
            raise PositionMissing(f"position {gap} is not in the log, but {found} is")
        return Batch(position, events, self)

    def at(self, positions: Iterable[int]) -> dict[int, Recorded]:
        """The events at these positions."""
        return {event.position: event for event in self._read(_AT, (list(positions),))}

    def of_slots(self, slots: Iterable[int], before: int) -> list[Recorded]:
        """The entries of these slots below a position, oldest first."""
        events = self._read(_OF_SLOTS, {"slots": list(slots), "before": before})
        return sorted(events, key=lambda event: event.position)

    def slots(self, named: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """The slots of entries, by stream and version."""
        streams, versions = [stream for stream, _ in named], [version for _, version in named]
        found = self._connection.execute(_SLOTS, (streams, versions))
        return {(stream, version): slot for stream, version, slot in found}

    def _read(self, statement: bytes, parameters: Any, *, streamed: bool = False) -> list[Recorded]:
        decode = self._decode
        with self._connection.cursor(binary=True) as cursor:
            if streamed:
                return [decode(row) for row in cursor.stream(statement, parameters, size=_CHUNK)]
            return [decode(row) for row in cursor.execute(statement, parameters).fetchall()]
