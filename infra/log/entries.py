"""Entries of the log as readers see them: whole streams up to a position, and the entries that were irregular."""

from collections.abc import Collection, Sequence
from typing import Any, cast

from sqlalchemy import Connection

from domain.event import Recorded
from infra.log.reading import COLUMNS, Row, decode
from infra.postgres.prepared import Prepared

_STREAMS = Prepared(f"""
    SELECT {COLUMNS} FROM log.event
    WHERE stream = ANY(CAST(:streams AS text[])) AND position <= CAST(:known AS bigint) ORDER BY stream, version""")
_FIRST = Prepared(f"SELECT {COLUMNS} FROM log.event WHERE stream = CAST(:stream AS text) AND version = 1")
_NAMING = Prepared("""
    SELECT DISTINCT stream FROM log.event_guard JOIN log.event USING (position)
    WHERE guard = CAST(:stream AS text) AND position <= CAST(:known AS bigint)
      AND starts_with(stream, CAST(:kind AS text))""")
_HOLDING = Prepared("SELECT DISTINCT stream FROM log.event WHERE position = ANY(CAST(:positions AS bigint[]))")
_IRREGULAR = Prepared(f"""
    SELECT {COLUMNS} FROM log.event
    WHERE irregularities IS NOT NULL AND position > CAST(:after AS bigint) AND position <= CAST(:known AS bigint)
    ORDER BY position LIMIT CAST(:limit AS bigint)""")


def of_streams(connection: Connection, streams: Collection[str], known: int) -> list[Recorded]:
    """The entries of these streams as known at a position, stream by stream in the order they were recorded."""
    return _STREAMS.rows(connection, {"streams": list(streams), "known": known}, _recorded)


def first(connection: Connection, stream: str) -> Recorded | None:
    """The entry that a stream begins with, whenever it was recorded; None where there is none."""
    found = _FIRST.rows(connection, {"stream": stream}, _recorded)
    return found[0] if found else None


def naming(connection: Connection, stream: str, known: int, *, kind: str) -> list[str]:
    """The streams of a kind that have named this stream, as known at a position."""
    return sorted(_NAMING.column(connection, {"stream": stream, "known": known, "kind": f"{kind}:"}))


def holding(connection: Connection, positions: Collection[int]) -> list[str]:
    """The streams that hold the entries at these positions."""
    return sorted(_HOLDING.column(connection, {"positions": list(positions)}))


def irregular(connection: Connection, known: int, *, after: int = 0, limit: int = 200) -> list[Recorded]:
    """The entries that were recorded with an irregularity, in order of position, from the one after `after` on."""
    return _IRREGULAR.rows(connection, {"known": known, "after": after, "limit": limit}, _recorded)


def _recorded(row: Sequence[Any]) -> Recorded:
    return decode(cast(Row, row))
