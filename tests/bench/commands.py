"""Lines 1 to 5: durable commands that load a registration, decide, and append to it."""

import statistics
import subprocess
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from itertools import cycle, islice
from pathlib import Path
from typing import Any, TypeVar

from infra.postgres.collecting import serving
from infra.postgres.server import Server
from tests.bench.emmett_peer import Emmett
from tests.bench.library import TUNED, Registrations, environment
from tests.bench.machine import administrator, migrated, slow_flush
from tests.bench.measured import Goal, Line, Round, interleaved, line, percentile, rate
from tests.bench.ours import EVENTS, Ours, awaiting, calling
from tests.bench.scale import Scale

T = TypeVar("T")

HUNDRED = 100
"""Events in one command of line 5."""
SIZE = f"registrations of {EVENTS} events and more"


class Callers:
    """The candidates, each with its registrations: those of ours are at hand, as those are that one works on."""

    def __init__(self, server: Server, scale: Scale, stack: ExitStack, *, peers: bool) -> None:
        self.server, self.scale = server, scale
        self.ours = stack.enter_context(closing(Ours(migrated(server, "commands"))))
        self.library, self.tuned = (
            stack.enter_context(closing(Registrations(env=environment(server.url("commands")) | more)))
            for more in ({}, TUNED)
        )
        read = self.ours.registrations(scale.streams)
        self.ours.read(read)
        self._read = cycle(read)
        self._theirs = cycle(self.library.register(scale.streams // 4, EVENTS))
        self.took: list[float] = []
        self.emmett: Emmett | None = None
        if peers:
            with administrator(server) as connection:
                connection.execute("CREATE DATABASE emmett")
            self.emmett = stack.enter_context(Emmett(server.url("emmett")))
            hundreds = (scale.rounds + 1) * scale.hundreds
            self.emmett.register(scale.streams // 4 + hundreds, EVENTS)

    def by_ours(self, callers: int, commands: int, *, unread: Iterator[Any] | None = None, loop: bool = False) -> Round:
        """One event a command; `unread` are registrations to read from the log first.

        Callers are threads, or on an event loop as the program's own are.
        """

        def run() -> float:
            works = list(islice(unread or self._read, commands))
            shared = (
                awaiting(callers, works, self.ours.submitted) if loop else calling(callers, works, self.ours.submit)
            )
            seconds, took = shared
            if callers == 32:
                self.took.append(percentile(took, 99))
            return commands / seconds

        return run

    def by_library(self, callers: int, commands: int, *, tuned: bool = False) -> Round:
        """The same with the library."""
        application = self.tuned if tuned else self.library

        def run() -> float:
            return commands / calling(callers, list(islice(self._theirs, commands)), application.submit)[0]

        return run

    def with_emmett(self, callers: int, commands: int, events: int) -> Mapping[str, Round]:
        """The same with emmett, where it is measured."""
        emmett = self.emmett
        return {} if emmett is None else {"emmett": lambda: emmett.submit(callers, commands, events)}


def commands(server: Server, scale: Scale, *, peers: bool, lines: Collection[int]) -> Iterator[Line]:
    """Those of lines 1 to 5 that are asked for."""
    wanted: dict[int, Callable[[Callers], Line]] = {1: one, 2: eight, 3: slow_eight, 4: thirty_two, 5: hundred}
    with ExitStack() as stack, serving():
        callers = Callers(server, scale, stack, peers=peers)
        for number, measured in wanted.items():
            if number in lines:
                yield measured(callers)


def one(callers: Callers) -> Line:
    """Line 1: one caller."""
    scale = callers.scale
    unread = iter(callers.ours.registrations(scale.commands * (scale.rounds + 1)))
    candidates = {
        "ours": callers.by_ours(1, scale.commands),
        "library": callers.by_library(1, scale.commands // 2),
        "library, tuned": callers.by_library(1, scale.commands // 2, tuned=True),
        "ours, not read before": callers.by_ours(1, scale.commands, unread=unread),
    }
    found = interleaved(candidates, scale.rounds)
    return line(
        1, "one event a command, 1 caller", "events/s", found, [Goal("library", 2.5, 4)], size=SIZE,
        further=_otherwise(found),
    )  # fmt: skip


def eight(callers: Callers) -> Line:
    """Line 2: eight callers."""
    return _eight(callers, 2, "the same, 8 callers", [Goal("library", 8, 12), Goal("emmett", 4, 6)])


def slow_eight(callers: Callers) -> Line:
    """Line 3: eight callers, and every flush takes a millisecond longer."""
    with slow_flush(callers.server):
        return _eight(callers, 3, "the same, each flush 1 ms slower", [Goal("library", 7, 10)])


def _eight(callers: Callers, number: int, name: str, goals: Sequence[Goal]) -> Line:
    scale = callers.scale
    unread = iter(callers.ours.registrations(scale.commands * 2 * (scale.rounds + 1)))
    candidates = {
        "ours": callers.by_ours(8, scale.many, loop=True),
        "library": callers.by_library(8, scale.commands),
        "library, tuned": callers.by_library(8, scale.commands, tuned=True),
        **callers.with_emmett(8, scale.commands, 1),
        "ours, not read before": callers.by_ours(8, scale.commands * 2, unread=unread, loop=True),
        "ours, by threads": callers.by_ours(8, scale.many),
    }
    found = interleaved(candidates, scale.rounds)
    return line(number, name, "events/s", found, goals, size=SIZE, further=_otherwise(found))


def _otherwise(found: dict[str, list[float]]) -> dict[str, float]:
    """Take out what we do otherwise, as with registrations that this process has not read: figures beside ours."""
    return {name: statistics.median(found.pop(name)) for name in list(found) if name.startswith("ours, ")}


def thirty_two(callers: Callers) -> Line:
    """Line 4: thirty-two callers, against eight, and against pgbench inserting one row a transaction."""
    scale, server = callers.scale, callers.server
    with tempfile.NamedTemporaryFile("w", prefix="fellowtrace-bench-", suffix=".sql") as script:
        script.write(_insert(server))
        script.flush()

        def pgbench() -> float:
            return _pgbench(server, Path(script.name), scale.inserted)

        candidates = {
            "ours": callers.by_ours(32, scale.many * 2, loop=True),
            "8 callers": callers.by_ours(8, scale.many, loop=True),
            "pgbench": pgbench,
        }
        callers.took.clear()
        found = interleaved(candidates, scale.rounds)
    goals = [Goal("8 callers", 1.5), Goal("pgbench", 0.4, 0.8), Goal("p99 ms", 10, most=True)]
    further = {"p99 ms": statistics.median(callers.took[-scale.rounds :])}
    return line(4, "the same, 32 callers", "events/s", found, goals, size=SIZE, further=further)


def hundred(callers: Callers) -> Line:
    """Line 5: a hundred events in one command, each command to a registration of ten."""
    scale = callers.scale
    works = scale.hundreds * (scale.rounds + 1)
    registrations = callers.ours.registrations(works)
    callers.ours.read(registrations)
    mine, theirs = iter(registrations), iter(callers.library.register(works, EVENTS))

    def submitting(submit: Callable[[T, int], None], some: Iterator[T]) -> Round:
        def run() -> float:
            chosen = list(islice(some, scale.hundreds))
            return rate(HUNDRED * len(chosen), lambda: [submit(each, HUNDRED) for each in chosen])

        return run

    candidates = {
        "ours": submitting(callers.ours.submit, mine),
        "library": submitting(callers.library.submit, theirs),
        **callers.with_emmett(1, scale.hundreds, HUNDRED),
    }
    goals = [Goal("library", 5, 8), Goal("emmett", 2.5, 4)]
    found = interleaved(candidates, scale.rounds)
    return line(5, "100 events in one command, 1 caller", "events/s", found, goals, size=SIZE)


def _insert(server: Server) -> str:
    """The script: one row of the last event's bytes into a table of the log's columns and indexes."""
    with administrator(server, "commands") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bench_insert (LIKE log.event INCLUDING ALL)")
        connection.execute("CREATE SEQUENCE IF NOT EXISTS bench_position")
        row = connection.execute(
            "SELECT kind, envelope, state FROM log.event ORDER BY position DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    kind, envelope, state = row
    return (
        "WITH next AS (SELECT nextval('bench_position') AS n) INSERT INTO bench_insert"
        f" SELECT n, gen_random_uuid()::text, 1, '{kind}', 1, n, clock_timestamp(),"
        f" '\\x{envelope.hex()}', '\\x{state.hex()}' FROM next;\n"
    )


def _pgbench(server: Server, script: Path, rows: int) -> float:
    """Transactions a second of 32 clients of PostgreSQL's own load generator, which ships with the server."""
    done = subprocess.run(
        [
            server.binaries / "pgbench", "--no-vacuum", "--client=32", "--jobs=2", f"--transactions={rows}",
            "--protocol=prepared", f"--file={script}", server.url("commands"),
        ],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    (told,) = (each for each in done.stdout.splitlines() if each.startswith("tps = "))
    return float(told.split()[2])
