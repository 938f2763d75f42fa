"""The record as programs of the command line open it: its database, made where it is ours to make, and its log."""

from collections.abc import Collection, Generator
from contextlib import closing, contextmanager
from typing import Annotated

import typer

from domain import RULES, STREAMS
from infra.log.event_log import EventLog
from infra.log.vault import Vault
from infra.migrate import Installation, installation, is_made, migrate
from infra.postgres.cluster import is_begun
from infra.postgres.database import Pool, pool
from infra.postgres.private import SetUpError
from infra.postgres.safety import refuse_unsafe
from infra.settings import ROLES, Connections, Settings, connected, derived, reach

_DEMONSTRATION = "_demo"
"""What the name of the demonstration's database ends in."""

Demonstration = Annotated[
    bool, typer.Option("--demonstration", help="Do it with the demonstration's database instead.")
]
"""The option of every command that opens a record."""


@contextmanager
def opened(
    settings: Settings, *, demonstration: bool = False, needs: Collection[str] = ROLES, make: bool = True
) -> Generator[tuple[Connections, Installation]]:
    """The record that the settings name, or the demonstration beside it, for as long as the context lasts.

    The embedded server's database, and any demonstration's, is brought up to date first, and made where there is none
    and `make` says so; for another, `fellowtrace migrate` does that. Of a database named by its roles' URLs, those in
    `needs` must be there, the api's among them. No record is taken out of rules that this program does not have.
    Raises SetUpError.
    """
    if not make and embedded(settings) and not is_begun(settings.data_dir):
        raise _no_record(_folder(settings), demonstration)
    with named(settings, demonstration=demonstration, needs=needs) as connections:
        if demonstration or embedded(settings):
            if not make and not is_made(connections):
                raise _no_record(where(settings, connections), demonstration)
            made_or_brought_up(settings, connections, demonstration=demonstration)
        yield connections, installation(connections, RULES)


def where(settings: Settings, connections: Connections) -> str:
    """Where a record is kept, for a person: the folder of the embedded server, or the name of the database."""
    return _folder(settings) if embedded(settings) else f"the database {connections.database}"


def _folder(settings: Settings) -> str:
    return str(settings.data_dir.absolute())


def _no_record(place: str, demonstration: bool) -> SetUpError:
    if demonstration:
        return SetUpError(f"There is no demonstration in {place} yet: make it with `make demo`.")
    return SetUpError(
        f"There is no record in {place}: `fellowtrace migrate` makes a new one there, FELLOWTRACE_DATA_DIR names "
        "another folder, and --demonstration means the demonstration's."
    )


def empty(place: str, *, demonstration: bool) -> str:
    """What to say of a record in which nothing stands yet."""
    if demonstration:
        return f"The demonstration in {place} is empty: make it with `make demo`."
    return f"The record in {place} is empty. The demonstration's is meant with --demonstration."


def made_or_brought_up(
    settings: Settings, connections: Connections, *, demonstration: bool, dropping: bool = False
) -> int:
    """As `brought_up`; where that makes a new record, it is said on the standard error, and where it is."""
    new = not is_made(connections)
    added = brought_up(connections, demonstration=demonstration, dropping=dropping)
    if new:
        what = "record for the demonstration" if demonstration else "record"
        typer.echo(f"A new, empty {what} was made in {where(settings, connections)}.", err=True)
    return added


def brought_up(connections: Connections, *, demonstration: bool, dropping: bool = False) -> int:
    """Make the database or bring it up to date, and what is recorded under the rules that there are by now.

    Returns how many places in sets recorded facts got by rules that are newer than they. Raises SetUpError, also where
    the record is under rules that this program does not have, unless they are to be dropped.
    """
    return migrate(connections, demonstration=demonstration, streams=STREAMS, rules=RULES, dropping=dropping)


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
def keeper(settings: Settings, *, demonstration: bool = False, make: bool = False) -> Generator[str]:
    """The URL of the role that keeps the views, of the record or of the demonstration beside it. Raises SetUpError.

    For a database named by the URLs of its roles, that of this role alone is enough. `make` is as in `opened`.
    """
    if settings.projector_url is not None and not demonstration:
        url = settings.projector_url.get_secret_value()
        reach(url)
        # What these sessions lose, they write again from the log.
        refuse_unsafe(url, commits=False)
        yield url
    else:
        with opened(settings, demonstration=demonstration, make=make) as (connections, _):
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
