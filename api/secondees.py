"""Questions about secondments: whom organisations release, how much of them, and since when."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.answers import Answer, TimelineHref
from api.deps import Asked, Reading
from api.examples import answered
from api.figures import Figures, figure
from api.problems import reading
from api.reader import Coordinates, Snapshot
from api.routes import Routes
from domain.fellowship import FELLOWSHIP
from domain.organisation import ORGANISATION
from domain.refusal import NothingRecorded
from domain.secondment import SECONDMENT
from domain.secondment_state import SecondmentStage
from domain.values import FellowshipId, OrganisationId, PersonId, Precision, SecondmentId
from projections.organisation import ORGANISATIONS
from projections.person import PEOPLE
from projections.secondment import (
    SECONDMENTS,
    OrganisationSecondees,
    SecondmentRow,
    secondees,
    secondment,
    secondments,
)

router = Routes(prefix="/v1", tags=["secondments"])

_SECONDMENT = {
    "secondment_id": examples.SECONDMENT,
    "fellowship_id": examples.FELLOWSHIP,
    "person_id": examples.PERSON,
    "name": "Ada Fenner",
    "organisation_id": examples.ORGANISATION,
    "stage": "active",
    "since": "2013-09-02",
    "precision": "day",
    "contracted_wte": "0.6",
    "released_wte": "0.3",
    "released_now": "0.3",
    "starts_on": "2013-09-02",
    "planned_ends_on": "2014-08-31",
    "ends_on": "2014-08-31",
    "proposed_ends_on": None,
    "started_on": "2013-09-02",
    "last_day": None,
    "return_meeting_due": "2014-07-06",
    "return_meeting_held_on": None,
    "return_meeting_outstanding": False,
    "backfill": True,
    "agreement_signed": True,
    "past_agreed_end": False,
    "cause": 318,
    "href": examples.HREF,
    "entries": f"/v1/entries/secondment/{examples.SECONDMENT}?as_at=2014-04-12&known_at=1204",
}
_BEHIND = f"/v1/organisations/{examples.ORGANISATION}/secondees?as_at=2014-04-12&known_at=1204"


class Released(StrEnum):
    """A part of an organisation's secondments that is counted apart."""

    RELEASED = "released"
    AGREED = "agreed"
    PAUSED = "paused"
    PAST_AGREED_END = "past_agreed_end"
    RETURN_MEETING_OUTSTANDING = "return_meeting_outstanding"
    IMPRECISE = "imprecise"


class SecondeesQuery(Coordinates):
    """Where an answer is to stand, and which secondments are listed."""

    only: Released | None = Field(
        None, description="Only those that this count counts; by default all not over, or whose last day it is."
    )


class SecondmentOut(BaseModel):
    """A secondment. Days are inclusive; WTE is whole-time equivalents. One that was refused has no days."""

    model_config = ConfigDict(from_attributes=True)

    secondment_id: SecondmentId
    fellowship_id: FellowshipId
    person_id: PersonId
    name: str | None = Field(None, description='"erased" once it was forgotten; null where none was recorded.')
    organisation_id: OrganisationId
    stage: SecondmentStage
    since: date
    precision: Precision
    contracted_wte: Decimal
    released_wte: Decimal = Field(description="As agreed.")
    released_now: Decimal = Field(description="On the day: from its start to its last day, and nothing in a pause.")
    starts_on: date | None
    planned_ends_on: date | None = Field(description="The last day as first agreed.")
    ends_on: date | None = Field(description="The last day as agreed now.")
    proposed_ends_on: date | None = Field(description="A last day proposed since, and not agreed yet.")
    started_on: date | None
    last_day: date | None
    return_meeting_due: date | None = Field(description="Eight weeks before the last day.")
    return_meeting_held_on: date | None = Field(description="When the return was last talked over.")
    return_meeting_outstanding: bool = Field(description="It runs, the meeting is due, and none is recorded.")
    backfill: bool
    agreement_signed: bool
    past_agreed_end: bool = Field(
        description="Its last day has passed, and no end or cancellation is recorded: it releases nobody."
    )
    cause: int
    href: TimelineHref
    entries: str = Field(description="All entries of its record.")


_COUNTED: Mapping[str, Released] = {
    "secondees": Released.RELEASED,
    "released_wte": Released.RELEASED,
    "contracted_wte": Released.RELEASED,
    "agreed": Released.AGREED,
    "paused": Released.PAUSED,
    "past_agreed_end": Released.PAST_AGREED_END,
    "return_meeting_outstanding": Released.RETURN_MEETING_OUTSTANDING,
    "imprecise_dates": Released.IMPRECISE,
}
"""The part of the secondments that is behind each figure."""


class SecondeesOut(Figures):
    """Whom an organisation releases, and how much of them."""

    organisation_id: OrganisationId
    title: str | None
    secondees: int = figure("People of whom it releases something on the day.", each="person_id")
    released_wte: Decimal = figure("What is released of them on the day,", sums=("released_now",))
    contracted_wte: Decimal = figure("and what they are contracted for.", sums=("contracted_wte",), each="person_id")
    imprecise_dates: int = figure("Secondments whose state rests on a date not known to the day.")
    agreed: int = figure("Secondments agreed, and not started.")
    paused: int = figure()
    past_agreed_end: int = figure("Secondments whose last day has passed, and no end is recorded: they release nobody.")
    return_meeting_outstanding: int = figure("Running secondments: the meeting about the return is due, none recorded.")


