"""Line 14: from the reply to a command until a view tells of it, at 200 commands a second."""

from collections.abc import Sequence
from contextlib import closing
from http.client import HTTPConnection
from itertools import islice
from json import dumps, loads
from threading import Event, Thread
from time import perf_counter, sleep
from uuid import uuid4

from sqlalchemy import Connection

from api.processes import start_projector
from infra.following.projector import Projector
from infra.postgres.database import engine
from infra.settings import Connections
from projections import VIEWS
from projections.person import PEOPLE
from tests.bench.measured import Goal, Line, line, percentile
from tests.bench.scale import Scale
from tests.bench.written import ACTOR

RATE, CALLERS = 200, 8
_BODY = dumps({"actor": ACTOR, "happened": "2014-04-12", "name": "Ada Fenner", "email": "ada@example.org"})


def visible(database: Connections, at: tuple[str, int], scale: Scale) -> Line:
    """People are recorded over HTTP; another process keeps all the views; a third party watches that of people."""
    with Projector(database.projector, VIEWS) as caught_up:
        events = caught_up.catch_up()
    projector = start_projector(database)
    try:
        _round(database, at, CALLERS)  # the projector has started
        found = [_round(database, at, scale.visible // scale.rounds) for _ in range(scale.rounds)]
    finally:
        projector.end()
        projector.ended()
    took = [each for some in found for each in some]
    further = {"p99 ms": percentile(took, 99), "longest ms": max(took)}
    goals = [Goal("p99 ms", 100, 30, most=True)]
    medians = {"ours": [percentile(some, 50) for some in found]}
    told = f"{RATE} commands/s, {len(took):,} in all, on {events:,} events"
    return line(14, "from reply to visible in a view", "ms, median", medians, goals, size=told, further=further)


def _round(database: Connections, at: tuple[str, int], commands: int) -> list[float]:
    """How long after each reply, in ms, the view had reached its record number; 0 where it had before."""
    views, stop = engine(database.api, size=1), Event()
    seen: list[tuple[int, float]] = []
    replies: list[tuple[int, float]] = []
    try:
        with views.connect() as connection:
            watching = Thread(target=_watch, args=(connection, stop, seen))
            watching.start()
            begun = perf_counter()
            callers = [Thread(target=_call, args=(at, number, commands, begun, replies)) for number in range(CALLERS)]
            for caller in callers:
                caller.start()
            for caller in callers:
                caller.join()
            last = max(position for position, _ in replies)
            while watching.is_alive() and (not seen or seen[-1][0] < last) and perf_counter() - begun < 60 + commands:
                sleep(0.005)
            stop.set()
            watching.join()
    finally:
        stop.set()
        views.dispose()
    assert len(replies) == commands, "not every command was answered well"
    return _waited(seen, replies)


def _call(at: tuple[str, int], number: int, commands: int, begun: float, replies: list[tuple[int, float]]) -> None:
    """Every so many-th command, each at its time."""
    with closing(HTTPConnection(*at)) as connection:
        for turn in islice(range(commands), number, None, CALLERS):
            sleep(max(0.0, begun + turn / RATE - perf_counter()))
            headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
            connection.request("POST", "/v1/people", _BODY, headers)
            response = connection.getresponse()
            body, replied = response.read(), perf_counter()
            if response.status == 201:
                replies.append((loads(body)["position"], replied))


def _watch(connection: Connection, stop: Event, seen: list[tuple[int, float]]) -> None:
    """Look every millisecond or so how far the view has come."""
    while not stop.is_set():
        reached = PEOPLE.checkpoint(connection)
        connection.rollback()
        if not seen or seen[-1][0] != reached:
            seen.append((reached, perf_counter()))
        sleep(0.001)


def _waited(seen: Sequence[tuple[int, float]], replies: Sequence[tuple[int, float]]) -> list[float]:
    waited: list[float] = []
    coming = iter(seen)
    reached, at = next(coming)
    for position, replied in sorted(replies):
        while reached < position:
            reached, at = next(coming)
        waited.append(max(0.0, (at - replied) * 1_000))
    return waited
