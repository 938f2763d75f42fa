"""The bytes of an event, fixed for ever: what its author stated, and what it says.

`envelope` is canonical JSON (keys sorted, no spaces, absent means none) of format 1, with 16 random bytes in base64.
`state` is a format byte, JSON, and 16 random bytes; its `fields` are in the clear, its `sealed` are ciphertexts with
the person each is of, its `erased` name the fields that were erased before they were restated.
"""

import os
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

import msgspec

from domain.event import Event, Link, Stated
from domain.values import Erased, Happened, Precision, Purpose, Sealed
from infra.log.reading import FORMAT, SALT
from infra.log.sealing import Key, Place, seal
from infra.log.states import Body, Box
from infra.log.submission import NewEvent

_STATE = bytes([FORMAT])


def _as_text(value: Any) -> str:
    """An identifier, which is text of a class of its own."""
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON here")


_canonical = msgspec.json.Encoder(order="sorted", enc_hook=_as_text).encode


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


def _stated(draft: Draft) -> _Envelope:
    link = draft.link
    changed = {} if link is None else {link.how.value: _Target(draft.stream, link.version)}
    return _Envelope(FORMAT, *draft.happened, _random(), *_said(draft.stated), **changed)


def _said(stated: Stated) -> tuple[Any, ...]:
    """What is stated, in the order of `Stated`; each document by the names of what is told of it."""
    if not stated.evidence:
        return stated
    return stated._replace(evidence=tuple([each._asdict() for each in stated.evidence]))


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


_drawn: list[bytes] = []
os.register_at_fork(after_in_child=_drawn.clear)


def _random() -> bytes:
    """Random bytes that were given out to nobody else; they are drawn from the system many at a time."""
    try:
        return _drawn.pop()
    except IndexError:
        fresh = os.urandom(256 * SALT)
        _drawn.extend(fresh[at : at + SALT] for at in range(SALT, len(fresh), SALT))
        return fresh[:SALT]
