"""A database whose log takes histories as they are, two builds of each view over it, and what both must answer."""

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing, contextmanager
from datetime import date
from typing import Any, TypeAlias

import psycopg
import sqlalchemy as sa
from psycopg.sql import SQL, Identifier
from sqlalchemy.dialects.postgresql import ARRAY

from domain.event import Recorded
from infra.log.event_rows import EventRows
from infra.log.reading import Row
from infra.postgres import database
from infra.settings import Connections
from infra.views.engine import Engine
from infra.views.view import View
from tests.infra.brute_force import Answer, Known
from tests.infra.histories import History, ThingId, day, fold_mark, fold_trail, mark, route_mark, route_trail, trail

DAYS = range(-1, 8)
"""The days that answers are compared on; facts lie on days 0 to 6."""
Expected: TypeAlias = dict[tuple[str, date, int, tuple[Any, ...]], Answer]
"""Answers by view, day, position and key."""
RULES = {"trail": (route_trail, fold_trail), "mark": (route_mark, fold_mark)}


class Recording:
    """The log and its views. `live` are built as a test will have it, `whole` in one batch by a fresh engine."""

    def __init__(self, owner: psycopg.Connection[Any], projector: psycopg.Connection[Any], reader: sa.Engine) -> None:
        self.owner, self.projector, self.reader = owner, projector, reader
        self.live: tuple[View[Any], ...] = (trail(1), mark(1))
        self.whole: tuple[View[Any], ...] = (trail(2), mark(2))
        self.entries: dict[int, Recorded] = {}
        self._everything = [everything(view) for view in self.live]
        self._one_value = [everything(view, **{view.ever[0]: sa.bindparam("value")}) for view in self.live]
        self._present = [present(view) for view in self.live]
        self._stretches = [sa.select(view.throughout(sa.bindparam("known", type_=sa.BigInteger))) for view in self.live]
        self._counts = [{by: counts(view, by) for by in view.counted} for view in self.live]
        self._joined = joined(self.live[1], self.live[0])
        for view in (*self.live, *self.whole):
            Engine(view, today=day(0)).create(projector)

    def begin(self) -> History:
        """An empty history after what is in the log; the views are emptied and stand where it begins."""
        base = self.owner.execute("SELECT coalesce(max(position), 0) FROM log.event").fetchone()
        assert base is not None
        for view in (*self.live, *self.whole):
            self.empty(view, base[0])
        self.entries.clear()
        return History(base[0])

    def prepare(self, view: View[Any], base: int) -> None:
        """Make a view's tables; it stands at `base`."""
        Engine(view, today=day(0)).create(self.projector)
        self.empty(view, base)

    def empty(self, view: View[Any], base: int) -> None:
        """Take away what a view holds; it stands at `base`."""
        for table in view.tables.own:
            self.projector.execute(SQL("DELETE FROM views.{}").format(Identifier(table.name)))
        self.projector.execute(
            "UPDATE views.checkpoint SET position = %s WHERE view = %s AND version = %s AND stage = %s",
            (base, view.name, view.version, view.stage),
        )

    def record(self, entries: Iterable[Recorded]) -> None:
        """Write entries into the log. Their bytes are left out: the reader of rows here knows them by position."""
        for entry in entries:
            self.entries[entry.position] = entry
            self.owner.execute(
                "INSERT INTO log.event (position, stream, version, kind, schema_version, slot, recorded_at, envelope,"
                " state) VALUES (%s, %s, %s, %s, 1, %s, %s, '', '')",
                (entry.position, entry.stream, entry.version, entry.event.kind, entry.slot, entry.recorded_at),
            )

    def decode(self, row: Row) -> Recorded:
        """The entry of a row."""
        entry = self.entries[row[0]]
        assert (entry.stream, entry.version, entry.slot) == (row[1], row[2], row[5])
        return entry

    def rows(self) -> EventRows:
        """The reader of the log."""
        return EventRows(self.projector, self.decode)

    def follow(self, engine: Engine, size: int) -> int:
        """Take the engine's view one batch further; the number of events in it."""
        with self.projector.transaction():
            rows = self.rows()
            batch = rows.after(engine.reached(self.projector), size)
            if batch.events:
                engine.apply(self.projector, batch)
            return len(batch.events)

    def lose(self, engine: Engine, size: int) -> None:
        """Take the engine's view one batch further in a transaction that never commits."""
        with self.projector.transaction(force_rollback=True):
            self.follow(engine, size)

    def build(self, views: Iterable[View[Any]], today: date, size: int = 1_000) -> None:
        """Take views to the head with fresh engines."""
        for view in views:
            engine = Engine(view, today=today)
            while self.follow(engine, size):
                pass

    def ask(self, statement: sa.Select[Any], **parameters: Any) -> Sequence[sa.Row[Any]]:
        """The rows of a statement, as the api's role reads them."""
        with self.reader.begin() as connection:
            return connection.execute(statement, parameters).all()

    def dump(self, view: View[Any]) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of a view's tables, by table, without the version in the names."""
        return {
            table.name.removeprefix(view.base): sorted(
                self.projector.execute(SQL("SELECT * FROM views.{}").format(Identifier(table.name))), key=repr
            )
            for table in view.tables.own
        }

    def settle(self, history: History, *, today: int = 6) -> None:
        """Record a history, take the views over it entry by entry and in one batch, and hold them against the law."""
        self.record(history.entries)
        for view in self.live:
            for _ in history.entries:
                self.follow(Engine(view, today=day(today), hold=0), 1)
        self.build(self.whole, day(today))
        self.check(history, day(today))

    def trail(self, history: History, thing: ThingId, *, on: int, known: int | None = None) -> str:
        """What has been said of a thing by the end of a day, as known after so many entries (all, unless given)."""
        known = len(history.entries) if known is None else known
        told = self.live[0].as_of(day(on), history.base + known, keys=[(thing,)])
        return " ".join(row.said.strip().replace(".0", "") for row in self.ask(sa.select(told)))

    def check(self, history: History, today: date) -> None:
        """Hold the live views against the law, and against themselves."""
        expected = answers(history)
        self.check_answers(history, expected)
        self.check_stretches(history, expected)
        self.check_joined(history, expected)
        self.check_present(history, today, expected)
        self.check_counts(history, expected)
        for view in (*self.live, *self.whole):
            self.check_rows(view)
        for live, whole in zip(self.live, self.whole, strict=True):
            assert self.dump(live) == self.dump(whole), f"{live.title} and {whole.title} differ"

    def check_answers(self, history: History, expected: Expected) -> None:
        """Every view at every (V, K) is what the brute force says; also where only one value is looked up."""
        for view, everything, one_value in zip(self.live, self._everything, self._one_value, strict=True):
            column = view.ever[0]
            wanted = {(v, k, key): a for (name, v, k, key), a in expected.items() if name == view.name}
            rows = self.ask(everything, **grid(history))
            assert {(row.v, row.k, key): a for row in rows for key, a in [parse(view, row[2:])]} == wanted
            for value in sorted({getattr(answer.state, column) for answer in wanted.values()}):
                rows = self.ask(one_value, value=value, **grid(history))
                found = {(row.v, row.k, key): a for row in rows for key, a in [parse(view, row[2:])]}
                assert found == {at: a for at, a in wanted.items() if getattr(a.state, column) == value}, value
                assert len(rows) == len(found)

    def check_stretches(self, history: History, expected: Expected) -> None:
        """The stretches of days of each key are the brute force's answers on those days."""
        for view, stretches in zip(self.live, self._stretches, strict=True):
            for known in {history.base + len(history.entries) // 2, history.base + len(history.entries)}:
                found: dict[Any, Answer] = {}
                for row in self.ask(stretches, known=known):
                    key, answer = parse(view, row[:-1])
                    for v in (day(n) for n in DAYS):
                        if row.valid_from <= v and (row.valid_to is None or v < row.valid_to):
                            assert (v, key) not in found
                            found[v, key] = answer
                assert found == {
                    (v, key): answer
                    for (name, v, k, key), answer in expected.items()
                    if (name, k) == (view.name, known)
                }

    def check_joined(self, history: History, expected: Expected) -> None:
        """Two views joined at one (V, K) are the brute force's answers joined."""
        wanted: list[tuple[Any, ...]] = []
        for (name, v, k, key), answer in expected.items():
            if name == "mark":
                other = expected.get(("trail", v, k, key[:1]))
                said, cause = (other.state.said, other.cause) if other else (None, None)
                wanted.append((v, k, *key, answer.state.grade, said, cause))
        assert sorted(tuple(row) for row in self.ask(self._joined, **grid(history))) == sorted(wanted)

    def check_present(self, history: History, today: date, expected: Expected) -> None:
        """`now` is the brute force's answer today and on every later day, before the rows are rolled on."""
        head = history.base + len(history.entries)
        days = [day(n) for n in DAYS if day(n) >= today]
        for view, present in zip(self.live, self._present, strict=True):
            rows = self.ask(present, days=days)
            found = {(row.v, key): answer for row in rows for key, answer in [parse(view, row[1:])]}
            assert len(rows) == len(found)
            assert found == {
                (v, key): answer
                for (name, v, k, key), answer in expected.items()
                if name == view.name and k == head and v >= today
            }

    def check_counts(self, history: History, expected: Expected) -> None:
        """The counts at every (V, K) are those of the brute force's answers."""
        for view, groupings in zip(self.live, self._counts, strict=True):
            for by, counts in groupings.items():
                wanted: Counter[tuple[Any, ...]] = Counter()
                for (name, v, k, _), answer in expected.items():
                    if name == view.name:
                        group = tuple(getattr(answer.state, column) for column in by)
                        wanted[v, k, *group] += None not in group
                columns = [column for name in by for column in view.state_columns if column.name == name]
                found = {
                    (row.v, row.k, *(c.parse(value) for c, value in zip(columns, row[2:-1], strict=True))): row.n
                    for row in self.ask(counts, **grid(history))
                }
                assert found == +wanted, f"{view.title} by {by}"

    def check_rows(self, view: View[Any]) -> None:
        """Rows in force never overlap; no row is known for no time; none says what the one before it says already."""
        table = view.tables.segments
        one, other = table.alias(), table.alias()
        keys = [one.c[name] == other.c[name] for name in view.tables.key]
        overlapping = sa.select(one, other).where(
            *keys,
            one.c.valid_from == other.c.valid_from,
            one.c.known_from < other.c.known_from,
            other.c.known_from < one.c.known_to,
        )
        assert self.ask(overlapping) == []
        assert self.ask(sa.select(one).where(one.c.known_from >= one.c.known_to)) == []
        segments = self.ask(sa.select(table))
        for known in {row.known_from for row in segments} | {row.known_to for row in segments}:
            before: dict[tuple[Any, ...], Any] = {}
            in_force = [row for row in segments if row.known_from <= known < row.known_to]
            for row in sorted(in_force, key=lambda row: row.valid_from):
                key = tuple(getattr(row, name) for name in view.tables.key)
                state = None if row.absent else tuple(getattr(row, name) for name in view.tables.state)
                assert before.get(key) != state, f"{view.title} says twice of {key} what it says on {row.valid_from}"
                before[key] = state


def grid(history: History) -> dict[str, Any]:
    """Every (V, K) of a history, as the parameters of a statement over `coordinates`."""
    places = [(day(v), history.base + k) for v in DAYS for k in range(len(history.entries) + 1)]
    return {"days": [v for v, _ in places], "positions": [k for _, k in places]}


def coordinates() -> tuple[sa.FromClause, sa.ColumnElement[date], sa.ColumnElement[int]]:
    """A table of days and positions that parameters hold, and its two columns."""
    days, positions = sa.bindparam("days", type_=ARRAY(sa.Date)), sa.bindparam("positions", type_=ARRAY(sa.BigInteger))
    columns = sa.column("v", sa.Date), sa.column("k", sa.BigInteger)
    table = sa.func.unnest(days, positions).table_valued(*columns, name="coordinates").render_derived()
    return table, table.c.v, table.c.k


def everything(view: View[Any], **where: Any) -> sa.Select[Any]:
    """What a view tells at all coordinates."""
    table, valid, known = coordinates()
    told = view.as_of(valid, known, where=where)
    return sa.select(table, told).select_from(table.join(told, sa.true()))


def counts(view: View[Any], by: tuple[str, ...]) -> sa.Select[Any]:
    """How many a view counts in each group at all coordinates."""
    table, valid, known = coordinates()
    counted = view.count(valid, known, by=by)
    return sa.select(table, counted).select_from(table.join(counted, sa.true()))


def joined(mark: View[Any], trail: View[Any]) -> sa.Select[Any]:
    """The marks at all coordinates, each with the trail of its thing at the same."""
    table, valid, known = coordinates()
    marks = mark.as_of(valid, known)
    trails = trail.beside((marks.c.thing_id,), valid, known)
    return sa.select(
        table, marks.c.thing_id, marks.c.group_id, marks.c.grade, trails.c.said, trails.c.cause
    ).select_from(table.join(marks, sa.true()).outerjoin(trails, sa.true()))


def present(view: View[Any]) -> sa.Select[Any]:
    """What a view says is so now, if now is each of some days."""
    days = sa.func.unnest(sa.bindparam("days", type_=ARRAY(sa.Date))).table_valued(sa.column("v", sa.Date), name="days")
    table = days.render_derived()
    told = view.now(today=table.c.v)
    return sa.select(table, told).select_from(table.join(told, sa.true()))


def answers(history: History) -> Expected:
    """What the law says: by view, day, position and key."""
    told: Expected = {}
    for name, (route, fold) in RULES.items():
        for k in range(history.base, history.base + len(history.entries) + 1):
            record = Known(history.entries, route, k)
            for v in DAYS:
                for key, answer in record.at(fold, day(v)).items():
                    told[name, day(v), k, key] = answer
    return told


def parse(view: View[Any], row: Any) -> tuple[tuple[Any, ...], Answer]:
    """The key and the answer in a row that a view gave."""
    key = tuple(row[: len(view.key_columns)])
    values = row[len(key) : len(key) + len(view.state_columns)]
    state = view.state(*(column.parse(value) for column, value in zip(view.state_columns, values, strict=True)))
    return key, Answer(state, row[-1])


@contextmanager
def recording(connections: Connections) -> Generator[Recording]:
    """A recording in a migrated database."""
    assert connections.admin is not None
    reader = database.engine(connections.api, size=1)
    try:
        with (
            closing(psycopg.connect(connections.admin, autocommit=True)) as owner,
            closing(database.connect(connections.projector)) as projector,
        ):
            yield Recording(owner, projector, reader)
    finally:
        reader.dispose()
