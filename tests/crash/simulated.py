"""F22: random commands over a wire that fails at random, held against a model of what the record must then be."""

from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager, suppress
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

from psycopg import Connection, errors

from infra.log.append import Appender
from infra.log.combining import Busy
from infra.log.submission import Accepted, Conflict, Followed, OtherBody, Repeated, Submission, Unheard
from infra.postgres.calls import Call, Lost
from infra.postgres.database import pool
from infra.settings import Connections
from tests.infra.submissions import fresh, submission

FAULTS = ("none", "raise", "raise after it was done", "twice", "busy")
"""What may become of a call; the first is as likely as all others together."""


class Ports:
    """Calls of the log that fail at random: lost before or after they were done, done twice, or told to come again."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._call = Call.rows
        self.failed = 0

    def rows(self, call: Call, connection: Connection[Any], arguments: Sequence[bytes], silence: float) -> list[Any]:
        """Run one of the log's functions, with the fault that it meets."""
        fault = "none" if self._random.random() < 0.5 else self._random.choice(FAULTS[1:])
        self.failed += fault != "none"
        if fault == "busy":
            raise errors.LockNotAvailable("simulated")
        if fault == "raise":
            raise Lost("simulated")
        answer = self._call(call, connection, arguments, silence)
        if fault == "raise after it was done":
            raise Lost("simulated")
        return self._call(call, connection, arguments, silence) if fault == "twice" else answer


@contextmanager
def failing(random: Random) -> Generator[Ports]:
    """Have every call of the log's functions fail at random, for as long as the context lasts."""
    ports = Ports(random)

    def rows(call: Call, connection: Connection[Any], arguments: Sequence[bytes], silence: float) -> list[Any]:
        return ports.rows(call, connection, arguments, silence)

    with patch.object(Call, "rows", rows):
        yield ports


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
    with closing(pool(connections.api, size=2)) as behind, closing(Appender(behind)) as appender:
        with failing(random) as ports:
            for step in range(steps):
                sent = [_next(model, random) for _ in range(random.choice((1, 1, 1, 2, 4)))]
                try:
                    verdicts = appender.append(sent)
                except Busy:
                    for one in sent:
                        model.doubtful.setdefault(one.command_id, one)
                    _settle(appender, model)
                    continue
                fallen: set[str] = set()
                for one, verdict in zip(sent, verdicts, strict=True):
                    if isinstance(verdict, Followed) and fallen.intersection(one.expects):
                        continue
                    if (wrong := _wrong(model, one, verdict)) is not None:
                        differences.append(f"step {step}: {wrong}")
                    if not isinstance(verdict, Accepted):
                        fallen.update(one.expects)
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
    if isinstance(verdict, Unheard):  # lost before it was done
        return None
    if seen != current:
        return None if isinstance(verdict, Conflict) and verdict.current == current else f"{verdict} at {current}"
    if isinstance(verdict, Accepted | Repeated):  # Repeated where it was lost after it was done
        if len(verdict.positions) != len(one.events):
            return f"{len(verdict.positions)} positions for {len(one.events)} events"
        model.taken[one.command_id] = one
        model.streams[stream] = current + len(one.events)
        return None
    return f"{verdict} for what nothing stood against"


def _settle(appender: Appender, model: Model) -> None:
    """Ask what became of the commands in doubt, until that is told."""
    for key, one in model.doubtful.items():
        if key not in model.taken and isinstance(_found(appender, one), Repeated):
            ((stream, seen),) = one.expects.items()
            model.taken[key] = one
            model.streams[stream] = seen + len(one.events)
    model.doubtful.clear()


def _found(appender: Appender, one: Submission) -> object:
    while True:
        with suppress(Busy):
            return appender.find([(one.principal, one.command_id, one.request_hash)])[0]


def _compare(model: Model, connection: Connection[Any]) -> list[str]:
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
