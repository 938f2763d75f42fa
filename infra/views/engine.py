"""The bitemporal engine: it takes a view from one position of the log to a later one, and leaves every answer between.

An entry of the log that comes after all else in its key moves the last state on. Any other one (late, or correcting,
retracting, superseding) takes entries out of the effective order of its keys and puts others in, and their segments are
folded again from the first day touched. Each event is a step of its own, however many make a batch: every position can
be asked about.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from psycopg import Connection, OperationalError
from psycopg.errors import ProgramLimitExceeded

from domain.event import Recorded
from infra.log.event_rows import Batch
from infra.views.kept import Kept
from infra.views.loads import HEAD, ViewLoads
from infra.views.parking import AllBut, CannotProject, Failed, Waits, fault, keep, waits
from infra.views.refold import Entry, Order, Timeline
from infra.views.routing import Routing
from infra.views.shared_tables import TABLES
from infra.views.slots import Plain, Slots, changed, differences, superseded
from infra.views.tables import SCHEMA, UPGRADE
from infra.views.view import Key, Routed, View
from infra.views.writes import Changes, ViewWrites

HOLD = 200_000
"""Entries and keys that an engine keeps in memory from one batch to the next."""
NOTHING: Mapping[Key, Failed] = {}
_MAKING = 0x76696577
"""The advisory lock under which tables are made: making one twice at once fails, even where it may exist."""


class Overtaken(Exception):
    """Another projector has moved the view's checkpoint."""

    def __init__(self, view: str, position: int) -> None:
        self.view = view
        super().__init__(f"view {view} does not stand at position {position} any more")


