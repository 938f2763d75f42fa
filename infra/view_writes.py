"""Writing what a batch changed of a view, in bulk."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, TypeAlias

from psycopg import Connection

from infra.columns import Column
from infra.refold import Change, Entry, Segment, Timeline
from infra.view import Key, View
from infra.view_loads import arrays, unnested
from infra.view_tables import SCHEMA

Place: TypeAlias = tuple[Key, tuple[date, int, int, int, int]]
"""The primary key of a row of facts: the key, and day, phase, slot, ordinal, drops."""


class Changes:
    """What a batch changed, gathered as it goes. Rows made and closed within the batch are written once."""

    def __init__(self, after: int, ever: Sequence[tuple[str, int]]) -> None:
        self.after = after
        self.opened: list[tuple[Key, Segment]] = []
        self.closed: list[tuple[Key, Segment]] = []
        self.touched: set[Key] = set()
        self.ever: dict[str, set[tuple[Any, ...]]] = {column: set() for column, _ in ever}
        self.drops: list[tuple[int, int]] = []
        self.facts: dict[Place, int] = {}
        self.gone: list[Place] = []
        self._ever = ever

    def changed(self, key: Key, change: Change) -> None:
        """Segments of a key were replaced and made."""
        self.touched.add(key)
        for segment in change.closed:
            if segment.known_from <= self.after:
                self.closed.append((key, segment))
        for segment in change.opened:
            self.opened.append((key, segment))
            if segment.state is not None:
                for column, index in self._ever:
                    if (value := segment.state[index]) is not None:
                        self.ever[column].add((value, *key))

    def entered(self, key: Key, entries: Iterable[Entry]) -> None:
        """Entries came into the effective order."""
        for entry in entries:
            self.facts[key, entry[:5]] = entry.position

    def left(self, key: Key, entries: Iterable[Entry]) -> None:
        """Entries went out of it."""
        for entry in entries:
            place = key, entry[:5]
            if self.facts.pop(place, None) is None:
                self.gone.append(place)


class ViewWrites:
    """The statements that write one view's tables."""

    def __init__(self, view: View[Any]) -> None:
        self._view = view
        self._keys, self._states = view.key_columns, view.state_columns
        names = [column.name for column in self._keys]
        table = f"{SCHEMA}.{view.name}_{view.version}"
        states = [column.name for column in self._states]

        def copy(name: str, *columns: str) -> bytes:
            return f"COPY {name} ({', '.join((*names, *columns))}) FROM STDIN".encode()

        def same(row: str, *columns: str) -> str:
            return " AND ".join(f"{row}.{name} = named.{name}" for name in (*names, *columns))

        def named(*columns: str) -> str:
            return f"named ({', '.join((*names, *columns))})"

        self._copy_segments = copy(table, "known_from", "known_to", "cause", "valid_from", "absent", *states)
        self._close = f"""
            UPDATE {table} row SET known_to = named.known_to
              FROM {unnested(self._keys, "date", "bigint", "bigint")} AS {named("valid_from", "known_from", "known_to")}
             WHERE {same("row", "valid_from", "known_from")}
        """.encode()
        self._forget_now = (
            f"DELETE FROM {table}_now row USING {unnested(self._keys)} AS {named()} WHERE {same('row')}".encode()
        )
        now_columns = ("known_from", "cause", "valid_from", "next_from", "absent", *states)
        self._copy_now = copy(f"{table}_now", *now_columns)
        place = ("day", "phase", "slot", "ordinal", "drops")
        self._forget_facts = f"""
            DELETE FROM {table}_fact row
             USING {unnested(self._keys, "date", "smallint", "bigint", "smallint", "bigint")} AS {named(*place)}
             WHERE {same("row", *place)}
        """.encode()
        self._copy_facts = copy(f"{table}_fact", *place, "position")
        self._ever: dict[str, tuple[list[Column], bytes]] = {}
        for column in self._states:
            if column.name in view.ever:
                columns = [column, *self._keys]
                statement = (
                    f"INSERT INTO {table}_ever_{column.name} (value, {', '.join(names)}) "
                    f"SELECT * FROM {unnested(columns)} ON CONFLICT DO NOTHING"
                )
                self._ever[column.name] = columns, statement.encode()
        self._insert_drops = (
            f"INSERT INTO {table}_drop (slot, target) SELECT * FROM unnest(%s::bigint[], %s::bigint[])".encode()
        )
        self._advance = (
            f"UPDATE {SCHEMA}.checkpoint SET position = %s::bigint "
            "WHERE view = %s AND version = %s::int AND position = %s::bigint"
        ).encode()
        same_segment = " AND ".join(f"row.{name} = due.{name}" for name in names)
        self._due = f"""
            SELECT {", ".join(column.expression("due") for column in self._keys)}
              FROM {table}_now due WHERE due.next_from <= %s::date
        """.encode()
        _ = same_segment

    def advance(self, connection: Connection[Any], after: int, last: int) -> bool:
        """Move the checkpoint on, if it stands where it should. Until the end of the transaction nobody else can."""
        moved = connection.execute(self._advance, (last, self._view.name, self._view.version, after))
        return moved.rowcount == 1

    def due(self, connection: Connection[Any], today: date) -> list[Key]:
        """The keys whose present state has run out."""
        return [
            tuple(column.parse(value) for column, value in zip(self._keys, row, strict=True))
            for row in connection.execute(self._due, (today,))
        ]

    def write(self, connection: Connection[Any], changes: Changes) -> None:
        """Segments, facts, `ever` and the links of superseding slots."""
        if changes.closed:
            keys = [key for key, _ in changes.closed]
            segments = [segment for _, segment in changes.closed]
            connection.execute(
                self._close,
                [
                    *arrays(self._keys, keys),
                    [segment.valid_from for segment in segments],
                    [segment.known_from for segment in segments],
                    [segment.known_to for segment in segments],
                ],
            )
        self._copy(
            connection,
            self._copy_segments,
            (
                (*self._key(key), s.known_from, s.known_to, s.cause, s.valid_from, s.state is None, *self._values(s))
                for key, s in changes.opened
            ),
            len(changes.opened),
        )
        if changes.gone:
            places = [place for _, place in changes.gone]
            parameters: list[list[Any]] = arrays(self._keys, [key for key, _ in changes.gone])
            connection.execute(self._forget_facts, [*parameters, *map(list, zip(*places, strict=True))])
        self._copy(
            connection,
            self._copy_facts,
            ((*self._key(key), *place, position) for (key, place), position in changes.facts.items()),
            len(changes.facts),
        )
        for name, (columns, statement) in self._ever.items():
            if rows := sorted(changes.ever[name]):
                connection.execute(statement, arrays(columns, rows))
        if changes.drops:
            connection.execute(self._insert_drops, [list(column) for column in zip(*changes.drops, strict=True)])

    def write_now(self, connection: Connection[Any], today: date, timelines: Sequence[tuple[Key, Timeline]]) -> None:
        """Say of these keys what holds today."""
        if not timelines:
            return
        connection.execute(self._forget_now, arrays(self._keys, [key for key, _ in timelines]))
        self._copy(connection, self._copy_now, (self._present(key, t, today) for key, t in timelines), len(timelines))

    def _present(self, key: Key, timeline: Timeline, today: date) -> tuple[Any, ...]:
        segments, current = timeline.segments, timeline.current(today)
        next_from = segments[current + 1].valid_from if current + 1 < len(segments) else None
        timeline.trim(current)
        if current < 0:
            return (*self._key(key), None, None, None, next_from, True, *self._nothing)
        now = segments[current] if False else timeline.segments[0]
        return (*self._key(key), now.known_from, now.cause, now.valid_from, next_from, now.state is None)

    def _copy(self, connection: Connection[Any], statement: bytes, rows: Iterable[tuple[Any, ...]], count: int) -> None:
        if count:
            with connection.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
