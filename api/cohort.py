"""Cohorts: planning them, and what becomes of them."""

from datetime import date

from api.answers import Receipt
from api.codes import claim
from api.cohort_bodies import (
    CohortOut,
    Cohorts,
    Dates,
    NewCohort,
    NewWork,
    OneCohort,
    Places,
    Plan,
    Stage,
    Turn,
    Version,
    Work,
)
from api.deps import Asked, Reading, Recording, Seen
from api.problems import KEY_TAKEN, changing, opening, reading
from api.routes import Routes
from domain.cohort import (
    COHORT,
    Cohort,
    CohortCancelled,
    CohortCapacityChanged,
    CohortClosed,
    CohortConfirmed,
    CohortDatesChanged,
    CohortEnded,
    CohortPlanned,
    CohortReopened,
    CohortStarted,
    ProgrammeVersionAssigned,
    RecruitmentClosed,
    RecruitmentOpened,
    WorkSet,
)
from domain.cohort_cancellation import FellowsHaveStarted, FellowsHoldPlaces
from domain.cohort_decisions import assign_version, plan_cohort
from domain.cohort_state import (
    CohortHasStarted,
    CohortIsCancelled,
    CohortIsClosed,
    CohortIsFurtherOn,
    CohortNotClosed,
    CohortNotEnded,
    CohortNotPlanned,
    CohortNotRunning,
    DatesOutOfOrder,
)
from domain.programme import PROGRAMME, ProgrammeNotEstablished, VersionNotAdopted
from domain.refusal import InTheFuture, NothingRecorded, WouldContradict
from domain.values import CohortId, WorkId
from infra.log.desk import Desk
from projections.cohort import COHORTS, cohort, cohorts
from projections.programme import PROGRAMMES

router = Routes(prefix="/v1/cohorts", tags=["cohorts"])

_OVER = (CohortNotPlanned, CohortIsClosed, CohortIsCancelled, WouldContradict)


@router.post(
    "",
    status_code=201,
    summary="Plan a cohort",
    responses=opening(KEY_TAKEN, NothingRecorded, ProgrammeNotEstablished, VersionNotAdopted, DatesOutOfOrder),
)
async def plan_a_cohort(body: Plan, recording: Recording) -> NewCohort:
    """Plan one intake of a programme, under a code that no other cohort of the programme has."""
    cohort_id = CohortId.new()

    def planned(desk: Desk, day: date) -> CohortPlanned:
        event = plan_cohort(
            desk.fold(PROGRAMME, body.programme_id, on=day),
            programme_id=body.programme_id,
            programme_version=body.programme_version,
            code=body.code,
            starts_on=body.starts_on,
            ends_on=body.ends_on,
            capacity=body.capacity,
        )
        claim(recording.log, desk, COHORT.of(cohort_id), event)
        return event

    return await recording.begin(NewCohort, cohort_id, "/v1/cohorts", body, CohortPlanned, planned)


@router.post(
    "/{cohort_id}/version",
    summary="Let a cohort follow another version",
    responses=changing(*_OVER, VersionNotAdopted, CohortHasStarted),
)
async def assign_cohort_version(cohort_id: CohortId, body: Version, seen: Seen, recording: Recording) -> Receipt:
    """Let a cohort that has not started follow another version of its programme's design."""

    def assigned(state: Cohort, desk: Desk, day: date) -> ProgrammeVersionAssigned:
        if state.programme_id is None:
            raise CohortNotPlanned
        programme = desk.fold(PROGRAMME, state.programme_id, on=day)
        return assign_version(programme, programme_version=body.programme_version)

    return await recording.change(COHORT, cohort_id, seen, body, ProgrammeVersionAssigned, assigned)


@router.post("/{cohort_id}/dates", summary="Move a cohort's dates", responses=changing(*_OVER, DatesOutOfOrder))
async def change_cohort_dates(cohort_id: CohortId, body: Dates, seen: Seen, recording: Recording) -> Receipt:
    """Move a cohort's first or last day, from a day on."""
    moved = CohortDatesChanged(starts_on=body.starts_on, ends_on=body.ends_on)
    return await recording.enter(COHORT, cohort_id, seen, body, moved)


@router.post("/{cohort_id}/capacity", summary="Change a cohort's capacity", responses=changing(*_OVER))
async def change_cohort_capacity(cohort_id: CohortId, body: Places, seen: Seen, recording: Recording) -> Receipt:
    """Change the number of places in a cohort, from a day on. Places already given stay given."""
    return await recording.enter(COHORT, cohort_id, seen, body, CohortCapacityChanged(capacity=body.capacity))


