"""Secondments: what befalls an organisation's release of part of a fellow's job once it is agreed, to its end."""

from api.answers import Receipt
from api.deps import Recording, Seen
from api.fellowship_bodies import Plainly
from api.problems import changing
from api.routes import Routes
from api.secondment_bodies import (
    Changing,
    Ending,
    Extending,
    Pausing,
    Resuming,
    Signing,
    Turning,
)
from domain import secondment_decisions as decisions
from domain.overlap import ReleasedBeyondContract, SecondmentsOverlap
from domain.refusal import InTheFuture, WouldContradict
from domain.secondment import SECONDMENT
from domain.secondment_events import (
    AgreementSigned,
    BackfillConfirmed,
    BackfillWithdrawn,
    FractionChanged,
    ReturnMeetingHeld,
    SecondmentCancelled,
    SecondmentEndedAsPlanned,
    SecondmentEndedEarly,
    SecondmentExtended,
    SecondmentPaused,
    SecondmentResumed,
    SecondmentStarted,
)
from domain.secondment_state import (
    BackfillAlreadyConfirmed,
    BackfillNotConfirmed,
    NotAnExtension,
    NotAsPlanned,
    NotEarly,
    PartyHasSigned,
    ProposedEndHasPassed,
    ReleasedAboveContracted,
    ReleaseNotAgreed,
    ReleaseWasRefused,
    SecondmentAlreadyStarted,
    SecondmentIsOver,
    SecondmentIsPaused,
    SecondmentNotPaused,
    SecondmentNotStarted,
    StartedAfterItsEnd,
)
from domain.values import SecondmentId

router = Routes(prefix="/v1/secondments", tags=["secondments"])

GOES_ON = (ReleaseNotAgreed, ReleaseWasRefused, SecondmentIsOver, WouldContradict)
CLASHES = (SecondmentsOverlap, ReleasedBeyondContract)


@router.post(
    "/{secondment_id}/backfill",
    summary="Confirm the backfill",
    responses=changing(*GOES_ON, InTheFuture, BackfillAlreadyConfirmed),
)
async def confirm_backfill(secondment_id: SecondmentId, body: Plainly, seen: Seen, recording: Recording) -> Receipt:
    """Record that the organisation confirmed who does the released work."""
    return await recording.enter(SECONDMENT, secondment_id, seen, body, BackfillConfirmed())


@router.post(
    "/{secondment_id}/backfill-withdrawal",
    summary="Withdraw the backfill",
    responses=changing(*GOES_ON, InTheFuture, BackfillNotConfirmed),
)
async def withdraw_backfill(secondment_id: SecondmentId, body: Turning, seen: Seen, recording: Recording) -> Receipt:
    """Record that the organisation no longer has anybody for the released work."""
    return await recording.enter(SECONDMENT, secondment_id, seen, body, BackfillWithdrawn())


@router.post(
    "/{secondment_id}/signature",
    summary="Sign the agreement",
    responses=changing(*GOES_ON, InTheFuture, PartyHasSigned),
)
async def sign_agreement(secondment_id: SecondmentId, body: Signing, seen: Seen, recording: Recording) -> Receipt:
    """Record who signed the secondment agreement: the fellow, the releasing organisation, the programme."""
    signed = AgreementSigned(parties=body.parties, sha256=body.sha256)
    return await recording.enter(SECONDMENT, secondment_id, seen, body, signed)


@router.post(
    "/{secondment_id}/start",
    summary="Start a secondment",
    responses=changing(*GOES_ON, InTheFuture, SecondmentAlreadyStarted, StartedAfterItsEnd, *CLASHES),
)
async def start_secondment(secondment_id: SecondmentId, body: Plainly, seen: Seen, recording: Recording) -> Receipt:
    """Start a secondment. A start without a signed agreement or without backfill is recorded, and listed."""
    return await recording.enter(SECONDMENT, secondment_id, seen, body, SecondmentStarted())


@router.post(
    "/{secondment_id}/pause",
    summary="Pause a secondment",
    responses=changing(*GOES_ON, InTheFuture, SecondmentNotStarted, SecondmentIsPaused, ProposedEndHasPassed),
)
async def pause_a_secondment(secondment_id: SecondmentId, body: Pausing, seen: Seen, recording: Recording) -> Receipt:
    """Pause a secondment, and perhaps propose a later last day. The one agreed moves by an extension alone."""
    return await recording.change(
        SECONDMENT,
        secondment_id,
        seen,
        body,
        SecondmentPaused,
        lambda state, desk, day: decisions.pause_secondment(
            state, reason=body.circumstance, note=body.note, proposed_ends_on=body.proposed_ends_on
        ),
    )


