"""Guests of a session: who was there and was not expected."""

from api.answers import Receipt
from api.deps import Recording, Seen
from api.presence import person_must_be_recorded
from api.problems import changing
from api.routes import Routes
from api.session_bodies import Welcoming
from domain.fellowship import FELLOWSHIP
from domain.fellowship_state import PlaceNotAccepted
from domain.person import PersonNotRecorded
from domain.refusal import InTheFuture, WouldContradict
from domain.session import SESSION
from domain.session_decisions import record_guest
from domain.session_state import (
    AlreadyAGuest,
    IsExpected,
    LongerThanTheSession,
    RegisterIsSigned,
    RegisterNotOpen,
    SessionIsCancelled,
    SessionNotScheduled,
)
from domain.values import Happened, SessionId
from infra.log.desk import Desk

router = Routes(prefix="/v1/sessions", tags=["sessions"])


@router.post(
    "/{session_id}/guests",
    summary="Record a guest",
    responses=changing(
        SessionNotScheduled,
        SessionIsCancelled,
        WouldContradict,
        InTheFuture,
        PersonNotRecorded,
        PlaceNotAccepted,
        IsExpected,
        AlreadyAGuest,
        LongerThanTheSession,
        RegisterNotOpen,
        RegisterIsSigned,
    ),
)
async def record_a_guest(session_id: SessionId, body: Welcoming, seen: Seen, recording: Recording) -> Receipt:
    """Record somebody who attended and was not expected: on the register, and in no figure of attendance."""

    def welcomed(desk: Desk) -> None:
        session = desk.fold(SESSION, session_id)
        day = session.day()
        person_id = body.person_id
        if person_id is None:
            assert body.fellowship_id is not None
            person_id = desk.fold(FELLOWSHIP, body.fellowship_id, on=day).holder()
        person_must_be_recorded(desk, person_id)
        event = record_guest(session, person_id=person_id, fellowship_id=body.fellowship_id, minutes=body.minutes)
        desk.record(SESSION, session_id, event, Happened(day))

    return await recording.amend(SESSION, session_id, seen, body, welcomed)
