"""What the cases of the plan say, as facts: each is decided as any other would be."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from api.demo.clerk import plainly
from api.demo.invented import Someone
from api.demo.plan import Case, Intake
from domain import fellowship_decisions as decide
from domain.accreditation import ACCREDITATION, DeregistrationReason, deregister, submit_work
from domain.cohort import COHORT
from domain.event import Event, How
from domain.fellowship import FELLOWSHIP
from domain.fellowship_events import FellowshipCompleted, FellowshipResumed, PlaceConfirmed
from domain.fellowship_reasons import DeferralReason, Ground, LeavingReason, PauseReason, ReversalReason
from domain.person import PERSON, BackgroundDeclared, PersonRecorded
from domain.values import AccreditationId, CohortId, FellowshipId, Happened, WorkId
from infra.log.desk import Act, Desk

ENDINGS = ("completed", "not_completed", "ended_by_programme", "withdrawn", "place_given_up")
"""Cases that end a fellowship."""
_AWAY = ("paused", "deferred", "not_completed", "ended_by_programme", "withdrawn")
_BACK = ("resumed", "withdrawal_reversed", "taken_up")
_LEFT = ("withdrawn", "ended_by_programme")


class Fellow(NamedTuple):
    """A fellow: the person, the place, the registration with the university, and what befell them."""

    someone: Someone
    fellowship_id: FellowshipId
    accreditation_id: AccreditationId
    cohort_id: CohortId
    intake: Intake
    number: int
    accepted_on: date
    confirmed_on: date
    cases: tuple[Case, ...]

    @property
    def name(self) -> str:
        """The fellow in the plan."""
        return f"{self.intake.code}/{self.number}"

    @property
    def started_on(self) -> date | None:
        """The first day in the programme; None for one who never started."""
        said = {case.what: case for case in self.cases}
        if said.keys() & {"declined", "place_given_up"}:
            return None
        return date.fromisoformat(said["started"].happened) if "started" in said else self.intake.starts_on

    @property
    def known_from(self) -> date:
        """The day from which the record knows of the place: later than it was taken where that was entered late."""
        return max((case.entered_on for case in self.cases if case.what == "accepted"), default=self.accepted_on)

    @property
    def ending(self) -> Case | None:
        """What ended the fellowship, as known in the end; None if the plan says nothing out of the ordinary."""
        return max((case for case in standing_cases(self) if case.what in ENDINGS), key=when, default=None)

    @property
    def last_day(self) -> date:
        """The last day in the programme, as known in the end."""
        return self.intake.ends_on if self.ending is None else when(self.ending)

    @property
    def left(self) -> Case | None:
        """How the fellow left before the end, if they did."""
        return self.ending if self.ending is not None and self.ending.what in _LEFT else None


def record_person(someone: Someone, day: date) -> Act:
    """Put a person on the record."""
    person = PersonRecorded(person_id=someone.id, name=someone.name, email=someone.email)
    return plainly(PERSON, someone.id, person, day)


def offer(fellow: Fellow, day: date) -> Act:
    """Put the person on the record, and offer them a place."""

    def act(desk: Desk) -> None:
        someone = fellow.someone
        record_person(someone, day)(desk)
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
        highest_qualification=someone.post.qualification,
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
    for case in standing_cases(fellow):
        day = when(case)
        if case.what in _AWAY:
            away.append((day, date.max))
        elif case.what in _BACK and away:
            away[-1] = (away[-1][0], day)
    return away


def wrongly_gone(fellow: Fellow) -> date | None:
    """The day from which the record had the fellow gone, before that was marked as entered in error."""
    undone = {case.of or case.what for case in fellow.cases if case.how is How.RETRACTS}
    return next((when(case) for case in fellow.cases if not case.how and case.what in undone.intersection(_LEFT)), None)


def standing_cases(fellow: Fellow) -> list[Case]:
    """The fellow's cases that hold to this day, in the order of the plan."""
    undone = {case.of or case.what for case in fellow.cases if case.how is not None}
    return [case for case in fellow.cases if case.happened and (case.how is not None or case.what not in undone)]


def _leaves_for_good(case: Case, fellow: Fellow) -> bool:
    """Whether a case ends the fellow's registration too: they left, and neither came back nor had not left at all."""
    said = {each.what for each in standing_cases(fellow)}
    return case.what in _LEFT and case.what in said and "withdrawal_reversed" not in said


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


def when(case: Case) -> date:
    """The day on which a case is placed."""
    return _happened(case).day


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
    next_id = cohorts.get(fellow.intake.number + 1, fellow.cohort_id)
    match case.what:
        case "accepted":
            return decide.accept_place(cohort, person_id=fellow.someone.id, cohort_id=fellow.cohort_id)
        case "confirmed":
            return PlaceConfirmed()
        case "declined":
            return decide.decline_place(place, reason=LeavingReason(case.reason))
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
