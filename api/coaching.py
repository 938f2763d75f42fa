"""Coaching: minutes held against minutes that a fellow is entitled to. There is no field for what was talked about."""

from datetime import date
from typing import Annotated

from pydantic import Field

from api import examples
from api.answers import Receipt
from api.deps import Recording, Seen
from api.examples import opened, said
from api.fellowship_bodies import Plainly
from api.presence import person_must_be_recorded
from api.problems import changing, opening
from api.routes import Routes
from api.statement import Dated, Reasoned
from domain import coaching_decisions as decisions
from domain.coaching import (
    COACHING,
    CarriesMoreThanIsLeft,
    Coaching,
    CoachingIsOver,
    CoachingNotContracted,
    NoMinutesUsed,
    OwnCoach,
)
from domain.coaching_events import (
    CoachChanged,
    CoachingCompleted,
    CoachingContracted,
    CoachingEndedEarly,
    CoachingSessionCancelled,
    CoachingSessionHeld,
    Entitlement,
    EntitlementExtended,
    Minutes,
    Mode,
    Notice,
    Side,
)
from domain.fellowship import FELLOWSHIP
from domain.fellowship_state import PlaceNotAccepted
from domain.independence import CoachAssesses, CoachIsLineManager, TwoCoaches
from domain.participation import AfterTheLastDay
from domain.person import PersonNotRecorded
from domain.refusal import InTheFuture, NothingRecorded, WouldContradict
from domain.values import CoachingId, FellowshipId, PersonId, today
from infra.log.desk import Desk

router = Routes(prefix="/v1/coaching", tags=["coaching"])

_RUNS = (CoachingNotContracted, CoachingIsOver, InTheFuture, WouldContradict)
_COACHED = (
    PersonNotRecorded,
    PlaceNotAccepted,
    AfterTheLastDay,
    OwnCoach,
    TwoCoaches,
    CoachIsLineManager,
    CoachAssesses,
)


class Contracting(Dated):
    """Coaching that a fellow and a coach agreed on."""

    model_config = said(fellowship_id=examples.FELLOWSHIP, coach_id=examples.COACH, entitlement_minutes=540)

    fellowship_id: FellowshipId
    coach_id: PersonId
    entitlement_minutes: Entitlement = Field(description="The minutes that the fellow is entitled to.")


class Extending(Reasoned):
    """The minutes that a fellow is entitled to on top."""

    model_config = said(reason="complex_project", minutes=90)

    minutes: Minutes = Field(description="How many minutes on top.")


class Holding(Dated):
    """A coaching session that was held."""

    model_config = said(minutes=90, mode="in_person")

    minutes: Minutes = Field(description="How long it took.")
    mode: Mode | None = Field(None, description="How they met.")


class FallingThrough(Dated):
    """A coaching session that fell through."""

    model_config = said(notice="late", by="fellow", minutes_used=90)

    notice: Notice = Field(description="Cancelled in time, cancelled late, or not attended.")
    by: Side
    minutes_used: Annotated[int, Field(ge=0, le=24 * 60)] = Field(
        0, description="The minutes it used up all the same, where the fellow cancelled late or did not come."
    )


class ChangingCoach(Reasoned):
    """The coach with whom a fellow goes on."""

    model_config = said(reason="coach_moved_away", coach_id=examples.COACH, carried_minutes=None)

    coach_id: PersonId
    carried_minutes: Entitlement | None = Field(
        None, description="Minutes that the new coach takes over; by default all that are left."
    )


class EndingEarly(Reasoned):
    """That coaching ended before it was completed."""

    model_config = said(reason="no_longer_wanted")


class NewCoaching(Receipt):
    """The receipt for a coaching engagement."""

    model_config = opened("coaching", examples.COACHING)

    coaching_id: CoachingId


@router.post(
    "",
    status_code=201,
    summary="Agree coaching",
    responses=opening(NothingRecorded, InTheFuture, WouldContradict, *_COACHED),
)
async def contract_a_coach(body: Contracting, recording: Recording) -> NewCoaching:
    """Record that a fellow and a coach agreed to work together, and the minutes that the fellow is entitled to."""

    def contracted(desk: Desk, day: date) -> CoachingContracted:
        person_must_be_recorded(desk, body.coach_id)
        return decisions.contract_coaching(
            desk.fold(FELLOWSHIP, body.fellowship_id, on=day),
            fellowship_id=body.fellowship_id,
            coach_id=body.coach_id,
            on=day,
            entitlement_minutes=body.entitlement_minutes,
        )

    place = "/v1/entries/coaching"
    return await recording.begin(NewCoaching, CoachingId.new(), place, body, CoachingContracted, contracted)


