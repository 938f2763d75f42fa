"""The law: a view at (V, K) is the fold, in effective order, of the facts that stand up to V among the events up to K.

Random histories, random batches, engines thrown away and transactions lost between them, on a real server; the answer
to compare with is computed by `brute_force`, from the words alone. `FELLOWTRACE_LAW` is the number of histories.
"""

import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.event import How
from infra.postgres.server import Server
from infra.settings import Connections
from infra.views.engine import Engine
from tests.conftest import copied
from tests.infra.histories import Closed, GroupId, History, Opened, Said, day, group, thing
from tests.infra.recording import Recording, recording

HISTORIES = int(os.environ.get("FELLOWTRACE_LAW", "100"))


class Step(NamedTuple):
    """One entry to make; `target` counts back through the entries that it may link to."""

    how: How | None
    target: int
    things: tuple[int, ...]
    group: int
    on: int
    later: int | None
    grade: int
    kind: type[Said]
    stream: int


class Stretch(NamedTuple):
    """One batch: how large, and what befalls it."""

    size: int
    restart: bool
    lost: bool


def steps(how: st.SearchStrategy[How | None], target: st.SearchStrategy[int] | None = None) -> st.SearchStrategy[Step]:
    """Entries over few things and days, so that they meet."""
    return st.builds(
        Step,
        how=how,
        target=st.integers(0, 5) if target is None else target,
        things=st.sampled_from([(1,), (1,), (1,), (2,), (2,), (1, 2), (2, 1), (1, 2, 3), ()]),
        group=st.sampled_from([1, 1, 1, 2]),
        on=st.integers(0, 6),
        later=st.sampled_from([None, None, None, 0, 2, 4, 6]),
        grade=st.sampled_from([0, 1, 1, 2, 2, 3, 4]),
        kind=st.sampled_from([Said, Said, Opened, Closed]),
        stream=st.integers(0, 1),
    )


ANY: st.SearchStrategy[How | None] = st.sampled_from(
    [None, None, None, None, How.CORRECTS, How.CORRECTS, How.RETRACTS, How.RETRACTS, How.SUPERSEDES]
)
MIXED = st.lists(steps(ANY), min_size=1, max_size=12)


@st.composite
def targeted(draw: st.DrawFn) -> list[Step]:
    """Decisions that replace a fact which then moves between keys, is struck out and restored, among other facts."""
    plain = draw(st.lists(steps(st.none()), min_size=1, max_size=3))
    replacing = draw(st.lists(steps(st.just(How.SUPERSEDES), st.integers(0, 2)), min_size=1, max_size=2))
    unsettling = draw(
        st.lists(
            steps(st.sampled_from([How.CORRECTS, How.CORRECTS, How.RETRACTS, How.SUPERSEDES, None])),
            min_size=1,
            max_size=6,
        )
    )
    return [*plain, *replacing, *unsettling]


@st.composite
def one_day(draw: st.DrawFn) -> list[Step]:
    """Everything on one day or two, of one thing: only phase, slot and ordinal keep the order."""
    made = draw(st.lists(steps(ANY), min_size=2, max_size=9))
    first = draw(st.integers(0, 5))
    return [step._replace(things=(1,), on=first + step.on // 6, stream=0) for step in made]


STRETCHES = st.lists(
    st.builds(
        Stretch, size=st.sampled_from([1, 1, 2, 3, 5]), restart=st.booleans(), lost=st.sampled_from([0, 0, 0, 1])
    ),
    min_size=1,
    max_size=6,
)


def written(history: History, made: list[Step]) -> None:
    """Make the entries of these steps; a link without anything to link to becomes a plain fact."""
    for step in made:
        things = tuple(thing(number) for number in step.things)
        choice: dict[str, GroupId | int | type[Said] | None] = {
            "group": group(step.group),
            "grade": step.grade,
            "later": step.later,
            "kind": step.kind,
        }
        facts = [entry for entry in history.entries if not entry.retracts]
        candidates = history.entries if step.how is How.RETRACTS else facts
        if step.how is None or not candidates:
            history.say(*things, on=step.on, stream=step.stream, **choice)
            continue
        target = candidates[-1 - step.target % len(candidates)]
        if step.how is How.RETRACTS:
            history.retract(target)
        elif step.how is How.CORRECTS:
            history.correct(target, *things, on=step.on, **choice | {"kind": type(target.event)})
        else:
            history.supersede(target, *things, on=step.on, **choice)


@pytest.fixture(scope="module")
def record(server: Server, templates: Callable[[bool], Connections]) -> Iterator[Recording]:
    """One database for all histories: each begins where the one before it ended."""
    with copied(server, templates(False)) as connections, recording(connections) as made:
        yield made


@settings(
    max_examples=HISTORIES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    made=st.one_of(MIXED, targeted(), one_day()),
    stretches=STRETCHES,
    hold=st.sampled_from([0, 3, 1_000]),
    today=st.integers(0, 6),
)
def test_every_view_at_every_day_and_position_is_the_fold_of_the_facts_that_stand(
    record: Recording, made: list[Step], stretches: list[Stretch], hold: int, today: int
) -> None:
    history = record.begin()
    written(history, made)
    record.record(history.entries)
    for view in record.live:
        engine = Engine(view, today=day(today), hold=hold)
        for stretch in stretches * len(history.entries):
            if stretch.restart:
                engine = Engine(view, today=day(today), hold=hold)
            if stretch.lost:
                record.lose(engine, stretch.size)
            if not record.follow(engine, stretch.size):
                break
    record.build(record.whole, day(today))
    record.check(history, day(today))
