"""The statements that read a view: at a day and a position, or now."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from infra.views.counts import Counts
from infra.views.tables import IN_FORCE, Tables

T = TypeVar("T")

Coordinate: TypeAlias = T | sa.ColumnElement[T]
"""A day or a position: one for all rows, or a column that has each row's own."""
Values: TypeAlias = Any
"""The value that a column has, or a list, set or tuple of those it may have."""
Keys: TypeAlias = Sequence[tuple[Any, ...]] | str
"""Keys, or the name of the parameter that holds them as a list: only of a key of one column."""

PLANNED_ONCE = "force_generic_plan"
"""The `plan_cache_mode` of a session that asks views: planning takes longer than running."""


def at_coordinates(
    tables: Tables,
    valid: Coordinate[date],
    known: Coordinate[int],
    where: Mapping[str, Values],
    keys: Keys | None,
) -> sa.FromClause:
    """The states at (V, K) of the keys that may satisfy `where`: those which ever did, or those that were named."""
    candidates = _candidates(tables, where, keys)
    segment = _segment(tables, [candidates.c[name] for name in tables.key], valid, known)
    chosen = (
        sa.select(*(candidates.c[name] for name in tables.key), *_told(tables, segment))
        .select_from(candidates.join(segment, sa.true()))
        .where(sa.not_(segment.c.absent), *_conditions(tables, segment, candidates, where))
    )
    return chosen.lateral() if _of_each_row(valid, known) else chosen.subquery()


def one_key(
    tables: Tables, key: tuple[sa.ColumnElement[Any], ...], valid: Coordinate[date], known: Coordinate[int]
) -> sa.FromClause:
    """The state at (V, K) of the key that columns of other tables hold."""
    segment = _segment(tables, key, valid, known)
    told = [segment.c[name] for name in tables.key]
    return sa.select(*told, *_told(tables, segment)).where(sa.not_(segment.c.absent)).lateral()


def throughout(tables: Tables, known: Coordinate[int], where: Mapping[str, Values], keys: Keys | None) -> sa.FromClause:
    """Every stretch of days as known at K of keys that may satisfy `where`; `valid_to` is the first day after it."""
    candidates = _candidates(tables, where, keys)
    row = tables.segments.alias()
    position = _typed(known, sa.BigInteger())
    mine = sa.and_(*(row.c[name] == candidates.c[name] for name in tables.key))
    next_from = sa.func.lead(row.c.valid_from).over(
        partition_by=[row.c[name] for name in tables.key], order_by=row.c.valid_from
    )
    stretches = (
        sa.select(*(row.c[name] for name in tables.key), *_told(tables, row), row.c.absent, next_from.label("valid_to"))
        .select_from(candidates.join(row, mine))
        .where(row.c.known_from <= position, row.c.known_to > position)
        .subquery()
    )
    return (
        sa.select(*(column for column in stretches.c if column.name != "absent"))
        .where(sa.not_(stretches.c.absent), *_conditions(tables, stretches, stretches, where))
        .subquery()
    )


def at_present(
    tables: Tables, today: Coordinate[date], where: Mapping[str, Values], keys: Keys | None
) -> sa.FromClause:
    """The states today at the head: from `now`, and from the segments where a row's time has run out."""
    now = tables.now.alias("now")
    day = _typed(today, sa.Date())
    named = _named(tables, keys)
    listed = [] if named is None else [sa.tuple_(*(now.c[name] for name in tables.key)).in_(sa.select(*named.c))]
    current = sa.select(*(now.c[name] for name in tables.key), *_told(tables, now)).where(
        sa.not_(now.c.absent),
        sa.or_(now.c.next_from.is_(None), now.c.next_from > day),
        *_conditions(tables, now, now, where),
        *listed,
    )
    due = tables.now.alias("due")
    segment = _segment(tables, [due.c[name] for name in tables.key], today, None)
    overtaken = [] if named is None else [sa.tuple_(*(due.c[name] for name in tables.key)).in_(sa.select(*named.c))]
    rolled = (
        sa.select(*(due.c[name] for name in tables.key), *_told(tables, segment))
        .select_from(due.join(segment, sa.true()))
        .where(due.c.next_from <= day, sa.not_(segment.c.absent), *_conditions(tables, segment, due, where), *overtaken)
    )
    both = current.union_all(rolled)
    return both.lateral() if _of_each_row(today) else both.subquery()


