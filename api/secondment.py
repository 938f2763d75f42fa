"""Secondments: an organisation's release of part of a fellow's job, from the release agreed to its end."""

from datetime import date

from fastapi import APIRouter

from api.answers import Receipt
from api.deps import Recording, Seen
from api.fellowship_bodies import Plainly
from api.presence import organisation_must_be_recorded
from api.problems import changing, opening
from api.secondment_bodies import (
    Changing,
    Ending,
    Extending,
    NewSecondment,
    Pausing,
    Releasing,
    Resuming,
    Signing,
    Turning,
)
from domain import secondment_decisions as decisions
from domain.fellowship import FELLOWSHIP
from domain.fellowship_state import PlaceNotAccepted
from domain.organisation import OrganisationNotRecorded
from domain.overlap import ReleasedBeyondContract, SecondmentsOverlap
from domain.refusal import NothingRecorded, WouldContradict
from domain.secondment import SECONDMENT
from domain.secondment_events import (
    AgreementSigned,
    BackfillConfirmed,
    BackfillWithdrawn,
    FractionChanged,
    ReleaseAgreed,
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
    ReleaseDatesOutOfOrder,
    ReleaseNotAgreed,
    SecondmentAlreadyStarted,
    SecondmentIsOver,
    SecondmentIsPaused,
    SecondmentNotPaused,
    SecondmentNotStarted,
    StartedAfterItsEnd,
)
from domain.values import SecondmentId
from infra.log.desk import Desk

router = APIRouter(prefix="/v1/secondments", tags=["secondments"])

_GOES_ON = (ReleaseNotAgreed, SecondmentIsOver, WouldContradict)
_CLASHES = (SecondmentsOverlap, ReleasedBeyondContract)


@router.post(
    "",
    status_code=201,
    summary="Agree a release",
    responses=opening(
        NothingRecorded,
        OrganisationNotRecorded,
        PlaceNotAccepted,
        ReleaseDatesOutOfOrder,
        ReleasedAboveContracted,
        *_CLASHES,
    ),
)
def agree_a_release(body: Releasing, recording: Recording) -> NewSecondment:
    """Record that an organisation agreed to release a fellow between two days, for half of the contract or as said."""

    def agreed(desk: Desk, day: date) -> ReleaseAgreed:
        organisation_must_be_recorded(desk, body.organisation_id)
        return decisions.agree_release(
            desk.fold(FELLOWSHIP, body.fellowship_id, on=day),
            fellowship_id=body.fellowship_id,
            organisation_id=body.organisation_id,
            starts_on=body.starts_on,
            ends_on=body.ends_on,
            contracted_wte=body.contracted_wte,
            agreed_by=body.agreed_by,
            released_wte=body.released_wte,
        )

    return recording.begin(NewSecondment, SecondmentId.new(), "/v1/secondments", body, ReleaseAgreed, agreed)


@router.post(
    "/{secondment_id}/backfill",
    summary="Confirm the backfill",
    responses=changing(*_GOES_ON, BackfillAlreadyConfirmed),
)
def confirm_backfill(secondment_id: SecondmentId, body: Plainly, seen: Seen, recording: Recording) -> Receipt:
    """Record that the organisation confirmed who does the released work."""
    return recording.enter(SECONDMENT, secondment_id, seen, body, BackfillConfirmed())


@router.post(
    "/{secondment_id}/backfill-withdrawal",
    summary="Withdraw the backfill",
    responses=changing(*_GOES_ON, BackfillNotConfirmed),
)
def withdraw_backfill(secondment_id: SecondmentId, body: Turning, seen: Seen, recording: Recording) -> Receipt:
    """Record that the organisation no longer has anybody for the released work."""
    return recording.enter(SECONDMENT, secondment_id, seen, body, BackfillWithdrawn())


@router.post("/{secondment_id}/signature", summary="Sign the agreement", responses=changing(*_GOES_ON, PartyHasSigned))
def sign_agreement(secondment_id: SecondmentId, body: Signing, seen: Seen, recording: Recording) -> Receipt:
    """Record who signed the secondment agreement: the fellow, the releasing organisation, the programme."""
    signed = AgreementSigned(parties=body.parties, sha256=body.sha256)
    return recording.enter(SECONDMENT, secondment_id, seen, body, signed)


