"""F22: random commands over a wire that fails at random, held against a model of what the record must then be."""

from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from random import Random
from typing import Any, NamedTuple, cast

import psycopg

from infra.append import Accepted, Appender, Busy, Conflict, Followed, OtherBody, Repeated, Submission
from infra.database import Pool, pool
from infra.settings import Connections
from tests.infra.submissions import fresh, submission

FAULTS = ("none", "raise", "raise after it was done", "twice", "busy")
"""What may become of a call; the first is as likely as all others together."""


class Ports:
    """A pool whose connections fail as they are told to."""

    def __init__(self, behind: Pool, random: Random) -> None:
        self._behind, self._random = behind, random
        self.failed = 0

    @contextmanager
    def connection(self, timeout: float | None = None) -> Generator["Port"]:
        """A connection, with the fault that its next statement meets."""
        fault = "none" if self._random.random() < 0.5 else self._random.choice(FAULTS[1:])
        self.failed += fault != "none"
        with self._behind.connection(timeout) as connection:
            yield Port(connection, fault)

    def check(self) -> None:
        """Nothing was really lost."""


class Port:
    """A connection that fails as it was told to."""

    def __init__(self, behind: psycopg.Connection[Any], fault: str) -> None:
        self._behind, self._fault = behind, fault
        self.closed = False

    def execute(self, query: Any, parameters: Any = None, **how: Any) -> psycopg.Cursor[Any]:
        """Run a statement, or fail before or after."""
        if self._fault == "busy":
            raise psycopg.errors.LockNotAvailable("simulated")
        if self._fault == "raise":
            self._lose()
        answer = self._behind.execute(query, parameters, **how)
        if self._fault == "raise after it was done":
            self._lose()
        if self._fault == "twice":
            answer = self._behind.execute(query, parameters, **how)
        return answer

    def _lose(self) -> None:
        self.closed = True
        raise psycopg.OperationalError("simulated: the connection was lost")


class Simulated(NamedTuple):
    """How many steps were taken, how many calls failed, and where model and log differ."""

    steps: int
    failed: int
    differences: Sequence[str]


class Model:
    """What the record must hold: the version of each stream, and the commands that were taken, with their sizes."""

    def __init__(self) -> None:
        self.streams: dict[str, int] = {}
        self.taken: dict[str, Submission] = {}
        self.doubtful: dict[str, Submission] = {}


def simulate(connections: Connections, seed: int, steps: int) -> Simulated:
    """Take random steps: new commands, repeats, stale ones, other bodies under used ids, and calls of several."""
    random, model, differences = Random(seed), Model(), list[str]()
    with closing(pool(connections.api, size=2)) as behind:
        ports = Ports(behind, random)
        appender = Appender(cast(Pool, ports))
        try:
            for step in range(steps):
                sent = [_next(model, random) for _ in range(random.choice((1, 1, 1, 2, 4)))]
                try:
                    verdicts = appender.append(sent)
                except Busy:
                    for one in sent:
                        model.doubtful.setdefault(one.command_id, one)
                    _settle(Appender(behind), model)
                    continue
                fallen: set[str] = set()
                for one, verdict in zip(sent, verdicts, strict=True):
                    if isinstance(verdict, Followed) and fallen.intersection(one.expects):
                        continue
                    if (wrong := _wrong(model, one, verdict)) is not None:
                        differences.append(f"step {step}: {wrong}")
                    if not isinstance(verdict, Accepted):
                        fallen.update(one.expects)
        finally:
            appender.close()
        with behind.connection() as connection:
            differences += _compare(model, connection)
    return Simulated(steps, ports.failed, differences)


def _next(model: Model, random: Random) -> Submission:
    kind = random.random()
    if model.taken and kind < 0.15:
        return random.choice(list(model.taken.values()))
    if model.taken and kind < 0.25:
        return submission(fresh(), command=random.choice(list(model.taken)), request=b"another")
    if model.streams and kind < 0.7:
        stream = random.choice(list(model.streams))
        behind = random.randint(0, 1) if random.random() < 0.3 else 0
        return submission(stream, max(0, model.streams[stream] - behind), count=random.randint(1, 3))
    return submission(fresh(), count=random.randint(1, 3))


def _wrong(model: Model, one: Submission, verdict: object) -> str | None:
    """What is wrong with a verdict, if anything; the model is moved on by one that is right."""
    ((stream, seen),) = one.expects.items()
    known = model.taken.get(one.command_id)
    current = model.streams.get(stream, 0)
    if known is not None:
        right = Repeated if known.request_hash == one.request_hash else OtherBody
        return None if isinstance(verdict, right) else f"{verdict} for a command that had been taken"
    if seen != current:
        return None if isinstance(verdict, Conflict) and verdict.current == current else f"{verdict} at {current}"
    # A call that was lost after it was done is sent again, and finds itself done.
    if isinstance(verdict, Accepted | Repeated):
        if len(verdict.positions) != len(one.events):
            return f"{len(verdict.positions)} positions for {len(one.events)} events"
        model.taken[one.command_id] = one
        model.streams[stream] = current + len(one.events)
        return None
    return f"{verdict} for what nothing stood against"


def _settle(asked: Appender, model: Model) -> None:
    """Ask what became of the commands in doubt."""
    for key, one in model.doubtful.items():
        if key not in model.taken and isinstance(asked.find(one.principal, key, one.request_hash), Repeated):
            ((stream, seen),) = one.expects.items()
            model.taken[key] = one
            model.streams[stream] = seen + len(one.events)
    model.doubtful.clear()
    asked.close()


def _compare(model: Model, connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute("SELECT stream, max(version), count(*) FROM log.event GROUP BY stream").fetchall()
    found = {stream: (version, count) for stream, version, count in rows}
    wanted = {stream: (version, version) for stream, version in model.streams.items()}
    commands = {str(key) for (key,) in connection.execute("SELECT command_id FROM log.command").fetchall()}
    dense = connection.execute("SELECT count(*) = coalesce(max(position), 0) FROM log.event").fetchone()
    differences = [
        f"stream {name}: {found.get(name)}, not {wanted.get(name)}"
        for name in found.keys() | wanted.keys()
        if found.get(name) != wanted.get(name)
    ]
    differences += [f"command {key} is in one of log and model only" for key in commands ^ model.taken.keys()]
    return differences if dense == (True,) else [*differences, "positions have a gap"]