def count_at(counts: Counts, valid: Coordinate[date], known: Coordinate[int]) -> sa.FromClause:
    """The groups that hold any key at (V, K), and how many: the columns of the group, and `n`."""
    day, position = _typed(valid, sa.Date()), _typed(known, sa.BigInteger())
    size = sa.literal_column(str(counts.block), sa.BigInteger())
    closed = (position + sa.literal_column("1", sa.BigInteger())) // size
    month = sa.cast(sa.func.date_trunc(sa.literal_column("'month'", sa.Text()), sa.cast(day, sa.DateTime())), sa.Date())
    group, total = counts.groups.alias(), counts.totals.alias()
    latest = (
        sa.select(total.c.n)
        .where(*(total.c[name] == group.c[name] for name in counts.by), total.c.block < closed, total.c.month < month)
        .order_by(total.c.block.desc(), total.c.month.desc())
        .limit(sa.literal_column("1", sa.Integer()))
        .correlate_except(total)
        .lateral()
    )
    days, delta = counts.days.alias(), counts.deltas.alias()
    parts = sa.union_all(
        sa.select(*(group.c[name] for name in counts.by), latest.c.n).select_from(group.join(latest, sa.true())),
        sa.select(*(days.c[name] for name in counts.by), sa.cast(days.c.n, sa.BigInteger()))
        .where(days.c.valid >= month, days.c.valid <= day, days.c.block < closed)
        .correlate_except(days),
        sa.select(*(delta.c[name] for name in counts.by), sa.cast(delta.c.n, sa.BigInteger()))
        .where(delta.c.known >= closed * size, delta.c.known <= position, delta.c.valid <= day)
        .correlate_except(delta),
    ).subquery()
    columns = [parts.c[name] for name in counts.by]
    n = sa.cast(sa.func.sum(parts.c.n), sa.BigInteger())
    found = sa.select(*columns, n.label("n")).group_by(*columns).having(n != 0)
    return found.lateral() if _of_each_row(valid, known) else found.subquery()


def _of_each_row(*coordinates: object) -> bool:
    """Whether any of these is a column, each row's own: a parameter is one for all rows."""
    return any(isinstance(each, sa.ColumnElement) and not isinstance(each, sa.BindParameter) for each in coordinates)


def _segment(
    tables: Tables,
    key: Sequence[sa.ColumnElement[Any]],
    valid: Coordinate[date],
    known: Coordinate[int] | None,
) -> sa.FromClause:
    """The one segment of a key that holds at (V, K), `known` None being the head: backwards along the primary key."""
    row = tables.segments.alias()
    in_force: list[sa.ColumnElement[bool]]
    if known is None:
        in_force = [row.c.known_to == sa.literal_column(f"{IN_FORCE}::bigint", sa.BigInteger())]
    else:
        position = _typed(known, sa.BigInteger())
        in_force = [row.c.known_from <= position, row.c.known_to > position]
    return (
        sa.select(row)
        .where(
            *(row.c[column] == value for column, value in zip(tables.key, key, strict=True)),
            row.c.valid_from <= _typed(valid, sa.Date()),
            *in_force,
        )
        .order_by(row.c.valid_from.desc(), row.c.known_from.desc())
        .limit(sa.literal_column("1", sa.Integer()))
        .correlate_except(row)
        .lateral()
    )


def _candidates(tables: Tables, where: Mapping[str, Values], keys: Keys | None) -> sa.FromClause:
    """The keys worth looking at."""
    if keys is not None:
        named = _named(tables, keys)
        assert named is not None
        return named
    for column, table in tables.ever.items():
        if where.get(column) is not None:
            chosen = sa.select(*(table.c[name] for name in tables.key)).where(_has(table.c.value, where[column]))
            return (chosen.distinct() if _several(where[column]) else chosen).subquery()
    every = tables.now.alias()
    conditions = [_has(every.c[name], where[name]) for name in tables.key if name in where]
    return sa.select(*(every.c[name] for name in tables.key)).where(*conditions).subquery()


def _named(tables: Tables, keys: Keys | None) -> sa.FromClause | None:
    """The keys that were named, each once."""
    if keys is None:
        return None
    kinds = [ARRAY(tables.segments.c[name].type) for name in tables.key]
    if isinstance(keys, str):
        (kind,) = kinds
        arrays = [sa.cast(sa.bindparam(keys, type_=kind), kind)]
    else:
        distinct = list(dict.fromkeys(keys))
        arrays = [sa.cast(sa.literal([key[n] for key in distinct], kind), kind) for n, kind in enumerate(kinds)]
    named = sa.func.unnest(*arrays).table_valued(
        *(sa.column(name, tables.segments.c[name].type) for name in tables.key), name="named"
    )
    return named.render_derived()


def _told(tables: Tables, row: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    return [row.c[name] for name in (*tables.state, "valid_from", "known_from", "cause")]


def _conditions(
    tables: Tables, row: sa.FromClause, key: sa.FromClause, where: Mapping[str, Values]
) -> list[sa.ColumnElement[bool]]:
    return [_has((key if name in tables.key else row).c[name], value) for name, value in where.items()]


def _has(column: sa.ColumnElement[Any], value: Values) -> sa.ColumnElement[bool]:
    if value is None:
        return column.is_(None)
    if _several(value):
        return column == sa.any_(sa.cast(sa.literal(list(value), ARRAY(column.type)), ARRAY(column.type)))
    return column == _typed(value, column.type)


def _several(value: Values) -> bool:
    return isinstance(value, list | tuple | set | frozenset)


def _typed(value: Any, kind: sa.types.TypeEngine[Any]) -> sa.ColumnElement[Any]:
    """A parameter that bears its type: without, a small number would be of another type than the column's index."""
    if isinstance(value, sa.ColumnElement):
        return cast("sa.ColumnElement[Any]", value)
    return sa.cast(sa.literal(value, kind), kind)
