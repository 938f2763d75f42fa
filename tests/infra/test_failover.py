"""A standby that takes over and lacks the end of the log: nothing rests on what only the server before it had."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest

from api.opening import brought_up
from infra.log.append import Appender
from infra.log.combining import Busy
from infra.log.command import Receipt
from infra.log.desk import Act
from infra.log.event_log import EventLog
from infra.log.vault import Vault
from infra.postgres.database import pool
from infra.postgres.server import Server, running
from infra.settings import Connections, derived
from tests.conftest import SECRET
from tests.infra.followers import eventually
from tests.infra.server_process import discard
from tests.infra.standby import copied
from tests.infra.test_event_log import (
    DAY,
    ROOM,
    BoxId,
    CoinId,
    NotInTheBox,
    command,
    made,
    make,
    opened,
    put,
    take,
    turn,
)
from tests.infra.wire import wired

NEXT = DAY + timedelta(days=1)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every account can go through."""
    made = Path(tempfile.mkdtemp(prefix="ft-"))
    made.chmod(0o711)
    yield made
    discard(made)


@pytest.fixture
def own(folder: Path) -> Iterator[Server]:
    """A server of this test alone."""
    with running(folder / "data") as server:
        yield server


def on(standby: Server, own: Server, database: Connections) -> Connections:
    """The same database on the standby."""

    def there(url: str) -> str:
        return url.replace(quote(str(own.socket), safe=""), quote(str(standby.socket), safe=""))

    return replace(
        database,
        admin=there(database.admin or ""),
        api=there(database.api),
        vault=there(database.vault),
        projector=there(database.projector),
    )


def cut_off(standby: psycopg.Connection[Any]) -> None:
    """Have it follow its server no longer."""
    standby.execute("ALTER SYSTEM SET primary_conninfo = ''")
    standby.execute("SELECT pg_reload_conf()")
    assert eventually(lambda: standby.execute("SELECT FROM pg_stat_wal_receiver").fetchall() == [])


def outcome(log: EventLog, act: Act) -> type:
    """What becomes of a command that is sent until the server is found."""
    asking = command()
    while True:
        try:
            return type(log.decide(asking, act))
        except NotInTheBox:
            return NotInTheBox
        except Busy:
            continue


def test_what_a_server_that_is_gone_had_on_its_log_is_rested_on_by_nobody(folder: Path, own: Server) -> None:
    database = derived(own.url("failing"), SECRET)
    brought_up(database, demonstration=False)
    with wired(database) as wire, opened(database, url=wire.url) as log:
        box = make(log)
        coins = made(log, box), made(log, box)
        with running(copied(own, folder)) as standby:
            there = on(standby, own, database)
            with closing(psycopg.connect(there.admin or "", autocommit=True)) as admin:
                cut_off(admin)
                log.decide(command(), turn(coins[0], DAY))
                log.decide(command(), take(coins[1], DAY))
                told_on_a_standby(there, box)
                admin.execute("SELECT pg_promote()")
            with opened(there) as other:
                other.decide(command(), take(coins[0], DAY))
                other.decide(command(), turn(coins[1], DAY))
            wire.lead_to(there.api)
            # Each history is as long as the one that is at hand, and says something else.
            assert [outcome(log, turn(coin, NEXT)) for coin in coins] == [NotInTheBox, Receipt]


def told_on_a_standby(there: Connections, box: BoxId) -> None:
    """A standby, which cannot tell what is on its way, refuses nobody for good."""
    with (
        closing(pool(there.api)) as api,
        closing(pool(there.vault)) as keys,
        closing(EventLog(api, Vault(keys, there.secret), there.secret, [ROOM], patience=0.2)) as log,
        closing(Appender(api, patience=0.2)) as appender,
    ):
        with pytest.raises(Busy):
            log.decide(command(), put(CoinId.new(), box))
        with pytest.raises(Busy):
            appender.find([("test", str(uuid4()), b"")])
