"""Line 16: a record of one million events and one of ten, side by side: commands, questions, and filling a view.

Both are kept in a folder, and a run that was broken off goes on where it was. What is measured is measured anew.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import cycle, islice
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

from psycopg.sql import SQL, Identifier

from infra.following.projector import Projector
from infra.postgres.server import Server
from infra.settings import Connections
from projections.standing import STANDING
from tests.bench.answers import answering, median, questions
from tests.bench.load import ROOT
from tests.bench.machine import administrator, migrated
from tests.bench.measured import Goal, Line, Round, interleaved, line, percentile
from tests.bench.ours import Ours, calling
from tests.bench.record import facts
from tests.bench.replays import anew, fill
from tests.bench.scale import Scale
from tests.bench.written import Writer

TIMES = 10
"""The larger record has so many times as many events."""


class Watched(NamedTuple):
    """What a piece of work took: seconds, and the memory of its process in MB, a tenth of the way and at its end."""

    seconds: float
    early: float
    late: float


def growth(server: Server, scale: Scale) -> Iterator[Line]:
    """Make both records, or go on making them; then measure both in turn."""
    sizes = {"at ten": scale.record * TIMES, "at one": scale.record}
    databases = {name: _made(server, f"growth_{size}", size) for name, size in sizes.items()}
    with ExitStack() as stack:
        commands, asked = (
            interleaved(candidates, scale.rounds)
            for candidates in (
                {name: _commanding(database, scale, stack) for name, database in databases.items()},
                {name: _asking(databases[name], size, scale, stack) for name, size in sizes.items()},
            )
        )
    filled = {name: _filled(server, databases[name], size) for name, size in sizes.items()}
    one, ten = (
        {"command, p50 ms": statistics.median(commands[name]), "cohort as of, p50 ms": statistics.median(asked[name])}
        for name in ("at one", "at ten")
    )
    further = {f"{what}, ten over one": ten[what] / one[what] for what in one}
    further |= {f"{what}, at ten": figure for what, figure in ten.items()}
    further |= {"projector MB, a tenth of the way": filled["at ten"].early, "at its end": filled["at ten"].late}
    goals = [
        *(Goal(f"{what}, ten over one", 1.3, 1.05, most=True) for what in one),
        Goal("at one", 0.8, 0.95),
    ]
    ten_rate, one_rate = (sizes[name] / filled[name].seconds for name in ("at ten", "at one"))
    rates = {"ours": [ten_rate], "at one": [one_rate]}
    told = f"{sizes['at one']:,} and {sizes['at ten']:,} events"
    yield line(16, "a view filled, at ten times the events", "events/s", rates, goals, size=told, further=further)


def _made(server: Server, name: str, size: int) -> Connections:
    """A database with so many events of the record in it, and the view of where fellows are at their end."""
    database = migrated(server, name)
    with Writer(database) as writer:
        if (held := writer.written()) < size:
            writer.write(facts(size), skip=held)
    with Projector(database.projector, [STANDING]) as projector:
        projector.catch_up()
    with administrator(server, name) as connection:
        connection.execute("VACUUM ANALYZE")
    return database


def _commanding(database: Connections, scale: Scale, stack: ExitStack) -> Round:
    ours = stack.enter_context(closing(Ours(database)))
    registrations = ours.registrations(scale.streams)
    ours.read(registrations)
    ring = cycle(registrations)
    return lambda: percentile(calling(1, list(islice(ring, scale.commands)), ours.submit)[1], 50)


def _asking(database: Connections, size: int, scale: Scale, stack: ExitStack) -> Round:
    ways = stack.enter_context(answering(database))
    return median(ways.cohort, questions(database, size, scale.questions))


def _filled(server: Server, database: Connections, size: int) -> Watched:
    """Fill a view in a process of its own, and take it away again."""
    number = int(time.time())
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.growth", str(number), str(size)], cwd=ROOT, check=True,
        input=database.projector, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with administrator(server, database.database) as connection:
        for table in anew(number).tables.own:
            connection.execute(SQL("DROP TABLE {}.{}").format(Identifier(table.schema or ""), Identifier(table.name)))
    return Watched(*json.loads(done.stdout))


def _memory() -> float:
    """The memory that this process has now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def watched(work: Callable[[], object]) -> Watched:
    """Do a piece of work, and look every so often what memory this process has meanwhile."""
    seen: list[tuple[float, float]] = []
    stop = Event()
    begun = time.perf_counter()

    def watch() -> None:
        while True:
            seen.append((time.perf_counter() - begun, _memory()))
            if stop.wait(0.25):
                return

    watching = Thread(target=watch)
    watching.start()
    try:
        work()
    finally:
        stop.set()
        watching.join()
    seconds = time.perf_counter() - begun
    seen.append((seconds, _memory()))
    return Watched(seconds, next(memory for at, memory in seen if at >= seconds / 10), seen[-1][1])


if __name__ == "__main__":
    address, filling, events = sys.stdin.read(), anew(int(sys.argv[1])), int(sys.argv[2])
    json.dump(watched(lambda: fill(address, filling, events)), sys.stdout)
