"""The law, on every view that the program keeps: random histories of all kinds of facts that concern it.

The histories hold what the log can hold, not only what decisions admit: a view takes any of them. What a view tells is
held against the brute force of the engine's law, and that against `law_states`. `FELLOWTRACE_LAW` is the number of
histories of each view.
"""

import os
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from domain.event import Event, How
from infra.postgres.server import Server
from infra.settings import Connections
from infra.views.view import View
from projections import VIEWS
from projections.session import SESSIONS
from tests.conftest import copied
from tests.infra.histories import day
from tests.infra.recording import recording
from tests.projections.law_events import KINDS, drawn, happened
from tests.projections.law_histories import KEPT, LONGEST, NUMBERS, SEEDS, drafted, matter
from tests.projections.law_record import DomainRecording
from tests.projections.law_states import STATES

Made: TypeAlias = Callable[[View[Any]], DomainRecording]
"""The record as one view sees it, made once."""
HISTORIES = int(os.environ.get("FELLOWTRACE_LAW", "25"))
WINDOW = tuple(day(number) for number in range(-1, 7))
"""The days of the facts, the last of a month and the first of the next among them."""


@pytest.fixture(scope="module")
def record(server: Server, templates: Callable[[bool], Connections]) -> Iterator[Made]:
    """One database for all histories: each begins where the one before it ended."""
    with copied(server, templates(False)) as connections, recording(connections) as made:

        @cache
        def of(view: View[Any]) -> DomainRecording:
            return DomainRecording(made, [view])

        yield of


@pytest.mark.parametrize("view", VIEWS, ids=[view.name for view in VIEWS])
@settings(
    max_examples=HISTORIES,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(seed=SEEDS, kept=KEPT)
def test_each_view_at_every_day_and_position_is_what_the_facts_that_stand_say(
    record: Made, view: View[Any], seed: int, kept: bytes
) -> None:
    mine, random = record(view), Random(seed)
    history = mine.enter(drafted(random, kept, matter([view], WINDOW)))
    today = day(random.randint(0, 6))
    mine.take(random, today)
    mine.build(mine.whole, today)
    mine.check(history, today)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_of_fact_can_be_drawn(kind: type[Event]) -> None:
    for seed in range(20):
        event = drawn(kind, WINDOW, Random(seed), NUMBERS)
        assert type(event).model_validate(event.payload()) == event
        assert happened(kind, WINDOW, Random(seed)).day in WINDOW


def test_histories_hold_late_entries_and_all_ways_to_change_one_and_its_day() -> None:
    seen: set[str] = set()
    for seed in range(40):
        made = drafted(Random(seed), bytes([255] * LONGEST), matter([SESSIONS], WINDOW))
        for before, entry in pairwise(made):
            seen |= {"late"} if entry.how is None and entry.happened < before.happened else set()
            if entry.how is not None and entry.target is not None:
                target = made[entry.target]
                moved = entry.happened.day != target.happened.day
                seen.add(f"{entry.how}{' a retraction' * (target.how is How.RETRACTS)}{' and moves' * moved}")
    every = ("late", "corrects", "corrects and moves", "retracts", "retracts a retraction", "supersedes and moves")
    assert seen >= set(every)


def test_of_every_view_it_is_said_what_its_facts_mean() -> None:
    assert set(STATES) == {view.name for view in VIEWS}