_OF = {
    "organisation_id": examples.ORGANISATION,
    "title": "Fenland Acute NHS Foundation Trust",
    "secondees": 3,
    "released_wte": "1.3",
    "contracted_wte": "2.6",
    "imprecise_dates": 0,
    "agreed": 0,
    "paused": 1,
    "past_agreed_end": 0,
    "return_meeting_outstanding": 0,
    "hrefs": dict.fromkeys(_COUNTED, _BEHIND),
}


class Secondees(Answer):
    """Whom each organisation releases."""

    model_config = answered("secondment 2", "organisation 1", items=[_OF])

    items: list[SecondeesOut]


class OrganisationSecondments(Answer):
    """Whom one organisation releases, and the secondments that are counted."""

    model_config = answered("secondment 2", "organisation 1", "person 1", organisation=_OF, items=[_SECONDMENT])

    organisation: SecondeesOut
    items: list[SecondmentOut]


class Secondments(Answer):
    """The secondments for a fellowship, over or not."""

    model_config = answered("secondment 2", "person 1", fellowship_id=examples.FELLOWSHIP, items=[_SECONDMENT])

    fellowship_id: FellowshipId
    items: list[SecondmentOut]


class OneSecondment(Answer):
    """One secondment, and the version of its record."""

    model_config = answered("secondment 2", "person 1", version=4, secondment=_SECONDMENT)

    version: int = Field(description="The version of its record, for If-Match.")
    secondment: SecondmentOut | None = Field(description="Null where nothing was agreed by then.")


@router.get("/secondees", summary="Count secondees by organisation", responses=reading())
def count_secondees(asked: Asked, reader: Reading) -> Secondees:
    """How many people each organisation releases on a day, and how much of them."""
    with reader.at(asked, SECONDMENTS, ORGANISATIONS) as snapshot:
        found = secondees(snapshot.connection, snapshot.at)
        return snapshot.answer(Secondees, items=[_secondees(snapshot, each) for each in found])


@router.get(
    "/organisations/{organisation_id}/secondees",
    summary="List an organisation's secondees",
    responses=reading(NothingRecorded, versioned=True),
)
def list_secondees(
    organisation_id: OrganisationId, asked: Annotated[SecondeesQuery, Query()], reader: Reading
) -> OrganisationSecondments:
    """The secondments not over, those whose last day it is, or those that one count counts: who, how much, since when.

    They are the organisation's of that day: one that another organisation has taken over is listed there.
    """
    with reader.at(asked, SECONDMENTS, ORGANISATIONS, PEOPLE) as snapshot:
        snapshot.version(ORGANISATION, organisation_id)
        (found,) = secondees(snapshot.connection, snapshot.at, organisation_id)
        rows = [row for row in found.secondments if _chosen(row, asked.only)]
        return snapshot.answer(
            OrganisationSecondments, organisation=_secondees(snapshot, found), items=_listed(snapshot, rows)
        )


@router.get(
    "/fellowships/{fellowship_id}/secondments",
    summary="List a fellow's secondments",
    responses=reading(NothingRecorded, versioned=True),
)
def list_secondments(fellowship_id: FellowshipId, asked: Asked, reader: Reading) -> Secondments:
    """A fellow's secondments, over or not, by their first day."""
    with reader.at(asked, SECONDMENTS, PEOPLE) as snapshot:
        snapshot.version(FELLOWSHIP, fellowship_id)
        rows = secondments(snapshot.connection, snapshot.at, fellowship_id)
        return snapshot.answer(Secondments, fellowship_id=fellowship_id, items=_listed(snapshot, rows))


@router.get(
    "/secondments/{secondment_id}", summary="Show a secondment", responses=reading(NothingRecorded, versioned=True)
)
def show_secondment(secondment_id: SecondmentId, asked: Asked, reader: Reading) -> OneSecondment:
    """One secondment; `ETag` is the version of its record, for the next command."""
    with reader.at(asked, SECONDMENTS, PEOPLE) as snapshot:
        version = snapshot.version(SECONDMENT, secondment_id)
        row = secondment(snapshot.connection, snapshot.at, secondment_id)
        listed = _listed(snapshot, [] if row is None else [row])
        return snapshot.answer(OneSecondment, version=version, secondment=listed[0] if listed else None)


def _chosen(row: SecondmentRow, only: Released | None) -> bool:
    """Whether a secondment belongs to the part that is asked for."""
    match only:
        case None:
            return True
        case Released.RELEASED:
            return row.released_now > 0
        case Released.PAST_AGREED_END:
            return row.past_agreed_end
        case Released.RETURN_MEETING_OUTSTANDING:
            return row.return_meeting_outstanding
        case Released.IMPRECISE:
            return row.precision is not Precision.DAY
        case _:
            return row.stage.value == only.value


def _listed(snapshot: Snapshot, rows: list[SecondmentRow]) -> list[SecondmentOut]:
    names = snapshot.names(row.person_id for row in rows)
    return [
        SecondmentOut.model_validate(
            row._asdict()
            | {
                "name": names.get(str(row.person_id)),
                "href": snapshot.timeline(row.fellowship_id),
                "entries": snapshot.href(f"/v1/entries/secondment/{row.secondment_id}"),
            }
        )
        for row in rows
    ]


def _secondees(snapshot: Snapshot, found: OrganisationSecondees) -> SecondeesOut:
    path = f"/v1/organisations/{found.organisation_id}/secondees"
    fields: dict[str, Any] = {name: getattr(found, name) for name in SecondeesOut.model_fields if name != "hrefs"}
    hrefs = {name: snapshot.href(path, only=only.value) for name, only in _COUNTED.items()}
    return SecondeesOut(**fields, hrefs=hrefs)
