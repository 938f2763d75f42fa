"""The append path: submissions in, verdicts out, in one round trip and one transaction."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from operator import itemgetter
from typing import Any, TypeAlias

import psycopg
from psycopg import errors
from psycopg_pool import PoolTimeout, TooManyRequests

from infra.log.combining import Busy
from infra.log.submission import (
    ARRAYS,
    GROUNDS,
    Accepted,
    Grounds,
    OtherBody,
    Repeated,
    Submission,
    Unheard,
    Verdict,
    arguments,
    resting_on,
    verdict,
)
from infra.postgres.calls import Call, Lost
from infra.postgres.database import Pool

CHANNEL = "fellowtrace_log"
"""Where word goes out that the log has grown. It carries nothing, and may be lost: whoever listens also polls."""
REST = 0.01
"""Seconds between one word and the next: those who listen read more at a time, and appends are hardly disturbed."""
PAUSE = 0.01
"""Seconds before the server is sought again after a connection was lost."""

APPEND = Call("append", "log.append", [*(kind.array for kind in ARRAYS), *GROUNDS])
_ASKED = ARRAYS[:3]
FIND = Call("find", "log.find", [*(kind.array for kind in _ASKED), *GROUNDS])

Asked: TypeAlias = tuple[str, str, bytes]
"""Who asked for what is looked for: principal, command id, request hash."""


class GroundsMoved(Exception):
    """What was decided rests on what no longer holds: nothing was recorded now.

    A key was destroyed, the rules are others, or another server took over, whose log may lack the end that was read.
    """


class Appender:
    """Appends to the log and asks it about commands, as the api role.

    Where the connection is lost before the answer came, the log is asked on a fresh one which of the commands it has,
    under the lock: what the lost call recorded is found (`Repeated`, with the positions it got). The rest is not sent
    again but to be decided again (`Unheard`): the server that comes back may have less on its record, and give the
    versions and positions that it was judged on to something else. Should the lost call only now come to be run, the
    function finds the commands in turn, and records none twice.
    """

    def __init__(self, pool: Pool, *, patience: float = 10.0, silence: float = 20.0) -> None:
        """`patience` is how many seconds a caller waits for others, and a lost connection is sought again for.

        `silence` is after how many seconds without an answer a connection counts as lost: longer than the log's lock
        is waited for.
        """
        self._pool = pool
        self._patience, self._silence = patience, silence
        self._announcer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="announce")
        self._announcing = False

    def append(self, submissions: Sequence[Submission], grounds: Grounds | None = None) -> list[Verdict]:
        """Append what can be accepted, in one transaction. Returns a verdict for each submission, in order.

        `grounds` are those on which their keys, guards and versions are right; None for what has no use for any.

        Raises GroundsMoved where they hold no longer; Busy, after which a submission may have been recorded;
        ValueError for events whose versions do not follow on those expected; psycopg.DatabaseError for what the log
        never takes.
        """
        if not submissions:
            return []
        deadline = self._deadline()
        try:
            rows = self._run(APPEND, arguments(submissions, grounds), deadline)
        except Lost:
            self._seek()
            found = self._found(
                [(each.principal, each.command_id, each.request_hash) for each in submissions], deadline
            )
            return [verdict or Unheard() for verdict in found]
        verdicts = [verdict(row) for row in sorted(rows, key=itemgetter(0))]
        if any(isinstance(given, Accepted) for given in verdicts):
            self._announce()
        return verdicts

    def find(self, asked: Sequence[Asked], grounds: Grounds | None = None) -> list[Repeated | OtherBody | None]:
        """The answers to commands that were accepted, None for others. Waits for an append under way.

        `grounds` are those on which they were refused, if they were.

        Raises GroundsMoved where these hold no longer, and Busy.
        """
        return self._found(asked, self._deadline(), grounds) if asked else []

    def close(self) -> None:
        """Send the last word out and stop. The pool stays open."""
        self._announcer.shutdown()

    def _found(
        self, asked: Sequence[Asked], deadline: float, grounds: Grounds | None = None
    ) -> list[Repeated | OtherBody | None]:
        """Ask what became of commands, again if the connection is lost."""
        columns = zip(*asked, strict=True)
        given = [kind.packed(column) for kind, column in zip(_ASKED, columns, strict=True)] + resting_on(grounds)
        while True:
            try:
                rows = self._run(FIND, given, deadline)
            except Lost as error:
                if time.monotonic() > deadline:
                    raise Busy("the connection was lost, and whether this was recorded could not be asked") from error
                self._seek()
            else:
                answers = {row[0]: told for row in rows if isinstance(told := verdict(row), Repeated | OtherBody)}
                return [answers.get(number) for number in range(1, len(asked) + 1)]

    def _run(self, call: Call, given: Sequence[bytes | None], deadline: float) -> list[tuple[Any, ...]]:
        """Run one of the log's functions, each call a transaction of its own. Raises Busy, GroundsMoved and Lost."""
        try:
            with self._pool.connection(max(0.1, deadline - time.monotonic())) as connection:
                return call.rows(connection, given, self._silence)
        except errors.ObjectNotInPrerequisiteState as error:
            raise GroundsMoved from error
        except (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected) as error:
            raise Busy("others held the log's lock for too long") from error
        except (PoolTimeout, TooManyRequests) as error:
            raise Busy("no connection to the database was free in time") from error

    def _seek(self) -> None:
        """Look for the server on fresh connections: one that went away left more dead ones than that just lost."""
        self._pool.drain()
        time.sleep(PAUSE)

    def _deadline(self) -> float:
        return time.monotonic() + self._patience

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
