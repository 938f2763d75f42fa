"""The sessions of the demonstration's cohorts, and what their registers say."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from api.cancelling import cancel
from api.demo.acts import Fellow, absences
from api.demo.clerk import LEAD, Clerk, Item, in_turn, plainly
from api.demo.national import CODE, RUNNING
from api.demo.plan import REVIEW, SEED, Intake
from api.demo.rows import told
from api.sheets.attendance import ATTENDANCE
from domain.session import SESSION
from domain.session_events import AbsenceReason, AttendanceRecorded, Mark, RegisterSigned, SessionCancelled
from domain.values import CohortId, FellowshipId, Happened, SessionId
from infra.log.desk import Act, Desk

MINUTES = 360
IN_PART = 180
_DAY = timedelta(days=1)


class Meeting(NamedTuple):
    """A session as planned: its module, its day, and what became of it and of its register."""

    intake: Intake
    module: str
    week: int
    signed: bool = True
    instead: int | None = None
    """It was cancelled, and the session of this week held instead."""

    @property
    def held_on(self) -> date:
        """The Tuesday on which it is held."""
        return self.intake.week(self.week, 1)


def meetings(intake: Intake) -> Sequence[Meeting]:
    """The sessions of a cohort."""
    if intake.code == f"{CODE}-{RUNNING}":
        return (
            Meeting(intake, "Improvement science", 1),
            Meeting(intake, "Leadership", 5),
            Meeting(intake, "Change", 9),
            Meeting(intake, "Self-development", 13),
            Meeting(intake, "Personal impact", 17, instead=19),
            Meeting(intake, "Personal impact", 19),
            Meeting(intake, "Innovations", 23, signed=False),
            Meeting(intake, "Sustaining and spreading learning", 31),
            Meeting(intake, "Improvement science", 37),
            Meeting(intake, "Leadership", 44),
        )
    if intake.programme == CODE:
        return ()
    cancelled = (Meeting(intake, "Change", 29, instead=31),) if intake.number == 2013 else ()
    return (
        Meeting(intake, "Improvement science", 5),
        Meeting(intake, "Leadership", 18),
        *cancelled,
        Meeting(intake, "Change", 31),
        Meeting(intake, "Sustaining and spreading learning", 44),
    )


class Wrong(NamedTuple):
    """A mark that was entered wrongly: absent, of a fellow who was there; and when it was put right, if it was."""

    cohort: int
    week: int
    fellow: int
    corrected_on: date | None = None


WRONG = (Wrong(2013, 18, 8, date(2014, 3, 18)), Wrong(2014, 31, 6, date(2015, 7, 21)), Wrong(RUNNING, 13, 6))
UNMARKED = {(RUNNING, 23, 3), (RUNNING, 23, 11), (2012, 44, 9)}
"""Cohort, week and fellow where the register has no mark."""
CAUGHT_UP = (RUNNING, 5, 3)
"""Cohort, week and fellow of a session that was missed, and part of it made up for a fortnight later."""


def mark(meeting: Meeting, fellow: Fellow) -> Mark | None:
    """What the register first said of a fellow who was expected; None where it has no mark.

    A fellow who had left or was away, as known in the end, was marked absent; nobody knew yet why.
    """
    place = (meeting.intake.number, meeting.week, fellow.number)
    own = meeting.intake is fellow.intake
    if own and place in UNMARKED:
        return None
    if own and place in {wrong[:3] for wrong in WRONG}:
        return Mark.ABSENT_UNAUTHORISED
    away = any(since < meeting.held_on < until for since, until in absences(fellow))
    if away or (own and place == CAUGHT_UP):
        return Mark.ABSENT_AUTHORISED
    drawn = Random(f"{SEED} {meeting.intake.code} {meeting.week} {fellow.name}").random()
    return next(each for limit, each in _LIKELY if drawn < limit)


_LIKELY = ((0.84, Mark.PRESENT), (0.89, Mark.LATE), (0.93, Mark.PART), (1.0, Mark.ABSENT_AUTHORISED))


def taught(
    clerk: Clerk, cohort_id: CohortId, planned: Sequence[tuple[Meeting, SessionId]], fellows: Iterable[Fellow]
) -> Iterator[Item]:
    """A cohort's sessions, scheduled, held or cancelled, and their registers. Any fellow may be on one."""
    if not planned:
        return
    by_place = {fellow.fellowship_id: fellow for fellow in fellows}
    ids = {meeting.week: session_id for meeting, session_id in planned}
    intake = planned[0][0].intake
    scheduled = intake.week(-3, 1)
    acts = [_scheduled(intake, cohort_id, session_id, meeting, scheduled) for meeting, session_id in planned]
    yield clerk.item(f"{intake.code} sessions", scheduled, in_turn(*acts), source="programme_of_the_year")
    for meeting, session_id in planned:
        said = f"{intake.code} session {meeting.week}"
        if meeting.instead is not None:
            day = meeting.held_on - 4 * _DAY
            act = _cancelled(session_id, ids[meeting.instead], day)
            yield clerk.item(f"{said} cancelled", day, act, why="speaker_not_available", source="letter_of_the_speaker")
            continue
        opened = told(ATTENDANCE, "register_opened", session=session_id)
        yield clerk.item(f"{said} opened", meeting.held_on, opened, hour=9)
        held = in_turn(told(ATTENDANCE, "delivered", session=session_id), _marked(session_id, meeting, by_place))
        yield clerk.item(f"{said} marked", meeting.held_on + _DAY, held, source="attendance_sheet")
        if meeting.signed:
            day = meeting.held_on + 7 * _DAY
            yield clerk.item(f"{said} signed", day, plainly(SESSION, session_id, RegisterSigned(), day), role=LEAD)
        yield from _afterwards(clerk, said, session_id, meeting, by_place)


