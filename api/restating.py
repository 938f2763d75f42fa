"""Judges a restated fact as one told for the first time is judged: on what other records said on its day."""

from datetime import date

from api.codes import claim
from api.lasting import cohorts_end
from api.presence import organisation_must_be_recorded, person_must_be_recorded
from api.taking_part import judge_participation
from domain import grants
from domain.accreditation import (
    EarlierStudyRecognised,
    RegisteredForAnotherPerson,
    RegisteredForCredit,
    WorkSubmitted,
)
from domain.career import CareerOfAnotherPerson
from domain.career_decisions import must_have_evidence
from domain.career_events import PromotionBasis, PromotionRecorded, RoleAtEntryRecorded, RoleRecorded
from domain.coaching_events import CoachingContracted
from domain.cohort import COHORT, CohortPlanned, ProgrammeVersionAssigned
from domain.cohort_decisions import plan_cohort
from domain.cohort_state import CohortNotPlanned
from domain.contradiction import named
from domain.event import Event, Recorded, Stated
from domain.fellowship import FELLOWSHIP
from domain.fellowship_events import (
    FellowshipDeferred,
    FellowshipStarted,
    FellowshipTakenUp,
    PlaceAccepted,
    PlaceOffered,
)
from domain.fellowship_holder import must_not_be_there
from domain.fellowship_state import AnotherPerson, AnotherProgramme
from domain.organisation import OrganisationMerged, merge
from domain.oversight import AssessorAppointed, LineManagerDeclared
from domain.person import PERSON
from domain.programme import PROGRAMME, ProgrammeAdoptedFrom, ProgrammeVersionAdopted
from domain.project import PROJECT, assess_sustainability
from domain.project_events import (
    CharterApproved,
    FellowJoinedProject,
    FellowLeftProject,
    ImprovementAdopted,
    ProjectHandedOver,
    ProjectProposed,
    SustainabilityAssessed,
)
from domain.refusal import CorrectsNothing, DecidesNothing, StillReliedOn
from domain.secondment_events import ReleaseAgreed, ReleaseRefused, ReleasingOrganisationChanged
from domain.session_events import SessionScheduled
from domain.values import CohortId, FellowshipId, Happened, OrganisationId, PersonId, ProgrammeId, ProjectId
from infra.log.desk import Desk
from infra.log.event_log import EventLog
from infra.log.reliance import Forgone

_CIRCUMSTANCES = ("on_behalf_of", "approved_by", "source", "source_dated", "evidence")
"""What is stated of a fact itself, and not of who enters it."""


def judge_restated(
    log: EventLog, desk: Desk, record: str, event: Event, day: date, target: Recorded, *, evidenced: bool
) -> None:
    """Judge what is to restate or replace an entry of a record (`<name>:<id>`) by what it rests on elsewhere.

    `evidenced`: whether the document that bears it out is named. Each refusal is that of the command which tells such
    a fact the first time. What rests on nothing new is not judged again: other records may have changed since, and that
    alone does not make an entry wrong.
    """
    if day == target.day and _open(event) == _open(target.event):
        return
    identifier = record.partition(":")[2]
    _judge(desk, identifier, event, day)
    judge_participation(desk, identifier, event, day, target)
    if isinstance(event, PromotionRecorded) and not _declared(target.event):
        must_have_evidence(event.basis, evidenced=evidenced)
    claim(log, desk, record, event)


def must_correct(event: Event, happened: Happened, stated: Stated, target: Recorded) -> None:
    """Refuse a correction by which an entry would say what it says already: CorrectsNothing.

    A document, a source or an approval that was not named before is something new. Whether a personal field changes is
    not known: nobody opens them to decide.
    """
    named_anew = any(getattr(stated, each) not in (None, (), getattr(target.stated, each)) for each in _CIRCUMSTANCES)
    if happened == target.happened and not named_anew and _says_the_same(event, target):
        raise CorrectsNothing


def must_decide(event: Event, target: Recorded) -> None:
    """Refuse to replace an entry by a later decision that is the same: DecidesNothing."""
    if _says_the_same(event, target):
        raise DecidesNothing


def _says_the_same(event: Event, target: Recorded) -> bool:
    return event == target.event and not event.personal()


