"""F1, F2, F2n and F20: the program and the server killed while commands are recorded."""

import os
import signal
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from random import Random
from typing import NamedTuple

import psycopg

from api.opening import brought_up
from api.processes import start_projector
from infra.postgres.server import Server, running
from infra.settings import Connections, Secret, derived
from projections import VIEWS
from tests.crash import views
from tests.crash.checker import Findings, check
from tests.crash.running import App, app, clients, kill_server, until_acknowledged

SECRET = Secret.parse("c0" * 32)


class Killed(NamedTuple):
    """What the checker found after so many kills, and how long it took until commands were answered again.

    Where a projector followed all the while: how long it took until the views were level with the log again, and the
    tables that differ in the end from those built in peace.
    """

    kills: int
    findings: Findings
    recovery: list[float]
    level: Sequence[float] = ()
    differ: Sequence[str] = ()

    @property
    def upheld(self) -> bool:
        """Whether nothing was lost or doubled, in the log or in the views."""
        return not self.findings.faults and not self.differ

    def __str__(self) -> str:
        """In a line."""
        said = f"{self.kills} kills: {self.findings}; answered again after {_told(self.recovery)}"
        if self.level:
            tables = ", ".join(self.differ) or "every table as built in peace"
            said += f"; views level after {_told(self.level)}: {tables}"
        return said


def _told(seconds: Sequence[float]) -> str:
    times = sorted(seconds)
    p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    return f"{p50:.2f} s (p95 {p95:.2f} s, longest {times[-1]:.2f} s)"


def app_killed(connections: Connections, folder: Path, seed: int, kills: int) -> Killed:
    """F1: the api's process is killed at random moments, and another is started at the same address."""

    def kill(served: App) -> None:
        served.kill()
        served.start()

    return _campaign(connections, folder, seed, kills, kill)


def backend_killed(connections: Connections, folder: Path, seed: int, kills: int) -> Killed:
    """F20: a random backend of the server is killed, upon which it restarts all of them; a projector follows."""
    random = Random(seed)

    def kill(served: App) -> None:
        with psycopg.connect(str(connections.admin), autocommit=True) as connection:
            found = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchall()
        os.kill(random.choice(found)[0], signal.SIGKILL)

    return _campaign(connections, folder, seed, kills, kill, followed=True)


def server_killed(data: Path, folder: Path, seed: int, kills: int, *, durable: bool = True) -> Killed:
    """F2: the server's processes are killed all at once, and it is started again.

    Without `durable` (F2n) commits are not waited for: what is then acknowledged and lost the checker must report.
    """
    with running(data) as server:
        connections = made(server, f"crash_{seed}_{'durable' if durable else 'not'}")

        def kill(served: App) -> None:
            kill_server(server.folder)
            with running(data):
                pass

        return _campaign(connections, folder, seed, kills, kill, lambda: durable or _lazy(server, connections))


def _campaign(
    connections: Connections,
    folder: Path,
    seed: int,
    kills: int,
    kill: Callable[[App], None],
    prepare: Callable[[], object] = lambda: None,
    *,
    followed: bool = False,
) -> Killed:
    random, recovery, level = Random(seed), list[float](), list[float]()
    with following(connections) if followed else nullcontext(), app(connections) as served:
        prepare()
        with clients(served.port, folder / f"journal-{connections.database}", seed) as journal:
            for _ in range(kills):
                until_acknowledged(journal, random.randrange(1, 10), random)
                begun = time.monotonic()
                kill(served)
                until_acknowledged(journal, 1, random)
                recovery.append(time.monotonic() - begun)
                if followed:
                    views.until_level(connections)
                    level.append(time.monotonic() - begun)
        findings = check(str(connections.admin), [journal])
        if followed:
            views.until_level(connections)
    differ: Sequence[str] = ()
    if followed:
        found = views.digests(connections, VIEWS)
        views.dropped(connections)
        differ = views.differing(found, views.built(connections, VIEWS))
    return Killed(kills, findings, recovery, level, differ)


@contextmanager
def following(connections: Connections) -> Generator[None]:
    """A projector follows, in a process of its own."""
    child = start_projector(connections)
    try:
        yield
    finally:
        child.end()
        child.ended()


def made(server: Server, name: str, *, demonstration: bool = False) -> Connections:
    """A migrated database of that name."""
    connections = derived(server.url(name), SECRET)
    brought_up(connections, demonstration=demonstration)
    return connections


def _lazy(server: Server, connections: Connections) -> None:
    """Let the server acknowledge commits that it keeps in memory for a while.

    The program would not start on such a server, so that this happens behind its back.
    """
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        connection.execute("ALTER SYSTEM SET wal_writer_flush_after = '1GB'")
        connection.execute(f'ALTER DATABASE "{connections.database}" SET synchronous_commit = off'.encode())
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [connections.database]
        )
