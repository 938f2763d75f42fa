"""What is sent to change an entry and what a listing of entries may be asked for, and how both are answered."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, Field, JsonValue

from api import examples
from api.answers import Answer, EntryOut, Receipt
from api.examples import answered, shown
from api.fellowship_bodies import ENTRY
from api.reader import LARGEST, Coordinates
from api.statement import ReasonCode, Reasoned, Statement
from domain import STREAMS
from domain.event import CATALOGUE
from domain.installation import INSTALLATION

_RESTATED: dict[str, Any] = {
    "actor": examples.ACTOR,
    "role": "programme_manager",
    "reason": "keying_error",
    "happened": "2014-03-10",
    "fact": {"person_id": examples.PERSON, "reason": "parental_leave", "note": None},
}


RECORDS = [name for name in STREAMS if name != INSTALLATION.name]
"""The records whose entries can be read and changed here."""
KINDS = sorted(kind for kind in CATALOGUE if kind.partition(".")[0] in RECORDS)
"""The kinds of these entries."""


def _record(name: str) -> str:
    if name not in RECORDS:
        raise ValueError(f"the records are: {', '.join(RECORDS)}")
    return name


def kinds_of(record: str) -> str:
    """What kinds of entry a record has, as a sentence."""
    return f"a {record} has these kinds of entry: {', '.join(each for each in KINDS if each.startswith(f'{record}.'))}"


def _kind(name: str) -> str:
    if name not in KINDS:
        record = name.partition(".")[0]
        known = kinds_of(record) if record in RECORDS else f"kinds begin with their record: {', '.join(RECORDS)}"
        raise ValueError(f"there is no such kind of entry; {known}")
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


class Retraction(Receipt):
    """What marking an entry as entered in error did."""

    model_config = shown({**examples.RECEIPT, "stands": 3})

    stands: int | None = Field(
        description="The version of the entry that says now what this one said: the one that it corrected, or was "
        "corrected by; where a mark is taken back, the one that was marked. Null: nothing says it any more."
    )


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

    kind: str = Field(description="The kind of the new decision.", json_schema_extra={"enum": list(KINDS)})
    fact: Fact


class Entries(Answer):
    """Entries, in the order they were recorded, and what they come to: so a figure can be held against its address."""

    model_config = answered(count=1, minutes=dict[str, int](), items=[dict(ENTRY)])

    count: int = Field(description="How many entries these are.")
    minutes: dict[str, int] = Field(
        description="The sum of each of their fields in minutes. What a new coach took over is a field of its own, and "
        "is taken off what is entitled."
    )
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


Kind = Annotated[str, AfterValidator(_kind), Field(json_schema_extra={"enum": list(KINDS)})]


class EntriesQuery(Coordinates):
    """Where an answer is to stand, and which of a record's entries are listed."""

    kind: Annotated[list[Kind], Field(max_length=len(KINDS))] = Field(
        [], description="Only entries of these kinds; by default of all."
    )
    only: Annotated[list[Only], Field(max_length=len(Only))] = Field(
        [],
        description="`stands`: only what had happened by the day and stands. `imprecise`: only what is not known to "
        "the day. Of both, those of which both is so.",
    )