@router.post(
    "/{cohort_id}/works",
    summary="Set a piece of work",
    responses=changing(*_OVER),
)
async def set_work(cohort_id: CohortId, body: Work, seen: Seen, recording: Recording) -> NewWork:
    """Ask a cohort to submit a piece of work."""
    work_id = recording.fresh(WorkId, cohort_id)
    work = WorkSet(work_id=work_id, title=body.title, form=body.form, due_on=body.due_on, weight=body.weight)
    receipt = await recording.enter(COHORT, cohort_id, seen, body, work)
    return NewWork(**dict(receipt), work_id=work_id)


@router.post(
    "/{cohort_id}/recruitment-opening", summary="Open recruitment", responses=changing(*_OVER, CohortIsFurtherOn)
)
async def open_recruitment(cohort_id: CohortId, body: Stage, seen: Seen, recording: Recording) -> Receipt:
    """Recruitment to the cohort opened."""
    return await recording.enter(COHORT, cohort_id, seen, body, RecruitmentOpened())


@router.post(
    "/{cohort_id}/recruitment-closing", summary="Close recruitment", responses=changing(*_OVER, CohortIsFurtherOn)
)
async def close_recruitment(cohort_id: CohortId, body: Stage, seen: Seen, recording: Recording) -> Receipt:
    """Recruitment to the cohort closed."""
    return await recording.enter(COHORT, cohort_id, seen, body, RecruitmentClosed())


@router.post("/{cohort_id}/confirmation", summary="Confirm a cohort", responses=changing(*_OVER, CohortIsFurtherOn))
async def confirm_cohort(cohort_id: CohortId, body: Stage, seen: Seen, recording: Recording) -> Receipt:
    """It was confirmed that the cohort goes ahead."""
    return await recording.enter(COHORT, cohort_id, seen, body, CohortConfirmed())


@router.post("/{cohort_id}/start", summary="Start a cohort", responses=changing(*_OVER, InTheFuture, CohortIsFurtherOn))
async def start_cohort(cohort_id: CohortId, body: Stage, seen: Seen, recording: Recording) -> Receipt:
    """The cohort started."""
    return await recording.enter(COHORT, cohort_id, seen, body, CohortStarted())


@router.post("/{cohort_id}/end", summary="End a cohort", responses=changing(*_OVER, InTheFuture, CohortNotRunning))
async def end_cohort(cohort_id: CohortId, body: Stage, seen: Seen, recording: Recording) -> Receipt:
    """The cohort reached its end."""
    return await recording.enter(COHORT, cohort_id, seen, body, CohortEnded())


@router.post("/{cohort_id}/closing", summary="Close a cohort's record", responses=changing(*_OVER, CohortNotEnded))
async def close_cohort(cohort_id: CohortId, body: Stage, seen: Seen, recording: Recording) -> Receipt:
    """The cohort's record was closed: for later days nothing more is entered."""
    return await recording.enter(COHORT, cohort_id, seen, body, CohortClosed())


@router.post("/{cohort_id}/reopening", summary="Reopen a cohort's record", responses=changing(*_OVER, CohortNotClosed))
async def reopen_cohort(cohort_id: CohortId, body: Turn, seen: Seen, recording: Recording) -> Receipt:
    """The cohort's closed record was opened again."""
    return await recording.enter(COHORT, cohort_id, seen, body, CohortReopened())


@router.post(
    "/{cohort_id}/cancellation",
    summary="Cancel a cohort",
    responses=changing(*_OVER, CohortHasStarted, FellowsHaveStarted, FellowsHoldPlaces),
)
async def cancel_cohort(cohort_id: CohortId, body: Turn, seen: Seen, recording: Recording) -> Receipt:
    """The cohort was cancelled before it started, and before anybody did in it."""
    return await recording.enter(COHORT, cohort_id, seen, body, CohortCancelled())


@router.get("", summary="List the cohorts", responses=reading())
def list_cohorts(asked: Asked, reader: Reading) -> Cohorts:
    """The cohorts there were on a day, as known at a record number, by first day and code."""
    with reader.at(asked, COHORTS, PROGRAMMES) as snapshot:
        rows = cohorts(snapshot.connection, snapshot.at)
        return snapshot.answer(Cohorts, items=[CohortOut.model_validate(row) for row in rows])


@router.get("/{cohort_id}", summary="Show a cohort", responses=reading(NothingRecorded, versioned=True))
def show_cohort(cohort_id: CohortId, asked: Asked, reader: Reading) -> OneCohort:
    """One cohort; `ETag` is the version of its record, for the next command."""
    with reader.at(asked, COHORTS, PROGRAMMES) as snapshot:
        version = snapshot.version(COHORT, cohort_id)
        row = cohort(snapshot.connection, snapshot.at, cohort_id)
        return snapshot.answer(OneCohort, version=version, cohort=row and CohortOut.model_validate(row))
