"""What the cases of the plan say, as facts: each is decided as any other would be."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from api.demo.invented import Someone
from api.demo.plan import CASES, Case, Intake
from domain import fellowship_decisions as decide
from domain.accreditation import ACCREDITATION, DeregistrationReason, deregister, submit_work
from domain.cohort import COHORT
from domain.event import Event, How
from domain.fellowship import FELLOWSHIP
from domain.fellowship_events import FellowshipCompleted, FellowshipResumed, PlaceConfirmed
from domain.fellowship_reasons import DeferralReason, Ground, LeavingReason, PauseReason, ReversalReason
from domain.person import PERSON, BackgroundDeclared, PersonRecorded
from domain.values import AccreditationId, CohortId, FellowshipId, Happened, WorkId
from infra.desk import Desk
from infra.event_log import Act

ENDINGS = ("completed", "not_completed", "ended_by_programme", "withdrawn", "place_given_up")
"""Cases that end a fellowship."""
_AWAY = ("paused", "deferred", "not_completed", "ended_by_programme", "withdrawn")
_BACK = ("resumed", "withdrawal_reversed")


class Fellow(NamedTuple):
    """One of the seventy: the person, the place, and the registration with the university."""

    someone: Someone
    fellowship_id: FellowshipId
    accreditation_id: AccreditationId
    cohort_id: CohortId
    intake: Intake
    number: int


def offer(fellow: Fellow, day: date) -> Act:
    """Put the person on the record, and offer them a place."""

    def act(desk: Desk) -> None:
        someone = fellow.someone
        person = PersonRecorded(person_id=someone.id, name=someone.name, email=someone.email)
        desk.record(PERSON, someone.id, person, Happened(day))
        cohort = desk.fold(COHORT, fellow.cohort_id, on=day)
        offered = decide.offer_place(cohort, person_id=someone.id, cohort_id=fellow.cohort_id)
        desk.record(FELLOWSHIP, fellow.fellowship_id, offered, Happened(day))

    return act


def declare_background(fellow: Fellow, day: date) -> Act:
    """Record what the person said of themselves for equality monitoring."""
    someone = fellow.someone
    declared = BackgroundDeclared(
        person_id=someone.id,
        gender=someone.gender,
        age_band=someone.age_band,
        ethnicity=someone.ethnicity,
        region=someone.organisation.county,
        highest_qualification=someone.qualification,
    )
    return lambda desk: desk.record(PERSON, someone.id, declared, Happened(day))


def submit(fellow: Fellow, work_id: WorkId, day: date, sha256: str) -> Act:
    """Submit a piece of work of the fellow's cohort."""

    def act(desk: Desk) -> None:
        cohort = desk.fold(COHORT, fellow.cohort_id, on=day)
        submitted = submit_work(cohort, cohort_id=fellow.cohort_id, work_id=work_id, sha256=sha256)
        desk.record(ACCREDITATION, fellow.accreditation_id, submitted, Happened(day))

    return act


def absences(fellow: Fellow) -> list[tuple[date, date]]:
    """When the fellow was away or had left, as first and last days: nobody hands work in then."""
    away: list[tuple[date, date]] = []
    for case in _cases(fellow):
        day = _happened(case).day
        if case.what in _AWAY:
            away.append((day, date.max))
        elif case.what in _BACK and away:
            away[-1] = (away[-1][0], day)
    return away


def _cases(fellow: Fellow) -> list[Case]:
    """The fellow's cases that hold to this day, in the order of the plan."""
    cases = [case for case in CASES if (case.cohort, case.fellow) == (fellow.intake.year, fellow.number)]
    undone = {case.of or case.what for case in cases if case.how is not None}
    return [case for case in cases if case.happened and (case.how is not None or case.what not in undone)]


def _leaves_for_good(case: Case, fellow: Fellow) -> bool:
    """Whether a case ends the fellow's registration too: they left, and neither came back nor had not left at all."""
    said = {each.what for each in _cases(fellow)}
    return case.what in ("withdrawn", "ended_by_programme") and case.what in said and "withdrawal_reversed" not in said


def enter(desk: Desk, case: Case, fellow: Fellow, cohorts: Mapping[int, CohortId]) -> None:
    """Enter a case, and the end of the fellow's registration if the case brings that about."""
    if case.how is How.RETRACTS:
        desk.retract(FELLOWSHIP, fellow.fellowship_id, _newest(desk, case, fellow))
        return
    happened = _happened(case)
    event = _event(desk, case, fellow, happened, cohorts)
    match case.how:
        case How.CORRECTS:
            desk.correct(FELLOWSHIP, fellow.fellowship_id, _newest(desk, case, fellow), event, happened)
        case How.SUPERSEDES:
            desk.supersede(FELLOWSHIP, fellow.fellowship_id, _newest(desk, case, fellow), event, happened)
        case _:
            desk.record(FELLOWSHIP, fellow.fellowship_id, event, happened)
    if _leaves_for_good(case, fellow):
        registration = desk.fold(ACCREDITATION, fellow.accreditation_id, on=happened.day)
        ended = deregister(registration, reason=DeregistrationReason.LEFT_THE_FELLOWSHIP)
        desk.record(ACCREDITATION, fellow.accreditation_id, ended, happened)


def _happened(case: Case) -> Happened:
    return Happened.within(case.happened, "last" if case.what in ENDINGS else "first")


def _newest(desk: Desk, case: Case, fellow: Fellow) -> int:
    """The version of the fellow's newest entry of the kind that the case changes."""
    kind = f"fellowship.{case.of or case.what}"
    entries = desk.history(FELLOWSHIP, fellow.fellowship_id).statements
    return max(entry.version for entry in entries if entry.event.kind == kind)


def _event(desk: Desk, case: Case, fellow: Fellow, happened: Happened, cohorts: Mapping[int, CohortId]) -> Event:
    """The fact of a case, decided on how things stood on its day."""
    on = happened.day
    place = desk.fold(FELLOWSHIP, fellow.fellowship_id, on=on)
    cohort = desk.fold(COHORT, fellow.cohort_id, on=on)
    next_id = cohorts.get(fellow.intake.year + 1, fellow.cohort_id)
    match case.what:
        case "accepted":
            return decide.accept_place(cohort, person_id=fellow.someone.id, cohort_id=fellow.cohort_id)
        case "confirmed":
            return PlaceConfirmed()
        case "started":
            return decide.start(cohort)
        case "paused":
            return decide.pause(place, reason=PauseReason(case.reason))
        case "resumed":
            return FellowshipResumed()
        case "deferred":
            later = desk.fold(COHORT, next_id, on=on)
            return decide.defer(place, later, to_cohort_id=next_id, reason=DeferralReason(case.reason))
        case "taken_up":
            return decide.take_up(place, desk.fold(COHORT, next_id, on=on))
        case "place_given_up":
            return decide.give_up_place(place, reason=LeavingReason(case.reason))
        case "withdrawn":
            return decide.withdraw(place, reason=LeavingReason(case.reason))
        case "withdrawal_reversed":
            return decide.reverse_withdrawal(place, reason=ReversalReason(case.reason))
        case "completed":
            return FellowshipCompleted()
        case "not_completed":
            return decide.not_complete(place, ground=Ground(case.reason))
        case "ended_by_programme":
            return decide.end_by_programme(place, ground=Ground(case.reason))
        case _:
            raise ValueError(f"the plan names a case {case.what!r} that is not known")
