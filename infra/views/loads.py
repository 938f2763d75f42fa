"""Reading back what a view holds at the head, for many keys at once."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from psycopg import Connection

from infra.postgres.rows import array
from infra.views.columns import Column
from infra.views.refold import Entry, Order, Segment
from infra.views.tables import IN_FORCE, SCHEMA
from infra.views.view import Key, View

HEAD = 2
"""Segments in force that the head of a timeline holds."""

_STAGED = f"SELECT FROM pg_attribute WHERE attrelid = to_regclass('{SCHEMA}.checkpoint') AND attname = 'stage'".encode()


def unnested(columns: Sequence[Column], *more: str) -> str:
    """The arrays of the values of these columns, and of more types, side by side, as a table to select from."""
    return "unnest(" + ", ".join(f"%s::{kind}[]" for kind in (*(column.sql for column in columns), *more)) + ")"


def arrays(columns: Sequence[Column], rows: Sequence[tuple[Any, ...]]) -> list[str]:
    """The parameters of `unnested`: an array for each column."""
    return [
        array(column.sql, [row[n] if column.dump is None else column.dump(row[n]) for row in rows])
        for n, column in enumerate(columns)
    ]


class ViewLoads:
    """The statements that read one view's tables for the engine. They go by the primary keys."""

    def __init__(self, view: View[Any]) -> None:
        self._view = view
        self._keys, self._states = view.key_columns, view.state_columns
        names = [column.quoted for column in self._keys]
        asked = f"{unnested(self._keys)} WITH ORDINALITY AS asked ({', '.join(names)}, n)"
        same = " AND ".join(f"row.{name} = asked.{name}" for name in names)
        told = ", ".join(["row.valid_from, row.known_from, row.cause, row.absent", *_expressions(self._states)])
        table = f"{SCHEMA}.{view.base}"
        in_force = f"{table} row WHERE {same} AND row.known_to = {IN_FORCE}"
        self._lasts = f"""
            SELECT asked.n, row.* FROM {asked} CROSS JOIN LATERAL (
                SELECT row.day, row.phase, row.slot, row.ordinal FROM {table}_fact row WHERE {same}
                 ORDER BY row.day DESC, row.phase DESC, row.slot DESC, row.ordinal DESC LIMIT 1
            ) row
        """.encode()
        self._heads = f"""
            SELECT asked.n, row.* FROM {asked} CROSS JOIN LATERAL (
                SELECT {told} FROM {in_force} ORDER BY row.valid_from DESC, row.known_from DESC LIMIT {HEAD}
            ) row ORDER BY asked.n, row.valid_from
        """.encode()
        self._segments = f"""
            SELECT asked.n, row.* FROM {asked} CROSS JOIN LATERAL (SELECT {told} FROM {in_force}) row
             ORDER BY asked.n, row.valid_from
        """.encode()
        self._entries = f"""
            SELECT asked.n, row.day, row.phase, row.slot, row.ordinal, row.drops, row.position
              FROM {asked} JOIN {table}_fact row ON {same}
             ORDER BY asked.n, row.day, row.phase, row.slot, row.ordinal, row.drops
        """.encode()
        self._drops = f"""
            SELECT slot, target FROM {table}_drop WHERE slot = ANY (%(slots)s::bigint[])
             UNION
            SELECT slot, target FROM {table}_drop WHERE target = ANY (%(slots)s::bigint[])
        """.encode()
        self._build = (view.name, view.version, view.stage)
        self._checkpoint = (
            f"SELECT position FROM {SCHEMA}.checkpoint WHERE view = %s AND version = %s::int AND stage = %s".encode()
        )
        self._locked = self._checkpoint + b" FOR UPDATE"

    def made(self, connection: Connection[Any]) -> bool:
        """Whether the view's tables exist. They are made with its checkpoint, in one transaction."""
        if connection.execute(_STAGED).fetchone() is None:
            return False
        return connection.execute(self._checkpoint, self._build).fetchone() is not None

    def reached(self, connection: Connection[Any], *, lock: bool = False) -> int:
        """The position up to which the view has followed the log. With `lock` nobody else moves it meanwhile."""
        statement = self._locked if lock else self._checkpoint
        row = connection.execute(statement, self._build).fetchone()
        return row[0] if row else 0

    def heads(self, connection: Connection[Any], keys: list[Key]) -> dict[Key, tuple[Order | None, list[Segment]]]:
        """The place of the last entry of each key, and its last two segments in force."""
        parameters = arrays(self._keys, keys)
        lasts: dict[Key, Order] = {}
        for n, day, phase, slot, ordinal in connection.execute(self._lasts, parameters):
            lasts[keys[n - 1]] = day, phase, slot, ordinal
        segments = self._grouped(connection, self._heads, keys, parameters)
        return {key: (lasts.get(key), segments.get(key, [])) for key in keys}

    def in_force(self, connection: Connection[Any], keys: list[Key]) -> dict[Key, list[Segment]]:
        """All segments in force of each key that has any."""
        return self._grouped(connection, self._segments, keys, arrays(self._keys, keys))

    def wholes(
        self, connection: Connection[Any], keys: list[Key], facts: Callable[[Iterable[int]], dict[int, list[Any]]]
    ) -> dict[Key, tuple[list[Segment], list[Entry]]]:
        """All segments in force and all entries of each key; `facts` tells what was routed from positions."""
        parameters = arrays(self._keys, keys)
        segments = self._grouped(connection, self._segments, keys, parameters)
        rows: list[tuple[Any, ...]] = connection.execute(self._entries, parameters).fetchall()
        said = facts({row[6] for row in rows if not row[5]})
        entries: dict[Key, list[Entry]] = {}
        for n, day, phase, slot, ordinal, drops, position in rows:
            fact = None if drops else said[position][ordinal].fact
            entries.setdefault(keys[int(n) - 1], []).append(Entry(day, phase, slot, ordinal, drops, position, fact))
        return {key: (segments.get(key, []), entries.get(key, [])) for key in keys}

    def drops(self, connection: Connection[Any], slots: Iterable[int]) -> dict[int, int]:
        """Which slots these leave out, and which slots leave these out: target by superseding slot."""
        return dict(connection.execute(self._drops, {"slots": list(slots)}).fetchall())

    def _grouped(
        self, connection: Connection[Any], statement: bytes, keys: list[Key], parameters: list[str]
    ) -> dict[Key, list[Segment]]:
        grouped: dict[Key, list[Segment]] = {}
        rows: list[tuple[Any, ...]] = connection.execute(statement, parameters).fetchall()
        for n, valid_from, known_from, cause, absent, *values in rows:
            state = None if absent else self._state(values)
            grouped.setdefault(keys[int(n) - 1], []).append(Segment(valid_from, known_from, cause, state))
        return grouped

    def _state(self, values: list[Any]) -> Any:
        return self._view.state(*[column.parse(value) for column, value in zip(self._states, values, strict=True)])


def _expressions(columns: Sequence[Column]) -> list[str]:
    return [f"{column.expression('row')} AS {column.quoted}" for column in columns]
