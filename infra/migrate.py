"""Make the database or bring it up to date: database, roles, schemas, revisions, grants. Run as often as you like."""

import hmac
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, LiteralString, cast
from uuid import UUID, uuid4

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Composable
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from domain.rule import Rule
from domain.stream import Stream
from infra.log.guarding import bring_up, under
from infra.log.reading import Unreadable
from infra.postgres.database import connect
from infra.postgres.private import SetUpError
from infra.postgres.roles import identifiers, logins, make_roles, set_passwords
from infra.postgres.safety import refuse_unsafe
from infra.settings import Connections, Secret, reach

_MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 0x66656C6C6F77
_OLDEST_SERVER = 180000


@dataclass(frozen=True, slots=True)
class Installation:
    """One database of Fellowtrace: its random id, whether it was made for a demonstration, and when."""

    id: UUID
    demonstration: bool
    created_at: datetime


def migrate(
    connections: Connections,
    *,
    demonstration: bool = False,
    streams: Mapping[str, Stream[Any]] = MappingProxyType({}),
    rules: Sequence[Rule] = (),
    dropping: bool = False,
) -> int:
    """Create what is missing, bring the rest up to this program's revision, and set every role's rights.

    What was recorded in `streams` (all there are, by name) before one of the `rules` came is brought under it. Returns
    how many guards that took. Rules that this program does not have are taken off it where `dropping` says so. Two at
    once wait for each other. `demonstration` is settled when the database is made.
    Raises SetUpError, and changes nothing in the database: no administrator URL, roles that are not four, an older
    server, a database of a newer program or of something else, a demonstration where an ordinary database is meant or
    the other way round, another installation's secret, rules that would be taken off. Raises it also where the record
    cannot be read; the database is of this program's revision by then, and its record under the rules from before.
    """
    admin = _admin(connections)
    users = logins(connections)
    names = identifiers(connections, users)
    with _administrator(admin) as maintenance:
        make_roles(maintenance, names, users)
        _make_database(maintenance, connections.database, names)
        with _transaction(admin) as (upgrading, database):
            _refuse_strangers(database, connections.database)
            _make_schemas(database, names)
            _upgrade(upgrading)
            installation = _installed(database, connections.secret, demonstration)
            if installation.demonstration != demonstration:
                made = "for a demonstration" if installation.demonstration else "for ordinary use"
                raise SetUpError(f"The database {connections.database} was made {made}, and that cannot be changed.")
            if not dropping:
                _refuse_dropping(database, connections.database, rules)
            database.execute("RESET ROLE")
            _run(database, (_MIGRATIONS / "grants.sql").read_text(), names)
        # Only now: passwords follow from the secret, and one that the database does not belong to was refused above.
        set_passwords(maintenance, names, users)
        try:
            # Apart from what alters tables, which keeps others out until it ends: they go on while this takes long.
            with psycopg.connect(admin) as database:
                database.execute(SQL("SET LOCAL ROLE {owner}").format(**names))
                return bring_up(database, streams, rules)
        except Unreadable as error:
            raise SetUpError(f"The record in {connections.database} cannot be read: {error}.") from error


def is_made(connections: Connections) -> bool:
    """Whether the database is there, and holds a record. Raises SetUpError: no administrator URL, no server."""
    with _administrator(_admin(connections)) as maintenance:
        if not _is_there(maintenance, connections.database):
            return False
    with closing(psycopg.connect(_admin(connections))) as database:
        return _revision(database) is not None


def installation(connections: Connections, rules: Sequence[Rule] | None = None) -> Installation:
    """What a program finds when it starts, read as the api role; `rules` are those it records under, if it does.

    Raises SetUpError where the database cannot be reached, is not there yet, is not of this program's revision or
    under its rules, belongs to another secret, or is kept by a server whose settings are unsafe.
    """
    for url in filter(None, (connections.admin, connections.api)):
        reach(url)
    for url in filter(None, (connections.api, connections.vault)):
        refuse_unsafe(url)
    with closing(connect(connections.api)) as database:
        found = _revision(database)
        if found is None:
            raise SetUpError(f"The database {connections.database} is empty: run `fellowtrace migrate` first.")
        _known(found, connections.database)
        if found != _scripts().get_current_head():
            raise SetUpError(
                f"The database {connections.database} is of an older version of Fellowtrace: run `fellowtrace migrate`."
            )
        if rules is not None:
            _refuse_dropping(database, connections.database, rules)
        if rules is not None and under(database) != {rule.guard for rule in rules}:
            raise SetUpError(f"The record in {connections.database} is under other rules: run `fellowtrace migrate`.")
        return _checked(database, connections.secret, connections.database)


def _admin(connections: Connections) -> str:
    if connections.admin is None:
        raise SetUpError("To make or alter the database set DATABASE_URL to an administrator's connection URL.")
    return connections.admin


