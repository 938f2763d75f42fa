"""The law, on every joined answer: at (V, K) it is what a plain reading of its sources at (V, K) says.

The histories hold what the log can hold, with all four ways of change, as in the law of each view. `FELLOWTRACE_LAW`
is the number of histories of each answer.
"""

import os
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from random import Random
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from infra.postgres.server import Server
from infra.settings import Connections
from infra.views.reading import At
from infra.views.view import View
from projections.standing import Attribution
from tests.conftest import copied
from tests.infra.histories import RECORDED
from tests.infra.recording import recording
from tests.projections.law_histories import KEPT, NUMBERS, SEEDS, DomainHistory, drafted, matter
from tests.projections.law_join import Join
from tests.projections.law_joins_fellows import OF_FELLOWS
from tests.projections.law_joins_taking_part import OF_TAKING_PART
from tests.projections.law_joins_work import OF_WORK
from tests.projections.law_record import DomainRecording
from tests.projections.law_world import Question, World

Made: TypeAlias = Callable[[tuple[View[Any], ...]], DomainRecording]
"""The record as views see it; those of one answer are made once."""
HISTORIES = int(os.environ.get("FELLOWTRACE_LAW", "35"))
JOINS = (*OF_FELLOWS, *OF_TAKING_PART, *OF_WORK)
AFTER = date(2030, 1, 1)
"""A day after all facts."""


@pytest.fixture(scope="module")
def record(server: Server, templates: Callable[[bool], Connections]) -> Iterator[Made]:
    """One database for all histories: each begins where the one before it ended."""
    with copied(server, templates(False)) as connections, recording(connections) as made:

        @cache
        def of(views: tuple[View[Any], ...]) -> DomainRecording:
            return DomainRecording(made, views, twice=False)

        yield of


def question(join: Join, history: DomainHistory, random: Random) -> Question:
    """Something to ask of this history."""
    known = history.base + random.choice((random.randint(0, len(history.entries)), len(history.entries)))
    one, other = (random.choice((1, 1, *NUMBERS)) for _ in range(2))
    return Question(
        at=At(random.choice((*join.days, AFTER)), known),
        until=RECORDED.date() if known < history.base + len(history.entries) else date.max,
        earlier=random.randint(history.base, known),
        one=history.id(one),
        other=history.id(other),
        day=random.choice(join.days),
        attribution=random.choice(list(Attribution)),
        way=random.randint(0, 9),
    )


@pytest.mark.parametrize("join", JOINS, ids=[join.name for join in JOINS])
@settings(
    max_examples=HISTORIES,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(seed=SEEDS, kept=KEPT)
def test_each_joined_answer_is_what_its_sources_say_at_each_day_and_position(
    record: Made, join: Join, seed: int, kept: bytes
) -> None:
    mine, random = record(join.views), Random(seed)
    history = mine.enter(drafted(random, kept, matter(join.views, join.days, join.streams, join.story)))
    mine.build(mine.live, AFTER, random.choice((5, 1_000)))
    world = World(history.entries, join.days)
    with mine.reader.connect() as connection:
        for _ in range(6):
            asked = question(join, history, random)
            assert join.ask(connection, asked) == join.plain(world, asked), asked
