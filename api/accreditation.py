"""Accreditation: a fellow's registration with the university, and the work laid before it."""

from datetime import date
from typing import Annotated

from pydantic import Field

from api import examples
from api.answers import Receipt
from api.deps import Recording, Seen
from api.examples import opened, said
from api.fellowship_bodies import Plainly
from api.problems import changing, opening
from api.routes import Routes
from api.statement import Dated, Note
from domain.accreditation import (
    ACCREDITATION,
    AlreadyRegistered,
    DeregisteredForCredit,
    DeregistrationReason,
    DeregistrationReversed,
    EarlierStudyRecognised,
    ForAnotherFellowship,
    NoLongerRegistered,
    NotRegistered,
    Reference,
    RegisteredForCredit,
    Sha256,
    StillRegistered,
    WorkSubmitted,
    deregister,
    recognise_earlier_study,
    register_for_credit,
    submit_work,
)
from domain.accreditation import Accreditation as State
from domain.cohort import COHORT
from domain.cohort_state import WorkNotSet
from domain.fellowship import FELLOWSHIP
from domain.fellowship_state import PlaceNotAccepted
from domain.refusal import InTheFuture, NothingRecorded, WouldContradict
from domain.values import AccreditationId, CohortId, FellowshipId, WorkId
from infra.log.desk import Desk

router = Routes(prefix="/v1/accreditations", tags=["accreditation"])

_PLACE = "/v1/entries/accreditation"


class Registering(Dated):
    """A fellow's registration with the university."""

    model_config = said(fellowship_id=examples.FELLOWSHIP, approval="LQEH-2013-07", student_number="M00123456")

    fellowship_id: FellowshipId
    approval: Reference | None = Field(None, description="The approval it falls under; null: none is recorded.")
    student_number: Reference | None = Field(None, description="The university's. Personal; kept encrypted.")


class Recognition(Dated):
    """Earlier study to recognise in place of a piece of work."""

    model_config = said(fellowship_id=examples.FELLOWSHIP, cohort_id=examples.COHORT, work_id=examples.WORK)

    fellowship_id: FellowshipId
    cohort_id: CohortId
    work_id: WorkId


class WorkHandedIn(Dated):
    """A piece of work that was submitted."""

    model_config = said(cohort_id=examples.COHORT, work_id=examples.WORK, sha256="9f86d081884c7d65" * 4)

    cohort_id: CohortId
    work_id: WorkId
    sha256: Sha256 | None = Field(None, description="SHA-256 of the document, in hex; null: the document is not held.")


class Deregistering(Dated):
    """The end of a registration."""

    model_config = said(circumstance="left_the_fellowship")

    circumstance: Annotated[DeregistrationReason, Field(description="Why. Personal; kept encrypted.")] = (
        DeregistrationReason.NOT_RECORDED
    )
    note: Note = None


class NewAccreditation(Receipt):
    """The receipt for an accreditation."""

    model_config = opened("accreditation", examples.ACCREDITATION)

    accreditation_id: AccreditationId


@router.post(
    "",
    status_code=201,
    summary="Register a fellow for credit",
    responses=opening(NothingRecorded, InTheFuture, PlaceNotAccepted),
)
async def register_fellow(body: Registering, recording: Recording) -> NewAccreditation:
    """Register a fellow with the university, under the approval named or with none recorded."""
    return await recording.begin(
        NewAccreditation,
        AccreditationId.new(),
        _PLACE,
        body,
        RegisteredForCredit,
        lambda desk, day: _registered(body, desk, day),
    )


@router.post(
    "/earlier-study",
    status_code=201,
    summary="Recognise earlier study before registration",
    responses=opening(NothingRecorded, InTheFuture, WorkNotSet),
)
async def recognise_before_registration(body: Recognition, recording: Recording) -> NewAccreditation:
    """Recognise prior learning of a fellow who is not registered for credit yet."""
    return await recording.begin(
        NewAccreditation,
        AccreditationId.new(),
        _PLACE,
        body,
        EarlierStudyRecognised,
        lambda desk, day: _recognised(body, desk, day),
    )


