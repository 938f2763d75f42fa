"""The law of a call: many submissions at once leave what they leave one by one, where those decide again that rest on
one that fell."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4, uuid5

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.append import Accepted, Appender, Conflict, External, Followed, NewEvent, Submission, Verdict
from infra.settings import Connections
from tests.infra.submissions import appending, rows

STREAMS, GUARDS, KEYS, COMMANDS = ("a", "b", "c"), ("g", "h"), ("k", "l"), range(6)


@dataclass(frozen=True)
class Wanted:
    """A submission before it is placed: `off` is how far its author was wrong about a stream's version."""

    command: int
    request: bytes
    reads: dict[str, int]  # stream -> off
    writes: dict[str, int]  # stream -> events
    guards: frozenset[str]
    rests: dict[str, bool]  # guard -> read to the head
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
        rests=draw(st.dictionaries(st.sampled_from(GUARDS), st.sampled_from([True, True, False]), max_size=1)),
        keys=draw(st.frozensets(st.sampled_from(KEYS), max_size=1)),
    )


@dataclass
class World:
    """One of two equal worlds in the log: names are its own, and versions are as authors believe them to be."""

    appender: Appender
    name: UUID = field(default_factory=uuid4)
    believed: dict[str, int] = field(default_factory=dict[str, int])

    def own(self, name: object) -> str:
        return str(uuid5(self.name, str(name)))

    def place(self, batch: Iterable[Wanted], head: int) -> list[Submission]:
        """The submissions of a batch whose authors believe that all before them will be accepted."""
        return [self._place(number, one, head) for number, one in enumerate(batch)]

    def _place(self, number: int, one: Wanted, head: int) -> Submission:
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
            rests={f"{guard}:{self.own(guard)}": head if fresh else 0 for guard, fresh in one.rests.items()},
            externals=tuple(External(key, self.name.bytes, self.own(f"{number} {key}")) for key in sorted(one.keys)),
        )

    def one_by_one(self, batch: Iterable[Submission], head: int) -> list[Verdict]:
        """Append each alone; one that rests on something a fallen one would have written is not tried."""
        lost: set[object] = set()
        verdicts: list[Verdict] = []
        for one in batch:
            rests = {*one.expects, *one.rests, *_keys(one), one.command_id}
            known = self.appender.find(one.principal, one.command_id, one.request_hash)
            if known is None and rests & lost:
                verdicts.append(Followed())
            else:
                # What those before it moved does not count: as if it had read on.
                reread = {guard: 2**40 if seen >= head else seen for guard, seen in one.rests.items()}
                verdicts += self.appender.append([replace(one, rests=reread)])
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


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(wanted(), max_size=3), batch=st.lists(wanted(), max_size=8))
def test_a_call_of_many_is_the_same_as_one_by_one(
    database: Connections, before: list[Wanted], batch: list[Wanted]
) -> None:
    with appending(database, size=1) as appender:
        together, apart = World(appender), World(appender)
        for world in (together, apart):
            for one in before:
                appender.append(world.place([replace(one, command=100 + one.command)], 2**40))
            world.believed = {
                name[0]: version
                for name, version in rows(
                    database,
                    "SELECT stream, max(version) FROM log.event WHERE stream = ANY(%s) GROUP BY stream",
                    [f"{stream}:{world.own(stream)}" for stream in STREAMS],
                )
            }
        head = rows(database, "SELECT log.head()")[0][0]
        given_together = appender.append(together.place(batch, head))
        head = rows(database, "SELECT log.head()")[0][0]
        given_apart = apart.one_by_one(apart.place(batch, head), head)

    assert [_said(v) for v in given_together] == [_said(v) for v in given_apart]
    assert _log(database, together) == _log(database, apart)


def _log(database: Connections, world: World) -> list[tuple[object, ...]]:
    streams = [f"{stream}:{world.own(stream)}" for stream in STREAMS]
    return rows(
        database,
        "SELECT left(stream, 1), version, envelope, (SELECT array_agg(left(guard, 1) ORDER BY guard) FROM log.event_guard"
        " JOIN log.event AS e USING (position) WHERE e.position = event.position)"
        " FROM log.event WHERE stream = ANY(%s) ORDER BY position",
        streams,
    )
