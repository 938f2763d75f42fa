"""The record that is measured: a seeded programme of many cohorts over ten years, as facts in the order of recording.

A cohort has eighteen fellows, thirteen sessions with a register, and seven pieces of work; a fellow has a person, a
fellowship, a registration for credit and a project: some fifty facts. Two in a hundred facts are recorded late, by
three weeks to four months, and one in a hundred is corrected later, some with another day.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from heapq import heapify, heappop, heappush
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from domain.accreditation import ACCREDITATION, RegisteredForCredit, WorkSubmitted
from domain.cohort import (
    COHORT,
    CohortClosed,
    CohortConfirmed,
    CohortEnded,
    CohortPlanned,
    CohortStarted,
    RecruitmentClosed,
    RecruitmentOpened,
    WorkSet,
)
from domain.cohort_state import WorkForm
from domain.event import Event
from domain.fellowship import FELLOWSHIP
from domain.fellowship_events import (
    FellowshipCompleted,
    FellowshipDeferred,
    FellowshipNotCompleted,
    FellowshipPaused,
    FellowshipResumed,
    FellowshipStarted,
    FellowshipTakenUp,
    FellowshipWithdrawn,
    PlaceAccepted,
    PlaceConfirmed,
    PlaceOffered,
)
from domain.fellowship_reasons import DeferralReason, Ground, LeavingReason, PauseReason
from domain.person import PERSON, PersonRecorded
from domain.programme import PROGRAMME, ProgrammeEstablished, ProgrammeVersionAdopted
from domain.project import PROJECT
from domain.project_events import (
    BaselineFrozen,
    BaselineReason,
    CharterApproved,
    CycleDecision,
    FellowJoinedProject,
    Outcome,
    PdsaCycleConcluded,
    Prediction,
    ProjectProposed,
    ProjectReported,
)
from domain.session import SESSION
from domain.session_events import (
    AttendanceRecorded,
    FellowExpected,
    Mark,
    RegisterOpened,
    RegisterSigned,
    SessionDelivered,
    SessionScheduled,
)
from domain.stream import Stream
from domain.values import (
    AccreditationId,
    CohortId,
    FellowshipId,
    Happened,
    Id,
    PersonId,
    ProgrammeId,
    ProjectId,
    SessionId,
    WorkId,
)

N = TypeVar("N", bound=Id)

BEGINS, YEARS = date(2013, 1, 1), 10
FELLOWS, SESSIONS, WORKS = 18, 13, 7
"""Of each cohort."""
EVENTS_EACH = 50
"""Events that a person's story makes, cohort and sessions shared out: so a size in events tells how many people."""
LATE, CORRECTED = 0.008, 0.01
"""Of the facts. What comes after a late one in its story is late with it, which makes two in a hundred in all."""


@dataclass(slots=True, eq=False)
class Fact:
    """One entry to be recorded: on which day it comes to the record, and what it corrects."""

    recorded: date
    stream: Stream[Any]
    identifier: Id
    event: Event
    day: date
    sets: tuple[str, ...] = ()
    """The sets it belongs to besides the streams that it names."""
    corrects: "Fact | None" = None
    version: int = 0
    position: int = 0
    """Both are known once it is written."""

    @property
    def happened(self) -> Happened:
        """When it happened."""
        return Happened(self.day)


@dataclass(slots=True)
class Story:
    """One cohort's facts, being written."""

    random: Random
    facts: list[Fact] = field(default_factory=list[Fact])

    def new(self, kind: type[N]) -> N:
        """An identifier out of the seed."""
        return kind(UUID(int=self.random.getrandbits(128), version=4))

    def add(
        self, stream: Stream[Any], identifier: Id, event: Event, day: date, *sets: str, after: Fact | None = None,
        loose: bool = False,
    ) -> Fact:  # fmt: skip
        """Enter a fact; not before the one it comes `after`. A `loose` one may come to the record out of order."""
        recorded = day
        if self.random.random() < LATE:
            recorded += timedelta(days=self.random.randrange(20, 120))
        if after is not None:
            recorded = max(recorded, after.recorded)
        fact = Fact(recorded, stream, identifier, event, day, sets)
        self.facts.append(fact)
        if self.random.random() < CORRECTED:
            moved = timedelta(days=self.random.randrange(-2, 3)) if loose else timedelta()
            since = recorded + timedelta(days=self.random.randrange(1, 60))
            self.facts.append(Fact(since, stream, identifier, event, day + moved, sets, corrects=fact))
        return fact