@router.post(
    "/{secondment_id}/resumption",
    summary="Resume a secondment",
    responses=changing(
        *GOES_ON, InTheFuture, SecondmentNotStarted, SecondmentNotPaused, ProposedEndHasPassed, *CLASHES
    ),
)
async def resume_secondment(secondment_id: SecondmentId, body: Resuming, seen: Seen, recording: Recording) -> Receipt:
    """Take a secondment up again after a pause, and propose a later last day: by default, by the length of the pause.

    What is proposed is in the entry. The last day agreed moves by an extension alone.
    """
    return await recording.change(
        SECONDMENT,
        secondment_id,
        seen,
        body,
        SecondmentResumed,
        lambda state, desk, day: decisions.resume_secondment(state, on=day, proposed_ends_on=body.proposed_ends_on),
    )


@router.post(
    "/{secondment_id}/fraction",
    summary="Change the fraction",
    responses=changing(*GOES_ON, ReleasedAboveContracted, ProposedEndHasPassed, *CLASHES),
)
async def change_secondment_fraction(
    secondment_id: SecondmentId, body: Changing, seen: Seen, recording: Recording
) -> Receipt:
    """Change the contracted or the released WTE from a day on, and propose another last day: by default, pro rata.

    What is proposed is in the entry. The last day agreed moves by an extension alone.
    """
    return await recording.change(
        SECONDMENT,
        secondment_id,
        seen,
        body,
        FractionChanged,
        lambda state, desk, day: decisions.change_fraction(
            state,
            on=day,
            released_wte=body.released_wte,
            contracted_wte=body.contracted_wte,
            proposed_ends_on=body.proposed_ends_on,
        ),
    )


@router.post(
    "/{secondment_id}/extension",
    summary="Extend a secondment",
    responses=changing(*GOES_ON, InTheFuture, NotAnExtension, *CLASHES),
)
async def extend_secondment(secondment_id: SecondmentId, body: Extending, seen: Seen, recording: Recording) -> Receipt:
    """Record that the releasing organisation agreed to a later last day."""
    extended = SecondmentExtended(ends_on=body.ends_on, agreed_by=body.agreed_by)
    return await recording.enter(SECONDMENT, secondment_id, seen, body, extended)


@router.post(
    "/{secondment_id}/return-meeting",
    summary="Hold the meeting about the return",
    responses=changing(*GOES_ON, InTheFuture, SecondmentNotStarted),
)
async def hold_the_return_meeting(
    secondment_id: SecondmentId, body: Plainly, seen: Seen, recording: Recording
) -> Receipt:
    """Record that the fellow and the releasing organisation met about the return. It is due before the end."""
    return await recording.enter(SECONDMENT, secondment_id, seen, body, ReturnMeetingHeld())


@router.post(
    "/{secondment_id}/end",
    summary="End a secondment as planned",
    responses=changing(*GOES_ON, InTheFuture, SecondmentNotStarted, NotAsPlanned),
)
async def end_secondment(secondment_id: SecondmentId, body: Plainly, seen: Seen, recording: Recording) -> Receipt:
    """Record that a secondment ended on the last day agreed."""
    return await recording.enter(SECONDMENT, secondment_id, seen, body, SecondmentEndedAsPlanned())


@router.post(
    "/{secondment_id}/early-end",
    summary="End a secondment early",
    responses=changing(*GOES_ON, InTheFuture, SecondmentNotStarted, NotEarly, *CLASHES),
)
async def end_a_secondment_early(
    secondment_id: SecondmentId, body: Ending, seen: Seen, recording: Recording
) -> Receipt:
    """Record that a secondment ended before the last day agreed."""
    return await recording.change(
        SECONDMENT,
        secondment_id,
        seen,
        body,
        SecondmentEndedEarly,
        lambda state, desk, day: decisions.end_secondment_early(state, reason=body.circumstance, note=body.note),
    )


@router.post(
    "/{secondment_id}/cancellation",
    summary="Cancel a secondment",
    responses=changing(*GOES_ON, InTheFuture, SecondmentAlreadyStarted, *CLASHES),
)
async def cancel_a_secondment(secondment_id: SecondmentId, body: Ending, seen: Seen, recording: Recording) -> Receipt:
    """Cancel a secondment that has not started."""
    return await recording.change(
        SECONDMENT,
        secondment_id,
        seen,
        body,
        SecondmentCancelled,
        lambda state, desk, day: decisions.cancel_secondment(state, reason=body.circumstance, note=body.note),
    )
