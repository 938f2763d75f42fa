"""The append path: submissions in, verdicts out, in one round trip that is one transaction."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from operator import itemgetter
from typing import Any, LiteralString

import psycopg
from psycopg import Connection
from psycopg.errors import LockNotAvailable, QueryCanceled
from psycopg_pool import PoolTimeout, TooManyRequests

from infra.database import Pool
from infra.submission import (
    Accepted,
    Conflict,
    External,
    Followed,
    Moved,
    NewEvent,
    OtherBody,
    Repeated,
    Submission,
    Taken,
    Verdict,
    arrays,
    verdict,
)

__all__ = [
    "Accepted",
    "Appender",
    "Busy",
    "Conflict",
    "External",
    "Followed",
    "Moved",
    "NewEvent",
    "OtherBody",
    "Repeated",
    "Submission",
    "Taken",
    "Verdict",
]

CHANNEL = "fellowtrace_log"
"""Where word goes out that the log has grown. It carries nothing, and may be lost: whoever listens also polls."""


class Busy(Exception):
    """The log could not be reached or locked in time. Send the command again under the same id."""


class Appender:
    """Appends to the log and asks it about commands, as the api role.

    Where the connection is lost before the answer came, the same call is sent again on a fresh connection. The
    function looks each command id up before anything else, under the lock, so what the lost call recorded is found
    (`Repeated`, with the positions it got) and what it did not is judged anew; should the lost call only now come to
    be run, it finds the commands in turn and records nothing.
    """

    def __init__(self, pool: Pool, *, patience: float = 10.0) -> None:
        """`patience` is how many seconds a lost connection is sought again for."""
        self._pool = pool
        self._patience = patience
        self._announcer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="announce")
        self._announcing = False

    def append(self, submissions: Sequence[Submission]) -> list[Verdict]:
        """Append what can be accepted, in one transaction. Returns a verdict for each submission, in order.

        Raises Busy, after which a submission may have been recorded; ValueError for events whose versions do not
        follow on those expected; psycopg.DatabaseError for what the log never takes.
        """
        if not submissions:
            return []
        rows = self._ask(_APPEND, arrays(submissions))
        verdicts = [verdict(row) for row in sorted(rows, key=itemgetter(0))]
        if any(isinstance(given, Accepted) for given in verdicts):
            self._announce()
        return verdicts

    def find(self, principal: str, command_id: str, request_hash: bytes) -> Repeated | OtherBody | None:
        """The answer to a command that was accepted, or None. Waits for an append under way. Raises Busy."""
        for row in self._ask(_FIND, (principal, command_id, request_hash)):
            given = verdict(row)
            if isinstance(given, Repeated | OtherBody):
                return given
        return None

    def close(self) -> None:
        """Send the last word out and stop. The pool stays open."""
        self._announcer.shutdown()

    def _ask(self, query: LiteralString, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run one of the log's functions, each call a transaction of its own; again if the connection is lost."""
        deadline = time.monotonic() + self._patience
        while True:
            try:
                with self._pool.connection(max(0.1, deadline - time.monotonic())) as connection:
                    return _run(connection, query, parameters)
            except (LockNotAvailable, QueryCanceled) as error:
                raise Busy("others held the log's lock for too long") from error
            except (PoolTimeout, TooManyRequests) as error:
                raise Busy("no connection to the database was free in time") from error
            except _Lost as error:
                if time.monotonic() > deadline:
                    raise Busy("the connection was lost, and whether this was recorded could not be asked") from error
            self._pool.check()  # a server that went away left more dead connections than this one

    def _announce(self) -> None:
        """Have word sent out soon: outside the lock, and once for all that is recorded meanwhile."""
        if not self._announcing:
            self._announcing = True
            with suppress(RuntimeError):  # closed
                self._announcer.submit(self._notify)

    def _notify(self) -> None:
        self._announcing = False
        with suppress(psycopg.Error), self._pool.connection() as connection:
            # A notification writes a commit record: waiting for its flush would be waiting for nothing.
            connection.execute(f"BEGIN; SET LOCAL synchronous_commit = off; NOTIFY {CHANNEL}; COMMIT")
        time.sleep(0.002)


class _Lost(Exception):
    """The connection went away before the answer came."""


_MARKS: list[LiteralString] = ["%b"] * 26
_APPEND: LiteralString = f"SELECT * FROM log.append({', '.join(_MARKS)})"
_FIND = "SELECT * FROM log.find(%s, %s::text::uuid, %b)"


def _run(connection: Connection[Any], query: LiteralString, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    try:
        return connection.execute(query, parameters, prepare=True, binary=True).fetchall()
    except psycopg.OperationalError as error:
        if connection.closed or (error.sqlstate or "").startswith(("08", "57P")):
            raise _Lost from error
        raise
