"""The law of the joined answer: attendance at (V, K) is what the streams themselves say, folded one by one."""

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.event import Event, Recorded
from domain.fellowship import FELLOWSHIP
from domain.fellowship_events import FellowshipResumed
from domain.fellowship_reasons import DeferralReason, LeavingReason, PauseReason
from domain.fellowship_state import ENDINGS, Fellowship, Standing
from domain.session import SESSION, undone_by_cancelling
from domain.session_events import (
    AttendanceRecorded,
    CatchUpCompleted,
    ExpectationWaived,
    FellowExpected,
    Mark,
    RegisterOpened,
    SessionCancelled,
    SessionDelivered,
    SessionRescheduled,
    SessionScheduled,
    WaiverReason,
)
from domain.session_state import Session, SessionStage
from domain.stream import Stream, Timeline
from domain.values import CohortId, FellowshipId, Happened, PersonId, SessionId
from infra.log.desk import Act, Desk
from infra.log.entries import of_streams
from infra.views.reading import At
from projections.attendance import attendance, register
from tests.office import Office

START = date(2013, 9, 1)
AWAY = ENDINGS | {Standing.PAUSED, Standing.DEFERRED}
MARKS = (Mark.PRESENT, Mark.PART, Mark.ABSENT_AUTHORISED, Mark.LATE)
REASONS = {
    "fellowship.paused": PauseReason.NOT_RECORDED,
    "fellowship.deferred": DeferralReason.NOT_RECORDED,
    "fellowship.withdrawn": LeavingReason.NOT_RECORDED,
    "session.expectation_waived": WaiverReason.EXEMPT,
}


def day(number: int) -> date:
    return START + timedelta(days=number)


ACTS = (
    *("deliver", "cancel", "open", "expect", "waive", "mark", "mark", "catch_up", "reschedule"),
    *("pause", "resume", "defer", "take_up", "withdraw"),
    *("correct", "move", "retract", "replace", "correct_fellowship", "retract_fellowship", "replace_fellowship"),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 2), st.integers(0, 10), st.integers(0, 9)),
    min_size=6,
    max_size=16,
)
Minutes = tuple[int, int, int, int, int, frozenset[str]]
"""Attended, expected so far, planned, unknown, caught up; the sessions at which a mark is contradicted."""


