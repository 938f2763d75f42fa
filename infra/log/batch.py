"""What lies between a command's decision and its append: its outcome, and what those decided with it have added."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from domain.event import Recorded
from domain.stream import Timeline
from domain.values import today
from infra.log.envelope import Draft
from infra.log.submission import External

PROVISIONAL = 2**62
"""Facts that have no position yet take their slots from here on: after every recorded one, in order of entry."""
AHEAD = timedelta(days=366)
"""How far ahead of today a fact may be dated: further is a slip of the pen."""


class Unsettled(Exception):
    """An entry to be changed has no position yet: it was entered in the same append, which must come first."""


class Batch:
    """What the commands decided so far in one append have added, so that the next is decided on top of it.

    They are all of one moment, the batch's beginning.
    """

    __slots__ = ("at", "furthest", "members", "next", "sets", "timelines", "today")

    def __init__(self) -> None:
        self.at = datetime.now(UTC)
        self.today = today(self.at)
        self.furthest = self.today + AHEAD
        """The last day that a fact may be dated."""
        self.next = PROVISIONAL
        """The provisional position of the next entry."""
        self.timelines: dict[str, Timeline[Any]] = {}
        """Every history that was read or written, as the last command left it."""
        self.members: dict[str, list[str]] = {}
        """The streams of the entries under each guard."""
        self.sets: dict[tuple[str, str], tuple[int, Mapping[str, Timeline[Any]]]] = {}
        """The sets that were asked for, by kind and guard: the last position seen, and each history."""

    def add(
        self, now: Mapping[str, Timeline[Any]], entered: Sequence[Recorded], guards: Mapping[int, frozenset[str]]
    ) -> None:
        """Add what a command decided: the histories it leaves, its entries, and the guards of each by its position."""
        self.timelines |= now
        self.next += len(entered)
        for entry in entered:
            for guard in guards[entry.position]:
                self.members.setdefault(guard, []).append(entry.stream)


class Decided(NamedTuple):
    """A command's outcome before it is appended."""

    drafts: tuple[Draft, ...]
    expects: Mapping[str, int]
    rests: Mapping[str, int]
    externals: tuple[External, ...]
