"""Judges a restated fact as one told for the first time is judged: on what other records said on its day."""

from datetime import date

from api.codes import claim
from domain.accreditation import (
    EarlierStudyRecognised,
    RegisteredForAnotherPerson,
    RegisteredForCredit,
    WorkSubmitted,
)
from domain.cohort import COHORT, CohortPlanned, ProgrammeVersionAssigned, plan_cohort
from domain.cohort_state import CohortNotPlanned
from domain.event import Event, Recorded
from domain.fellowship import FELLOWSHIP
from domain.fellowship_events import (
    FellowshipDeferred,
    FellowshipStarted,
    FellowshipTakenUp,
    PlaceAccepted,
    PlaceOffered,
)
from domain.fellowship_state import AnotherProgramme
from domain.person import PERSON, PersonNotRecorded
from domain.programme import PROGRAMME, ProgrammeAdoptedFrom
from domain.values import CohortId, PersonId, ProgrammeId
from infra.desk import Desk
from infra.event_log import EventLog


def judge_restated(log: EventLog, desk: Desk, record: str, event: Event, day: date, target: Recorded) -> None:
    """Judge what is to restate or replace an entry of a record (`<name>:<id>`) by what it rests on elsewhere.

    Each refusal is that of the command which tells such a fact the first time. What rests on nothing new is not judged
    again: other records may have changed since, and that alone does not make an entry wrong.
    """
    if day == target.day and _open(event) == _open(target.event):
        return
    _judge(desk, record.partition(":")[2], event, day)
    claim(log, desk, record, event)


def _judge(desk: Desk, identifier: str, event: Event, day: date) -> None:
    match event:
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
            _recorded(desk, event.person_id)
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
        case _:
            return


def _recorded(desk: Desk, person_id: PersonId) -> None:
    if desk.fold(PERSON, person_id).person_id is None:
        raise PersonNotRecorded


def _of_programme(desk: Desk, cohort_id: CohortId, day: date, programme_id: ProgrammeId | None) -> None:
    """Refuse a cohort that takes nobody, and one of another programme than the one given."""
    its_own = desk.fold(COHORT, cohort_id, on=day).takes_people()
    if programme_id is not None and its_own != programme_id:
        raise AnotherProgramme


def _open(event: Event) -> dict[str, object]:
    """What a fact says in the open: histories hold no personal fields."""
    return {name: value for name, value in event if name not in event.personal()}
