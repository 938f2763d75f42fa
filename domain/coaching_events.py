"""What can befall a coaching engagement. There is no field for what was talked about, and none may come."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import Field

from domain.event import Event
from domain.grants import START
from domain.values import CoachingId, FellowshipId, PersonId, Phase

Minutes = Annotated[int, Field(ge=1, le=24 * 60)]
Entitlement = Annotated[int, Field(ge=0, le=100_000)]

_COACHING = "b8d50c1e-3a46-4f0c-9d2b-6e7f8a9b0c13"


class Mode(StrEnum):
    """How a coaching session was held."""

    IN_PERSON = "in_person"
    VIDEO = "video"
    TELEPHONE = "telephone"


class Notice(StrEnum):
    """How a coaching session fell through: cancelled in time, cancelled late, or not attended."""

    IN_TIME = "in_time"
    LATE = "late"
    NONE = "none"


class Side(StrEnum):
    """Whose doing it was that a coaching session fell through."""

    FELLOW = "fellow"
    COACH = "coach"
    PROGRAMME = "programme"


class CoachingContracted(Event):
    """A coach and a fellow agreed to work together, with so many minutes that the fellow is entitled to."""

    kind = "coaching.contracted"
    observed = True
    phase = Phase.OPENS
    examples = (
        {
            "fellowship_id": "9a4d1e70-8a39-4d5e-b1c8-2f9e1d7c3b03",
            "coach_id": "6a1f2b3c-7d8e-4f90-a1b2-c3d4e5f60714",
            "entitlement_minutes": 540,
            "continues": None,
        },
        {
            "fellowship_id": "9a4d1e70-8a39-4d5e-b1c8-2f9e1d7c3b03",
            "coach_id": "7b2a3c4d-8e9f-4a01-b2c3-d4e5f6071825",
            "entitlement_minutes": 270,
            "continues": _COACHING,
        },
    )

    fellowship_id: FellowshipId
    coach_id: PersonId
    entitlement_minutes: Entitlement
    continues: CoachingId | None = None


class EntitlementExtended(Event):
    """The fellow is entitled to more minutes of coaching than before."""

    kind = "coaching.entitlement_extended"
    observed = True
    reasoned = True
    phase = Phase.OPENS
    examples = ({"minutes": 90},)

    minutes: Minutes


class CoachingSessionHeld(Event):
    """A coaching session was held and lasted so many minutes."""

    kind = "coaching.session_held"
    observed = True
    examples = ({"minutes": 90, "mode": "in_person"}, {"minutes": 60, "mode": None})

    minutes: Minutes
    mode: Mode | None = None

    def needs(self) -> Iterable[str]:
        """That the fellowship started."""
        yield START


class CoachingSessionCancelled(Event):
    """A coaching session fell through, and perhaps used up minutes all the same."""

    kind = "coaching.session_cancelled"
    observed = True
    examples = (
        {"notice": "in_time", "by": "coach", "minutes_used": 0},
        {"notice": "late", "by": "fellow", "minutes_used": 90},
    )

    notice: Notice
    by: Side
    minutes_used: Annotated[int, Field(ge=0, le=24 * 60)] = 0

    def needs(self) -> Iterable[str]:
        """That the fellowship started, where it used up minutes."""
        if self.minutes_used:
            yield START


class CoachChanged(Event):
    """The fellow goes on with another coach, who takes over minutes that were not used."""

    kind = "coaching.coach_changed"
    observed = True
    reasoned = True
    phase = Phase.ENDS
    placed = "last"
    examples = ({"continued_by": _COACHING, "carried_minutes": 270},)

    continued_by: CoachingId
    carried_minutes: Entitlement


class CoachingCompleted(Event):
    """The coaching engagement was completed."""

    kind = "coaching.completed"
    observed = True
    phase = Phase.ENDS
    placed = "last"


class CoachingEndedEarly(Event):
    """The coaching engagement ended before it was completed."""

    kind = "coaching.ended_early"
    observed = True
    reasoned = True
    phase = Phase.ENDS
    placed = "last"


CoachingEvent: TypeAlias = (
    CoachingContracted
    | EntitlementExtended
    | CoachingSessionHeld
    | CoachingSessionCancelled
    | CoachChanged
    | CoachingCompleted
    | CoachingEndedEarly
)
