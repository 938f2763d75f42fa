"""The bytes of an event: what goes in comes out, and what is stored now is read for ever."""

import json
import os
from base64 import b64decode, b64encode
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.event import EARLIEST, LATEST, Event, Evidence, How, Link, Recorded, Stated
from domain.values import ERASED, CohortId, Happened, Personal, PersonId, Precision, Purpose, Sealed
from infra.log.envelope import Draft, canonical, encode
from infra.log.reading import Row, Unreadable, decode
from infra.log.sealing import Key
from infra.log.submission import NewEvent


class Noted(Event):
    """A note was made, for these tests."""

    kind = "test.envelope_noted"

    person_id: PersonId
    cohort_id: CohortId | None = None
    remark: Annotated[Personal[str | None], Purpose.CIRCUMSTANCES] = None
    on: date | None = None


ADA, COHORT = PersonId(uuid4()), CohortId(uuid4())
KEY = Key(uuid4().bytes, ADA, Purpose.CIRCUMSTANCES, os.urandom(32))
STATED = Stated(
    actor=str(uuid4()),
    role="programme_office",
    on_behalf_of=str(uuid4()),
    approved_by=str(uuid4()),
    source="form",
    source_dated=date(2014, 4, 1),
    reason="misread",
    irregularities=("over_capacity",),
    evidence=(Evidence(str(uuid4()), "ab" * 32),),
    causation="fellowship:1/3",
    correlation=str(uuid4()),
    command=str(uuid4()),
)


class Held:
    """Keys by id, as the vault gives them."""

    def __init__(self, *keys: Key) -> None:
        self._keys = {key.id: key for key in keys}

    def find(self, key_id: bytes) -> Key | None:
        return self._keys.get(key_id)


def draft(event: Event, *, link: Link | None = None, slot: int | None = None, stated: Stated = STATED) -> Draft:
    return Draft(f"person:{ADA}", 4, event, Happened(date(2014, 4, 12), Precision.MONTH), stated, link, slot)


def row(stored: NewEvent, *, position: int = 9) -> Row:
    at = datetime(2015, 1, 1, tzinfo=UTC)
    slot = position if stored.slot is None else stored.slot
    return (
        position,
        stored.stream,
        stored.version,
        stored.kind,
        stored.schema_version,
        slot,
        at,
        stored.envelope,
        stored.state,
    )


def test_an_event_comes_back_as_it_was_stated() -> None:
    event = Noted(person_id=ADA, cohort_id=CohortId(uuid4()), remark="slept badly", on=date(2014, 4, 2))
    link = Link(How.CORRECTS, 2)
    read = decode(row(encode(draft(event, link=link, slot=7), [KEY])), Held(KEY))
    assert read == Recorded(
        stream=f"person:{ADA}",
        version=4,
        event=event,
        happened=Happened(date(2014, 4, 12), Precision.MONTH),
        position=9,
        slot=7,
        recorded_at=datetime(2015, 1, 1, tzinfo=UTC),
        link=link,
        stated=STATED,
    )


def test_an_entry_that_opens_a_slot_opens_it_at_its_own_position() -> None:
    assert decode(row(encode(draft(Noted(person_id=ADA)), [KEY]))).slot == 9


def test_a_personal_field_is_nowhere_in_the_stored_bytes() -> None:
    stored = encode(draft(Noted(person_id=ADA, remark="slept badly")), [KEY])
    assert b"slept" not in stored.state + stored.envelope


def test_a_reader_without_keys_reads_sealed_and_one_whose_key_is_gone_reads_erased() -> None:
    stored = row(encode(draft(Noted(person_id=ADA, remark="slept badly")), [KEY]))
    without, gone = decode(stored).event, decode(stored, Held()).event
    assert isinstance(without, Noted)
    assert isinstance(without.remark, Sealed)
    assert isinstance(gone, Noted)
    assert gone.remark is ERASED


def test_an_erased_field_is_restated_as_erased() -> None:
    erased = Noted(person_id=ADA).model_copy(update={"remark": ERASED})
    read = decode(row(encode(draft(erased), [KEY])), Held(KEY))
    assert read.event == erased


def test_a_sealed_field_is_not_recorded_again_unopened() -> None:
    read = decode(row(encode(draft(Noted(person_id=ADA, remark="slept badly")), [KEY])))
    with pytest.raises(ValueError, match="not opened"):
        encode(draft(read.event), [KEY])


def test_the_same_statement_twice_has_different_bytes() -> None:
    first, second = (encode(draft(Noted(person_id=ADA)), [KEY]) for _ in range(2))
    assert first.envelope != second.envelope
    assert first.state != second.state


