"""What every answer has in common: where it stands in the record; and what a command gets back."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from api.examples import CAUSES, HREF, RECEIPT, shown
from api.personal import Opener
from domain.event import CATALOGUE, How
from domain.values import Precision
from projections.entry import Entry, Status

M = TypeVar("M", bound=BaseModel)


def _absent(value: object) -> bool:
    return value is None


class Marked(BaseModel):
    """An answer that says so where the database is a demonstration."""

    demonstration: Literal[True] | None = Field(
        None, exclude_if=_absent, description="Present where the database is a demonstration."
    )


class Answer(Marked):
    """An answer to a question. `as_at`, `position` and `views` together are its citation."""

    as_at: date = Field(description="What was so at the end of this day,")
    position: int = Field(description="as known at this record number.")
    views: list[str] = Field(description="The views behind the answer, with their versions.", examples=[["standing 1"]])


Percent = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
"""A share in per cent, to one place."""
TimelineHref = Annotated[str, Field(description="Their timeline.", examples=[HREF])]
CausesHref = Annotated[str, Field(description="The entries that made it so.", examples=[CAUSES])]


class StreamVersion(BaseModel):
    """The version that a command left a record at."""

    stream: str = Field(examples=["cohort:0d7c2f9e-2b6f-4f5b-9b43-1f7f5b6f1c02"])
    version: int = Field(examples=[1])


class Receipt(Marked):
    """What a command did."""

    model_config = shown(RECEIPT)

    position: int = Field(description="Its record number, the last one if it recorded more than one fact.")
    recorded_at: datetime
    streams: list[StreamVersion] = Field(description="The version of each record it wrote, for If-Match.")
    irregularities: list[str] = Field(description="What should not have happened, and was recorded all the same.")


class EvidenceOut(BaseModel):
    """A document that bears an entry out."""

    document: str
    sha256: str


class EntryOut(BaseModel):
    """One entry of the record: what it says, who said so and when, and what became of it since."""

    model_config = ConfigDict(from_attributes=True)

    position: int
    stream: str
    version: int
    kind: str
    says: str = Field(description="What an entry of this kind says.", examples=["The fellowship started."])
    happened: date
    precision: Precision
    recorded_at: datetime
    actor: str
    role: str | None
    on_behalf_of: str | None
    approved_by: str | None
    source: str | None
    source_dated: date | None
    reason: str | None
    irregularities: list[str]
    evidence: list[EvidenceOut]
    command: str | None
    fields: dict[str, Any] = Field(description='Personal fields that were forgotten read "erased".')
    link_how: How | None = Field(description="How it changes an earlier entry of its record, if it does,")
    link_version: int | None = Field(description="and the version of that entry.")
    status: Status
    changed_by: list[int] = Field(description="The record numbers of what changed it.")


def entry_out(entry: Entry, opener: Opener) -> EntryOut:
    """An entry as it is answered, its personal fields opened."""
    said = " ".join((CATALOGUE[entry.kind].__doc__ or "").split())
    fields = {name: opener.open(value) for name, value in entry.fields.items()}
    evidence = [each._asdict() for each in entry.evidence]
    return EntryOut.model_validate(asdict(entry) | {"says": said, "fields": fields, "evidence": evidence})
