"""A rule over a set: what must hold of many streams at once, guarded against those who decide at the same time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from domain.event import Event
from domain.refusal import Refusal
from domain.stream import Stream, Timeline

Members = Sequence[Timeline[Any]]
Breaks = Callable[[str, Timeline[Any], Timeline[Any], Members, Members], Refusal | None]


def always(owner: Timeline[Any]) -> bool:
    """Whether a rule holds for an owner: for every one."""
    return True


@dataclass(frozen=True)
class Rule:
    """One rule over a set. The set `<guard>:<id>` belongs to the owner stream of that id.

    Its members are the streams of `member` that ever wrote the guard. `acts` are the facts that give a place in the
    set: refused when they break the rule on any day from their own on; every other fact that breaks it is recorded
    with `irregularity`, and so is an act entered late, imported or corrected. A rule without `irregularity` is one that
    cannot be broken: whatever breaks it is refused, however it is entered, and it names no acts.
    """

    guard: str
    owner: Stream[Any]
    member: Stream[Any]
    breaks: Breaks
    """Owner's id, owner before and after, members before and after: a refusal, if some day is worse than it was."""
    acts: tuple[type[Event], ...] = ()
    irregularity: str | None = None
    applies: Callable[[Timeline[Any]], bool] = always
    """Whether the owner's history sets any limit at all; where it sets none, members need not be read."""

    @cached_property
    def prefix(self) -> str:
        """What its sets begin with."""
        return f"{self.guard}:"

    def of(self, owner_id: str) -> str:
        """The guard of one owner: `places:<id>`."""
        return f"{self.prefix}{owner_id}"
