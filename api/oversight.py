"""Oversight: who has a say over a fellow. No coach is among them."""

from fastapi import APIRouter
from pydantic import Field

from api import examples
from api.answers import Receipt
from api.deps import Recording, Seen
from api.examples import said
from api.presence import person_must_be_recorded
from api.problems import changing
from api.statement import Dated
from domain.fellowship import FELLOWSHIP
from domain.independence import CoachAssesses
from domain.oversight import (
    OVERSIGHT,
    AlreadyAssesses,
    AssessorAppointed,
    AssessorStoodDown,
    DoesNotAssess,
    LineManagerDeclared,
)
from domain.person import PersonNotRecorded
from domain.refusal import WouldContradict
from domain.values import FellowshipId, PersonId
from infra.desk import Desk

router = APIRouter(prefix="/v1/oversight", tags=["oversight"])


class Declaring(Dated):
    """The fellow's line manager."""

    model_config = said(line_manager_id=examples.COACH)

    line_manager_id: PersonId | None = Field(description="Null: the fellow has none.")


class Assessing(Dated):
    """Who assesses, or assesses no longer, the fellow's work."""

    model_config = said(assessor_id=examples.COACH)

    assessor_id: PersonId


@router.post("/{fellowship_id}/line-manager", summary="Declare a line manager", responses=changing(PersonNotRecorded))
def declare_line_manager(fellowship_id: FellowshipId, body: Declaring, seen: Seen, recording: Recording) -> Receipt:
    """Record who a fellow's line manager is. `If-Match: "0"` where nobody's say is recorded yet."""

    def declared(desk: Desk) -> None:
        desk.fold(FELLOWSHIP, fellowship_id)
        person_must_be_recorded(desk, body.line_manager_id)
        event = LineManagerDeclared(fellowship_id=fellowship_id, line_manager_id=body.line_manager_id)
        desk.record(OVERSIGHT, fellowship_id, event, body.placed(LineManagerDeclared))

    return recording.amend(OVERSIGHT, fellowship_id, seen, body, declared)


@router.post(
    "/{fellowship_id}/assessor",
    summary="Appoint an assessor",
    responses=changing(PersonNotRecorded, AlreadyAssesses, CoachAssesses, WouldContradict),
)
def appoint_assessor(fellowship_id: FellowshipId, body: Assessing, seen: Seen, recording: Recording) -> Receipt:
    """Appoint somebody to assess a fellow's work. `If-Match: "0"` where nobody's say is recorded yet."""

    def appointed(desk: Desk) -> None:
        desk.fold(FELLOWSHIP, fellowship_id)
        person_must_be_recorded(desk, body.assessor_id)
        event = AssessorAppointed(fellowship_id=fellowship_id, assessor_id=body.assessor_id)
        desk.record(OVERSIGHT, fellowship_id, event, body.placed(AssessorAppointed))

    return recording.amend(OVERSIGHT, fellowship_id, seen, body, appointed)


@router.post(
    "/{fellowship_id}/assessor-standing-down",
    summary="Stand an assessor down",
    responses=changing(DoesNotAssess, WouldContradict),
)
def stand_assessor_down(fellowship_id: FellowshipId, body: Assessing, seen: Seen, recording: Recording) -> Receipt:
    """Record that somebody no longer assesses a fellow's work."""
    stood_down = AssessorStoodDown(fellowship_id=fellowship_id, assessor_id=body.assessor_id)
    return recording.enter(OVERSIGHT, fellowship_id, seen, body, stood_down)
