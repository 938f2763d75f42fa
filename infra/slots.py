"""What the slots that a batch changes say, and where that puts facts and supersession points."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from domain.event import Event, How, Recorded
from domain.stream import standing
from infra.event_rows import Batch
from infra.refold import Entry
from infra.view import Key, Routed

Routes: TypeAlias = Callable[[Recorded], Sequence[Routed]]
"""What an event does to the keys of a view, in a list."""
Placed: TypeAlias = dict[Key, dict[tuple[Any, ...], Entry]]
"""The entries of a slot by key, and by all that tells one from another."""

_phases: dict[type[Event], int] = {}


def phase(event: Event) -> int:
    """The phase of an event's class, as a plain number."""
    kind = type(event)
    found = _phases.get(kind)
    if found is None:
        found = _phases[kind] = int(kind.phase)
    return found


def superseded(batch: Batch) -> dict[int, int]:
    """The slots that the batch's superseding entries leave out: target by superseding slot."""
    named = {
        event.position: (event.stream, event.link.version)
        for event in batch.events
        if event.link is not None and event.link.how is How.SUPERSEDES
    }
    if not named:
        return {}
    here = {(event.stream, event.version): event.slot for event in batch.events}
    elsewhere = [name for name in named.values() if name not in here]
    slots = here | batch.rows.slots(elsewhere) if elsewhere else here
    return {position: slots[name] for position, name in named.items()}


class Slots:
    """The slots that a batch's links touch, as far as the batch has been followed.

    `drops` tells the slot that each superseding slot leaves out: those recorded before the batch. `new` are the batch's
    own, which join them as they are followed.
    """

    def __init__(self, batch: Batch, drops: Mapping[int, int], new: Mapping[int, int], routes: Routes) -> None:
        linked = changed(batch)
        self._routes = routes
        self._new = new
        self._drops: dict[int, int] = {}
        self._dropped_by: defaultdict[int, list[int]] = defaultdict(list)
        for slot, target in sorted(drops.items()):
            self._drop(slot, target)
        ends = {**drops, **new}
        self.needed = linked | {ends[slot] for slot in linked if slot in ends}
        self.needed |= {slot for slot, target in ends.items() if target in linked}
        self._statements: defaultdict[int, list[Recorded]] = defaultdict(list)
        for statement in batch.rows.of_slots(self.needed, batch.after + 1) if self.needed else ():
            self._statements[statement.slot].append(statement)

    def keys(self, batch: Batch) -> set[Key]:
        """Every key that any of these slots has concerned, or will by the end of the batch."""
        before = (statement for statements in self._statements.values() for statement in statements)
        coming = (event for event in batch.events if event.slot in self.needed)
        return {
            routed.key
            for statements in (before, coming)
            for statement in statements
            if not statement.retracts
            for routed in self._routes(statement)
        }

    def add(self, statement: Recorded) -> None:
        """The batch has been followed up to this entry of a needed slot."""
        if statement.position in self._new:
            self._drop(statement.position, self._new[statement.position])
        self._statements[statement.slot].append(statement)

    def entries(self, slot: int) -> Placed:
        """What this slot puts into each key: its facts, the points where it leaves out, and where it is left out."""
        placed: Placed = {}
        content = self._content(slot)
        if content is None:
            return placed
        own = phase(content.event)
        routed = self._routes(content)
        for ordinal, (key, day, fact) in enumerate(routed):
            _place(placed, key, Entry(day, own, slot, ordinal, 0, content.position, fact))
        if (target := self._drops.get(slot)) is not None and (old := self._content(target)) is not None:
            for key, _, _ in self._routes(old):
                _place(placed, key, Entry(content.day, own, slot, 0, target, content.position, None))
        for other in self._dropped_by.get(slot, ()):
            if (new := self._content(other)) is not None:
                for key, _, _ in routed:
                    _place(placed, key, Entry(new.day, phase(new.event), other, 0, slot, new.position, None))
        return placed

    def _content(self, slot: int) -> Recorded | None:
        return standing(self._statements.get(slot, ())).get(slot)

    def _drop(self, slot: int, target: int) -> None:
        self._drops[slot] = target
        self._dropped_by[target].append(slot)


def changed(batch: Batch) -> set[int]:
    """The slots that the links of a batch change or open."""
    return {event.slot for event in batch.events if event.link is not None}


def differences(before: Placed, after: Placed) -> Iterator[tuple[Key, list[Entry], list[Entry]]]:
    """By key: the entries that went and those that came."""
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key, {}), after.get(key, {})
        gone = [entry for place, entry in old.items() if place not in new]
        come = [entry for place, entry in new.items() if place not in old]
        if gone or come:
            yield key, gone, come


def _place(placed: Placed, key: Key, entry: Entry) -> None:
    placed.setdefault(key, {})[entry[:6]] = entry
