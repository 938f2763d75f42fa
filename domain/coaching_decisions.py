"""What can be decided about coaching, each refusing only what concerns the act itself.

What concerns the order of things is judged by the engagement's whole history (`domain.coaching.evolve`); that a fellow
has one coach at a time, who is independent, by `domain.independence`. Facts with nothing to decide are recorded as they
are: `EntitlementExtended(...)`, `CoachingSessionCancelled(...)`, `CoachingCompleted()`, `CoachingEndedEarly()`. States
are those of the fact's own day, as known now.
"""

from datetime import date
from typing import Protocol

from domain.coaching import Coaching, OwnCoach, SameEngagement
from domain.coaching_events import CoachChanged, CoachingContracted, CoachingSessionHeld, Mode
from domain.participation import Participant, must_take_part
from domain.values import CoachingId, FellowshipId, PersonId


class Coached(Protocol):
    """What coaching asks of a fellowship, as it stood on the day."""

    def holder(self) -> PersonId:
        """The person who holds or held the place; refuses where none was accepted."""
        ...


def contract_coaching(
    fellowship: Coached, *, fellowship_id: FellowshipId, coach_id: PersonId, entitlement_minutes: int
) -> CoachingContracted:
    """Agree coaching between a fellow and a coach.

    Refuses where no place was accepted by the day, and the fellow as their own coach: OwnCoach.
    """
    if fellowship.holder() == coach_id:
        raise OwnCoach
    return CoachingContracted(
        fellowship_id=fellowship_id, coach_id=coach_id, entitlement_minutes=entitlement_minutes, continues=None
    )


def hold_coaching_session(
    fellowship: Participant, *, on: date, today: date, minutes: int, mode: Mode | None = None
) -> CoachingSessionHeld:
    """State that a coaching session was held on a day, of which `fellowship` is; `today` is the day of recording.

    Refuses where no place was accepted by the day, a day in the future (InTheFuture), and a fellow who had left before
    (AfterTheLastDay).
    """
    must_take_part(fellowship, on, today)
    return CoachingSessionHeld(minutes=minutes, mode=mode)


def change_coach(
    coaching: Coaching,
    fellowship: Coached,
    *,
    coaching_id: CoachingId,
    continued_by: CoachingId,
    coach_id: PersonId,
    carried_minutes: int | None = None,
) -> tuple[CoachChanged, CoachingContracted]:
    """Go on with another coach: the end of this engagement, and the beginning of the one that continues it.

    Both are recorded in one command on one day. All minutes left are taken over, unless fewer are named. Refuses an
    engagement not agreed or at its end, one that would continue itself (SameEngagement), and the fellow as their own
    coach (OwnCoach).
    """
    coaching.must_run()
    assert coaching.fellowship_id is not None
    if fellowship.holder() == coach_id:
        raise OwnCoach
    if continued_by == coaching_id:
        raise SameEngagement
    carried = coaching.left if carried_minutes is None else carried_minutes
    return (
        CoachChanged(continued_by=continued_by, carried_minutes=carried),
        CoachingContracted(
            fellowship_id=coaching.fellowship_id,
            coach_id=coach_id,
            entitlement_minutes=carried,
            continues=coaching_id,
        ),
    )