def _judge(desk: Desk, identifier: str, event: Event, day: date) -> None:
    match event:
        case ProgrammeVersionAdopted():
            _must_not_leave_behind(desk, ProgrammeId(identifier), event, day)
        case ProgrammeAdoptedFrom():
            desk.fold(PROGRAMME, event.source_programme_id, on=day).must_have(event.source_version)
        case CohortPlanned():
            plan_cohort(desk.fold(PROGRAMME, event.programme_id, on=day), **dict(event))
        case ProgrammeVersionAssigned():
            programme_id = desk.fold(COHORT, identifier, on=day).programme_id
            if programme_id is None:
                raise CohortNotPlanned
            desk.fold(PROGRAMME, programme_id, on=day).must_have(event.programme_version)
        case PlaceOffered() | PlaceAccepted():
            person_must_be_recorded(desk, event.person_id)
            if isinstance(event, PlaceOffered):
                others = desk.members(FELLOWSHIP, PERSON.of(event.person_id)).items()
                elsewhere = [history for fellowship_id, history in others if fellowship_id != identifier]
                must_not_be_there(elsewhere, person_id=event.person_id, cohort_id=event.cohort_id, on=day)
            _of_programme(desk, event.cohort_id, day, event.programme_id)
        case FellowshipStarted():
            if (current := desk.fold(FELLOWSHIP, identifier, on=day).current) is not None:
                _of_programme(desk, current, day, None)
        case FellowshipDeferred():
            _of_programme(desk, event.to_cohort_id, day, desk.fold(FELLOWSHIP, identifier, on=day).programme_id)
        case FellowshipTakenUp():
            _of_programme(desk, event.cohort_id, day, None)
        case RegisteredForCredit():
            if desk.fold(FELLOWSHIP, event.fellowship_id, on=day).holder() != event.person_id:
                raise RegisteredForAnotherPerson
        case EarlierStudyRecognised():
            desk.fold(FELLOWSHIP, event.fellowship_id, on=day)
            desk.fold(COHORT, event.cohort_id, on=day).must_have_set(event.work_id)
        case WorkSubmitted():
            desk.fold(COHORT, event.cohort_id, on=day).must_have_set(event.work_id)
        case OrganisationMerged(merged_into=organisation_id):
            merge(OrganisationId(identifier), merged_into=organisation_id)
            organisation_must_be_recorded(desk, organisation_id)
        case ProjectProposed(organisation_id=organisation_id):
            organisation_must_be_recorded(desk, organisation_id)
        case ReleaseAgreed() | ReleaseRefused():
            organisation_must_be_recorded(desk, event.organisation_id)
            _held_by(desk, event.fellowship_id, event.person_id, day)
        case SessionScheduled():
            desk.fold(COHORT, event.cohort_id, on=day).must_be_open()
        case CoachingContracted():
            person_must_be_recorded(desk, event.coach_id)
        case LineManagerDeclared(line_manager_id=person_id) | AssessorAppointed(assessor_id=person_id):
            person_must_be_recorded(desk, person_id)
        case CharterApproved(sponsor_id=person_id):
            person_must_be_recorded(desk, person_id)
        case FellowJoinedProject() | FellowLeftProject():
            _held_by(desk, event.fellowship_id, event.person_id, day)
        case ProjectHandedOver():
            organisation_must_be_recorded(desk, event.organisation_id)
            person_must_be_recorded(desk, event.owner_id)
        case ImprovementAdopted() | RoleRecorded() | ReleasingOrganisationChanged():
            organisation_must_be_recorded(desk, event.organisation_id)
        case SustainabilityAssessed():
            project_id = ProjectId(identifier)
            assess_sustainability(
                desk.fold(PROJECT, project_id, on=day),
                on=day,
                cohort_ends_on=cohorts_end(desk, project_id, day),
                **dict(event),
            )
        case RoleAtEntryRecorded():
            organisation_must_be_recorded(desk, event.organisation_id)
            if identifier != event.person_id:
                raise CareerOfAnotherPerson
            _held_by(desk, event.fellowship_id, event.person_id, day)
        case _:
            return


def _must_not_leave_behind(desk: Desk, programme_id: ProgrammeId, event: ProgrammeVersionAdopted, day: date) -> None:
    """Refuse to move an adoption past the day of what was decided by that version: StillReliedOn."""
    name = PROGRAMME.of(programme_id)
    histories = [*desk.members(COHORT, name).values(), *desk.members(PROGRAMME, name).values()]
    later = Forgone(name, grants.version(event.programme_version), day)
    resting = later.resting({str(number): history.statements for number, history in enumerate(histories)})
    if facts := tuple(map(named, resting)):
        listed = "; ".join(f"{fact.kind} on {fact.happened}" for fact in facts[:10])
        raise StillReliedOn(f"{len(facts)} facts rest on this entry: {listed}.", facts=facts)


def _held_by(desk: Desk, fellowship_id: FellowshipId, person_id: PersonId, day: date) -> None:
    """Refuse where no place was accepted (PlaceNotAccepted), and where another person holds it (AnotherPerson)."""
    if desk.fold(FELLOWSHIP, fellowship_id, on=day).holder() != person_id:
        raise AnotherPerson


def _of_programme(desk: Desk, cohort_id: CohortId, day: date, programme_id: ProgrammeId | None) -> None:
    """Refuse a cohort that takes nobody, and one of another programme than the one given."""
    its_own = desk.fold(COHORT, cohort_id, on=day).takes_people()
    if programme_id is not None and its_own != programme_id:
        raise AnotherProgramme


def _declared(event: Event) -> bool:
    """Whether this was declared already: then no further document is asked for, so that it can always be put right."""
    return isinstance(event, PromotionRecorded) and event.basis is PromotionBasis.DECLARED_WITH_EVIDENCE


def _open(event: Event) -> dict[str, object]:
    """What a fact says in the open: histories hold no personal fields."""
    return {name: value for name, value in event if name not in event.personal()}
