"""The bytes of an event, fixed for ever: what its author stated, and what it says.

`envelope` is canonical JSON (keys sorted, no spaces, absent means none) of format 1, with 16 random bytes in base64.
`state` is a format byte, JSON, and 16 random bytes; its `fields` are in the clear, its `sealed` are ciphertexts with
the person each is of, its `erased` name the fields that were erased before they were restated.
"""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, TypeAlias

from domain.event import CATALOGUE, Event, Evidence, How, Link, Recorded, Stated
from domain.values import ERASED, Erased, Happened, Precision, Sealed
from infra.append import NewEvent
from infra.sealing import Key, Place, seal, unread, unseal

FORMAT = 1
_STATE = b"\x01"
_LINKS = tuple((how.value, how) for how in How)
_PRECISIONS = {precision.value: precision for precision in Precision}
_SALT = 16
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

Row: TypeAlias = tuple[int, str, int, str, int, int, datetime, bytes, bytes]
"""position, stream, version, kind, schema_version, slot, recorded_at, envelope, state"""

COLUMNS = "position, stream, version, kind, schema_version, slot, recorded_at, envelope, state"


class Unreadable(Exception):
    """A stored event is of a format, kind or version that this program does not know."""


class Keys(Protocol):
    """Where the keys of personal fields are found; None for one that was destroyed."""

    def find(self, key_id: bytes) -> Key | None: ...


@dataclass(frozen=True, slots=True)
class Draft:
    """An event about to be appended: all that its bytes will hold. `slot` is None where it opens one."""

    stream: str
    version: int
    event: Event
    happened: Happened
    stated: Stated
    link: Link | None = None
    slot: int | None = None
    guards: frozenset[str] = frozenset()


def canonical(value: Any) -> bytes:
    """JSON in the one form that is hashed and stored: keys sorted, no spaces, UTF-8."""
    return _CANONICAL.encode(value).encode()


def encode(draft: Draft, keys: Sequence[Key]) -> NewEvent:
    """The bytes of an event. `keys` holds the key of each of its personal fields' purposes.

    A field that reads as ERASED is recorded as such. Raises ValueError for one that has no subject, or is still sealed.
    """
    return NewEvent(
        stream=draft.stream,
        version=draft.version,
        kind=draft.event.kind,
        schema_version=draft.event.version(),
        slot=draft.slot,
        envelope=_envelope(draft),
        state=_state(draft, {key.purpose: key for key in keys}),
        guards=tuple(sorted(draft.guards)),
        irregularities=draft.stated.irregularities,
    )


def decode(row: Row, keys: Keys | None = None) -> Recorded:
    """The event in a row of the log. Without keys its personal fields read as `Sealed`. Raises Unreadable."""
    position, stream, version, kind, schema_version, slot, recorded_at, envelope, state = row
    stated = json.loads(envelope.decode())
    if stated["format"] != FORMAT or state[:1] != _STATE:
        raise Unreadable(
            f"position {position} is in a format that this program does not know; it is older than the log"
        )
    event_class = CATALOGUE.get(kind)
    if event_class is None:
        raise Unreadable(f"position {position} is of kind {kind!r}, which this program does not know")
    body = json.loads(state[1:-_SALT].decode())
    fields = body["fields"]
    for name, held in body.get("sealed", {}).items():
        sealed = unread(b64decode(held["box"]), Place(stream, version, kind, name, held["of"]))
        fields[name] = sealed if keys is None else unseal(sealed, keys.find)
    for name in body.get("erased", ()):
        fields[name] = ERASED
    return Recorded(
        stream=stream,
        version=version,
        event=event_class.revive(schema_version, fields),
        happened=Happened(date.fromisoformat(stated["happened"]), _PRECISIONS[stated["precision"]]),
        position=position,
        slot=slot,
        recorded_at=recorded_at,
        link=_link(stated),
        stated=_stated(stated),
    )


def _envelope(draft: Draft) -> bytes:
    stated = draft.stated
    envelope: dict[str, Any] = {
        "format": FORMAT,
        "happened": draft.happened.day.isoformat(),
        "precision": draft.happened.precision.value,
        "actor": stated.actor,
        "salt": b64encode(os.urandom(_SALT)).decode(),
    }
    for name in ("role", "on_behalf_of", "approved_by", "source", "reason", "causation", "correlation", "command"):
        if (value := getattr(stated, name)) is not None:
            envelope[name] = value
    if stated.source_dated is not None:
        envelope["source_dated"] = stated.source_dated.isoformat()
    if stated.irregularities:
        envelope["irregularities"] = list(stated.irregularities)
    if stated.evidence:
        envelope["evidence"] = [{"document": e.document, "sha256": e.sha256} for e in stated.evidence]
    if draft.link is not None:
        envelope[draft.link.how.value] = {"stream": draft.stream, "version": draft.link.version}
    return canonical(envelope)


def _state(draft: Draft, keys: dict[Any, Key]) -> bytes:
    event = draft.event
    fields = event.payload()
    sealed: dict[str, dict[str, str]] = {}
    erased: list[str] = []
    subject = event.subject
    for name, purpose in event.personal().items():
        value = fields.pop(name)
        if isinstance(value, Sealed):
            raise ValueError(f"{event.kind}.{name} was not opened, so it cannot be recorded again")
        if isinstance(value, Erased):
            erased.append(name)
        elif subject is not None:
            place = Place(draft.stream, draft.version, event.kind, name, str(subject))
            sealed[name] = {"of": place.subject, "box": b64encode(seal(value, keys[purpose], place)).decode()}
        elif value is None:
            fields[name] = None
        else:
            raise ValueError(f"{event.kind}.{name} is personal, and the event names no person")
    body: dict[str, Any] = {"fields": fields}
    if sealed:
        body["sealed"] = sealed
    if erased:
        body["erased"] = erased
    return _STATE + canonical(body) + os.urandom(_SALT)


def _link(stated: dict[str, Any]) -> Link | None:
    for name, how in _LINKS:
        if name in stated:
            return Link(how, stated[name]["version"])
    return None


def _stated(stated: dict[str, Any]) -> Stated:
    dated = stated.get("source_dated")
    return Stated(
        actor=stated["actor"],
        role=stated.get("role"),
        on_behalf_of=stated.get("on_behalf_of"),
        approved_by=stated.get("approved_by"),
        source=stated.get("source"),
        source_dated=None if dated is None else date.fromisoformat(dated),
        reason=stated.get("reason"),
        irregularities=tuple(stated.get("irregularities", ())),
        evidence=tuple(Evidence(e["document"], e["sha256"]) for e in stated.get("evidence", ())),
        causation=stated.get("causation"),
        correlation=stated.get("correlation"),
        command=stated.get("command"),
    )
