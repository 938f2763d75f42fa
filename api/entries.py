"""Entries: what any record holds, and the three ways an earlier entry is changed."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, Field, JsonValue, ValidationError

from api import examples
from api.answers import Answer, EntryOut, Receipt
from api.deps import Reading, Recording, Seen
from api.examples import answered, shown
from api.fellowship_bodies import ENTRY
from api.handlers import Unplaced, invalid, invalid_fact
from api.problems import BEYOND_THE_RECORD, KEY_TAKEN, changing, reading
from api.reader import LARGEST, Coordinates, Snapshot
from api.restating import judge_restated
from api.routes import Routes
from api.statement import EARLIEST, LATEST, ReasonCode, Reasoned, Statement
from domain import STREAMS
from domain.event import CATALOGUE, Event, Retracted
from domain.installation import INSTALLATION
from domain.patient_data import LooksLikePatientData
from domain.refusal import (
    CannotCorrect,
    NoSuchEntry,
    NothingRecorded,
    NotStanding,
    StillReliedOn,
    WouldContradict,
)
from domain.values import Id, Precision
from infra.log.desk import Desk
from infra.log.entries import holding, of_streams
from infra.log.envelope import canonical
from infra.views.incomplete import head
from projections.entry import Entry, entries

router = Routes(prefix="/v1/entries", tags=["entries"])

_RESTATED: dict[str, Any] = {
    "actor": examples.ACTOR,
    "role": "programme_manager",
    "reason": "keying_error",
    "happened": "2014-03-10",
    "fact": {"person_id": examples.PERSON, "reason": "parental_leave", "note": None},
}


RECORDS = [name for name in STREAMS if name != INSTALLATION.name]
"""The records whose entries can be read and changed here."""
_KINDS = sorted(kind for kind in CATALOGUE if kind.partition(".")[0] in RECORDS)


def _record(name: str) -> str:
    if name not in RECORDS:
        raise ValueError(f"the records are: {', '.join(RECORDS)}")
    return name


def _kind(name: str) -> str:
    if name not in _KINDS:
        raise ValueError("there is no such kind of entry")
    return name


Record = Annotated[str, AfterValidator(_record), Path(json_schema_extra={"enum": list(RECORDS)})]

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The version of the entry.")]
Fact = Annotated[dict[str, JsonValue], Field(description="The whole fact, with the fields that its kind has.")]


class Correcting(Reasoned):
    """What an entry should have said: the whole fact, and when it happened."""

    model_config = shown(_RESTATED)

    fact: Fact


class Retracting(Statement):
    """That an entry was entered in error: it never happened, or not to this person."""

    model_config = shown({"actor": examples.ACTOR, "role": "programme_manager", "reason": "wrong_person"})

    reasoned = True

    reason: ReasonCode | None = Field(description="Why it is marked so: a neutral code.")


class Superseding(Reasoned):
    """The later decision that replaces an entry from its own day on."""

    model_config = shown(
        {
            **_RESTATED,
            "reason": "decided_anew",
            "happened": "2014-09-01",
            "kind": "fellowship.not_completed",
            "fact": {"person_id": examples.PERSON, "ground": "project_not_reported", "note": None},
        }
    )

    kind: str = Field(description="The kind of the new decision.", json_schema_extra={"enum": list(_KINDS)})
    fact: Fact


class Entries(Answer):
    """Entries, in the order they were recorded."""

    model_config = answered(items=[dict(ENTRY)])

    items: list[EntryOut]


class NumbersQuery(Coordinates):
    """Where an answer is to stand, and which entries it shows."""

    number: Annotated[list[Annotated[int, Field(ge=1, le=LARGEST)]], Field(min_length=1, max_length=500)] = Field(
        description="Record numbers, as `cause` and `causes` of other answers name them.", examples=[[1190]]
    )


class Only(StrEnum):
    """A part of a record's entries."""

    STANDS = "stands"
    IMPRECISE = "imprecise"


Kind = Annotated[str, AfterValidator(_kind), Field(json_schema_extra={"enum": list(_KINDS)})]


class EntriesQuery(Coordinates):
    """Where an answer is to stand, and which of a record's entries are listed."""

    kind: Annotated[list[Kind], Field(max_length=len(_KINDS))] = Field(
        [], description="Only entries of these kinds; by default of all."
    )
    only: Annotated[list[Only], Field(max_length=len(Only))] = Field(
        [],
        description="`stands`: only what had happened by the day and stands. `imprecise`: only what is not known to "
        "the day. Of both, those of which both is so.",
    )


@router.get("", summary="List entries by record number", responses=reading())
def list_entries_by_number(asked: Annotated[NumbersQuery, Query()], reader: Reading) -> Entries:
    """The entries at these record numbers: what made something so, each with what became of it since.

    A number that the record has not reached, or not as known there, is refused.
    """
    with reader.at(asked) as snapshot:
        _must_be_there(snapshot, asked.number)
        streams = holding(snapshot.connection, asked.number)
        known = of_streams(snapshot.connection, streams, snapshot.at.known)
        found: list[Entry] = []
        for _, statements in groupby(known, key=lambda statement: statement.stream):
            found += entries(list(statements), snapshot.at.valid)
        wanted = sorted((e for e in found if e.position in asked.number), key=lambda entry: entry.position)
        return snapshot.answer(Entries, items=snapshot.entries(wanted))


