"""Entries: what any record holds, and the three ways an earlier entry is changed."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Annotated

from fastapi import Query
from pydantic import JsonValue, ValidationError

from api.answers import Receipt
from api.deps import Held, Reading, Recording, Seen
from api.entry_bodies import (
    Correcting,
    Entries,
    EntriesQuery,
    Number,
    NumbersQuery,
    Only,
    Record,
    Retracting,
    Retraction,
    Superseding,
    kinds_of,
)
from api.handlers import NotThere, invalid, invalid_fact
from api.problems import BEYOND_THE_RECORD, KEY_TAKEN, changing, reading
from api.reader import Snapshot
from api.reinstating import judge_brought_back
from api.resources import Resources
from api.restating import judge_restated, must_correct, must_decide
from api.routes import Routes
from api.statement import EARLIEST, LATEST
from domain import STREAMS
from domain.event import CATALOGUE, Event, Retracted
from domain.patient_data import LooksLikePatientData
from domain.refusal import (
    CannotCorrect,
    CorrectsNothing,
    DecidesNothing,
    NoLongerThere,
    NoSuchEntry,
    NothingRecorded,
    NotStanding,
    StillReliedOn,
    WouldContradict,
)
from domain.standing import standing
from domain.values import Id, Precision
from infra.log.desk import Desk
from infra.log.entries import holding, of_streams
from infra.log.envelope import canonical
from infra.views.incomplete import head
from projections.entry import Entry, entries

router = Routes(prefix="/v1/entries", tags=["entries"])


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
        return _listed(snapshot, wanted)


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
        return _listed(snapshot, found)


@router.post(
    "/{record}/{record_id}/{version}/correction",
    summary="Correct an entry",
    responses=changing(
        NoSuchEntry,
        NotStanding,
        CannotCorrect,
        CorrectsNothing,
        StillReliedOn,
        WouldContradict,
        LooksLikePatientData,
        KEY_TAKEN,
    ),
)
async def correct_entry(
    record: Record, record_id: Id, version: Number, body: Correcting, seen: Seen, recording: Recording
) -> Receipt:
    """Restate an entry that was recorded wrongly. What it said stays visible to who asks what was known before.

    Of an entry that was corrected, the last correction is what can be corrected: it is what the record says.
    """
    stream = STREAMS[record]

    def corrected(desk: Desk) -> None:
        desk.fold(stream, record_id)
        target = desk.history(stream, record_id).entry(version)
        if target.retracts:
            raise CannotCorrect
        event = _fact(type(target.event), body.fact)
        happened = body.placed(type(event))
        rests = stream.of(record_id), event, happened.day, target
        judge_restated(recording.log, desk, *rests, evidenced=bool(body.evidence))
        desk.correct(stream, record_id, version, event, happened)
        must_correct(event, happened, body.stated(), target)

    return await recording.amend(stream, record_id, seen, body, corrected)


@router.post(
    "/{record}/{record_id}/{version}/retraction",
    summary="Mark an entry as entered in error",
    responses=changing(NoSuchEntry, NotStanding, StillReliedOn, NoLongerThere, WouldContradict),
)
async def retract_entry(
    record: Record, record_id: Id, version: Number, body: Retracting, seen: Seen, recording: Recording, held: Held
) -> Retraction:
    """Mark an entry and all its corrections as entered in error; or, where it marks another so, take that back.

    Of a correction alone it is that which goes: what it corrected is what the record says again, and `stands` in the
    receipt names that entry. Where it never happened at all, mark the entry that was corrected, though it was.
    """
    stream = STREAMS[record]

    def retracted(desk: Desk) -> None:
        desk.fold(stream, record_id)
        before = desk.history(stream, record_id)
        desk.retract(stream, record_id, version)
        judge_brought_back(desk, stream, record_id, before)

    receipt = await recording.amend(stream, record_id, seen, body, retracted)
    stands = await asyncio.to_thread(_said, held, stream.of(record_id), version, receipt.position)
    return Retraction(**dict(receipt), stands=stands)


@router.post(
    "/{record}/{record_id}/{version}/supersession",
    summary="Replace an entry by a later decision",
    responses=changing(NoSuchEntry, NotStanding, DecidesNothing, WouldContradict, LooksLikePatientData, KEY_TAKEN),
)
async def supersede_entry(
    record: Record, record_id: Id, version: Number, body: Superseding, seen: Seen, recording: Recording
) -> Receipt:
    """Enter a later decision that replaces an entry from its own day on; before that day both stay true."""
    stream = STREAMS[record]
    kind = CATALOGUE.get(body.kind)
    if kind is None or kind is Retracted or body.kind.partition(".")[0] != record:
        raise invalid("body", "kind", kinds_of(record))
    event = _fact(kind, body.fact)
    happened = body.placed(kind)

    def superseded(desk: Desk) -> None:
        desk.fold(stream, record_id)
        target = desk.history(stream, record_id).entry(version)
        rests = stream.of(record_id), event, happened.day, target
        judge_restated(recording.log, desk, *rests, evidenced=bool(body.evidence))
        desk.supersede(stream, record_id, version, event, happened)
        must_decide(event, target)

    return await recording.amend(stream, record_id, seen, body, superseded)


def _listed(snapshot: Snapshot, found: Sequence[Entry]) -> Entries:
    items = snapshot.entries(found)
    minutes: Counter[str] = Counter()
    for entry in items:
        minutes.update({name: value for name, value in entry.fields.items() if "minutes" in name and value is not None})
    return snapshot.answer(Entries, count=len(items), minutes=dict(minutes), items=items)


def _said(held: Resources, stream: str, version: int, known: int) -> int | None:
    """The version of what says, as known at a position, what an entry says or changes; None where nothing does."""
    with held.engine.connect() as connection:
        statements = of_streams(connection, [stream], known)
    slot = next(statement.slot for statement in statements if statement.version == version)
    said = standing(statements).get(slot)
    return None if said is None else said.version


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
    raise NotThere(BEYOND_THE_RECORD, "number", said)


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
