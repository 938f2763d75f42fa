"""Writing rows of tables: each column goes as one array, so that a statement takes however many rows there are."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

_BARE = frozenset(("bigint", "boolean", "date", "smallint", "uuid"))
"""Types of which no value is written with anything that an array would take for its own."""


class Rows:
    """Writes rows of these columns of a table, each given with its type; those of `key` take the place of an older row.

    What is replaced stays on its page where it can, so that a table which is written over and over does not grow.
    """

    def __init__(self, table: str, columns: Sequence[tuple[str, str]], key: Sequence[str] = ()) -> None:
        names = ", ".join(name for name, _ in columns)
        rest = [name for name, _ in columns if name not in key]
        replacing = f"({', '.join(rest)}) = ROW({', '.join(f'excluded.{name}' for name in rest)})"
        instead = f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {replacing}" if key else ""
        # An array of arrays would be taken apart altogether, so those of a column go as text.
        given = ", ".join(f"%s::{'text' if kind.endswith('[]') else kind}[]" for _, kind in columns)
        told = ", ".join(f"given.{name}::{kind}" for name, kind in columns)
        self._kinds = [kind for _, kind in columns]
        self.insert = f"INSERT INTO {table} ({names}) SELECT {told} FROM unnest({given}) AS given ({names}){instead}"
        """The statement, whose parameters are `arrays`; of rows with one key, there is one."""

    def arrays(self, rows: Sequence[tuple[Any, ...]]) -> list[str]:
        """The columns of these rows."""
        if not rows:
            return ["{}"] * len(self._kinds)
        return [array(kind, values) for kind, values in zip(self._kinds, zip(*rows, strict=True), strict=True)]


def array(kind: str, values: Iterable[Any]) -> str:
    """An array of values of this type as PostgreSQL reads it, None standing for null.

    The driver writes one that is a list value by value, which takes some three times as long.
    """
    if kind in _BARE:
        return f"{{{','.join(map(str, values))}}}".replace("None", "NULL")
    write = _nested(kind.removesuffix("[]")) if kind.endswith("[]") else _written
    return f"{{{','.join(['NULL' if value is None else _quoted(write(value)) for value in values])}}}"


def _nested(kind: str) -> Callable[[Any], str]:
    return lambda values: array(kind, values)


def _written(value: Any) -> str:
    match value:
        case bytes():
            return f"\\x{value.hex()}"
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
