"""Where fellows are: a cohort's counts at any date, as known at any position, and the roster behind them."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.event import Recorded
from domain.fellowship import FELLOWSHIP
from domain.fellowship_events import FellowshipCompleted, FellowshipResumed
from domain.fellowship_state import Fellowship
from domain.stream import Timeline
from domain.values import CohortId, FellowshipId
from infra.log.desk import Act
from infra.log.entries import of_streams
from infra.views.reading import At
from projections.cohort import days
from projections.person import people
from projections.roster import changes, named_roster, roster
from projections.standing import COUNTED, Attribution, of_programmes, standing
from tests.office import Office

START = date(2013, 9, 1)


def day(number: int) -> date:
    return START + timedelta(days=number)


def fellow(office: Office, cohort: CohortId, *, started: bool = True) -> FellowshipId:
    fellowship = FellowshipId.new()
    office.do(office.accepting(fellowship, office.person(), cohort, day(-60)))
    office.do(office.confirming(fellowship, day(-30)))
    if started:
        office.do(office.starting(fellowship, cohort, day(0)))
    return fellowship


def counts(office: Office, cohort: CohortId, valid: date, known: int | None = None) -> dict[str, int]:
    with office.reading() as connection:
        at = At(valid, office.known() if known is None else known)
        found = standing(connection, at, cohort, Attribution.ORIGIN).counts
    return {name: number for name, number in found.items() if number}


def test_every_count_is_always_there(office: Office) -> None:
    cohort = office.cohort(office.programme(), 2013)
    with office.reading() as connection:
        empty = standing(connection, At(START, office.known()), cohort, Attribution.ORIGIN)
    assert set(empty.counts) == set(COUNTED.values())
    assert set(empty.counts.values()) == {0}


def test_a_programmes_counts_are_those_of_its_cohorts_together_on_any_day_as_known_at_any_position(
    office: Office,
) -> None:
    programmes = [office.programme(), office.programme()]
    cohorts = [(programme, office.cohort(programme, year)) for programme in programmes for year in (2013, 2014)]
    for number, (_, cohort) in enumerate(cohorts):
        fellows = [fellow(office, cohort) for _ in range(number + 1)]
        office.do(office.withdrawing(fellows[0], day(40 + number)))
    head, seen = office.known(), 0
    with office.reading() as connection:
        for known in range(0, head + 1, 3):
            for valid in map(day, (-61, -30, 0, 39, 42, 400)):
                wanted = {programme: Counter[str]() for programme in programmes}
                for programme, cohort in cohorts:
                    wanted[programme].update(counts(office, cohort, valid, known))
                found = of_programmes(connection, At(valid, known))
                seen += len(found)
                told = {programme: {name: n for name, n in each.items() if n} for programme, each in found.items()}
                assert told == {programme: dict(each) for programme, each in wanted.items() if each}
                assert all(set(each) == set(COUNTED.values()) for each in found.values())
    assert seen


def test_a_state_holds_from_its_own_day(office: Office) -> None:
    cohort = office.cohort(office.programme(), 2013)
    fellowship = fellow(office, cohort)
    office.do(office.withdrawing(fellowship, day(40)))
    assert counts(office, cohort, day(-1)) == {"accepted": 1}
    assert counts(office, cohort, day(39)) == {"in_progress": 1}
    assert counts(office, cohort, day(40)) == {"withdrawn": 1}


def test_what_was_learned_late_was_not_known_before(office: Office) -> None:
    cohort = office.cohort(office.programme(), 2013)
    fellowship = fellow(office, cohort)
    before = office.known()
    receipt = office.do(office.withdrawing(fellowship, day(40)))
    assert counts(office, cohort, day(300), before) == {"in_progress": 1}
    assert counts(office, cohort, day(300), receipt.position) == {"withdrawn": 1}
    with office.reading() as connection:
        (change,) = changes(connection, cohort, day(300), before, receipt.position, Attribution.ORIGIN)
    assert change.fellowship_id == fellowship
    assert [(entry.kind, entry.position) for entry in change.entries] == [("fellowship.withdrawn", receipt.position)]


def test_a_deferred_fellow_belongs_to_the_old_cohort_until_the_new_one_has_taken_them_up(office: Office) -> None:
    programme = office.programme()
    first, second = office.cohort(programme, 2013), office.cohort(programme, 2014)
    fellowship = fellow(office, first)
    office.do(office.deferring(fellowship, second, day(100)))
    office.do(office.taking_up(fellowship, second, day(365)))
    with office.reading() as connection:
        known = office.known()

        def seen(cohort: CohortId, valid: date, attribution: Attribution) -> tuple[dict[str, int], int, int]:
            found = standing(connection, At(valid, known), cohort, attribution)
            return {n: c for n, c in found.counts.items() if c}, found.moved_in, found.moved_out

        assert seen(first, day(200), Attribution.CURRENT) == ({"deferred": 1}, 0, 0)
        assert seen(second, day(200), Attribution.CURRENT) == ({}, 0, 0)
        assert seen(first, day(400), Attribution.ORIGIN) == ({"in_progress": 1}, 0, 1)
        assert seen(first, day(400), Attribution.CURRENT) == ({}, 0, 1)
        assert seen(second, day(400), Attribution.CURRENT) == ({"in_progress": 1}, 1, 0)
        assert seen(second, day(400), Attribution.ORIGIN) == ({}, 1, 0)


ACTS = ("confirm", "start", "pause", "resume", "defer", "take_up", "withdraw", "complete", "retract")
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 3), st.integers(0, 12), st.integers(0, 2)),
    min_size=4,
    max_size=24,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(STEPS)
def test_over_all_cohorts_both_attributions_count_the_same_people_and_the_roster_bears_them_out(
    office: Office, steps: list[tuple[str, int, int, int]]
) -> None:
    programme = office.programme()
    cohorts = [office.cohort(programme, year) for year in (2013, 2014, 2015)]
    fellows = [FellowshipId.new() for _ in range(4)]
    for number, fellowship in enumerate(fellows):
        office.do(office.accepting(fellowship, office.person(), cohorts[number % 2], day(0)))
        office.attempt(office.confirming(fellowship, day(0)))
        office.attempt(office.starting(fellowship, cohorts[number % 2], day(0)))
    first = office.known()
    for act, number, on, cohort in steps:
        office.attempt(chosen(office, act, fellows[number], cohorts[cohort], day(on), on))
    with office.reading() as connection:
        head = office.known()
        recorded = of_streams(connection, [FELLOWSHIP.of(each) for each in fellows], head)
        for valid in (day(0), day(3), day(6), day(9), day(12)):
            for known in range(first, head + 1):
                at = At(valid, known)
                folded = fold(recorded, at)
                for attribution in Attribution:
                    found = [standing(connection, at, cohort, attribution) for cohort in cohorts]
                    assert sum(sum(each.counts.values()) for each in found) == len(folded)
                    for cohort, each in zip(cohorts, found, strict=True):
                        here = [f for f in folded if (f.origin if attribution == "origin" else f.current) == cohort]
                        listed = roster(connection, at, cohort, attribution)
                        named = people(connection, at, {row.person_id for row in listed})
                        assert named_roster(connection, at, cohort, attribution) == (
                            [(row, named[row.person_id].name) for row in listed],
                            days(connection, at, cohort),
                        )
                        assert Counter(row.state for row in listed) == Counter(f.standing for f in here)
                        assert sum(each.counts.values()) == len(listed)


def chosen(office: Office, act: str, fellowship: FellowshipId, cohort: CohortId, on: date, number: int) -> Act:
    match act:
        case "confirm":
            return office.confirming(fellowship, on)
        case "start":
            return office.starting(fellowship, cohort, on)
        case "pause":
            return office.pausing(fellowship, on)
        case "resume":
            return office.stating(fellowship, on, FellowshipResumed)
        case "defer":
            return office.deferring(fellowship, cohort, on)
        case "take_up":
            return office.taking_up(fellowship, cohort, on)
        case "withdraw":
            return office.withdrawing(fellowship, on)
        case "complete":
            return office.stating(fellowship, on, FellowshipCompleted)
        case _:
            return office.retracting(fellowship, number)


def fold(recorded: list[Recorded], at: At) -> list[Fellowship]:
    """The fellowships that are counted at (V, K), each from its own entries."""
    streams: dict[str, list[Recorded]] = {}
    for entry in recorded:
        if entry.position <= at.known:
            streams.setdefault(entry.stream, []).append(entry)
    states = [Timeline(FELLOWSHIP, entries).at(at.valid) for entries in streams.values()]
    return [state for state in states if state.standing in COUNTED]
