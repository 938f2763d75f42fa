"""Organisations: those that release fellows, employ them or take improvements over; their names, and their mergers."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, TypeAlias, assert_never

from pydantic import Field

from domain.event import Event
from domain.refusal import Refusal
from domain.stream import Stream
from domain.values import OrganisationId, Phase

Code = Annotated[str, Field(pattern=r"^[A-Z0-9]{3,12}$")]
Title = Annotated[str, Field(min_length=1, max_length=200)]


class OrganisationRecorded(Event):
    """An organisation was put on the record, with its code where it has one."""

    kind = "organisation.recorded"
    phase = Phase.OPENS
    examples = (
        {"title": "Fenland Acute NHS Foundation Trust", "code": "ZZF01"},
        {"title": "Marsh Lane Surgery", "code": None},
    )

    title: Title
    code: Code | None = None


class OrganisationRenamed(Event):
    """An organisation has taken another name."""

    kind = "organisation.renamed"
    examples = ({"title": "Fenland University Hospitals NHS Foundation Trust"},)

    title: Title


class OrganisationMerged(Event):
    """An organisation was merged into another one; what it did before stays its own."""

    kind = "organisation.merged"
    phase = Phase.ENDS
    placed = "last"
    examples = ({"merged_into": "e1b7c9d2-40f3-4d7a-8c55-7a1f0e6b2d12"},)

    merged_into: OrganisationId


OrganisationEvent: TypeAlias = OrganisationRecorded | OrganisationRenamed | OrganisationMerged


class OrganisationNotRecorded(Refusal):
    """No such organisation was on the record by that day."""


class OrganisationAlreadyRecorded(Refusal):
    """This organisation is on the record already."""


class OrganisationHasMerged(Refusal):
    """The organisation had been merged into another one by that day."""


class MergedIntoItself(Refusal):
    """An organisation is merged into another one. Where only its name has changed, record that."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation as it stood on a day."""

    title: str | None = None
    code: str | None = None
    merged_into: OrganisationId | None = None


def evolve(organisation: Organisation, event: OrganisationEvent, day: date) -> Organisation:
    """The organisation after a fact. Raises a Refusal where the fact cannot have happened."""
    if isinstance(event, OrganisationRecorded):
        if organisation.title is not None:
            raise OrganisationAlreadyRecorded
        return Organisation(event.title, event.code)
    if organisation.title is None:
        raise OrganisationNotRecorded
    if organisation.merged_into is not None:
        raise OrganisationHasMerged
    match event:
        case OrganisationRenamed(title=title):
            return replace(organisation, title=title)
        case OrganisationMerged(merged_into=merged_into):
            return replace(organisation, merged_into=merged_into)
        case _:
            assert_never(event)


def merge(organisation_id: OrganisationId, *, merged_into: OrganisationId) -> OrganisationMerged:
    """Merge an organisation into another one. Refuses to merge it into itself: MergedIntoItself."""
    if merged_into == organisation_id:
        raise MergedIntoItself
    return OrganisationMerged(merged_into=merged_into)


ORGANISATION = Stream(OrganisationId.stream, Organisation(), evolve)
