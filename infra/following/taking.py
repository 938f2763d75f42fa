"""Taking views over the log, whatever an event does to them: what fails is tried again, then left to wait alone.

What a large batch changed of a view is sent to the server in one piece. While the server writes it, the next batch is
read, over a connection of its own, and made ready.
"""

import json
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection
from psycopg.generators import send
from psycopg.pq import TransactionStatus

from infra.log.event_rows import Batch, Decode, EventRows
from infra.postgres.calls import gone
from infra.views.engine import CannotProject, Engine, Overtaken
from infra.views.parking import Failed, pause
from infra.views.view import Key
from infra.views.waiting import CHANNEL as VIEWS

_PAUSES = (0.02, 0.1)
"""Seconds before what failed is tried again, and again."""
_PATIENCE = 60.0
"""Seconds in which no more is tried again of a view, once that was of no use."""
_FIRST, _LONGEST = 1.0, 60.0
"""Seconds before an event that pauses a view is tried again, at first and at last."""
_PASS = """
    UPDATE views.checkpoint c SET position = %s::bigint
      FROM (SELECT view, version, stage
              FROM unnest(%s::text[], %s::int[], %s::text[]) WITH ORDINALITY AS named (view, version, stage, nth)
              JOIN views.checkpoint USING (view, version, stage)
             WHERE position = %s::bigint ORDER BY nth FOR UPDATE OF checkpoint) locked
     WHERE (c.view, c.version, c.stage) = (locked.view, locked.version, locked.stage)
    RETURNING c.view, c.version, c.stage, c.build
"""
"""Moves the checkpoints that stand where they should. They are locked in the order given, whatever the plan."""
_MACHINE = ("53", "58")
"""How the SQLSTATE begins of what the server's machine lacks: room on its disks, memory."""
_TOGETHER = 500
"""Events up to which all views take a batch in one transaction: one commit, and word goes out sooner."""


class Ways(NamedTuple):
    """The connections of who takes views along: over one the log is read, over the other views are written."""

    log: Connection[Any]
    views: Connection[Any]

    @property
    def are_open(self) -> bool:
        """Whether both are, as far as is known here."""
        return not self.log.closed and not self.views.closed

    def close(self) -> None:
        """Let go of both."""
        for connection in self:
            with suppress(psycopg.Error):
                connection.close()


class _UnderWay(NamedTuple):
    """A batch whose changes the server has been sent: closing the transaction waits for it, and commits."""

    engine: Engine
    batch: Batch
    transaction: ExitStack


