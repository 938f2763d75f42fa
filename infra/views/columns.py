"""How the values of a view become columns: the types of PostgreSQL, and the way there and back."""

import types
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple, Union, get_args, get_origin

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from domain.values import Id, Sealed


class Column(NamedTuple):
    """One value of a view as a column.

    `sql` is the type's name, for casts; `read` the type it is read as where psycopg would make something else of it.
    `dump` gives what psycopg writes and `load` what a fold expects, from what was read; None leaves the value as it is.
    """

    name: str
    sql: str
    type: sa.types.TypeEngine[Any]
    read: str | None = None
    dump: Callable[[Any], Any] | None = None
    load: Callable[[Any], Any] | None = None

    @property
    def quoted(self) -> str:
        """The name as statements write it: it may be a word of SQL."""
        return f'"{self.name}"'

    def expression(self, alias: str) -> str:
        """What to select, so that `load` understands it."""
        return f"{alias}.{self.quoted}" + (f"::{self.read}" if self.read else "")

    def parse(self, value: Any) -> Any:
        """The value that a fold expects; None stays None."""
        return value if value is None or self.load is None else self.load(value)


def columns(annotations: Mapping[str, Any], what: str) -> tuple[Column, ...]:
    """The columns of a view's key or state, in order. Raises TypeError for a type that has no column."""
    return tuple(_column(name, annotation, f"{what}.{name}") for name, annotation in annotations.items())


def _column(name: str, annotation: Any, where: str) -> Column:
    if get_origin(annotation) in (Union, types.UnionType):
        options = [option for option in get_args(annotation) if option is not type(None)]
        if len(options) == 1:
            return _column(name, options[0], where)
    elif get_origin(annotation) is tuple:
        element, *rest = get_args(annotation)
        if rest == [Ellipsis]:
            return _array(_column(name, element, where))
    elif isinstance(annotation, type):
        column = _scalar(name, annotation)
        if column is not None:
            return column
    raise TypeError(
        f"{where}: a view holds identifiers, dates, moments, text, enumerations, whole numbers, booleans, Sealed "
        f"values, tuples of those (X, ...), or None beside one of them; not {annotation!r}"
    )


def _scalar(name: str, annotation: type[Any]) -> Column | None:
    if issubclass(annotation, Id):
        return Column(name, "uuid", sa.Uuid(as_uuid=False), read="text", load=annotation)
    if issubclass(annotation, StrEnum):
        return Column(name, "text", sa.Text(), load=annotation)
    if issubclass(annotation, str):
        return Column(name, "text", sa.Text())
    if issubclass(annotation, bool):
        return Column(name, "boolean", sa.Boolean())
    if issubclass(annotation, IntEnum):
        return Column(name, "bigint", sa.BigInteger(), dump=int, load=annotation)
    if issubclass(annotation, int):
        return Column(name, "bigint", sa.BigInteger())
    if issubclass(annotation, datetime):
        return Column(name, "timestamptz", sa.DateTime(timezone=True))
    if issubclass(annotation, date):
        return Column(name, "date", sa.Date())
    if issubclass(annotation, Sealed):
        return Column(name, "bytea", sa.LargeBinary(), dump=_ciphertext, load=_sealed)
    return None


def _array(element: Column) -> Column:
    return Column(
        element.name,
        f"{element.sql}[]",
        ARRAY(element.type),
        read=f"{element.read}[]" if element.read else None,
        dump=_each(list, element.dump),
        load=_each(tuple, element.load),
    )


def _each(collect: Callable[[Iterable[Any]], Any], element: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    def convert(values: Iterable[Any]) -> Any:
        return collect(values if element is None else map(element, values))

    return convert


def _ciphertext(value: Sealed) -> bytes:
    return value.ciphertext


def _sealed(value: Any) -> Sealed:
    return Sealed(bytes(value))
