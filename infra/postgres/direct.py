"""Direct connections, past any pooler: of processes that follow the log, whose peer must be missed within seconds."""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.conninfo import make_conninfo

from infra.postgres.database import session

MISSED = 3
"""Seconds of silence after which either side takes the other to be gone."""
_OURS = {
    "connect_timeout": 2 * MISSED,
    "keepalives_idle": 1,
    "keepalives_interval": 1,
    "keepalives_count": MISSED - 1,
    "tcp_user_timeout": 1_000 * MISSED,
}
_THEIRS = {
    "tcp_keepalives_idle": "1s",
    "tcp_keepalives_interval": "1s",
    "tcp_keepalives_count": str(MISSED - 1),
    "tcp_user_timeout": f"{MISSED}s",
    "client_connection_check_interval": "1s",
}


def direct(url: str, *, name: str, **settings: str) -> Connection[Any]:
    """A connection of its own, each statement its own transaction. Close it after use.

    A peer that is gone without a word is noticed on both sides: here with an OperationalError, by the server with the
    end of the session and whatever it had locked. Raises psycopg.OperationalError.
    """
    conninfo = make_conninfo(session(url, name, **_THEIRS | settings), **_OURS)
    return psycopg.connect(conninfo, autocommit=True)


@contextmanager
def listening(url: str, *channels: str, name: str) -> Generator[Connection[Any]]:
    """A direct connection that hears of these channels from now on. What was said before must be looked for after."""
    connection = direct(url, name=name)
    try:
        for channel in channels:
            connection.execute(f"LISTEN {channel}".encode())
        yield connection
    finally:
        with suppress(psycopg.Error):
            connection.close()


def heard(listener: Connection[Any], wait: float) -> list[str]:
    """What was said, once something is, or nothing after `wait` seconds. All that has come meanwhile is one answer.

    Raises psycopg.OperationalError where the connection is gone.
    """
    said = [notice.payload for notice in listener.notifies(timeout=wait, stop_after=1)]
    if said:
        said += [notice.payload for notice in listener.notifies(timeout=0)]
    return said
