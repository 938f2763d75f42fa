"""What tests share: a real PostgreSQL server for the whole run, and a fresh migrated database for each test."""

import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from infra.postgres.server import Server, running
from infra.settings import Connections, Secret, derived

SECRET = Secret.parse("5e" * 32)
"""The installation secret of test databases."""

_DATA_DIR = "FELLOWTRACE_TEST_DATA_DIR"
_made = pytest.StashKey[Path]()
_numbers = count(1)


def pytest_configure(config: pytest.Config) -> None:
    """One data directory for all workers, where root's unprivileged account can reach it too."""
    if _DATA_DIR not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="fellowtrace-test-"))
        folder.chmod(0o711)
        config.stash[_made] = folder
        os.environ[_DATA_DIR] = str(folder / "data")


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last to leave takes the server's files away; a server left by a worker that died is stopped first."""
    folder = config.stash.get(_made, None)
    if folder is not None:
        data_dir = Path(os.environ.pop(_DATA_DIR))
        if (data_dir / "pg" / "postmaster.pid").exists():
            with running(data_dir):
                pass
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The embedded server that all workers share."""
    with running(Path(os.environ[_DATA_DIR])) as started:
        yield started


@contextmanager
def administrator(server: Server) -> Generator[psycopg.Connection]:
    """A connection that makes and drops databases."""
    with closing(psycopg.connect(server.url("postgres"), autocommit=True)) as connection:
        yield connection


@pytest.fixture(scope="session")
def templates(server: Server, worker: str) -> Callable[[bool], Connections]:
    """This worker's migrated database, plain or made for a demonstration; each is migrated once."""
    made: dict[bool, Connections] = {}

    def template(demonstration: bool) -> Connections:
        if demonstration not in made:
            from api.opening import brought_up

            name = f"{'demonstration' if demonstration else 'plain'}_{worker}"
            connections = derived(server.url(name), SECRET)
            brought_up(connections, demonstration=demonstration)
            made[demonstration] = connections
        return made[demonstration]

    return template


@pytest.fixture(scope="session")
def worker() -> str:
    """The name of this process among those that run tests side by side."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@contextmanager
def copied(server: Server, template: Connections) -> Generator[Connections]:
    """A copy of a migrated database, dropped at the end. Its roles are the template's."""
    name, original = f"t{next(_numbers)}_{template.database}", template.database
    with administrator(server) as admin:
        made = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY WAL_LOG")
        admin.execute(made.format(Identifier(name), Identifier(original)))
    try:
        yield derived(server.url(name), SECRET, owner=original)
    finally:
        with administrator(server) as admin:
            admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture
def database(server: Server, templates: Callable[[bool], Connections]) -> Iterator[Connections]:
    """A fresh migrated database of this test alone."""
    with copied(server, templates(False)) as connections:
        yield connections


@pytest.fixture
def demonstration_database(server: Server, templates: Callable[[bool], Connections]) -> Iterator[Connections]:
    """A fresh migrated database made for a demonstration: in it, recording times may be given."""
    with copied(server, templates(True)) as connections:
        yield connections


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data: $FELLOWTRACE_SHARED, else `shared` beside the clone."""
    folder = Path(os.environ.get("FELLOWTRACE_SHARED") or Path(__file__).parents[1].parent / "shared")
    if not (folder / "data").is_dir():
        missing = f"the real data is not in {folder / 'data'}, so what is checked on it is not checked"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return folder