@router.get(
    "/{record}/{record_id}", summary="List a record's entries", responses=reading(NothingRecorded, versioned=True)
)
def list_entries(record: Record, record_id: Id, asked: Annotated[EntriesQuery, Query()], reader: Reading) -> Entries:
    """All entries of one record, with what became of each; `ETag` is its version, for the next command."""
    stream = STREAMS[record]
    with reader.at(asked) as snapshot:
        snapshot.version(stream, record_id)
        statements = of_streams(snapshot.connection, [stream.of(record_id)], snapshot.at.known)
        found = [each for each in entries(statements, snapshot.at.valid) if _chosen(each, asked, snapshot.at.valid)]
        return snapshot.answer(Entries, items=snapshot.entries(found))


@router.post(
    "/{record}/{record_id}/{version}/correction",
    summary="Correct an entry",
    responses=changing(NoSuchEntry, NotStanding, CannotCorrect, WouldContradict, LooksLikePatientData, KEY_TAKEN),
)
async def correct_entry(
    record: Record, record_id: Id, version: Number, body: Correcting, seen: Seen, recording: Recording
) -> Receipt:
    """Restate an entry that was recorded wrongly. What it said stays visible to who asks what was known before."""
    stream = STREAMS[record]

    def corrected(desk: Desk) -> None:
        desk.fold(stream, record_id)
        target = desk.history(stream, record_id).entry(version)
        if target.retracts:
            raise CannotCorrect
        event = _fact(type(target.event), body.fact)
        happened = body.placed(type(event))
        judge_restated(recording.log, desk, stream.of(record_id), event, happened.day, target)
        desk.correct(stream, record_id, version, event, happened)

    return await recording.amend(stream, record_id, seen, body, corrected)


@router.post(
    "/{record}/{record_id}/{version}/retraction",
    summary="Mark an entry as entered in error",
    responses=changing(NoSuchEntry, NotStanding, StillReliedOn, WouldContradict),
)
async def retract_entry(
    record: Record, record_id: Id, version: Number, body: Retracting, seen: Seen, recording: Recording
) -> Receipt:
    """Mark an entry as entered in error; or, where it marks another so, take that back."""
    stream = STREAMS[record]

    def retracted(desk: Desk) -> None:
        desk.fold(stream, record_id)
        desk.retract(stream, record_id, version)

    return await recording.amend(stream, record_id, seen, body, retracted)


@router.post(
    "/{record}/{record_id}/{version}/supersession",
    summary="Replace an entry by a later decision",
    responses=changing(NoSuchEntry, NotStanding, WouldContradict, LooksLikePatientData, KEY_TAKEN),
)
async def supersede_entry(
    record: Record, record_id: Id, version: Number, body: Superseding, seen: Seen, recording: Recording
) -> Receipt:
    """Enter a later decision that replaces an entry from its own day on; before that day both stay true."""
    stream = STREAMS[record]
    kind = CATALOGUE.get(body.kind)
    if kind is None or kind is Retracted or body.kind.partition(".")[0] != record:
        known = ", ".join(each for each in _KINDS if each.partition(".")[0] == record)
        raise invalid("body", "kind", f"a {record} has these kinds of entry: {known}")
    event = _fact(kind, body.fact)
    happened = body.placed(kind)

    def superseded(desk: Desk) -> None:
        desk.fold(stream, record_id)
        target = desk.history(stream, record_id).entry(version)
        judge_restated(recording.log, desk, stream.of(record_id), event, happened.day, target)
        desk.supersede(stream, record_id, version, event, happened)

    return await recording.amend(stream, record_id, seen, body, superseded)


def _must_be_there(snapshot: Snapshot, numbers: Sequence[int]) -> None:
    """Refuse record numbers that were not there yet: an answer without them would look as if they were void."""
    known = snapshot.at.known
    beyond = [number for number in numbers if number > known]
    if not beyond:
        return
    end = head(snapshot.connection)
    number = max(beyond)
    if number > end:
        said = f"The record ends at {end}; record number {number} does not exist."
    else:
        said = f"Record number {number} is later than record number {known}, which this answer is to be as known at."
    raise Unplaced(BEYOND_THE_RECORD, "number", said)


def _chosen(entry: Entry, asked: EntriesQuery, valid: date) -> bool:
    """Whether an entry belongs to the part of its record that is asked for."""
    parts = {
        Only.STANDS: entry.stands(valid),
        Only.IMPRECISE: entry.precision is not Precision.DAY,
    }
    return (not asked.kind or entry.kind in asked.kind) and all(parts[each] for each in asked.only)


def _fact(kind: type[Event], fields: dict[str, JsonValue]) -> Event:
    """The fact of that kind with these fields. Raises what becomes a problem that names the fields that are wrong."""
    try:
        event = kind.model_validate_json(canonical(fields), strict=True)
    except ValidationError as error:
        raise invalid_fact(error) from None
    for name, value in event:
        if isinstance(value, date) and not EARLIEST <= value <= LATEST:
            raise invalid("body", f"fact.{name}", f"a day lies between {EARLIEST} and {LATEST}")
    return event
