"""Writing rows of a table: a few by a statement each, all in one round trip; many by COPY, which takes two."""

from collections.abc import Collection, Sequence
from typing import Any

from psycopg import Connection

FEW = 20
"""Up to so many rows statements are faster than COPY."""


class Rows:
    """Writes rows of these columns of a table, each given with its type; those of `key` take the place of an older row.

    What is replaced stays on its page where it can, so that a table which is written over and over does not grow.
    """

    def __init__(self, table: str, columns: Sequence[tuple[str, str]], key: Sequence[str] = ()) -> None:
        names = ", ".join(name for name, _ in columns)
        values = ", ".join(f"%s::{kind}" for _, kind in columns)
        rest = [name for name, _ in columns if name not in key]
        replacing = f"({', '.join(rest)}) = ROW({', '.join(f'excluded.{name}' for name in rest)})"
        instead = f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {replacing}" if key else ""
        self._insert = f"INSERT INTO {table} ({names}) VALUES ({values}){instead}".encode()
        self._copy = f"COPY {table} ({names}) FROM STDIN".encode()
        # Identifiers are text on our side; of the others, the driver need not find out what they are row by row.
        self._types = [kind.replace("uuid", "text") for _, kind in columns]
        kinds = [kind for name, kind in columns if name in key]
        same = " AND ".join(f"row.{name} = named.{name}" for name in key)
        named = ", ".join(f"%s::{kind}[]" for kind in kinds)
        self._forget = (
            f"DELETE FROM {table} row USING unnest({named}) AS named ({', '.join(key)}) WHERE {same}".encode()
        )
        self._keys = [number for number, (name, _) in enumerate(columns) if name in key]

    def write(self, connection: Connection[Any], rows: Collection[tuple[Any, ...]]) -> None:
        """Write them."""
        if len(rows) <= FEW:
            with connection.cursor() as cursor:
                cursor.executemany(self._insert, rows)
            return
        if self._keys:
            connection.execute(self._forget, [[row[number] for row in rows] for number in self._keys])
        with connection.cursor() as cursor, cursor.copy(self._copy) as copy:
            copy.set_types(self._types)
            for row in rows:
                copy.write_row(row)
