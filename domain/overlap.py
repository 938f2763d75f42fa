"""Overlap: one organisation releases a person once at a time, and all together no more than the person's contract.

What a secondment releases on a day is what `releases_on` says; one that has not started yet counts as if it started on
the first day agreed. What a person is contracted for is what their secondments state; where these differ on a day, the
greatest. The set of a person's releases belongs to their career, which is identified by the person.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import zip_longest
from typing import Any, NamedTuple

from domain.career import CAREER
from domain.refusal import Refusal
from domain.rule import Rule
from domain.secondment import SECONDMENT
from domain.secondment_state import Secondment, SecondmentStage, releases_on
from domain.stream import Timeline
from domain.values import OrganisationId


class SecondmentsOverlap(Refusal):
    """One organisation cannot second a person twice at a time. End the earlier one first, or change its fraction."""


class ReleasedBeyondContract(Refusal):
    """All organisations together cannot release more WTE than the person is contracted for."""


class Release(NamedTuple):
    """What one secondment releases from a day until another, which is no longer in it."""

    organisation_id: OrganisationId
    since: date
    until: date
    contracted_wte: Decimal
    released_wte: Decimal


def releases(timeline: Timeline[Secondment]) -> list[Release]:
    """What a secondment releases on which days, in order, each stretch of days by what holds on them.

    A cancelled or refused one releases nothing; one that is paused runs, and releases nothing. Between the last day
    agreed and the day of a later extension it does not run.
    """
    known = timeline.at(None)
    since = known.started_on or known.starts_on
    if since is None or known.stage is SecondmentStage.CANCELLED:
        return []
    by_day: dict[date, Secondment] = {step.place.day: step.after for step in timeline.steps if step.after.stage}
    state = by_day[min(by_day, key=lambda day: (day > since, abs(day - since)))]
    days = [since, *sorted(day for day in by_day if day > since)]
    found: list[Release] = []
    for day, change in zip_longest(days, days[1:]):
        state = by_day.get(day, state)
        assert state.organisation_id is not None
        assert state.until is not None
        over = state.until + timedelta(days=1)
        until = over if change is None else min(change, over)
        if day < until:
            runs = releases_on(day, since=since, until=state.until, paused=state.paused)
            released = state.released_wte if runs else Decimal(0)
            found.append(Release(state.organisation_id, day, until, state.contracted_wte, released))
    return found


class _Day(NamedTuple):
    """What holds on one day, of all secondments of a person."""

    secondments: Counter[OrganisationId]
    contracted: Decimal
    released: Decimal

    @property
    def excess(self) -> Decimal:
        return max(Decimal(0), self.released - self.contracted)


def _on(day: date, found: Sequence[Release]) -> _Day:
    there = [release for release in found if release.since <= day < release.until]
    return _Day(
        Counter(release.organisation_id for release in there),
        max((release.contracted_wte for release in there), default=Decimal(0)),
        sum((release.released_wte for release in there), Decimal(0)),
    )


def _of(person_id: str, secondments: Sequence[Timeline[Secondment]]) -> Iterator[Release]:
    for secondment in secondments:
        if secondment.at(None).person_id == person_id:
            yield from releases(secondment)


def breaks_overlap(
    person_id: str,
    career_before: Timeline[Any],
    career_after: Timeline[Any],
    before: Sequence[Timeline[Secondment]],
    after: Sequence[Timeline[Secondment]],
) -> Refusal | None:
    """The refusal if a person's secondments clash on some day, and did not as much before; else None.

    `before` and `after` are the histories of all secondments of the person.
    """
    was, now = list(_of(person_id, before)), list(_of(person_id, after))
    for day in sorted({day for release in (*was, *now) for day in (release.since, release.until)}):
        earlier, later = _on(day, was), _on(day, now)
        for organisation, times in later.secondments.items():
            if times > max(1, earlier.secondments[organisation]):
                return SecondmentsOverlap(f"On {day}, {times} secondments from one organisation would run.")
        if later.excess > earlier.excess:
            return ReleasedBeyondContract(
                f"On {day}, {later.released.normalize()} WTE would be released of {later.contracted.normalize()} WTE."
            )
    return None


RELEASES = Rule(
    guard="releases",
    owner=CAREER,
    member=SECONDMENT,
    breaks=breaks_overlap,
)
