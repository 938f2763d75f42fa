"""The bytes of an event, fixed for ever: what its author stated, and what it says.

`envelope` is canonical JSON (keys sorted, no spaces, absent means none) of format 1, with 16 random bytes in base64.
`state` is a format byte, JSON, and 16 random bytes; its `fields` are in the clear, its `sealed` are ciphertexts with
the person each is of, its `erased` name the fields that were erased before they were restated.
"""

import os
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

import msgspec

from domain.event import CATALOGUE, Event, Evidence, How, Link, Recorded, Stated
from domain.values import ERASED, Erased, Happened, Precision, Purpose, Sealed
from infra.log.sealing import Key, Place, seal, unread, unseal
from infra.log.states import Body, Box, body, present
from infra.log.submission import NewEvent

FORMAT = 1
_STATE = bytes([FORMAT])
_SALT = 16

Row: TypeAlias = tuple[int, str, int, str, int, int, datetime, bytes, bytes]
"""position, stream, version, kind, schema_version, slot, recorded_at, envelope, state"""

COLUMNS = "position, stream, version, kind, schema_version, slot, recorded_at, envelope, state"


def _as_text(value: Any) -> str:
    """An identifier, which is text of a class of its own."""
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON here")


_canonical = msgspec.json.Encoder(order="sorted", enc_hook=_as_text).encode


class Unreadable(Exception):
    """A stored event is of a format, kind or version that this program does not know."""


class Keys(Protocol):
    """Where the keys of personal fields are found; None for one that was destroyed."""

    def find(self, key_id: bytes) -> Key | None: ...


class Draft(NamedTuple):
    """An event about to be appended: all that its bytes will hold. `slot` is None where it opens one."""

    stream: str
    version: int
    event: Event
    happened: Happened
    stated: Stated
    link: Link | None = None
    slot: int | None = None
    guards: frozenset[str] = frozenset()

    @property
    def uses(self) -> Sequence[tuple[str, Purpose]]:
        """The person and the purpose of each key that its personal fields are sealed with."""
        if not (personal := self.event.personal()) or (subject := self.event.subject) is None:
            return ()
        return [(str(subject), purpose) for purpose in personal.values()]


class _Target(msgspec.Struct, frozen=True, gc=False):
    """The entry that an entry changes."""

    stream: str
    version: int


