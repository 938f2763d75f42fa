"""Turns: those of this process who come at once are served by one of them, each on top of those before it."""

import asyncio
import random
import time
from typing import Generic, TypeVar, cast

from infra.log.combining import Busy, Combining, Work

T = TypeVar("T")
R = TypeVar("R")


class Turns(Generic[T, R]):
    """Serves callers together, and those again who must try again, until each has its outcome."""

    def __init__(self, attempt: Work[T, R | Exception | None]) -> None:
        """`attempt` serves items in turn, each on top of its predecessors; None is for one that must try again."""
        self._combining = Combining[T, R | Exception | None](attempt)

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
        return cast("R", outcome)

    async def taking(self, item: T, patience: float) -> R:
        """The outcome of an item, for a caller on an event loop. Raises as `take` does."""
        attempts = Attempts(patience)
        while (outcome := await self._combining.doing(item, attempts.left())) is None:
            await asyncio.sleep(attempts.pause())
        return cast("R", outcome)

    def close(self) -> None:
        """Take nobody else. Those who wait are served."""
        self._combining.close()


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
            raise Busy("others kept recording on the same streams")
        made, self._made = self._made, self._made + 1
        return random.uniform(0, min(0.05, 0.001 * 2 ** min(made, 6))) if made else 0.0
