"""Nobody writes the log but through its function, and nobody changes what is recorded."""

from contextlib import closing
from uuid import uuid4

import pytest
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from infra.log.submission import External
from infra.postgres.database import connect
from infra.settings import Connections
from tests.infra.submissions import appending, fresh, rows, submission


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO log.event SELECT * FROM log.event",
        "INSERT INTO log.event_guard VALUES ('a', 1)",
        "INSERT INTO log.command SELECT * FROM log.command",
        "INSERT INTO log.external_id VALUES ('a', '', gen_random_uuid())",
        "INSERT INTO log.installation SELECT * FROM log.installation",
        "UPDATE log.event SET state = ''",
        "UPDATE log.event_guard SET position = 1",
        "UPDATE log.command SET last_position = 1",
        "UPDATE log.external_id SET id = gen_random_uuid()",
        "DELETE FROM log.event_guard",
        "DELETE FROM log.installation",
        "TRUNCATE log.event_guard",
        "TRUNCATE log.command",
        "TRUNCATE log.external_id",
        "TRUNCATE log.installation",
        "DELETE FROM log.event",
        "TRUNCATE log.event",
        "DELETE FROM log.command",
        "DELETE FROM log.external_id",
        "UPDATE log.installation SET demonstration = true",
        "BEGIN; LOCK TABLE log.event IN EXCLUSIVE MODE",
        "ALTER TABLE log.event DISABLE TRIGGER ALL",
        "SELECT log.lock()",
        "SELECT log.append_library('{a:1}', '{1}', '{k}', '{e}', '{s}')",
        "SELECT wrapped FROM vault.key",
        "CREATE TABLE public.own (a int)",
    ],
)
def test_the_api_role_may_append_and_read_and_nothing_else(database: Connections, statement: str) -> None:
    with closing(connect(database.api)) as api, pytest.raises(errors.InsufficientPrivilege):
        api.execute(statement.encode())


@pytest.mark.parametrize("role", ["api", "projector", "sealer"])
def test_no_role_that_logs_in_may_change_any_table_of_the_log(database: Connections, role: str) -> None:
    user = str(conninfo_to_dict(getattr(database, role))["user"])
    every = "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'log'::regnamespace AND relkind = 'r'"
    may = (
        "SELECT privilege FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER',"
        " 'MAINTAIN']) AS privilege WHERE has_table_privilege(%s, %s, privilege)"
    )
    tables = [table for (table,) in rows(database, every)]
    assert {"log.event", "log.event_guard", "log.command", "log.external_id", "log.installation"} <= {*tables}
    assert {table: rows(database, may, user, table) for table in tables} == {table: [] for table in tables}


RECORDED = [
    *[(table, change) for table in ("event", "event_guard", "command", "installation") for change in "UDT"],
    # A natural key is deleted when the person it names is forgotten.
    *[("external_id", change) for change in "UT"],
]
FIRST = {"event": "kind", "event_guard": "guard", "command": "principal", "installation": "id", "external_id": "scheme"}


@pytest.mark.parametrize(("table", "change"), RECORDED)
def test_what_is_recorded_stays_even_under_its_owners_hand(database: Connections, table: str, change: str) -> None:
    with appending(database) as appender:
        key = External("code", b"digest", str(uuid4()))
        appender.append([submission(fresh(), guards=["places:1"], externals=[key])])
    statement = {
        "U": f"UPDATE log.{table} SET {FIRST[table]} = {FIRST[table]}",
        "D": f"DELETE FROM log.{table}",
        "T": f"TRUNCATE log.{table}",
    }[change]
    held = rows(database, f"SELECT * FROM log.{table}")
    with pytest.raises(errors.InsufficientPrivilege, match="stays as it is"):
        rows(database, statement)
    assert held
    assert rows(database, f"SELECT * FROM log.{table}") == held
