"""The entries that a run of an import has made, as the log counts them."""

from typing import NamedTuple, Self

from infra.postgres.database import Pool

_HEAD = "SELECT log.head()"
_ENTERED = """
    SELECT sum(last_position - first_position + 1)::bigint, min(first_position), max(last_position) FROM log.command
     WHERE principal = %s AND first_position > %s AND last_position >= first_position
"""


class Entered(NamedTuple):
    """How many entries were made, and the record numbers of the first and the last; others' may lie between them."""

    entries: int
    first: int
    last: int

    @classmethod
    def since(cls, pool: Pool, principal: str, position: int) -> Self | None:
        """What the commands of a principal have entered since the log ended at a position; None where it is nothing."""
        with pool.connection() as connection:
            ((entries, first, last),) = connection.execute(_ENTERED, [principal, position]).fetchall()
        return None if entries is None else cls(entries, first, last)

    def __str__(self) -> str:
        if self.entries == 1:
            return f"1 entry, record number {self.first}"
        return f"{self.entries:,} entries, record numbers {self.first} to {self.last}"


def end(pool: Pool) -> int:
    """The record number at which the log ends."""
    with pool.connection() as connection:
        ((position,),) = connection.execute(_HEAD).fetchall()
    return int(position)
