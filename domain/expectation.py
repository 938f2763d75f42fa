"""Expectation: the register of a session opens with everyone in its cohort who is due that day."""

from collections.abc import Mapping
from datetime import date

from domain.fellowship_state import Fellowship, Standing
from domain.session_events import FellowExpected, RegisterOpened
from domain.session_state import Session
from domain.values import CohortId, FellowshipId


def is_due(fellowship: Fellowship, cohort_id: CohortId, day: date) -> bool:
    """Whether a fellow is due at what their cohort holds on a day; `fellowship` is as it stood at the end of it.

    They are while in progress there, and still on the day of a pause, a deferral or the end itself.
    """
    if fellowship.current != cohort_id or fellowship.started_on is None:
        return False
    match fellowship.standing:
        case Standing.IN_PROGRESS:
            return True
        case Standing.PAUSED:
            return fellowship.since == day
        case _:
            return fellowship.last_day == day


def open_register(
    session: Session, fellowships: Mapping[FellowshipId, Fellowship]
) -> tuple[RegisterOpened | FellowExpected, ...]:
    """The facts that open a register: that it is open, and each fellow who is due.

    `fellowships` are those that may be, as they stood on the session's day. Refuses a session not scheduled or
    cancelled: SessionNotScheduled, SessionIsCancelled.
    """
    session.must_not_be_cancelled()
    day = session.day()
    assert session.cohort_id is not None
    due = [
        FellowExpected(fellowship_id=fellowship_id, person_id=fellowship.holder())
        for fellowship_id, fellowship in fellowships.items()
        if is_due(fellowship, session.cohort_id, day)
    ]
    return RegisterOpened(), *due
