"""What can be decided about coaching, each refusing only what concerns the act itself.

What concerns the order of things is judged by the engagement's whole history (`domain.coaching.evolve`); that a fellow
has one coach at a time, who is independent, by `domain.independence`. Facts with nothing to decide are recorded as they
are: `EntitlementExtended(...)`, `CoachingCompleted()`, `CoachingEndedEarly()`. States are those of the fact's own day,
as known now.
"""

from datetime import date

from domain.coaching import Coaching, OwnCoach, SameEngagement
from domain.coaching_events import (
    CoachChanged,
    CoachingContracted,
    CoachingSessionCancelled,
    CoachingSessionHeld,
    Mode,
    Notice,
    Side,
)
from domain.participation import Participant, must_not_have_left, must_take_part
from domain.values import CoachingId, FellowshipId, PersonId


def must_be_coached(fellowship: Participant, coach_id: PersonId, on: date) -> None:
    """Refuse where a coach cannot begin with a fellow on a day, of which `fellowship` is.

    That is where no place was accepted, after the fellow's last day (AfterTheLastDay), and for the fellow as their own
    coach (OwnCoach).
    """
    if must_not_have_left(fellowship, on) == coach_id:
        raise OwnCoach


def contract_coaching(
    fellowship: Participant, *, fellowship_id: FellowshipId, coach_id: PersonId, on: date, entitlement_minutes: int
) -> CoachingContracted:
    """Agree coaching between a fellow and a coach from a day on, of which `fellowship` is.

    Refuses what `must_be_coached` does.
    """
    must_be_coached(fellowship, coach_id, on)
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


def cancel_coaching_session(
    fellowship: Participant, *, on: date, today: date, notice: Notice, by: Side, minutes_used: int = 0
) -> CoachingSessionCancelled:
    """State that a coaching session of a day, of which `fellowship` is, fell through; `today` is the day of recording.

    Where it used up minutes, refuses what `hold_coaching_session` does.
    """
    if minutes_used:
        must_take_part(fellowship, on, today)
    return CoachingSessionCancelled(notice=notice, by=by, minutes_used=minutes_used)


def change_coach(
    coaching: Coaching,
    fellowship: Participant,
    *,
    on: date,
    coaching_id: CoachingId,
    continued_by: CoachingId,
    coach_id: PersonId,
    carried_minutes: int | None = None,
) -> tuple[CoachChanged, CoachingContracted]:
    """Go on with another coach: the end of this engagement, and the beginning of the one that continues it.

    Both are recorded in one command on one day. All minutes left are taken over, unless fewer are named. Refuses an
    engagement not agreed or at its end, one that would continue itself (SameEngagement), and what `must_be_coached`
    refuses of the new coach.
    """
    coaching.must_run()
    assert coaching.fellowship_id is not None
    must_be_coached(fellowship, coach_id, on)
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
