"""Work that one process at a time does in a database."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection

from infra.postgres.database import Pool

_LOG = logging.getLogger(__name__)
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"


class AlreadyRunning(Exception):
    """The same work is being done elsewhere."""


@contextmanager
def alone(pool: Pool, what: str) -> Generator[None]:
    """Do some work that nobody else does meanwhile, in this database. Raises AlreadyRunning.

    Where the connection that keeps others away is lost, the work goes on, and that it was lost is said in the
    program's log: others may have begun the same since.
    """
    with pool.connection() as connection:
        if not _told(connection, _LOCK, what):
            raise AlreadyRunning(f"{what} is running in another process")
        try:
            yield
        finally:
            if not _unlocked(connection, what):
                _LOG.warning("The connection that kept others from %s was lost: they may have begun it too", what)


def _unlocked(connection: Connection[Any], what: str) -> bool:
    """Let others do it; whether they were kept from it until now."""
    try:
        return _told(connection, _UNLOCK, what)
    except psycopg.OperationalError:
        return False


def _told(connection: Connection[Any], statement: str, what: str) -> bool:
    ((told,),) = connection.execute(statement.encode(), [what]).fetchall()
    return bool(told)
