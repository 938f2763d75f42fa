"""The bitemporal engine: it takes a view from one position of the log to a later one, and leaves every answer between.

An entry of the log that comes after all else in its key moves the last state on. Any other one (late, or correcting,
retracting, superseding) takes entries out of the effective order of its keys and puts others in, and their segments are
folded again from the first day touched. Each event is a step of its own, however many make a batch: every position can
be asked about.
"""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import date
from typing import Any

from psycopg import Connection

from domain.event import Recorded
from infra.event_rows import Batch
from infra.refold import Entry, Order, Timeline
from infra.slots import Slots, changed, differences, phase, superseded
from infra.view import Key, Routed, View
from infra.view_loads import HEAD, ViewLoads
from infra.view_tables import SCHEMA
from infra.view_writes import Changes, ViewWrites

HOLD = 200_000
"""Entries and keys that an engine keeps in memory from one batch to the next."""
_MAKING = 0x76696577
"""The advisory lock under which tables are made: making one twice at once fails, even where it may exist."""


class Overtaken(Exception):
    """Another projector has moved the view's checkpoint."""


class CannotProject(Exception):
    """An event cannot be routed or folded. The view stays where it was."""

    def __init__(self, view: str, position: int, key: Key | None) -> None:
        self.view, self.position, self.key = view, position, key
        concerning = f", key {' '.join(map(str, key))}" if key else ""
        super().__init__(f"view {view} cannot take the event at position {position}{concerning}")


