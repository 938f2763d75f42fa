"""What holds of every fellowship, whatever is entered in whatever order."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise, permutations

from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from domain.capacity import PLACES
from domain.cohort import COHORT, CohortCapacityChanged, CohortPlanned
from domain.cohort_state import Cohort
from domain.event import Event
from domain.fellowship import FELLOWSHIP, held
from domain.fellowship_events import (
    CompletionRescinded,
    FellowshipCompleted,
    FellowshipDeferred,
    FellowshipEndedByProgramme,
    FellowshipNotCompleted,
    FellowshipPaused,
    FellowshipResumed,
    FellowshipStarted,
    FellowshipTakenUp,
    FellowshipWithdrawn,
    OfferLapsed,
    PlaceAccepted,
    PlaceConfirmed,
    PlaceDeclined,
    PlaceGivenUp,
    PlaceOffered,
    WithdrawalReversed,
)
from domain.fellowship_reasons import DeferralReason, Ground, LeavingReason, PauseReason, ReversalReason
from domain.fellowship_state import Fellowship
from domain.refusal import Refusal
from domain.stream import Timeline
from domain.values import CohortId
from tests.domain.fellows import ADA, C2013, C2014, QIF
from tests.scenario import Entry, Scenario, correcting, given, on, retracting, superseding

FIRST_DAY = date(2013, 9, 1)
DAYS = [FIRST_DAY + timedelta(days) for days in range(9)]
COHORTS = (C2013, C2014, CohortId.new())

days = st.sampled_from(DAYS)

ACCEPTANCES = [PlaceAccepted(person_id=ADA, cohort_id=cohort, programme_id=QIF) for cohort in COHORTS]
FACTS: Sequence[Event] = (
    *ACCEPTANCES,
    *(PlaceOffered(person_id=ADA, cohort_id=cohort, programme_id=QIF) for cohort in COHORTS),
    *(FellowshipTakenUp(cohort_id=cohort) for cohort in COHORTS),
    *(
        FellowshipDeferred(person_id=ADA, from_cohort_id=a, to_cohort_id=b, reason=DeferralReason.OTHER)
        for a, b in permutations(COHORTS, 2)
    ),
    PlaceConfirmed(),
    FellowshipStarted(),
    FellowshipPaused(person_id=ADA, reason=PauseReason.OTHER),
    FellowshipResumed(),
    PlaceDeclined(person_id=ADA, reason=LeavingReason.OTHER),
    OfferLapsed(),
    PlaceGivenUp(person_id=ADA, reason=LeavingReason.OTHER),
    FellowshipWithdrawn(person_id=ADA, reason=LeavingReason.OTHER),
    WithdrawalReversed(person_id=ADA, reason=ReversalReason.OTHER),
    FellowshipCompleted(),
    CompletionRescinded(person_id=ADA, ground=Ground.OTHER),
    FellowshipNotCompleted(person_id=ADA, ground=Ground.OTHER),
    FellowshipEndedByProgramme(person_id=ADA, ground=Ground.OTHER),
)


def possible(state: Fellowship, fact: Event, day: date) -> bool:
    """Whether nothing before the fact speaks against it; later facts may."""
    try:
        FELLOWSHIP.evolve(state, fact, day)
    except Refusal:
        return False
    return True


@st.composite
def entries(draw: st.DrawFn, history: Timeline[Fellowship], supersessions: bool) -> Entry:
    """One more entry, plain or changing an earlier one; most fit, some do not."""
    day = draw(days)
    fitting = [fact for fact in FACTS if possible(history.at(day), fact, day)]
    fact = draw(st.sampled_from(fitting or FACTS))
    if draw(st.integers(0, 2)):
        return on(day.isoformat(), fact)
    version = draw(st.integers(1, history.version))
    match draw(st.integers(0, 2 if supersessions else 1)):
        case 0:
            restated = history.entry(version).event
            if isinstance(restated, PlaceAccepted):
                restated = draw(st.sampled_from(ACCEPTANCES))
            return correcting(version, day.isoformat(), restated)
        case 1:
            return retracting(version)
        case _:
            return superseding(version, day.isoformat(), fact)


@st.composite
def lives(draw: st.DrawFn, size: int = 14, *, supersessions: bool = True) -> list[Scenario[Fellowship]]:
    """The histories of a fellowship, one after each entry that was taken."""
    taken = [given(FELLOWSHIP)]
    first: Sequence[Event] = (draw(st.sampled_from(ACCEPTANCES)), PlaceConfirmed(), FellowshipStarted())
    for fact in first[: draw(st.integers(1, 3))]:
        taken.append(taken[-1].when(on(FIRST_DAY.isoformat(), fact)))
    for _ in range(draw(st.integers(0, size))):
        tried = taken[-1].when(draw(entries(taken[-1].history, supersessions)))
        if tried.refusal is None:
            taken.append(tried)
    return taken


def occupied(history: Timeline[Fellowship], cohort: CohortId) -> set[date]:
    """The days on which the fellowship takes a place in a cohort, looked up day by day."""
    return {day for day in DAYS if history.at(day).occupies == cohort}


@forall(lives())
@settings(max_examples=150, deadline=None)
def test_a_history_made_of_what_was_taken_holds_no_contradiction(life: list[Scenario[Fellowship]]) -> None:
    for scenario in life:
        assert not scenario.history.contradictions()


@forall(lives())
@settings(max_examples=150, deadline=None)
def test_a_fellowship_takes_one_place_at_a_time_and_the_days_are_those_of_its_states(
    life: list[Scenario[Fellowship]],
) -> None:
    for scenario in life:
        holdings = held(scenario.history)
        for holding in holdings:
            assert holding.until is None or holding.since < holding.until
        for holding, following in pairwise(holdings):
            assert holding.until is not None
            assert holding.until <= following.since
        for cohort in COHORTS:
            spanned = {
                day
                for day in DAYS
                for holding in holdings
                if holding.cohort_id == cohort and holding.since <= day and (not holding.until or day < holding.until)
            }
            assert spanned == occupied(scenario.history, cohort)


@forall(lives())
@settings(max_examples=150, deadline=None)
def test_whatever_changes_the_places_taken_in_a_cohort_writes_its_guard(life: list[Scenario[Fellowship]]) -> None:
    for before, after in pairwise(life):
        entry = after.history.statements[-1]
        written = after.history.guards([entry.version])
        if entry.link is not None:
            written |= before.history.guards([entry.link.version])
        for cohort in COHORTS:
            if occupied(before.history, cohort) != occupied(after.history, cohort):
                assert f"places:{cohort}" in written


@forall(lives(supersessions=False))
@settings(max_examples=150, deadline=None)
def test_the_order_of_entry_does_not_matter(life: list[Scenario[Fellowship]]) -> None:
    history = life[-1].history
    again = given(FELLOWSHIP, *(on(step.place.day.isoformat(), step.recorded.event) for step in history.steps))
    for day in DAYS:
        assert again.history.at(day) == history.at(day)


def capped(changes: dict[date, int | None]) -> Timeline[Cohort]:
    planned = CohortPlanned(
        programme_id=QIF,
        programme_version="1",
        code="QIF-2013",
        starts_on=FIRST_DAY,
        ends_on=DAYS[-1],
        capacity=changes.pop(FIRST_DAY, None),
    )
    moves = (on(day.isoformat(), CohortCapacityChanged(capacity=places)) for day, places in sorted(changes.items()))
    return given(COHORT, on(FIRST_DAY.isoformat(), planned), *moves).history


caps = st.dictionaries(st.sampled_from(DAYS), st.none() | st.integers(1, 3), max_size=3).map(capped)


@forall(st.lists(lives(6), max_size=4), caps, caps)
@settings(max_examples=150, deadline=None)
def test_capacity_is_broken_where_a_count_day_by_day_finds_it_worse_than_before(
    several: list[list[Scenario[Fellowship]]], cohort_before: Timeline[Cohort], cohort_after: Timeline[Cohort]
) -> None:
    before = [life[len(life) // 2].history for life in several]
    after = [life[-1].history for life in several]

    def excess(cohort: Timeline[Cohort], fellowships: list[Timeline[Fellowship]], day: date) -> int:
        places = cohort.at(day).capacity
        taken = sum(history.at(day).occupies == C2013 for history in fellowships)
        return 0 if places is None else max(0, taken - places)

    worse = [day for day in DAYS if excess(cohort_after, after, day) > excess(cohort_before, before, day)]
    refusal = PLACES.breaks(C2013, cohort_before, cohort_after, before, after)
    assert (refusal is not None) == bool(worse)
    assert refusal is None or refusal.detail.startswith(f"On {worse[0]}, ")
