"""Questions about careers: roles held, moves between bands, and until when a person was in sight."""

from datetime import date
from decimal import Decimal
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.answers import Answer, CausesHref
from api.deps import Asked, Reading
from api.examples import answered
from api.problems import reading
from api.reader import Snapshot
from domain.career import CAREER
from domain.career_events import PayFramework, Profession, QiRemit, RemitSource
from domain.person import PERSON
from domain.refusal import NothingRecorded
from domain.values import FellowshipId, OrganisationId, PersonId, Precision, RoleId
from projections.career import CONTACTS, MOVES, ROLES, roles

router = APIRouter(prefix="/v1/careers", tags=["careers"])

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
        "role 1",
        "move 1",
        "contact 1",
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
