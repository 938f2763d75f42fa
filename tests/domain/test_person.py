"""People on the record."""

from domain.event import Event
from domain.person import (
    PERSON,
    BackgroundDeclared,
    ContactChanged,
    ForAnotherPerson,
    NameChanged,
    PersonAlreadyRecorded,
    PersonNotRecorded,
    PersonRecorded,
)
from domain.values import PersonId
from tests.scenario import given, on

ADA, BEN = PersonId.new(), PersonId.new()
RECORDED = on("2013-01-01", PersonRecorded(person_id=ADA, name="Ada Fenner", email="ada@example.org"))


def about(person: PersonId) -> tuple[Event, ...]:
    return (
        NameChanged(person_id=person, name="Ada Marsh"),
        ContactChanged(person_id=person, email=None),
        BackgroundDeclared(person_id=person, gender="F", disability=False, studied_credits=60),
    )


def test_a_person_may_be_recorded_without_a_name() -> None:
    given(PERSON).when(on("2013-01-01", PersonRecorded(person_id=ADA))).then(person_id=ADA)


def test_a_person_is_recorded_once() -> None:
    given(PERSON, RECORDED).when(on("2013-02-01", PersonRecorded(person_id=ADA))).refused(PersonAlreadyRecorded)


def test_what_is_declared_of_a_person_follows_their_being_on_the_record() -> None:
    for fact in about(ADA):
        given(PERSON, RECORDED).when(on("2013-02-01", fact)).then(person_id=ADA)
        given(PERSON).when(on("2013-02-01", fact)).refused(PersonNotRecorded)


def test_a_persons_record_holds_nothing_about_another() -> None:
    for fact in about(BEN):
        given(PERSON, RECORDED).when(on("2013-02-01", fact)).refused(ForAnotherPerson)


def test_no_state_holds_what_is_personal() -> None:
    assert "Ada" not in repr(given(PERSON, RECORDED).history.at(None))
