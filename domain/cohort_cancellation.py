"""Cancelling a cohort: only before anybody starts in it."""

from collections.abc import Sequence
from itertools import islice

from domain.cohort import COHORT
from domain.cohort_state import Cohort, Stage
from domain.fellowship import FELLOWSHIP
from domain.fellowship_state import Fellowship, Standing
from domain.refusal import Refusal
from domain.rule import Rule
from domain.stream import Step, Timeline, named


class FellowsHaveStarted(Refusal):
    """A cohort in which fellows have started is not cancelled: it ends, and what becomes of each fellow is recorded."""


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

Places accepted in a cohort that is then cancelled are no contradiction: they are over its capacity, of which it has
none, and listed until they are given up or deferred.
"""
