"""Lines 7 and 8: the log read into typed events, and a bitemporal view filled from it."""

import statistics
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import count
from typing import NamedTuple

from domain.event import Event, Recorded
from domain.values import CohortId, Id
from infra.following.projector import Projector
from infra.log.event_rows import EventRows
from infra.log.reading import decode
from infra.postgres.database import connect
from infra.postgres.server import Server
from infra.settings import Connections
from infra.views.view import Routed, View
from tests.bench.library import Registrations, environment, filled, projected, replayed
from tests.bench.machine import administrator, connections
from tests.bench.measured import Goal, Line, Round, interleaved, line, rate
from tests.bench.scale import Scale

PAGE = 1_000
"""Events that are read at once."""


class Activity(NamedTuple):
    """What is known of a stream without knowing what it is about: how many entries it has, and its last cohort."""

    entries: int
    cohort_id: CohortId | None


def route(recorded: Recorded) -> Iterable[Routed]:
    """Every event concerns the stream it lies in."""
    yield Routed((recorded.key,), recorded.day, recorded.event)


def fold(state: Activity | None, event: Event) -> Activity:
    """One entry more, and the cohort that it names."""
    cohort: CohortId | None = event.__dict__.get("cohort_id")
    if state is None:
        return Activity(1, cohort)
    return Activity(state.entries + 1, cohort or state.cohort_id)


ACTIVITY = View(
    name="bench_activity", version=1, key={"subject_id": Id}, state=Activity, route=route, fold=fold,
    ever=("cohort_id",),
)  # fmt: skip
"""The library's fold as a bitemporal view: segments, facts, now and ever."""


def anew(number: int) -> View[Activity]:
    """The same view once more, to be filled from nothing."""
    return replace(ACTIVITY, name=f"{ACTIVITY.name}_{number}")


def replays(server: Server, scale: Scale, *, lines: Collection[int]) -> Iterator[Line]:
    """Over the generated record, against the library's log of registrations of ten events."""
    database, url, prefix = (
        connections(server, "record"),
        server.url(_library(server)),
        min(scale.replayed, scale.record),
    )
    with closing(Registrations(env=environment(url))) as library:
        head = filled(library, scale.library_read)
        if 7 in lines:
            candidates: dict[str, Round] = {
                "ours": lambda: rate(prefix, lambda: read_to(database, prefix)),
                "library": lambda: rate(head, lambda: replayed(library, head)),
            }
            found = interleaved(candidates, scale.rounds)
            size = f"{prefix:,} events of the record; {head:,} of the library"
            yield line(7, "the log read into typed events", "events/s", found, [Goal("library", 2.5, 4)], size=size)
    if 8 in lines:
        yield rebuilt(database, url, scale, prefix)


def _library(server: Server) -> str:
    """The name of the library's database, which is made where it is not there."""
    name = "library"
    with administrator(server) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {name}")
    return name


def read_to(database: Connections, to: int) -> None:
    """Read the log into typed events, from its beginning to a position."""
    read = 0
    with closing(connect(database.projector)) as connection:
        rows = EventRows(connection, decode)
        while events := rows.after(read, PAGE, to).events:
            read += len(events)
    assert read == to


def rebuilt(database: Connections, url: str, scale: Scale, prefix: int) -> Line:
    """Line 8: a view filled from the beginning by one process, each round one of its own."""
    numbers, names = count(1), (f"activities{number}" for number in count())

    def ours() -> float:
        return rate(prefix, lambda: fill(database.projector, anew(next(numbers)), prefix))

    def theirs() -> float:
        return projected(url, scale.library_projected, next(names))

    def with_counts() -> float:
        view = replace(anew(next(numbers)), counted=(("cohort_id",),))
        return rate(prefix, lambda: fill(database.projector, view, prefix))

    candidates = {"ours": ours, "library": theirs, "ours, with counts": with_counts}
    found = interleaved(candidates, scale.rounds, warm=False)
    further = {"ours, with counts": statistics.median(found.pop("ours, with counts"))}
    goals = [Goal("library", 20, 30), Goal("ours", None, 30_000)]
    size = f"{prefix:,} events of the record; {scale.library_projected:,} of the library"
    return line(8, "a bitemporal view filled, one process", "events/s", found, goals, size=size, further=further)


def fill(url: str, view: View[Activity], to: int) -> None:
    """Take a view from nothing to a position."""
    with Projector(url, [view]) as projector:
        reached = projector.catch_up(to)
    assert reached == to
