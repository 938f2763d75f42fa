"""Careers: the roles that a person holds and the promotions they have, from their entry to a fellowship on."""

from collections.abc import Callable
from datetime import date

from api.answers import Receipt
from api.career_bodies import (
    Confirming,
    EndingFollowUp,
    EndingRole,
    NewRole,
    Progressing,
    Promoting,
    RoleAtEntry,
    RoleIn,
)
from api.deps import Recorder, Recording, Seen
from api.presence import organisation_must_be_recorded, person_must_be_recorded
from api.problems import changing
from api.routes import Routes
from api.statement import Dated, Placed
from domain.career import (
    CAREER,
    BandsNotOrdered,
    Career,
    CareerOfAnotherPerson,
    DeclaredWithoutEvidence,
    EntryAlreadyRecorded,
    FollowUpHasEnded,
    NoRoleAtEntry,
    NoSuchBand,
    NotAHigherBand,
    NotAPromotion,
    OnlyActingUp,
    ProgressionInTraining,
    RemitNeedsASource,
    RoleNotHeld,
)
from domain.career_decisions import end_follow_up, promote, record_role_at_entry
from domain.career_events import (
    CareerEvent,
    CareerFollowUpEnded,
    LastContactConfirmed,
    ProgressionRecorded,
    PromotionRecorded,
    RoleAtEntryRecorded,
    RoleEnded,
    RoleRecorded,
)
from domain.career_placing import place_within_period
from domain.fellowship import FELLOWSHIP
from domain.fellowship_state import PlaceNotAccepted
from domain.organisation import OrganisationNotRecorded
from domain.person import PersonNotRecorded
from domain.refusal import InTheFuture, WouldContradict
from domain.values import PersonId, Precision, RoleId, today
from infra.log.desk import Desk

router = Routes(prefix="/v1/careers", tags=["careers"])

_FOLLOWED = (PersonNotRecorded, FollowUpHasEnded, InTheFuture, WouldContradict)


@router.post(
    "/{person_id}/role-at-entry",
    summary="Record a role at entry",
    responses=changing(
        *_FOLLOWED,
        OrganisationNotRecorded,
        PlaceNotAccepted,
        CareerOfAnotherPerson,
        EntryAlreadyRecorded,
        NoSuchBand,
        RemitNeedsASource,
    ),
)
async def record_entry_role(person_id: PersonId, body: RoleAtEntry, seen: Seen, recording: Recording) -> NewRole:
    """Record the role that a fellow held at entry. `If-Match: "0"` where nothing of the person's career is recorded."""
    role_id = recording.fresh(RoleId, person_id)

    def entered(career: Career, desk: Desk, day: date) -> RoleAtEntryRecorded:
        organisation_must_be_recorded(desk, body.organisation_id)
        event = record_role_at_entry(
            desk.fold(FELLOWSHIP, body.fellowship_id, on=day),
            fellowship_id=body.fellowship_id,
            role_id=role_id,
            profession=body.profession,
            framework=body.framework,
            band=body.band,
            organisation_id=body.organisation_id,
            wte=body.wte,
            qi_remit=body.qi_remit,
            qi_remit_source=body.qi_remit_source,
        )
        if event.person_id != person_id:
            raise CareerOfAnotherPerson
        return event

    receipt = await _enter(recording, person_id, seen, body, RoleAtEntryRecorded, entered)
    return NewRole(**dict(receipt), role_id=role_id)


@router.post(
    "/{person_id}/role",
    summary="Record a role",
    responses=changing(*_FOLLOWED, OrganisationNotRecorded, NoSuchBand, RemitNeedsASource),
)
async def record_role(person_id: PersonId, body: RoleIn, seen: Seen, recording: Recording) -> NewRole:
    """Record a role that a person took up, for good or acting up.

    `If-Match: "0"` where nothing of the person's career is recorded.
    """
    role_id = recording.fresh(RoleId, person_id)

    def taken_up(career: Career, desk: Desk, day: date) -> RoleRecorded:
        organisation_must_be_recorded(desk, body.organisation_id)
        return RoleRecorded(
            person_id=person_id,
            role_id=role_id,
            organisation_id=body.organisation_id,
            profession=body.profession,
            framework=body.framework,
            band=body.band,
            wte=body.wte,
            qi_remit=body.qi_remit,
            qi_remit_source=body.qi_remit_source,
            acting=body.acting,
        )

    receipt = await _enter(recording, person_id, seen, body, RoleRecorded, taken_up)
    return NewRole(**dict(receipt), role_id=role_id)


