"""Independence: a fellow has one coach at a time, who is not their line manager and does not assess their work.

Both sets belong to the fellow's oversight, which is identified by the fellowship.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from domain.coaching import COACHING, Coaching
from domain.coaching_events import CoachingContracted
from domain.oversight import OVERSIGHT, AssessorAppointed, Oversight
from domain.refusal import Refusal
from domain.rule import Rule
from domain.stream import Timeline
from domain.values import PersonId


class TwoCoaches(Refusal):
    """A fellow has one coach at a time. End the coaching that runs, or change the coach."""


class CoachIsLineManager(Refusal):
    """A fellow's coach cannot be their line manager. Choose another coach."""


class CoachAssesses(Refusal):
    """A fellow's coach cannot assess that fellow's work, then or later. Choose somebody else."""


class Engagement(NamedTuple):
    """A coach's engagement from a day until another, which is no longer in it; None: it runs still."""

    coach_id: PersonId
    since: date
    until: date | None

    def runs(self, day: date) -> bool:
        """Whether it runs on a day."""
        return self.since <= day and (self.until is None or day < self.until)


def engagements(fellowship_id: str, coachings: Sequence[Timeline[Coaching]]) -> list[Engagement]:
    """The coaching engagements of one fellow. One that ends on the day on which another begins is no longer there."""
    found: list[Engagement] = []
    for coaching in coachings:
        known = coaching.at(None)
        if known.fellowship_id == fellowship_id and known.coach_id is not None:
            since = min(step.place.day for step in coaching.steps if step.after.stage is not None)
            found.append(Engagement(known.coach_id, since, known.since if known.over else None))
    return found


def _days(*found: Sequence[Engagement]) -> set[date]:
    return {day for each in found for engagement in each for day in (engagement.since, engagement.until) if day}


def breaks_one_coach(
    fellowship_id: str,
    oversight_before: Timeline[Oversight],
    oversight_after: Timeline[Oversight],
    before: Sequence[Timeline[Coaching]],
    after: Sequence[Timeline[Coaching]],
) -> Refusal | None:
    """The refusal if on some day a fellow has more than one coach, and more than before; else None."""
    was, now = engagements(fellowship_id, before), engagements(fellowship_id, after)
    for day in sorted(_days(was, now)):
        coaches = sum(engagement.runs(day) for engagement in now)
        if coaches > max(1, sum(engagement.runs(day) for engagement in was)):
            return TwoCoaches(f"On {day}, {coaches} would coach the fellow.")
    return None


def _dependent(
    oversight: Oversight, found: Sequence[Engagement], day: date
) -> frozenset[tuple[type[Refusal], PersonId]]:
    """Who breaks independence on a day, and how: who assesses and coaches or has coached, who manages and coaches."""
    assess = {each.coach_id for each in found if each.since <= day} & oversight.assessors
    manage = {each.coach_id for each in found if each.runs(day) and each.coach_id == oversight.line_manager_id}
    return frozenset(
        {(CoachAssesses, person) for person in assess} | {(CoachIsLineManager, person) for person in manage}
    )


def breaks_independence(
    fellowship_id: str,
    oversight_before: Timeline[Oversight],
    oversight_after: Timeline[Oversight],
    before: Sequence[Timeline[Coaching]],
    after: Sequence[Timeline[Coaching]],
) -> Refusal | None:
    """The refusal if on some day a coach manages or assesses the fellow, and did not so before; else None."""
    was, now = engagements(fellowship_id, before), engagements(fellowship_id, after)
    days = _days(was, now) | {step.place.day for step in (*oversight_before.steps, *oversight_after.steps)}
    for day in sorted(days):
        fresh = _dependent(oversight_after.at(day), now, day) - _dependent(oversight_before.at(day), was, day)
        for refusal, _ in sorted(fresh, key=lambda found: found[0].code()):
            return refusal(f"It would be so on {day}.")
    return None


def anybody(oversight: Timeline[Oversight]) -> bool:
    """Whether anybody has a say over the fellow on any day."""
    return any(step.after.assessors or step.after.line_manager_id for step in oversight.steps)


ONE_COACH = Rule(
    guard="coaches",
    owner=OVERSIGHT,
    member=COACHING,
    acts=(CoachingContracted,),
    irregularity="two_coaches",
    breaks=breaks_one_coach,
)

INDEPENDENCE = Rule(
    guard="independence",
    owner=OVERSIGHT,
    member=COACHING,
    acts=(CoachingContracted, AssessorAppointed),
    irregularity="coach_not_independent",
    applies=anybody,
    breaks=breaks_independence,
)
