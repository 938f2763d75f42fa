"""Writing what a batch changed of a view, in bulk."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from psycopg import Connection

from infra.postgres.rows import Rows
from infra.views.columns import Column
from infra.views.counting import Counting, Delta
from infra.views.loads import arrays, unnested
from infra.views.refold import Change, Entry, Segment, Timeline
from infra.views.tables import SCHEMA
from infra.views.view import Key, View

Place: TypeAlias = tuple[Key, tuple[Any, ...]]
"""The primary key of a row of facts: the key; day, phase, slot, ordinal and drops."""


class Changes:
    """What a batch changed, gathered as it goes. What was made and undone within the batch is written once."""

    def __init__(self, after: int, ever: Mapping[str, int], counting: Sequence[Counting] = ()) -> None:
        self.opened: list[tuple[Key, Segment]] = []
        self.closed: list[tuple[Key, Segment]] = []
        self.touched: set[Key] = set()
        self.ever: dict[str, set[tuple[Any, ...]]] = {column: set() for column in ever}
        self.facts: dict[Place, int] = {}
        self.gone: list[Place] = []
        self.drops: list[tuple[int, int]] = []
        self.deltas: list[list[Delta]] = [[] for _ in counting]
        self._after = after
        self._counting = counting
        self._ever = [(index, self.ever[column]) for column, index in ever.items()]

    def changed(self, key: Key, change: Change, timeline: Timeline) -> None:
        """Segments of a key were replaced and made, and its timeline is now this."""
        self.touched.add(key)
        if self._counting and (change.opened or change.closed):
            segments = timeline.segments
            since = len(segments) - 1
            if change.closed or change.opened[0] is not segments[since]:
                first = min(segment.valid_from for segment in (*change.opened, *change.closed))
                since = bisect_left(segments, first, key=_valid_from)
            for counting, deltas in zip(self._counting, self.deltas, strict=True):
                deltas += counting.changed(change, segments, since)
        for segment in change.closed:
            if segment.known_from <= self._after:
                self.closed.append((key, segment))
        for segment in change.opened:
            self.opened.append((key, segment))
            if segment.state is not None:
                for index, held in self._ever:
                    if (value := segment.state[index]) is not None:
                        held.add((value, *key))

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
    """The statements that write one view's tables. `counting` keeps its counts, one for each grouping."""

    def __init__(self, view: View[Any]) -> None:
        self._view = view
        self._keys, self._states = view.key_columns, view.state_columns
        self._nothing = (None,) * len(self._states)
        self._dumps = [(n, column.dump) for n, column in enumerate(self._states) if column.dump is not None]
        self._key_dumps = any(column.dump is not None for column in self._keys)
        self.counting = [Counting(counts, self._states) for counts in view.tables.counts.values()]
        names = [column.quoted for column in self._keys]
        key = [(column.quoted, column.sql) for column in self._keys]
        told = [("absent", "boolean"), *((column.quoted, column.sql) for column in self._states)]
        since = [("known_from", "bigint"), ("cause", "bigint"), ("valid_from", "date")]
        place = [
            ("day", "date"),
            ("phase", "smallint"),
            ("slot", "bigint"),
            ("ordinal", "smallint"),
            ("drops", "bigint"),
        ]
        table = f"{SCHEMA}.{view.base}"

        def change(what: str, *columns: tuple[str, str], setting: str = "") -> bytes:
            """Do something to the rows that have these keys and columns; `setting` is a column's new value."""
            kinds = [kind for _, kind in columns]
            same = " AND ".join(f"row.{name} = named.{name}" for name in (*names, *(c for c, _ in columns)))
            heading = ", ".join((*names, *(column for column, _ in columns), *([setting] if setting else [])))
            asked = unnested(self._keys, *kinds, *(["bigint"] if setting else []))
            return f"{what} {asked} AS named ({heading}) WHERE {same}".encode()

        self._segments = Rows(table, [*key, *since, ("known_to", "bigint"), *told])
        self._close = change(
            f"UPDATE {table} row SET known_to = named.known_to FROM",
            ("valid_from", "date"),
            ("known_from", "bigint"),
            setting="known_to",
        )
        self._now = Rows(f"{table}_now", [*key, *since, ("next_from", "date"), *told], key=names)
        self._due = f"""
            SELECT {", ".join(column.expression("due") for column in self._keys)}
              FROM {table}_now due WHERE due.next_from <= %s::date
        """.encode()
        self._forget_facts = change(f"DELETE FROM {table}_fact row USING", *place)
        self._facts = Rows(f"{table}_fact", [*key, *place, ("position", "bigint")])
        segments, facts = self._segments.insert, self._facts.insert
        self._written = f"WITH segments AS ({segments}), facts AS ({facts}) {self._now.insert}".encode()
        self._ever: dict[str, tuple[list[Column], bytes]] = {}
        for column in self._states:
            if column.name in view.ever:
                columns = [column, *self._keys]
                into = f"{table}_ever_{column.name} (value, {', '.join(names)})"
                insert = f"INSERT INTO {into} SELECT * FROM {unnested(columns)} ON CONFLICT DO NOTHING"
                self._ever[column.name] = columns, insert.encode()
        self._insert_drops = (
            f"INSERT INTO {table}_drop (slot, target) SELECT * FROM unnest(%s::bigint[], %s::bigint[])".encode()
        )
        self._advance = (
            f"UPDATE {SCHEMA}.checkpoint SET position = %s::bigint "
            "WHERE view = %s AND version = %s::int AND stage = %s AND position = %s::bigint RETURNING build"
        ).encode()

    def advance(self, connection: Connection[Any], after: int, last: int) -> UUID | None:
        """Move the checkpoint on, and tell which build it is of; None if it does not stand where it should.

        Until the end of the transaction nobody else can.
        """
        view = self._view
        moved = connection.execute(self._advance, (last, view.name, view.version, view.stage, after)).fetchone()
        return None if moved is None else moved[0]

    def write(
        self, connection: Connection[Any], changes: Changes, today: date, timelines: Mapping[Key, Timeline]
    ) -> None:
        """Segments, facts, counts, `ever`, which slots leave out which, and what holds today of the keys of timelines.

        Nothing is asked of the server on the way, and most of it goes in the last statement: who sends in a pipeline
        need not wait while the server writes.
        """
        if changes.closed:
            spans = [(s.valid_from, s.known_from, s.known_to) for _, s in changes.closed]
            parameters = arrays(self._keys, [key for key, _ in changes.closed])
            connection.execute(self._close, [*parameters, *_across(spans)])
        if changes.gone:
            parameters = arrays(self._keys, [key for key, _ in changes.gone])
            connection.execute(self._forget_facts, [*parameters, *_across([place for _, place in changes.gone])])
        for counting, deltas in zip(self.counting, changes.deltas, strict=True):
            if deltas:
                counting.write(connection, deltas)
        for name, (columns, statement) in self._ever.items():
            if rows := sorted(changes.ever[name]):
                connection.execute(statement, arrays(columns, rows))
        if changes.drops:
            connection.execute(self._insert_drops, _across(changes.drops))
        if changes.opened or changes.facts or timelines:
            opened = [
                (*self._key(key), s.known_from, s.cause, s.valid_from, s.known_to, s.state is None, *self._told(s))
                for key, s in changes.opened
            ]
            facts = [(*self._key(key), *place, position) for (key, place), position in changes.facts.items()]
            written = *self._segments.arrays(opened), *self._facts.arrays(facts), *self._present(today, timelines)
            connection.execute(self._written, written)

    def write_now(self, connection: Connection[Any], today: date, timelines: Mapping[Key, Timeline]) -> None:
        """Say of these keys what holds today."""
        connection.execute(self._now.insert.encode(), self._present(today, timelines))

    def due(self, connection: Connection[Any], today: date) -> list[Key]:
        """The keys whose present state has run out."""
        return [
            tuple(column.parse(value) for column, value in zip(self._keys, row, strict=True))
            for row in connection.execute(self._due, (today,))
        ]

    def _present(self, today: date, timelines: Mapping[Key, Timeline]) -> list[str]:
        return self._now.arrays([self._held(key, timeline, today) for key, timeline in timelines.items()])

    def _held(self, key: Key, timeline: Timeline, today: date) -> tuple[Any, ...]:
        segments, current = timeline.segments, timeline.current(today)
        next_from = segments[current + 1].valid_from if current + 1 < len(segments) else None
        if current < 0:
            return (*self._key(key), None, None, None, next_from, True, *self._nothing)
        now = segments[current]
        absent = now.state is None
        return (*self._key(key), now.known_from, now.cause, now.valid_from, next_from, absent, *self._told(now))

    def _key(self, key: Key) -> Key:
        if self._key_dumps:
            return tuple(c.dump(part) if c.dump else part for c, part in zip(self._keys, key, strict=True))
        return key

    def _told(self, segment: Segment) -> Sequence[Any]:
        """The columns of the state, as psycopg writes them."""
        if segment.state is None:
            return self._nothing
        if not self._dumps:
            return segment.state
        values = list(segment.state)
        for n, dump in self._dumps:
            if values[n] is not None:
                values[n] = dump(values[n])
        return values


def _across(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """An array for each column of these rows."""
    return [list(column) for column in zip(*rows, strict=True)]


def _valid_from(segment: Segment) -> date:
    return segment.valid_from
