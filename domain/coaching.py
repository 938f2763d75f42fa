"""Coaching: one coach's engagement with one fellow, in minutes held against minutes the fellow is entitled to."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, assert_never

from domain.coaching_events import (
    CoachChanged,
    CoachingCompleted,
    CoachingContracted,
    CoachingEndedEarly,
    CoachingEvent,
    CoachingSessionCancelled,
    CoachingSessionHeld,
    EntitlementExtended,
    Notice,
    Side,
)
from domain.refusal import Refusal
from domain.stream import Step, Stream, Timeline
from domain.values import CoachingId, FellowshipId, PersonId

OVER_ENTITLEMENT = "over_entitlement"


class CoachingStage(StrEnum):
    """Where a coaching engagement stands."""

    CONTRACTED = "contracted"
    COMPLETED = "completed"
    ENDED_EARLY = "ended_early"
    COACH_CHANGED = "coach_changed"

    @property
    def words(self) -> str:
        """The stage as a reader knows it."""
        return self.value.replace("_", " ")


class CoachingNotContracted(Refusal):
    """No coaching had been agreed by that day."""


class CoachingAlreadyContracted(Refusal):
    """This coaching is agreed already."""


class CoachingIsOver(Refusal):
    """This coaching had come to its end by that day."""


class NoMinutesUsed(Refusal):
    """Only a session that the fellow cancelled late or did not attend uses up minutes."""


class CarriesMoreThanIsLeft(Refusal):
    """A new coach takes over no more minutes than are left."""


class OwnCoach(Refusal):
    """Nobody is their own coach."""


class SameEngagement(Refusal):
    """A new coach begins an engagement of their own."""


@dataclass(frozen=True, slots=True)
class Coaching:
    """A coaching engagement as it stood on a day. Times are minutes."""

    stage: CoachingStage | None = None
    since: date | None = None
    fellowship_id: FellowshipId | None = None
    coach_id: PersonId | None = None
    entitled: int = 0
    """What the fellow is entitled to here; what a new coach takes over is taken off."""
    held: int = 0
    used_by_cancelling: int = 0
    sessions: int = 0

    @property
    def used(self) -> int:
        """The minutes used up: held, or lost by cancelling late."""
        return self.held + self.used_by_cancelling

    @property
    def left(self) -> int:
        """The minutes not used up; none where more were used than there were."""
        return max(0, self.entitled - self.used)

    @property
    def over(self) -> bool:
        """Whether it had come to its end."""
        return self.stage not in (None, CoachingStage.CONTRACTED)

    def must_run(self) -> None:
        """Refuse one not agreed, or at its end: CoachingNotContracted, CoachingIsOver."""
        if self.stage is None:
            raise CoachingNotContracted
        if self.over:
            raise CoachingIsOver(f"It stood at \u201c{self.stage.words}\u201d since {self.since}.")


def evolve(coaching: Coaching, event: CoachingEvent, day: date) -> Coaching:
    """The engagement after a fact. Raises a Refusal where the fact cannot have happened.

    More minutes than the fellow is entitled to can be held, and are an irregularity; a pause or a deferral of the
    fellowship takes none of them away.
    """
    if not isinstance(event, CoachingContracted):
        coaching.must_run()
    match event:
        case CoachingContracted(fellowship_id=fellowship_id, coach_id=coach_id, entitlement_minutes=minutes):
            if coaching.stage is not None:
                raise CoachingAlreadyContracted
            return Coaching(CoachingStage.CONTRACTED, day, fellowship_id, coach_id, minutes)
        case EntitlementExtended(minutes=minutes):
            return replace(coaching, entitled=coaching.entitled + minutes)
        case CoachingSessionHeld(minutes=minutes):
            return replace(coaching, held=coaching.held + minutes, sessions=coaching.sessions + 1)
        case CoachingSessionCancelled(notice=notice, by=by, minutes_used=minutes):
            if minutes and (by is not Side.FELLOW or notice is Notice.IN_TIME):
                raise NoMinutesUsed
            return replace(coaching, used_by_cancelling=coaching.used_by_cancelling + minutes)
        case CoachChanged(carried_minutes=carried):
            if carried > coaching.left:
                raise CarriesMoreThanIsLeft(f"{coaching.left} minutes are left; {carried} would be taken over.")
            return replace(coaching, stage=CoachingStage.COACH_CHANGED, since=day, entitled=coaching.entitled - carried)
        case CoachingCompleted():
            return replace(coaching, stage=CoachingStage.COMPLETED, since=day)
        case CoachingEndedEarly():
            return replace(coaching, stage=CoachingStage.ENDED_EARLY, since=day)
        case _:
            assert_never(event)


def guards(before: Coaching, event: Any) -> Iterable[str]:
    """The sets that a fact enters, leaves or changes: `coaches:<fellowship>` and `independence:<fellowship>`."""
    match event:
        case CoachingContracted(fellowship_id=fellowship_id):
            return f"coaches:{fellowship_id}", f"independence:{fellowship_id}"
        case CoachChanged() | CoachingCompleted() | CoachingEndedEarly() if before.fellowship_id is not None:
            return f"coaches:{before.fellowship_id}", f"independence:{before.fellowship_id}"
        case _:
            return ()


def irregularities(history: Timeline[Coaching], step: Step) -> Iterable[str]:
    """What should not have been: minutes used beyond the entitlement."""
    if step.after.used > max(step.after.entitled, step.before.used):
        yield OVER_ENTITLEMENT


COACHING = Stream(CoachingId.stream, Coaching(), evolve, guards, irregularities)
