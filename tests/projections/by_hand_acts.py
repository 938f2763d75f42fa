"""What an office does in the small history of `tests.projections.by_hand_story`, act by act."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.career import CAREER
from domain.career_decisions import promote, record_role_at_entry
from domain.career_events import (
    LastContactConfirmed,
    PayFramework,
    Profession,
    PromotionBasis,
    QiRemit,
    RemitSource,
    RoleEnded,
    RoleRecorded,
)
from domain.coaching import COACHING
from domain.coaching_decisions import change_coach, contract_coaching, hold_coaching_session
from domain.event import Event
from domain.expectation import open_register
from domain.fellowship import FELLOWSHIP
from domain.project import PROJECT, join_project
from domain.project_events import ProjectProposed
from domain.session import SESSION
from domain.session_decisions import complete_catch_up, deliver_session, record_attendance, waive_expectation
from domain.session_events import FellowExpected, Mark
from domain.stream import Stream
from domain.values import CoachingId, FellowshipId, Happened, Precision, ProjectId, RoleId, SessionId
from infra.log.desk import Desk
from infra.log.entries import of_streams
from tests.office import Office

TODAY = date(2020, 1, 1)
BAND = PayFramework.AGENDA_FOR_CHANGE


class Acts:
    """The acts, and everybody and everything they are about."""

    def __init__(self, office: Office, *, in_its_years: bool = False) -> None:
        """`in_its_years`: each part is recorded in the year in which it was learned, where the database allows it."""
        self.office, self._in_its_years = office, in_its_years
        self.in_year(2013)
        programme = office.programme()
        self.first, self.second = office.cohort(programme, 2013), office.cohort(programme, 2014)
        names = ("Ada", "Ben", "Cyn", "Dev", "Eve")
        self.fellows = {name: FellowshipId.new() for name in names}
        self.people = {name: office.person() for name in names}
        self.coaches = {name: office.person() for name in ("Gil", "Hal", "Ivo")}
        self.sessions = {name: SessionId.new() for name in ("S1", "S2", "S3", "S4", "S5")}
        self.coaching = {name: CoachingId.new() for name in ("Gil", "Hal", "Ivo")}
        self.projects = ProjectId.new(), ProjectId.new()
        self.roles = {name: RoleId.new() for name in names}

    def in_year(self, year: int, *, ended: bool = False) -> None:
        """What follows is recorded on the last day of that year, or, where that has ended, the day after."""
        if self._in_its_years:
            self.office.recording_at = datetime(year, 12, 31, 12, tzinfo=UTC) + timedelta(days=ended)

    def fact(
        self, stream: Stream[Any], identifier: str, day: date, event: Event, precision: Precision = Precision.DAY
    ) -> None:
        """A fact that asks nothing of the history."""
        self.office.do(lambda desk: desk.record(stream, identifier, event, Happened(day, precision)))

    def held(
        self,
        name: str,
        day: date,
        minutes: int,
        marks: Mapping[str, Mark | int],
        *,
        due: set[str],
        waived: tuple[str, ...] = (),
    ) -> None:
        """A session was held: its register opened with those due, it was delivered, and these are the marks."""
        session = self.sessions[name]

        def act(desk: Desk) -> None:
            fellowships = {each: desk.fold(FELLOWSHIP, each, on=day) for each in self.fellows.values()}
            opened = open_register(desk.fold(SESSION, session), fellowships)
            expected = {event.fellowship_id for event in opened if isinstance(event, FellowExpected)}
            assert expected == {self.fellows[each] for each in due}
            for event in opened:
                desk.record(SESSION, session, event, Happened(day))
            for each in waived:
                event = waive_expectation(desk.fold(SESSION, session), fellowship_id=self.fellows[each])
                desk.record(SESSION, session, event, Happened(day))
            delivered = deliver_session(desk.fold(SESSION, session), today=TODAY, minutes=minutes)
            desk.record(SESSION, session, delivered, Happened(day))
            for each, mark in marks.items():
                part = mark if isinstance(mark, int) else None
                event = record_attendance(
                    desk.fold(SESSION, session),
                    fellowships[self.fellows[each]],
                    fellowship_id=self.fellows[each],
                    mark=Mark.PART if isinstance(mark, int) else mark,
                    minutes=part,
                    today=TODAY,
                )
                desk.record(SESSION, session, event, Happened(day))

        self.office.do(act)

    def catch_up(self, name: str, who: str, day: date, minutes: int) -> None:
        """A fellow made up for a session."""
        session, fellowship = self.sessions[name], self.fellows[who]

        def act(desk: Desk) -> None:
            event = complete_catch_up(
                desk.fold(SESSION, session),
                desk.fold(FELLOWSHIP, fellowship, on=day),
                fellowship_id=fellowship,
                on=day,
                today=TODAY,
                minutes=minutes,
            )
            desk.record(SESSION, session, event, Happened(day))

        self.office.do(act)

    def versions(self, stream: Stream[Any], identifier: str, kind: type[Event]) -> list[int]:
        """The versions of the entries of a kind, in the order they were recorded."""
        with self.office.reading() as connection:
            entries = of_streams(connection, [stream.of(identifier)], self.office.known())
        return [entry.version for entry in entries if type(entry.event) is kind]

    def entry(self, who: str, day: date) -> None:
        """The role in which a fellow entered: of Cyn's it is known that she trained others, of Ben's nothing."""
        remit = {"Cyn": QiRemit.TRAINING_OTHERS, "Ben": QiRemit.NOT_KNOWN}.get(who, QiRemit.NONE)

        def act(desk: Desk) -> None:
            event = record_role_at_entry(
                desk.fold(FELLOWSHIP, self.fellows[who], on=day),
                fellowship_id=self.fellows[who],
                role_id=self.roles[who],
                profession=Profession.NURSE,
                framework=BAND,
                band="7",
                qi_remit=remit,
                qi_remit_source=None if remit is QiRemit.NOT_KNOWN else RemitSource.JOB_DESCRIPTION,
            )
            desk.record(CAREER, self.people[who], event, Happened(day))

        self.office.do(act)

    def promotion(self, who: str, happened: Happened) -> None:
        """A promotion to 8a."""
        person = self.people[who]

        def act(desk: Desk) -> None:
            career = desk.fold(CAREER, person, on=happened.day)
            event = promote(career, person_id=person, framework=BAND, band="8a", basis=PromotionBasis.HIGHER_BAND)
            desk.record(CAREER, person, event, happened)

        self.office.do(act)

    def ada_moves_up(self) -> None:
        """Ada leaves her role for one with the remit to improve, and is promoted by it."""
        ada = self.people["Ada"]
        self.fact(CAREER, ada, date(2015, 2, 28), RoleEnded(person_id=ada, role_id=self.roles["Ada"]))
        role = RoleRecorded(
            person_id=ada,
            role_id=RoleId.new(),
            profession=Profession.NURSE,
            framework=BAND,
            band="8a",
            qi_remit=QiRemit.IMPROVEMENT,
            qi_remit_source=RemitSource.EMPLOYER,
        )
        self.fact(CAREER, ada, date(2015, 3, 1), role)
        self.promotion("Ada", Happened(date(2015, 3, 1)))

    def contact(self, who: str, day: date) -> None:
        """Somebody was met in the roles recorded."""
        self.fact(CAREER, self.people[who], day, LastContactConfirmed(person_id=self.people[who]))

    def contract(self, coach: str, who: str) -> None:
        """Coaching of nine hours was agreed."""
        day = date(2013, 10, 1)

        def act(desk: Desk) -> None:
            fellow = desk.fold(FELLOWSHIP, self.fellows[who], on=day)
            event = contract_coaching(
                fellow, fellowship_id=self.fellows[who], coach_id=self.coaches[coach], on=day, entitlement_minutes=540
            )
            desk.record(COACHING, self.coaching[coach], event, Happened(day))

        self.office.do(act)

    def coach(self, coach: str, who: str, day: date, minutes: int) -> None:
        """A coaching session was held."""

        def act(desk: Desk) -> None:
            fellow = desk.fold(FELLOWSHIP, self.fellows[who], on=day)
            event = hold_coaching_session(fellow, on=day, today=TODAY, minutes=minutes)
            desk.record(COACHING, self.coaching[coach], event, Happened(day))

        self.office.do(act)

    def change_coach(self, day: date) -> None:
        """Ada goes on with Hal, who takes over all that is left."""
        gil, hal = self.coaching["Gil"], self.coaching["Hal"]

        def act(desk: Desk) -> None:
            changed, contracted = change_coach(
                desk.fold(COACHING, gil, on=day),
                desk.fold(FELLOWSHIP, self.fellows["Ada"], on=day),
                on=day,
                coaching_id=gil,
                continued_by=hal,
                coach_id=self.coaches["Hal"],
            )
            desk.record(COACHING, gil, changed, Happened(day))
            desk.record(COACHING, hal, contracted, Happened(day))

        self.office.do(act)

    def propose(self, project: ProjectId, title: str, *fellows: str) -> None:
        """A project was proposed, and these took it on."""
        day = date(2013, 11, 1)

        def act(desk: Desk) -> None:
            desk.record(PROJECT, project, ProjectProposed(title=title), Happened(day))
            for who in fellows:
                fellow = desk.fold(FELLOWSHIP, self.fellows[who], on=day)
                event = join_project(fellow, fellowship_id=self.fellows[who])
                desk.record(PROJECT, project, event, Happened(day))

        self.office.do(act)
