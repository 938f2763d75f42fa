"""What can befall a session and its register: the one holds the other, for they must agree."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated, TypeAlias, TypeVar

from pydantic import Field

from domain.event import Event
from domain.grants import START
from domain.values import CohortId, FellowshipId, Personal, PersonId, Phase, Purpose, SessionId

T = TypeVar("T")
Circumstance: TypeAlias = Annotated[Personal[T], Purpose.CIRCUMSTANCES]
Minutes = Annotated[int, Field(ge=1, le=24 * 60)]
Module = Annotated[str, Field(min_length=1, max_length=80)]

_FELLOW = {
    "fellowship_id": "9a4d1e70-8a39-4d5e-b1c8-2f9e1d7c3b03",
    "person_id": "5b0e6a0e-54f1-4c37-8f3a-6f0f3c1f9a01",
}


class Mark(StrEnum):
    """What a register says of a fellow. No mark at all means that nothing is known, never that they were absent."""

    PRESENT = "present"
    LATE = "late"
    PART = "part"
    ABSENT_AUTHORISED = "absent_authorised"
    ABSENT_UNAUTHORISED = "absent_unauthorised"

    @property
    def took_part(self) -> bool:
        """Whether the fellow was there, if not all the time."""
        return self in (Mark.PRESENT, Mark.LATE, Mark.PART)


class WaiverReason(StrEnum):
    """Why a fellow need not be at a session. Personal: it may tell of health or family."""

    PAUSED = "paused"
    EXEMPT = "exempt"
    NOT_YET_JOINED = "not_yet_joined"
    LEFT = "left"
    OTHER = "other"
    NOT_RECORDED = "not_recorded"


class AbsenceReason(StrEnum):
    """Why a fellow was absent. Personal: it may tell of health or family."""

    SICKNESS = "sickness"
    LEAVE = "leave"
    BEREAVEMENT = "bereavement"
    SERVICE_PRESSURE = "service_pressure"
    TRAVEL = "travel"
    OTHER = "other"
    NOT_RECORDED = "not_recorded"


class SessionScheduled(Event):
    """A session of a cohort was scheduled for a day, with its planned minutes."""

    kind = "session.scheduled"
    phase = Phase.OPENS
    examples = (
        {
            "cohort_id": "0d7c2f9e-2b6f-4f5b-9b43-1f7f5b6f1c02",
            "module": "Improvement science",
            "held_on": "2013-10-07",
            "minutes": 360,
            "accredited": True,
        },
    )

    cohort_id: CohortId
    module: Module
    held_on: date
    minutes: Minutes
    accredited: bool = False


class SessionRescheduled(Event):
    """The session was moved to another day, or its planned minutes were changed."""

    kind = "session.rescheduled"
    reasoned = True
    examples = ({"held_on": "2013-10-14", "minutes": None}, {"held_on": "2013-10-07", "minutes": 300})

    held_on: date
    minutes: Minutes | None = None


class SessionDelivered(Event):
    """The session took place and lasted so many minutes."""

    kind = "session.delivered"
    observed = True
    examples = ({"minutes": 345},)

    minutes: Minutes


class SessionCancelled(Event):
    """The session was cancelled, and perhaps replaced by another one."""

    kind = "session.cancelled"
    reasoned = True
    phase = Phase.ENDS
    placed = "last"
    examples = ({"replaced_by": None}, {"replaced_by": "d2f3a7b4-6c1e-4c55-9e0b-3a8f7e5c1d21"})

    replaced_by: SessionId | None = None


class RegisterOpened(Event):
    """The register of the session was opened."""

    kind = "session.register_opened"
    phase = Phase.OPENS


class FellowExpected(Event):
    """A fellow was expected at the session."""

    kind = "session.fellow_expected"
    phase = Phase.OPENS
    examples = (_FELLOW,)

    fellowship_id: FellowshipId
    person_id: PersonId


class ExpectationWaived(Event):
    """A fellow who was expected need not be at the session."""

    kind = "session.expectation_waived"
    examples = ({**_FELLOW, "reason": "exempt", "note": None},)

    fellowship_id: FellowshipId
    person_id: PersonId
    reason: Circumstance[WaiverReason]
    note: Circumstance[str | None] = None


class AttendanceRecorded(Event):
    """A fellow's attendance was marked; attendance in part comes with its minutes."""

    kind = "session.attendance_recorded"
    observed = True
    examples = (
        {**_FELLOW, "mark": "present", "minutes": None, "reason": None, "note": None},
        {**_FELLOW, "mark": "part", "minutes": 180, "reason": None, "note": None},
        {**_FELLOW, "mark": "absent_authorised", "minutes": None, "reason": "service_pressure", "note": None},
    )

    fellowship_id: FellowshipId
    person_id: PersonId
    mark: Mark
    minutes: Minutes | None = None
    reason: Circumstance[AbsenceReason | None] = None
    note: Circumstance[str | None] = None

    def needs(self) -> Iterable[str]:
        """That the fellowship started."""
        yield START


class GuestAttendanceRecorded(Event):
    """Somebody attended the session as a guest: they were not expected, and it counts for nobody's attendance."""

    kind = "session.guest_attendance_recorded"
    observed = True
    examples = ({**_FELLOW, "minutes": None}, {**_FELLOW, "fellowship_id": None, "minutes": 180})

    person_id: PersonId
    fellowship_id: FellowshipId | None = None
    minutes: Minutes | None = None


class CatchUpCompleted(Event):
    """A fellow made up for what they missed of the session."""

    kind = "session.catch_up_completed"
    observed = True
    examples = ({**_FELLOW, "minutes": 120},)

    fellowship_id: FellowshipId
    person_id: PersonId
    minutes: Minutes

    def needs(self) -> Iterable[str]:
        """That the fellowship started."""
        yield START


class RegisterSigned(Event):
    """The register was signed: from here on its marks are only corrected."""

    kind = "session.register_signed"
    observed = True
    phase = Phase.ENDS
    placed = "last"


class RegisterReopened(Event):
    """The signed register was opened again."""

    kind = "session.register_reopened"
    observed = True
    reasoned = True
    phase = Phase.ENDS
    placed = "last"


SessionEvent: TypeAlias = (
    SessionScheduled
    | SessionRescheduled
    | SessionDelivered
    | SessionCancelled
    | RegisterOpened
    | FellowExpected
    | ExpectationWaived
    | AttendanceRecorded
    | GuestAttendanceRecorded
    | CatchUpCompleted
    | RegisterSigned
    | RegisterReopened
)
