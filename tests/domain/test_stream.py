"""The effective history of a stream: what stands, in which order, and what may be added."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from domain.contradiction import judge, newly_irregular
from domain.event import Event, How, Link, Recorded, Retracted
from domain.refusal import NoSuchEntry, NotStanding, Refusal, WouldContradict
from domain.stream import Step, Stream, Timeline
from domain.values import Happened, Phase
from tests.scenario import Scenario, correcting, given, on, retracting, superseding


class Opened(Event):
    """A jar was opened."""

    kind = "test.jar.opened"
    phase = Phase.OPENS


class Put(Event):
    """Something was put into a jar."""

    kind = "test.jar.put"

    what: str


class Shut(Event):
    """A jar was shut."""

    kind = "test.jar.shut"
    phase = Phase.ENDS


class IsShut(Refusal):
    """The jar was shut."""


class IsFull(Refusal):
    """The jar was full."""


@dataclass(frozen=True)
class Jar:
    holds: tuple[str, ...] = ()
    shut: bool = False


def evolve(jar: Jar, event: Event, day: date) -> Jar:
    match event:
        case Put(what=what):
            if jar.shut:
                raise IsShut
            if len(jar.holds) == 3:
                raise IsFull
            return replace(jar, holds=(*jar.holds, what))
        case Shut():
            return replace(jar, shut=True)
        case _:
            return replace(jar, shut=False)


JAR = Stream("jar", Jar(), evolve)

A, B, C = (on(day, Put(what=what)) for day, what in (("2014-01-01", "a"), ("2014-01-02", "b"), ("2014-01-03", "c")))
END = on("2014-01-02", Shut())


def test_facts_stand_in_the_order_of_their_days_whatever_the_order_of_entry() -> None:
    given(JAR, C, A, B).then(holds=("a", "b", "c")).then("2014-01-02", holds=("a", "b")).then("2013-12-31", holds=())


def test_on_one_day_openings_come_first_and_endings_last() -> None:
    given(JAR, END).when(on("2014-01-02", Put(what="late"))).then(holds=("late",), shut=True)
    given(JAR, END, on("2014-01-02", Opened())).then(shut=True)


def test_on_one_day_facts_alike_stand_in_the_order_of_entry() -> None:
    given(JAR, A, on("2014-01-01", Put(what="b")), on("2014-01-01", Put(what="c"))).then(holds=("a", "b", "c"))


def test_a_correction_keeps_its_place_on_the_day() -> None:
    given(JAR, A, on("2014-01-01", Put(what="b")), correcting(1, "2014-01-01", Put(what="A"))).then(holds=("A", "b"))


def test_a_correction_may_move_the_day_and_be_corrected() -> None:
    given(JAR, A, B, correcting(1, "2014-01-05", Put(what="A"))).then(holds=("b", "A")).when(
        correcting(3, "2014-01-01", Put(what="AA"))
    ).then(holds=("AA", "b"))


def test_retracting_a_correction_undoes_it() -> None:
    given(JAR, A, correcting(1, "2014-01-01", Put(what="A")), retracting(2)).then(holds=("a",))


def test_retracting_the_original_takes_its_corrections_along() -> None:
    given(JAR, A, B, correcting(1, "2014-01-01", Put(what="A"))).when(retracting(3), retracting(1)).then(holds=("b",))


def test_a_retracted_retraction_restores() -> None:
    given(JAR, A, retracting(1)).then(holds=()).when(retracting(2)).then(holds=("a",)).when(retracting(3)).then(
        holds=()
    )


def test_from_its_day_on_a_later_decision_replaces_the_earlier() -> None:
    replaced = given(JAR, A, B, superseding(1, "2014-01-05", Put(what="x")))
    replaced.then("2014-01-04", holds=("a", "b")).then(holds=("b", "x"))
    replaced.when(retracting(3)).then(holds=("a", "b"))
    replaced.when(correcting(3, "2014-01-03", Put(what="y"))).then("2014-01-03", holds=("b", "y"))


def test_a_later_decision_may_itself_be_replaced() -> None:
    given(JAR, A, superseding(1, "2014-01-05", Put(what="x")), superseding(2, "2014-01-06", Put(what="y"))).then(
        "2014-01-05", holds=("x",)
    ).then(holds=("y",))


def test_a_decision_replaced_from_an_earlier_day_on_never_takes_effect() -> None:
    given(JAR, A, superseding(1, "2014-01-05", Put(what="x")), superseding(2, "2014-01-03", Put(what="y"))).then(
        "2014-01-04", holds=("a", "y")
    ).then(holds=("y",))


def test_what_was_replaced_and_entered_in_error_comes_back_with_what_replaced_it() -> None:
    given(JAR, A, superseding(1, "2014-01-01", Put(what="x")), retracting(1), retracting(3)).then(holds=("x",))


def test_an_entry_that_cannot_have_happened_is_refused_with_its_own_reason() -> None:
    given(JAR, END).when(C).refused(IsShut)


def test_an_entry_that_makes_later_facts_impossible_names_them() -> None:
    refused = given(JAR, A, C).when(END).refused(WouldContradict, "test.jar.put")
    assert isinstance(refused.refusal, WouldContradict)
    assert refused.refusal.detail == "If this were so, these could not have happened: test.jar.put on 2014-01-03."
    assert refused.refusal.facts[0].version == 2


def test_a_decision_that_makes_earlier_facts_impossible_by_what_it_replaces_names_them() -> None:
    opened = given(JAR, END, on("2014-01-03", Opened()), on("2014-01-04", Put(what="a")))
    opened.when(superseding(2, "2014-01-06", Put(what="b"))).refused(IsShut)
    opened.when(superseding(2, "2014-01-06", Shut())).refused(WouldContradict, "test.jar.put")


def recorded(version: int, day: str, event: Event, link: Link | None = None, slot: int | None = None) -> Recorded:
    happened = Happened(date.fromisoformat(day))
    return Recorded("jar:1", version, event, happened, version, slot or version, datetime(2026, 1, 1, tzinfo=UTC), link)


def test_a_contradiction_that_was_there_before_is_not_held_against_what_is_new() -> None:
    before = Timeline(JAR, [recorded(1, "2014-01-02", Shut()), recorded(2, "2014-01-03", Put(what="a"))])
    assert [step.recorded.version for step in before.contradictions().values()] == [2]
    judge(before, before.adding(recorded(3, "2014-01-01", Put(what="b"))))


def test_a_fact_that_is_impossible_for_another_reason_than_before_is() -> None:
    full = [recorded(version, "2014-01-01", Put(what="x")) for version in (1, 2, 3)]
    before = Timeline(JAR, [*full, recorded(4, "2014-01-03", Put(what="d"))])
    with pytest.raises(WouldContradict):
        judge(before, before.adding(recorded(5, "2014-01-02", Shut())))


def test_several_facts_entered_together_are_judged_together() -> None:
    before = Timeline(JAR, [recorded(1, "2014-01-02", Shut())])
    moved = before.adding(recorded(2, "2014-01-09", Shut(), Link(How.CORRECTS, 1), 1))
    judge(before, moved.adding(recorded(3, "2014-01-03", Put(what="a"))))


def test_only_what_stands_is_changed() -> None:
    changed = given(JAR, A, correcting(1, "2014-01-01", Put(what="A")))
    changed.when(correcting(1, "2014-01-01", Put(what="B"))).refused(NotStanding)
    struck: Scenario[Jar] = given(JAR, A, retracting(1))
    struck.when(retracting(1)).refused(NotStanding)
    struck.when(superseding(1, "2014-01-02", Put(what="B"))).refused(NotStanding)
    struck.when(correcting(2, "2014-01-02", Put(what="B"))).refused(NotStanding)


@pytest.mark.parametrize("version", [0, -1, 2])
def test_an_entry_that_is_not_there_is_told(version: int) -> None:
    given(JAR, A).when(retracting(version)).refused(NoSuchEntry)


def test_a_stream_without_guards_belongs_to_no_set() -> None:
    history = given(JAR, A, B).history
    assert history.guards([1, 2]) == frozenset()
    assert (history.version, Timeline(JAR).version) == (2, 0)
    assert Timeline(JAR).at(None) == Timeline(JAR).at(date.max) == Jar()


DAYS = [date(2014, 1, 1) + timedelta(days) for days in range(5)]
EVENTS: Sequence[Event] = (Opened(), Put(what="a"), Put(what="b"), Shut())


@st.composite
def statements(draw: st.DrawFn) -> list[Recorded]:
    made: list[Recorded] = []
    for version in range(1, draw(st.integers(1, 8)) + 1):
        day, event = draw(st.sampled_from(DAYS)).isoformat(), draw(st.sampled_from(EVENTS))
        how = draw(st.sampled_from([None, None, *How])) if made else None
        target = draw(st.sampled_from(made)) if made else None
        if how is None or target is None or (target.retracts and how is not How.RETRACTS):
            made.append(recorded(version, day, event))
            continue
        said = {How.CORRECTS: target.event, How.RETRACTS: Retracted(), How.SUPERSEDES: event}[how]
        slot = version if how is How.SUPERSEDES else target.slot
        made.append(recorded(version, day, said, Link(how, target.version), slot))
    return made


@forall(statements(), st.integers(0, 8))
@settings(max_examples=200, deadline=None)
def test_adding_entries_gives_the_history_of_all_of_them(entries: list[Recorded], first: int) -> None:
    whole = Timeline(JAR, entries)
    added = Timeline(JAR, entries[:first]).adding(*entries[first:])
    assert list(added.statements) == list(whole.statements)
    assert [step._replace(refusal=None) for step in added.steps] == [s._replace(refusal=None) for s in whole.steps]
    one_by_one = Timeline(JAR)
    for entry in entries:
        one_by_one = one_by_one.adding(entry)
    assert [one_by_one.at(day) for day in DAYS] == [whole.at(day) for day in DAYS]
    assert [type(step.refusal) for step in one_by_one.steps] == [type(step.refusal) for step in whole.steps]


@forall(statements(), st.integers(0, 8))
@settings(max_examples=200, deadline=None)
def test_entries_that_get_their_positions_keep_their_history(entries: list[Recorded], first: int) -> None:
    before, tail = Timeline(JAR, entries[:first]), entries[first:]
    provisional = [e._replace(position=2**62 + e.position, slot=provisional_slot(e)) for e in tail]
    settled = [entry.placed(entry.version) for entry in provisional]
    assert settled == tail or any(entry.link is not None for entry in tail)
    if tail:
        anew = Timeline(JAR, entries[:first]).adding(*settled)
        in_two = before.adding(*provisional[:1]).adding(*provisional[1:])
        kept = before.settling(in_two, settled)
        assert list(before.statements) == entries[:first]
        assert list(kept.statements) == list(anew.statements)
        assert [step.place for step in kept.steps] == [step.place for step in anew.steps]
        assert [kept.at(day) for day in DAYS] == [anew.at(day) for day in DAYS]


def shut_twice(history: Timeline[Jar], step: Step) -> Iterator[str]:
    if step.before.shut and step.after.shut:
        yield "shut_twice"


TOLD = Stream("jar", Jar(), evolve, irregularities=shut_twice)


@forall(statements(), st.integers(0, 8))
@settings(max_examples=200, deadline=None)
def test_only_what_is_new_is_held_against_new_entries(entries: list[Recorded], first: int) -> None:
    before = Timeline(TOLD, entries[:first])
    after = before.adding(*entries[first:])
    was, now = before.contradictions(), after.contradictions()
    fresh = [slot for slot, step in now.items() if slot not in was or type(was[slot].refusal) is not type(step.refusal)]
    assert after.sound == (not now)
    with pytest.raises(Refusal) if fresh else nullcontext():
        judge(before, after)
    assert newly_irregular(before, after) == [
        made for made in after.irregularities() if made not in before.irregularities()
    ]


@forall(statements(), st.integers(0, 8))
@settings(max_examples=200, deadline=None)
def test_what_stands_is_told_the_same_by_a_history_that_grew(entries: list[Recorded], first: int) -> None:
    grown, whole = Timeline(JAR, entries[:first]), Timeline(JAR, entries)
    branch = grown.adding(*entries[first:][:1])
    for entry in entries[first:]:
        grown = grown.adding(entry)
    for version in range(1, len(entries) + 1):
        assert told(grown.standing, version) == told(whole.standing, version)
        assert told(grown.still_standing, version) == told(whole.still_standing, version)
    assert list(branch.statements) == entries[: first + 1]


def told(ask: Callable[[int], Recorded], version: int) -> Recorded | None:
    try:
        return ask(version)
    except NotStanding:
        return None


def provisional_slot(entry: Recorded) -> int:
    return 2**62 + entry.position if entry.slot == entry.position else entry.slot
