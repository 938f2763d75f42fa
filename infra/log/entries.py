"""Entries of the log as readers see them: whole streams up to a position, and the entries that were irregular."""

from collections.abc import Collection
from typing import cast

from sqlalchemy import Connection, text

from domain.event import Recorded
from infra.log.envelope import COLUMNS, Row, decode

_STREAMS = text(f"""
    SELECT {COLUMNS} FROM log.event
    WHERE stream = ANY(CAST(:streams AS text[])) AND position <= :known ORDER BY stream, version""")
_NAMING = text("""
    SELECT DISTINCT stream FROM log.event_guard JOIN log.event USING (position)
    WHERE guard = :stream AND position <= :known AND starts_with(stream, :kind)""")
_HOLDING = text("SELECT DISTINCT stream FROM log.event WHERE position = ANY(CAST(:positions AS bigint[]))")
_IRREGULAR = text(f"""
    SELECT {COLUMNS} FROM log.event
    WHERE irregularities IS NOT NULL AND position > :after AND position <= :known ORDER BY position LIMIT :limit""")


def of_streams(connection: Connection, streams: Collection[str], known: int) -> list[Recorded]:
    """The entries of these streams as known at a position, stream by stream in the order they were recorded."""
    return _read(connection.execute(_STREAMS, {"streams": list(streams), "known": known}))


def naming(connection: Connection, stream: str, known: int, *, kind: str) -> list[str]:
    """The streams of a kind that have named this stream, as known at a position."""
    found = connection.execute(_NAMING, {"stream": stream, "known": known, "kind": f"{kind}:"})
    return sorted(cast(str, row[0]) for row in found)


def holding(connection: Connection, positions: Collection[int]) -> list[str]:
    """The streams that hold the entries at these positions."""
    found = connection.execute(_HOLDING, {"positions": list(positions)})
    return sorted(cast(str, row[0]) for row in found)


def irregular(connection: Connection, known: int, *, after: int = 0, limit: int = 200) -> list[Recorded]:
    """The entries that were recorded with an irregularity, in order of position, from the one after `after` on."""
    return _read(connection.execute(_IRREGULAR, {"known": known, "after": after, "limit": limit}))


def _read(rows: object) -> list[Recorded]:
    return [decode(cast(Row, tuple(row))) for row in cast("list[Row]", rows)]
