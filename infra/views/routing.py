"""What the events of a batch do to the keys of a view, each asked once."""

from operator import attrgetter
from typing import Any

from domain.event import Recorded
from infra.log.event_rows import Batch
from infra.views.parking import CannotProject
from infra.views.refold import Entry
from infra.views.slots import Plain, phase
from infra.views.view import Key, Routed, View


class Routing:
    """The routing of one view, over one batch after the other."""

    def __init__(self, view: View[Any]) -> None:
        self._view = view
        self._routed: dict[int, list[Routed]] = {}
        self._plain: tuple[Batch, Plain] | None = None

    def of(self, event: Recorded) -> list[Routed]:
        """What an event does. Raises CannotProject, which names no key."""
        routed = self._routed.get(event.position)
        if routed is None:
            try:
                routed = list(self._view.route(event))
            except Exception as error:
                raise CannotProject(self._view.title, event.position, {}) from error
            self._routed[event.position] = routed
        return routed

    def plain(self, batch: Batch) -> Plain:
        """What each fact of a batch that changes no other puts into each key, in effective order. Raises as `of`."""
        if self._plain is None or self._plain[0] is not batch:
            self._plain = batch, {event.position: self._placed(event) for event in batch.events if event.link is None}
        return self._plain[1]

    def over(self) -> None:
        """The batch is done with."""
        self._routed.clear()
        self._plain = None

    def _placed(self, event: Recorded) -> list[tuple[Key, list[Entry]]]:
        routed = self.of(event)
        own, position = phase(event.event), event.position
        if len(routed) == 1:
            key, day, fact = routed[0]
            return [(key, [Entry(day, own, position, 0, 0, position, fact)])]
        by_key: dict[Key, list[Entry]] = {}
        for ordinal, (key, day, fact) in enumerate(routed):
            by_key.setdefault(key, []).append(Entry(day, own, position, ordinal, 0, position, fact))
        return [(key, sorted(entries, key=_order)) for key, entries in by_key.items()]


_order = attrgetter("order")