class Taking:
    """Takes engines over batches. Not to be shared between threads."""

    def __init__(self, decode: Decode) -> None:
        self._decode = decode
        self._under_way: _UnderWay | None = None
        self._failed: dict[str, float] = {}
        self._paused: dict[str, tuple[int, float, float]] = {}

    @property
    def is_under_way(self) -> bool:
        """Whether an engine has been taken over a batch that is not committed yet."""
        return self._under_way is not None

    def take(self, ways: Ways, engines: Iterable[Engine], after: int, size: int, to: int | None) -> int:
        """Take engines that stand after this position over the next events, `size` at most; how many there were.

        If there are as many as there may be, what the last engine writes is left under way: see `settle`. Raises
        Overtaken, and psycopg.OperationalError where the server is gone or lacks something, at once; or where others
        were in the way of an engine (a lock), once the rest have been taken.
        """
        connection = ways.views
        now = time.monotonic()
        able = [engine for engine in engines if self._is_due(engine, after, now)]
        batch = self._read(ways, able, after, size, to)
        if not batch.events:
            self.settle(connection)
            return 0
        is_small = len(batch.events) <= _TOGETHER
        if is_small and len(able) > 1 and not self.is_under_way and self._together(connection, able, batch):
            return len(batch.events)
        in_the_way: list[psycopg.OperationalError] = []
        for engine in able:
            with suppress(CannotProject):
                engine.prepare(batch)
            as_it_was = True
            with _met(in_the_way, connection):
                as_it_was = self.settle(connection)
            if not as_it_was:
                # Where views stand is to be asked again.
                break
            with _met(in_the_way, connection):
                self._send(connection, engine, batch)
        if len(batch.events) < size or in_the_way:
            with _met(in_the_way, connection):
                self.settle(connection)
        for error in in_the_way:
            raise error
        return len(batch.events)

    def settle(self, connection: Connection[Any]) -> bool:
        """Wait for what is under way, and commit it. Where that fails, what can be done by itself is: False."""
        if self._under_way is None:
            return True
        (engine, batch, transaction), self._under_way = self._under_way, None
        try:
            transaction.close()
        except Exception as error:
            engine.forget()
            _close_if_stuck(connection)
            raise_if_lost(connection, error)
            self._alone(connection, engine, batch)
            return False
        return True

    def abandon(self) -> None:
        """The connection is given up, and what is under way with it."""
        if self._under_way is not None:
            self._under_way.engine.forget()
            self._under_way = None

    def roll(self, connection: Connection[Any], engine: Engine, after: int, day: date) -> bool:
        """Bring `now` of one that stands after this position to a day; where that cannot be done it pauses: False.

        Raises psycopg.OperationalError where the server is gone, or others are in the way.
        """
        if not self._is_due(engine, after, time.monotonic()):
            return False
        try:
            with connection.transaction():
                engine.roll(connection, day)
        except psycopg.OperationalError:
            raise
        except Exception as error:
            raise_if_lost(connection, error)
            self._pause(connection, engine, after, error)
            return False
        return True

    def _read(self, ways: Ways, engines: Sequence[Engine], after: int, size: int, to: int | None) -> Batch:
        rows = EventRows(ways.log, self._decode)
        while engines:
            try:
                return rows.after(after, size, to)
            except Exception as error:
                raise_if_lost(ways.log, error)
                if size == 1:
                    self.settle(ways.views)
                    for engine in engines:
                        self._pause(ways.views, engine, after, error)
                    break
                size //= 2
        return Batch(after, (), rows)

    def _send(self, connection: Connection[Any], engine: Engine, batch: Batch) -> None:
        """Take one over the batch, and leave that under way once the server has got all of it."""
        try:
            with ExitStack() as transaction:
                transaction.enter_context(connection.transaction())
                transaction.enter_context(connection.pipeline())
                engine.apply(connection, batch)
                _tell(connection, [engine], batch.last)
                connection.wait(send(connection.pgconn))
                self._under_way = _UnderWay(engine, batch, transaction.pop_all())
        except Overtaken:
            engine.forget()
            raise
        except Exception as error:
            engine.forget()
            _close_if_stuck(connection)
            raise_if_lost(connection, error)
            self._alone(connection, engine, batch)

    def _together(self, connection: Connection[Any], engines: Sequence[Engine], batch: Batch) -> bool:
        """Take all over the batch in one transaction; tell whether that could be done."""
        try:
            # In the order given, the live build of a view first: so do those that compare builds, and exchange them.
            concerned = [engine for engine in engines if engine.is_concerned(batch)]
            with connection.transaction():
                self._pass(connection, [engine for engine in engines if engine not in concerned], batch)
                for engine in concerned:
                    engine.apply(connection, batch)
                _tell(connection, engines, batch.last)
        except Exception as error:
            for engine in engines:
                engine.forget()
            raise_if_lost(connection, error)
            return False
        return True

    def _pass(self, connection: Connection[Any], engines: Sequence[Engine], batch: Batch) -> None:
        """Move the checkpoints of views that a batch does not concern, all in one statement."""
        views = [engine.view for engine in engines]
        named = [[view.name for view in views], [view.version for view in views], [view.stage for view in views]]
        moved = {row[:3]: row[3] for row in connection.execute(_PASS, (batch.last, *named, batch.after))}
        for engine in engines:
            if (build := moved.get((engine.view.name, engine.view.version, engine.view.stage))) is None:
                raise Overtaken(engine.view.title, batch.after)
            engine.moved(connection, build, batch)

    def _alone(self, connection: Connection[Any], engine: Engine, batch: Batch) -> None:
        """Take one over the batch, or as much of it as it can take."""
        title = engine.view.title
        patient = time.monotonic() - self._failed.get(title, -_PATIENCE) >= _PATIENCE
        pauses = iter(_PAUSES if patient else ())
        poison: dict[Key, Failed] = {}
        while True:
            try:
                with connection.transaction():
                    engine.apply(connection, batch, poison)
                    _tell(connection, [engine], batch.last)
            except Overtaken:
                engine.forget()
                raise
            except Exception as error:
                engine.forget()
                raise_if_lost(connection, error)
                if (seconds := next(pauses, None)) is not None:
                    time.sleep(seconds)
                    continue
                self._failed[title] = time.monotonic()
                if isinstance(error, psycopg.OperationalError):
                    raise
                if isinstance(error, CannotProject) and not error.failed.keys() <= poison.keys():
                    poison |= error.failed
                elif len(batch.events) > 1:
                    batch = Batch(batch.after, batch.events[: len(batch.events) // 2], batch.rows)
                    # What fails beyond is met when it comes: parked now, its key would pass over what is before it.
                    poison = {key: failed for key, failed in poison.items() if failed.position <= batch.last}
                else:
                    self._pause(connection, engine, batch.after, error)
                    return
            else:
                return

    def _pause(self, connection: Connection[Any], engine: Engine, after: int, error: Exception) -> None:
        view = engine.view
        pause(connection, view.name, view.version, view.stage, error)
        position, _, seconds = self._paused.get(view.title, (after, 0, _FIRST / 2))
        seconds = min(_LONGEST, 2 * seconds) if position == after else _FIRST
        self._paused[view.title] = after, time.monotonic() + seconds, seconds

    def _is_due(self, engine: Engine, after: int, now: float) -> bool:
        position, due, _ = self._paused.get(engine.view.title, (-1, 0.0, 0.0))
        return position != after or now >= due


@contextmanager
def _met(in_the_way: list[psycopg.OperationalError], connection: Connection[Any]) -> Generator[None]:
    """Go on where only others were in the way, and keep how. Raises what concerns the server."""
    try:
        yield
    except psycopg.OperationalError as error:
        raise_if_lost(connection, error)
        in_the_way.append(error)


def _tell(connection: Connection[Any], engines: Iterable[Engine], position: int) -> None:
    """Say, with the end of the transaction that is open, how far views are."""
    told = json.dumps({engine.view.title: position for engine in engines})
    connection.execute("SELECT pg_notify(%s, %s)", (VIEWS, told))


def _close_if_stuck(connection: Connection[Any]) -> None:
    """Where the server is gone, a connection may not come out of its pipeline, and not notice that it is lost."""
    if connection.info.transaction_status != TransactionStatus.IDLE:
        connection.close()


def raise_if_lost(connection: Connection[Any], error: Exception) -> None:
    """What the server or the machine failed to do is no fault of an event, nor of one view."""
    if isinstance(error, MemoryError):
        raise error
    if isinstance(error, psycopg.OperationalError) and (gone(error) or (error.sqlstate or "").startswith(_MACHINE)):
        raise error
    if connection.closed:
        raise psycopg.OperationalError("the connection is gone") from error
