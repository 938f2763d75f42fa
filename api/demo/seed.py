"""The commands of the demonstration, made of its plans, in the order in which they were recorded."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain, groupby, islice
from random import Random

from api.codes import claim
from api.demo import career, coaching, national, project, secondment, session
from api.demo.acts import ENDINGS, Fellow, absences, declare_background, enter, offer, submit
from api.demo.clerk import REGISTRY, Clerk, Item, in_turn, plainly
from api.demo.invented import ORGANISATIONS, Someone, identifier, people
from api.demo.plan import CASES, INTAKES, QIF, SEED, WORKS, Case, Intake, Programme
from domain import cohort as cohorts
from domain import programme as programmes
from domain.accreditation import ACCREDITATION, register_for_credit
from domain.cohort import COHORT
from domain.cohort_decisions import plan_cohort
from domain.event import Event
from domain.fellowship import FELLOWSHIP
from domain.fellowship_events import FellowshipCompleted, PlaceConfirmed
from domain.installation import INSTALLATION, DemonstrationDeclared
from domain.organisation import ORGANISATION, OrganisationRecorded
from domain.programme import PROGRAMME
from domain.values import (
    AccreditationId,
    CohortId,
    FellowshipId,
    Happened,
    OrganisationId,
    ProgrammeId,
    SessionId,
    WorkId,
)
from infra.log.desk import Act, Desk
from infra.log.event_log import EventLog

_DAY = timedelta(days=1)
_BOARD = "minutes_of_the_programme_board"


class Seed:
    """Everything that the demonstration records up to the day before `today`.

    Two of them for one installation and one day are the same.
    """

    def __init__(self, installation: str, log: EventLog, today: date) -> None:
        self._random = random = Random(SEED)
        self._log = log
        self._installation = installation
        self._clerk = Clerk(random, today)
        self.programmes = (QIF, national.programme(today))
        self.intakes = (*INTAKES, *national.intakes(today))
        self._programme_ids = {programme.code: identifier(random, ProgrammeId) for programme in self.programmes}
        self.cohort_ids: Mapping[int, CohortId] = {
            intake.number: identifier(random, CohortId) for intake in self.intakes
        }
        self._works = {
            (intake.number, work.title): identifier(random, WorkId) for intake in self.intakes for work in WORKS
        }
        self.organisation_ids = {each.code: identifier(random, OrganisationId) for each in ORGANISATIONS}
        self._plan_cases = (*CASES, *national.cases(today))
        fellows = sum(intake.fellows for intake in self.intakes)
        invented = iter(people(random, fellows + coaching.COACHES * len(self.intakes)))
        self.fellows = self._fellows(invented)
        self._coaches = {intake.number: list(islice(invented, coaching.COACHES)) for intake in self.intakes}
        self.meetings = {
            intake.number: [(each, identifier(random, SessionId)) for each in session.meetings(intake)]
            for intake in self.intakes
        }
        items = (
            self._beginning(),
            *(self._established(programme) for programme in self.programmes),
            *(self._intake(intake) for intake in self.intakes),
            *(self._course(fellow) for fellow in self.fellows.values()),
            self._cases(),
            self._facts(),
        )
        recorded = (item for item in chain(*items) if item.recorded_at.date() < today)
        self.items = sorted(recorded, key=lambda item: item.recorded_at)

    def _fellows(self, invented: Iterator[Someone]) -> dict[tuple[int, int], Fellow]:
        return {
            (intake.number, number): Fellow(
                next(invented),
                identifier(self._random, FellowshipId),
                identifier(self._random, AccreditationId),
                self.cohort_ids[intake.number],
                intake,
                number,
                intake.offers_on + self._random.randint(2, 18) * _DAY,
                intake.confirms_from + self._random.randint(0, 24) * _DAY,
                tuple(case for case in self._plan_cases if (case.cohort, case.fellow) == (intake.number, number)),
            )
            for intake in self.intakes
            for number in range(1, intake.fellows + 1)
        }

    def _beginning(self) -> Iterator[Item]:
        declared = plainly(INSTALLATION, self._installation, DemonstrationDeclared(), QIF.established)
        # The record itself says what day the demonstration takes for today.
        source = "plan_of_the_demonstration"
        yield self._clerk.item("declared", QIF.established, declared, hour=8, source=source, dated=self._clerk.today)
        known = in_turn(self._organisations, self._clerk.staff(QIF.established))
        yield self._clerk.item("organisations", QIF.established, known, hour=10, source="public_register")

    def _organisations(self, desk: Desk) -> None:
        for each in ORGANISATIONS:
            identity = self.organisation_ids[each.code]
            event = OrganisationRecorded(title=each.name, code=each.code)
            claim(self._log, desk, ORGANISATION.of(identity), event)
            desk.record(ORGANISATION, identity, event, Happened(QIF.established))

    def _established(self, programme: Programme) -> Iterator[Item]:
        identity, day = self._programme_ids[programme.code], programme.established

        def establish(desk: Desk) -> None:
            event = programmes.ProgrammeEstablished(code=programme.code, title=programme.title)
            claim(self._log, desk, PROGRAMME.of(identity), event)
            desk.record(PROGRAMME, identity, event, Happened(day))
            if programme.adopted_from is not None:
                source_id, version = self._programme_ids[programme.adopted_from], str(INTAKES[-1].number)
                adopted = programmes.adopt_from(
                    desk.fold(PROGRAMME, source_id, on=day), source_programme_id=source_id, source_version=version
                )
                desk.record(PROGRAMME, identity, adopted, Happened(day))

        yield self._clerk.item(f"{programme.code} established", day, establish, hour=9, source=_BOARD)

    def _intake(self, intake: Intake) -> Iterator[Item]:
        identity = self.cohort_ids[intake.number]
        yield self._clerk.item(f"{intake.code} planned", intake.planned_on, self._plan(intake), source=_BOARD)
        steps: tuple[tuple[date, Event], ...] = (
            (intake.recruits_from, cohorts.RecruitmentOpened()),
            (intake.recruits_until, cohorts.RecruitmentClosed()),
            (intake.goes_ahead_on, cohorts.CohortConfirmed()),
            (intake.starts_on, cohorts.CohortStarted()),
            (intake.ends_on, cohorts.CohortEnded()),
            (intake.closes_on, cohorts.CohortClosed()),
        )
        for day, event in steps:
            yield self._clerk.item(f"{intake.code} {event.kind}", day, plainly(COHORT, identity, event, day), hour=9)

    def _plan(self, intake: Intake) -> Act:
        identity, programme_id = self.cohort_ids[intake.number], self._programme_ids[intake.programme]
        version, happened = str(intake.number), Happened(intake.planned_on)

        def act(desk: Desk) -> None:
            adopted = programmes.ProgrammeVersionAdopted(
                programme_version=version,
                attendance_percent=80,
                charter_required=True,
                report_required=True,
                coaching_sessions=intake.coaching_sessions,
                set_meetings=intake.set_meetings,
            )
            desk.record(PROGRAMME, programme_id, adopted, happened)
            cohort = plan_cohort(
                desk.fold(PROGRAMME, programme_id, on=happened.day),
                programme_id=programme_id,
                programme_version=version,
                code=intake.code,
                starts_on=intake.starts_on,
                ends_on=intake.ends_on,
                capacity=intake.capacity,
            )
            claim(self._log, desk, COHORT.of(identity), cohort)
            desk.record(COHORT, identity, cohort, happened)
            for work in WORKS:
                asked = cohorts.WorkSet(
                    work_id=self._works[intake.number, work.title],
                    title=work.title,
                    form=work.form,
                    due_on=intake.week(work.week),
                    weight=Decimal(work.weight),
                )
                desk.record(COHORT, identity, asked, happened)

        return act

    def _course(self, fellow: Fellow) -> Iterator[Item]:
        """What happens to a fellow as the plan does not say otherwise."""
        said = {case.what for case in fellow.cases if not case.how}
        name, intake = fellow.name, fellow.intake
        item, number, cohort = self._clerk.item, fellow.number, fellow.intake.number
        yield item(f"{name} offered", intake.offers_on, offer(fellow, intake.offers_on), source="application_form")
        if "declined" in said:
            return
        if "accepted" not in said:
            act = self._together([Case(cohort, number, "accepted", str(fellow.accepted_on))])
            yield item(f"{name} accepted", fellow.accepted_on, act, source="letter_of_acceptance")
        if "confirmed" not in said:
            act = plainly(FELLOWSHIP, fellow.fellowship_id, PlaceConfirmed(), fellow.confirmed_on)
            agreement = "release_agreement"
            yield item(f"{name} confirmed", fellow.confirmed_on, act, source=agreement)
        if self._random.random() < 0.9:
            told = fellow.confirmed_on + 2 * _DAY
            yield item(f"{name} background", told, declare_background(fellow, told), source="monitoring_form")
        if "place_given_up" in said:
            return
        if "started" not in said:
            act = self._together([Case(cohort, number, "started", str(intake.starts_on))])
            yield item(f"{name} started", intake.starts_on, act, source="register_of_the_first_day")
        if not said.intersection(ENDINGS):
            act = plainly(FELLOWSHIP, fellow.fellowship_id, FellowshipCompleted(), intake.ends_on)
            yield item(f"{name} completed", intake.ends_on, act, source="list_of_the_programme_board")
        yield from self._study(fellow)

    def _study(self, fellow: Fellow) -> Iterator[Item]:
        """The fellow's registration with the university, and the work handed in while in the programme."""
        intake = fellow.intake
        registered = intake.starts_on + self._random.randint(28, 60) * _DAY
        number = f"M{self._random.randint(10**7, 10**8 - 1)}"
        approval = next(each.approval for each in self.programmes if each.code == intake.programme)

        def register(desk: Desk) -> None:
            place = desk.fold(FELLOWSHIP, fellow.fellowship_id, on=registered)
            event = register_for_credit(
                place, fellowship_id=fellow.fellowship_id, approval=approval, student_number=number
            )
            desk.record(ACCREDITATION, fellow.accreditation_id, event, Happened(registered))

        source = "university_return"
        yield self._clerk.item(f"{fellow.name} registered", registered, register, source=source, role=REGISTRY)
        away = absences(fellow)
        for work in WORKS:
            day = intake.week(work.week) - self._random.randint(0, 9) * _DAY
            digest = self._random.randbytes(32).hex()
            if not any(since <= day <= until for since, until in away):
                act = submit(fellow, self._works[intake.number, work.title], day, digest)
                yield self._clerk.item(f"{fellow.name} {work.title}", day, act, source=source, role=REGISTRY)

    def _cases(self) -> Iterator[Item]:
        """What befell fellows out of the ordinary; cases that belong together are one command."""
        numbered = [(case.cohort, case.together or str(number), case) for number, case in enumerate(self._plan_cases)]
        for _, together in groupby(numbered, key=lambda each: each[:2]):
            of_one_command = [case for *_, case in together]
            first = of_one_command[0]
            said = " & ".join(f"{c.cohort}/{c.fellow} {c.how or ''} {c.what} {c.happened}" for c in of_one_command)
            yield self._clerk.item(
                said,
                first.entered_on,
                self._together(of_one_command),
                source=first.source or "form_of_the_programme_office",
                dated=date.fromisoformat(first.dated) if first.dated else None,
                why=first.why,
                late=bool(first.entered),
            )

    def _together(self, cases: list[Case]) -> Act:
        def act(desk: Desk) -> None:
            for case in cases:
                enter(desk, case, self.fellows[case.cohort, case.fellow], self.cohort_ids)

        return act

    def _facts(self) -> Iterator[Item]:
        """The five kinds of facts, of those who took part."""
        clerk, organisations = self._clerk, self.organisation_ids
        by_cohort = [[fellow for fellow in self.fellows.values() if fellow.intake is intake] for intake in self.intakes]
        for fellows in by_cohort:
            number = fellows[0].intake.number
            yield from session.taught(clerk, self.cohort_ids[number], self.meetings[number], self.fellows.values())
            yield from secondment.released(clerk, fellows, organisations)
            yield from coaching.coached(clerk, fellows, self._coaches[number])
            yield from project.improved(clerk, fellows, organisations)
            yield from career.followed(clerk, fellows, organisations)
