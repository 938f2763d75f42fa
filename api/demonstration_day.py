"""The day that a demonstration takes for today, as its record says."""

from datetime import date

from infra.postgres.database import Pool

_MADE_FOR = """
    SELECT convert_from(envelope, 'UTF8')::jsonb->>'source_dated' FROM log.event
    WHERE kind = 'record.demonstration_declared' ORDER BY position LIMIT 1"""


def made_for(pool: Pool) -> date | None:
    """The day that a demonstration takes for today, as its record says; None where it says nothing of one."""
    with pool.connection() as connection:
        row = connection.execute(_MADE_FOR).fetchone()
    return None if row is None or row[0] is None else date.fromisoformat(row[0])


class Today:
    """The day that the demonstration behind a pool takes for today, read once it is on the record."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._day: date | None = None

    def __call__(self) -> date | None:
        """The day; None where the record says nothing of one yet."""
        if self._day is None:
            self._day = made_for(self._pool)
        return self._day