class Engine:
    """Keeps one view. What it remembers of keys between batches is only to save reading them again."""

    def __init__(self, view: View[Any], *, today: date, hold: int = HOLD) -> None:
        self.view = view
        self._today = today
        self._hold = hold
        self._loads, self._writes = ViewLoads(view), ViewWrites(view)
        states = [column.name for column in view.state_columns]
        self._ever = {column: states.index(column) for column in view.ever}
        self._position: int | None = None
        self._kept: OrderedDict[Key, Timeline] = OrderedDict()
        self._weight = 0
        self._routed: dict[int, list[Routed]] = {}

    def create(self, connection: Connection[Any]) -> None:
        """Make the view's tables, where they do not exist; it starts before the first position."""
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MAKING,))
            if self._loads.made(connection):
                return
            for statement in self.view.tables.statements():
                connection.execute(statement)
            connection.execute(
                f"INSERT INTO {SCHEMA}.checkpoint (view, version, position) VALUES (%s, %s::int, 0)".encode(),
                (self.view.name, self.view.version),
            )

    def empty(self, connection: Connection[Any]) -> None:
        """Take away all that the view holds; it starts again before the first position.

        Until it is back where it stood nothing is answered from it: what is being filled again is no answer.
        """
        with connection.transaction():
            after = self._loads.reached(connection, lock=True)
            tables = ", ".join(f"{SCHEMA}.{table.name}" for table in self.view.tables.own)
            connection.execute(f"TRUNCATE {tables}".encode())
            self._writes.restart(connection, after)

    def reached(self, connection: Connection[Any]) -> int:
        """The view's checkpoint."""
        return self._loads.reached(connection)

    @property
    def held(self) -> int:
        """What is kept in memory, in keys and entries."""
        return self._weight

    def apply(self, connection: Connection[Any], batch: Batch) -> None:
        """Take the view over a batch that begins where its checkpoint stands, in the transaction that is open.

        If that transaction is not committed, the same batch (or another from the same position) may be applied again.
        Raises Overtaken if the checkpoint stands elsewhere, and CannotProject.
        """
        if not self._writes.advance(connection, batch.after, batch.last):
            raise Overtaken(f"view {self.view.title} does not stand at position {batch.after} any more")
        if self._position != batch.after:
            self._forget()
        self._position = None
        new = superseded(batch)
        linked = changed(batch)
        drops = self._loads.drops(connection, linked | set(new.values())) if linked else {}
        slots = Slots(batch, drops, new, self._routes)
        self._read(connection, batch, slots)
        changes = Changes(batch.after, self._ever)
        changes.drops += new.items()
        for event in batch.events:
            if event.link is None:
                self._add(event, changes)
                if event.slot in slots.needed:
                    slots.add(event)
            else:
                self._relink(event, slots, changes)
        self._writes.write(connection, changes)
        self._writes.write_now(connection, self._today, {key: self._kept[key] for key in changes.touched})
        for key in changes.touched:
            self._kept[key].trim(self._kept[key].current(self._today))
        self._routed.clear()
        self._evict()
        self._position = batch.last

    def roll(self, connection: Connection[Any], today: date) -> int:
        """Bring `now` to a new day, in the transaction that is open; the number of keys whose time had come."""
        self._loads.reached(connection, lock=True)
        due = self._writes.due(connection, today)
        if due:
            segments = self._loads.in_force(connection, due)
            timelines = {key: Timeline(None, segments.get(key, []), None) for key in due}
            self._writes.write_now(connection, today, timelines)
        self._today = today
        return len(due)

    def _add(self, event: Recorded, changes: Changes) -> None:
        """A plain fact: what it does to each key, in order or late."""
        routed = self._routes(event)
        own, position = phase(event.event), event.position
        if len(routed) == 1:
            key, day, fact = routed[0]
            self._enter(key, [Entry(day, own, position, 0, 0, position, fact)], position, changes)
            return
        by_key: dict[Key, list[Entry]] = {}
        for ordinal, (key, day, fact) in enumerate(routed):
            by_key.setdefault(key, []).append(Entry(day, own, position, ordinal, 0, position, fact))
        for key, entries in by_key.items():
            self._enter(key, sorted(entries, key=_order), position, changes)

    def _enter(self, key: Key, entries: list[Entry], position: int, changes: Changes) -> None:
        timeline = self._kept[key]
        try:
            if timeline.follows(entries[0]):
                change = timeline.append(entries, self.view.fold, position)
            else:
                change = timeline.refold((), entries, self.view.fold, position)
        except Exception as error:
            raise CannotProject(self.view.title, position, key) from error
        if timeline.facts is not None:
            self._weight += len(entries)
        changes.entered(key, entries)
        if change is not None:
            changes.changed(key, change)

    def _relink(self, event: Recorded, slots: Slots, changes: Changes) -> None:
        """An entry that changes the past: compare what its slot puts into each key before it and after."""
        before = slots.entries(event.slot)
        slots.add(event)
        for key, gone, come in differences(before, slots.entries(event.slot)):
            timeline = self._kept[key]
            try:
                change = timeline.refold(gone, come, self.view.fold, event.position)
            except Exception as error:
                raise CannotProject(self.view.title, event.position, key) from error
            self._weight += len(come) - len(gone)
            changes.left(key, gone)
            changes.entered(key, come)
            changes.changed(key, change)

    def _read(self, connection: Connection[Any], batch: Batch, slots: Slots) -> None:
        """Have every key of the batch at hand, with all its entries where some event is not in order there."""
        deep = slots.keys(batch)
        plain = [event for event in batch.events if event.link is None]
        keys = dict.fromkeys(deep)
        for event in plain:
            for routed in self._routes(event):
                keys[routed.key] = None
        cold = [key for key in keys if key not in self._kept and key not in deep]
        for key, (last, segments) in (self._loads.heads(connection, cold) if cold else {}).items():
            self._keep(key, Timeline(last, segments, () if last is None else None))
            if last is not None and len(segments) == HEAD and segments[0].valid_from > self._today:
                deep.add(key)
        deep |= self._late(plain)
        shallow = [key for key in deep if (kept := self._kept.get(key)) is None or kept.facts is None]
        if shallow:
            facts = self._facts_at(batch)
            for key, (segments, entries) in self._loads.wholes(connection, shallow, facts).items():
                self._keep(key, Timeline(None, segments, entries))
        for key in keys:
            self._kept.move_to_end(key)

    def _late(self, events: Iterable[Recorded]) -> set[Key]:
        """The keys in which one of these facts does not come after all before it."""
        lasts: dict[Key, Order | None] = {}
        late: set[Key] = set()
        for event in events:
            own, position = phase(event.event), event.position
            for ordinal, (key, day, _) in enumerate(self._routes(event)):
                if key not in lasts:
                    kept = self._kept.get(key)
                    lasts[key] = kept.last if kept else None
                order, last = (day, own, position, ordinal), lasts[key]
                if last is None or order > last:
                    lasts[key] = order
                else:
                    late.add(key)
        return late

    def _facts_at(self, batch: Batch) -> Any:
        def facts(positions: Iterable[int]) -> dict[int, list[Routed]]:
            return {position: self._routes(event) for position, event in batch.rows.at(positions).items()}

        return facts

    def _routes(self, event: Recorded) -> list[Routed]:
        """What an event does; it is asked once a batch."""
        routed = self._routed.get(event.position)
        if routed is None:
            try:
                routed = list(self.view.route(event))
            except Exception as error:
                raise CannotProject(self.view.title, event.position, None) from error
            self._routed[event.position] = routed
        return routed

    def _keep(self, key: Key, timeline: Timeline) -> None:
        if (replaced := self._kept.get(key)) is not None:
            self._weight -= replaced.weight
        self._kept[key] = timeline
        self._weight += timeline.weight

    def _evict(self) -> None:
        """Make room: what was not used for longest loses its entries first, then is forgotten."""
        while self._weight > self._hold:
            key, timeline = self._kept.popitem(last=False)
            self._weight -= timeline.weight
            if timeline.facts is not None and self._hold:
                timeline.shallow(self._today)
                self._kept[key] = timeline
                self._weight += timeline.weight

    def _forget(self) -> None:
        self._kept.clear()
        self._weight = 0


def _order(entry: Entry) -> Order:
    return entry.order