class World:
    """A cohort with three fellows, of whom one has moved to another cohort, and two sessions of it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        programme = office.programme()
        self.cohort, self.other = office.cohort(programme, 2013), office.cohort(programme, 2014)
        self.sessions = [SessionId.new() for _ in range(2)]
        self.fellows: dict[FellowshipId, PersonId] = {}
        for _ in range(3):
            fellowship, person = FellowshipId.new(), office.person()
            self.fellows[fellowship] = person
            office.do(office.accepting(fellowship, person, self.cohort, day(0)))
            office.do(office.confirming(fellowship, day(0)))
            office.do(office.starting(fellowship, self.cohort, day(1)))
        for number, session in enumerate(self.sessions):
            self.schedule(session, day(4 + 3 * number), marked=number == 0)
        moved = list(self.fellows)[2]
        office.do(office.deferring(moved, self.other, day(2)))
        office.do(office.taking_up(moved, self.other, day(3)))

    def schedule(self, session: SessionId, held_on: date, *, marked: bool) -> None:
        """A session; the first is held, with everybody there."""
        scheduled = SessionScheduled(cohort_id=self.cohort, module="Leading", held_on=held_on, minutes=120)

        def act(desk: Desk) -> None:
            desk.record(SESSION, session, scheduled, Happened(day(0)))
            if marked:
                desk.record(SESSION, session, RegisterOpened(), Happened(held_on))
                for fellow, person in self.fellows.items():
                    expected = FellowExpected(fellowship_id=fellow, person_id=person)
                    desk.record(SESSION, session, expected, Happened(held_on))
                desk.record(SESSION, session, SessionDelivered(minutes=100), Happened(held_on))
                for fellow in list(self.fellows)[:2]:
                    desk.record(SESSION, session, self.mark(fellow, Mark.PRESENT), Happened(held_on))

        self.office.do(act)

    def mark(self, fellow: FellowshipId, mark: Mark) -> AttendanceRecorded:
        """A mark; in part is half an hour."""
        return AttendanceRecorded(
            fellowship_id=fellow,
            person_id=self.fellows[fellow],
            mark=mark,
            minutes=30 if mark is Mark.PART else None,
            reason=None,
            note=None,
        )

    def chosen(self, name: str, number: int, on: int, other: int) -> Act:
        """One act, allowed or not."""
        office = self.office
        fellow, session = list(self.fellows)[number], self.sessions[other % 2]
        match name:
            case "pause":
                return office.pausing(fellow, day(on))
            case "resume":
                return office.stating(fellow, day(on), FellowshipResumed)
            case "defer":
                return office.deferring(fellow, self.other, day(on))
            case "take_up":
                return office.taking_up(fellow, self.other, day(on))
            case "withdraw":
                return office.withdrawing(fellow, day(on))
            case "correct_fellowship" | "retract_fellowship" | "replace_fellowship":
                return self.changing(name.removesuffix("_fellowship"), FELLOWSHIP, fellow, on, 3, other)
            case "correct" | "move" | "retract" | "replace":
                return self.changing(name, SESSION, session, on, 1, number + 3 * other)
            case _:
                return self.at_session(name, session, fellow, on)

    def at_session(self, name: str, session: SessionId, fellow: FellowshipId, on: int) -> Act:
        """An act at a session, on its own day."""
        who: dict[str, Any] = {"fellowship_id": fellow, "person_id": self.fellows[fellow]}

        def act(desk: Desk) -> None:
            held_on = desk.fold(SESSION, session).held_on or day(on)
            match name:
                case "cancel":
                    for version in undone_by_cancelling(desk.history(SESSION, session)):
                        desk.retract(SESSION, session, version)
                    desk.record(SESSION, session, SessionCancelled(), Happened(min(day(on), held_on)))
                case "reschedule":
                    desk.record(SESSION, session, SessionRescheduled(held_on=day(on)), Happened(day(0)))
                case _:
                    facts: dict[str, Event] = {
                        "deliver": SessionDelivered(minutes=90 + on),
                        "open": RegisterOpened(),
                        "expect": FellowExpected(**who),
                        "waive": ExpectationWaived(**who, reason=WaiverReason.EXEMPT, note=None),
                        "mark": self.mark(fellow, MARKS[on % 4]),
                        "catch_up": CatchUpCompleted(**who, minutes=20),
                    }
                    desk.record(SESSION, session, facts[name], Happened(held_on))

        return act

    def changing(self, name: str, stream: Stream[Any], identifier: str, on: int, first: int, which: int) -> Act:
        """A correction (of what it says, or of when), a retraction, or a later decision in its place."""

        def act(desk: Desk) -> None:
            entries = desk.history(stream, identifier).statements
            version = first + which % (len(entries) - first + 1)
            entry = entries[version - 1]
            event, when = self.restated(entry.event, on), entry.happened
            if name == "retract":
                desk.retract(stream, identifier, version)
            elif name == "replace":
                later = when if isinstance(event, AttendanceRecorded | SessionDelivered) else Happened(day(on))
                desk.supersede(stream, identifier, version, event, later)
            else:
                moved = stream is FELLOWSHIP or name == "move"
                desk.correct(stream, identifier, version, event, Happened(day(on)) if moved else when)

        return act

    def restated(self, event: Event, on: int) -> Event:
        """The fact, said anew; histories hold no personal fields."""
        match event:
            case AttendanceRecorded(fellowship_id=fellow):
                return self.mark(fellow, MARKS[on % 4])
            case SessionDelivered():
                return SessionDelivered(minutes=90 + on)
            case _:
                said: dict[str, Any] = {"reason": REASONS.get(event.kind), "note": None}
                return event.model_copy(update={name: said.get(name) for name in event.personal()})


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(STEPS)
@example([("correct_fellowship", 0, 5, 0)])
def test_attendance_is_what_the_registers_the_sessions_and_the_fellowships_say_at_each_day_and_position(
    office: Office, steps: list[tuple[str, int, int, int]]
) -> None:
    world = World(office)
    first = office.known()
    for step in steps:
        office.attempt(world.chosen(*step))
    with office.reading() as connection:
        head = office.known()
        streams = [FELLOWSHIP.of(each) for each in world.fellows] + [SESSION.of(each) for each in world.sessions]
        recorded = of_streams(connection, streams, head)
        for known in range(first, head + 1):
            histories = Histories(recorded, known)
            for valid in (day(3), day(5), day(8), day(11)):
                at = At(valid, known)
                found = {
                    fellow.fellowship_id: (
                        fellow.attended_minutes,
                        fellow.expected_minutes,
                        fellow.planned_minutes,
                        fellow.unknown_minutes,
                        fellow.caught_up_minutes,
                        frozenset(cell.session_id for cell in fellow.contradicted),
                    )
                    for fellow in attendance(connection, at, cohort_id=world.cohort)
                }
                assert found == histories.attendance(world.cohort, valid)
                answer = register(connection, at, world.sessions[0])
                session = histories.sessions[world.sessions[0]].at(valid)
                assert (answer is None) is (session.stage is None)
                if answer is not None:
                    seen = {line.fellowship_id: (line.mark, line.caught_up) for line in answer.lines}
                    assert seen == {f: (line.mark, line.caught_up or 0) for f, line in session.lines.items()}


class Histories:
    """What the streams said up to a position."""

    def __init__(self, recorded: list[Recorded], known: int) -> None:
        streams: dict[str, list[Recorded]] = {}
        for entry in recorded:
            if entry.position <= known:
                streams.setdefault(entry.stream, []).append(entry)
        self.sessions: dict[str, Timeline[Session]] = {}
        self.fellowships: dict[str, Timeline[Fellowship]] = {}
        for name, entries in streams.items():
            if name.startswith("session:"):
                self.sessions[entries[0].key] = Timeline(SESSION, entries)
            else:
                self.fellowships[entries[0].key] = Timeline(FELLOWSHIP, entries)

    def attendance(self, cohort: CohortId, valid: date) -> dict[str, Minutes]:
        """Everybody who is in the cohort on the day, or on a register of its sessions."""
        sessions = {name: history.at(valid) for name, history in self.sessions.items()}
        on_registers = {fellow for session in sessions.values() for fellow in session.lines}
        return {
            fellow: self._of(fellow, cohort, valid, sessions)
            for fellow, history in self.fellowships.items()
            if history.at(valid).current == cohort or fellow in on_registers
        }

    def _of(self, fellow: str, cohort: CohortId, valid: date, sessions: dict[str, Session]) -> Minutes:
        attended = expected = planned = unknown = caught_up = 0
        contradicted: set[str] = set()
        for name, session in sessions.items():
            if session.stage in (None, SessionStage.CANCELLED):
                continue
            line = session.lines.get(FellowshipId(fellow))
            then = min(session.day(), valid)
            there = self.fellowships[fellow].at(then)
            not_begun = there.started_on is None and session.day() <= valid
            away = not_begun or self._away(fellow, cohort, session.day(), then)
            if line is None:
                waits = session.stage is SessionStage.SCHEDULED and session.register is None
                if waits and not away and there.current == cohort:
                    planned += session.minutes
            elif away and not line.waived:
                if line.mark is not None and not line.mark.value.startswith("absent"):
                    contradicted.add(name)
            elif not line.waived:
                planned += session.minutes
                if session.stage is SessionStage.DELIVERED:
                    caught_up += line.caught_up or 0
                    if line.mark is None:
                        unknown += session.minutes
                    else:
                        expected += session.minutes
                        whole = line.mark in (Mark.PRESENT, Mark.LATE)
                        attended += session.minutes if whole else line.minutes or 0
        return attended, expected, planned, unknown, caught_up, frozenset(contradicted)

    def _away(self, fellow: str, cohort: CohortId, held_on: date, then: date) -> bool:
        """Whether the fellow had gone, paused or deferred before the day, or moved to another cohort by it."""
        history = self.fellowships[fellow]
        there, eve = history.at(then), history.at(min(then, held_on - timedelta(days=1)))
        if there.standing in AWAY and there.since is not None and (there.since < held_on or eve.standing in AWAY):
            return True
        days = (START + timedelta(days=n) for n in range((then - START).days + 1))
        return there.current != cohort and any(history.at(each).current == cohort for each in days)
