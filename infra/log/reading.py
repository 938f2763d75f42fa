"""The bytes of an event as they are read from the log: see `envelope` for what they are."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

import msgspec

from domain.event import CATALOGUE, Event, Evidence, How, Link, Recorded, Stated
from domain.values import ERASED, Happened, Precision
from infra.log.sealing import Key, Place, unread, unseal
from infra.log.states import Told, body, present

Row: TypeAlias = tuple[int, str, int, str, int, int, datetime, bytes, bytes]
"""position, stream, version, kind, schema_version, slot, recorded_at, envelope, state"""

COLUMNS = "position, stream, version, kind, schema_version, slot, recorded_at, envelope, state"
FORMAT = 1
SALT = 16


class Unreadable(Exception):
    """A stored event is of a format, kind or version that this program does not know."""


class Keys(Protocol):
    """Where the keys of personal fields are found; None for one that was destroyed."""

    def find(self, key_id: bytes) -> Key | None: ...


class _Target(msgspec.Struct, frozen=True, gc=False):
    """The entry that an entry changes."""

    version: int


class _Said(msgspec.Struct, frozen=True, gc=False):
    """What is read of an envelope of format 1. What `Stated` holds stands together here, in its order."""

    format: Literal[1]
    happened: date
    precision: Precision
    actor: str
    role: str | None = None
    on_behalf_of: str | None = None
    approved_by: str | None = None
    source: str | None = None
    source_dated: date | None = None
    reason: str | None = None
    irregularities: tuple[str, ...] = ()
    evidence: tuple[dict[str, str], ...] = ()
    causation: str | None = None
    correlation: str | None = None
    command: str | None = None
    corrects: _Target | None = None
    retracts: _Target | None = None
    supersedes: _Target | None = None


class _Form(NamedTuple):
    """How events of a kind are read: the present version, how what is stored of that is read, and what becomes of it.

    What was looked up once: on a class of pydantic's, that takes longer than calling it.
    """

    version: int
    present: Callable[[bytes], Told[msgspec.Struct] | None]
    restored: Callable[[dict[str, Any]], Event]
    revive: Callable[[int, dict[str, Any]], Event]


_said = msgspec.json.Decoder(_Said).decode
_parts, _named = msgspec.structs.astuple, msgspec.structs.asdict
_tuple: type[tuple[Any, ...]] = tuple
_new = _tuple.__new__
"""Makes a named tuple of the values in a tuple: its class, called with as many arguments, takes twice as long."""
_STATED = slice(3, 3 + len(Stated._fields))
_forms: dict[str, _Form] = {}


def decode(row: Row, keys: Keys | None = None) -> Recorded:
    """The event in a row of the log. Without keys its personal fields read as `Sealed`. Raises Unreadable."""
    position, stream, version, kind, schema_version, slot, recorded_at, envelope, state = row
    present_version, read, restored, revive = _forms.get(kind) or _form(kind, position)
    content = state[1:-SALT]
    try:
        said = _said(envelope)
        # What keys open is JSON, and becomes of its field's type only where all of the event is made of JSON.
        typed = read(content) if keys is None and schema_version == present_version else None
        told = body(content) if typed is None else typed
    except msgspec.DecodeError as error:
        raise _unreadable(position) from error
    if state[0] != FORMAT:
        raise _unreadable(position)
    fields: dict[str, Any] = told.fields if isinstance(told.fields, dict) else _named(told.fields)
    if told.sealed:
        for name, held in told.sealed.items():
            sealed = unread(held.box, _new(Place, (stream, version, kind, name, held.of)))
            fields[name] = sealed if keys is None else unseal(sealed, keys.find)
    if told.erased:
        for name in told.erased:
            fields[name] = ERASED
    event = revive(schema_version, fields) if typed is None else restored(fields)
    stated = _new(Stated, _parts(said)[_STATED])
    if said.evidence:
        stated = stated._replace(evidence=tuple(Evidence(**each) for each in said.evidence))
    happened = _new(Happened, (said.happened, said.precision))
    link = _link(said) if said.corrects or said.retracts or said.supersedes else None
    return _new(Recorded, (stream, version, event, happened, position, slot, recorded_at, link, stated))


def _form(kind: str, position: int) -> _Form:
    event = CATALOGUE.get(kind)
    if event is None:
        raise Unreadable(f"position {position} is of kind {kind!r}, which this program does not know")
    form = _forms[kind] = _Form(event.version(), present(event), event.restored, event.revive)
    return form


def _unreadable(position: int) -> Unreadable:
    return Unreadable(f"position {position} is in a format that this program does not know; it is older than the log")


def _link(said: _Said) -> Link | None:
    if said.corrects is not None:
        return Link(How.CORRECTS, said.corrects.version)
    if said.retracts is not None:
        return Link(How.RETRACTS, said.retracts.version)
    if said.supersedes is not None:
        return Link(How.SUPERSEDES, said.supersedes.version)
    return None
