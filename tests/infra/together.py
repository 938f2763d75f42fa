"""Commands that come at once: behind one that is held up on its way into the log."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import psycopg

from infra.log.command import Command
from infra.log.desk import Act
from infra.log.event_log import EventLog
from infra.settings import Connections
from tests.infra.submissions import rows

TRANSACTIONS = "SELECT count(DISTINCT xmin::text) FROM log.event"
WAITING = (
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
    " WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
)


@contextmanager
def gathered(
    log: EventLog, database: Connections, commands: Sequence[tuple[Command, Act]]
) -> Generator[Callable[..., list[Any]]]:
    """Callers of whom the first waits for the log's lock, and the others, in their order, for the first.

    The function frees the lock, unless told not to, and gives their outcomes.
    """
    with closing(psycopg.connect(database.admin or "")) as admin, ThreadPoolExecutor(len(commands)) as threads:
        try:
            admin.execute("SELECT log.lock()")
            callers = [threads.submit(log.decide, *commands[0])]
            while rows(database, WAITING) != [(1,)]:
                assert not callers[0].done()
            for number, each in enumerate(commands[1:], 1):
                callers.append(threads.submit(log.decide, *each))
                while log.waiting < number:
                    assert not callers[-1].done()

            def let_go(*, free: bool = True) -> list[Any]:
                if free:
                    admin.rollback()
                return [_outcome(caller) for caller in callers]

            yield let_go
        finally:
            admin.rollback()


def _outcome(caller: "Future[Any]") -> Any:
    error = caller.exception(20)
    return caller.result() if error is None else error
