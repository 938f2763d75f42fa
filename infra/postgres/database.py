"""Connections to PostgreSQL: pools for the log, engines for the views, each under its own role."""

from typing import Any, TypeAlias

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool
from sqlalchemy import Engine, create_engine

Pool: TypeAlias = ConnectionPool[Connection[Any]]

SESSION = {
    "timezone": "UTC",
    "lock_timeout": "5s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
}
"""What every session sets: nobody waits for ever, and nobody keeps others waiting for ever."""


MISSED = {"keepalives_idle": "5", "keepalives_interval": "5", "keepalives_count": "2", "tcp_user_timeout": "15000"}
"""How a connection over TCP notices within 15 seconds that the server's machine is gone; a URL may say otherwise."""


def session(url: str, name: str, **settings: str) -> str:
    """The connection string of a role's URL with the session's settings; `settings` add to or replace `SESSION`."""
    parts = conninfo_to_dict(url)
    given = str(parts.get("options") or "")
    missed = {key: value for key, value in MISSED.items() if key not in parts}
    options = " ".join(f"-c {key}={value}" for key, value in (SESSION | settings).items())
    return make_conninfo(url, application_name=name, options=f"{options} {given}".strip(), **missed)


def pool(url: str, *, name: str = "fellowtrace", size: int = 8, **settings: str) -> Pool:
    """An open pool of connections, at most `size` of them, each statement its own transaction. Close it after use."""
    return ConnectionPool(
        session(url, name, **settings),
        kwargs={"autocommit": True},
        min_size=1,
        max_size=size,
        timeout=10,
        name=name,
        open=True,
    )


def engine(url: str, *, name: str = "fellowtrace", size: int = 8, **settings: str) -> Engine:
    """An SQLAlchemy engine over at most `size` connections. Dispose of it after use."""
    conninfo = session(url, name, **settings)
    return create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo), pool_size=size, max_overflow=0
    )


def connect(url: str, *, name: str = "fellowtrace", **settings: str) -> Connection[Any]:
    """One connection of its own, each statement its own transaction. Close it after use."""
    return psycopg.connect(session(url, name, **settings), autocommit=True)
