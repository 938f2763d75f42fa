"""Work of many callers done together: one of them at a time does it for all who came while the last one was at it."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import Generic, TypeAlias, TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")

Work: TypeAlias = Callable[[list[T]], Sequence[R]]
"""Gives the outcome of each item, in order."""

MOST = 32
"""Callers served by one piece of work: the first waits for the last, so they are not many."""
MOMENT = 0.001
"""Seconds that an event loop is given, at most, to hear what came of a piece before the next one begins."""


class Busy(Exception):
    """The log could not be reached or locked in time. Send the command again under the same id."""


class Combining(Generic[T, R]):
    """Work that costs little more for many than for one.

    A caller who finds nobody at work does it at once: nobody alone ever waits. Those who come meanwhile queue, and the
    first of the queue does the next piece, with those behind it. For callers on an event loop, which may not be held
    up, a thread of ours does the pieces that they are first of.
    """

    def __init__(self, work: Work[T, R]) -> None:
        """`work` is done by one thread at a time.

        Where it raises Busy, that is everybody's outcome. Any other error sends the items one by one, so that it
        reaches only the caller whose item raises it; but none whose caller has gone, and none after one that is Busy.
        """
        self._work = work
        self._lock = Lock()
        self._queue: deque[_Waiting[T, R]] = deque()
        self._at_work = self._closed = False
        self._leader = ThreadPoolExecutor(1, thread_name_prefix="lead")

    @property
    def waiting(self) -> int:
        """How many callers wait for the next piece of work."""
        return len(self._queue)

    def do(self, item: T, patience: float) -> R:
        """The outcome of one item.

        Raises what `work` raises for it, and Busy after `patience` seconds in the queue or in another's hands; in
        another's hands it may be done all the same. Raises Busy also once this is closed.
        """
        waiting: _InThread[T, R] = _InThread(item)
        if not self._joins(waiting) and not waiting.gate.acquire(timeout=max(0.0, patience)):
            self._give_up(waiting)
            waiting.gate.acquire()  # being told, or the lead, is on its way
        if waiting.leads:
            self._lead(waiting)
        return waiting.settled()

    async def doing(self, item: T, patience: float) -> R:
        """The outcome of one item, for a caller on an event loop. Raises as `do` does.

        A caller that is cancelled is as one that waited for too long.
        """
        waiting: _OnLoop[T, R] = _OnLoop(item, lambda: self._have_led(waiting))
        if self._joins(waiting):
            waiting.take_lead()
        try:
            async with asyncio.timeout(max(0.0, patience)):
                await waiting.told
        except TimeoutError:
            self._give_up(waiting)
        except asyncio.CancelledError:
            with suppress(Busy):
                self._give_up(waiting)
            raise
        return waiting.settled()

    def close(self) -> None:
        """Take nobody else. Those who wait are served; those for whom a thread of ours leads, before this returns."""
        with self._lock:
            self._closed = True
        self._leader.shutdown()

    def _joins(self, waiting: "_Waiting[T, R]") -> bool:
        """Queue, unless nobody is at work: then lead. Tells whether it is to lead."""
        with self._lock:
            if self._closed:
                raise Busy("the log is being closed")
            if self._at_work:
                self._queue.append(waiting)
            else:
                self._at_work = waiting.leads = True
            return waiting.leads

    def _give_up(self, waiting: "_Waiting[T, R]") -> None:
        """Stop waiting, unless the outcome has just come, or the lead to the caller's own thread. Raises Busy."""
        with self._lock:
            if waiting in self._queue:
                self._queue.remove(waiting)
                raise Busy("others were recording for too long")
            if not (waiting.done or (waiting.leads and isinstance(waiting, _InThread))):
                waiting.gone = True
                raise Busy("no answer came in time, and whether this was recorded is not known")

    def _have_led(self, first: "_Waiting[T, R]") -> None:
        """Have our thread do the next piece of work; where it takes no more, this one."""
        try:
            self._leader.submit(self._lead, first)
        except RuntimeError:  # closed since the caller queued
            self._lead(first)

    def _lead(self, first: "_Waiting[T, R]") -> None:
        """Do the next piece of work, and hand the lead on."""
        together = [first]
        outcomes: Sequence[R | Exception] = []
        try:
            with self._lock:
                while self._queue and len(together) < MOST:
                    together.append(self._queue.popleft())
            outcomes = self._outcomes(together)
        finally:
            self._end(together, outcomes)

    def _end(self, together: "list[_Waiting[T, R]]", outcomes: Sequence[R | Exception]) -> None:
        """Tell the callers of a piece what came of it, and hand the lead on."""
        try:
            for number, waiting in enumerate(together):
                # None is there where the leader was broken off (by a signal): the others cannot tell how far it got.
                outcome = outcomes[number] if outcomes else Busy("whoever was recording this was broken off")
                if isinstance(outcome, Exception) and (number or isinstance(waiting, _OnLoop)):
                    outcome = outcome.with_traceback(None)  # it would keep the frames of this thread alive in another
                waiting.outcome, waiting.done = outcome, True
            _tell(together)
        finally:
            self._hand_on()

    def _outcomes(self, together: "list[_Waiting[T, R]]") -> Sequence[R | Exception]:
        try:
            return self._work([waiting.item for waiting in together])
        except Busy as error:
            return [error, *(type(error)(*error.args) for _ in together[1:])]
        except Exception as error:
            if len(together) == 1:
                return [error]
        return self._one_by_one(together)

    def _one_by_one(self, together: "list[_Waiting[T, R]]") -> list[R | Exception]:
        """The outcomes of items done alone, for as long as there is somebody to tell and the log can be reached."""
        outcomes: list[R | Exception] = []
        busy: Busy | None = None
        for waiting in together:
            if busy is None and not waiting.gone:
                outcomes += self._outcomes([waiting])
                busy = last if isinstance(last := outcomes[-1], Busy) else None
            else:
                outcomes.append(type(busy)(*busy.args) if busy else Busy("whoever wanted this recorded has gone"))
        return outcomes

    def _hand_on(self) -> None:
        with self._lock:
            if not self._queue:
                self._at_work = False
                return
            following = self._queue.popleft()
            following.leads = True
        following.take_lead()


