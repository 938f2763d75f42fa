"""The projector: it follows the log and takes every view with it."""

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any, Self

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from domain.values import today as today_in_london
from infra.following.lease import NAME, Leases
from infra.following.taking import Taking, Ways, raise_if_lost
from infra.log.append import CHANNEL as LOG
from infra.log.event_rows import Decode
from infra.log.reading import decode as decode_without_keys
from infra.postgres.collecting import collecting_later
from infra.postgres.direct import direct, heard, listening
from infra.views.builds import followed, held_back
from infra.views.engine import HOLD, Engine, Overtaken
from infra.views.trouble import Trouble
from infra.views.view import View

_LOG = logging.getLogger(__name__)

SETTINGS = {
    # The engine's statements ask for keys by index. While a view is filled, statistics would say that it is empty.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    # Whatever it is asked for, there is one way to do it: it is planned once.
    "plan_cache_mode": "force_generic_plan",
    # A view and its checkpoint are lost together or not at all, and what is lost is in the log.
    "synchronous_commit": "off",
}
"""What the sessions of those that write views set."""
_SMALL = 500
"""Events that a batch may have at first; it grows as long as batches are full."""
_BLINK = 0.2
"""Seconds after which a waiting projector looks whether it is to stop."""
_FIRST, _LONGEST = 0.05, 2.0
"""Seconds between two attempts to reach the server again, at first and at last."""


