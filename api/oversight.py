"""Oversight: who has a say over a fellow. No coach is among them."""

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel, Field

from api import examples
from api.answers import Answer, CausesHref, Receipt
from api.deps import Asked, Reading, Recording, Seen
from api.examples import answered, said
from api.presence import person_must_be_recorded
from api.problems import changing, reading
from api.reader import Snapshot
from api.routes import Routes
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
from domain.refusal import NothingRecorded, WouldContradict
from domain.values import FellowshipId, PersonId, Precision
from infra.log.desk import Desk
from projections.oversight import Say, oversight
from projections.person import PEOPLE

router = Routes(prefix="/v1/oversight", tags=["oversight"])

_SAY = {
    "person_id": examples.COACH,
    "name": "Di Marsh",
    "since": "2013-09-02",
    "precision": "day",
    "cause": 640,
    "entries": examples.CAUSES,
}


class Declaring(Dated):
    """The fellow's line manager."""

    model_config = said(line_manager_id=examples.COACH)

    line_manager_id: PersonId | None = Field(description="Null: the fellow has none.")


class Assessing(Dated):
    """Who assesses, or assesses no longer, the fellow's work."""

    model_config = said(assessor_id=examples.COACH)

    assessor_id: PersonId


class SayOut(BaseModel):
    """Somebody who had a say over the fellow, and since when."""

    person_id: PersonId
    name: str | None = Field(description='"erased" once it was forgotten; null where none was recorded.')
    since: date
    precision: Precision
    cause: int
    entries: CausesHref


class OversightOut(Answer):
    """Who had a say over a fellow, and the version of that record."""

    model_config = answered(
        PEOPLE.title,
        version=2,
        fellowship_id=examples.FELLOWSHIP,
        line_manager=_SAY,
        line_manager_declared_on="2013-09-02",
        assessors=[_SAY],
    )

    version: int = Field(description="The version of its record, for If-Match; 0 where nothing is recorded.")
    fellowship_id: FellowshipId
    line_manager: SayOut | None = Field(description="Null: the fellow has none, or declared nothing yet.")
    line_manager_declared_on: date | None = Field(description="When that was declared; null: never.")
    assessors: list[SayOut]


@router.get(
    "/{fellowship_id}", summary="Show who has a say over a fellow", responses=reading(NothingRecorded, versioned=True)
)
def show_oversight(fellowship_id: FellowshipId, asked: Asked, reader: Reading) -> OversightOut:
    """A fellow's line manager and assessors on a day; `ETag` is the version of that record, for the next command."""
    with reader.at(asked, PEOPLE) as snapshot:
        snapshot.version(FELLOWSHIP, fellowship_id)
        version = snapshot.version(OVERSIGHT, fellowship_id, may_be_empty=True)
        found = oversight(snapshot.connection, snapshot.at, fellowship_id)
        everybody = [*found.assessors, *([found.line_manager] if found.line_manager else [])]
        names = snapshot.names(each.person_id for each in everybody)
        return snapshot.answer(
            OversightOut,
            version=version,
            fellowship_id=fellowship_id,
            line_manager=found.line_manager and _say(snapshot, found.line_manager, names),
            line_manager_declared_on=found.declared_on,
            assessors=[_say(snapshot, each, names) for each in found.assessors],
        )


def _say(snapshot: Snapshot, found: Say, names: Mapping[str, str]) -> SayOut:
    more = {"name": names.get(str(found.person_id)), "entries": snapshot.causes([found.cause])}
    return SayOut.model_validate(found._asdict() | more)


@router.post("/{fellowship_id}/line-manager", summary="Declare a line manager", responses=changing(PersonNotRecorded))
async def declare_line_manager(
    fellowship_id: FellowshipId, body: Declaring, seen: Seen, recording: Recording
) -> Receipt:
    """Record who a fellow's line manager is. `If-Match: "0"` where nobody's say is recorded yet."""

    def declared(desk: Desk) -> None:
        desk.fold(FELLOWSHIP, fellowship_id)
        person_must_be_recorded(desk, body.line_manager_id)
        event = LineManagerDeclared(fellowship_id=fellowship_id, line_manager_id=body.line_manager_id)
        desk.record(OVERSIGHT, fellowship_id, event, body.placed(LineManagerDeclared))

    return await recording.amend(OVERSIGHT, fellowship_id, seen, body, declared, may_be_empty=True)


@router.post(
    "/{fellowship_id}/assessor",
    summary="Appoint an assessor",
    responses=changing(PersonNotRecorded, AlreadyAssesses, CoachAssesses, WouldContradict),
)
async def appoint_assessor(fellowship_id: FellowshipId, body: Assessing, seen: Seen, recording: Recording) -> Receipt:
    """Appoint somebody to assess a fellow's work. `If-Match: "0"` where nobody's say is recorded yet."""

    def appointed(desk: Desk) -> None:
        desk.fold(FELLOWSHIP, fellowship_id)
        person_must_be_recorded(desk, body.assessor_id)
        event = AssessorAppointed(fellowship_id=fellowship_id, assessor_id=body.assessor_id)
        desk.record(OVERSIGHT, fellowship_id, event, body.placed(AssessorAppointed))

    return await recording.amend(OVERSIGHT, fellowship_id, seen, body, appointed, may_be_empty=True)


@router.post(
    "/{fellowship_id}/assessor-standing-down",
    summary="Stand an assessor down",
    responses=changing(DoesNotAssess, WouldContradict),
)
async def stand_assessor_down(
    fellowship_id: FellowshipId, body: Assessing, seen: Seen, recording: Recording
) -> Receipt:
    """Record that somebody no longer assesses a fellow's work."""
    stood_down = AssessorStoodDown(fellowship_id=fellowship_id, assessor_id=body.assessor_id)
    return await recording.enter(OVERSIGHT, fellowship_id, seen, body, stood_down)
