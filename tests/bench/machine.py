"""The server that everything is measured on: durable throughout, with the memory of a server of its own."""

import os
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from api.opening import brought_up
from infra.postgres.server import Server, running
from infra.settings import Connections, Secret, derived

_GIGABYTES = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
SETTINGS: Mapping[str, str] = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": f"{max(128, min(2048, int(_GIGABYTES * 1024 / 8)))}MB",
    "effective_cache_size": f"{max(512, min(16384, int(_GIGABYTES * 1024 / 2)))}MB",
    "work_mem": "64MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_connections": "200",
}
"""What the server runs with; on a machine of less than 16 GB its share of the memory is smaller."""


@contextmanager
def served(folder: Path | None = None) -> Generator[Server]:
    """An embedded server with these settings, in a folder that is kept, or in one that goes at the end."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="fellowtrace-bench-") as made:
            Path(made).chmod(0o711)
            with served(Path(made) / "data") as server:
                yield server
        return
    with running(folder) as server, administrator(server) as connection:
        for name, value in SETTINGS.items():
            connection.execute(SQL("ALTER SYSTEM SET {} = {}").format(Identifier(name), Literal(value)))
    with running(folder) as server:
        yield server


@contextmanager
def administrator(server: Server, database: str = "postgres") -> Generator[psycopg.Connection]:
    """A connection that may do everything."""
    with closing(psycopg.connect(server.url(database), autocommit=True)) as connection:
        yield connection


def connections(server: Server, name: str) -> Connections:
    """The connections of a database of that name."""
    return derived(server.url(name), Secret(b"bench" * 8))


def migrated(server: Server, name: str) -> Connections:
    """A database of that name, with everything that the program needs in it."""
    made = connections(server, name)
    brought_up(made, demonstration=False)
    return made


@contextmanager
def slow_flush(server: Server, microseconds: int = 1_000) -> Generator[None]:
    """Every flush takes that much longer: the first of those that commit sleeps before it flushes for all."""
    with administrator(server) as connection:
        try:
            for name, value in (("commit_delay", microseconds), ("commit_siblings", 0)):
                connection.execute(SQL("ALTER SYSTEM SET {} = {}").format(Identifier(name), Literal(value)))
            _reloaded(connection, str(microseconds))
            yield
        finally:
            for name in ("commit_delay", "commit_siblings"):
                connection.execute(SQL("ALTER SYSTEM RESET {}").format(Identifier(name)))
            _reloaded(connection, "0")


def _reloaded(connection: psycopg.Connection, delay: str) -> None:
    """Every session takes a setting up with its next statement, once the server has."""
    connection.execute("SELECT pg_reload_conf()")
    while connection.execute("SHOW commit_delay").fetchone() != (delay,):
        time.sleep(0.01)
