"""The record as programs of the command line open it: its database, made where it is ours to make, and its log."""

from collections.abc import Generator
from contextlib import closing, contextmanager

from domain import RULES
from infra.database import Pool, pool
from infra.event_log import EventLog
from infra.migrate import Installation, installation, migrate
from infra.private import SetUpError
from infra.settings import ROLES, Connections, Settings, connected, derived
from infra.vault import Vault

_DEMONSTRATION = "_demo"
"""What the name of the demonstration's database ends in."""


@contextmanager
def opened(settings: Settings, *, demonstration: bool = False) -> Generator[tuple[Connections, Installation]]:
    """The record that the settings name, or the demonstration beside it, for as long as the context lasts.

    The embedded server's database, and any demonstration's, is made or brought up to date first; for another,
    `fellowtrace migrate` does that. Raises SetUpError.
    """
    with named(settings, demonstration=demonstration) as connections:
        if demonstration or embedded(settings):
            migrate(connections, demonstration=demonstration)
        yield connections, installation(connections)


@contextmanager
def named(settings: Settings, *, demonstration: bool = False) -> Generator[Connections]:
    """The connections alone, whatever the database is or is not yet. The embedded server runs meanwhile."""
    with connected(settings) as connections:
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
        yield EventLog(log_pool, Vault(vault_pool, secret), secret, RULES), log_pool
