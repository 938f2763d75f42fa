"""What every answer has in common: where it stands in the record; and what a command gets back."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from api.examples import CAUSES, CITATION, HREF, RECEIPT, shown
from api.personal import Opener
from domain.event import CATALOGUE, How
from domain.values import Precision
from infra.following.release import Release
from infra.views.incomplete import Incomplete
from projections.entry import Entry, Status

M = TypeVar("M", bound=BaseModel)


def absent(value: object) -> bool:
    return value is None


class Marked(BaseModel):
    """An answer that says so where the database is a demonstration."""

    demonstration: Literal[True] | None = Field(
        None, exclude_if=absent, description="Present where the database is a demonstration."
    )


class IncompleteOut(BaseModel):
    """That an answer leaves something out, which will be in it once the fault behind that is mended."""

    model_config = ConfigDict(from_attributes=True)

    waiting: int = Field(
        description="How many of those that the views tell of (people, cohorts, sessions) are not up to date; 0 where "
        "a view as a whole is not."
    )
    since: int = Field(description="The record number from which on not everything is in it. It is no citation beyond.")


class ReleasedOut(BaseModel):
    """That a view was made anew of the record since it was cited, and answers come from that build."""

    view: str = Field(description="The view and the version that was released.", examples=["standing 2"])
    position: int = Field(description="The record number of its release.")
    compared_with: str | None = Field(description="The view and the version that answers came from before.")
    differing: int = Field(description="How many of its rows differed from those before; 0 where all were the same,")
    why: str | None = Field(description="and why that is right, where some did.")


class Aside(StrEnum):
    """What a remark is about."""

    AHEAD = "ahead"
    BEHIND = "behind"
    NOT_FINAL = "not_final"
    OUTSIDE = "outside"
    READ_AS_A_NUMBER = "read_as_a_number"
    TODAY = "today"


class Remark(BaseModel):
    """What to know of how a question was read, or of the day of its answer."""

    about: Aside = Field(
        description="`ahead`: the day of the answer had not come when it was asked about. `behind`: the record goes on "
        "after the answer, which views that follow it did not reach yet. `not_final`: a day was named as what is known "
        "on it, and it is not over. `outside`: the day of the answer is before the first day of its cohort, or after "
        "the last. `read_as_a_number`: what may be meant as a year was read as a record number. `today`: no day was "
        "named, and the demonstration's today was taken."
    )
    says: str


class Answer(Marked):
    """An answer to a question. `citation` is what to cite: `as_at`, `position` and `views` in one address."""

    as_at: date = Field(description="What was so at the end of this day,")
    position: int = Field(description="as known at this record number.")
    views: list[str] = Field(
        description="The views behind the answer, with their versions; after an @ the record number at which the build "
        "that gives it was released, if it was.",
        examples=[["standing 2"]],
    )
    citation: str = Field(
        description="The address that always gets this answer, whatever was asked: it names the day, the record number "
        "and the views; of a day that had not come, also when it was asked about.",
        examples=[CITATION],
    )
    remarks: list[Remark] | None = Field(
        None,
        exclude_if=absent,
        description="Present where there is something to know of how the question was read, "
        "or of the day of the answer.",
    )
    incomplete: IncompleteOut | None = Field(
        None, exclude_if=absent, description="Present where the answer leaves something out."
    )
    released: list[ReleasedOut] | None = Field(
        None, exclude_if=absent, description="Present where a view that was cited has been released anew since."
    )


def incomplete_out(left_out: Incomplete | None) -> IncompleteOut | None:
    """What is left out, as it is answered."""
    return None if left_out is None else IncompleteOut.model_validate(left_out)


def released_out(release: Release) -> ReleasedOut:
    """A release, as it is answered."""
    before = release.compared_with
    return ReleasedOut(
        view=f"{release.view} {release.version}",
        position=release.position,
        compared_with=None if before is None else f"{release.view} {before}",
        differing=release.differing,
        why=release.why,
    )


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


PARTS = ("actor", "on_behalf_of", "approved_by")
"""Those who may have a part in an entry."""


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
    actor_name: str | None = Field(
        None,
        description='The name of an actor who is a person on the record, "erased" once forgotten; null for others.',
    )
    role: str | None
    on_behalf_of: str | None
    on_behalf_of_name: str | None = None
    approved_by: str | None
    approved_by_name: str | None = None
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
    changed_by: list[int] = Field(
        description="The record numbers of what changed it and stands; with an entry in error go all its corrections."
    )
    taken_back: list[int] = Field(description="The record numbers of what changed it once and no longer stands.")


def entry_out(entry: Entry, opener: Opener, names: Mapping[str, str]) -> EntryOut:
    """An entry as it is answered, its personal fields opened; `names` are those of the people who had a part in it."""
    said = " ".join((CATALOGUE[entry.kind].__doc__ or "").split())
    fields = {name: opener.open(value) for name, value in entry.fields.items()}
    evidence = [each._asdict() for each in entry.evidence]
    who = {f"{part}_name": names.get(str(getattr(entry, part))) for part in PARTS}
    return EntryOut.model_validate(asdict(entry) | who | {"says": said, "fields": fields, "evidence": evidence})
