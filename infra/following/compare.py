"""Two builds of a view, held against each other row by row, within one snapshot of the database."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.sql import SQL, Composable, Identifier, Literal
from sqlalchemy import Table

from infra.views.builds import LIVE, Build
from infra.views.tables import SCHEMA
from infra.views.view import View

SHOWN = 10
"""Keys that a comparison names, of those that differ."""

_COLUMNS = """
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
     WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
"""
# By buckets, so that what is gathered for one digest stays small however many rows there are.
_DIGEST = SQL("""
    SELECT coalesce(sum(rows), 0)::bigint,
           encode(sha256(coalesce(string_agg(digest, ''::bytea ORDER BY bucket), '')), 'hex')
      FROM (SELECT bucket, count(*) AS rows,
                   sha256(string_agg(sha256(convert_to(told, 'UTF8')), ''::bytea ORDER BY told)) AS digest
              FROM (SELECT row::text AS told, hashtext({place}) & 1023 AS bucket FROM ({rows}) row) told
             GROUP BY bucket) buckets
""")
_DIFFERING = SQL("""
    SELECT {name} AS told_in, {place} AS place, {key} AS key
      FROM (({live} EXCEPT ALL {other}) UNION ALL ({other} EXCEPT ALL {live})) row
""")
_TOGETHER = SQL("""
    WITH differing AS ({differing})
    SELECT count(DISTINCT (told_in, place)), count(DISTINCT key),
           ARRAY(SELECT DISTINCT key FROM differing WHERE key IS NOT NULL ORDER BY key LIMIT {shown})
      FROM differing
""")
_STRETCHES = SQL("""
    SELECT {key}, valid_from, absent{more} FROM (
        SELECT *, row_number() OVER stretch AS nth, lag(ROW(absent{more})::text) OVER stretch AS before
          FROM {table} WHERE known_from <= {known} AND known_to > {known}
        WINDOW stretch AS (PARTITION BY {key} ORDER BY valid_from)
    ) stretches WHERE CASE nth WHEN 1 THEN NOT absent ELSE before <> ROW(absent{more})::text END
""")


class Digest(NamedTuple):
    """How many rows there are of something, and the SHA-256 of them in order."""

    rows: int
    sha256: str


class Comparison(NamedTuple):
    """What became of it.

    `digests` holds, for each thing compared, that of the live build and that of the other. `differing` counts the rows
    that are not the same in both, one that differs as one; `keys` counts whom they are of, and `sample` names some.
    """

    compared_with: int | None
    position: int
    digests: dict[str, tuple[Digest, Digest]]
    differing: int
    keys: int
    sample: tuple[str, ...]

    @property
    def rows(self) -> int:
        """The rows of the live build that were compared."""
        return sum(live.rows for live, _ in self.digests.values())


class _Side(NamedTuple):
    """Something to compare: the rows of each build, the columns that tell one row from another, and those of a key."""

    name: str
    live: Composable
    other: Composable
    place: Sequence[str]
    key: Sequence[str]


def same_version(connection: Connection[Any], live: View[Any], other: View[Any], position: int) -> Comparison:
    """Hold all rows of two builds of one version against each other. Both stand at that position."""
    sides = [
        _Side(
            name=one.name.removeprefix(live.base).lstrip("_") or "segments",
            live=SQL("SELECT * FROM {}").format(Identifier(SCHEMA, one.name)),
            other=SQL("SELECT * FROM {}").format(Identifier(SCHEMA, two.name)),
            place=_place(one),
            key=[name for name in live.tables.key if name in one.c],
        )
        for one, two in zip(live.tables.own, other.tables.own, strict=True)
    ]
    return _compared(connection, sides, live.version, position)


def _place(table: Table) -> list[str]:
    """What tells the rows of a table apart: a row that says of the same place something else differs once, not twice.

    A segment that ends elsewhere is the same segment; changes of a count have no key, and are told by what they change.
    """
    columns = table.primary_key or [column for column in table.c if column.name != "n"]
    return [column.name for column in columns if column.name != "known_to"]


def other_version(connection: Connection[Any], live: Build, other: View[Any], position: int) -> Comparison:
    """Hold what two versions of a view both tell against each other: every stretch of days of the columns of both.

    That is asked as known at `position`, which neither is behind, and at a quarter, a half and three quarters of it.
    """
    base = f"{other.name}_{live.version}"
    theirs = dict(connection.execute(_COLUMNS, (f"{SCHEMA}.{base}",)).fetchall())
    ours = dict(connection.execute(_COLUMNS, (f"{SCHEMA}.{other.base}",)).fetchall())
    common = [name for name, kind in ours.items() if theirs.get(name) == kind]
    key = other.tables.key
    if live.stage != LIVE or not set(key) <= set(common):
        return Comparison(live.version, position, {}, 0, 0, ())
    told = [name for name in other.tables.state if name in common]

    def stretches(table: str, known: int) -> Composable:
        return _STRETCHES.format(
            key=_listed(key),
            more=SQL("").join(SQL(", {}").format(Identifier(name)) for name in told),
            table=Identifier(SCHEMA, table),
            known=Literal(known),
        )

    sides = [
        _Side(f"as known at {known}", stretches(base, known), stretches(other.base, known), [*key, "valid_from"], key)
        for known in sorted({position * quarter // 4 for quarter in (1, 2, 3, 4)})
    ]
    return _compared(connection, sides, live.version, position)


def _compared(connection: Connection[Any], sides: Iterable[_Side], version: int, position: int) -> Comparison:
    digests: dict[str, tuple[Digest, Digest]] = {}
    differing: list[Composable] = []
    for side in sides:
        place, key = _told(side.place), _told(side.key)
        one, two = (_digest(connection, rows, place) for rows in (side.live, side.other))
        digests[side.name] = one, two
        if one != two:
            name = Literal(side.name)
            differing.append(_DIFFERING.format(name=name, place=place, key=key, live=side.live, other=side.other))
    if not differing:
        return Comparison(version, position, digests, 0, 0, ())
    together = _TOGETHER.format(differing=SQL(" UNION ALL ").join(differing), shown=Literal(SHOWN))
    ((rows, keys, sample),) = connection.execute(together).fetchall()
    return Comparison(version, position, digests, rows, keys, tuple(sample))


def _digest(connection: Connection[Any], rows: Composable, place: Composable) -> Digest:
    ((count, digest),) = connection.execute(_DIGEST.format(rows=rows, place=place)).fetchall()
    return Digest(count, digest)


def _listed(names: Iterable[str]) -> Composable:
    return SQL(", ").join(map(Identifier, names))


def _told(names: Sequence[str]) -> Composable:
    """These columns of `row` as one text; null where there are none."""
    if not names:
        return SQL("NULL::text")
    return SQL("concat_ws(' ', {})").format(SQL(", ").join(SQL("row.{}").format(Identifier(name)) for name in names))
