"""How each fact is entered: the decision it is put to, at the desk."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from api.oulad.facts import Declared, Ended, Ending, Fact, Planned, Registered, Set, Started, Submitted
from api.oulad.identifiers import Identifiers
from domain.accreditation import (
    ACCREDITATION,
    DeregistrationReason,
    deregister,
    recognise_earlier_study,
    register_for_credit,
    submit_work,
)
from domain.cohort import COHORT, WorkSet
from domain.cohort_decisions import plan_cohort
from domain.cohort_state import WorkForm
from domain.event import Event
from domain.fellowship import FELLOWSHIP
from domain.fellowship_decisions import accept_place, end_by_programme, give_up_place, start, withdraw
from domain.fellowship_events import FellowshipCompleted, PlaceConfirmed
from domain.fellowship_reasons import Ground
from domain.person import PERSON, BackgroundDeclared, PersonRecorded
from domain.programme import PROGRAMME, ProgrammeEstablished, ProgrammeVersionAdopted
from domain.stream import Stream
from domain.values import Happened, Id, Precision
from infra.log.desk import Act, Desk

VERSION = "as presented"
"""The one version of a module's design, without criteria."""
FORMS = {"TMA": WorkForm.ASSIGNMENT, "CMA": WorkForm.COMPUTER_MARKED, "Exam": WorkForm.EXAMINATION}
"""What the types of assessment are; any other is work of another form."""


class Entry(NamedTuple):
    """What enters a fact, and the streams it reads."""

    act: Act
    reads: Sequence[tuple[Stream[Any], Id]]


def entry(fact: Fact, ids: Identifiers) -> Entry:
    """How to enter a fact. Natural keys are claimed with the first fact of the stream they stand for."""
    match fact:
        case Planned():
            return _plan(fact, ids)
        case Set():
            return _set(fact, ids)
        case Declared():
            return _declare(fact, ids)
        case Started():
            return _start(fact, ids)
        case Registered():
            return _register(fact, ids)
        case Submitted():
            return _submit(fact, ids)
        case Ended():
            return _end(fact, ids)


def _plan(fact: Planned, ids: Identifiers) -> Entry:
    presentation = fact.course.presentation
    programme_id, cohort_id = ids.programme(presentation.module), ids.cohort(presentation)
    established = ProgrammeEstablished(code=presentation.module, title=f"Module {presentation.module}")
    adopted = ProgrammeVersionAdopted(programme_version=VERSION)

    def act(desk: Desk) -> None:
        ids.claim_code(desk, PROGRAMME.of(programme_id), established)
        if _known_by(desk, PROGRAMME, programme_id, (established, adopted), fact.programme_from):
            ids.claim(desk, programme_id)
        planned = plan_cohort(
            desk.fold(PROGRAMME, programme_id, on=fact.happened.day),
            programme_id=programme_id,
            programme_version=VERSION,
            code=str(presentation),
            starts_on=presentation.starts_on,
            ends_on=fact.course.ends_on,
        )
        ids.claim_code(desk, COHORT.of(cohort_id), planned)
        desk.record(COHORT, cohort_id, planned, fact.happened)
        ids.claim(desk, cohort_id)

    return Entry(act, ((PROGRAMME, programme_id), (COHORT, cohort_id)))


def _set(fact: Set, ids: Identifiers) -> Entry:
    cohort_id, work_id = ids.cohort(fact.presentation), ids.work(fact.assessment)

    def act(desk: Desk) -> None:
        desk.fold(COHORT, cohort_id, on=fact.happened.day)
        work = WorkSet(
            work_id=work_id,
            title=f"{fact.form} {fact.assessment}",
            form=FORMS.get(fact.form, WorkForm.OTHER),
            due_on=fact.due_on,
            weight=fact.weight,
        )
        desk.record(COHORT, cohort_id, work, fact.happened)
        ids.claim(desk, work_id)

    return Entry(act, ((COHORT, cohort_id),))


def _declare(fact: Declared, ids: Identifiers) -> Entry:
    learner = fact.learner
    person_id = ids.person(learner.place.learner)

    def act(desk: Desk) -> None:
        if _known_by(desk, PERSON, person_id, (PersonRecorded(person_id=person_id),), fact.happened.day):
            ids.claim(desk, person_id)
        background = BackgroundDeclared(
            person_id=person_id,
            fellowship_id=ids.fellowship(learner.place),
            gender=learner.gender,
            age_band=learner.age_band,
            disability=learner.disability,
            region=learner.region,
            deprivation_band=learner.imd_band,
            highest_qualification=learner.highest_education,
            previous_attempts=learner.previous_attempts,
            studied_credits=learner.studied_credits,
        )
        desk.record(PERSON, person_id, background, fact.happened)

    return Entry(act, ((PERSON, person_id),))


