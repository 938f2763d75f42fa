"""Connections to PostgreSQL: pools for the log, engines for the views, each under its own role."""

from typing import Any, TypeAlias

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool
from psycopg_pool.pool import AddConnection, MaintenanceTask
from sqlalchemy import Engine, create_engine

from infra.postgres.prepared import returning
from infra.postgres.silence import SILENCE, Waiting

Pool: TypeAlias = ConnectionPool[Connection[Any]]

SOUGHT = 0.5
"""Seconds, at most, between two attempts to connect to a server that is away."""
SESSION = {
    "timezone": "UTC",
    "lock_timeout": "5s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
}
"""What every session sets: nobody waits for ever, and nobody keeps others waiting for ever."""


MISSED = {
    "connect_timeout": f"{SILENCE:.0f}",
    "keepalives_idle": "5",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "15000",
}
"""How a connection over TCP notices within 15 seconds that the server's machine is gone, and how long a new one waits
for the server; a URL may say otherwise."""


def session(url: str, name: str, **settings: str) -> str:
    """The connection string of a role's URL with the session's settings; `settings` add to or replace `SESSION`."""
    parts = conninfo_to_dict(url)
    given = str(parts.get("options") or "")
    missed = {key: value for key, value in MISSED.items() if key not in parts}
    options = " ".join(f"-c {key}={value}" for key, value in (SESSION | settings).items())
    return make_conninfo(url, application_name=name, options=f"{options} {given}".strip(), **missed)


class _Eager(ConnectionPool[Connection[Any]]):
    """A pool that seeks a server that is away at short intervals, where psycopg's doubles them without end."""

    def schedule_task(self, task: MaintenanceTask, delay: float) -> None:
        """Have something done later; a connection is sought again soon."""
        super().schedule_task(task, min(delay, SOUGHT) if isinstance(task, AddConnection) else delay)


def pool(url: str, *, name: str = "fellowtrace", size: int = 8, silence: float = SILENCE, **settings: str) -> Pool:
    """An open pool of connections, at most `size` of them, each statement its own transaction. Close it after use.

    Where the server says nothing for `silence` seconds in the middle of a statement, that raises Silent.
    """

    def impatient(connection: Connection[Any]) -> None:
        assert isinstance(connection, Waiting)
        connection.silence = silence

    return _Eager(
        session(url, name, **settings),
        connection_class=Waiting,
        configure=impatient,
        kwargs={"autocommit": True},
        min_size=1,
        max_size=size,
        timeout=10,
        name=name,
        open=True,
    )


def engine(url: str, *, name: str = "fellowtrace", size: int = 8, silence: float = SILENCE, **settings: str) -> Engine:
    """An SQLAlchemy engine over at most `size` connections. Its errors show no parameters. Dispose of it after use.

    Where the server says nothing for `silence` seconds, a question raises Silent, and a statement of SQLAlchemy's its
    OperationalError; a connection that was kept meanwhile is replaced.
    """
    conninfo = session(url, name, **settings)

    def impatient() -> Waiting:
        # What the driver prepares by itself it drops after each rollback, and with it all that others have prepared.
        connection = Waiting.connect(conninfo, prepare_threshold=None)
        connection.silence = silence
        return connection

    made = create_engine(
        "postgresql+psycopg://",
        creator=impatient,
        pool_size=size,
        max_overflow=0,
        pool_reset_on_return=None,
        hide_parameters=True,
    )
    return returning(made)


def connect(url: str, *, name: str = "fellowtrace", **settings: str) -> Connection[Any]:
    """One connection of its own, each statement its own transaction. Close it after use."""
    return psycopg.connect(session(url, name, **settings), autocommit=True)
