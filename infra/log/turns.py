"""Turns: who has met others of this process over a stream or a guard goes together with them, and not against them."""

import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from itertools import count
from threading import Lock
from typing import Generic, TypeVar

from infra.log.combining import Busy, Combining

T = TypeVar("T")
R = TypeVar("R")


class Turns(Generic[T, R]):
    """Lets callers who keep meeting be served by one of them, all in one attempt, for as long as they meet."""

    def __init__(self, attempt: Callable[[list[T]], Sequence[R | Exception | None]]) -> None:
        """`attempt` serves items in turn, each on top of its predecessors; None is for one that must try again."""
        self._combining = Combining[T, R | Exception | None](attempt, _Few)
        self._lock = Lock()
        self._contended: Counter[str] = Counter()

    def contended(self, names: Collection[str]) -> set[str]:
        """Those of the names that somebody waits over: who comes with one of them had better take a turn at once."""
        return self._contended.keys() & names if self._contended else set()

    def take(self, item: T, names: Collection[str], patience: float) -> R:
        """The outcome of an item of one who met others over these names.

        Raises the outcomes that are errors, and Busy where others, of other processes too, got in first until patience
        (seconds) ran out.
        """
        deadline = time.monotonic() + patience
        with self._waiting_over(names):
            for attempt in count():
                outcome = self._combining.do(item, deadline - time.monotonic())
                if outcome is not None and not isinstance(outcome, Exception):
                    return outcome
                if time.monotonic() > deadline:
                    break
                back_off(attempt)
        raise Busy("others kept recording on the same streams; nothing was recorded")

    @contextmanager
    def _waiting_over(self, names: Collection[str]) -> Generator[None]:
        with self._lock:
            self._contended.update(names)
        try:
            yield
        finally:
            with self._lock:
                self._contended.subtract(names)
                for name in names:
                    if not self._contended[name]:
                        del self._contended[name]


class _Few:
    """Those who are served in one attempt: the first waits for the last, so they are not many."""

    def __init__(self) -> None:
        self._count = 0

    def admits(self, item: object) -> bool:
        """Whether one more may come along."""
        self._count += 1
        return self._count <= 32


def back_off(attempt: int) -> None:
    """Wait before the next attempt, a random while that grows; not after the first, whose successor reads anew."""
    if attempt:
        time.sleep(random.uniform(0, min(0.05, 0.001 * 2 ** min(attempt, 6))))