class Engine:
    """Keeps one view. What it remembers of keys between batches is only to save reading them again."""

    def __init__(self, view: View[Any], *, today: date, hold: int = HOLD) -> None:
        self.view = view
        self._today = today
        self._loads, self._writes = ViewLoads(view), ViewWrites(view)
        states = [column.name for column in view.state_columns]
        self._ever = {column: states.index(column) for column in view.ever}
        self._stood: tuple[UUID, int] | None = None
        self._kept = Kept(hold)
        self._routing = Routing(view)

    def create(self, connection: Connection[Any]) -> None:
        """Make the view's tables, where they do not exist; it starts before the first position."""
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MAKING,))
            if self._loads.made(connection):
                return
            connection.execute(UPGRADE)
            connection.execute(TABLES)
            for statement in self.view.tables.statements():
                connection.execute(statement)
            connection.execute(
                f"INSERT INTO {SCHEMA}.checkpoint (view, version, stage, position) VALUES (%s, %s, %s, 0)".encode(),
                (self.view.name, self.view.version, self.view.stage),
            )

    def reached(self, connection: Connection[Any], *, lock: bool = False) -> int:
        """The view's checkpoint. With `lock` nobody moves it before the end of the transaction that is open."""
        return self._loads.reached(connection, lock=lock)

    @property
    def stands(self) -> int | None:
        """Where it left the view, if it did and remembers; the view may have been taken on by another since."""
        return None if self._stood is None else self._stood[1]

    def forget(self) -> None:
        """Remember nothing: what was taken last may not have come to be."""
        self._stood = None
        self._routing.over()
        self._kept.clear()

    @property
    def held(self) -> int:
        """What is kept in memory, in keys and entries."""
        return self._kept.weight

    def prepare(self, batch: Batch) -> None:
        """Work out ahead what can be of the batch that is applied next: what its events alone say.

        Raises CannotProject.
        """
        self._routing.plain(batch)

    def apply(self, connection: Connection[Any], batch: Batch, poison: Mapping[Key, Failed] = NOTHING) -> None:
        """Take the view over a batch that begins where its checkpoint stands, in the transaction that is open.

        If that transaction is not committed, the same batch (or another from the same position) may be applied again.
        Raises Overtaken if the checkpoint stands elsewhere, and CannotProject; the keys that this named are given as
        `poison` next time, and wait from then on.
        """
        build = self._writes.advance(connection, batch.after, batch.last)
        if build is None:
            raise Overtaken(self.view.title, batch.after)
        if self._stood != (build, batch.after):
            self._kept.clear()
        self._stood = None
        if self.is_concerned(batch):
            new = superseded(batch)
            changes = Changes(batch.after, self._ever, self._writes.counting)
            changes.drops += new.items()
            waiting = waits(connection, build, poison)
            self._take(connection, batch, new, changes, waiting)
            keep(connection, build, waiting)
            self._kept.evict(self._today)
        self.moved(connection, build, batch)

    def is_concerned(self, batch: Batch) -> bool:
        """Whether a batch may change anything of the view but its checkpoint. Raises CannotProject."""
        return any(event.link is not None or self._routing.of(event) for event in batch.events)

    def moved(self, connection: Connection[Any], build: UUID, batch: Batch) -> None:
        """The checkpoint of this build was moved over a batch, in the transaction that is open."""
        if self._stood not in (None, (build, batch.after)):
            self._kept.clear()
        for counting in self._writes.counting:
            counting.close(connection, batch.after, batch.last)
        self._routing.over()
        self._stood = build, batch.last

    def replay(self, connection: Connection[Any], batch: Batch, key: str) -> None:
        """Take one key, and no other, over events that waited for it, in the transaction that is open.

        An event with a link must be a batch of its own. Raises CannotProject.
        """
        self._routing.over()
        self._kept.slots.clear()
        changes = Changes(batch.after, self._ever, self._writes.counting)
        self._take(connection, batch, superseded(batch), changes, AllBut(key))

    def sum_up(self, connection: Connection[Any], first: int) -> None:
        """Sum up counts once more after a replay, whose first event had this position."""
        for counting in self._writes.counting:
            counting.again(connection, first, self.reached(connection))

    def _take(
        self, connection: Connection[Any], batch: Batch, new: Mapping[int, int], changes: Changes, waiting: Waits
    ) -> None:
        """Write what a batch changes of the keys that do not wait. `new` are the slots that it leaves out."""
        linked = changed(batch)
        drops = self._loads.drops(connection, linked | set(new.values())) if linked else {}
        slots = Slots(batch, drops, new, self._routing.of, self._kept.slots)
        plain = self._routing.plain(batch)
        self._read(connection, batch, plain, slots, waiting)
        for event in batch.events:
            if event.link is None:
                for key, entries in plain[event.position]:
                    self._enter(key, entries, event.position, changes, waiting)
                if event.slot in slots.needed:
                    slots.add(event)
            else:
                self._relink(event, slots, changes, waiting)
        if waiting.failed:
            first = min(failed.position for failed in waiting.failed.values())
            raise CannotProject(self.view.title, first, waiting.failed)
        self._write(connection, batch, changes)
        for key in changes.touched:
            self._kept[key].trim(self._kept[key].current(self._today))
        for key in waiting.poison:
            self._kept.drop(key)

    def _write(self, connection: Connection[Any], batch: Batch, changes: Changes) -> None:
        try:
            self._writes.write(connection, changes, self._today, {key: self._kept[key] for key in changes.touched})
        except Exception as error:
            if isinstance(error, OperationalError) and not isinstance(error, ProgramLimitExceeded):
                raise
            last = batch.events[-1].position
            keys = {*changes.touched, *(key for key, _ in (*changes.facts, *changes.gone))}
            alone = keys if len(batch.events) == 1 else ()
            raise CannotProject(self.view.title, last, dict.fromkeys(alone, Failed(last, fault(error)))) from error

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

    def _enter(self, key: Key, entries: list[Entry], position: int, changes: Changes, waiting: Waits) -> None:
        """Facts of one event come into a key, in order or late."""
        if waiting(key, position):
            waiting.pass_over(key, position)
            return
        timeline = self._kept[key]
        try:
            if timeline.follows(entries[0]):
                change = timeline.append(entries, self.view.fold, position)
            else:
                change = timeline.refold((), entries, self.view.fold, position)
        except Exception as error:
            waiting.fail(key, position, error)
            return
        if timeline.facts is not None:
            self._kept.weight += len(entries)
        changes.entered(key, entries)
        if change is not None:
            changes.changed(key, change, timeline)

    def _relink(self, event: Recorded, slots: Slots, changes: Changes, waiting: Waits) -> None:
        """An entry that changes the past: compare what its slot puts into each key before it and after."""
        before = slots.entries(event.slot)
        slots.add(event)
        for key, gone, come in differences(before, slots.entries(event.slot)):
            if waiting(key, event.position):
                waiting.pass_over(key, event.position)
                continue
            timeline = self._kept[key]
            try:
                change = timeline.refold(gone, come, self.view.fold, event.position)
            except Exception as error:
                waiting.fail(key, event.position, error)
                continue
            self._kept.weight += len(come) - len(gone)
            changes.left(key, gone)
            changes.entered(key, come)
            changes.changed(key, change, timeline)

    def _read(self, connection: Connection[Any], batch: Batch, plain: Plain, slots: Slots, waiting: Waits) -> None:
        """Have every key of the batch at hand, with all its entries where some event is not in order there."""
        deep = {key for key in slots.keys(batch) if not waiting(key, batch.after + 1)}
        keys = dict.fromkeys(deep)
        for position, placed in plain.items():
            for key, _ in placed:
                if not waiting(key, position):
                    keys[key] = None
        cold = [key for key in keys if key not in self._kept and key not in deep]
        for key, (last, segments) in (self._loads.heads(connection, cold) if cold else {}).items():
            self._kept.keep(key, Timeline(last, segments, () if last is None else None))
            if last is not None and len(segments) == HEAD and segments[0].valid_from > self._today:
                deep.add(key)
        deep |= self._late(plain, waiting)
        shallow = [key for key in deep if (kept := self._kept.get(key)) is None or kept.facts is None]
        if shallow:
            for key, (segments, entries) in self._loads.wholes(connection, shallow, partial(self._said, batch)).items():
                self._kept.keep(key, Timeline(None, segments, entries))
        for key in keys:
            self._kept.use(key)

    def _late(self, plain: Plain, waiting: Waits) -> set[Key]:
        """The keys in which one of these facts does not come after all before it."""
        lasts: dict[Key, Order | None] = {}
        late: set[Key] = set()
        for position, placed in plain.items():
            for key, entries in placed:
                if waiting(key, position):
                    continue
                if key not in lasts:
                    kept = self._kept.get(key)
                    lasts[key] = kept.last if kept else None
                last = lasts[key]
                if last is None or entries[0].order > last:
                    lasts[key] = entries[-1].order
                else:
                    late.add(key)
        return late

    def _said(self, batch: Batch, positions: Iterable[int]) -> dict[int, list[Routed]]:
        return {position: self._routing.of(event) for position, event in batch.rows.at(positions).items()}
