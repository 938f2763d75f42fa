"""Cancelling a cohort: only before anybody starts in it, and once nobody holds a place there any more."""

from collections.abc import Sequence
from itertools import islice

from domain.capacity import PLACES
from domain.cohort import COHORT, CohortCancelled
from domain.cohort_state import Cohort, CohortIsCancelled, Stage
from domain.contradiction import named
from domain.fellowship import FELLOWSHIP, held
from domain.fellowship_events import FellowshipDeferred, PlaceAccepted, WithdrawalReversed
from domain.fellowship_state import Fellowship, Standing
from domain.refusal import Refusal
from domain.rule import Rule
from domain.stream import Step, Timeline


class FellowsHaveStarted(Refusal):
    """A cohort in which fellows have started is not cancelled: it ends, and what becomes of each fellow is recorded."""


class FellowsHoldPlaces(Refusal):
    """Fellows hold places in the cohort that is to be cancelled. Defer them, or record that they gave the place up."""


class CancelledBeforeItBegan(Refusal):
    """The cohort was cancelled before it began, so nobody starts in it, or goes on there, on whatever day."""


def _cancelled(cohort: Timeline[Cohort]) -> bool:
    return any(step.after.stage is Stage.CANCELLED for step in cohort.steps)


def _started(cohort_id: str, fellowships: Sequence[Timeline[Fellowship]]) -> list[Step]:
    """For each fellowship that was ever in progress in a cohort, the fact since which it was."""
    return [
        step
        for fellowship in fellowships
        for step in islice(
            (
                step
                for step in fellowship.steps
                if step.after.standing is Standing.IN_PROGRESS and step.after.current == cohort_id
            ),
            1,
        )
    ]


def breaks_cancellation(
    cohort_id: str,
    cohort_before: Timeline[Cohort],
    cohort_after: Timeline[Cohort],
    before: Sequence[Timeline[Fellowship]],
    after: Sequence[Timeline[Fellowship]],
) -> Refusal | None:
    """The refusal if fellows have started in a cohort that is cancelled, and more than before.

    FellowsHaveStarted, with their starts, where this cancels it; CancelledBeforeItBegan where that was done already.
    `before` and `after` are the histories of all fellowships that ever started in the cohort, or went on there.
    """
    if not _cancelled(cohort_after):
        return None
    started = _started(cohort_id, after)
    code = cohort_after.at(None).code
    if _cancelled(cohort_before):
        more = len(started) > len(_started(cohort_id, before))
        return CancelledBeforeItBegan(f"{code} was cancelled.") if more else None
    if not started:
        return None
    return FellowsHaveStarted(
        f"Fellows who started in {code}: {len(started)}.",
        facts=tuple(named(step.recorded) for step in started),
    )


CANCELLATION = Rule(
    guard="starts",
    owner=COHORT,
    member=FELLOWSHIP,
    applies=_cancelled,
    breaks=breaks_cancellation,
)
"""A contradiction, refused however it is entered: nobody starts in what was cancelled before it began.
"""


def _remaining(cohort_id: str, cohort: Timeline[Cohort], fellowships: Sequence[Timeline[Fellowship]]) -> list[Step]:
    """For each fellowship with a place in a cohort on days on which it is cancelled, the fact since which it holds it.

    On the day of the cancellation itself a place may still be given up, or its holder be deferred.
    """
    cancelled = next((step.place.day for step in cohort.steps if step.after.stage is Stage.CANCELLED), None)
    if cancelled is None:
        return []
    remaining: list[Step] = []
    for fellowship in fellowships:
        there = [each for each in held(fellowship) if each.cohort_id == cohort_id]
        if there and (there[-1].until is None or there[-1].until > cancelled):
            taking = (step for step in fellowship.steps if step.after.occupies == cohort_id)
            remaining.append(next(step for step in taking if step.place.day == there[-1].since))
    return remaining


def breaks_emptiness(
    cohort_id: str,
    cohort_before: Timeline[Cohort],
    cohort_after: Timeline[Cohort],
    before: Sequence[Timeline[Fellowship]],
    after: Sequence[Timeline[Fellowship]],
) -> Refusal | None:
    """The refusal if more fellows than before hold places in a cohort that is cancelled; else None.

    FellowsHoldPlaces, with the facts since which they do, where this cancels it; CohortIsCancelled where that was done
    already. `before` and `after` are the histories of all fellowships that ever took a place in the cohort.
    """
    remaining = _remaining(cohort_id, cohort_after, after)
    if len(remaining) <= len(_remaining(cohort_id, cohort_before, before)):
        return None
    code = cohort_after.at(None).code
    if _cancelled(cohort_before):
        return CohortIsCancelled(f"{code} was cancelled; a place in it would still be held then.")
    return FellowsHoldPlaces(
        f"Fellows who would still hold a place in {code}: {len(remaining)}.",
        facts=tuple(named(step.recorded) for step in remaining),
    )


EMPTINESS = Rule(
    guard=PLACES.guard,
    owner=COHORT,
    member=FELLOWSHIP,
    acts=(CohortCancelled, PlaceAccepted, FellowshipDeferred, WithdrawalReversed),
    irregularity="place_in_a_cancelled_cohort",
    applies=_cancelled,
    breaks=breaks_emptiness,
)
"""Who decides to cancel a cohort first settles what becomes of those who hold places there.

That one was cancelled over them all the same, learned late or by a correction, is recorded and listed.
"""
