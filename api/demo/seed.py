"""The commands of the demonstration, made of its plan, in the order in which they were recorded."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from api.codes import claim
from api.demo.acts import ENDINGS, Fellow, absences, declare_background, enter, offer, submit
from api.demo.invented import Someone, identifier, people
from api.demo.plan import CASES, ESTABLISHED, INTAKES, PROGRAMME, SEED, TITLE, WORKS, Case, Intake
from domain import cohort as cohorts
from domain import programme as programmes
from domain.accreditation import ACCREDITATION, register_for_credit
from domain.cohort import COHORT
from domain.event import Event, Stated
from domain.fellowship import FELLOWSHIP
from domain.fellowship_events import FellowshipCompleted, PlaceConfirmed
from domain.installation import INSTALLATION, DemonstrationDeclared
from domain.programme import PROGRAMME as PROGRAMMES
from domain.stream import Stream
from domain.values import LONDON, AccreditationId, ActorId, CohortId, FellowshipId, Happened, ProgrammeId, WorkId
from infra.command import Command, Entering
from infra.desk import Desk
from infra.event_log import Act, EventLog

PRINCIPAL = "demonstration"
APPROVAL = "LQEH-2012-03"
_DAY = timedelta(days=1)


class Item(NamedTuple):
    """One command of the seed, and what it does."""

    command: Command
    act: Act


class Seed:
    """Everything that the demonstration records. Two of them for one installation are the same."""

    def __init__(self, installation: str, log: EventLog) -> None:
        self._random = Random(SEED)
        self._log = log
        self._installation = installation
        self._office = identifier(self._random, ActorId)
        self._university = identifier(self._random, ActorId)
        self.programme_id = identifier(self._random, ProgrammeId)
        self.cohort_ids: Mapping[int, CohortId] = {
            intake.year: identifier(self._random, CohortId) for intake in INTAKES
        }
        self._works = {
            (intake.year, work.title): identifier(self._random, WorkId) for intake in INTAKES for work in WORKS
        }
        self.fellows = self._fellows()
        items = [*self._beginning(), *self._intakes(), *self._courses(), *self._cases()]
        self.items = sorted(items, key=lambda item: item.command.recorded_at or datetime.min.replace(tzinfo=LONDON))

    def _fellows(self) -> dict[tuple[int, int], Fellow]:
        invented: Iterator[Someone] = iter(people(self._random, sum(intake.fellows for intake in INTAKES)))
        return {
            (intake.year, number): Fellow(
                next(invented),
                identifier(self._random, FellowshipId),
                identifier(self._random, AccreditationId),
                self.cohort_ids[intake.year],
                intake,
                number,
            )
            for intake in INTAKES
            for number in range(1, intake.fellows + 1)
        }

    def _item(
        self,
        said: str,
        entered: date,
        act: Act,
        *,
        hour: int | None = None,
        source: str | None = None,
        dated: str = "",
        why: str = "",
        late: bool = False,
        university: bool = False,
    ) -> Item:
        """A command entered in office hours of a day, or of the first working day after it."""
        while entered.weekday() >= 5:
            entered += _DAY
        hour = hour or self._random.randint(10, 16)
        minute, second = self._random.randint(0, 59), self._random.randint(0, 59)
        stated = Stated(
            actor=self._university if university else self._office,
            role="university registry" if university else "programme office",
            source=source,
            source_dated=date.fromisoformat(dated) if dated else None,
            reason=why or None,
        )
        command = Command(
            principal=PRINCIPAL,
            id=str(UUID(bytes=hashlib.sha256(said.encode()).digest()[:16], version=4)),
            body=said.encode(),
            stated=stated,
            entering=Entering.LATE if late else Entering.NOW,
            recorded_at=datetime(entered.year, entered.month, entered.day, hour, minute, second, tzinfo=LONDON),
        )
        return Item(command, act)

    def _beginning(self) -> Iterator[Item]:
        def declare(desk: Desk) -> None:
            desk.record(INSTALLATION, self._installation, DemonstrationDeclared(), Happened(ESTABLISHED))

        def establish(desk: Desk) -> None:
            event = programmes.ProgrammeEstablished(code=PROGRAMME, title=TITLE)
            claim(self._log, desk, PROGRAMMES.of(self.programme_id), event)
            desk.record(PROGRAMMES, self.programme_id, event, Happened(ESTABLISHED))

        yield self._item("declared", ESTABLISHED, declare, hour=8)
        yield self._item("established", ESTABLISHED, establish, hour=9, source="minutes of the programme board")

    def _intakes(self) -> Iterator[Item]:
        for intake in INTAKES:
            year, identity = intake.year, self.cohort_ids[intake.year]
            planned = date(year - 1, 11, 21)
            yield self._item(
                f"{year} planned", planned, self._plan(intake, planned), source="minutes of the programme board"
            )
            steps: tuple[tuple[date, Event], ...] = (
                (date(year, 3, 5), cohorts.RecruitmentOpened()),
                (date(year, 4, 20), cohorts.RecruitmentClosed()),
                (date(year, 7, 23), cohorts.CohortConfirmed()),
                (intake.starts_on, cohorts.CohortStarted()),
                (intake.ends_on, cohorts.CohortEnded()),
                (date(year + 2, 3, 31), cohorts.CohortClosed()),
            )
            for day, event in steps:
                yield self._item(f"{year} {event.kind}", day, _plainly(COHORT, identity, event, day), hour=9)

    def _plan(self, intake: Intake, day: date) -> Act:
        year, identity = intake.year, self.cohort_ids[intake.year]

        def act(desk: Desk) -> None:
            adopted = programmes.ProgrammeVersionAdopted(
                programme_version=str(year),
                attendance_percent=80,
                charter_required=True,
                report_required=True,
                coaching_sessions=intake.coaching_sessions,
                set_meetings=intake.set_meetings,
            )
            desk.record(PROGRAMMES, self.programme_id, adopted, Happened(day))
            cohort = cohorts.plan_cohort(
                desk.fold(PROGRAMMES, self.programme_id, on=day),
                programme_id=self.programme_id,
                programme_version=str(year),
                code=intake.code,
                starts_on=intake.starts_on,
                ends_on=intake.ends_on,
                capacity=intake.capacity,
            )
            claim(self._log, desk, COHORT.of(identity), cohort)
            desk.record(COHORT, identity, cohort, Happened(day))
            for work in WORKS:
                asked = cohorts.WorkSet(
                    work_id=self._works[year, work.title],
                    title=work.title,
                    form=work.form,
                    due_on=date(year + 1, work.month, work.day),
                    weight=Decimal(work.weight),
                )
                desk.record(COHORT, identity, asked, Happened(day))

        return act

    def _courses(self) -> Iterator[Item]:
        """What happens to every fellow for whom the plan does not say otherwise."""
        for (year, number), fellow in self.fellows.items():
            said = {case.what for case in CASES if (case.cohort, case.fellow) == (year, number) and not case.how}
            name, intake = f"{year}/{number}", fellow.intake
            offered = date(year, 5, 14)
            accepted = offered + self._random.randint(2, 18) * _DAY
            confirmed = date(year, 6, 20) + self._random.randint(0, 24) * _DAY
            yield self._item(f"{name} offered", offered, offer(fellow, offered), source="application form")
            if "accepted" not in said:
                act = self._together([Case(year, number, "accepted", str(accepted))])
                yield self._item(f"{name} accepted", accepted, act, source="letter of acceptance")
            if "confirmed" not in said:
                act = _plainly(FELLOWSHIP, fellow.fellowship_id, PlaceConfirmed(), confirmed)
                agreement = f"release agreement, {fellow.someone.organisation.words}"
                yield self._item(f"{name} confirmed", confirmed, act, source=agreement)
            if self._random.random() < 0.9:
                told = confirmed + 2 * _DAY
                yield self._item(f"{name} background", told, declare_background(fellow, told), source="monitoring form")
            if "place_given_up" in said:
                continue
            if "started" not in said:
                act = self._together([Case(year, number, "started", str(intake.starts_on))])
                yield self._item(f"{name} started", intake.starts_on, act, source="register of the first day")
            if not said.intersection(ENDINGS):
                act = _plainly(FELLOWSHIP, fellow.fellowship_id, FellowshipCompleted(), intake.ends_on)
                yield self._item(f"{name} completed", intake.ends_on, act, source="list of the programme board")
            yield from self._study(fellow)

    def _study(self, fellow: Fellow) -> Iterator[Item]:
        """The fellow's registration with the university, and the work handed in while in the programme."""
        name, year = f"{fellow.intake.year}/{fellow.number}", fellow.intake.year
        registered = fellow.intake.starts_on + self._random.randint(28, 60) * _DAY
        number = f"M{self._random.randint(10**7, 10**8 - 1)}"

        def register(desk: Desk) -> None:
            place = desk.fold(FELLOWSHIP, fellow.fellowship_id, on=registered)
            event = register_for_credit(
                place, fellowship_id=fellow.fellowship_id, approval=APPROVAL, student_number=number
            )
            desk.record(ACCREDITATION, fellow.accreditation_id, event, Happened(registered))

        yield self._item(f"{name} registered", registered, register, source="university return", university=True)
        away = absences(fellow)
        for work in WORKS:
            day = date(year + 1, work.month, work.day) - self._random.randint(0, 9) * _DAY
            digest = self._random.randbytes(32).hex()
            if any(since <= day <= until for since, until in away):
                continue
            act = submit(fellow, self._works[year, work.title], day, digest)
            yield self._item(f"{name} {work.title}", day, act, source="university return", university=True)

    def _cases(self) -> Iterator[Item]:
        """What befell fellows out of the ordinary; cases that belong together are one command."""
        numbered = [(case.cohort, case.together or str(number), case) for number, case in enumerate(CASES)]
        for _, together in groupby(numbered, key=lambda each: each[:2]):
            cases = [case for *_, case in together]
            first = cases[0]
            said = " & ".join(f"{c.cohort}/{c.fellow} {c.how or ''} {c.what} {c.happened}" for c in cases)
            entered = date.fromisoformat(first.entered or first.happened)
            yield self._item(
                said,
                entered,
                self._together(cases),
                source=first.source or "form of the programme office",
                dated=first.dated,
                why=first.why,
                late=bool(first.entered),
            )

    def _together(self, cases: list[Case]) -> Act:
        def act(desk: Desk) -> None:
            for case in cases:
                fellow = self.fellows[case.cohort, case.fellow]
                enter(desk, case, fellow, self.cohort_ids)

        return act


def _plainly(stream: Stream[Any], identifier: str, event: Event, day: date) -> Act:
    """Record a fact that nothing needs to be decided about."""
    return lambda desk: desk.record(stream, identifier, event, Happened(day))
