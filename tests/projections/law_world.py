"""What the views' sources say, folded by the brute force, for the plain answers to rest on."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from domain.event import Recorded
from infra.views.reading import At
from infra.views.view import View
from projections.standing import Attribution
from tests.infra.brute_force import Key, Known


class Question(NamedTuple):
    """One question at one place. What of it a joined answer does not ask for is left alone.

    `at` is where the answer stands, `until` the last day on which nothing more than that had been recorded, `earlier` a
    position before it, `one` an identifier and `other` another, `way` which of the ways to ask is meant.
    """

    at: At
    until: date
    earlier: int
    one: str
    other: str
    day: date
    attribution: Attribution
    way: int


class Row(NamedTuple):
    """What a view should say of one key. The columns of the state are attributes."""

    key: Key
    state: Any
    cause: int

    def told(self, fields: Sequence[str], **otherwise: Any) -> dict[str, Any]:
        """Some columns of the state, and the cause, by name; what is given stands instead."""
        state = {name: getattr(self.state, name) for name in fields if hasattr(self.state, name)}
        return {**state, "cause": self.cause, **otherwise}


class World:
    """A history as it can be known at any position, by views and by entries."""

    def __init__(self, entries: Sequence[Recorded], days: Sequence[date]) -> None:
        self._entries = entries
        self._days = days
        self._known: dict[tuple[str, int], Known] = {}
        self._rows: dict[tuple[str, date, int], list[Row]] = {}

    def rows(self, view: View[Any], at: At) -> list[Row]:
        """What the view says, in order of keys."""
        place = (view.name, at.valid, at.known)
        if place not in self._rows:
            answers = self._of(view, at.known).at(view.fold, at.valid)
            self._rows[place] = [Row(key, answers[key].state, answers[key].cause) for key in sorted(answers)]
        return self._rows[place]

    def row(self, view: View[Any], at: At, *key: Any) -> Row | None:
        """What the view says of one key."""
        return next((row for row in self.rows(view, at) if row.key == key), None)

    def days(self, until: date) -> list[date]:
        """The days up to a day on which anything may have changed, and that day, in order."""
        return sorted({day for day in self._days if day <= until} | {until})

    def entries(self, known: int, *streams: str) -> list[Recorded]:
        """The entries known at a position, of these streams or of all, in the order they were recorded."""
        return [
            entry for entry in self._entries if entry.position <= known and (not streams or entry.stream in streams)
        ]

    def _of(self, view: View[Any], known: int) -> Known:
        return self._known.setdefault((view.name, known), Known(self._entries, view.route, known))
