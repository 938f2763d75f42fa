"""The commands that were accepted already."""

from infra.postgres.database import Pool

_COMMANDS = "SELECT command_id::text, request_hash FROM log.command WHERE principal = %s"


def accepted(pool: Pool, principal: str) -> dict[str, bytes]:
    """The commands of a principal that were accepted: the hash of each one's request, by command id."""
    with pool.connection() as connection:
        return dict(connection.execute(_COMMANDS, [principal], binary=True).fetchall())