class Projector:
    """Keeps views up to date, over two connections of the projector's role: one to read the log, one to write views.

    `batch` is the most events that one transaction takes; `hold` what each view's engine keeps in memory, in entries;
    `decode` makes an event of a row of the log. Tables that do not exist are made; but a version of a view that was
    never made, where another is live, is held back: see `infra.views.builds`. Not to be shared between threads.
    """

    def __init__(
        self,
        url: str,
        views: Sequence[View[Any]],
        *,
        batch: int = 5_000,
        hold: int = HOLD,
        decode: Decode = decode_without_keys,
        today: Callable[[], date] = today_in_london,
    ) -> None:
        self._url, self._views = url, views
        self._batch, self._hold = batch, hold
        self._today = today
        self._name = NAME
        self._size = min(_SMALL, batch)
        self._taking = Taking(decode)
        self._rolled: dict[str, date] = {}
        self._said: set[str] = set()
        self._ways: Ways | None = None
        self._engines: dict[str, Engine] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections. Any later call makes others."""
        ways, self._ways = self._ways, None
        self._taking.abandon()
        for engine in self._engines.values():
            # Commits of views are not waited for: a server that went away may have lost what was done last.
            engine.forget()
        self._rolled.clear()
        if ways is not None:
            ways.close()

    def positions(self) -> dict[str, int]:
        """How far each view has followed the log, by its title."""
        connection = self._connected().views
        return {title: engine.reached(connection) for title, engine in self._listed(connection).items()}

    def step(self, to: int | None = None) -> int:
        """Take every view one batch further, not past `to`; the number of events that were read, 0 at the head.

        Views that stand at the same position share what is read and decoded. One that is behind comes up to the next
        in its own batches, while the others go on with theirs. A key that an event cannot be folded into waits, and a
        view that cannot take an event at all stays before it. Raises Overtaken, and psycopg.OperationalError.
        """
        read = self._further(to)
        self._taking.settle(self._connected().views)
        return read

    def catch_up(self, to: int | None = None, told: Callable[[int], object] = lambda reached: None) -> int:
        """Follow the log to its head, or to `to`; the position that every view has reached. Raises as `step`.

        `told` is given that position on the way, with what is under way.
        """
        while self._further(to):
            told(min((engine.stands or 0 for engine in self._engines.values()), default=0))
        return min(self.positions().values(), default=0)

    def follow(self, stop: threading.Event, *, poll: float = 5.0) -> None:
        """Follow the log until told to stop: woken when it grows, and looking every `poll` seconds in any case.

        Of several that follow, each keeps a share of the views, and takes over those of one that is gone. When the
        server goes away, or anything else goes wrong, it tries again until it goes well.
        """
        pause, trouble = _FIRST, Trouble(_LOG, "The views cannot be taken along")
        with Leases(self._url, lambda connection: [view.title for view in followed(connection, self._views)]) as leases:
            self._name = leases.name
            while not stop.is_set():
                try:
                    with listening(self._url, LOG, name=self._name) as listener:
                        while not stop.is_set():
                            while self._turn(leases) and not stop.is_set():
                                pause = _FIRST
                            self._taking.settle(self._connected().views)
                            trouble.over()
                            self._wait(listener, leases, stop, poll)
                except Exception as error:
                    trouble.met(error, passes=isinstance(error, psycopg.OperationalError))
                    self.close()
                    stop.wait(pause)
                    pause = min(pause * 2, _LONGEST)

    def _turn(self, leases: Leases) -> int:
        """A step of the views that are ours to keep."""
        ways = self._connected()
        leases.changed.clear()
        held = leases.held
        engines = self._engines if held <= self._engines.keys() else self._listed(ways.views)
        for title, engine in engines.items():
            if title not in held:
                engine.forget()
        ours = [engine for title, engine in engines.items() if title in held]
        try:
            return self._step(ways, self._standing(ways.views, ours), None)
        except Overtaken as overtaken:
            leases.doubt(overtaken.view)
            return 0

    def _further(self, to: int | None) -> int:
        """A step of all views, whose last batch may be left under way."""
        ways = self._connected()
        if self._taking.is_under_way:
            standing = self._standing(ways.views, self._engines.values())
        else:
            standing = {engine: engine.reached(ways.views) for engine in self._listed(ways.views).values()}
        return self._step(ways, standing, to)

    def _standing(self, connection: Connection[TupleRow], engines: Collection[Engine]) -> dict[Engine, int]:
        """Where views stand: as we left them, and as the database says where we do not remember."""
        if any(engine.stands is None for engine in engines):
            self._taking.settle(connection)
        return {engine: engine.reached(connection) if engine.stands is None else engine.stands for engine in engines}

    def _step(self, ways: Ways, standing: dict[Engine, int], to: int | None) -> int:
        standing, in_the_way = self._rolled_on(ways.views, standing)
        places = sorted(set(standing.values()))
        size, self._size = self._size, min(_SMALL, self._batch)
        read = 0
        with collecting_later(kept=True):
            for place, following in zip(places, [*places, to][1:], strict=True):
                engines = [engine for engine, position in standing.items() if position == place]
                bounds = [bound for bound in (following, to) if bound is not None]
                taken = self._taking.take(ways, engines, place, size, min(bounds, default=None))
                if taken == size:
                    # There is more to come: the more there is, the larger batches grow.
                    self._size = min(2 * size, self._batch)
                read += taken
        for error in in_the_way:
            raise error
        return read

    def _connected(self) -> Ways:
        if self._ways is None or not self._ways.are_open:
            self.close()
            log, views = (direct(self._url, name=self._name, **SETTINGS) for _ in Ways._fields)
            self._ways = Ways(log, views)
            back = held_back(self._ways.views, self._views)
            self._engines = {view.title: self._engine(view) for view in self._views if view.title not in back}
            for engine in self._engines.values():
                engine.create(self._ways.views)
            self._say(back)
        return self._ways

    def _say(self, back: Mapping[str, int]) -> None:
        """Say once what is not kept, and what is to be done about it."""
        for title in back.keys() - self._said:
            told = "%s is not kept, as version %d of it is live: run `fellowtrace rebuild %s`, which makes it"
            _LOG.warning(told, title, back[title], title.partition(" ")[0])
        self._said |= back.keys()

    def _listed(self, connection: Connection[TupleRow]) -> dict[str, Engine]:
        """An engine for each view, and for each build that was live before, as long as it is there."""
        self._taking.settle(connection)
        self._engines = {view.title: self._engine(view) for view in followed(connection, self._views)}
        return self._engines

    def _engine(self, view: View[Any]) -> Engine:
        return self._engines.get(view.title) or Engine(view, today=self._today(), hold=self._hold)

    def _wait(self, listener: Connection[TupleRow], leases: Leases, stop: threading.Event, poll: float) -> None:
        """Until the log has grown, there are other leases, `poll` seconds have passed, or it is time to stop."""
        waited = 0.0
        while not stop.is_set() and not leases.changed.is_set() and waited < poll and not heard(listener, _BLINK):
            waited += _BLINK

    def _rolled_on(
        self, connection: Connection[TupleRow], standing: Mapping[Engine, int]
    ) -> tuple[dict[Engine, int], list[psycopg.OperationalError]]:
        """Those whose `now` is of the day that it is in London, to which each is brought once a day.

        Also how others were in the way of bringing one there.
        """
        day, rolled, in_the_way = self._today(), dict[Engine, int](), list[psycopg.OperationalError]()
        for engine, position in standing.items():
            if self._rolled.get(engine.view.title) != day:
                self._taking.settle(connection)
                try:
                    if not self._taking.roll(connection, engine, position, day):
                        continue
                except psycopg.OperationalError as error:
                    raise_if_lost(connection, error)
                    in_the_way.append(error)
                    continue
                self._rolled[engine.view.title] = day
            rolled[engine] = position
        return rolled, in_the_way
