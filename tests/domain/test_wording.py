"""What users read: the catalogue's sentences and the refusals."""

import re
from collections.abc import Iterator

import pytest

import domain
from domain.catalogue import kinds
from domain.event import Event
from domain.refusal import Refusal
from tests.words import kept_words


def below(refusal: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in refusal.__subclasses__():
        yield child
        yield from below(child)


REFUSALS = sorted(
    (refusal for refusal in below(Refusal) if refusal.__module__.startswith(f"{domain.__name__}.")),
    key=lambda refusal: refusal.code(),
)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code())
def test_a_refusal_explains_itself_in_users_words(refusal: type[Refusal]) -> None:
    said = refusal.__dict__.get("__doc__") or ""
    assert said.endswith(".")
    assert said[0].isupper()
    assert kept_words(said) == []


def test_no_two_refusals_share_a_code() -> None:
    codes = [refusal.code() for refusal in REFUSALS]
    assert sorted(set(codes)) == codes


@pytest.mark.parametrize("event", kinds().values(), ids=lambda event: event.kind)
def test_a_kind_of_event_says_what_happened_in_one_sentence(event: type[Event]) -> None:
    said = event.__dict__.get("__doc__") or ""
    assert re.fullmatch(r"[A-Z][^.]*(\.[^ .][^.]*)*\.", said), said
    assert kept_words(said) == []


@pytest.mark.parametrize("kind", kinds())
def test_no_kind_reveals_health_conduct_or_death(kind: str) -> None:
    assert not re.search(
        r"sick|(?<![a-z])ill(?![a-z])|health|leave|misconduct|death|dead|bereave|disab|disciplin", kind
    )


@pytest.mark.parametrize("event", kinds().values(), ids=lambda event: event.kind)
def test_what_is_personal_names_its_person(event: type[Event]) -> None:
    assert not event.personal() or "person_id" in event.model_fields
