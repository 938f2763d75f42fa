"""How fellowships end, and how an ending is taken back by a new decision."""

from api.answers import Receipt
from api.deps import Recording, Seen
from api.fellowship_bodies import Finding, Leaving, Plainly, Reversing
from api.problems import changing
from api.routes import Routes
from domain import fellowship_decisions as decisions
from domain.capacity import CohortFull
from domain.fellowship import FELLOWSHIP
from domain.fellowship_events import (
    CompletionRescinded,
    FellowshipCompleted,
    FellowshipEndedByProgramme,
    FellowshipNotCompleted,
    FellowshipWithdrawn,
    PlaceGivenUp,
    WithdrawalReversed,
)
from domain.fellowship_holder import TwoPlacesInOneCohort
from domain.fellowship_state import (
    HasEnded,
    IsDeferred,
    NeverStarted,
    NotStarted,
    PlaceNotAccepted,
    StartedIsWithdrawn,
    WasNotCompleted,
    WasNotWithdrawn,
)
from domain.refusal import InTheFuture, WouldContradict
from domain.values import FellowshipId

router = Routes(prefix="/v1/fellowships", tags=["fellowships"])

_NOT_THERE = (InTheFuture, PlaceNotAccepted, NotStarted, IsDeferred, HasEnded, WouldContradict)


@router.post(
    "/{fellowship_id}/giving-up",
    summary="Give a place up",
    responses=changing(InTheFuture, PlaceNotAccepted, StartedIsWithdrawn, HasEnded, WouldContradict),
)
async def give_up_place(fellowship_id: FellowshipId, body: Leaving, seen: Seen, recording: Recording) -> Receipt:
    """Give a place up before the fellowship has started."""
    return await recording.change(
        FELLOWSHIP,
        fellowship_id,
        seen,
        body,
        PlaceGivenUp,
        lambda state, desk, day: decisions.give_up_place(state, reason=body.circumstance, note=body.note),
    )


@router.post(
    "/{fellowship_id}/withdrawal",
    summary="Withdraw a fellow",
    responses=changing(InTheFuture, PlaceNotAccepted, NeverStarted, HasEnded, WouldContradict),
)
async def withdraw_fellowship(fellowship_id: FellowshipId, body: Leaving, seen: Seen, recording: Recording) -> Receipt:
    """Record that a fellow withdrew after the fellowship had started."""
    return await recording.change(
        FELLOWSHIP,
        fellowship_id,
        seen,
        body,
        FellowshipWithdrawn,
        lambda state, desk, day: decisions.withdraw(state, reason=body.circumstance, note=body.note),
    )


@router.post(
    "/{fellowship_id}/withdrawal-reversal",
    summary="Reverse a withdrawal",
    responses=changing(InTheFuture, PlaceNotAccepted, WasNotWithdrawn, CohortFull, TwoPlacesInOneCohort),
)
async def reverse_withdrawal(fellowship_id: FellowshipId, body: Reversing, seen: Seen, recording: Recording) -> Receipt:
    """Reverse a withdrawal by a new decision: the fellow stands where they stood before it, and takes a place again."""
    return await recording.change(
        FELLOWSHIP,
        fellowship_id,
        seen,
        body,
        WithdrawalReversed,
        lambda state, desk, day: decisions.reverse_withdrawal(state, reason=body.circumstance, note=body.note),
    )


@router.post("/{fellowship_id}/completion", summary="Complete a fellowship", responses=changing(*_NOT_THERE))
async def complete_fellowship(fellowship_id: FellowshipId, body: Plainly, seen: Seen, recording: Recording) -> Receipt:
    """Record that a fellowship was completed."""
    return await recording.enter(FELLOWSHIP, fellowship_id, seen, body, FellowshipCompleted())


@router.post(
    "/{fellowship_id}/completion-rescission",
    summary="Rescind a completion",
    responses=changing(InTheFuture, PlaceNotAccepted, WasNotCompleted),
)
async def rescind_completion(fellowship_id: FellowshipId, body: Finding, seen: Seen, recording: Recording) -> Receipt:
    """Rescind a completion by a new decision: the fellow stands where they stood before it."""
    return await recording.change(
        FELLOWSHIP,
        fellowship_id,
        seen,
        body,
        CompletionRescinded,
        lambda state, desk, day: decisions.rescind_completion(state, ground=body.ground, note=body.note),
    )


@router.post(
    "/{fellowship_id}/non-completion",
    summary="End a fellowship uncompleted",
    responses=changing(*_NOT_THERE),
)
async def not_complete_fellowship(
    fellowship_id: FellowshipId, body: Finding, seen: Seen, recording: Recording
) -> Receipt:
    """Record that a fellowship ran to its end and was not completed."""
    return await recording.change(
        FELLOWSHIP,
        fellowship_id,
        seen,
        body,
        FellowshipNotCompleted,
        lambda state, desk, day: decisions.not_complete(state, ground=body.ground, note=body.note),
    )


@router.post(
    "/{fellowship_id}/ending-by-programme", summary="End a fellowship by decision", responses=changing(*_NOT_THERE)
)
async def end_fellowship(fellowship_id: FellowshipId, body: Finding, seen: Seen, recording: Recording) -> Receipt:
    """Record that the programme ended a fellowship."""
    return await recording.change(
        FELLOWSHIP,
        fellowship_id,
        seen,
        body,
        FellowshipEndedByProgramme,
        lambda state, desk, day: decisions.end_by_programme(state, ground=body.ground, note=body.note),
    )
