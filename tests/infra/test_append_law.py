"""The law of a call: many submissions at once leave what they leave one by one, where those decide again that rest on
one that fell."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4, uuid5

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.log.append import Appender
from infra.log.submission import Accepted, Conflict, External, Followed, NewEvent, Submission, Verdict
from infra.postgres.database import connect
from infra.settings import Connections
from tests.infra.submissions import appending

ELSEWHERE = 2**40
"""A position that no guard has."""
_VERSIONS = "SELECT left(stream, 1), max(version) FROM log.event WHERE stream = ANY(%s) GROUP BY stream"
_LEFT = """
    SELECT left(stream, 1), version, envelope, (
        SELECT array_agg(left(guard, 1) ORDER BY guard) FROM log.event_guard AS g WHERE g.position = e.position)
    FROM log.event AS e WHERE stream = ANY(%s) ORDER BY position"""
STREAMS, GUARDS, KEYS, COMMANDS = ("a", "b", "c"), ("g", "h"), ("k", "l"), range(6)


@dataclass(frozen=True)
class Wanted:
    """A submission before it is placed: `off` is how far its author was wrong about a stream's version, or a guard."""

    command: int
    request: bytes
    reads: dict[str, int]  # stream -> off
    writes: dict[str, int]  # stream -> events
    guards: frozenset[str]
    rests: dict[str, int]  # guard -> off
    keys: frozenset[str]


@st.composite
def wanted(draw: st.DrawFn) -> Wanted:
    reads = draw(st.dictionaries(st.sampled_from(STREAMS), st.sampled_from([0, 0, 0, 0, 0, -1, 1]), max_size=2))
    writes = {stream: draw(st.integers(0, 2)) for stream in reads}
    return Wanted(
        command=draw(st.sampled_from(COMMANDS)),
        request=draw(st.sampled_from([b"one", b"one", b"one", b"two"])),
        reads=reads,
        writes=writes,
        guards=draw(st.frozensets(st.sampled_from(GUARDS), max_size=2)),
        rests=draw(st.dictionaries(st.sampled_from(GUARDS), st.sampled_from([0, 0, 0, -1, 1]), max_size=1)),
        keys=draw(st.frozensets(st.sampled_from(KEYS), max_size=1)),
    )


@dataclass
class World:
    """One of two equal worlds in the log: names are its own, and versions are as authors believe them to be."""

    appender: Appender
    name: UUID = field(default_factory=uuid4)
    believed: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def streams(self) -> list[str]:
        """The names of its streams."""
        return [f"{stream}:{self.own(stream)}" for stream in STREAMS]

    def own(self, name: object) -> str:
        return str(uuid5(self.name, str(name)))

    def place(self, batch: Iterable[Wanted], moved: Mapping[str, int]) -> list[Submission]:
        """The submissions of a batch whose authors believe that all before them will be accepted.

        `moved` is how far each guard had moved before the batch.
        """
        return [self._place(number, one, moved) for number, one in enumerate(batch)]

    def _place(self, number: int, one: Wanted, moved: Mapping[str, int]) -> Submission:
        expects: dict[str, int] = {}
        events: list[NewEvent] = []
        for stream, off in one.reads.items():
            name = f"{stream}:{self.own(stream)}"
            version = max(0, self.believed.get(stream, 0) + off)
            expects[name] = version
            guards = tuple(f"{guard}:{self.own(guard)}" for guard in sorted(one.guards))
            for step in range(1, one.writes[stream] + 1):
                content = f"{number} {stream} {step}".encode()
                events.append(NewEvent(name, version + step, "k", 1, None, content, content, guards))
            if one.writes[stream]:
                self.believed[stream] = version + one.writes[stream]
        return Submission(
            principal=str(self.name),
            command_id=self.own(one.command),
            request_hash=one.request,
            events=tuple(events),
            expects=expects,
            rests={
                guard: max(0, moved.get(guard, 0) + off)
                for guard, off in ((f"{letter}:{self.own(letter)}", off) for letter, off in one.rests.items())
            },
            externals=tuple(External(key, self.name.bytes, self.own(f"{number} {key}")) for key in sorted(one.keys)),
        )

    def one_by_one(self, batch: Iterable[Submission], moving: Callable[[], Mapping[str, int]]) -> list[Verdict]:
        """Append each alone; one that rests on something a fallen one would have written is not tried.

        Guards that those of the batch have moved since are read again: in one call, that does not count.
        """
        before = moving()
        lost: set[object] = set()
        verdicts: list[Verdict] = []
        for one in batch:
            rests = {*one.expects, *one.rests, *_keys(one), one.command_id}
            known = self.appender.find([(one.principal, one.command_id, one.request_hash)])[0]
            if known is None and rests & lost:
                verdicts.append(Followed())
            else:
                now = moving()
                reread = {
                    guard: now.get(guard, 0) if seen == before.get(guard, 0) else ELSEWHERE
                    for guard, seen in one.rests.items()
                }
                verdicts += self.appender.append([one._replace(rests=reread)])
            if not isinstance(verdicts[-1], Accepted):
                lost |= {event.stream for event in one.events} | _keys(one) | {one.command_id}
                lost |= {guard for event in one.events for guard in event.guards}
        return verdicts


def _keys(one: Submission) -> set[object]:
    return {(external.scheme, external.digest) for external in one.externals}


def _said(verdict: Verdict) -> object:
    if isinstance(verdict, Conflict):
        return Conflict, verdict.stream[0], verdict.expected, verdict.current
    return type(verdict)


@pytest.fixture
def log(database: Connections) -> Iterator[tuple[Appender, psycopg.Connection[Any]]]:
    """An appender, and a connection to look with."""
    with appending(database, size=1) as appender, closing(connect(database.api)) as reader:
        yield appender, reader


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(wanted(), max_size=3), batch=st.lists(wanted(), max_size=8))
def test_a_call_of_many_is_the_same_as_one_by_one(
    log: tuple[Appender, psycopg.Connection[Any]], before: list[Wanted], batch: list[Wanted]
) -> None:
    appender, reader = log
    together, apart = World(appender), World(appender)

    def moving() -> dict[str, int]:
        return dict(reader.execute("SELECT guard, max(position) FROM log.event_guard GROUP BY guard").fetchall())

    for world in (together, apart):
        for one in before:
            appender.append(world.place([replace(one, command=100 + one.command)], moving()))
        world.believed = dict(reader.execute(_VERSIONS, [world.streams]).fetchall())

    given_together = appender.append(together.place(batch, moving()))
    given_apart = apart.one_by_one(apart.place(batch, moving()), moving)

    assert [_said(v) for v in given_together] == [_said(v) for v in given_apart]
    left_together, left_apart = (reader.execute(_LEFT, [world.streams]).fetchall() for world in (together, apart))
    assert left_together == left_apart