@router.post(
    "/{secondment_id}/start",
    summary="Start a secondment",
    responses=changing(*_GOES_ON, SecondmentAlreadyStarted, StartedAfterItsEnd, *_CLASHES),
)
def start_secondment(secondment_id: SecondmentId, body: Plainly, seen: Seen, recording: Recording) -> Receipt:
    """Start a secondment. A start without a signed agreement or without backfill is recorded, and listed."""
    return recording.enter(SECONDMENT, secondment_id, seen, body, SecondmentStarted())


@router.post(
    "/{secondment_id}/pause",
    summary="Pause a secondment",
    responses=changing(*_GOES_ON, SecondmentNotStarted, SecondmentIsPaused, ProposedEndHasPassed),
)
def pause_a_secondment(secondment_id: SecondmentId, body: Pausing, seen: Seen, recording: Recording) -> Receipt:
    """Pause a secondment, and perhaps propose a later last day. The one agreed moves by an extension alone."""
    return recording.change(
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
    responses=changing(*_GOES_ON, SecondmentNotStarted, SecondmentNotPaused, ProposedEndHasPassed, *_CLASHES),
)
def resume_secondment(secondment_id: SecondmentId, body: Resuming, seen: Seen, recording: Recording) -> Receipt:
    """Take a secondment up again after a pause, and perhaps propose a later last day."""
    resumed = SecondmentResumed(proposed_ends_on=body.proposed_ends_on)
    return recording.enter(SECONDMENT, secondment_id, seen, body, resumed)


@router.post(
    "/{secondment_id}/fraction",
    summary="Change the fraction",
    responses=changing(*_GOES_ON, ReleasedAboveContracted, ProposedEndHasPassed, *_CLASHES),
)
def change_secondment_fraction(
    secondment_id: SecondmentId, body: Changing, seen: Seen, recording: Recording
) -> Receipt:
    """Change the contracted or the released WTE from a day on, and perhaps propose another last day."""
    return recording.change(
        SECONDMENT,
        secondment_id,
        seen,
        body,
        FractionChanged,
        lambda state, desk, day: decisions.change_fraction(
            state,
            released_wte=body.released_wte,
            contracted_wte=body.contracted_wte,
            proposed_ends_on=body.proposed_ends_on,
        ),
    )


@router.post(
    "/{secondment_id}/extension",
    summary="Extend a secondment",
    responses=changing(*_GOES_ON, NotAnExtension, *_CLASHES),
)
def extend_secondment(secondment_id: SecondmentId, body: Extending, seen: Seen, recording: Recording) -> Receipt:
    """Record that the releasing organisation agreed to a later last day."""
    extended = SecondmentExtended(ends_on=body.ends_on, agreed_by=body.agreed_by)
    return recording.enter(SECONDMENT, secondment_id, seen, body, extended)


@router.post(
    "/{secondment_id}/end",
    summary="End a secondment as planned",
    responses=changing(*_GOES_ON, SecondmentNotStarted, NotAsPlanned),
)
def end_secondment(secondment_id: SecondmentId, body: Plainly, seen: Seen, recording: Recording) -> Receipt:
    """Record that a secondment ended on the last day agreed."""
    return recording.enter(SECONDMENT, secondment_id, seen, body, SecondmentEndedAsPlanned())


@router.post(
    "/{secondment_id}/early-end",
    summary="End a secondment early",
    responses=changing(*_GOES_ON, SecondmentNotStarted, NotEarly),
)
def end_a_secondment_early(secondment_id: SecondmentId, body: Ending, seen: Seen, recording: Recording) -> Receipt:
    """Record that a secondment ended before the last day agreed."""
    return recording.change(
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
    responses=changing(*_GOES_ON, SecondmentAlreadyStarted),
)
def cancel_a_secondment(secondment_id: SecondmentId, body: Ending, seen: Seen, recording: Recording) -> Receipt:
    """Cancel a secondment that has not started."""
    return recording.change(
        SECONDMENT,
        secondment_id,
        seen,
        body,
        SecondmentCancelled,
        lambda state, desk, day: decisions.cancel_secondment(state, reason=body.circumstance, note=body.note),
    )
