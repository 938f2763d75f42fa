"""The append path: submissions in, verdicts out. Callers who come at once share a round trip, and a transaction."""

import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import chain, islice
from operator import itemgetter
from typing import Any
from uuid import UUID

import psycopg
from psycopg import errors
from psycopg_pool import PoolTimeout, TooManyRequests

from infra.log.combining import Busy, Combining
from infra.log.submission import (
    ARRAYS,
    Accepted,
    OtherBody,
    Repeated,
    Submission,
    Verdict,
    arrays,
    verdict,
)
from infra.postgres.calls import Call, Lost
from infra.postgres.database import Pool

CHANNEL = "fellowtrace_log"
"""Where word goes out that the log has grown. It carries nothing, and may be lost: whoever listens also polls."""
REST = 0.01
"""Seconds between one word and the next: those who listen read more at a time, and appends are hardly disturbed."""
PAUSE = 0.01
"""Seconds before a lost call is sent again."""
MOST = 1_000
"""Events and submissions that share a transaction; a call with more has one of its own."""
LARGEST = 4 * 2**20
"""Bytes of events that share a transaction."""

APPEND = Call("append", "log.append", [kind.array for kind in ARRAYS])
FIND = Call("find", "log.find", [25, 2950, 17])


class Appender:
    """Appends to the log and asks it about commands, as the api role.

    Where the connection is lost before the answer came, the same call is sent again on a fresh connection. The
    function looks each command id up before anything else, under the lock, so what the lost call recorded is found
    (`Repeated`, with the positions it got) and what it did not is judged anew; should the lost call only now come to
    be run, it finds the commands in turn and records nothing.
    """

    def __init__(self, pool: Pool, *, patience: float = 10.0, silence: float = 20.0) -> None:
        """`patience` is how many seconds a caller waits for others, and a lost connection is sought again for.

        `silence` is after how many seconds without an answer a connection counts as lost: longer than the log's lock
        is waited for.
        """
        self._pool = pool
        self._patience, self._silence = patience, silence
        self._writer = Combining(self._write, _Apart)
        self._announcer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="announce")
        self._announcing = False

    @property
    def waiting(self) -> int:
        """How many callers wait for the transaction after the one under way."""
        return self._writer.waiting

    def append(self, submissions: Sequence[Submission]) -> list[Verdict]:
        """Append what can be accepted, in one transaction. Returns a verdict for each submission, in order.

        Other threads' submissions may share the transaction; the outcome is as if each call had its own.

        Raises Busy, after which a submission may have been recorded; ValueError for events whose versions do not
        follow on those expected; psycopg.DatabaseError for what the log never takes.
        """
        return self._writer.do(submissions, self._patience) if submissions else []

    def find(self, principal: str, command_id: str, request_hash: bytes) -> Repeated | OtherBody | None:
        """The answer to a command that was accepted, or None. Waits for an append under way. Raises Busy."""
        asked = [principal.encode(), UUID(command_id).bytes, request_hash]
        for row in self._ask(FIND, asked):
            given = verdict(row)
            if isinstance(given, Repeated | OtherBody):
                return given
        return None

    def close(self) -> None:
        """Send the last word out and stop. The pool stays open."""
        self._announcer.shutdown()

    def _write(self, calls: list[Sequence[Submission]], hand_on: Callable[[], None]) -> list[list[Verdict]]:
        """The verdicts of calls that have nothing to do with one another, in one transaction."""
        rows = self._ask(APPEND, arrays(list(chain.from_iterable(calls))))
        verdicts = [verdict(row) for row in sorted(rows, key=itemgetter(0))]
        if any(isinstance(given, Accepted) for given in verdicts):
            self._announce()
        rest = iter(verdicts)
        return [list(islice(rest, len(call))) for call in calls]

    def _ask(self, call: Call, arguments: Sequence[bytes]) -> list[tuple[Any, ...]]:
        """Run one of the log's functions, each call a transaction of its own; again if the connection is lost."""
        deadline = time.monotonic() + self._patience
        while True:
            try:
                with self._pool.connection(max(0.1, deadline - time.monotonic())) as connection:
                    return call.rows(connection, arguments, self._silence)
            except (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected) as error:
                raise Busy("others held the log's lock for too long") from error
            except (PoolTimeout, TooManyRequests) as error:
                raise Busy("no connection to the database was free in time") from error
            except Lost as error:
                if time.monotonic() > deadline:
                    raise Busy("the connection was lost, and whether this was recorded could not be asked") from error
            self._pool.drain()  # a server that went away left more dead connections than this one
            time.sleep(PAUSE)

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
        time.sleep(REST)


@contextmanager
def reading() -> Generator[None]:
    """Read from the database before recording anything. Raises Busy where it cannot be asked or does not answer."""
    try:
        yield
    except psycopg.OperationalError as error:
        raise Busy("the record could not be read; nothing was recorded") from error


class _Apart:
    """Calls that have nothing to do with one another, so that what each is told rests on what came before them all.

    A call that reads what one before it may write waits for the next transaction, and is told there what became of it:
    in one it would be judged as if it had been decided on top of that. No call is so large that others wait for it.
    """

    def __init__(self) -> None:
        self._streams: set[str] = set()
        self._guards: set[str] = set()
        self._unique: set[tuple[str, str | bytes]] = set()
        self._count = self._bytes = 0

    def admits(self, item: Sequence[Submission]) -> bool:
        """Whether a call rests on nothing that those before it may write, and all together are not too many."""
        count, size = self._count + len(item), self._bytes
        unique: list[tuple[str, str | bytes]] = []
        for one in item:
            if not (self._streams.isdisjoint(one.expects) and self._guards.isdisjoint(one.rests)):
                return False
            unique.append((one.principal, one.command_id))
            unique += [(external.scheme, external.digest) for external in one.externals]
            count += len(one.events)
            for event in one.events:
                size += len(event.envelope) + len(event.state)
        if (self._count and (count > MOST or size > LARGEST)) or not self._unique.isdisjoint(unique):
            return False
        self._count, self._bytes = count, size
        self._unique.update(unique)
        for one in item:
            for event in one.events:
                self._streams.add(event.stream)
                self._guards.update(event.guards)
        return True
