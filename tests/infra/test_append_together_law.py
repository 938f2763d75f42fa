"""The law of callers at once: they are told, and leave, what some order of them would tell and leave one by one."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import permutations
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4, uuid5

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.log.append import Appender
from infra.log.submission import (
    Accepted,
    Conflict,
    External,
    Moved,
    NewEvent,
    OtherBody,
    Repeated,
    Submission,
    Taken,
    Verdict,
)
from infra.postgres.database import connect
from infra.settings import Connections
from tests.infra.submissions import appending

MOST = 6
"""Callers at once: every order of them is tried."""


@dataclass(frozen=True)
class Wanted:
    """One caller's submission: versions and guards are as in a log that holds nothing of these names."""

    command: int
    request: bytes
    reads: dict[str, int]
    writes: frozenset[str]
    guards: frozenset[str]
    rests: frozenset[str]
    keys: frozenset[str]


@st.composite
def wanted(draw: st.DrawFn) -> Wanted:
    reads = draw(st.dictionaries(st.sampled_from("abc"), st.sampled_from([0, 0, 0, 1, 2]), max_size=2))
    return Wanted(
        command=draw(st.integers(0, 9)),
        request=draw(st.sampled_from([b"one", b"one", b"one", b"two"])),
        reads=reads,
        writes=draw(st.frozensets(st.sampled_from(sorted(reads)), max_size=2)) if reads else frozenset(),
        guards=draw(st.frozensets(st.sampled_from("gh"), max_size=2)),
        rests=draw(st.frozensets(st.sampled_from("gh"), max_size=1)),
        keys=draw(st.frozensets(st.sampled_from("kl"), max_size=1)),
    )


@dataclass
class Model:
    """What the log holds of these names, and what it says: written down from the rules, one submission at a time."""

    commands: dict[int, bytes] = field(default_factory=dict[int, bytes])
    versions: dict[str, int] = field(default_factory=dict[str, int])
    moved: set[str] = field(default_factory=set[str])
    keys: dict[str, int] = field(default_factory=dict[str, int])

    def append(self, number: int, one: Wanted) -> tuple[Any, ...]:
        """The verdict of a caller's submission; accepts it if nothing is against it."""
        if (request := self.commands.get(one.command)) is not None:
            return (Repeated,) if request == one.request else (OtherBody,)
        for stream in sorted(one.reads):
            if one.reads[stream] != self.versions.get(stream, 0):
                return Conflict, stream, one.reads[stream], self.versions.get(stream, 0)
        if moved := one.rests & self.moved:
            return Moved, min(moved)
        if taken := one.keys & self.keys.keys():
            return Taken, min(taken), self.keys[min(taken)]
        self.commands[one.command] = one.request
        self.versions |= {stream: one.reads[stream] + 1 for stream in one.writes}
        if one.writes:
            self.moved |= one.guards
        self.keys |= dict.fromkeys(one.keys, number)
        return (Accepted,)


@dataclass(frozen=True)
class World:
    """The names of one example in the log, which no other example has."""

    name: UUID

    def own(self, name: object) -> str:
        return str(uuid5(self.name, str(name)))

    def place(self, number: int, one: Wanted) -> Submission:
        guards = tuple(f"{guard}:{self.own(guard)}" for guard in sorted(one.guards))
        return Submission(
            principal=str(self.name),
            command_id=self.own(one.command),
            request_hash=one.request,
            events=tuple(
                NewEvent(
                    f"{stream}:{self.own(stream)}", one.reads[stream] + 1, "k", 1, None, b"%d" % number, b"", guards
                )
                for stream in sorted(one.writes)
            ),
            expects={f"{stream}:{self.own(stream)}": version for stream, version in one.reads.items()},
            rests={f"{guard}:{self.own(guard)}": 0 for guard in one.rests},
            externals=tuple(External(key, self.name.bytes, self.own(number)) for key in one.keys),
        )

    def said(self, verdict: Verdict, numbers: range) -> tuple[Any, ...]:
        """A verdict in the model's words."""
        match verdict:
            case Conflict(stream, expected, current):
                return Conflict, stream[0], expected, current
            case Moved(guard):
                return Moved, guard[0]
            case Taken(scheme, _, identifier):
                return Taken, scheme, next(number for number in numbers if self.own(number) == identifier)
            case _:
                return (type(verdict),)


@pytest.fixture
def log(database: Connections) -> Iterator[tuple[Appender, psycopg.Connection[Any]]]:
    """An appender, and the owner's connection to look and to lock with."""
    with appending(database, size=2) as appender, closing(connect(database.admin or "")) as admin:
        yield appender, admin


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(wanted(), min_size=2, max_size=MOST))
def test_callers_at_once_are_told_what_some_order_tells_them(
    log: tuple[Appender, psycopg.Connection[Any]], callers: list[Wanted]
) -> None:
    appender, admin = log
    world, numbers = World(uuid4()), range(len(callers))
    submissions = [world.place(number, one) for number, one in enumerate(callers)]
    begun = Barrier(len(callers) + 1)

    def call(one: Submission) -> Verdict:
        begun.wait()
        return appender.append([one])[0]

    with ThreadPoolExecutor(len(callers)) as threads:
        with admin.transaction():
            admin.execute("SELECT log.lock()")
            calling = [threads.submit(call, one) for one in submissions]
            begun.wait()
            while appender.waiting < len(callers) - 1:
                assert not any(each.done() for each in calling)
        verdicts = [each.result() for each in calling]

    said = [world.said(verdict, numbers) for verdict in verdicts]
    events = [v.positions for v in verdicts if isinstance(v, Accepted)]
    order = [n for n in numbers if isinstance(verdicts[n], Accepted) and callers[n].writes]
    order.sort(key=lambda number: _positions(verdicts[number]).start)
    assert any(_agrees(one_by_one, callers, said, order) for one_by_one in permutations(numbers))

    left = admin.execute(
        "SELECT position, envelope FROM log.event WHERE stream = ANY(%s) ORDER BY position",
        [[f"{stream}:{world.own(stream)}" for stream in "abc"]],
    ).fetchall()
    head = admin.execute("SELECT log.head()").fetchall()[0][0]
    first = head - sum(map(len, events)) + 1
    assert [position for position, _ in left] == list(range(first, head + 1))
    assert [int(envelope) for _, envelope in left] == [n for n in order for _ in callers[n].writes]


def _positions(verdict: Verdict) -> range:
    assert isinstance(verdict, Accepted)
    return verdict.positions


def _agrees(
    one_by_one: Sequence[int], callers: Sequence[Wanted], said: Sequence[tuple[Any, ...]], order: Sequence[int]
) -> bool:
    """Whether this order tells each what it was told, and leaves the events in the order they were left in."""
    model = Model()
    return [number for number in one_by_one if number in order] == [*order] and all(
        model.append(number, callers[number]) == said[number] for number in one_by_one
    )