@contextmanager
def _administrator(url: str) -> Generator[Connection[Any]]:
    """A connection to the server's own database, alone among all that migrate it."""
    maintenance = make_conninfo(url, dbname="postgres")
    reach(maintenance)
    with closing(psycopg.connect(maintenance, autocommit=True)) as connection:
        if connection.info.server_version < _OLDEST_SERVER:
            raise SetUpError(
                f"Fellowtrace needs PostgreSQL {_OLDEST_SERVER // 10000} or later; "
                f"this server is {connection.info.parameter_status('server_version')}."
            )
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        yield connection


@contextmanager
def _transaction(url: str) -> Generator[tuple[sqlalchemy.Connection, Connection[Any]]]:
    """One transaction in the database itself, as Alembic sees it and as psycopg does."""
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool, hide_parameters=True
    )
    with engine.begin() as connection:
        yield connection, cast(Connection[Any], connection.connection.driver_connection)


def _is_there(maintenance: Connection[Any], database: str) -> bool:
    return maintenance.execute("SELECT FROM pg_database WHERE datname = %s", [database]).fetchone() is not None


def _make_database(maintenance: Connection[Any], database: str, names: Mapping[str, Composable]) -> None:
    if not _is_there(maintenance, database):
        maintenance.execute(
            SQL(
                "CREATE DATABASE {database} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' "
                "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
            ).format(**names)
        )
    maintenance.execute(SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**names))
    maintenance.execute(
        SQL("GRANT CONNECT ON DATABASE {database} TO {api}, {projector}, {sealer}, {vault}").format(**names)
    )
    maintenance.execute(SQL("GRANT TEMPORARY ON DATABASE {database} TO {projector}").format(**names))


def _refuse_strangers(database: Connection[Any], name: str) -> None:
    """Refuse a database of a newer program, or one that something else lives in."""
    found = _revision(database)
    if found is not None:
        _known(found, name)
        return
    taken = database.execute("SELECT nspname FROM pg_namespace WHERE nspname IN ('log', 'vault', 'views')").fetchall()
    if taken:
        raise SetUpError(
            f"The database {name} has a schema {taken[0][0]!r} that is not Fellowtrace's: name a database of its own."
        )


def _refuse_dropping(database: Connection[Any], name: str, rules: Sequence[Rule]) -> None:
    """Refuse a record that is under rules which this program does not have: most likely a newer one brought them."""
    if under(database) - {rule.guard for rule in rules}:
        raise SetUpError(
            f"The record in {name} is under other rules, some of which this version of Fellowtrace does not have: run "
            "the newer version that brought them. Only where this version has given them up, run `fellowtrace migrate`."
        )


def _make_schemas(database: Connection[Any], names: Mapping[str, Composable]) -> None:
    database.execute(SQL("GRANT CREATE ON DATABASE {database} TO {owner}").format(**names))
    database.execute(SQL("CREATE SCHEMA IF NOT EXISTS views AUTHORIZATION {projector}").format(**names))
    database.execute(SQL("SET LOCAL ROLE {owner}").format(**names))
    database.execute("CREATE SCHEMA IF NOT EXISTS log")


def _upgrade(connection: sqlalchemy.Connection) -> None:
    """Run the revisions that are missing, as the owner, in the transaction that is open."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _installed(database: Connection[Any], secret: Secret, demonstration: bool) -> Installation:
    database.execute(
        "INSERT INTO log.installation (id, demonstration, secret_check) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        [uuid4(), demonstration, _check(secret)],
    )
    return _checked(database, secret, database.info.dbname)


def _checked(database: Connection[Any], secret: Secret, name: str) -> Installation:
    rows = database.execute("SELECT id, demonstration, created_at, secret_check FROM log.installation").fetchall()
    if not hmac.compare_digest(rows[0][3], _check(secret)):
        raise SetUpError(
            f"The database {name} belongs to another installation secret: set FELLOWTRACE_SECRET to the one it was "
            "made with."
        )
    return Installation(*rows[0][:3])


def _check(secret: Secret) -> bytes:
    """What tells a secret from another without telling the secret."""
    return hmac.digest(secret.derive("installation"), b"fellowtrace/installation/v1", "sha256")


def _run(database: Connection[Any], script: str, names: Mapping[str, Composable]) -> None:
    database.execute(SQL(cast(LiteralString, script)).format(**names))


def _revision(database: Connection[Any]) -> str | None:
    if database.execute("SELECT to_regclass('log.revision')").fetchall()[0][0] is None:
        return None
    row = database.execute("SELECT version_num FROM log.revision").fetchone()
    return None if row is None else str(row[0])


def _known(revision: str, name: str) -> None:
    if revision not in {script.revision for script in _scripts().walk_revisions()}:
        raise SetUpError(
            f"The database {name} is of a newer version of Fellowtrace (revision {revision}): run that version."
        )


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config
