"""How many keys are in each group, on any day as known at any position: from changes, and sums of them.

Wherever a key comes into a group or leaves it, one is added or taken away, at that day and that position. The count at
(V, K) is the sum of all at earlier days and positions. Positions are cut into blocks. Once a block is closed it is
summed up, by day, and in a running total by month of all blocks so far; so a count adds up three things, however long
the log is: the total at the closed blocks and the months before V's, the days of V's month in closed blocks, and the
changes of the block that K lies in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from infra.views.columns import Column

BLOCK = 16_384
"""Positions in a block."""
RESERVED = frozenset(("known", "valid", "block", "month", "n"))
"""Columns that are kept beside the columns of a group."""


@dataclass(frozen=True)
class Counts:
    """The tables of one grouping.

    `deltas` are the changes, each of one key by one event; `days` their sums by day and closed block; `totals` those of
    all closed blocks so far by the end of a month, for the groups that a block changed; `groups` are all there are.
    """

    deltas: sa.Table
    days: sa.Table
    totals: sa.Table
    groups: sa.Table
    by: tuple[str, ...]
    block: int

    @property
    def own(self) -> tuple[sa.Table, ...]:
        """All four."""
        return (self.deltas, self.days, self.totals, self.groups)


def tables(metadata: sa.MetaData, base: str, columns: Sequence[Column], block: int) -> Counts:
    """The tables of a grouping by these columns; a block holds so many positions."""
    by = tuple(column.name for column in columns)
    named = "_".join(by)

    def group() -> list[sa.Column[object]]:
        return [sa.Column(column.name, column.type, nullable=False) for column in columns]

    def own(what: str, *items: sa.schema.SchemaItem) -> sa.Table:
        return sa.Table(f"{base}_{what}_{named}", metadata, *items)

    return Counts(
        deltas=own(
            "delta",
            sa.Column("known", sa.BigInteger, nullable=False),
            sa.Column("valid", sa.Date, nullable=False),
            *group(),
            sa.Column("n", sa.SmallInteger, nullable=False),
            sa.Index(f"{base}_delta_{named}_known", "known"),
        ),
        days=own(
            "block",
            sa.Column("valid", sa.Date),
            sa.Column("block", sa.Integer),
            *group(),
            sa.Column("n", sa.Integer, nullable=False),
            sa.PrimaryKeyConstraint("valid", "block", *by),
        ),
        totals=own(
            "total",
            *group(),
            sa.Column("block", sa.Integer),
            sa.Column("month", sa.Date),
            sa.Column("n", sa.BigInteger, nullable=False),
            sa.PrimaryKeyConstraint(*by, "block", "month"),
        ),
        groups=own("group", *group(), sa.PrimaryKeyConstraint(*by)),
        by=by,
        block=block,
    )
