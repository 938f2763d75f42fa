"""What imports ask of the log in bulk: the identifiers of natural keys, and the commands that were accepted."""

from collections.abc import Generator
from contextlib import contextmanager

from infra.postgres.database import Pool

_IDS = "SELECT digest, id::text FROM log.external_id WHERE scheme = %s"
_COMMANDS = "SELECT command_id::text, request_hash FROM log.command WHERE principal = %s"
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"


class AlreadyRunning(Exception):
    """The same work is being done elsewhere."""


def identifiers(pool: Pool, scheme: str) -> dict[bytes, str]:
    """The random identifier of every natural key of a scheme, by the key's digest."""
    with pool.connection() as connection:
        return dict(connection.execute(_IDS, [scheme], binary=True).fetchall())


def accepted(pool: Pool, principal: str) -> dict[str, bytes]:
    """The commands of a principal that were accepted: the hash of each one's request, by command id."""
    with pool.connection() as connection:
        return dict(connection.execute(_COMMANDS, [principal], binary=True).fetchall())


@contextmanager
def alone(pool: Pool, what: str) -> Generator[None]:
    """Do some work that nobody else does meanwhile, in this database. Raises AlreadyRunning."""
    with pool.connection() as connection:
        (locked,) = connection.execute(_LOCK, [what]).fetchone() or (False,)
        if not locked:
            raise AlreadyRunning(f"{what} is running in another process")
        try:
            yield
        finally:
            connection.execute(_UNLOCK, [what])
