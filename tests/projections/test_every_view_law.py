"""The law, on every view that the program keeps: random histories of all kinds of facts that concern it.

The histories hold what the log can hold, not only what decisions admit: a view takes any of them. What a view tells is
held against the brute force of the engine's law, and that against `law_states`. `FELLOWTRACE_LAW` is the number of
histories of each view.
"""

import os
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings

from domain.event import Event
from infra.server import Server
from infra.settings import Connections
from infra.view import View
from projections import VIEWS
from tests.conftest import copied
from tests.infra.histories import day
from tests.infra.recording import recording
from tests.projections.law_events import KINDS, drawn, happened
from tests.projections.law_histories import KEPT, NUMBERS, SEEDS, drafted, matter
from tests.projections.law_record import DomainRecording
from tests.projections.law_states import STATES

Made: TypeAlias = Callable[[View[Any]], DomainRecording]
"""The record as one view sees it, made once."""
HISTORIES = int(os.environ.get("FELLOWTRACE_LAW", "20"))
WINDOW = tuple(day(number) for number in range(-1, 7))
"""The days of the facts: the last of a year and of its month, the first of the next, and some more."""


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


def test_of_every_view_it_is_said_what_its_facts_mean() -> None:
    assert set(STATES) == {view.name for view in VIEWS}
