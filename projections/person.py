"""Who people are: ciphertext folded unread. The one view that holds personal fields; the edge opens them."""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from domain.event import Recorded
from domain.person import PERSON, ContactChanged, NameChanged, PersonRecorded
from domain.standing import left_out, place_of, standing
from domain.values import PersonId, Sealed
from infra.log.entries import of_streams
from infra.postgres.prepared import Prepared
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
_PEOPLE = Prepared(select(_NAMED.c.person_id, _NAMED.c.name, _NAMED.c.email))


def people(connection: Connection, at: At, person_ids: Collection[str]) -> dict[str, PersonRow]:
    """The people of these identifiers who were on the record, by identifier."""
    if not person_ids:
        return {}
    found = _PEOPLE.rows(connection, at.given(people=list(set(person_ids))), _person)
    return {row.person_id: row for row in found}


def _person(told: Sequence[Any]) -> PersonRow:
    person_id, name, email = told
    return PersonRow(person_id, name and Sealed(name), email and Sealed(email))


def actors(connection: Connection, at: At, actor_ids: Collection[str]) -> dict[str, Sealed]:
    """The names of those of these actors who were people on the record, sealed, by identifier.

    It is read from the log itself, as the entries that they recorded are: no view needs to have come so far.
    """
    streams = sorted({PERSON.of(actor_id) for actor_id in actor_ids})
    known = of_streams(connection, streams, at.known) if streams else []
    found: dict[str, Sealed] = {}
    for _, held in groupby(known, key=lambda statement: statement.stream):
        statements = list(held)
        gone = left_out(statements, at.valid)
        says = [each for slot, each in standing(statements).items() if slot not in gone and each.day <= at.valid]
        person: Person | None = None
        for each in sorted(says, key=lambda statement: place_of(statement, statement.slot)):
            person = fold(person, each.event)
        if person is not None and person.name is not None:
            found[statements[0].key] = person.name
    return found
