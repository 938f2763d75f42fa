"""People: who they are and how to reach them. All of it is personal, and encrypted in the record."""

from typing import Annotated

from pydantic import BaseModel, Field

from api import examples
from api.answers import Answer, Receipt
from api.deps import Asked, Reading, Recording, Seen
from api.examples import answered, opened, said
from api.problems import changing, opening, reading
from api.routes import Routes
from api.statement import Dated
from domain.person import (
    PERSON,
    BackgroundDeclared,
    ContactChanged,
    Email,
    Name,
    NameChanged,
    PersonNotRecorded,
    PersonRecorded,
)
from domain.refusal import NothingRecorded
from domain.values import PersonId
from projections.person import PEOPLE, people

router = Routes(prefix="/v1/people", tags=["people"])

Answered = Annotated[str, Field(min_length=1, max_length=200)]
Times = Annotated[int, Field(ge=0, le=100_000)]


class Record(Dated):
    """A person to put on the record."""

    model_config = said(name="Ada Fenner", email="ada.fenner@example.org")

    name: Name | None = Field(None, description="What they are called. Personal; kept encrypted.")
    email: Email | None = Field(None, description="Where they are reached. Personal; kept encrypted.")


class Renaming(Dated):
    """The name that a person has taken."""

    model_config = said(name="Ada Marsh")

    name: Name = Field(description="What they are called now. Personal; kept encrypted.")


class Contact(Dated):
    """Where a person is to be reached; null: nowhere."""

    model_config = said(email="ada@example.org")

    email: Email | None = Field(description="Where they are reached now; null: nowhere. Personal; kept encrypted.")


class Background(Dated):
    """A person's background, as they declared it for equality monitoring. All that is left out is not known."""

    model_config = said(gender="F", age_band="35-55", disability=False, region="East Anglian Region")

    gender: Answered | None = Field(None, description="As they said it. Personal; kept encrypted.")
    age_band: Answered | None = Field(None, description="Between which ages. Personal; kept encrypted.")
    disability: bool | None = Field(None, description="Whether they declared one. Personal; kept encrypted.")
    ethnicity: Answered | None = Field(None, description="As they said it. Personal; kept encrypted.")
    region: Answered | None = Field(None, description="Where they live. Personal; kept encrypted.")
    deprivation_band: Answered | None = Field(
        None, description="How deprived the place is where they live. Personal; kept encrypted."
    )
    highest_qualification: Answered | None = Field(
        None, description="The highest that they hold. Personal; kept encrypted."
    )
    previous_attempts: Times | None = Field(None, description="How often they began before. Personal; kept encrypted.")
    studied_credits: Times | None = Field(
        None, description="The credits that they study for. Personal; kept encrypted."
    )


class NewPerson(Receipt):
    """The receipt for a person."""

    model_config = opened("person", examples.PERSON)

    person_id: PersonId


class PersonOut(BaseModel):
    """A person; what was forgotten reads "erased"."""

    person_id: PersonId
    name: str | None
    email: str | None


class OnePerson(Answer):
    """One person, and the version of their record."""

    model_config = answered(
        "person 1",
        version=1,
        person={"person_id": examples.PERSON, "name": "Ada Fenner", "email": "ada.fenner@example.org"},
    )

    version: int = Field(description="The version of their record, for If-Match.")
    person: PersonOut | None = Field(description="Null where they were not on the record by then.")


@router.post("", status_code=201, summary="Record a person", responses=opening())
async def record_person(body: Record, recording: Recording) -> NewPerson:
    """Put a person on the record. Nobody signs in yet: only invented people may be entered."""
    person_id = PersonId.new()
    recorded = PersonRecorded(person_id=person_id, name=body.name, email=body.email)
    return await recording.begin(NewPerson, person_id, "/v1/people", body, PersonRecorded, lambda desk, day: recorded)


@router.post("/{person_id}/name", summary="Change a name", responses=changing(PersonNotRecorded))
async def rename_person(person_id: PersonId, body: Renaming, seen: Seen, recording: Recording) -> Receipt:
    """Record that a person has taken another name. A name that was misspelt is corrected instead."""
    return await recording.enter(PERSON, person_id, seen, body, NameChanged(person_id=person_id, name=body.name))


@router.post("/{person_id}/contact", summary="Change a person's contact", responses=changing(PersonNotRecorded))
async def change_contact(person_id: PersonId, body: Contact, seen: Seen, recording: Recording) -> Receipt:
    """Record that a person is to be reached at another e-mail address, or at none."""
    return await recording.enter(PERSON, person_id, seen, body, ContactChanged(person_id=person_id, email=body.email))


@router.post("/{person_id}/background", summary="Declare a person's background", responses=changing(PersonNotRecorded))
async def declare_background(person_id: PersonId, body: Background, seen: Seen, recording: Recording) -> Receipt:
    """Record a person's background as they declared it. It is kept apart from whoever decides on them."""
    declared = BackgroundDeclared(
        person_id=person_id,
        gender=body.gender,
        age_band=body.age_band,
        disability=body.disability,
        ethnicity=body.ethnicity,
        region=body.region,
        deprivation_band=body.deprivation_band,
        highest_qualification=body.highest_qualification,
        previous_attempts=body.previous_attempts,
        studied_credits=body.studied_credits,
    )
    return await recording.enter(PERSON, person_id, seen, body, declared)


@router.get("/{person_id}", summary="Show a person", responses=reading(NothingRecorded, versioned=True))
def show_person(person_id: PersonId, asked: Asked, reader: Reading) -> OnePerson:
    """One person's name and address; `ETag` is the version of their record, for the next command."""
    with reader.at(asked, PEOPLE) as snapshot:
        version = snapshot.version(PERSON, person_id)
        row = people(snapshot.connection, snapshot.at, [person_id]).get(person_id)
        if row is None:
            return snapshot.answer(OnePerson, version=version, person=None)
        opener = snapshot.opener([row.name, row.email])
        person = PersonOut(
            person_id=person_id, name=opener.open(row.name, person_id), email=opener.open(row.email, person_id)
        )
        return snapshot.answer(OnePerson, version=version, person=person)