class _Waiting(ABC, Generic[T, R]):
    """A caller, what it wants done, and what came of it."""

    __slots__ = ("done", "gone", "item", "leads", "outcome")

    def __init__(self, item: T) -> None:
        self.item = item
        self.leads = False
        self.done = False
        self.gone = False
        self.outcome: R | Exception | None = None

    @abstractmethod
    def take_lead(self) -> None:
        """Have the next piece of work done with this one first."""

    def settled(self) -> R:
        """The outcome; raises it where it is an error."""
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return cast(R, self.outcome)


class _InThread(_Waiting[T, R]):
    """A caller whose thread waits at a gate, to be told or to lead."""

    __slots__ = ("gate",)

    def __init__(self, item: T) -> None:
        super().__init__(item)
        self.gate = Lock()
        self.gate.acquire()

    def take_lead(self) -> None:
        self.gate.release()


class _OnLoop(_Waiting[T, R]):
    """A caller who awaits being told, on the event loop that runs."""

    __slots__ = ("_lead", "loop", "told")

    def __init__(self, item: T, lead: Callable[[], None]) -> None:
        super().__init__(item)
        self._lead = lead
        self.loop = asyncio.get_running_loop()
        self.told = self.loop.create_future()

    def take_lead(self) -> None:
        self._lead()


def _tell(together: Iterable[_Waiting[T, R]]) -> None:
    """Tell callers that their outcomes are there: those of an event loop by one call of it.

    Waits for a moment until they have gone on, so that what they want next is done in the next piece. Two threads that
    both have much to do, this and the loop's, would only take turns.
    """
    on: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for waiting in together:
        if isinstance(waiting, _OnLoop):
            on.setdefault(waiting.loop, []).append(waiting.told)
        elif isinstance(waiting, _InThread):
            waiting.gate.release()
    for loop, told in on.items():
        gone_on = Lock()
        gone_on.acquire()
        with suppress(RuntimeError):  # the loop has ended, and whoever waited with it
            loop.call_soon_threadsafe(_all_told, loop, told, gone_on)
            gone_on.acquire(timeout=MOMENT)


def _all_told(loop: asyncio.AbstractEventLoop, told: Iterable[asyncio.Future[None]], gone_on: Lock) -> None:
    for each in told:
        if not each.done():
            each.set_result(None)
    loop.call_soon(gone_on.release)  # after those who were told: a loop calls in the order it was asked
