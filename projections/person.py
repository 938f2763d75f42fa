"""Who people are: ciphertext folded unread. The one view that holds personal fields; the edge opens them."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import Connection, select

from domain.event import Recorded
from domain.person import ContactChanged, NameChanged, PersonRecorded
from domain.values import PersonId, Sealed
from infra.views.reading import KNOWN, VALID, At
from infra.views.view import Routed, View


class Person(NamedTuple):
    """A person's name and address, sealed."""

    name: Sealed | None
    email: Sealed | None


def route(recorded: Recorded) -> Iterable[Routed]:
    """A person's facts go to that person."""
    if isinstance(recorded.event, PersonRecorded | NameChanged | ContactChanged):
        yield Routed((recorded.key,), recorded.day, recorded.event)


def fold(person: Person | None, event: object) -> Person | None:
    """The person after a fact."""
    match event:
        case PersonRecorded():
            return Person(_sealed(event.name), _sealed(event.email))
        case NameChanged() if person:
            return person._replace(name=_sealed(event.name))
        case ContactChanged() if person:
            return person._replace(email=_sealed(event.email))
        case _:
            return person


def _sealed(value: object) -> Sealed | None:
    return value if isinstance(value, Sealed) else None


PEOPLE = View(name="person", version=1, key={"person_id": PersonId}, state=Person, route=route, fold=fold)


class PersonRow(NamedTuple):
    """A person as the edge receives them, to be opened there."""

    person_id: str
    name: Sealed | None
    email: Sealed | None


_NAMED = PEOPLE.as_of(VALID, KNOWN, keys="people")
_PEOPLE = select(_NAMED.c.person_id, _NAMED.c.name, _NAMED.c.email)


def people(connection: Connection, at: At, person_ids: Collection[str]) -> dict[str, PersonRow]:
    """The people of these identifiers who were on the record, by identifier."""
    if not person_ids:
        return {}
    found = connection.execute(_PEOPLE, at.given(people=list(set(person_ids)))).all()
    return {
        person_id: PersonRow(person_id, name and Sealed(bytes(name)), email and Sealed(bytes(email)))
        for person_id, name, email in found
    }
