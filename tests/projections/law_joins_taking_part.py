"""The joined answers about taking part: attendance, and coaching."""

from typing import Any

from sqlalchemy import Connection

from domain.coaching import COACHING
from domain.coaching_events import CoachingContracted, CoachingSessionHeld
from domain.fellowship_events import FellowshipPaused, FellowshipStarted, FellowshipTakenUp, PlaceAccepted
from domain.session_events import AttendanceRecorded, FellowExpected, RegisterOpened, SessionDelivered, SessionScheduled
from projections.attendance import attendance, attendance_matrix, register
from projections.coaching import COACHING_USE, coaching_use
from projections.figure import behind
from projections.irregularity import irregularities
from projections.register import ATTENDANCE
from projections.session import SESSIONS
from projections.standing import STANDING
from tests.projections import law_attendance, law_entries, law_work
from tests.projections.law_join import CLOSE, Join, first
from tests.projections.law_world import Question

ATTENDING = (
    *first(PlaceAccepted, SessionScheduled, FellowshipStarted, FellowshipTakenUp),
    *first(RegisterOpened, FellowExpected, AttendanceRecorded, SessionDelivered, FellowshipPaused),
)
COACHED = first(PlaceAccepted, CoachingContracted, CoachingSessionHeld)
BEHIND = ("coaching.session_held", "coaching.session_cancelled")


def _coaching(connection: Connection, asked: Question) -> Any:
    ways: tuple[dict[str, Any], ...] = (
        {"fellowship_id": asked.one},
        {"cohort_id": asked.one, "attribution": asked.attribution},
        {},
    )
    return coaching_use(connection, asked.at, **ways[asked.way % 3])


OF_TAKING_PART: tuple[Join, ...] = (
    Join(
        "the attendance of a cohort",
        (SESSIONS, ATTENDANCE, STANDING),
        CLOSE,
        lambda connection, asked: attendance_matrix(connection, asked.at, asked.one),
        law_attendance.matrix,
        story=ATTENDING,
    ),
    Join(
        "the attendance of a fellow",
        (SESSIONS, ATTENDANCE, STANDING),
        CLOSE,
        lambda connection, asked: attendance(
            connection, asked.at, fellowship_id=asked.one, cohort_id=asked.other if asked.way % 2 else None
        ),
        law_attendance.fellow,
        story=ATTENDING,
    ),
    Join(
        "a register",
        (SESSIONS, ATTENDANCE, STANDING),
        CLOSE,
        lambda connection, asked: register(connection, asked.at, asked.one),
        law_attendance.register,
        story=ATTENDING,
    ),
    Join("coaching against entitlement", (COACHING_USE, STANDING), CLOSE, _coaching, law_work.coaching, story=COACHED),
    Join(
        "what a sum of coaching rests on",
        (),
        CLOSE,
        lambda connection, asked: law_entries.shown(behind(connection, asked.at, [COACHING.of(asked.one)], BEHIND)),
        lambda world, asked: law_entries.behind(world, asked.at, COACHING.of(asked.one), BEHIND),
        streams=(COACHING.name,),
    ),
    Join(
        "the irregular entries",
        (SESSIONS, ATTENDANCE, STANDING, COACHING_USE),
        CLOSE,
        lambda connection, asked: [
            (*law_entries.shown([each.entry])[0], each.codes, each.contradicted, each.causes)
            for each in irregularities(connection, asked.at, after=asked.earlier, limit=3)
        ],
        law_attendance.irregular,
        streams=("secondment",),
        story=(*ATTENDING, *first(CoachingContracted, CoachingSessionHeld)),
    ),
)