@router.post("/{person_id}/role-end", summary="End a role", responses=changing(*_FOLLOWED, RoleNotHeld))
async def end_role(person_id: PersonId, body: EndingRole, seen: Seen, recording: Recording) -> Receipt:
    """Record that a person's role ended."""
    ended = RoleEnded(person_id=person_id, role_id=body.role_id)
    return await _enter(recording, person_id, seen, body, RoleEnded, lambda career, desk, day: ended)


@router.post(
    "/{person_id}/promotion",
    summary="Record a promotion",
    responses=changing(
        *_FOLLOWED,
        NoRoleAtEntry,
        NoSuchBand,
        NotAPromotion,
        NotAHigherBand,
        BandsNotOrdered,
        DeclaredWithoutEvidence,
        OnlyActingUp,
        ProgressionInTraining,
        RoleNotHeld,
    ),
)
async def record_promotion(person_id: PersonId, body: Promoting, seen: Seen, recording: Recording) -> Receipt:
    """Record a promotion to a higher band or grade than the one at entry, or reached since.

    Acting up for less than six months is none, unless it is declared with evidence.
    """

    def promoted(career: Career, desk: Desk, day: date) -> PromotionRecorded:
        return promote(
            career,
            person_id=person_id,
            framework=body.framework,
            band=body.band,
            basis=body.basis,
            role_id=body.role_id,
            evidenced=bool(body.evidence),
        )

    return await _enter(recording, person_id, seen, body, PromotionRecorded, promoted)


@router.post(
    "/{person_id}/progression",
    summary="Record a move that is no promotion",
    responses=changing(*_FOLLOWED, NoSuchBand, RoleNotHeld),
)
async def record_progression(person_id: PersonId, body: Progressing, seen: Seen, recording: Recording) -> Receipt:
    """Record progress within training, from its end to consultant, or a post re-banded: none of them a promotion."""
    progressed = ProgressionRecorded(
        person_id=person_id,
        progression=body.progression,
        framework=body.framework,
        band=body.band,
        role_id=body.role_id,
    )
    return await _enter(recording, person_id, seen, body, ProgressionRecorded, lambda career, desk, day: progressed)


@router.post("/{person_id}/contact", summary="Confirm a contact", responses=changing(*_FOLLOWED))
async def confirm_contact(person_id: PersonId, body: Confirming, seen: Seen, recording: Recording) -> Receipt:
    """Record that a person was found in the roles recorded: up to here, no promotion means that there was none."""
    confirmed = LastContactConfirmed(person_id=person_id)
    return await _enter(recording, person_id, seen, body, LastContactConfirmed, lambda career, desk, day: confirmed)


@router.post("/{person_id}/follow-up-end", summary="End the following of a career", responses=changing(*_FOLLOWED))
async def end_career_follow_up(person_id: PersonId, body: EndingFollowUp, seen: Seen, recording: Recording) -> Receipt:
    """Record that a person's career is followed no longer."""
    ended = end_follow_up(person_id=person_id, reason=body.circumstance, note=body.note)
    return await _enter(recording, person_id, seen, body, CareerFollowUpEnded, lambda career, desk, day: ended)


async def _enter(
    recording: Recorder,
    person_id: PersonId,
    seen: int,
    body: Dated,
    kind: type[CareerEvent],
    decide: Callable[[Career, Desk, date], CareerEvent],
) -> Receipt:
    """Record one fact of a person's career, which may be the first of it.

    One known to the month or year, of which no day is named, is placed on a day of that period on which it is legal.
    """
    happened = body.placed(kind)

    def act(desk: Desk) -> None:
        person_must_be_recorded(desk, person_id)
        history = desk.history(CAREER, person_id)

        def told(career: Career, day: date) -> CareerEvent:
            return decide(career, desk, day)

        placed = happened
        if happened.precision is not Precision.DAY and not isinstance(body.happened, Placed):
            placed = place_within_period(history, happened, told, latest=today())
        desk.record(CAREER, person_id, told(history.at(placed.day), placed.day), placed)

    return await recording.amend(CAREER, person_id, seen, body, act, may_be_empty=True)
