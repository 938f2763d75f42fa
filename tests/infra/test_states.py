"""Events of today's versions are read at once into the types of their class; all others as they always were."""

import json
import os
from datetime import UTC, date, datetime
from typing import Annotated, Any, cast
from uuid import uuid4

import pytest

from domain import STREAMS
from domain.event import CATALOGUE, Event, Recorded, Stated
from domain.values import Happened, Personal, PersonId, Purpose, Sealed
from infra.log.envelope import Draft, encode
from infra.log.reading import decode
from infra.log.sealing import Key
from infra.log.states import present

ADA = PersonId(uuid4())
STREAM = f"person:{ADA}"
SALT = 16


class Met(Event):
    """A meeting took place, for these tests."""

    kind = "test.states_met"

    person_id: PersonId | None = None
    on: date = date(2014, 4, 1)
    with_ids: tuple[PersonId, ...] = ()
    note: Annotated[Personal[str | None], Purpose.CIRCUMSTANCES] = None


def stored(event: Event) -> tuple[bytes, bytes]:
    """The envelope and the state of an event."""
    keys = [Key(uuid4().bytes, str(event.subject), purpose, os.urandom(32)) for purpose in Purpose]
    draft = Draft(STREAM, 1, event, Happened(date(2014, 4, 12)), Stated(actor=str(uuid4())))
    new = encode(draft, keys)
    return new.envelope, new.state


def read(kind: str, version: int, envelope: bytes, state: bytes) -> Recorded:
    """What is read of it, without keys."""
    return decode((1, STREAM, 1, kind, version, 1, datetime(2015, 1, 1, tzinfo=UTC), envelope, state))


def met(fields: dict[str, Any]) -> Event:
    """What is read of a meeting whose state has these fields."""
    envelope, _ = stored(Met())
    state = b"\x01" + json.dumps({"fields": fields}).encode() + bytes(SALT)
    return read(Met.kind, 1, envelope, state).event


def kinds(value: object) -> list[type]:
    """The type of a value, and of each in it."""
    return [type(value), *(map(type, cast("tuple[object, ...]", value)) if isinstance(value, tuple) else ())]


@pytest.mark.parametrize("kind", sorted({kind for kind in CATALOGUE if kind.partition(".")[0] in STREAMS}))
def test_every_kind_as_it_is_stored_now_comes_back_with_its_types(kind: str) -> None:
    event_class = CATALOGUE[kind]
    for example in event_class.examples:
        event = event_class.revive(event_class.version(), dict(example))
        envelope, state = stored(event)
        assert event.subject is None or present(event_class)(state[1:-SALT]) is not None
        came_back = read(kind, event_class.version(), envelope, state).event
        assert type(came_back) is event_class
        assert list(came_back.__dict__) == list(event.__dict__)
        for name, value in event.__dict__.items():
            found = getattr(came_back, name)
            if name in event.personal() and event.subject is not None:
                assert isinstance(found, Sealed)
            else:
                assert (kinds(found), found) == (kinds(value), value)


def test_a_field_that_has_come_since_reads_as_its_default() -> None:
    assert met({"person_id": str(ADA), "note": None}) == Met(person_id=ADA)


def test_a_personal_field_about_nobody_is_read_in_the_clear() -> None:
    assert met({"person_id": None, "on": "2014-04-02", "with_ids": [ADA], "note": None}) == Met(
        on=date(2014, 4, 2), with_ids=(ADA,)
    )


def test_a_value_of_another_type_than_today_is_kept_where_the_class_can_make_something_of_it() -> None:
    assert met({"person_id": str(ADA), "on": "20140402", "with_ids": [], "note": None}) == Met(
        person_id=ADA, on=date(2014, 4, 2)
    )
