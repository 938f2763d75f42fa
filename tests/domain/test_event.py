"""What an event may hold, how it is stored, and how it comes back."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import ValidationError

from domain.event import CATALOGUE, Event, Payload, Recorded
from domain.values import ERASED, CohortId, Happened, Personal, PersonId, Purpose, Sealed, WorkId


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Held(Event):
    """All that an event may hold was held."""

    kind = "test.event.held"

    person_id: PersonId
    cohort_id: CohortId | None = None
    work_id: WorkId | None = None
    number: int = 1
    weight: Decimal | None = None
    day: date | None = None
    colour: Colour = Colour.RED
    size: Literal["small", "large"] = "small"
    cohorts: tuple[CohortId, ...] = ()
    colours: tuple[Colour, ...] | None = None
    labels: tuple[str, ...] = ()
    secret: Annotated[Personal[Colour | None], Purpose.CIRCUMSTANCES] = None


ADA, COHORT, WORK = PersonId.new(), CohortId.new(), WorkId.new()
FULL = Held(
    person_id=ADA,
    cohort_id=COHORT,
    work_id=WORK,
    number=3,
    weight=Decimal("12.50"),
    day=date(2014, 2, 1),
    colour=Colour.BLUE,
    size="large",
    cohorts=(COHORT,),
    colours=(Colour.RED, Colour.BLUE),
    labels=("a", "b"),
    secret=Colour.BLUE,
)


@pytest.mark.parametrize("event", [FULL, Held(person_id=ADA)])
def test_an_event_comes_back_as_it_was(event: Held) -> None:
    back = Held.revive(1, event.payload())
    assert back == event
    assert {name: type(value) for name, value in back} == {name: type(value) for name, value in event}
    assert hash(back) == hash(event)


def test_what_is_stored_is_plain() -> None:
    assert FULL.payload() == {
        "person_id": str(ADA),
        "cohort_id": str(COHORT),
        "work_id": str(WORK),
        "number": 3,
        "weight": "12.50",
        "day": "2014-02-01",
        "colour": "blue",
        "size": "large",
        "cohorts": [str(COHORT)],
        "colours": ["red", "blue"],
        "labels": ["a", "b"],
        "secret": "blue",
    }


def test_an_event_names_the_streams_of_its_identifiers() -> None:
    assert set(FULL.names()) == {f"person:{ADA}", f"cohort:{COHORT}", f"work:{WORK}"}
    assert list(Held(person_id=ADA).names()) == [f"person:{ADA}"]


def test_an_event_names_all_that_it_lists() -> None:
    listed = (CohortId.new(), CohortId.new())
    assert set(Held(person_id=ADA, cohorts=listed).names()) == {f"person:{ADA}", *(f"cohort:{each}" for each in listed)}


@pytest.mark.parametrize("unread", [ERASED, Sealed(b"...")])
def test_a_personal_field_comes_back_erased_or_sealed(unread: Any) -> None:
    back = Held.revive(1, {**FULL.payload(), "secret": unread})
    assert back.secret is unread
    assert Held.personal() == {"secret": Purpose.CIRCUMSTANCES}
    assert back.subject == ADA


def test_what_histories_keep_of_an_event_holds_nothing_personal() -> None:
    kept = FULL.impersonal()
    assert (kept.secret, kept) == (ERASED, FULL.model_copy(update={"secret": ERASED}))
    assert FULL.secret is Colour.BLUE
    plain = Moved(to="ely")
    assert plain.impersonal() is plain


def test_a_value_that_is_not_of_its_enumeration_is_told() -> None:
    with pytest.raises(ValueError, match="'green' is not a valid Colour"):
        Held.revive(1, {**FULL.payload(), "colour": "green"})


def test_an_event_is_frozen_and_takes_no_further_field() -> None:
    with pytest.raises(ValidationError):
        FULL.number = 4
    with pytest.raises(ValidationError):
        Held.model_validate({"person_id": ADA, "extra": 1})


class Moved(Event):
    """A thing moved twice in its history."""

    kind = "test.event.moved"

    to: str
    by: str = "hand"


def renamed(payload: Payload) -> Payload:
    return {"to": payload["place"]}


def spelled_out(payload: Payload) -> Payload:
    return {**payload, "to": payload["to"].upper()}


Moved.upcasters = (renamed, spelled_out)


def test_each_version_is_lifted_by_the_upcasters_after_it() -> None:
    assert Moved.version() == 3
    assert Moved.revive(1, {"place": "ely"}) == Moved(to="ELY")
    assert Moved.revive(2, {"to": "ely"}) == Moved(to="ELY")
    assert Moved.revive(3, {"to": "ely", "by": "cart"}) == Moved(to="ely", by="cart")


@pytest.mark.parametrize("version", [0, -1, 4])
def test_a_version_not_known_here_is_told(version: int) -> None:
    with pytest.raises(ValueError, match=r"test\.event\.moved version .* is not known here; the latest is 3"):
        Moved.revive(version, {})


def test_a_required_field_that_is_missing_is_told() -> None:
    with pytest.raises(ValueError, match=r"Moved\.to is missing from what is stored; an upcaster must supply it"):
        Moved.revive(3, {"by": "cart"})


def test_two_events_are_not_called_alike() -> None:
    with pytest.raises(TypeError, match=r"two events are called 'test\.event\.held'"):
        type("Again", (Event,), {"kind": "test.event.held", "__module__": __name__})
    assert CATALOGUE["test.event.held"] is Held


def test_a_personal_field_names_one_purpose() -> None:
    class Purposeless(Event):
        """A personal field without a purpose."""

        kind = "test.event.purposeless"

        name: Personal[str]

    with pytest.raises(TypeError, match=r"Purposeless\.name is personal and must name one Purpose"):
        Purposeless.personal()


@pytest.mark.parametrize("annotation", [float, datetime, dict, list[str], tuple[float, ...], object])
def test_what_an_event_may_not_hold_is_told(annotation: Any) -> None:
    kind = f"test.event.of_{annotation}"
    event = type("Odd", (Event,), {"kind": kind, "__annotations__": {"x": annotation}, "__module__": __name__})
    with pytest.raises(TypeError, match=r"Odd\.x: an event holds text, whole numbers"):
        event.personal()


def test_a_field_is_of_one_type() -> None:
    class Mixed(Event):
        """A field of two types."""

        kind = "test.event.mixed"

        x: int | str

    with pytest.raises(TypeError, match=r"Mixed\.x must be of one type; None may stand beside it"):
        Mixed(x=1).payload()


def test_a_recorded_event_tells_its_key_and_day() -> None:
    happened = Happened(date(2014, 2, 1))
    recorded = Recorded(f"person:{ADA}", 1, FULL, happened, 7, 7, datetime(2026, 1, 1, tzinfo=UTC))
    assert (recorded.key, recorded.day, recorded.retracts) == (str(ADA), date(2014, 2, 1), False)
