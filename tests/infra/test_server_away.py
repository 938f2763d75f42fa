"""A server that restarts, and one that follows another: how the log is followed and views are waited for then."""

import os
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from api.opening import brought_up
from infra.following.projector import Projector
from infra.postgres import database as databases
from infra.postgres.server import Server, running
from infra.settings import Connections, derived
from infra.views.reading import Behind, resolve, settled
from infra.views.waiting import Arrivals
from tests.conftest import SECRET
from tests.infra.followers import PATIENCE, eventually, following, reached, some
from tests.infra.histories import A, B, day
from tests.infra.recording import Recording, recording
from tests.infra.server_process import discard
from tests.infra.standby import copied


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that every account can go through."""
    made = Path(tempfile.mkdtemp(prefix="ft-"))
    made.chmod(0o711)
    yield made
    discard(made)


@pytest.fixture(scope="module")
def own(folder: Path) -> Iterator[Server]:
    """A server of this file alone."""
    with running(folder / "data") as server:
        yield server


@pytest.fixture(scope="module")
def away(own: Server) -> Connections:
    """A migrated database of that server."""
    connections = derived(own.url("away"), SECRET)
    brought_up(connections, demonstration=False)
    return connections


def projector(record: Recording, connections: Connections) -> Projector:
    return Projector(connections.projector, record.live, decode=record.decode, today=lambda: day(3))


def test_a_server_that_restarts_is_followed_again(own: Server, away: Connections) -> None:
    with recording(away) as record:
        history = some(record)
        with projector(record, away) as followed, following(followed, poll=1_000):
            assert eventually(lambda: reached(record, history.base + 12))
            record.record([history.say(A, on=1), history.say(B, on=6)])
            with closing(psycopg.connect(own.url("postgres"), autocommit=True)) as victim:
                # A backend that is killed takes all others with it; the server starts again by itself.
                os.kill(victim.info.backend_pid, signal.SIGKILL)

            def there() -> bool:
                try:
                    with closing(psycopg.connect(away.projector)) as looking:
                        found = looking.execute("SELECT DISTINCT position FROM views.checkpoint WHERE version = 1")
                        return found.fetchall() == [(history.base + 14,)]
                except psycopg.OperationalError:
                    return False

            assert eventually(there)
    with recording(away) as after:
        after.entries |= {entry.position: entry for entry in history.entries}
        after.empty(after.whole[0], history.base)
        after.empty(after.whole[1], history.base)
        after.build(after.whole, day(3))
        after.check(history, day(3))


def test_what_a_server_that_restarts_has_lost_of_a_view_is_done_again(own: Server, away: Connections) -> None:
    with (
        recording(away) as record,
        closing(psycopg.connect(own.url("postgres"), autocommit=True)) as victim,
        closing(psycopg.connect(away.projector, autocommit=True)) as looking,
    ):
        victim.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")  # what is not waited for is not written for long
        victim.execute("SELECT pg_reload_conf()")
        history = some(record)
        with projector(record, away) as followed, following(followed, poll=1.0):
            assert eventually(lambda: reached(record, history.base + 12))
            record.record([history.say(A, on=1)])
            lost = "SELECT bool_and(position = %s) FROM views.checkpoint WHERE version = 1"
            while looking.execute(lost, [history.base + 13]).fetchone() != (True,):
                pass
            os.kill(victim.info.backend_pid, signal.SIGKILL)

            def level() -> bool:
                try:
                    with closing(psycopg.connect(away.projector)) as again:
                        return again.execute(lost, [history.base + 13]).fetchone() == (True,)
                except psycopg.OperationalError:
                    return False

            assert eventually(level)
    with closing(psycopg.connect(own.url("postgres"), autocommit=True)) as after:
        after.execute("ALTER SYSTEM RESET wal_writer_delay")
        after.execute("SELECT pg_reload_conf()")


def test_on_a_standby_views_are_waited_for_as_they_arrive(folder: Path, own: Server, away: Connections) -> None:
    with recording(away) as record:
        history = some(record)
        with projector(record, away) as followed:
            followed.catch_up()
            with running(copied(own, folder)) as standby:
                there = away.api.replace(quote(str(own.socket), safe=""), quote(str(standby.socket), safe=""))
                reader = databases.engine(there, size=1)
                with closing(Arrivals(there)) as arrivals, ThreadPoolExecutor(1) as threads:
                    assert eventually(lambda: arrivals.standby is True)

                    def ask() -> int:
                        least = history.base + 13
                        with settled(reader, record.live, arrivals, least=least, patience=PATIENCE) as (_, at):
                            return at.known

                    wait = threads.submit(ask)
                    assert eventually(lambda: arrivals.waiting == 1)
                    record.record([history.say(A, on=1)])
                    followed.catch_up()
                    assert wait.result(PATIENCE) == history.base + 13
                moment = datetime.now(UTC).isoformat()
                with reader.connect() as connection, pytest.raises(Behind):  # more may be on its way here
                    resolve(connection, [], known=moment)
                reader.dispose()