def facts(size: int, *, seed: int = 1) -> Iterator[Fact]:
    """So many facts, in the order in which they come to the record. The same size and seed give the same facts."""
    cohorts = -(-size * 104 // (100 * EVENTS_EACH * FELLOWS))
    programme = Story(Random(f"{seed}/programme"))
    programme_id = programme.new(ProgrammeId)
    early = BEGINS - timedelta(days=400)
    first = programme.add(PROGRAMME, programme_id, ProgrammeEstablished(code="QIF", title="Quality"), early)
    programme.add(PROGRAMME, programme_id, ProgrammeVersionAdopted(programme_version="1"), early, after=first)
    waiting = [(fact.recorded, -1, order, fact) for order, fact in enumerate(programme.facts)]
    heapify(waiting)
    left = size
    for number in range(cohorts):
        starts = BEGINS + timedelta(days=number * YEARS * 365 // cohorts)
        while waiting and waiting[0][0] < starts - timedelta(days=300):
            yield heappop(waiting)[3]
            if not (left := left - 1):
                return
        for order, fact in enumerate(_cohort(seed, number, cohorts, programme_id, starts)):
            heappush(waiting, (fact.recorded, number, order, fact))
    while waiting and left:
        yield heappop(waiting)[3]
        left -= 1


def cohort_id(seed: int, number: int) -> CohortId:
    """The identifier of a cohort by its number, so that others can defer to it."""
    return Story(Random(f"{seed}/cohort/{number}")).new(CohortId)


def _cohort(seed: int, number: int, cohorts: int, programme: ProgrammeId, starts: date) -> list[Fact]:
    story = Story(Random(f"{seed}/{number}"))
    cohort, later = cohort_id(seed, number), cohort_id(seed, min(number + 3, cohorts - 1))
    sets = f"places:{cohort}", f"starts:{cohort}"
    ends = starts + timedelta(days=364)
    planned = CohortPlanned(
        programme_id=programme, programme_version="1", code=f"QIF-{number}", starts_on=starts, ends_on=ends
    )
    fact = story.add(COHORT, cohort, planned, starts - timedelta(days=300), *sets)
    fact = story.add(COHORT, cohort, RecruitmentOpened(), starts - timedelta(days=250), *sets, after=fact)
    works = [story.new(WorkId) for _ in range(WORKS)]
    for n, work in enumerate(works):
        due = starts + timedelta(days=50 * (n + 1))
        asked = WorkSet(work_id=work, title=f"Piece of work {n + 1}", form=WorkForm.PROJECT_REPORT, due_on=due)
        story.add(COHORT, cohort, asked, starts - timedelta(days=240), *sets, after=fact)
    fact = story.add(COHORT, cohort, RecruitmentClosed(), starts - timedelta(days=120), *sets, after=fact)
    fact = story.add(COHORT, cohort, CohortConfirmed(), starts - timedelta(days=100), *sets, after=fact)
    fact = story.add(COHORT, cohort, CohortStarted(), starts, *sets, after=fact)
    fact = story.add(COHORT, cohort, CohortEnded(), ends, *sets, after=fact)
    story.add(COHORT, cohort, CohortClosed(), ends + timedelta(days=60), *sets, after=fact)
    fellows = [_fellow(story, programme, cohort, later, works, starts) for _ in range(FELLOWS)]
    for n in range(SESSIONS):
        _session(story, cohort, f"Module {n + 1}", starts + timedelta(days=14 + 28 * n), fellows)
    return story.facts


def _fellow(
    story: Story, programme: ProgrammeId, cohort: CohortId, later: CohortId, works: list[WorkId], starts: date
) -> tuple[FellowshipId, PersonId, date]:
    """A fellow's own story; the fellowship, the person, and the day on which they left."""
    draw, person, fellowship = story.random, story.new(PersonId), story.new(FellowshipId)
    places, holder, accepted = f"places:{cohort}", f"holder:{person}", starts - timedelta(days=draw.randrange(125, 180))

    def on(after: int) -> date:
        return starts + timedelta(days=after)

    def befell(event: Event, day: date, *sets: str) -> Fact:
        return story.add(FELLOWSHIP, fellowship, event, day, *sets, after=chain, loose=True)

    recorded = PersonRecorded(person_id=person, name=f"Fellow {fellowship[:8]}", email=f"{fellowship[:8]}@example.org")
    chain = story.add(PERSON, person, recorded, accepted - timedelta(days=20), holder)
    offered = PlaceOffered(person_id=person, cohort_id=cohort, programme_id=programme)
    chain = befell(offered, accepted - timedelta(days=10))
    chain = befell(PlaceAccepted(person_id=person, cohort_id=cohort, programme_id=programme), accepted, places, holder)
    chain = befell(PlaceConfirmed(), accepted + timedelta(days=20))
    chain = befell(FellowshipStarted(), on(0), f"starts:{cohort}")
    left = on(364)
    fate = draw.random()
    if fate < 0.06:
        chain = befell(FellowshipPaused(person_id=person, reason=PauseReason.PARENTAL_LEAVE), on(80))
        chain = befell(FellowshipResumed(), on(80 + draw.randrange(20, 90)))
    elif fate < 0.10 and later != cohort:
        deferred = FellowshipDeferred(
            person_id=person, from_cohort_id=cohort, to_cohort_id=later, reason=DeferralReason.SERVICE_PRESSURE
        )
        chain = befell(deferred, on(70), places, f"places:{later}", holder)
        chain = befell(FellowshipTakenUp(cohort_id=later), on(150), f"places:{later}", f"starts:{later}", holder)
        places = f"places:{later}"
    elif fate < 0.20:
        left = on(draw.randrange(60, 300))
    if left < on(364):
        befell(FellowshipWithdrawn(person_id=person, reason=LeavingReason.WORKLOAD), left, places, holder)
    elif draw.random() < 0.9:
        befell(FellowshipCompleted(), left, places, holder)
    else:
        befell(FellowshipNotCompleted(person_id=person, ground=Ground.PROJECT_NOT_REPORTED), left, places, holder)
    _work(story, person, fellowship, cohort, works, starts, left)
    return fellowship, person, left


def _work(
    story: Story, person: PersonId, fellowship: FellowshipId, cohort: CohortId, works: list[WorkId], starts: date,
    left: date,
) -> None:  # fmt: skip
    accreditation, project = story.new(AccreditationId), story.new(ProjectId)
    registered = RegisteredForCredit(fellowship_id=fellowship, person_id=person, student_number=f"M{fellowship[:8]}")
    first = story.add(ACCREDITATION, accreditation, registered, starts + timedelta(days=3))
    for n, work in enumerate(works):
        if (day := starts + timedelta(days=48 * (n + 1))) < left:
            submitted = WorkSubmitted(cohort_id=cohort, work_id=work)
            story.add(ACCREDITATION, accreditation, submitted, day, after=first, loose=True)
    first = story.add(
        PROJECT, project, ProjectProposed(title="Sepsis six within the hour"), starts + timedelta(days=20)
    )
    joined = FellowJoinedProject(fellowship_id=fellowship, person_id=person)
    story.add(PROJECT, project, joined, starts + timedelta(days=20), after=first)
    steps: list[tuple[int, Event]] = [
        (50, CharterApproved(aim="Antibiotics within one hour for nine in ten by June")),
        (90, BaselineFrozen(points=14, reason=BaselineReason.ENOUGH_POINTS)),
        *((120 + 40 * n, _cycle(n + 1)) for n in range(5)),
        (340, ProjectReported()),
    ]
    for after, event in steps:
        if (day := starts + timedelta(days=after)) < left:
            story.add(PROJECT, project, event, day, after=first, loose=True)


def _cycle(number: int) -> PdsaCycleConcluded:
    return PdsaCycleConcluded(
        cycle=number, prediction=Prediction.IMPROVEMENT, outcome=Outcome.NO_CHANGE, decision=CycleDecision.ADAPT
    )


def _session(
    story: Story, cohort: CohortId, module: str, day: date, fellows: list[tuple[FellowshipId, PersonId, date]]
) -> None:
    session, before = story.new(SessionId), day - timedelta(days=10)
    scheduled = SessionScheduled(cohort_id=cohort, module=module, held_on=day, minutes=360)
    first = story.add(SESSION, session, scheduled, before - timedelta(days=20))
    first = story.add(SESSION, session, RegisterOpened(), before, after=first)
    delivered = story.add(SESSION, session, SessionDelivered(minutes=360), day, after=first)
    last = delivered
    for fellowship, person, left in fellows:
        if left > day:
            expected = story.add(
                SESSION, session, FellowExpected(fellowship_id=fellowship, person_id=person), before, after=first
            )
            mark = story.random.choice((Mark.PRESENT,) * 6 + (Mark.LATE, Mark.ABSENT_AUTHORISED))
            marked = AttendanceRecorded(fellowship_id=fellowship, person_id=person, mark=mark)
            last = story.add(SESSION, session, marked, day, after=expected)
    story.add(SESSION, session, RegisterSigned(), day, after=last)
