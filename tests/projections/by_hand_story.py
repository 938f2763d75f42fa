"""The small history behind `tests.projections.by_hand`, recorded as an office would: in order of knowing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.coaching import COACHING
from domain.coaching_events import CoachingSessionCancelled, CoachingSessionHeld, Notice, Side
from domain.fellowship_events import FellowshipCompleted, FellowshipResumed
from domain.project import PROJECT
from domain.project_events import (
    BaselineFrozen,
    BaselineReason,
    CharterApproved,
    CycleDecision,
    ImprovementAdopted,
    Outcome,
    PdsaCycleConcluded,
    Prediction,
    ProjectHandedOver,
    ProjectReported,
    Sustainability,
    SustainabilityAssessed,
)
from domain.session import SESSION
from domain.session_events import AttendanceRecorded, Mark, RegisterSigned, SessionCancelled, SessionScheduled
from domain.values import CohortId, FellowshipId, Happened, PersonId, Precision, SessionId, SiteId
from infra.log.command import Entering
from tests.projections.by_hand_acts import Acts

D = date


@dataclass(frozen=True)
class Told:
    """Who and what the history is about, and the positions at which it was known so far."""

    cohort: CohortId
    fellows: Mapping[str, FellowshipId]
    people: Mapping[str, PersonId]
    sessions: Mapping[str, SessionId]
    known: Mapping[str, int]


class Story(Acts):
    """Records the history."""

    def tell(self) -> Told:
        """All of it."""
        known: dict[str, int] = {}
        parts = (("K1", 2013, self.until_2013), ("K2", 2015, self.until_2015), ("K3", 2017, self.until_2017))
        for name, year, part in (*parts, ("K3", 2019, self.until_2019)):
            self.in_year(year)
            part()
            known[name] = self.office.known()
            self.in_year(year, ended=True)
            self.office.programme()  # of no interest here; but with it the record has gone on
        return Told(self.first, self.fellows, self.people, self.sessions, known)

    def until_2013(self) -> None:
        """The autumn, as recorded at the time."""
        office = self.office
        for name, fellowship in self.fellows.items():
            late = name == "Dev"
            day = D(2013, 11, 1) if late else D(2013, 9, 1)
            accepted = D(2013, 10, 20) if late else D(2013, 6, 1)
            office.do(office.accepting(fellowship, self.people[name], self.first, accepted))
            office.do(office.confirming(fellowship, accepted))
            office.do(office.starting(fellowship, self.first, day))
            self.entry(name, day)
        planned = {
            "S1": (D(2013, 10, 7), 360),
            "S2": (D(2013, 12, 2), 240),
            "S3": (D(2014, 1, 20), 300),
            "S4": (D(2014, 3, 10), 300),
            "S5": (D(2014, 6, 2), 360),
        }
        for name, (day, minutes) in planned.items():
            scheduled = SessionScheduled(cohort_id=self.first, module="Improvement", held_on=day, minutes=minutes)
            self.fact(SESSION, self.sessions[name], D(2013, 8, 1), scheduled)
        self.held(
            "S1",
            D(2013, 10, 7),
            360,
            {"Ada": Mark.PRESENT, "Ben": Mark.PRESENT, "Cyn": 180, "Eve": Mark.LATE},
            due={"Ada", "Ben", "Cyn", "Eve"},
        )
        self.fact(SESSION, self.sessions["S1"], D(2013, 10, 9), RegisterSigned())
        office.do(office.pausing(self.fellows["Cyn"], D(2013, 11, 20)))
        self.held(
            "S2",
            D(2013, 12, 2),
            240,
            {"Ada": Mark.PRESENT, "Dev": Mark.PRESENT, "Eve": Mark.PRESENT},
            due={"Ada", "Ben", "Dev", "Eve"},
        )
        self.contract("Gil", "Ada")
        self.contract("Ivo", "Cyn")
        self.coach("Gil", "Ada", D(2013, 10, 15), 90)
        self.coach("Gil", "Ada", D(2013, 12, 10), 90)
        self.coach("Ivo", "Cyn", D(2013, 10, 20), 90)
        ours, his = self.projects
        self.propose(ours, "Sepsis six within the hour", "Ada", "Dev")
        self.propose(his, "Discharge before noon", "Ben")
        charter = CharterApproved(aim="Nine in ten by June")
        self.fact(PROJECT, ours, D(2013, 11, 15), charter)
        self.fact(PROJECT, his, D(2013, 12, 1), charter)

    def until_2015(self) -> None:
        """The rest of the year and the first contacts after it; Ben's mark is corrected, his charter was an error."""
        office = self.office
        _, marked, *_ = self.versions(SESSION, self.sessions["S1"], AttendanceRecorded)
        absent = AttendanceRecorded(
            fellowship_id=self.fellows["Ben"],
            person_id=self.people["Ben"],
            mark=Mark.ABSENT_AUTHORISED,
            reason=None,
            note=None,
        )
        session = self.sessions["S1"]
        office.do(lambda desk: desk.correct(SESSION, session, marked, absent, Happened(D(2013, 10, 7))))
        office.do(office.deferring(self.fellows["Ben"], self.second, D(2014, 1, 15)))
        self.fact(SESSION, self.sessions["S3"], D(2014, 1, 18), SessionCancelled())
        office.do(office.stating(self.fellows["Cyn"], D(2014, 3, 1), FellowshipResumed))
        self.held(
            "S4",
            D(2014, 3, 10),
            300,
            {"Ada": Mark.ABSENT_UNAUTHORISED, "Cyn": Mark.PRESENT, "Dev": 150, "Eve": Mark.PRESENT},
            due={"Ada", "Cyn", "Dev", "Eve"},
        )
        self.catch_up("S4", "Ada", D(2014, 4, 15), 120)
        self.held(
            "S5",
            D(2014, 6, 2),
            330,
            {"Ada": Mark.PRESENT, "Dev": Mark.PRESENT},
            due={"Ada", "Cyn", "Dev", "Eve"},
            waived=("Cyn",),
        )
        for name in ("Ada", "Cyn", "Dev"):
            office.do(office.stating(self.fellows[name], D(2014, 8, 31), FellowshipCompleted))
        office.do(office.taking_up(self.fellows["Ben"], self.second, D(2014, 9, 1)))
        office.do(office.stating(self.fellows["Ben"], D(2015, 8, 31), FellowshipCompleted))
        lost = CoachingSessionCancelled(notice=Notice.LATE, by=Side.FELLOW, minutes_used=60)
        self.fact(COACHING, self.coaching["Gil"], D(2014, 2, 5), lost)
        self.change_coach(D(2014, 2, 20))
        self.coach("Hal", "Ada", D(2014, 3, 20), 90)
        ours, his = self.projects
        wrong = self.versions(PROJECT, his, CharterApproved)[0]
        office.do(lambda desk: desk.retract(PROJECT, his, wrong))
        self.fact(PROJECT, ours, D(2014, 1, 31), BaselineFrozen(points=14, reason=BaselineReason.ENOUGH_POINTS))
        cycle = PdsaCycleConcluded(
            cycle=1, prediction=Prediction.IMPROVEMENT, outcome=Outcome.IMPROVEMENT, decision=CycleDecision.ADOPT
        )
        self.fact(PROJECT, ours, D(2014, 4, 10), cycle)
        self.fact(PROJECT, ours, D(2014, 8, 20), ProjectReported())
        self.fact(PROJECT, ours, D(2015, 10, 1), ProjectHandedOver(), Precision.MONTH)
        self.contact("Dev", D(2014, 9, 30))
        self.ada_moves_up()
        self.contact("Ada", D(2015, 9, 15))

    def until_2017(self) -> None:
        """What was learned late, of Eve, of Cyn and of a coaching session; and what came of the project."""
        office = self.office
        office.do(office.withdrawing(self.fellows["Eve"], D(2014, 2, 10)), entering=Entering.LATE)
        self.promotion("Cyn", Happened(D(2014, 10, 1), Precision.MONTH))
        self.contact("Cyn", D(2016, 11, 1))
        gil, day = self.coaching["Gil"], D(2013, 12, 10)
        second = self.versions(COACHING, gil, CoachingSessionHeld)[1]
        shorter = CoachingSessionHeld(minutes=60)
        office.do(lambda desk: desk.correct(COACHING, gil, second, shorter, Happened(day)))
        ours, _ = self.projects
        self.fact(PROJECT, ours, D(2016, 5, 1), ImprovementAdopted(site_id=SiteId.new()))
        lasted = SustainabilityAssessed(months=12, sustainability=Sustainability.SUSTAINED)
        self.fact(PROJECT, ours, D(2016, 10, 5), lasted)

    def until_2019(self) -> None:
        """Whether it lasted was asked again, and told two years later."""
        ours, _ = self.projects
        lasted = SustainabilityAssessed(months=24, sustainability=Sustainability.SUSTAINED)
        self.fact(PROJECT, ours, D(2017, 10, 9), lasted)
