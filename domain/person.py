"""People: who somebody is and how to reach them, all of it personal, and nothing of what they do."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, TypeAlias, TypeVar, assert_never

from pydantic import Field

from domain.event import Event
from domain.refusal import Refusal
from domain.stream import Stream
from domain.values import FellowshipId, Personal, PersonId, Phase, Purpose

T = TypeVar("T")
Identity: TypeAlias = Annotated[Personal[T], Purpose.IDENTITY]
Contact: TypeAlias = Annotated[Personal[T], Purpose.CONTACT]
Equality: TypeAlias = Annotated[Personal[T], Purpose.EQUALITY]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]

_PERSON = "5b0e6a0e-54f1-4c37-8f3a-6f0f3c1f9a01"


class PersonRecorded(Event):
    """A person was put on the record, with their name and e-mail address where these are known."""

    kind = "person.recorded"
    phase = Phase.OPENS
    examples = ({"person_id": _PERSON, "name": "Ada Fenner", "email": "ada.fenner@example.org"},)

    person_id: PersonId
    name: Identity[Name | None] = None
    email: Contact[Email | None] = None


class NameChanged(Event):
    """A person has taken another name."""

    kind = "person.name_changed"
    examples = ({"person_id": _PERSON, "name": "Ada Marsh"},)

    person_id: PersonId
    name: Identity[Name]


class ContactChanged(Event):
    """A person is to be reached at another e-mail address, or at none."""

    kind = "person.contact_changed"
    examples = ({"person_id": _PERSON, "email": "ada@example.org"},)

    person_id: PersonId
    email: Contact[Email | None] = None


class BackgroundDeclared(Event):
    """A person's background, as they declared it for equality monitoring; kept apart from whoever decides on them."""

    kind = "person.background_declared"
    examples = (
        {
            "person_id": _PERSON,
            "fellowship_id": None,
            "gender": "F",
            "age_band": "35-55",
            "disability": False,
            "ethnicity": None,
            "region": "East Anglian Region",
            "deprivation_band": "20-30%",
            "highest_qualification": "HE Qualification",
            "previous_attempts": 0,
            "studied_credits": 60,
        },
    )

    person_id: PersonId
    fellowship_id: FellowshipId | None = None
    """The fellowship for which it was declared, where it was for one."""
    gender: Equality[str | None] = None
    age_band: Equality[str | None] = None
    disability: Equality[bool | None] = None
    ethnicity: Equality[str | None] = None
    region: Equality[str | None] = None
    deprivation_band: Equality[str | None] = None
    highest_qualification: Equality[str | None] = None
    previous_attempts: Equality[int | None] = None
    studied_credits: Equality[int | None] = None


PersonEvent: TypeAlias = PersonRecorded | NameChanged | ContactChanged | BackgroundDeclared


class PersonNotRecorded(Refusal):
    """No such person was on the record by that day."""


class PersonAlreadyRecorded(Refusal):
    """This person is on the record already."""


class ForAnotherPerson(Refusal):
    """That entry is about another person than this record."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whether a person was on the record on a day. What is known of them is personal, and no decision reads it."""

    person_id: PersonId | None = None


def evolve(person: Person, event: PersonEvent, day: date) -> Person:
    """The person after a fact. Raises a Refusal where the fact cannot have happened."""
    match event:
        case PersonRecorded(person_id=person_id):
            if person.person_id is not None:
                raise PersonAlreadyRecorded
            return replace(person, person_id=person_id)
        case NameChanged() | ContactChanged() | BackgroundDeclared():
            if person.person_id is None:
                raise PersonNotRecorded
            if event.person_id != person.person_id:
                raise ForAnotherPerson
            return person
        case _:
            assert_never(event)


PERSON = Stream(PersonId.stream, Person(), evolve)