class _Envelope(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An envelope of format 1. What `Stated` holds stands together here, in its order."""

    format: Literal[1]
    happened: date
    precision: Precision
    salt: bytes
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


_envelope = msgspec.json.Decoder(_Envelope).decode
_parts, _named = msgspec.structs.astuple, msgspec.structs.asdict
_tuple: type[tuple[Any, ...]] = tuple
_new = _tuple.__new__
"""Makes a named tuple of the values in a tuple: its class, called with as many arguments, takes twice as long."""
_STATED = slice(4, 4 + len(Stated._fields))


def canonical(value: Any) -> bytes:
    """JSON in the one form that is hashed and stored: keys sorted, no spaces, UTF-8.

    Of text, whole numbers, booleans and None, and lists and dictionaries of those.
    """
    return _canonical(value)


def encode(draft: Draft, keys: Sequence[Key]) -> NewEvent:
    """The bytes of an event. `keys` holds the key of each of its personal fields' purposes.

    A field that reads as ERASED is recorded as such. Raises ValueError for one that has no subject, or is still sealed.
    """
    event = draft.event
    return NewEvent(
        draft.stream,
        draft.version,
        event.kind,
        event.version(),
        draft.slot,
        _canonical(_stated(draft)),
        _STATE + _canonical(_content(draft, keys)) + _random(),
        tuple(sorted(draft.guards)),
        draft.stated.irregularities,
    )


def decode(row: Row, keys: Keys | None = None) -> Recorded:
    """The event in a row of the log. Without keys its personal fields read as `Sealed`. Raises Unreadable."""
    position, stream, version, kind, schema_version, slot, recorded_at, envelope, state = row
    event_class = CATALOGUE.get(kind)
    if event_class is None:
        raise Unreadable(f"position {position} is of kind {kind!r}, which this program does not know")
    content = state[1:-_SALT]
    try:
        said = _envelope(envelope)
        # What keys open is JSON, and becomes of its field's type only where all of the event is made of JSON.
        typed = present(event_class, content) if keys is None and schema_version == event_class.version() else None
        told = body(content) if typed is None else typed
    except msgspec.DecodeError as error:
        raise _unreadable(position) from error
    if not state.startswith(_STATE):
        raise _unreadable(position)
    fields = told.fields if isinstance(told.fields, dict) else _named(told.fields)
    for name, held in told.sealed.items():
        sealed = unread(held.box, _new(Place, (stream, version, kind, name, held.of)))
        fields[name] = sealed if keys is None else unseal(sealed, keys.find)
    for name in told.erased:
        fields[name] = ERASED
    event = event_class.revive(schema_version, fields) if typed is None else event_class.restored(fields)
    stated = _new(Stated, _parts(said)[_STATED])
    if said.evidence:
        stated = stated._replace(evidence=tuple(Evidence(**each) for each in said.evidence))
    happened = _new(Happened, (said.happened, said.precision))
    link = _link(said) if said.corrects or said.retracts or said.supersedes else None
    return _new(Recorded, (stream, version, event, happened, position, slot, recorded_at, link, stated))


def _unreadable(position: int) -> Unreadable:
    return Unreadable(f"position {position} is in a format that this program does not know; it is older than the log")


def _stated(draft: Draft) -> _Envelope:
    stated, link = draft.stated, draft.link
    return _Envelope(
        FORMAT,
        draft.happened.day,
        draft.happened.precision,
        _random(),
        stated.actor,
        stated.role,
        stated.on_behalf_of,
        stated.approved_by,
        stated.source,
        stated.source_dated,
        stated.reason,
        stated.irregularities,
        tuple([each._asdict() for each in stated.evidence]),
        stated.causation,
        stated.correlation,
        stated.command,
        **{} if link is None else {link.how.value: _Target(draft.stream, link.version)},
    )


def _content(draft: Draft, keys: Sequence[Key]) -> Body[dict[str, Any]]:
    event = draft.event
    fields = event.payload()
    if not (personal := event.personal()):
        return Body(fields)
    sealed: dict[str, Box] = {}
    erased: list[str] = []
    subject = event.subject
    by_purpose = {key.purpose: key for key in keys}
    for name, purpose in personal.items():
        value = fields.pop(name)
        if isinstance(value, Sealed):
            raise ValueError(f"{event.kind}.{name} was not opened, so it cannot be recorded again")
        if isinstance(value, Erased):
            erased.append(name)
        elif subject is not None:
            place = Place(draft.stream, draft.version, event.kind, name, str(subject))
            sealed[name] = Box(place.subject, seal(value, by_purpose[purpose], place))
        elif value is None:
            fields[name] = None
        else:
            raise ValueError(f"{event.kind}.{name} is personal, and the event names no person")
    return Body(fields, sealed, erased)


def _link(said: _Envelope) -> Link | None:
    if said.corrects is not None:
        return Link(How.CORRECTS, said.corrects.version)
    if said.retracts is not None:
        return Link(How.RETRACTS, said.retracts.version)
    if said.supersedes is not None:
        return Link(How.SUPERSEDES, said.supersedes.version)
    return None


_drawn: list[bytes] = []
os.register_at_fork(after_in_child=_drawn.clear)


def _random() -> bytes:
    """Random bytes that were given out to nobody else; they are drawn from the system many at a time."""
    try:
        return _drawn.pop()
    except IndexError:
        fresh = os.urandom(256 * _SALT)
        _drawn.extend(fresh[at : at + _SALT] for at in range(_SALT, len(fresh), _SALT))
        return fresh[:_SALT]
