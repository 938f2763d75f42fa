"""The tables of a view, made from its declaration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from infra.columns import Column

SCHEMA = "views"
IN_FORCE = 2**63 - 1
"""`known_to` of what is known at the head."""
RESERVED = frozenset(("valid_from", "next_from", "known_from", "known_to", "cause", "absent"))
"""Columns that the engine keeps beside the key and the state."""
RESERVED_OF_KEYS = frozenset(("value", "day", "phase", "slot", "ordinal", "position", "drops", "n"))
"""Columns that it keeps beside the key alone, and the number of a key in its statements."""


@dataclass(frozen=True)
class Tables:
    """The tables of one view.

    `segments` is the truth: a row says that from `valid_from` on, until the next row of the key in force at K, the
    state is this; it is in force at K where known_from <= K < known_to. The rest is derived from it in the same
    transaction: `now` is the state today at the head, good until `next_from`; `ever` holds, for each column keys are
    looked up by, every key that ever had a value; `facts` is the effective order at the head, where a row with `drops`
    says that from its day on the facts of that slot are left out; `drops` tells which slot each superseding slot
    leaves out, standing or not.
    """

    segments: sa.Table
    now: sa.Table
    ever: Mapping[str, sa.Table]
    facts: sa.Table
    drops: sa.Table
    checkpoint: sa.Table
    key: tuple[str, ...]
    state: tuple[str, ...]

    @property
    def own(self) -> tuple[sa.Table, ...]:
        """All that belong to this view alone."""
        return (self.segments, self.now, *self.ever.values(), self.facts, self.drops)

    def statements(self) -> list[bytes]:
        """What makes the tables and their indexes, where they do not exist."""
        dialect = postgresql.dialect()
        made: list[bytes] = []
        for table in (self.checkpoint, *self.own):
            made.append(str(CreateTable(table, if_not_exists=True).compile(dialect=dialect)).encode())
            made += [
                str(CreateIndex(index, if_not_exists=True).compile(dialect=dialect)).encode()
                for index in sorted(table.indexes, key=lambda index: str(index.name))
            ]
        return made


def tables(
    name: str,
    version: int,
    key: Sequence[Column],
    state: Sequence[Column],
    ever: Sequence[str],
    now_indexes: Sequence[str],
) -> Tables:
    """The tables of a view: `<name>_<version>` and those that are named after it."""
    metadata = sa.MetaData(schema=SCHEMA)
    base = f"{name}_{version}"
    key_names = tuple(column.name for column in key)
    types = {column.name: column.type for column in state}

    def own(suffix: str, *items: sa.schema.SchemaItem) -> sa.Table:
        return sa.Table(f"{base}{suffix}", metadata, *items)

    def keys() -> list[sa.Column[object]]:
        return [sa.Column(column.name, column.type, nullable=False) for column in key]

    def states() -> list[sa.Column[object]]:
        return [sa.Column(column.name, column.type) for column in state]

    return Tables(
        segments=own(
            "",
            *keys(),
            sa.Column("known_from", sa.BigInteger, nullable=False),
            sa.Column("known_to", sa.BigInteger, nullable=False),
            sa.Column("cause", sa.BigInteger, nullable=False),
            sa.Column("valid_from", sa.Date, nullable=False),
            sa.Column("absent", sa.Boolean, nullable=False),
            *states(),
            sa.PrimaryKeyConstraint(*key_names, "valid_from", "known_from"),
        ),
        now=own(
            "_now",
            *keys(),
            sa.Column("known_from", sa.BigInteger),
            sa.Column("cause", sa.BigInteger),
            sa.Column("valid_from", sa.Date),
            sa.Column("next_from", sa.Date),
            sa.Column("absent", sa.Boolean, nullable=False),
            *states(),
            sa.PrimaryKeyConstraint(*key_names),
            sa.Index(f"{base}_now_next_from", "next_from", postgresql_where=sa.text("next_from IS NOT NULL")),
            *(sa.Index(f"{base}_now_{column}", column) for column in dict.fromkeys((*ever, *now_indexes))),
        ),
        ever={
            column: own(
                f"_ever_{column}",
                sa.Column("value", types[column], nullable=False),
                *keys(),
                sa.PrimaryKeyConstraint("value", *key_names),
            )
            for column in ever
        },
        facts=own(
            "_fact",
            *keys(),
            sa.Column("day", sa.Date, nullable=False),
            sa.Column("phase", sa.SmallInteger, nullable=False),
            sa.Column("ordinal", sa.SmallInteger, nullable=False),
            sa.Column("slot", sa.BigInteger, nullable=False),
            sa.Column("drops", sa.BigInteger, nullable=False),
            sa.Column("position", sa.BigInteger, nullable=False),
            sa.PrimaryKeyConstraint(*key_names, "day", "phase", "slot", "ordinal", "drops"),
        ),
        drops=own(
            "_drop",
            sa.Column("slot", sa.BigInteger, primary_key=True, autoincrement=False),
            sa.Column("target", sa.BigInteger, nullable=False, index=True),
        ),
        checkpoint=sa.Table(
            "checkpoint",
            metadata,
            sa.Column("view", sa.Text, primary_key=True),
            sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("position", sa.BigInteger, nullable=False),
            sa.Column("rebuilt_to", sa.BigInteger, nullable=False, server_default="0"),
        ),
        key=key_names,
        state=tuple(types),
    )
