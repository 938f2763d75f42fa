"""A session and its register as they stand on a day, and why their record may say no."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from domain.refusal import Refusal
from domain.session_events import Mark
from domain.values import CohortId, FellowshipId, PersonId


class SessionStage(StrEnum):
    """Where a session stands."""

    SCHEDULED = "scheduled"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class Register(StrEnum):
    """Where the register of a session stands."""

    OPEN = "open"
    SIGNED = "signed"
    REOPENED = "reopened"


class SessionNotScheduled(Refusal):
    """No such session was scheduled by that day."""


class SessionAlreadyScheduled(Refusal):
    """This session is scheduled already. Reschedule it, or correct the entry."""


class ScheduledAfterItsDay(Refusal):
    """A session is scheduled on or before the day on which it is held, however late that is recorded."""


class SessionIsCancelled(Refusal):
    """The session was cancelled by that day."""


class SessionTookPlace(Refusal):
    """The session has taken place by that day, so it is no longer moved."""


class AlreadyDelivered(Refusal):
    """The session is recorded as delivered already."""


class NotTheSessionsDay(Refusal):
    """A session is delivered, and attendance marked, on the session's own day. If it was moved, reschedule it first."""


class MarksStand(Refusal):
    """Marks of this session stand. Where it never took place, they are entered in error in the same command."""


class RegisterNotOpen(Refusal):
    """The register of this session had not been opened by that day."""


class RegisterAlreadyOpen(Refusal):
    """The register of this session is open already."""


class RegisterIsSigned(Refusal):
    """The register is signed, so its marks are only corrected. For a new mark, reopen it and sign it again."""


class RegisterAlreadySigned(Refusal):
    """The register was signed already by that day."""


class RegisterNotSigned(Refusal):
    """Only a signed register is reopened; this one was not signed on that day."""


class SignedBeforeTheSession(Refusal):
    """A register is signed on the session's day or later."""


class AfterTheSessionsDay(Refusal):
    """A register opens, and fellows are expected or waived, on or before the session's day, however late entered."""


class AlreadyExpected(Refusal):
    """The fellow is expected at this session already."""


class NotExpected(Refusal):
    """The fellow was not expected at this session. Attendance is marked for those who are."""


class IsExpected(Refusal):
    """That person is expected at this session, so they are no guest. Mark their attendance."""


class AlreadyAGuest(Refusal):
    """That person is recorded as a guest of this session already. Correct that entry."""


class AlreadyMarked(Refusal):
    """The fellow's attendance at this session is marked already. Correct that mark."""


class FellowIsMarked(Refusal):
    """The fellow's attendance at this session is marked. Mark that as entered in error first."""


class PartNeedsMinutes(Refusal):
    """Attendance in part, and no other, is marked with how long it was."""


class LongerThanTheSession(Refusal):
    """Nobody attends a session for longer than it lasted."""


class NothingToCatchUp(Refusal):
    """The fellow was there, or has caught up already, so there is nothing to make up for."""


class CatchUpBeforeTheSession(Refusal):
    """Nobody catches up before the session's day."""


class AnotherPersonOnTheRegister(Refusal):
    """That entry names another person than the register does for this fellowship."""


class Line(NamedTuple):
    """What the register says of one fellow. No mark means that nothing is known."""

    person_id: PersonId
    waived: bool = False
    mark: Mark | None = None
    minutes: int | None = None
    """The minutes attended, where the mark is for a part."""
    caught_up: int | None = None
    """The minutes made up for later."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session and its register as they stood on a day."""

    stage: SessionStage | None = None
    cohort_id: CohortId | None = None
    module: str = ""
    held_on: date | None = None
    minutes: int = 0
    """How long it lasted, once delivered; how long it is to last until then."""
    accredited: bool = False
    register: Register | None = None
    lines: Mapping[FellowshipId, Line] = field(default_factory=dict[FellowshipId, Line])
    guests: frozenset[PersonId] = frozenset()
    """Who attended though they were not expected; nothing counts of it."""

    def day(self) -> date:
        """The day on which it is held. Refuses one that was not scheduled: SessionNotScheduled."""
        if self.held_on is None:
            raise SessionNotScheduled
        return self.held_on

    @property
    def marked(self) -> bool:
        """Whether any mark stands, or that a guest was there."""
        return bool(self.guests) or any(
            line.mark is not None or line.caught_up is not None for line in self.lines.values()
        )

    def must_not_be_cancelled(self) -> None:
        """Refuse a session not scheduled or cancelled: SessionNotScheduled, SessionIsCancelled."""
        if self.stage is None:
            raise SessionNotScheduled
        if self.stage is SessionStage.CANCELLED:
            raise SessionIsCancelled

    def must_not_expect(self, person_id: PersonId) -> None:
        """Refuse somebody who is expected, and not waived: IsExpected."""
        if any(line.person_id == person_id and not line.waived for line in self.lines.values()):
            raise IsExpected

    def must_be_unsigned(self) -> None:
        """Refuse a register not opened, or signed: RegisterNotOpen, RegisterIsSigned."""
        if self.register is None:
            raise RegisterNotOpen
        if self.register is Register.SIGNED:
            raise RegisterIsSigned

    def line(self, fellowship_id: FellowshipId, person_id: PersonId) -> Line:
        """What the register says of a fellow who is expected.

        Refuses where nobody expects them (NotExpected), and another person (AnotherPersonOnTheRegister).
        """
        line = self.lines.get(fellowship_id)
        if line is None or line.waived:
            raise NotExpected
        if line.person_id != person_id:
            raise AnotherPersonOnTheRegister
        return line


def attended(mark: Mark, minutes: int | None, session_minutes: int) -> int:
    """The minutes that a mark stands for: all of the session if present or late, those given if in part, else none."""
    match mark:
        case Mark.PRESENT | Mark.LATE:
            return session_minutes
        case Mark.PART:
            return minutes or 0
        case Mark.ABSENT_AUTHORISED | Mark.ABSENT_UNAUTHORISED:
            return 0
