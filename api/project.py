"""Improvement projects: their milestones, from the charter to what was left of them years later."""

from datetime import date

from api.answers import Receipt
from api.deps import Recording, Seen
from api.lasting import cohorts_end
from api.presence import organisation_must_be_recorded, person_must_be_recorded
from api.problems import changing, opening
from api.project_bodies import (
    Abandoning,
    AbandoningThere,
    Adopting,
    Chartering,
    Concluding,
    Freezing,
    HandingOver,
    Lasting,
    NewProject,
    NewSite,
    Proposing,
    Reporting,
    Undertaking,
)
from api.routes import Routes
from domain.fellowship import FELLOWSHIP
from domain.fellowship_state import PlaceNotAccepted
from domain.organisation import OrganisationNotRecorded
from domain.patient_data import LooksLikePatientData
from domain.person import PersonNotRecorded
from domain.project import (
    PROJECT,
    AlreadyAdoptedThere,
    AlreadyAssessed,
    AlreadyOnProject,
    BaselineAlreadyFrozen,
    CharterAlreadyApproved,
    CycleAlreadyConcluded,
    NotAdoptedThere,
    NothingToLastYet,
    NotOnProject,
    Project,
    ProjectAlreadyHandedOver,
    ProjectAlreadyReported,
    ProjectIsAbandoned,
    ProjectNotProposed,
    assess_sustainability,
    join_project,
    leave_project,
)
from domain.project_events import (
    BaselineFrozen,
    CharterApproved,
    FellowJoinedProject,
    FellowLeftProject,
    ImprovementAbandoned,
    ImprovementAdopted,
    PdsaCycleConcluded,
    ProjectAbandoned,
    ProjectHandedOver,
    ProjectProposed,
    ProjectReported,
    SustainabilityAssessed,
)
from domain.refusal import InTheFuture, NothingRecorded, WouldContradict
from domain.values import ProjectId, SiteId
from infra.log.desk import Desk

router = Routes(prefix="/v1/projects", tags=["projects"])

_TEAM = (ProjectNotProposed, InTheFuture, WouldContradict)
_WORK = (ProjectNotProposed, ProjectIsAbandoned, InTheFuture, WouldContradict)
_AFTER = (ProjectNotProposed, InTheFuture, WouldContradict)


@router.post(
    "",
    status_code=201,
    summary="Propose a project",
    responses=opening(NothingRecorded, InTheFuture, OrganisationNotRecorded, LooksLikePatientData),
)
async def propose_project(body: Proposing, recording: Recording) -> NewProject:
    """Propose an improvement project. What looks like an NHS number is refused."""

    def proposed(desk: Desk, day: date) -> ProjectProposed:
        organisation_must_be_recorded(desk, body.organisation_id)
        return ProjectProposed(title=body.title, organisation_id=body.organisation_id)

    return await recording.begin(NewProject, ProjectId.new(), "/v1/projects", body, ProjectProposed, proposed)


@router.post(
    "/{project_id}/fellow",
    summary="Let a fellow take a project on",
    responses=changing(*_TEAM, ProjectIsAbandoned, PlaceNotAccepted, AlreadyOnProject),
)
async def join_a_project(project_id: ProjectId, body: Undertaking, seen: Seen, recording: Recording) -> Receipt:
    """Record that a fellow took a project on, alone or with others."""

    def joined(state: Project, desk: Desk, day: date) -> FellowJoinedProject:
        return join_project(desk.fold(FELLOWSHIP, body.fellowship_id, on=day), fellowship_id=body.fellowship_id)

    return await recording.change(PROJECT, project_id, seen, body, FellowJoinedProject, joined)


@router.post(
    "/{project_id}/fellow-departure",
    summary="Take a fellow off a project",
    responses=changing(*_TEAM, PlaceNotAccepted, NotOnProject),
)
async def leave_a_project(project_id: ProjectId, body: Undertaking, seen: Seen, recording: Recording) -> Receipt:
    """Record that a fellow no longer works on a project."""

    def left(state: Project, desk: Desk, day: date) -> FellowLeftProject:
        return leave_project(desk.fold(FELLOWSHIP, body.fellowship_id, on=day), fellowship_id=body.fellowship_id)

    return await recording.change(PROJECT, project_id, seen, body, FellowLeftProject, left)


@router.post(
    "/{project_id}/charter",
    summary="Approve a charter",
    responses=changing(*_WORK, PersonNotRecorded, CharterAlreadyApproved, LooksLikePatientData),
)
async def approve_charter(project_id: ProjectId, body: Chartering, seen: Seen, recording: Recording) -> Receipt:
    """Approve a project's charter: its aim, what sort of work it is, and its sponsor."""

    def approved(state: Project, desk: Desk, day: date) -> CharterApproved:
        person_must_be_recorded(desk, body.sponsor_id)
        return CharterApproved(aim=body.aim, classification=body.classification, sponsor_id=body.sponsor_id)

    return await recording.change(PROJECT, project_id, seen, body, CharterApproved, approved)


