"""Bringing keys that wait up to the checkpoint of their view, as if they had never waited."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg import Connection, OperationalError

from domain.event import Recorded
from infra.log.event_rows import Batch, Decode, EventRows
from infra.views.engine import Engine
from infra.views.parking import fault
from infra.views.view import View

_LOCK = "SELECT build FROM views.checkpoint WHERE view = %s AND version = %s::int AND stage = %s FOR UPDATE"
_KEYS = "SELECT key FROM views.parked WHERE build = %s ORDER BY position, key"
_POSITIONS = "SELECT position FROM views.waiting WHERE build = %s AND key = %s"
_RELEASE: tuple[LiteralString, ...] = (
    "DELETE FROM views.waiting WHERE build = %s AND key = %s",
    "DELETE FROM views.parked WHERE build = %s AND key = %s",
)
_STILL = "UPDATE views.parked SET error = %s WHERE build = %s AND key = %s"


class Replayed(NamedTuple):
    """How many keys were brought up to date, and how many still wait."""

    released: int
    waiting: int


def replay(connection: Connection[Any], view: View[Any], decode: Decode, today: Callable[[], date]) -> Replayed:
    """Try every key of a view that waits, each in a transaction of its own; the view stands still during each.

    A key that fails again stays as it was. Raises psycopg.OperationalError where the database does not do its part.
    """
    with connection.transaction():
        build = _locked(connection, view)
        keys = [] if build is None else [key for (key,) in connection.execute(_KEYS, (build,))]
    released = waiting = 0
    for key in keys:
        try:
            with connection.transaction():
                build = _locked(connection, view)
                if build is not None:
                    _release(connection, build, key, Engine(view, today=today()), EventRows(connection, decode))
        except OperationalError:
            raise
        except Exception as error:
            connection.execute(_STILL, (fault(error), build, key))
            waiting += 1
        else:
            released += 1
    return Replayed(released, waiting)


def _locked(connection: Connection[Any], view: View[Any]) -> UUID | None:
    """The build, which nobody takes on before the end of the transaction; None if there is none."""
    row = connection.execute(_LOCK, (view.name, view.version, view.stage)).fetchone()
    return None if row is None else row[0]


def _release(connection: Connection[Any], build: UUID, key: str, engine: Engine, rows: EventRows) -> None:
    positions = [position for (position,) in connection.execute(_POSITIONS, (build, key))]
    for batch in _in_turn(rows.at(positions).values(), rows):
        engine.replay(connection, batch, key)
    if positions:
        engine.sum_up(connection, min(positions))
    for statement in _RELEASE:
        connection.execute(statement, (build, key))


def _in_turn(events: Iterable[Recorded], rows: EventRows) -> Iterator[Batch]:
    """The events in order. One with a link is a batch of its own: what its slot said is read as of just before it."""
    run: list[Recorded] = []
    for event in sorted(events, key=lambda event: event.position):
        if run and (event.link is not None or run[-1].link is not None):
            yield Batch(run[0].position - 1, run, rows)
            run = []
        run.append(event)
    if run:
        yield Batch(run[0].position - 1, run, rows)
