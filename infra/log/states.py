"""What lies in a state, between its format byte and its random bytes: the fields of an event, and how they are read."""

from collections.abc import Callable
from functools import cache
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


body = msgspec.json.Decoder(Body[dict[str, Any]]).decode
"""What is stored of any event, its fields as they are in JSON. Raises msgspec.DecodeError."""


def present(event: type[Event], stored: bytes) -> Body[msgspec.Struct] | None:
    """What is stored of an event of its class's present version, its fields of the types that the class gives them.

    Nearly all are, and are read at once. None where anything is not as the class stores it now: a field that has come
    since, say. `body` and `Event.revive` know what to make of that.
    """
    decode, personal = _reading(event)
    try:
        read = decode(stored)
    except msgspec.ValidationError:
        return None
    return read if len(read.sealed) + len(read.erased) == personal else None


@cache
def _reading(event: type[Event]) -> tuple[Callable[[bytes], Body[msgspec.Struct]], int]:
    """How to read what is stored of a class, and how many of its fields are personal: these stand beside the others."""
    types, personal = event.types(), event.personal()
    told = [(name, Any, msgspec.UNSET) if name in personal else (name, kind | None) for name, kind in types.items()]
    fields = msgspec.defstruct(event.__name__, told, kw_only=True, frozen=True, gc=False)
    return msgspec.json.Decoder(Body[fields], dec_hook=_made).decode, len(personal)
