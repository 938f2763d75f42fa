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
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Composable, Identifier, Literal
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from domain.rule import Rule
from domain.stream import Stream
from infra.log.guarding import bring_up, under
from infra.log.reading import Unreadable
from infra.postgres.database import connect
from infra.postgres.private import SetUpError
from infra.postgres.safety import refuse_unsafe
from infra.settings import ROLES, Connections, Secret, reach

_MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 0x66656C6C6F77
_OLDEST_SERVER = 180000


@dataclass(frozen=True, slots=True)
class Installation:
    """One database of Fellowtrace: its random id, whether it was made for a demonstration, and when."""

    id: UUID
    demonstration: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class _Login:
    """A role that logs in, as its connection URL names it."""

    user: str
    password: str | None


def migrate(
    connections: Connections,
    *,
    demonstration: bool = False,
    streams: Mapping[str, Stream[Any]] = MappingProxyType({}),
    rules: Sequence[Rule] = (),
) -> int:
    """Create what is missing, bring the rest up to this program's revision, and set every role's rights.

    What was recorded in `streams` (all there are, by name) before one of the `rules` came is brought under it. Returns
    how many guards that took. Two at once wait for each other. `demonstration` is settled when the database is made.
    Raises SetUpError: no administrator URL, roles that are not four, an older server, a database of a newer program or
    of something else, a demonstration where an ordinary database is meant or the other way round, another
    installation's secret.
    """
    admin = _admin(connections)
    logins = _logins(connections)
    with _administrator(admin) as maintenance:
        names: dict[str, Composable] = {role: Identifier(login.user) for role, login in logins.items()}
        names["owner"] = Identifier(f"{_owner(connections)}_owner")
        names["database"] = Identifier(connections.database)
        _make_roles(maintenance, names, logins)
        _make_database(maintenance, connections.database, names)
        with _transaction(admin) as (upgrading, database):
            _refuse_strangers(database, connections.database)
            _make_schemas(database, names)
            _upgrade(upgrading)
            installation = _installed(database, connections.secret, demonstration)
            if installation.demonstration != demonstration:
                made = "for a demonstration" if installation.demonstration else "for ordinary use"
                raise SetUpError(f"The database {connections.database} was made {made}, and that cannot be changed.")
            database.execute("RESET ROLE")
            _run(database, (_MIGRATIONS / "grants.sql").read_text(), names)
        # Only now: passwords follow from the secret, and one that the database does not belong to was refused above.
        _set_passwords(maintenance, names, logins)
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
        if rules is not None and under(database) != {rule.guard for rule in rules}:
            raise SetUpError(f"The record in {connections.database} is under other rules: run `fellowtrace migrate`.")
        return _checked(database, connections.secret, connections.database)


def _admin(connections: Connections) -> str:
    if connections.admin is None:
        raise SetUpError("To make or alter the database set DATABASE_URL to an administrator's connection URL.")
    return connections.admin


def _logins(connections: Connections) -> dict[str, _Login]:
    urls = {role: conninfo_to_dict(getattr(connections, role)) for role in ROLES}
    admin = conninfo_to_dict(connections.admin or "")
    users = [str(parts.get("user") or "") for parts in urls.values()]
    if len({*users, str(admin.get("user") or "postgres")}) != len(ROLES) + 1 or not all(users):
        raise SetUpError("The administrator and the roles api, projector, sealer and vault need users of their own.")
    if len({parts.get("dbname") for parts in (*urls.values(), admin)}) != 1:
        raise SetUpError("The connection URLs of the roles name more than one database.")
    return {
        role: _Login(str(parts["user"]), None if parts.get("password") is None else str(parts["password"]))
        for role, parts in urls.items()
    }


def _owner(connections: Connections) -> str:
    """What the owner's name begins with: the same as the api role's, where that ends in `_api`."""
    user = str(conninfo_to_dict(connections.api)["user"])
    return user.removesuffix("_api") if user.endswith("_api") else connections.database


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


def _make_roles(maintenance: Connection[Any], names: Mapping[str, Composable], logins: Mapping[str, _Login]) -> None:
    known = {name for (name,) in maintenance.execute("SELECT rolname FROM pg_roles")}
    owner = names["owner"]
    if owner.as_string(maintenance).strip('"') not in known:
        maintenance.execute(SQL("CREATE ROLE {} NOLOGIN").format(owner))
    for role, login in logins.items():
        if login.user not in known:
            maintenance.execute(SQL("CREATE ROLE {} LOGIN").format(names[role]))
    # An administrator who is not a superuser has to be of a role to make what it owns.
    maintenance.execute(SQL("GRANT {owner}, {projector} TO CURRENT_USER").format(**names))


def _set_passwords(maintenance: Connection[Any], names: Mapping[str, Composable], logins: Mapping[str, _Login]) -> None:
    for role, login in logins.items():
        if login.password is not None:
            # Hashed here: a password in the clear would stand in the server's log.
            hashed = maintenance.pgconn.encrypt_password(
                login.password.encode(), login.user.encode(), b"scram-sha-256"
            ).decode()
            maintenance.execute(SQL("ALTER ROLE {} PASSWORD {}").format(names[role], Literal(hashed)))


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
