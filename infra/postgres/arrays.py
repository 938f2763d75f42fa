"""Arrays in PostgreSQL's binary form: an append sends a score of them, and the driver's own way takes longest."""

import struct
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_HEAD = struct.Struct("!iiIii").pack
_LENGTH = struct.Struct("!i").pack
_INT = struct.Struct("!ii").pack
_BIGINT = struct.Struct("!iq").pack
_NULL = _LENGTH(-1)


class Array(bytes, ABC):
    """One array as it goes over the wire, with the types it has on the other side: one-dimensional, counted from 1."""

    array: ClassVar[int]
    element: ClassVar[int]
    empty: ClassVar[bytes]
    single: ClassVar[bytes]
    """The head of an array of one."""

    def __init_subclass__(cls) -> None:
        """What an array of this type begins with; and the driver takes one as it is."""
        cls.empty = struct.pack("!iiI", 0, 0, cls.element)
        cls.single = _HEAD(1, 1, cls.element, 1, 1)

        class AsItIs(Dumper):
            format = Format.BINARY
            oid = cls.array

            def dump(self, obj: Array) -> bytes:
                return obj

        psycopg.adapters.register_dumper(cls, AsItIs)

    def __new__(cls, values: Sequence[Any]) -> "Array":
        """The array as the driver knows it by its type."""
        return super().__new__(cls, cls.packed(values))

    @classmethod
    def packed(cls, values: Sequence[Any]) -> bytes:
        """The bytes of the array, None standing for null."""
        if not values:
            return cls.empty
        items = cls.items(values)
        return (cls.single if len(values) == 1 else _HEAD(1, 1, cls.element, len(values), 1)) + items

    @classmethod
    @abstractmethod
    def items(cls, values: Sequence[Any]) -> bytes:
        """The values, each behind its length."""


class Ints(Array):
    """int[], without nulls."""

    array, element = 1007, 23

    @classmethod
    def items(cls, values: Sequence[int]) -> bytes:
        """The values, each behind its length."""
        if len(values) == 1:
            return _INT(4, values[0])
        pairs = [4] * (2 * len(values))
        pairs[1::2] = values
        return struct.pack(f"!{len(pairs)}i", *pairs)


class Bigints(Array):
    """bigint[]"""

    array, element = 1016, 20

    @classmethod
    def items(cls, values: Sequence[int | None]) -> bytes:
        """The values, each behind its length."""
        return b"".join([_NULL if v is None else _BIGINT(8, v) for v in values])


class Moments(Array):
    """timestamptz[]. Takes times that bear their offset."""

    array, element = 1185, 1184

    @classmethod
    def items(cls, values: Sequence[datetime | None]) -> bytes:
        """The values, each behind its length."""
        return b"".join([_NULL if v is None else _BIGINT(8, _microseconds(v)) for v in values])


class Bytes(Array):
    """bytea[]"""

    array, element = 1001, 17

    @classmethod
    def items(cls, values: Sequence[bytes | None]) -> bytes:
        """The values, each behind its length."""
        return b"".join([_NULL if v is None else _LENGTH(len(v)) + v for v in values])


class Texts(Array):
    """text[]"""

    array, element = 1009, 25

    @classmethod
    def items(cls, values: Sequence[str | None]) -> bytes:
        """The values, each behind its length."""
        return Bytes.items([None if v is None else v.encode() for v in values])


class Uuids(Array):
    """uuid[], from the text of each."""

    array, element = 2951, 2950

    @classmethod
    def items(cls, values: Sequence[str | None]) -> bytes:
        """The values, each behind its length."""
        return Bytes.items([None if v is None else bytes.fromhex(v.replace("-", "")) for v in values])


def _microseconds(moment: datetime) -> int:
    gone = moment - _EPOCH
    return (gone.days * 86_400 + gone.seconds) * 1_000_000 + gone.microseconds
