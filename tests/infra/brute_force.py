"""The law, written out from its words and nothing else: slow, plain, and sharing no code with what it judges.

The answer at (V, K) is the fold, in effective order, of the facts that stand up to V among the events up to K.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from domain.event import How, Recorded

Key = tuple[Any, ...]


class Answer(NamedTuple):
    """What a view should say of one key: its state, and the position of the last entry that changed it."""

    state: Any
    cause: int


class Told(NamedTuple):
    """One fact in effective order."""

    day: date
    phase: int
    slot: int
    ordinal: int
    position: int
    key: Key
    fact: Any


class Known:
    """The record as it was known at one position."""

    def __init__(self, events: Sequence[Recorded], route: Callable[[Recorded], Iterable[Any]], known: int) -> None:
        self.entries = {(e.stream, e.version): e for e in events if e.position <= known}
        self.contents: dict[int, Recorded] = {}
        for entry in sorted(self.entries.values(), key=lambda e: e.position):
            if not _is(entry, How.RETRACTS) and self._stands(entry):
                self.contents[self._first(entry).position] = entry
        self.replaced = [
            (self.contents[slot], slot, self._first(self._target(first)).position)
            for slot in sorted(self.contents)
            if _is(first := self._first(self.contents[slot]), How.SUPERSEDES)
        ]
        self.facts = sorted(
            Told(routed.day, int(type(entry.event).phase), slot, ordinal, entry.position, routed.key, routed.fact)
            for slot, entry in self.contents.items()
            for ordinal, routed in enumerate(route(entry))
        )

    def at(self, fold: Callable[[Any, Any], Any], valid: date) -> dict[Key, Answer]:
        """What is so at the end of a day, by key; a key that is not there is absent."""
        answers: dict[Key, Answer] = {}
        for key in {told.key for told in self.facts}:
            state, cause = self._walk(fold, key, valid)
            if state is not None:
                answers[key] = Answer(state, cause)
        return answers

    def _walk(self, fold: Callable[[Any, Any], Any], key: Key, valid: date) -> tuple[Any, int]:
        """Day by day: what a day's decisions replace is left out first, then the day's facts follow."""
        facts = [told for told in self.facts if told.key == key]
        places = sorted(
            (entry.day, int(type(entry.event).phase), slot, entry, old) for entry, slot, old in self.replaced
        )
        days = sorted({told.day for told in facts} | {place[0] for place in places})
        left_out: set[int] = set()
        state, cause = None, 0
        for day in days:
            if day > valid:
                break
            opening, opened_by = state, cause
            for replaced_on, _, _, entry, old in places:
                if replaced_on == day:
                    left_out.add(old)
                    again = None
                    for told in facts:
                        if told.day < day and told.slot not in left_out:
                            again = fold(again, told.fact)
                    if again != state:
                        state, cause = again, entry.position
            for told in facts:
                if told.day == day and told.slot not in left_out:
                    before, state = state, fold(state, told.fact)
                    if state != before:
                        cause = told.position
            if state == opening:
                cause = opened_by
        return state, cause

    def _target(self, entry: Recorded) -> Recorded:
        assert entry.link is not None
        return self.entries[entry.stream, entry.link.version]

    def _first(self, entry: Recorded) -> Recorded:
        """The entry that opened the slot: follow what is corrected and retracted back to a fact of its own."""
        while _is(entry, How.CORRECTS) or _is(entry, How.RETRACTS):
            entry = self._target(entry)
        return entry

    def _stands(self, entry: Recorded) -> bool:
        """Not struck out by a retraction that stands, and neither is anything that it corrects."""
        for other in self.entries.values():
            if _is(other, How.RETRACTS) and self._target(other) is entry and self._stands(other):
                return False
        return not _is(entry, How.CORRECTS) or self._stands(self._target(entry))


def _is(entry: Recorded, how: How) -> bool:
    return entry.link is not None and entry.link.how is how
