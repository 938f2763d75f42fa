"""The law where folds fail: keys that do not wait are right all along, and after a replay nothing shows of what failed.

Random histories, random failures, some mended on the way, random batches and engines thrown away; the answer to compare
with is computed by `brute_force`, and the rows are those of a view that was built without any failure.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.following.replay import replay
from infra.postgres.server import Server
from infra.settings import Connections
from infra.views.engine import CannotProject, Engine
from infra.views.parking import parked
from infra.views.view import View
from tests.conftest import copied
from tests.infra.histories import History, Mark, Trail, day
from tests.infra.recording import Recording, answers, everything, grid, parse, recording
from tests.infra.test_view_law import HISTORIES, MIXED, Step, one_day, targeted, written


class Turn(NamedTuple):
    """A batch: how large, whether the engine is a new one, and whether faults are mended and what waits is tried."""

    size: int
    restart: bool
    mended: int
    replayed: bool


TURNS = st.lists(
    st.builds(
        Turn,
        size=st.sampled_from([1, 2, 3, 12]),
        restart=st.booleans(),
        mended=st.sampled_from([0, 0, 1]),
        replayed=st.sampled_from([False, False, True]),
    ),
    min_size=1,
    max_size=6,
)
FAULTS = st.lists(st.sampled_from([*range(10), "second", "third", "high", "none"]), min_size=1, max_size=4, unique=True)


class Failing:
    """A view with faults: some facts, and some states, cannot be folded as long as they are there."""

    def __init__(self, view: View[Any], faults: list[Any]) -> None:
        self.faults = list(faults)
        self._fold = view.fold
        self.view = replace(view, fold=self.fold)

    def fold(self, state: Any, fact: Any) -> Any:
        """As the view's own, where no fault stops it."""
        if isinstance(state, Trail) and state.times in [{"second": 1, "third": 2}.get(fault) for fault in self.faults]:
            raise LookupError
        if isinstance(state, Mark) and str(state.grade) in self.faults:
            raise LookupError
        if (fact if isinstance(fact, int) else fact[0].serial) in self.faults:
            raise ZeroDivisionError
        return self._fold(state, fact)


@pytest.fixture(scope="module")
def record(server: Server, templates: Callable[[bool], Connections]) -> Iterator[Recording]:
    """One database for all histories: each begins where the one before it ended."""
    with copied(server, templates(False)) as connections, recording(connections) as made:
        yield made


def follow(record: Recording, engine: Engine, size: int) -> int:
    """A batch; the keys that it fails in wait from then on."""
    try:
        return record.follow(engine, size)
    except CannotProject as error:
        with record.projector.transaction():
            batch = record.rows().after(engine.reached(record.projector), size)
            engine.apply(record.projector, batch, error.failed)
        return len(batch.events)


def check_those_that_do_not_wait(record: Recording, history: History) -> None:
    """Every key is right at every day, at every position before the one since which it waits."""
    expected = answers(history)
    for view in record.live:
        since = {each.key: each.position for each in parked(record.projector, view.name, view.version, view.stage)}

        def told(k: int, key: tuple[Any, ...], since: dict[str, int] = since) -> bool:
            return k < since.get(json.dumps(key, separators=(",", ":")), k + 1)

        rows = [(row.v, row.k, *parse(view, row[2:])) for row in record.ask(everything(view), **grid(history))]
        found = {(v, k, key): answer for v, k, key, answer in rows if told(k, key)}
        wanted = {(v, k, key): a for (name, v, k, key), a in expected.items() if name == view.name and told(k, key)}
        assert found == wanted


@settings(
    max_examples=max(1, HISTORIES // 4),
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    made=st.one_of(MIXED, targeted(), one_day()),
    faults=FAULTS,
    turns=TURNS,
    hold=st.sampled_from([0, 3, 1_000]),
    today=st.integers(0, 6),
)
def test_after_a_replay_a_view_is_as_if_nothing_had_ever_failed(
    record: Recording, made: list[Step], faults: list[Any], turns: list[Turn], hold: int, today: int
) -> None:
    history = record.begin()
    written(history, made)
    record.record(history.entries)
    for view in record.live:
        failing = Failing(view, faults)
        engine = Engine(failing.view, today=day(today), hold=hold)
        for turn in turns * len(history.entries):
            if turn.restart:
                engine = Engine(failing.view, today=day(today), hold=hold)
            del failing.faults[: turn.mended]
            if turn.replayed:
                replay(record.projector, failing.view, record.decode, lambda: day(today))
            if not follow(record, engine, turn.size):
                break
    check_those_that_do_not_wait(record, history)
    for view in record.live:
        assert replay(record.projector, view, record.decode, lambda: day(today)).waiting == 0
    record.build(record.whole, day(today))
    record.check(history, day(today))