@router.post("/{coaching_id}/entitlement", summary="Extend the entitlement", responses=changing(*_RUNS))
async def extend_entitlement(coaching_id: CoachingId, body: Extending, seen: Seen, recording: Recording) -> Receipt:
    """Record that the fellow is entitled to more minutes than before."""
    return await recording.enter(COACHING, coaching_id, seen, body, EntitlementExtended(minutes=body.minutes))


@router.post(
    "/{coaching_id}/session",
    summary="Record a coaching session",
    responses=changing(*_RUNS, PlaceNotAccepted, AfterTheLastDay),
)
async def hold_a_coaching_session(coaching_id: CoachingId, body: Holding, seen: Seen, recording: Recording) -> Receipt:
    """Record that a coaching session was held. Beyond the entitlement it is recorded too, and listed."""

    def held(state: Coaching, desk: Desk, day: date) -> CoachingSessionHeld:
        if state.fellowship_id is None:
            raise CoachingNotContracted
        fellowship = desk.fold(FELLOWSHIP, state.fellowship_id, on=day)
        return decisions.hold_coaching_session(fellowship, on=day, today=today(), minutes=body.minutes, mode=body.mode)

    return await recording.change(COACHING, coaching_id, seen, body, CoachingSessionHeld, held)


@router.post(
    "/{coaching_id}/session-cancellation",
    summary="Record a coaching session that fell through",
    responses=changing(*_RUNS, PlaceNotAccepted, AfterTheLastDay, NoMinutesUsed),
)
async def cancel_coaching_session(
    coaching_id: CoachingId, body: FallingThrough, seen: Seen, recording: Recording
) -> Receipt:
    """Record that a coaching session was cancelled or not attended, and whether that used up minutes."""

    def cancelled(state: Coaching, desk: Desk, day: date) -> CoachingSessionCancelled:
        if state.fellowship_id is None:
            raise CoachingNotContracted
        fellowship = desk.fold(FELLOWSHIP, state.fellowship_id, on=day)
        return decisions.cancel_coaching_session(
            fellowship, on=day, today=today(), notice=body.notice, by=body.by, minutes_used=body.minutes_used
        )

    return await recording.change(COACHING, coaching_id, seen, body, CoachingSessionCancelled, cancelled)


@router.post(
    "/{coaching_id}/coach",
    summary="Change the coach",
    responses=changing(*_RUNS, *_COACHED, CarriesMoreThanIsLeft),
)
async def change_the_coach(
    coaching_id: CoachingId, body: ChangingCoach, seen: Seen, recording: Recording
) -> NewCoaching:
    """Go on with another coach, in an engagement of their own that takes over the minutes left."""
    continued_by = recording.fresh(CoachingId, coaching_id)
    happened = body.placed(CoachChanged)

    def changed(desk: Desk) -> None:
        state = desk.fold(COACHING, coaching_id, on=happened.day)
        state.must_run()
        assert state.fellowship_id is not None
        person_must_be_recorded(desk, body.coach_id)
        ended, continued = decisions.change_coach(
            state,
            desk.fold(FELLOWSHIP, state.fellowship_id, on=happened.day),
            on=happened.day,
            coaching_id=coaching_id,
            continued_by=continued_by,
            coach_id=body.coach_id,
            carried_minutes=body.carried_minutes,
        )
        desk.record(COACHING, coaching_id, ended, happened)
        desk.record(COACHING, continued_by, continued, happened)

    receipt = await recording.amend(COACHING, coaching_id, seen, body, changed)
    return NewCoaching(**dict(receipt), coaching_id=continued_by)


@router.post("/{coaching_id}/completion", summary="Complete coaching", responses=changing(*_RUNS))
async def complete_coaching(coaching_id: CoachingId, body: Plainly, seen: Seen, recording: Recording) -> Receipt:
    """Record that a coaching engagement was completed."""
    return await recording.enter(COACHING, coaching_id, seen, body, CoachingCompleted())


@router.post("/{coaching_id}/early-end", summary="End coaching early", responses=changing(*_RUNS))
async def end_coaching_early(coaching_id: CoachingId, body: EndingEarly, seen: Seen, recording: Recording) -> Receipt:
    """Record that a coaching engagement ended before it was completed."""
    return await recording.enter(COACHING, coaching_id, seen, body, CoachingEndedEarly())
