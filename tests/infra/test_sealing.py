"""Personal fields: bound to their place, committed to their key, and gone with it."""

import os
from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.values import ERASED, Purpose, Sealed
from infra.log.sealing import Key, Place, Tampered, seal, unread, unseal

ADA, BEN = str(uuid4()), str(uuid4())
KEY = Key(uuid4().bytes, ADA, Purpose.CIRCUMSTANCES, os.urandom(32))
HERE = Place("fellowship:1", 3, "fellowship.paused", "reason", ADA)
KEYS = {KEY.id: KEY}.get


@given(st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text()))
def test_what_was_sealed_is_read_again(value: object) -> None:
    assert unseal(unread(seal(value, KEY, HERE), HERE), KEYS) == value


def test_without_its_key_a_field_reads_as_erased() -> None:
    assert unseal(unread(seal("illness", KEY, HERE), HERE), dict[bytes, Key]().get) is ERASED


@pytest.mark.parametrize(
    "elsewhere",
    [
        HERE._replace(stream="fellowship:2"),
        HERE._replace(version=4),
        HERE._replace(kind="fellowship.withdrawn"),
        HERE._replace(field="note"),
    ],
    ids=lambda place: f"{place.stream} {place.version} {place.kind} {place.field}",
)
def test_a_ciphertext_opens_only_where_it_was_written(elsewhere: Place) -> None:
    with pytest.raises(Tampered):
        unseal(unread(seal("illness", KEY, HERE), elsewhere), KEYS)


def test_a_ciphertext_of_one_person_does_not_open_as_anothers() -> None:
    with pytest.raises(Tampered):
        unseal(unread(seal("illness", KEY, HERE), HERE._replace(subject=BEN)), KEYS)
    with pytest.raises(Tampered):
        unseal(unread(seal("illness", KEY, HERE), HERE), KEYS, subject=BEN)


def test_another_key_under_the_same_name_is_found_out_before_it_is_tried() -> None:
    other = replace(KEY, secret=os.urandom(32))
    with pytest.raises(Tampered, match="not written under the key"):
        unseal(unread(seal("illness", KEY, HERE), HERE), {KEY.id: other}.get)


@given(st.data())
def test_one_changed_byte_is_found_out(data: st.DataObject) -> None:
    sealed = unread(seal("illness", KEY, HERE), HERE)
    at = data.draw(st.integers(2, len(sealed.ciphertext) - 1))
    flipped = bytearray(sealed.ciphertext)
    flipped[at] ^= data.draw(st.integers(1, 255))
    assert_not_read(replace(sealed, ciphertext=bytes(flipped)))


def assert_not_read(sealed: Sealed) -> None:
    try:
        value = unseal(sealed, KEYS)
    except (Tampered, UnicodeDecodeError):
        return
    assert value is ERASED, "a changed key id names a key that is not there; anything else must not open"


def test_reasons_of_different_length_cannot_be_told_by_their_ciphertexts() -> None:
    lengths = {len(seal(reason, KEY, HERE)) for reason in ("illness", "parental_leave", "career_break", None)}
    assert len(lengths) == 1
