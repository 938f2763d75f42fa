"""What the slots that a batch changes say, and where that puts facts and supersession points."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from domain.event import Event, How, Recorded
from domain.stream import corrects, standing
from infra.log.event_rows import Batch
from infra.views.refold import Entry
from infra.views.view import Key, Routed

Routes: TypeAlias = Callable[[Recorded], Sequence[Routed]]
"""What an event does to the keys of a view, in a list."""
Placed: TypeAlias = dict[Key, dict[tuple[Any, ...], Entry]]
"""The entries of a slot by key, and by all that tells one from another."""
Plain: TypeAlias = Mapping[int, list[tuple[Key, list[Entry]]]]
"""What each of a batch's facts without a link puts into each key, in effective order, by its position."""

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


class Slot:
    """The entries of one slot, oldest first, what it says after them, and every key that any of them concerned."""

    __slots__ = ("_before", "_said", "_statements", "keys")

    def __init__(self) -> None:
        self._statements: list[Recorded] = []
        self._before: tuple[Recorded | None] | None = None
        self._said: tuple[Recorded | None] | None = (None,)
        self.keys: set[Key] = set()

    @property
    def weight(self) -> int:
        """Roughly how much of memory it holds, in entries."""
        return 1 + len(self._statements)

    @property
    def content(self) -> Recorded | None:
        """What it says. That is worked out from all entries only where the last one's effect is not plain."""
        if self._said is None:
            self._said = (standing(self._statements).get(self._statements[0].slot),)
        return self._said[0]

    def add(self, statement: Recorded, routed: Sequence[Routed]) -> None:
        """One entry more; `routed` is what it does, nothing where it retracts another."""
        link, before, said = statement.link, self._before, self._said
        if not self._statements or (said is not None and corrects(statement, said[0])):
            self._before, self._said = said, (statement,)
        elif link is not None and link.how is How.RETRACTS and link.version == self._statements[-1].version:
            # Nothing else refers to the last entry yet: without it all is as it was before it.
            self._before, self._said = said, before
        else:
            self._before, self._said = said, None
        self._statements.append(statement)
        self.keys.update(each.key for each in routed)


class KeptSlots:
    """Slots by number, kept from one batch to the next as far as they weigh no more than `hold`: those used last."""

    def __init__(self, hold: int) -> None:
        self._hold = hold
        self._slots: OrderedDict[int, Slot] = OrderedDict()
        self._weight = 0

    def __contains__(self, number: int) -> bool:
        return number in self._slots

    def __getitem__(self, number: int) -> Slot:
        return self._slots[number]

    def use(self, number: int) -> None:
        """The slot is used now; if it was not kept, it is, without entries."""
        if number not in self._slots:
            self._slots[number] = Slot()
            self._weight += 1
        self._slots.move_to_end(number)

    def add(self, statement: Recorded, routed: Sequence[Routed]) -> None:
        """The slot of this entry, which is kept, has it now; `routed` is what it does."""
        self._slots[statement.slot].add(statement, routed)
        self._weight += 1

    def evict(self) -> None:
        """Make room."""
        while self._weight > self._hold:
            self._weight -= self._slots.popitem(last=False)[1].weight

    def clear(self) -> None:
        """Forget all."""
        self._slots.clear()
        self._weight = 0


class Slots:
    """The slots that a batch's links touch, as far as the batch has been followed.

    `drops` tells the slot that each superseding slot leaves out: those recorded before the batch. `new` are the batch's
    own, which join them as they are followed. `kept` are slots as they were before the batch, which are not read again;
    those that the batch needs come to be in it, and are followed with it.
    """

    def __init__(
        self,
        batch: Batch,
        drops: Mapping[int, int],
        new: Mapping[int, int],
        routes: Routes,
        kept: KeptSlots,
    ) -> None:
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
        self._slots = kept
        unread = [slot for slot in self.needed if slot not in kept and slot <= batch.after]
        for slot in self.needed:
            kept.use(slot)
        for statement in batch.rows.of_slots(unread, batch.after + 1) if unread else ():
            self._add(statement)

    def keys(self, batch: Batch) -> set[Key]:
        """Every key that any of these slots has concerned, or will by the end of the batch."""
        before = {key for slot in self.needed for key in self._slots[slot].keys}
        coming = (event for event in batch.events if event.slot in self.needed and not event.retracts)
        return before.union(routed.key for event in coming for routed in self._routes(event))

    def add(self, statement: Recorded) -> None:
        """The batch has been followed up to this entry of a needed slot."""
        if statement.position in self._new:
            self._drop(statement.position, self._new[statement.position])
        self._add(statement)

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

    def _add(self, statement: Recorded) -> None:
        self._slots.add(statement, () if statement.retracts else self._routes(statement))

    def _content(self, slot: int) -> Recorded | None:
        return self._slots[slot].content if slot in self.needed else None

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
