"""What an engine keeps in memory from one batch to the next, up to a weight: what was used last."""

from collections import OrderedDict
from datetime import date

from infra.views.refold import Timeline
from infra.views.slots import KeptSlots
from infra.views.view import Key

SLOTS = 20
"""Slots may weigh one in so many of what timelines may."""


class Kept:
    """Timelines by key. `hold` is what they may weigh together between batches, in entries and keys.

    `slots` holds those that were changed last, so that a slot changed again and again is not read each time.
    """

    def __init__(self, hold: int) -> None:
        self._hold = hold
        self._timelines: OrderedDict[Key, Timeline] = OrderedDict()
        self.slots = KeptSlots(hold // SLOTS)
        self.weight = 0

    def __contains__(self, key: Key) -> bool:
        return key in self._timelines

    def __getitem__(self, key: Key) -> Timeline:
        return self._timelines[key]

    def get(self, key: Key) -> Timeline | None:
        """The timeline of a key, if it is kept."""
        return self._timelines.get(key)

    def keep(self, key: Key, timeline: Timeline) -> None:
        """Keep a timeline, in the place of any other of its key."""
        self.drop(key)
        self._timelines[key] = timeline
        self.weight += timeline.weight

    def drop(self, key: Key) -> None:
        """Let go of a key, if it is kept."""
        if (gone := self._timelines.pop(key, None)) is not None:
            self.weight -= gone.weight

    def use(self, key: Key) -> None:
        """The key is used now."""
        self._timelines.move_to_end(key)

    def evict(self, today: date) -> None:
        """Make room: what was not used for longest loses its entries first, then is forgotten."""
        while self.weight > self._hold:
            key, timeline = self._timelines.popitem(last=False)
            self.weight -= timeline.weight
            if timeline.facts is not None and self._hold:
                timeline.shallow(today)
                self._timelines[key] = timeline
                self.weight += timeline.weight
        self.slots.evict()

    def clear(self) -> None:
        """Forget everything."""
        self._timelines.clear()
        self.slots.clear()
        self.weight = 0
