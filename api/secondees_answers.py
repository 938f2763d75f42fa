"""What is asked and answered about secondments over HTTP."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.answers import Answer, TimelineHref
from api.examples import answered
from api.figures import Figures, figure
from api.reader import Coordinates
from domain.secondment_state import SecondmentStage
from domain.values import FellowshipId, OrganisationId, PersonId, Precision, SecondmentId

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
    "return_meeting_missed": False,
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
    RETURN_MEETING_MISSED = "return_meeting_missed"
    CONTRACTS_DISAGREE = "contracts_disagree"
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
    return_meeting_missed: bool = Field(description="It has ended, and no meeting is recorded.")
    backfill: bool
    agreement_signed: bool
    past_agreed_end: bool = Field(
        description="Its last day has passed, and no end or cancellation is recorded: it releases nobody."
    )
    cause: int
    href: TimelineHref
    entries: str = Field(description="All entries of its record.")


COUNTED: Mapping[str, Released] = {
    "secondees": Released.RELEASED,
    "released_wte": Released.RELEASED,
    "contracted_wte": Released.RELEASED,
    "agreed": Released.AGREED,
    "paused": Released.PAUSED,
    "past_agreed_end": Released.PAST_AGREED_END,
    "return_meeting_outstanding": Released.RETURN_MEETING_OUTSTANDING,
    "return_meeting_missed": Released.RETURN_MEETING_MISSED,
    "contracts_disagree": Released.CONTRACTS_DISAGREE,
    "imprecise_dates": Released.IMPRECISE,
}
"""The part of the secondments that is behind each figure."""


class SecondeesOut(Figures):
    """Whom an organisation releases, and how much of them."""

    organisation_id: OrganisationId
    title: str | None
    secondees: int = figure("People of whom it releases something on the day.", each="person_id")
    released_wte: Decimal = figure("What is released of them on the day,", sums=("released_now",))
    contracted_wte: Decimal = figure(
        "and what they are contracted for: where its own secondments state it otherwise, the most that they do.",
        sums=("contracted_wte",),
        each="person_id",
    )
    imprecise_dates: int = figure("Secondments whose state rests on a date not known to the day.")
    agreed: int = figure("Secondments agreed, and not started.")
    paused: int = figure()
    past_agreed_end: int = figure("Secondments whose last day has passed, and no end is recorded: they release nobody.")
    return_meeting_outstanding: int = figure("Running secondments: the meeting about the return is due, none recorded.")
    contracts_disagree: int = figure(
        "Those of the secondees for whom what releases them states another contract elsewhere: what they are "
        "contracted for with all employers together is then not known.",
        each="person_id",
    )
    return_meeting_missed: int = figure("Secondments that have ended, at any time, without a recorded meeting.")


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
    "contracts_disagree": 0,
    "return_meeting_missed": 0,
    "hrefs": dict.fromkeys(COUNTED, _BEHIND),
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
