"""Taking views over the log, whatever an event does to them: what fails is tried again, then left to wait alone."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import Connection

from infra.log.event_rows import Batch, Decode, EventRows
from infra.views.engine import CannotProject, Engine, Overtaken
from infra.views.parking import Failed, pause
from infra.views.view import Key

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
_TOGETHER = 500
"""Events up to which all views take a batch in one transaction: one commit, and word goes out sooner."""


class Taking:
    """Takes engines over batches. Not to be shared between threads."""

    def __init__(self, decode: Decode) -> None:
        self._decode = decode
        self._failed: dict[str, float] = {}
        self._paused: dict[str, tuple[int, float, float]] = {}

    def take(
        self, connection: Connection[Any], engines: Iterable[Engine], after: int, size: int, to: int | None
    ) -> int:
        """Take engines that stand after this position over the next events, `size` at most; how many there were.

        Raises Overtaken, and psycopg.OperationalError where the database does not do its part.
        """
        now = time.monotonic()
        able = [engine for engine in engines if self._is_due(engine, after, now)]
        batch = self._read(connection, able, after, size, to)
        if not batch.events:
            return 0
        if len(able) > 1 and len(batch.events) <= _TOGETHER and self._together(connection, able, batch):
            return len(batch.events)
        for engine in able:
            self._alone(connection, engine, batch)
        return len(batch.events)

    def _read(
        self, connection: Connection[Any], engines: Sequence[Engine], after: int, size: int, to: int | None
    ) -> Batch:
        rows = EventRows(connection, self._decode)
        while engines:
            try:
                return rows.after(after, size, to)
            except Exception as error:
                _raise_if_lost(connection, error)
                if size == 1:
                    for engine in engines:
                        self._pause(connection, engine, after, error)
                    break
                size //= 2
        return Batch(after, (), rows)

    def _together(self, connection: Connection[Any], engines: Sequence[Engine], batch: Batch) -> bool:
        """Take all over the batch in one transaction; tell whether that could be done."""
        try:
            # In the order given, the live build of a view first: so do those that compare builds, and exchange them.
            concerned = [engine for engine in engines if engine.is_concerned(batch)]
            with connection.transaction():
                self._pass(connection, [engine for engine in engines if engine not in concerned], batch)
                for engine in concerned:
                    engine.apply(connection, batch)
        except Exception as error:
            for engine in engines:
                engine.forget()
            _raise_if_lost(connection, error)
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
            except Overtaken:
                engine.forget()
                raise
            except Exception as error:
                engine.forget()
                _raise_if_lost(connection, error)
                if (seconds := next(pauses, None)) is not None:
                    time.sleep(seconds)
                    continue
                self._failed[title] = time.monotonic()
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


def _raise_if_lost(connection: Connection[Any], error: Exception) -> None:
    """What the database or the machine failed to do is no fault of an event."""
    if isinstance(error, psycopg.OperationalError | MemoryError):
        raise error
    if connection.closed:
        raise psycopg.OperationalError("the connection is gone") from error
