"""The projector: it follows the log and takes every view with it."""

import gc
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any, Self

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from domain.values import today as today_in_london
from infra import database
from infra.engine import HOLD, CannotProject, Engine, Overtaken
from infra.envelope import decode as decode_without_keys
from infra.event_rows import Decode, EventRows
from infra.view import View

__all__ = ["CannotProject", "Overtaken", "Projector"]

LOG, VIEWS = "fellowtrace_log", "fellowtrace_views"
"""The channels on which writers say that the log has grown, and projectors that views have."""
PLANS = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}
"""The engine's statements ask for keys by index. While a view is filled, statistics would say that it is empty."""
_BLINK = 0.2
"""Seconds after which a waiting projector looks whether it is to stop."""
_LONGEST_PAUSE = 2.0
"""Seconds between two attempts to reach the server again."""


class Projector:
    """Keeps views up to date, over one connection of the projector's role.

    `batch` is the most events that one transaction takes; `hold` what each view's engine keeps in memory, in entries;
    `decode` makes an event of a row of the log. Tables that do not exist are made. Not to be shared between threads.
    """

    def __init__(
        self,
        url: str,
        views: Sequence[View[Any]],
        *,
        batch: int = 1_000,
        hold: int = HOLD,
        decode: Decode = decode_without_keys,
        today: Callable[[], date] = today_in_london,
    ) -> None:
        self._url = url
        self._batch = batch
        self._decode = decode
        self._today = today
        self._rolled: date | None = None
        self._connection: Connection[TupleRow] | None = None
        self._engines = {view.title: Engine(view, today=today(), hold=hold) for view in views}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection. Any later call makes another."""
        connection, self._connection, self._rolled = self._connection, None, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()

    def positions(self) -> dict[str, int]:
        """How far each view has followed the log, by its title."""
        connection = self._connected()
        return {title: engine.reached(connection) for title, engine in self._engines.items()}

    def step(self, to: int | None = None) -> int:
        """Take every view one batch further, not past `to`; the number of events that were read, 0 at the head.

        Views that stand at the same position share what is read and decoded. One that is behind comes up to the next
        in its own batches, while the others go on with theirs. Raises Overtaken, CannotProject and PositionMissing.
        """
        connection = self._connected()
        self._roll(connection)
        standing: dict[int, list[Engine]] = {}
        for engine in self._engines.values():
            standing.setdefault(engine.reached(connection), []).append(engine)
        places = sorted(standing)
        read = 0
        with _collecting_later():
            for place, following in zip(places, [*places[1:], to], strict=True):
                bounds = [bound for bound in (following, to) if bound is not None]
                batch = EventRows(connection, self._decode).after(place, self._batch, min(bounds, default=None))
                read += len(batch.events)
                if batch.events:
                    for engine in standing[place]:
                        with connection.transaction():
                            engine.apply(connection, batch)
        if read:
            connection.execute("SELECT pg_notify(%s, %s)", (VIEWS, str(min(self.positions().values()))))
        return read

    def catch_up(self, to: int | None = None) -> int:
        """Follow the log to its head, or to `to`; the position that every view has reached. Raises as `step`."""
        while self.step(to):
            pass
        return min(self.positions().values(), default=0)

    def rebuild(self, view: View[Any]) -> int:
        """Empty a view and fill it again from the log; the position reached. Raises as `step`.

        Nothing is answered from the view until it is back where it stood.
        """
        self._engines[view.title].empty(self._connected())
        return self.catch_up()

    def follow(self, stop: threading.Event, *, poll: float = 5.0) -> None:
        """Follow the log until told to stop: woken when it grows, and looking every `poll` seconds in any case.

        When the server goes away, tries again until it is back. Raises as `step`.
        """
        pause = 0.05
        while not stop.is_set():
            try:
                with self._listening() as listener:
                    while not stop.is_set():
                        while self.step() and not stop.is_set():
                            pause = 0.05
                        self._wait(listener, stop, poll)
            except psycopg.OperationalError:
                self.close()
                stop.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _connected(self) -> Connection[TupleRow]:
        if self._connection is None or self._connection.closed:
            self._connection = database.connect(self._url, name="fellowtrace projector", **PLANS)
            for engine in self._engines.values():
                engine.create(self._connection)
        return self._connection

    @contextmanager
    def _listening(self) -> Generator[Connection[TupleRow]]:
        """A connection that hears of the log's growth from now on; what grew before must be looked for after."""
        with database.connect(self._url, name="fellowtrace projector (waiting)") as listener:
            listener.execute(f"LISTEN {LOG}".encode())
            yield listener

    def _wait(self, listener: Connection[TupleRow], stop: threading.Event, poll: float) -> None:
        """Until the log has grown, `poll` seconds have passed, or it is time to stop."""
        waited = 0.0
        while not stop.is_set() and waited < poll:
            for _ in listener.notifies(timeout=_BLINK, stop_after=1):
                return
            waited += _BLINK

    def _roll(self, connection: Connection[TupleRow]) -> None:
        """Bring `now` of every view to the day it is in London, once a day."""
        day = self._today()
        if day != self._rolled:
            for engine in self._engines.values():
                with connection.transaction():
                    engine.roll(connection, day)
            self._rolled = day


@contextmanager
def _collecting_later() -> Generator[None]:
    """Look for cyclic garbage between batches only: what they make is kept, or goes by itself; it halves their time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