@router.post(
    "/{accreditation_id}/registration",
    summary="Register after recognition",
    responses=changing(InTheFuture, PlaceNotAccepted, AlreadyRegistered, ForAnotherFellowship, WouldContradict),
)
async def register_after_recognition(
    accreditation_id: AccreditationId, body: Registering, seen: Seen, recording: Recording
) -> Receipt:
    """Register a fellow for credit whose earlier study was recognised before."""
    return await recording.change(
        ACCREDITATION,
        accreditation_id,
        seen,
        body,
        RegisteredForCredit,
        lambda state, desk, day: _registered(body, desk, day),
    )


@router.post(
    "/{accreditation_id}/earlier-study",
    summary="Recognise earlier study",
    responses=changing(InTheFuture, WorkNotSet, NoLongerRegistered, ForAnotherFellowship),
)
async def recognise_study(
    accreditation_id: AccreditationId, body: Recognition, seen: Seen, recording: Recording
) -> Receipt:
    """Recognise prior learning in place of a piece of work."""
    return await recording.change(
        ACCREDITATION,
        accreditation_id,
        seen,
        body,
        EarlierStudyRecognised,
        lambda state, desk, day: _recognised(body, desk, day),
    )


@router.post(
    "/{accreditation_id}/submission",
    summary="Submit work",
    responses=changing(InTheFuture, WorkNotSet, NotRegistered, NoLongerRegistered),
)
async def submit_a_work(
    accreditation_id: AccreditationId, body: WorkHandedIn, seen: Seen, recording: Recording
) -> Receipt:
    """Record that a piece of work was submitted. A resubmission is a new submission."""

    def submitted(state: State, desk: Desk, day: date) -> WorkSubmitted:
        cohort = desk.fold(COHORT, body.cohort_id, on=day)
        return submit_work(cohort, cohort_id=body.cohort_id, work_id=body.work_id, sha256=body.sha256)

    return await recording.change(ACCREDITATION, accreditation_id, seen, body, WorkSubmitted, submitted)


@router.post(
    "/{accreditation_id}/deregistration",
    summary="End a registration",
    responses=changing(InTheFuture, NotRegistered, NoLongerRegistered, WouldContradict),
)
async def deregister_fellow(
    accreditation_id: AccreditationId, body: Deregistering, seen: Seen, recording: Recording
) -> Receipt:
    """Record that a fellow's registration with the university ended. Work submitted that day still counts."""
    return await recording.change(
        ACCREDITATION,
        accreditation_id,
        seen,
        body,
        DeregisteredForCredit,
        lambda state, desk, day: deregister(state, reason=body.circumstance, note=body.note),
    )


@router.post(
    "/{accreditation_id}/deregistration-reversal",
    summary="Reverse the end of a registration",
    responses=changing(InTheFuture, StillRegistered),
)
async def reverse_deregistration(
    accreditation_id: AccreditationId, body: Plainly, seen: Seen, recording: Recording
) -> Receipt:
    """Reverse the end of a registration by a new decision: the fellow is registered for credit again."""
    return await recording.enter(ACCREDITATION, accreditation_id, seen, body, DeregistrationReversed())


def _registered(body: Registering, desk: Desk, day: date) -> RegisteredForCredit:
    return register_for_credit(
        desk.fold(FELLOWSHIP, body.fellowship_id, on=day),
        fellowship_id=body.fellowship_id,
        approval=body.approval,
        student_number=body.student_number,
    )


def _recognised(body: Recognition, desk: Desk, day: date) -> EarlierStudyRecognised:
    desk.fold(FELLOWSHIP, body.fellowship_id, on=day)
    return recognise_earlier_study(
        desk.fold(COHORT, body.cohort_id, on=day),
        fellowship_id=body.fellowship_id,
        cohort_id=body.cohort_id,
        work_id=body.work_id,
    )
