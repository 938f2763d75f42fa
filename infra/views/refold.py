"""What is known of one key at the head, in memory: the facts in effective order, and the segments they fold into."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NamedTuple, TypeAlias

from infra.views.tables import IN_FORCE

Fold: TypeAlias = Callable[[Any, Any], Any]
Order: TypeAlias = tuple[date, int, int, int]
"""Day, phase, slot, ordinal."""


class Entry(NamedTuple):
    """A place in the effective order of a key.

    Where `drops` is 0 it is a fact: `fact` is what the fold is given. Otherwise it is a supersession point: from its
    day on, the facts of the slot `drops` are left out. `position` is that of the entry in the log that says so.
    """

    day: date
    phase: int
    slot: int
    ordinal: int
    drops: int
    position: int
    fact: Any

    @property
    def order(self) -> Order:
        """Where it comes in effective order."""
        return self[:4]


class Segment:
    """From `valid_from` on the state is this (None: absent), as known from one position until before another."""

    __slots__ = ("cause", "known_from", "known_to", "state", "valid_from")

    def __init__(self, valid_from: date, known_from: int, cause: int, state: Any) -> None:
        self.valid_from = valid_from
        self.known_from = known_from
        self.known_to = IN_FORCE
        self.cause = cause
        self.state = state


class Change(NamedTuple):
    """What one event changed of one key: the segments that it replaced, and those that it made."""

    closed: list[Segment]
    opened: list[Segment]


class Timeline:
    """One key at the head.

    `segments` are those in force, in order; `last` is the place of the last entry. A deep timeline has all segments and
    all entries. A shallow one has no entries (`facts` is None) and the last segments only: that which holds today, or
    all before it are unknown, and always the last two, as a fact of the last day may take the last of them away.
    """

    __slots__ = ("facts", "last", "points", "segments")

    def __init__(self, last: Order | None, segments: list[Segment], entries: Iterable[Entry] | None) -> None:
        self.last = last
        self.segments = segments
        self.facts: list[Entry] | None = None
        self.points: list[Entry] = []
        if entries is not None:
            self.facts = []
            for entry in entries:
                (self.points if entry.drops else self.facts).append(entry)
            self._settle()

    @property
    def weight(self) -> int:
        """Roughly how much of memory it holds, in entries."""
        return 1 + len(self.facts or ()) + len(self.points)

    def shallow(self, today: date) -> None:
        """Let go of all that is not needed to go on in order."""
        self.facts, self.points = None, []
        self.trim(self.current(today))

    def trim(self, current: int) -> None:
        """Let go of segments of a shallow timeline, but not of the current one, nor of the last two."""
        if self.facts is None:
            del self.segments[: max(0, min(current, len(self.segments) - 2))]

    def current(self, today: date) -> int:
        """The index of the segment that holds today; -1 where there is none."""
        for index in range(len(self.segments) - 1, -1, -1):
            if self.segments[index].valid_from <= today:
                return index
        return -1

    def follows(self, entry: Entry) -> bool:
        """Whether a fact comes after all that is known, so that it only moves the last state on."""
        return self.last is None or entry.order > self.last

    def append(self, entries: list[Entry], fold: Fold, position: int) -> Change | None:
        """Fold facts, in order and later than all others, of one event. None if that changes nothing."""
        closed: list[Segment] = []
        opened: list[Segment] = []
        segments = self.segments
        for entry in entries:
            top = segments[-1] if segments else None
            state = top.state if top else None
            after = fold(state, entry.fact)
            if after != state:
                if top is not None and top.valid_from == entry.day:
                    segments.pop()
                    if top.known_from == position:
                        opened.pop()
                    else:
                        closed.append(top)
                    top = segments[-1] if segments else None
                if after != (top.state if top else None):
                    made = Segment(entry.day, position, entry.position, after)
                    segments.append(made)
                    opened.append(made)
        self.last = entries[-1].order
        if self.facts is not None:
            self.facts += entries
        for segment in closed:
            segment.known_to = position
        return Change(closed, opened) if closed or opened else None

    def refold(self, removed: Iterable[Entry], added: Iterable[Entry], fold: Fold, position: int) -> Change:
        """Take entries out and put others in, as of `position`, and fold again from the first day that they touch."""
        first = date.max
        for entry in removed:
            first = min(first, entry.day)
            entries = self._entries(entry)
            del entries[bisect_left(entries, entry[:5])]
        for entry in added:
            first = min(first, entry.day)
            insort(self._entries(entry), entry, key=_place)
        self._settle()
        since = bisect_left(self.segments, first, key=_valid_from)
        old = {segment.valid_from: segment for segment in self.segments[since:]}
        opened: list[Segment] = []
        kept: list[Segment] = []
        for valid_from, state, cause in self._folded(first, fold, self.segments[since - 1].state if since else None):
            segment = old.get(valid_from)
            if segment is not None and segment.state == state and segment.cause == cause:
                del old[valid_from]
            else:
                segment = Segment(valid_from, position, cause, state)
                opened.append(segment)
            kept.append(segment)
        self.segments[since:] = kept
        closed = list(old.values())
        for segment in closed:
            segment.known_to = position
        return Change(closed, opened)

    def _folded(self, first: date, fold: Fold, state: Any) -> Iterable[tuple[date, Any, int]]:
        """The segments from a day on, given the state before it: since when, what, and which entry made it so.

        Of the entries of a day, the supersession points come first: what they leave out is left out of the whole day.
        """
        facts, points = self._deep(), self.points
        left_out = {point.drops for point in points if point.day < first}
        done = bisect_left(facts, (first,))
        pending = points[bisect_left(points, (first,)) :]
        while done < len(facts) or pending:
            day = min(([facts[done].day] if done < len(facts) else []) + [point.day for point in pending[:1]])
            opening, cause = state, 0
            while pending and pending[0].day == day:
                point = pending.pop(0)
                left_out.add(point.drops)
                again = None
                for entry in facts[:done]:
                    if entry.slot not in left_out:
                        again = fold(again, entry.fact)
                if again != state:
                    state, cause = again, point.position
            while done < len(facts) and facts[done].day == day:
                entry = facts[done]
                done += 1
                if entry.slot not in left_out:
                    after = fold(state, entry.fact)
                    if after != state:
                        state, cause = after, entry.position
            if state != opening:
                yield day, state, cause

    def _deep(self) -> list[Entry]:
        if self.facts is None:
            raise AssertionError("the entries of this timeline have not been read")
        return self.facts

    def _entries(self, entry: Entry) -> list[Entry]:
        return self.points if entry.drops else self._deep()

    def _settle(self) -> None:
        """Find the last entry again."""
        ends = [entries[-1].order for entries in (self._deep(), self.points) if entries]
        self.last = max(ends) if ends else None


def _place(entry: Entry) -> tuple[Any, ...]:
    return entry[:5]


def _valid_from(segment: Segment) -> date:
    return segment.valid_from
