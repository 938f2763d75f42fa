"""Run the measurements that stand and write `bench.json`: `python -m tests.bench`, some five minutes.

Each line runs its candidates in turn, several rounds, on one server in one run; what counts is the ratio of medians.
"""

import tempfile
from contextlib import closing
from itertools import cycle
from pathlib import Path
from typing import Any

from psycopg import Connection

from infra.database import connect
from infra.migrate import migrate
from infra.server import running
from infra.settings import Secret, derived
from tests.bench.library import Registrations, environment, projected, replayed
from tests.bench.measured import Line, Round, measure, tell
from tests.bench.ours import Ours, copying, counts

COMMANDS, ROWS = 300, 1_000
"""One round of single commands; commands of one import commit."""


def main() -> None:
    """Measure on an embedded server of its own."""
    with tempfile.TemporaryDirectory(prefix="fellowtrace-bench-") as folder:
        Path(folder).chmod(0o711)
        with running(Path(folder) / "data") as server:
            database = derived(server.url("bench"), Secret(b"bench" * 8))
            migrate(database)
            with closing(Ours(database)) as ours, closing(connect(server.url("bench"))) as administrator:
                peer = Registrations(env=environment(server.url("bench")))
                lines = [*appends(ours, peer), *imports(ours, administrator), *replays(ours, peer, server.url("bench"))]
                peer.close()
    tell(lines, Path("bench.json"))


def appends(ours: Ours, peer: Registrations) -> list[Line]:
    """Lines 1 and 5: durable commands, load, decide, append, by one caller."""
    mine, theirs = cycle([ours.register() for _ in range(100)]), cycle([peer.register() for _ in range(100)])

    def one(times: int, commands: int) -> tuple[Round, dict[str, Round]]:
        def run_ours() -> int:
            for _ in range(commands):
                ours.log.decide(ours.command(), ours.submitting(next(mine), times))
            return times * commands

        def run_theirs() -> int:
            for _ in range(commands):
                peer.submit(next(theirs), times)
            return times * commands

        return run_ours, {"library": run_theirs}

    run, against = one(1, COMMANDS)
    single = measure(1, "one event a command", "events/s", ours=run, against=against, goal=2.5, stretch=4)
    run, against = one(100, 10)
    hundred = measure(5, "100 events a command", "events/s", ours=run, against=against, goal=5, stretch=8)
    return [single, hundred]


def imports(ours: Ours, administrator: Connection[Any]) -> list[Line]:
    """Line 6: an import of 1,000 commands a commit, against raw COPY into a table of the same columns and indexes."""
    registrations = [ours.register() for _ in range(ROWS)]
    rows = administrator.execute(
        "SELECT position, stream, version, kind, schema_version, slot, recorded_at, envelope, state FROM log.event"
        " ORDER BY position DESC LIMIT 1000"
    ).fetchall()
    limit = copying(administrator, rows)
    run = measure(
        6, "import, 1,000 a commit", "events/s", ours=lambda: ours.imported(registrations), against={"copy": limit},
        goal=0.3, stretch=0.5,
    )  # fmt: skip
    return [run]


def replays(ours: Ours, peer: Registrations, url: str) -> list[Line]:
    """Lines 7 and 8: the log read into typed events, and a view filled from it."""
    least = 5_000
    while (head := peer.recorder.max_notification_id() or 0) < least:
        peer.register()
    replay = measure(
        7, "replay into typed events", "events/s", ours=ours.replayed,
        against={"library": lambda: replayed(peer, head)}, goal=2.5, stretch=4, rounds=3,
    )  # fmt: skip
    view, names = counts(), iter(f"counts{number}" for number in range(100))
    rebuild = measure(
        8, "a bitemporal view filled, one process", "events/s", ours=lambda: ours.rebuilt(view),
        against={"library": lambda: projected(url, head, next(names))}, goal=20, stretch=30, rounds=3,
    )  # fmt: skip
    return [replay, rebuild]


if __name__ == "__main__":
    main()
