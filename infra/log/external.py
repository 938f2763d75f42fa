"""The natural keys on the record, and the identifiers that they stand for."""

from infra.postgres.database import Pool

_IDS = "SELECT digest, id::text FROM log.external_id WHERE scheme = %s"


def identifiers(pool: Pool, scheme: str) -> dict[bytes, str]:
    """The random identifier of every natural key of a scheme, by the key's digest."""
    with pool.connection() as connection:
        return dict(connection.execute(_IDS, [scheme], binary=True).fetchall())
