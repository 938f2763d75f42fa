"""Capacity: on no day are more places of a cohort taken than it has. No stated capacity means no limit."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from domain.cohort import COHORT
from domain.cohort_state import Cohort
from domain.fellowship import FELLOWSHIP, held
from domain.fellowship_events import FellowshipDeferred, PlaceAccepted, WithdrawalReversed
from domain.fellowship_state import Fellowship
from domain.refusal import Refusal
from domain.rule import Rule
from domain.stream import Timeline


class CohortFull(Refusal):
    """The cohort has no place left. Raise its capacity, or choose another cohort."""


class _Taken(NamedTuple):
    """How many places are taken from each of these days on."""

    days: list[date]
    places: list[int]

    def on(self, day: date) -> int:
        index = bisect_right(self.days, day)
        return self.places[index - 1] if index else 0


def _taken(cohort_id: str, fellowships: Sequence[Timeline[Fellowship]]) -> _Taken:
    changes: Counter[date] = Counter()
    for fellowship in fellowships:
        for holding in held(fellowship):
            if holding.cohort_id == cohort_id:
                changes[holding.since] += 1
                if holding.until is not None:
                    changes[holding.until] -= 1
    days = sorted(changes)
    return _Taken(days, list(accumulate(changes[day] for day in days)))


def _excess(cohort: Timeline[Cohort], taken: _Taken, day: date) -> int:
    capacity = cohort.at(day).capacity
    return 0 if capacity is None else max(0, taken.on(day) - capacity)


def is_limited(cohort: Timeline[Cohort]) -> bool:
    """Whether the cohort states a capacity on any day."""
    return any(step.after.capacity is not None for step in cohort.steps)


def breaks_capacity(
    cohort_id: str,
    cohort_before: Timeline[Cohort],
    cohort_after: Timeline[Cohort],
    before: Sequence[Timeline[Fellowship]],
    after: Sequence[Timeline[Fellowship]],
) -> Refusal | None:
    """The refusal if on some day more places are taken than there are, and more in excess than before; else None.

    `before` and `after` are the histories of all fellowships that ever took a place in the cohort.
    """
    taken_before, taken_after = _taken(cohort_id, before), _taken(cohort_id, after)
    days = {*taken_after.days, *(step.place.day for step in cohort_after.steps)}
    days |= {*taken_before.days, *(step.place.day for step in cohort_before.steps)}
    for day in sorted(days):
        if _excess(cohort_after, taken_after, day) > _excess(cohort_before, taken_before, day):
            state = cohort_after.at(day)
            return CohortFull(
                f"On {day}, {taken_after.on(day)} places of {state.code} would be taken; it has {state.capacity}."
            )
    return None


PLACES = Rule(
    guard="places",
    owner=COHORT,
    member=FELLOWSHIP,
    acts=(PlaceAccepted, FellowshipDeferred, WithdrawalReversed),
    irregularity="over_capacity",
    applies=is_limited,
    breaks=breaks_capacity,
)
