"""What a server says, waited for no longer than it is silent for."""

from collections.abc import Iterator
from select import POLLIN, POLLOUT, poll
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg import Connection
from psycopg.abc import PQGen
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

T = TypeVar("T")

SILENCE = 20.0
"""Seconds without a word from the server, in the middle of a statement, after which a kept connection is lost."""


class Silent(psycopg.OperationalError):
    """The server has said nothing for too long, though its machine may still be there; the connection is closed."""


class Waiting(Connection[Any]):
    """A connection that waits for an answer no longer than the server is silent for `silence` seconds.

    The time limits of a session are the server's, and a server that hangs keeps none.
    """

    silence = SILENCE

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """As psycopg's. Raises Silent."""
        return super().wait(self._heard(gen), interval, timeout)

    def _heard(self, gen: PQGen[T]) -> PQGen[T]:
        """The same generator, ended where it is told again and again that nothing has come."""
        try:
            wanted = next(gen)
            until = monotonic() + self.silence
            while True:
                ready = yield wanted
                if ready:
                    until = monotonic() + self.silence
                elif monotonic() > until:
                    self.pgconn.finish()
                    raise Silent("the server has fallen silent")
                wanted = gen.send(ready)
        except StopIteration as ended:
            return ended.value


def results(pgconn: PGconn, messages: int, silence: float) -> Iterator[PGresult]:
    """The results of messages that were sent, past the driver, which takes longer to wait than most answers do.

    Where the connection is lost meanwhile there may be fewer. Raises Silent, and psycopg.OperationalError.
    """
    ready = poll()
    ready.register(pgconn.socket, POLLIN | POLLOUT)
    while pgconn.flush():
        _wait(pgconn, ready, silence)
        pgconn.consume_input()
    ready.modify(pgconn.socket, POLLIN)
    for _ in range(messages):
        while (result := _next(pgconn, ready, silence)) is not None:
            yield result
            if result.status == ExecStatus.PIPELINE_SYNC:
                break


def _next(pgconn: PGconn, ready: poll, silence: float) -> PGresult | None:
    while pgconn.is_busy():
        _wait(pgconn, ready, silence)
        pgconn.consume_input()
    return pgconn.get_result()


def _wait(pgconn: PGconn, ready: poll, silence: float) -> None:
    if not ready.poll(silence * 1_000):
        pgconn.finish()
        raise Silent("the server has fallen silent")
