"""Judges restated participation: a fellow's mark, a session held, coaching, on the days on which fellows take part."""

from datetime import date

from api.presence import person_must_be_recorded
from domain.coaching import COACHING
from domain.coaching_decisions import must_be_coached
from domain.coaching_events import CoachingContracted, CoachingSessionCancelled, CoachingSessionHeld
from domain.event import Event, Recorded
from domain.fellowship import FELLOWSHIP
from domain.grants import START
from domain.participation import must_take_part
from domain.session import SESSION
from domain.session_events import AttendanceRecorded, CatchUpCompleted, FellowExpected, GuestAttendanceRecorded
from domain.session_state import AnotherPersonOnTheRegister
from domain.values import today
from infra.log.desk import Desk


def judge_participation(desk: Desk, identifier: str, event: Event, day: date, target: Recorded) -> None:
    """Judge what is to restate or replace an entry that says who took part, by where the fellow was on its day.

    Another mark for the same fellow of the same day is not judged again: a withdrawal learned since is listed against
    it, and does not keep it from being put right.
    """
    match event:
        case CoachingContracted(fellowship_id=fellowship_id, coach_id=coach_id):
            known = target.event
            who = (known.fellowship_id, known.coach_id) if isinstance(known, CoachingContracted) else None
            if (target.day, who) != (day, (fellowship_id, coach_id)):
                must_be_coached(desk.fold(FELLOWSHIP, fellowship_id, on=day), coach_id, day)
        case GuestAttendanceRecorded(fellowship_id=fellowship_id, person_id=person_id):
            person_must_be_recorded(desk, person_id)
            if fellowship_id is not None and desk.fold(FELLOWSHIP, fellowship_id, on=day).holder() != person_id:
                raise AnotherPersonOnTheRegister
        case CoachingSessionHeld() | CoachingSessionCancelled() if START in event.needs():
            fellowship_id = desk.fold(COACHING, identifier, on=day).fellowship_id
            known_there = day == target.day and START in target.event.needs()
            if fellowship_id is not None and not known_there:
                must_take_part(desk.fold(FELLOWSHIP, fellowship_id, on=day), day, today())
        case FellowExpected():
            held_on = desk.fold(SESSION, identifier).day()
            _judge(desk, event, held_on, held_on, target.event)
        case AttendanceRecorded() | CatchUpCompleted():
            _judge(desk, event, day, today(), None if day != target.day else target.event)
        case _:
            return


def _judge(
    desk: Desk,
    event: FellowExpected | AttendanceRecorded | CatchUpCompleted,
    day: date,
    latest: date,
    known: Event | None,
) -> None:
    same = isinstance(known, FellowExpected | AttendanceRecorded | CatchUpCompleted)
    if same and (known.fellowship_id, known.person_id) == (event.fellowship_id, event.person_id):
        return
    if must_take_part(desk.fold(FELLOWSHIP, event.fellowship_id, on=day), day, latest) != event.person_id:
        raise AnotherPersonOnTheRegister