@router.post("/{project_id}/baseline", summary="Freeze a baseline", responses=changing(*_WORK, BaselineAlreadyFrozen))
async def freeze_baseline(project_id: ProjectId, body: Freezing, seen: Seen, recording: Recording) -> Receipt:
    """Freeze a project's baseline, for a reason. A short one is recorded too, and listed."""
    frozen = BaselineFrozen(points=body.points, reason=body.cause)
    return await recording.enter(PROJECT, project_id, seen, body, frozen)


@router.post("/{project_id}/cycle", summary="Conclude a PDSA cycle", responses=changing(*_WORK, CycleAlreadyConcluded))
async def conclude_cycle(project_id: ProjectId, body: Concluding, seen: Seen, recording: Recording) -> Receipt:
    """Record a PDSA cycle: what was predicted, what came of it, and what was decided."""
    concluded = PdsaCycleConcluded(
        cycle=body.cycle, prediction=body.prediction, outcome=body.outcome, decision=body.decision
    )
    return await recording.enter(PROJECT, project_id, seen, body, concluded)


@router.post("/{project_id}/report", summary="Report a project", responses=changing(*_WORK, ProjectAlreadyReported))
async def report_project(project_id: ProjectId, body: Reporting, seen: Seen, recording: Recording) -> Receipt:
    """Record that a project was reported. Another report replaces it by a later decision."""
    return await recording.enter(PROJECT, project_id, seen, body, ProjectReported(sha256=body.sha256))


@router.post(
    "/{project_id}/handover",
    summary="Hand a project over",
    responses=changing(*_WORK, OrganisationNotRecorded, PersonNotRecorded, ProjectAlreadyHandedOver),
)
async def hand_project_over(project_id: ProjectId, body: HandingOver, seen: Seen, recording: Recording) -> Receipt:
    """Record that an improvement was handed over to those who go on with it."""

    def handed_over(state: Project, desk: Desk, day: date) -> ProjectHandedOver:
        organisation_must_be_recorded(desk, body.organisation_id)
        person_must_be_recorded(desk, body.owner_id)
        return ProjectHandedOver(organisation_id=body.organisation_id, owner_id=body.owner_id)

    return await recording.change(PROJECT, project_id, seen, body, ProjectHandedOver, handed_over)


@router.post(
    "/{project_id}/adoption",
    summary="Record an adoption elsewhere",
    responses=changing(*_AFTER, OrganisationNotRecorded, AlreadyAdoptedThere),
)
async def adopt_improvement(project_id: ProjectId, body: Adopting, seen: Seen, recording: Recording) -> NewSite:
    """Record that a site elsewhere adopted an improvement."""
    site_id = body.site_id or recording.fresh(SiteId, project_id)

    def adopted(state: Project, desk: Desk, day: date) -> ImprovementAdopted:
        organisation_must_be_recorded(desk, body.organisation_id)
        return ImprovementAdopted(site_id=site_id, organisation_id=body.organisation_id)

    receipt = await recording.change(PROJECT, project_id, seen, body, ImprovementAdopted, adopted)
    return NewSite(**dict(receipt), site_id=site_id)


@router.post(
    "/{project_id}/site-abandonment",
    summary="Record that a site gave up",
    responses=changing(*_AFTER, NotAdoptedThere),
)
async def abandon_at_site(project_id: ProjectId, body: AbandoningThere, seen: Seen, recording: Recording) -> Receipt:
    """Record that a site which had adopted an improvement abandoned it."""
    return await recording.enter(PROJECT, project_id, seen, body, ImprovementAbandoned(site_id=body.site_id))


@router.post(
    "/{project_id}/sustainability",
    summary="Assess whether it lasted",
    responses=changing(*_AFTER, NothingToLastYet, AlreadyAssessed),
)
async def assess_whether_it_lasted(project_id: ProjectId, body: Lasting, seen: Seen, recording: Recording) -> Receipt:
    """Record whether an improvement has lasted 12, 24 or 60 months.

    The months count from the handing over, else from the report, else from the end of the fellows' cohort.
    """

    def assessed(state: Project, desk: Desk, day: date) -> SustainabilityAssessed:
        return assess_sustainability(
            state,
            on=day,
            months=body.months,
            sustainability=body.sustainability,
            cohort_ends_on=cohorts_end(desk, project_id, day),
        )

    return await recording.change(PROJECT, project_id, seen, body, SustainabilityAssessed, assessed)


@router.post("/{project_id}/abandonment", summary="Abandon a project", responses=changing(*_WORK))
async def abandon_project(project_id: ProjectId, body: Abandoning, seen: Seen, recording: Recording) -> Receipt:
    """Record that a project was abandoned. What its sites do, and what has lasted, is still recorded."""
    return await recording.enter(PROJECT, project_id, seen, body, ProjectAbandoned())
