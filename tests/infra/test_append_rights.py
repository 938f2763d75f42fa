"""Nobody writes the log but through its function, and nobody changes what is recorded."""

from contextlib import closing

import pytest
from psycopg import errors

from infra.database import connect
from infra.settings import Connections
from tests.infra.submissions import appending, fresh, rows, submission


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO log.event SELECT * FROM log.event",
        "INSERT INTO log.event_guard VALUES ('a', 1)",
        "INSERT INTO log.command SELECT * FROM log.command",
        "INSERT INTO log.external_id VALUES ('a', '', gen_random_uuid())",
        "UPDATE log.event SET state = ''",
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


@pytest.mark.parametrize("table", ["event", "event_guard", "command"])
@pytest.mark.parametrize("statement", ["UPDATE log.{} SET position = 9", "DELETE FROM log.{}", "TRUNCATE log.{}"])
def test_what_is_recorded_stays_even_under_its_owners_hand(database: Connections, table: str, statement: str) -> None:
    statement = statement.format(table).replace("position", "first_position" if table == "command" else "position")
    with appending(database) as appender:
        appender.append([submission(fresh(), guards=["places:1"])])
    with pytest.raises(errors.InsufficientPrivilege, match="stays as it is"):
        rows(database, statement)
