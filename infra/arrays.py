"""Arrays in PostgreSQL's binary form: an append sends a score of them, and the driver's own way takes longest."""

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_LENGTH = struct.Struct("!i").pack
_NULL = _LENGTH(-1)


class _Array(bytes):
    """One array as it goes over the wire, with the types it has on the other side."""

    array: ClassVar[int]
    element: ClassVar[int]

    @classmethod
    def packed(cls, count: int, body: bytes) -> bytes:
        """Header and body of a one-dimensional array counted from 1; an empty one has no dimension."""
        if not count:
            return struct.pack("!iiI", 0, 0, cls.element)
        return struct.pack("!iiIii", 1, 1, cls.element, count, 1) + body


class Ints(_Array):
    """int[]"""

    array, element = 1007, 23

    def __new__(cls, values: Sequence[int]) -> "Ints":
        pairs = [4] * (2 * len(values))
        pairs[1::2] = values
        return super().__new__(cls, cls.packed(len(values), struct.pack(f"!{len(pairs)}i", *pairs)))


class Bigints(_Array):
    """bigint[], where None stands for null."""

    array, element = 1016, 20

    def __new__(cls, values: Sequence[int | None]) -> "Bigints":
        pack = struct.Struct("!iq").pack
        return super().__new__(
            cls, cls.packed(len(values), b"".join(_NULL if v is None else pack(8, v) for v in values))
        )


class Moments(_Array):
    """timestamptz[], where None stands for null. Takes times that bear their offset."""

    array, element = 1185, 1184

    def __new__(cls, values: Sequence[datetime | None]) -> "Moments":
        pack = struct.Struct("!iq").pack
        return super().__new__(
            cls, cls.packed(len(values), b"".join(_NULL if v is None else pack(8, _microseconds(v)) for v in values))
        )


class Bytes(_Array):
    """bytea[]"""

    array, element = 1001, 17

    def __new__(cls, values: Sequence[bytes]) -> "Bytes":
        return super().__new__(cls, cls.packed(len(values), _joined(values)))


class Texts(_Array):
    """text[], where None stands for null."""

    array, element = 1009, 25

    def __new__(cls, values: Sequence[str | None]) -> "Texts":
        return super().__new__(cls, cls.packed(len(values), _joined(None if v is None else v.encode() for v in values)))


class Uuids(_Array):
    """uuid[], from the text of each; None stands for null."""

    array, element = 2951, 2950

    def __new__(cls, values: Sequence[str | None]) -> "Uuids":
        return super().__new__(
            cls,
            cls.packed(len(values), _joined(None if v is None else bytes.fromhex(v.replace("-", "")) for v in values)),
        )


def _joined(values: Iterable[bytes | None]) -> bytes:
    return b"".join([_NULL if v is None else _LENGTH(len(v)) + v for v in values])


def _microseconds(moment: datetime) -> int:
    gone = moment - _EPOCH
    return (gone.days * 86_400 + gone.seconds) * 1_000_000 + gone.microseconds


def _register(kind: type[_Array]) -> None:
    class AsItIs(Dumper):
        format = Format.BINARY
        oid = kind.array

        def dump(self, obj: _Array) -> bytes:
            return obj

    psycopg.adapters.register_dumper(kind, AsItIs)


for _kind in (Ints, Bigints, Moments, Bytes, Texts, Uuids):
    _register(_kind)
