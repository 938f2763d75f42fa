"""The record as programs of the command line open it: its database, made where it is ours to make, and its log."""

import time
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from typing import Annotated, Any

import typer

from domain import RULES, STREAMS
from infra.following.projector import Overtaken, Projector
from infra.log.event_log import EventLog
from infra.log.vault import Vault
from infra.migrate import Installation, installation, migrate
from infra.postgres.database import Pool, connect, pool
from infra.postgres.private import SetUpError
from infra.postgres.safety import refuse_unsafe
from infra.settings import ROLES, Connections, Settings, connected, derived, reach
from infra.views.view import View
from projections import VIEWS

_DEMONSTRATION = "_demo"
"""What the name of the demonstration's database ends in."""
_MADE_FOR = """
    SELECT convert_from(envelope, 'UTF8')::jsonb->>'source_dated' FROM log.event
    WHERE kind = 'record.demonstration_declared' ORDER BY position LIMIT 1"""

Demonstration = Annotated[
    bool, typer.Option("--demonstration", help="Do it with the demonstration's database instead.")
]
"""The option of every command that opens a record."""


@contextmanager
def opened(
    settings: Settings, *, demonstration: bool = False, needs: Collection[str] = ROLES
) -> Generator[tuple[Connections, Installation]]:
    """The record that the settings name, or the demonstration beside it, for as long as the context lasts.

    The embedded server's database, and any demonstration's, is made or brought up to date first; for another,
    `fellowtrace migrate` does that. Of a database named by its roles' URLs, those in `needs` must be there, the api's
    among them. Raises SetUpError.
    """
    with named(settings, demonstration=demonstration, needs=needs) as connections:
        if demonstration or embedded(settings):
            brought_up(connections, demonstration=demonstration)
        yield connections, installation(connections)


def brought_up(connections: Connections, *, demonstration: bool) -> int:
    """Make the database or bring it up to date, and what is recorded under the rules that there are by now.

    Returns how many places in sets recorded facts got by rules that are newer than they. Raises SetUpError.
    """
    return migrate(connections, demonstration=demonstration, streams=STREAMS, rules=RULES)


@contextmanager
def named(settings: Settings, *, demonstration: bool = False, needs: Collection[str] = ROLES) -> Generator[Connections]:
    """The connections alone, whatever the database is or is not yet. The embedded server runs meanwhile."""
    with connected(settings, needs=needs) as connections:
        if not demonstration or connections.database.endswith(_DEMONSTRATION):
            yield connections
        elif connections.admin is None:
            raise SetUpError(
                "The demonstration makes a database of its own: set DATABASE_URL to an administrator's connection "
                "URL, or neither it nor the URLs of the roles."
            )
        else:
            database = f"{connections.database}{_DEMONSTRATION}"
            yield derived(connections.admin, connections.secret, database=database)


@contextmanager
def keeper(settings: Settings, *, demonstration: bool = False) -> Generator[str]:
    """The URL of the role that keeps the views, of the record or of the demonstration beside it. Raises SetUpError.

    For a database named by the URLs of its roles, that of this role alone is enough.
    """
    if settings.projector_url is not None and not demonstration:
        url = settings.projector_url.get_secret_value()
        reach(url)
        # What these sessions lose, they write again from the log.
        refuse_unsafe(url, commits=False)
        yield url
    else:
        with opened(settings, demonstration=demonstration) as (connections, _):
            yield connections.projector


def embedded(settings: Settings) -> bool:
    """Whether the settings name no server, so that the embedded one is used."""
    return settings.database_url is None and all(getattr(settings, f"{role}_url") is None for role in ROLES)


@contextmanager
def recorder(connections: Connections, *, size: int = 4) -> Generator[tuple[EventLog, Pool]]:
    """The log, to decide and record with, and the api role's connections."""
    with (
        closing(pool(connections.api, size=size)) as log_pool,
        closing(pool(connections.vault, name="fellowtrace vault", size=size)) as vault_pool,
    ):
        secret = connections.secret
        with closing(EventLog(log_pool, Vault(vault_pool, secret), secret, RULES)) as log:
            yield log, log_pool


def made_for(pool: Pool) -> date | None:
    """The day that a demonstration takes for today, as its record says; None where it says nothing of one."""
    with pool.connection() as connection:
        row = connection.execute(_MADE_FOR).fetchone()
    return None if row is None or row[0] is None else date.fromisoformat(row[0])


class Today:
    """The day that the demonstration behind a pool takes for today, read once it is on the record."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._day: date | None = None

    def __call__(self) -> date | None:
        """The day; None where the record says nothing of one yet."""
        if self._day is None:
            self._day = made_for(self._pool)
        return self._day


def head(connections: Connections) -> int:
    """The position of the last event; 0 where there is none."""
    with closing(connect(connections.api)) as connection:
        ((position,),) = connection.execute("SELECT log.head()").fetchall()
    return int(position)


def catch_up(connections: Connections, told: Callable[[int, int], None], views: Sequence[View[Any]] = VIEWS) -> None:
    """Take views to where the log ends now. `told` is called with the position reached and the one to reach."""
    end = head(connections)
    while True:
        try:
            with Projector(connections.projector, views) as projector:
                while (reached := min(projector.positions().values(), default=end)) < end:
                    told(reached, end)
                    if not projector.step(end):
                        break  # An entry stops it: the views themselves say so.
            told(end, end)
            return
        except Overtaken:
            # Whoever serves this record takes its views on as well: go on from where they are by then.
            time.sleep(0.1)
