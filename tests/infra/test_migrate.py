"""Making the database, and refusing one that is not ours to touch, each in a sentence."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import count

import pytest
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from infra.migrate import installation, migrate
from infra.postgres.database import connect
from infra.postgres.private import SetUpError
from infra.postgres.server import Server
from infra.settings import ROLES, Connections, Secret, derived
from tests.conftest import SECRET, administrator
from tests.infra.submissions import accepted, appending, fresh, rows, submission

_numbers = count(1)


@pytest.fixture
def empty(server: Server, worker: str) -> Iterator[Connections]:
    """The connections of a database that is not there yet; it and its roles are dropped at the end."""
    connections = derived(server.url(f"made{next(_numbers)}_{worker}"), SECRET)
    yield connections
    with administrator(server) as admin:
        admin.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(connections.database)))
        for role in (*ROLES, "owner"):
            admin.execute(SQL("DROP ROLE IF EXISTS {}").format(Identifier(f"{connections.database}_{role}")))


def test_it_makes_everything_from_nothing_and_a_second_run_changes_nothing(empty: Connections) -> None:
    migrate(empty)
    made = installation(empty)
    assert not made.demonstration
    with appending(empty) as appender:
        accepted(appender.append([submission(fresh())])[0])
    before = rows(empty, _EVERYTHING)
    migrate(empty)
    assert installation(empty) == made
    assert rows(empty, _EVERYTHING) == before
    assert rows(empty, "SELECT log.head()") == [(1,)]


def test_two_at_once_make_one_installation(empty: Connections) -> None:
    with ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(migrate, empty) for _ in range(2)]:
            running.result()
    assert rows(empty, "SELECT count(*) FROM log.installation") == [(1,)]


def test_a_demonstration_stays_one_and_nothing_else_becomes_one(empty: Connections, database: Connections) -> None:
    migrate(empty, demonstration=True)
    assert installation(empty).demonstration
    with pytest.raises(SetUpError, match="was made for a demonstration"):
        migrate(empty)
    with pytest.raises(SetUpError, match="was made for ordinary use"):
        migrate(database, demonstration=True)
    assert not installation(database).demonstration


def test_another_installations_secret_is_refused(database: Connections) -> None:
    other = replace(database, secret=Secret.parse("77" * 32))
    for start in (migrate, installation):
        with pytest.raises(SetUpError, match="FELLOWTRACE_SECRET"):
            start(other)


def test_a_database_of_a_newer_program_is_refused_and_not_touched(database: Connections) -> None:
    rows(database, "UPDATE log.revision SET version_num = '9999'")
    for start in (migrate, installation):
        with pytest.raises(SetUpError, match="newer version"):
            start(database)
    assert rows(database, "SELECT version_num FROM log.revision") == [("9999",)]


def test_a_database_that_something_else_lives_in_is_refused_and_not_touched(empty: Connections, server: Server) -> None:
    with administrator(server) as admin:
        admin.execute(SQL("CREATE DATABASE {}").format(Identifier(empty.database)))
    rows(empty, "CREATE SCHEMA log; CREATE TABLE log.event (a int)")
    with pytest.raises(SetUpError, match="not Fellowtrace's"):
        migrate(empty)
    assert rows(empty, "SELECT nspname FROM pg_namespace WHERE nspname IN ('vault', 'views')") == []


def test_connections_that_cannot_be_meant_are_refused(empty: Connections) -> None:
    wrong = [
        (replace(empty, admin=None), "DATABASE_URL"),
        (replace(empty, api=empty.admin or ""), "users of their own"),
        (replace(empty, sealer=empty.vault), "users of their own"),
        (replace(empty, vault=empty.vault.replace(f"/{empty.database}", "/elsewhere")), "more than one database"),
    ]
    for connections, said in wrong:
        with pytest.raises(SetUpError, match=said):
            migrate(connections)


def test_a_program_that_starts_before_the_database_is_made_is_told_so(empty: Connections, server: Server) -> None:
    with pytest.raises(SetUpError, match="run `migrate`"):
        installation(empty)
    migrate(empty)
    rows(empty, "DROP SCHEMA log CASCADE")
    with pytest.raises(SetUpError, match="is empty"):
        installation(empty)


def test_a_role_whose_password_was_changed_gets_the_one_of_its_url_again(empty: Connections) -> None:
    migrate(empty)
    user = str(conninfo_to_dict(empty.api)["user"])
    rows(empty, f"ALTER ROLE {user} PASSWORD 'another'")
    with pytest.raises(SetUpError, match="password"):
        installation(empty)
    migrate(empty)
    assert not installation(empty).demonstration


def test_the_owner_does_not_log_in_and_the_public_may_do_nothing(database: Connections) -> None:
    owner = rows(
        database,
        "SELECT rolcanlogin, rolpassword IS NULL FROM pg_authid JOIN pg_namespace ON nspowner = pg_authid.oid"
        " WHERE nspname = 'log'",
    )
    assert owner == [(False, True)]
    for schema in ("log", "vault", "views"):
        assert rows(database, "SELECT has_schema_privilege('public', %s, 'USAGE, CREATE')", schema) == [(False,)]
    assert rows(database, "SELECT has_schema_privilege('public', 'public', 'CREATE, USAGE')") == [(False,)]
    open_to_all = (
        "SELECT proname FROM pg_proc WHERE pronamespace = 'log'::regnamespace"
        " AND has_function_privilege('public', oid, 'EXECUTE')"
    )
    assert rows(database, open_to_all) == []


def test_every_function_that_runs_as_its_owner_pins_where_names_are_sought(database: Connections) -> None:
    pinned = rows(
        database,
        "SELECT proname, 'search_path=pg_catalog, pg_temp' = ANY (proconfig) FROM pg_proc"
        " WHERE prosecdef AND pronamespace = 'log'::regnamespace ORDER BY 1",
    )
    assert pinned == [(name, True) for name in ("append", "append_library", "find", "move_terms", "position_at")]


def test_the_projector_makes_views_that_the_api_reads_and_cannot_change(database: Connections) -> None:
    with closing(connect(database.projector)) as projector, closing(connect(database.api)) as api:
        projector.execute("CREATE TABLE views.probe (a int)")
        projector.execute("INSERT INTO views.probe VALUES (7)")
        assert projector.execute("SELECT log.head()").fetchall() == [(0,)]
        assert api.execute("SELECT a FROM views.probe").fetchall() == [(7,)]
        for statement in (
            "INSERT INTO views.probe VALUES (8)",
            "DROP TABLE views.probe",
            "CREATE TABLE views.b (a int)",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                api.execute(statement.encode())


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("projector", "SELECT log.find('{}', '{}', '{}', null, null)"),
        ("projector", "INSERT INTO log.event_guard VALUES ('a', 1)"),
        ("projector", "SELECT wrapped FROM vault.key"),
        ("sealer", "SELECT principal FROM log.command"),
        ("sealer", "SELECT wrapped FROM vault.key"),
        ("vault", "SELECT position FROM log.event"),
        ("vault", "SELECT log.head()"),
        ("vault", "UPDATE vault.key SET wrapped = ''"),
    ],
)
def test_every_other_role_keeps_to_its_own_ground(database: Connections, role: str, statement: str) -> None:
    with closing(connect(getattr(database, role))) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement.encode())


def test_an_administrator_who_is_no_superuser_is_enough(empty: Connections, server: Server) -> None:
    name = f"chief_{empty.database}"
    with administrator(server) as admin:
        admin.execute(SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD 'chief'").format(Identifier(name)))
        try:
            chief = replace(empty, admin=server.url(empty.database, name, "chief"))
            migrate(chief)
            migrate(chief)
            with appending(chief) as appender:
                accepted(appender.append([submission(fresh())])[0])
        finally:
            admin.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(empty.database)))
            for role in (*ROLES, "owner"):
                admin.execute(SQL("DROP ROLE IF EXISTS {}").format(Identifier(f"{empty.database}_{role}")))
            admin.execute(SQL("DROP ROLE {}").format(Identifier(name)))


_EVERYTHING = """
    SELECT 'relation', oid::regclass::text, relacl::text FROM pg_class
    WHERE relnamespace IN ('log'::regnamespace, 'vault'::regnamespace, 'views'::regnamespace)
    UNION ALL SELECT 'function', oid::regprocedure::text, proacl::text FROM pg_proc
    WHERE pronamespace = 'log'::regnamespace
    UNION ALL SELECT 'schema', nspname, nspacl::text FROM pg_namespace
    UNION ALL SELECT 'default', defaclrole::regrole::text, defaclacl::text FROM pg_default_acl
    UNION ALL SELECT 'database', datname, datacl::text FROM pg_database WHERE datname = current_database()
    ORDER BY 1, 2, 3"""
"""Every object and who may do what with it."""


def test_a_migration_under_another_secret_is_refused_and_changes_nobodys_password(database: Connections) -> None:
    before = installation(database)
    other = Secret.parse("77" * 32)
    assert database.admin is not None
    owner = str(conninfo_to_dict(database.api)["user"]).removesuffix("_api")
    mistaken = derived(database.admin, other, owner=owner)
    with pytest.raises(SetUpError, match="secret"):
        migrate(mistaken)
    assert installation(database) == before
