"""Turns: those of this process who come at once are served by one of them, each on top of those before it."""

import asyncio
import random
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from threading import Condition
from typing import Generic, TypeVar

from infra.log.combining import Busy, Combining, Work
from infra.log.submission import Submission

T = TypeVar("T")
R = TypeVar("R")

HELD = 2.0
"""Seconds for which who leads waits for appends under way, while those behind it wait for the lead."""


class Turns(Generic[T, R]):
    """Serves callers together, and those again who must try again, until each has its outcome."""

    def __init__(self, attempt: Work[T, R | Exception | None]) -> None:
        """`attempt` serves items in turn, each on top of its predecessors; None is for one that must try again."""
        self._combining = Combining[T, R | Exception | None](attempt, _Few)

    @property
    def waiting(self) -> int:
        """How many wait for the attempt after the one under way."""
        return self._combining.waiting

    def take(self, item: T, patience: float) -> R:
        """The outcome of an item.

        Raises the outcomes that are errors, and Busy where others, of other processes too, got in first until patience
        (seconds) ran out.
        """
        attempts = Attempts(patience)
        while (outcome := self._combining.do(item, attempts.left())) is None:
            time.sleep(attempts.pause())
        return _settled(outcome)

    async def taking(self, item: T, patience: float) -> R:
        """The outcome of an item, for a caller on an event loop. Raises as `take` does."""
        attempts = Attempts(patience)
        while (outcome := await self._combining.doing(item, attempts.left())) is None:
            await asyncio.sleep(attempts.pause())
        return _settled(outcome)

    def close(self) -> None:
        """Let the threads go that serve callers on an event loop."""
        self._combining.close()


class UnderWay:
    """What the appends under way may write: who rests on it is decided when they have ended, on top of them."""

    def __init__(self) -> None:
        self._ended = Condition()
        self._written: list[tuple[set[str], set[str]]] = []
        self.waiting = 0
        """How many wait for an append to end."""

    def touched_by(self, submissions: Sequence[Submission], patience: float) -> bool:
        """Whether any of these rested on what was under way, of which some has ended by now.

        Waits for that no longer than `patience` (seconds). False also where nothing has ended by then: the log's
        verdicts on them then rest on whatever comes of it.
        """
        with self._ended:
            touched = any(
                not (streams.isdisjoint(one.expects) and guards.isdisjoint(one.rests))
                for streams, guards in self._written
                for one in submissions
            )
            if touched:
                self.waiting += 1
                touched = self._ended.wait(max(0.0, patience))
                self.waiting -= 1
        return touched

    @contextmanager
    def appending(self, submissions: Sequence[Submission]) -> Generator[None]:
        """Have these be under way."""
        events = [event for one in submissions for event in one.events]
        written = {event.stream for event in events}, {guard for event in events for guard in event.guards}
        with self._ended:
            self._written.append(written)
        try:
            yield
        finally:
            with self._ended:
                self._written.remove(written)
                self._ended.notify_all()


class _Few:
    """Those who are served in one attempt: the first waits for the last, so they are not many."""

    def __init__(self) -> None:
        self._count = 0

    def admits(self, item: object) -> bool:
        """Whether one more may come along."""
        self._count += 1
        return self._count <= 32


class Attempts:
    """Attempts at one thing, until patience (seconds) runs out."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._made = 0
        self.renew()

    def renew(self) -> None:
        """Be as patient as at first: some of it was done."""
        self._deadline = time.monotonic() + self._patience

    def left(self) -> float:
        """Seconds until patience runs out."""
        return self._deadline - time.monotonic()

    def pause(self) -> float:
        """Seconds to wait before the next attempt, a random while that grows; none after the first, which reads anew.

        Raises Busy where patience has run out.
        """
        if self.left() < 0:
            raise Busy("others kept recording on the same streams; nothing was recorded")
        made, self._made = self._made, self._made + 1
        return random.uniform(0, min(0.05, 0.001 * 2 ** min(made, 6))) if made else 0.0


def _settled(outcome: R | Exception) -> R:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
