"""Connections to PostgreSQL: pools for the log, engines for the views, each under its own role."""

from time import monotonic
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg import Connection
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool
from sqlalchemy import Engine, create_engine

from infra.postgres.prepared import returning

Pool: TypeAlias = ConnectionPool[Connection[Any]]
T = TypeVar("T")

SESSION = {
    "timezone": "UTC",
    "lock_timeout": "5s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
}
"""What every session sets: nobody waits for ever, and nobody keeps others waiting for ever."""


SILENCE = 20.0
"""Seconds without a word from the server, in the middle of a statement, after which a kept connection is lost."""
MISSED = {
    "connect_timeout": f"{SILENCE:.0f}",
    "keepalives_idle": "5",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "15000",
}
"""How a connection over TCP notices within 15 seconds that the server's machine is gone, and how long a new one waits
for the server; a URL may say otherwise."""


class Silent(psycopg.OperationalError):
    """The server has said nothing for too long, though its machine may still be there; the connection is closed."""


class Waiting(Connection[Any]):
    """A connection that waits for an answer no longer than the server is silent for `silence` seconds.

    The time limits of `SESSION` are the server's, and a server that hangs keeps none.
    """

    silence = SILENCE

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """As psycopg's. Raises Silent."""
        return super().wait(self._heard(gen), interval, timeout)

    def _heard(self, gen: PQGen[T]) -> PQGen[T]:
        """The same generator, ended where it is told again and again that nothing has come."""
        try:
            wanted = next(gen)
            until = monotonic() + self.silence
            while True:
                ready = yield wanted
                if ready:
                    until = monotonic() + self.silence
                elif monotonic() > until:
                    self.pgconn.finish()
                    raise Silent("the server has fallen silent")
                wanted = gen.send(ready)
        except StopIteration as ended:
            return ended.value


def session(url: str, name: str, **settings: str) -> str:
    """The connection string of a role's URL with the session's settings; `settings` add to or replace `SESSION`."""
    parts = conninfo_to_dict(url)
    given = str(parts.get("options") or "")
    missed = {key: value for key, value in MISSED.items() if key not in parts}
    options = " ".join(f"-c {key}={value}" for key, value in (SESSION | settings).items())
    return make_conninfo(url, application_name=name, options=f"{options} {given}".strip(), **missed)


def pool(url: str, *, name: str = "fellowtrace", size: int = 8, silence: float = SILENCE, **settings: str) -> Pool:
    """An open pool of connections, at most `size` of them, each statement its own transaction. Close it after use.

    Where the server says nothing for `silence` seconds in the middle of a statement, that raises Silent.
    """

    def impatient(connection: Connection[Any]) -> None:
        assert isinstance(connection, Waiting)
        connection.silence = silence

    return ConnectionPool[Connection[Any]](
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