def _register(fact: Registered, ids: Identifiers) -> Entry:
    person_id, cohort_id = ids.person(fact.place.learner), ids.cohort(fact.place.presentation)
    fellowship_id, accreditation_id = ids.fellowship(fact.place), ids.accreditation(fact.place)
    happened = fact.happened

    def act(desk: Desk) -> None:
        desk.fold(PERSON, person_id, on=happened.day)
        if not desk.history(ACCREDITATION, accreditation_id).version:
            ids.claim(desk, fellowship_id, accreditation_id)
        accepted = accept_place(desk.fold(COHORT, cohort_id, on=happened.day), person_id=person_id, cohort_id=cohort_id)
        desk.record(FELLOWSHIP, fellowship_id, accepted, happened)
        desk.record(FELLOWSHIP, fellowship_id, PlaceConfirmed(), happened)
        registered = register_for_credit(
            desk.fold(FELLOWSHIP, fellowship_id, on=happened.day),
            fellowship_id=fellowship_id,
            student_number=fact.place.learner,
        )
        desk.record(ACCREDITATION, accreditation_id, registered, happened)

    return Entry(
        act,
        ((PERSON, person_id), (COHORT, cohort_id), (FELLOWSHIP, fellowship_id), (ACCREDITATION, accreditation_id)),
    )


def _start(fact: Started, ids: Identifiers) -> Entry:
    cohort_id, fellowship_id = ids.cohort(fact.place.presentation), ids.fellowship(fact.place)

    def act(desk: Desk) -> None:
        desk.fold(FELLOWSHIP, fellowship_id, on=fact.happened.day)
        started = start(desk.fold(COHORT, cohort_id, on=fact.happened.day))
        desk.record(FELLOWSHIP, fellowship_id, started, fact.happened)

    return Entry(act, ((COHORT, cohort_id), (FELLOWSHIP, fellowship_id)))


def _submit(fact: Submitted, ids: Identifiers) -> Entry:
    cohort_id, work_id = ids.cohort(fact.place.presentation), ids.work(fact.assessment)
    fellowship_id, accreditation_id = ids.fellowship(fact.place), ids.accreditation(fact.place)

    def act(desk: Desk) -> None:
        cohort = desk.fold(COHORT, cohort_id, on=fact.happened.day)
        if not desk.history(ACCREDITATION, accreditation_id).version:
            ids.claim(desk, fellowship_id, accreditation_id)
        if fact.banked:
            event = recognise_earlier_study(cohort, fellowship_id=fellowship_id, cohort_id=cohort_id, work_id=work_id)
        else:
            event = submit_work(cohort, cohort_id=cohort_id, work_id=work_id)
        desk.record(ACCREDITATION, accreditation_id, event, fact.happened)

    return Entry(act, ((COHORT, cohort_id), (ACCREDITATION, accreditation_id)))


def _end(fact: Ended, ids: Identifiers) -> Entry:
    fellowship_id, accreditation_id = ids.fellowship(fact.place), ids.accreditation(fact.place)
    happened = fact.happened

    def act(desk: Desk) -> None:
        fellowship = desk.fold(FELLOWSHIP, fellowship_id, on=happened.day)
        match fact.ending:
            case Ending.COMPLETED:
                event: Event = FellowshipCompleted()
            case Ending.NOT_MET:
                event = end_by_programme(fellowship, ground=Ground.ASSESSMENT_NOT_MET)
            case Ending.WITHDRAWN:
                event = withdraw(fellowship)
            case Ending.GIVEN_UP:
                event = give_up_place(fellowship)
        desk.record(FELLOWSHIP, fellowship_id, event, happened)
        if fact.ending.left:
            registration = desk.fold(ACCREDITATION, accreditation_id, on=happened.day)
            left = deregister(registration, reason=DeregistrationReason.LEFT_THE_FELLOWSHIP)
            desk.record(ACCREDITATION, accreditation_id, left, happened)

    return Entry(act, ((FELLOWSHIP, fellowship_id), (ACCREDITATION, accreditation_id)))


def _known_by(desk: Desk, stream: Stream[Any], identifier: Id, opening: Sequence[Event], day: date) -> bool:
    """See to it that something of which no beginning is known is on the record by a day. Tells whether it is new.

    Where another folder was loaded before, it may be there from a later day on: then that day is put right.
    """
    happened = Happened(day, Precision.UNKNOWN)
    history = desk.history(stream, identifier)
    if history.at(day) != stream.initial:
        return False
    known = {type(step.recorded.event): step.recorded.version for step in history.steps}
    for event in opening:
        if (version := known.get(type(event))) is None:
            desk.record(stream, identifier, event, happened)
        else:
            desk.correct(stream, identifier, version, event, happened)
    return not history.version
