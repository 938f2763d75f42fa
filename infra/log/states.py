"""What lies in a state, between its format byte and its random bytes: the fields of an event, and how they are read."""

from collections.abc import Callable
from operator import call
from typing import Any, Generic, TypeVar, cast

import msgspec

from domain.event import Event

F = TypeVar("F")

_made = cast("Callable[[type[Any], Any], Any]", call)
"""Makes an identifier, which is text of a class of its own, of its class and the text."""


class Box(msgspec.Struct, frozen=True, gc=False):
    """A ciphertext, and the person it is of."""

    of: str
    box: bytes


class Body(msgspec.Struct, Generic[F], frozen=True, gc=False, omit_defaults=True):
    """The fields in the clear, those that are sealed, and the names of those that had been erased when it was told."""

    fields: F
    sealed: dict[str, Box] = {}
    erased: list[str] = []


class Told(msgspec.Struct, Generic[F], frozen=True, gc=False):
    """A body as it is read: most have nothing sealed or erased."""

    fields: F
    sealed: dict[str, Box] | None = None
    erased: list[str] | None = None


body = msgspec.json.Decoder(Told[dict[str, Any]]).decode
"""What is stored of any event, its fields as they are in JSON. Raises msgspec.DecodeError."""


def present(event: type[Event]) -> Callable[[bytes], Told[msgspec.Struct] | None]:
    """How to read what is stored of an event of its class's present version, as fields of the types that this gives.

    Nearly all are, and are read at once. It gives None where anything is not as the class stores it now: a field that
    has come since, say. `body` and `Event.revive` know what to make of that.
    """
    types, personal = event.types(), event.personal()
    told = [(name, Any, msgspec.UNSET) if name in personal else (name, kind | None) for name, kind in types.items()]
    fields = msgspec.defstruct(event.__name__, told, kw_only=True, frozen=True, gc=False)
    decode, apart = msgspec.json.Decoder(Told[fields], dec_hook=_made).decode, len(personal)

    def read(stored: bytes) -> Told[msgspec.Struct] | None:
        try:
            read = decode(stored)
        except msgspec.ValidationError:
            return None
        sealed, erased = read.sealed, read.erased
        if apart or sealed or erased:
            # What is personal stands beside the other fields.
            return read if len(sealed or ()) + len(erased or ()) == apart else None
        return read

    return read
