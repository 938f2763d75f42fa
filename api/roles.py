"""Questions about careers: roles held, moves between bands, and until when a person was in sight."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.answers import Answer, CausesHref, TimelineHref
from api.deps import Asked, Reading
from api.examples import answered
from api.problems import reading
from api.reader import Snapshot
from api.routes import Routes
from api.standing import StandingQuery
from domain.career import CAREER
from domain.career_events import PayFramework, Profession, QiRemit, RemitSource
from domain.cohort import COHORT
from domain.person import PERSON
from domain.refusal import NothingRecorded
from domain.values import CohortId, FellowshipId, OrganisationId, PersonId, Precision, RoleId
from projections.career import CONTACTS, ENTRIES, MOVES, ROLES, roles
from projections.entry_role import roles_at_entry
from projections.person import PEOPLE
from projections.standing import STANDING

router = Routes(prefix="/v1/careers", tags=["careers"])

_ROLE = {
    "role_id": examples.ROLE,
    "entry_to": examples.FELLOWSHIP,
    "since": "2013-09-02",
    "precision": "day",
    "until": None,
    "organisation_id": examples.ORGANISATION,
    "profession": "nurse",
    "framework": "agenda_for_change",
    "band": "7",
    "wte": "1",
    "qi_remit": "none",
    "qi_remit_source": "job_description",
    "acting": False,
    "cause": 512,
    "entries": examples.CAUSES,
}
_MOVE = {
    "moved_on": "2015-11-01",
    "precision": "month",
    "move": "promotion",
    "framework": "agenda_for_change",
    "band": "8a",
    "role_id": None,
    "cause": 1190,
    "entries": examples.CAUSES,
}


class RoleOut(BaseModel):
    """A role that a person held; null for `until`: no end is recorded."""

    model_config = ConfigDict(from_attributes=True)

    role_id: RoleId
    entry_to: FellowshipId | None = Field(description="The fellowship that was entered in this role.")
    since: date
    precision: Precision
    until: date | None
    organisation_id: OrganisationId | None
    profession: Profession
    framework: PayFramework
    band: str
    wte: Decimal | None
    qi_remit: QiRemit
    qi_remit_source: RemitSource | None
    acting: bool = Field(description="Held in an acting capacity.")
    cause: int
    entries: CausesHref


class MoveOut(BaseModel):
    """A promotion, or another move to a band or grade."""

    model_config = ConfigDict(from_attributes=True)

    moved_on: date
    precision: Precision
    move: str = Field(description="`promotion`, or what it was that is none.")
    framework: PayFramework
    band: str
    role_id: RoleId | None
    cause: int
    entries: CausesHref


class CareerOut(Answer):
    """A person's roles and moves, by day. That no promotion is recorded says nothing after the last contact."""

    model_config = answered(
        *(view.title for view in (ROLES, MOVES, CONTACTS)),
        version=3,
        person_id=examples.PERSON,
        roles=[_ROLE],
        moves=[_MOVE],
        last_contact_on="2016-09-01",
        last_contact_precision="day",
        follow_up_ended_on=None,
    )

    version: int = Field(description="The version of its record, for If-Match; 0 where nothing is recorded.")
    person_id: PersonId
    roles: list[RoleOut]
    moves: list[MoveOut]
    last_contact_on: date | None
    last_contact_precision: Precision | None
    follow_up_ended_on: date | None


class EntryPart(StrEnum):
    """A part of the fellows whose role at entry is asked for."""

    MISSING = "missing"


class EntryRolesQuery(StandingQuery):
    """Where an answer is to stand, and whose roles at entry are listed."""

    cohort_id: CohortId | None = Field(None, description="Only this cohort's fellows; by default all.")
    only: EntryPart | None = Field(
        None, description="`missing`: only fellows whose role at entry is still to be told; by default all."
    )


class EntryRoleOut(BaseModel):
    """A fellow who had started, and the role at entry; null where it is not recorded."""

    model_config = ConfigDict(from_attributes=True)

    fellowship_id: FellowshipId
    person_id: PersonId
    name: str | None
    cohort_id: CohortId
    started_on: date
    role_id: RoleId | None
    entered_on: date | None
    cause: int
    href: TimelineHref


class EntryRoles(Answer):
    """Fellows who had started, by day of start, with their roles at entry."""

    model_config = answered(
        *(view.title for view in (STANDING, ENTRIES, PEOPLE)),
        items=[
            {
                "fellowship_id": examples.FELLOWSHIP,
                "person_id": examples.PERSON,
                "name": "Ada Fenner",
                "cohort_id": examples.COHORT,
                "started_on": "2013-09-02",
                "role_id": None,
                "entered_on": None,
                "cause": 502,
                "href": examples.HREF,
            }
        ],
    )

    items: list[EntryRoleOut]


@router.get("", summary="List roles at entry", responses=reading(NothingRecorded))
def list_roles_at_entry(asked: Annotated[EntryRolesQuery, Query()], reader: Reading) -> EntryRoles:
    """Who had started, and in which role. Without one no promotion can be told: `only=missing` lists what is to do."""
    with reader.at(asked, STANDING, ENTRIES, PEOPLE) as snapshot:
        found = roles_at_entry(
            snapshot.connection,
            snapshot.at,
            cohort_id=asked.cohort_id,
            attribution=asked.attribution,
            missing=asked.only is EntryPart.MISSING,
        )
        if not found:
            snapshot.must_have_heard_of(COHORT, asked.cohort_id, "cohort_id")
        names = snapshot.names(row.person_id for row in found)
        return snapshot.answer(
            EntryRoles,
            items=[
                EntryRoleOut.model_validate(
                    row._asdict()
                    | {"name": names.get(str(row.person_id)), "href": snapshot.timeline(row.fellowship_id)}
                )
                for row in found
            ],
        )


@router.get("/{person_id}", summary="Show a career", responses=reading(NothingRecorded, versioned=True))
def show_career(person_id: PersonId, asked: Asked, reader: Reading) -> CareerOut:
    """A person's roles and promotions; `ETag` is the version of the career's record, for the next command."""
    with reader.at(asked, ROLES, MOVES, CONTACTS) as snapshot:
        snapshot.version(PERSON, person_id)
        version = snapshot.version(CAREER, person_id, may_be_empty=True)
        found = roles(snapshot.connection, snapshot.at, person_id)
        contact = found.contact
        return snapshot.answer(
            CareerOut,
            version=version,
            person_id=person_id,
            roles=[RoleOut.model_validate(_with_entries(snapshot, row)) for row in found.roles],
            moves=[MoveOut.model_validate(_with_entries(snapshot, row)) for row in found.moves],
            last_contact_on=contact and contact.last_contact_on,
            last_contact_precision=contact and contact.precision,
            follow_up_ended_on=contact and contact.follow_up_ended_on,
        )


def _with_entries(snapshot: Snapshot, row: Any) -> dict[str, Any]:
    fields: dict[str, Any] = row._asdict()
    return fields | {"entries": snapshot.causes([fields["cause"]])}