def _scheduled(intake: Intake, cohort_id: CohortId, session_id: SessionId, meeting: Meeting, day: date) -> Act:
    return told(
        ATTENDANCE,
        "scheduled",
        day,
        session=session_id,
        programme=intake.programme,
        cohort=cohort_id,
        module=meeting.module,
        held_on=meeting.held_on,
        minutes=MINUTES,
        accredited=True,
    )


def _cancelled(session_id: SessionId, instead: SessionId, day: date) -> Act:
    event = SessionCancelled(replaced_by=instead)
    return lambda desk: cancel(desk, session_id, event, Happened(day))


def _marked(session_id: SessionId, meeting: Meeting, fellows: dict[FellowshipId, Fellow]) -> Act:
    """Mark everybody who is on the register."""

    def act(desk: Desk) -> None:
        for fellowship_id in desk.fold(SESSION, session_id).lines:
            said = mark(meeting, fellows[fellowship_id])
            if said is not None:
                why = AbsenceReason.NOT_RECORDED if said is Mark.ABSENT_AUTHORISED else None
                part = IN_PART if said is Mark.PART else None
                line = {"session": session_id, "fellowship_id": fellowship_id, "mark": said}
                told(ATTENDANCE, "marked", **line, minutes=part, circumstance=why)(desk)

    return act


def _afterwards(
    clerk: Clerk, said: str, session_id: SessionId, meeting: Meeting, fellows: dict[FellowshipId, Fellow]
) -> Iterator[Item]:
    """What came after the signature: a mark put right, or a session made up for."""
    for fellow in fellows.values():
        if fellow.intake is not meeting.intake:
            continue
        place = (meeting.intake.number, meeting.week, fellow.number)
        wrong = next((each for each in WRONG if each[:3] == place), None)
        if wrong is not None and wrong.corrected_on is not None:
            act = _corrected(session_id, fellow, meeting.held_on)
            why, source = "keying_error", "attendance_sheet"
            yield clerk.item(f"{said} corrected", wrong.corrected_on, act, why=why, source=source)
        if place == CAUGHT_UP:
            day = meeting.held_on + 14 * _DAY
            line = {"session": session_id, "fellowship_id": fellow.fellowship_id, "minutes": IN_PART}
            yield clerk.item(f"{said} caught up", day, told(ATTENDANCE, "caught_up", day, **line), source=REVIEW)


def _corrected(session_id: SessionId, fellow: Fellow, held_on: date) -> Act:
    def act(desk: Desk) -> None:
        version = next(
            entry.version
            for entry in desk.history(SESSION, session_id).statements
            if isinstance(entry.event, AttendanceRecorded) and entry.event.fellowship_id == fellow.fellowship_id
        )
        there = AttendanceRecorded(fellowship_id=fellow.fellowship_id, person_id=fellow.someone.id, mark=Mark.PRESENT)
        desk.correct(SESSION, session_id, version, there, Happened(held_on))

    return act
