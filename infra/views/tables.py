"""The tables of a view, made from its declaration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from infra.views import counts
from infra.views.columns import Column

SCHEMA = "views"
IN_FORCE = 2**63 - 1
"""`known_to` of what is known at the head."""
RESERVED = frozenset(("valid_from", "next_from", "known_from", "known_to", "cause", "absent"))
"""Columns that the engine keeps beside the key and the state."""
RESERVED_OF_KEYS = frozenset(("value", "day", "phase", "slot", "ordinal", "position", "drops", "n"))
"""Columns that it keeps beside the key alone, and the number of a key in its statements."""

_SHARED = sa.MetaData(schema=SCHEMA)

CHECKPOINT = sa.Table(
    "checkpoint",
    _SHARED,
    sa.Column("view", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("stage", sa.Text, primary_key=True, server_default=""),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("build", sa.Uuid, nullable=False, server_default=sa.text("gen_random_uuid()")),
)
"""How far each build of a view has followed the log. `build` is the build's own, whatever its stage comes to be."""

RELEASE = sa.Table(
    "release",
    _SHARED,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("view", sa.Text, nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("build", sa.Uuid, nullable=False),
    sa.Column("compared_with", sa.Integer),
    sa.Column("differing", sa.BigInteger, nullable=False),
    sa.Column("why", sa.Text),
)
"""Which build of a view came to be asked, by the position of the entry that says so. `compared_with` is the version of
the build before it (null: there was none), `differing` how many rows differed from that, and `why` they did."""

UPGRADE = f"""
    DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('{SCHEMA}.checkpoint')
                      AND attname = 'rebuilt_to' AND NOT attisdropped) THEN
            ALTER TABLE {SCHEMA}.checkpoint DROP CONSTRAINT checkpoint_pkey, DROP COLUMN rebuilt_to,
                ADD COLUMN stage text NOT NULL DEFAULT '', ADD COLUMN build uuid NOT NULL DEFAULT gen_random_uuid(),
                ADD PRIMARY KEY (view, version, stage);
        END IF;
    END $$
""".encode()
"""Brings the checkpoints of a database up to date that was made before views had builds."""


@dataclass(frozen=True)
class Tables:
    """The tables of one view.

    `segments` is the truth: a row says that from `valid_from` on, until the next row of the key in force at K, the
    state is this; it is in force at K where known_from <= K < known_to. The rest is derived from it in the same
    transaction: `now` is the state today at the head, good until `next_from`; `ever` holds, for each column keys are
    looked up by, every key that ever had a value; `facts` is the effective order at the head, where a row with `drops`
    says that from its day on the facts of that slot are left out; `drops` tells which slot each superseding slot
    leaves out, standing or not. `counts` holds how many keys are in each group, for each grouping declared.
    """

    segments: sa.Table
    now: sa.Table
    ever: Mapping[str, sa.Table]
    facts: sa.Table
    drops: sa.Table
    counts: Mapping[tuple[str, ...], counts.Counts]
    key: tuple[str, ...]
    state: tuple[str, ...]

    @property
    def own(self) -> tuple[sa.Table, ...]:
        """All that belong to this view alone."""
        counted = (table for each in self.counts.values() for table in each.own)
        return (self.segments, self.now, *self.ever.values(), self.facts, self.drops, *counted)

    def statements(self) -> list[bytes]:
        """What makes the tables and their indexes, and those that all views share, where they do not exist."""
        dialect = postgresql.dialect()
        made: list[bytes] = []
        for table in (CHECKPOINT, RELEASE, *self.own):
            made.append(str(CreateTable(table, if_not_exists=True).compile(dialect=dialect)).encode())
            made += [
                str(CreateIndex(index, if_not_exists=True).compile(dialect=dialect)).encode()
                for index in sorted(table.indexes, key=lambda index: str(index.name))
            ]
        return made


def based(name: str, version: int, stage: str) -> str:
    """What the names of a build's tables begin with."""
    return "_".join(filter(None, (name, str(version), stage)))


def tables(
    base: str,
    key: Sequence[Column],
    state: Sequence[Column],
    ever: Sequence[str],
    now_indexes: Sequence[str],
    counted: Sequence[tuple[str, ...]],
    block: int,
) -> Tables:
    """The tables of a view: the one named `base` and those that are named after it."""
    metadata = sa.MetaData(schema=SCHEMA)
    key_names = tuple(column.name for column in key)
    types = {column.name: column.type for column in state}

    def own(suffix: str, *items: sa.schema.SchemaItem, **settings: Any) -> sa.Table:
        return sa.Table(f"{base}{suffix}", metadata, *items, **settings)

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
            # Not needed to tell rows apart: with it, rows replaced since are passed over in the index alone.
            sa.PrimaryKeyConstraint(*key_names, "valid_from", "known_from", "known_to"),
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
            # Its rows are written over for ever: room on the page keeps them there, and the indexes as they are.
            postgresql_with={"fillfactor": 70},
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
            sa.Column("target", sa.BigInteger, nullable=False),
            sa.Index(f"ix_views_{base}_drop_target", "target"),
        ),
        counts={
            by: counts.tables(metadata, base, [column for name in by for column in state if column.name == name], block)
            for by in counted
        },
        key=key_names,
        state=tuple(types),
    )