def test_the_bytes_of_format_1_are_read_for_ever() -> None:
    envelope = (
        b'{"actor":"0e2c2a3e-0000-4000-8000-000000000001","command":"0e2c2a3e-0000-4000-8000-000000000002",'
        b'"corrects":{"stream":"person:0e2c2a3e-0000-4000-8000-000000000003","version":1},"format":1,'
        b'"happened":"2014-04-12","precision":"day","reason":"misread","salt":"AAAAAAAAAAAAAAAAAAAAAA=="}'
    )
    state = (
        b'\x01{"fields":{"cohort_id":null,"on":"2014-04-02","person_id":"0e2c2a3e-0000-4000-8000-000000000003"}}'
        + bytes(16)
    )
    at = datetime(2015, 1, 1, tzinfo=UTC)
    stream = "person:0e2c2a3e-0000-4000-8000-000000000003"
    read = decode((5, stream, 2, "test.envelope_noted", 1, 3, at, envelope, state))
    assert read.link == Link(How.CORRECTS, 1)
    assert read.stated == Stated(
        actor="0e2c2a3e-0000-4000-8000-000000000001", command="0e2c2a3e-0000-4000-8000-000000000002", reason="misread"
    )
    assert read.event == Noted(person_id=PersonId(UUID("0e2c2a3e-0000-4000-8000-000000000003")), on=date(2014, 4, 2))


def test_canonical_json_has_one_form() -> None:
    assert canonical({"b": 1, "a": ["é", None]}) == '{"a":["é",null],"b":1}'.encode()


def by_the_standard_library(value: Any) -> bytes:
    """The form in which the first events were written."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


TEXT = (
    st.text() | st.text(st.characters(max_codepoint=0xA0)) | st.sampled_from(["\u2028\u2029", "\ufeff", "\U0001f600"])
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
)


@given(VALUES)
def test_canonical_json_is_what_the_standard_library_writes(value: Any) -> None:
    assert canonical(value) == by_the_standard_library(value)


@given(TEXT, TEXT, st.dates(EARLIEST, LATEST) | st.none(), st.lists(TEXT).map(tuple), st.sampled_from([None, *How]))
def test_the_stored_bytes_are_canonical_json_of_what_there_is(
    source: str, remark: str, dated: date | None, codes: tuple[str, ...], how: How | None
) -> None:
    evidence = tuple(Evidence(code, source) for code in codes)
    stated = STATED._replace(source=source, source_dated=dated, irregularities=codes, evidence=evidence, role=None)
    erased = Noted(person_id=ADA, cohort_id=COHORT, on=dated).model_copy(update={"remark": ERASED})
    stored = encode(draft(erased, link=None if how is None else Link(how, 2), stated=stated), [])
    held = json.loads(stored.envelope)
    assert held == {
        "format": 1,
        "happened": "2014-04-12",
        "precision": "month",
        "salt": held["salt"],
        "actor": STATED.actor,
        "on_behalf_of": STATED.on_behalf_of,
        "approved_by": STATED.approved_by,
        "source": source,
        "reason": "misread",
        "causation": "fellowship:1/3",
        "correlation": STATED.correlation,
        "command": STATED.command,
        **({"source_dated": dated.isoformat()} if dated else {}),
        **({"irregularities": list(codes)} if codes else {}),
        **({"evidence": [{"document": code, "sha256": source} for code in codes]} if codes else {}),
        **({how.value: {"stream": f"person:{ADA}", "version": 2}} if how else {}),
    }
    assert len(b64decode(held["salt"], validate=True)) == 16
    assert stored.envelope == by_the_standard_library(held)
    fields = {"cohort_id": COHORT, "on": dated.isoformat() if dated else None, "person_id": ADA}
    body = by_the_standard_library({"erased": ["remark"], "fields": fields})
    assert (stored.state[:-16], len(stored.state)) == (b"\x01" + body, len(body) + 17)
    sealed = encode(draft(erased.model_copy(update={"remark": remark})), [KEY]).state[1:-16]
    held = json.loads(sealed)
    assert sealed == by_the_standard_library(held)
    assert (held["fields"], held["sealed"]["remark"]["of"]) == (fields, ADA)
    assert b64encode(b64decode(held["sealed"]["remark"]["box"])).decode() == held["sealed"]["remark"]["box"]


def test_an_unknown_kind_or_format_is_said_and_not_guessed() -> None:
    stored = encode(draft(Noted(person_id=ADA)), [KEY])
    known = row(stored)
    with pytest.raises(Unreadable, match=r"test\.never_published"):
        decode((*known[:3], "test.never_published", *known[4:]))
    later = canonical(json.loads(stored.envelope) | {"format": 2})
    with pytest.raises(Unreadable, match="format"):
        decode((*known[:7], later, known[8]))
    with pytest.raises(Unreadable, match="format"):
        decode((*known[:8], b"\x02" + stored.state[1:]))
