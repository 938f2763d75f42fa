"""Connections: nobody waits for ever, for a lock or for a machine that is gone."""

from contextlib import closing

from infra.postgres.database import SESSION, connect
from infra.settings import Connections
from tests.infra.wire import wired


def test_a_session_has_its_limits_and_notices_over_tcp_that_the_server_is_gone(database: Connections) -> None:
    with wired(database) as wire, closing(connect(wire.url)) as connection:
        for setting, value in SESSION.items():
            assert connection.execute(f"SELECT current_setting('{setting}')".encode()).fetchall() == [
                (value.replace("60s", "1min"),)
            ]
        parameters = connection.info.get_parameters()
    assert (parameters["keepalives_idle"], parameters["tcp_user_timeout"]) == ("5", "15000")


def test_a_url_may_say_otherwise(database: Connections) -> None:
    with closing(connect(f"{database.api}&tcp_user_timeout=700&options=-c%20lock_timeout%3D9s")) as connection:
        assert connection.info.get_parameters()["tcp_user_timeout"] == "700"
        assert connection.execute("SHOW lock_timeout").fetchall() == [("9s",)]
        assert connection.execute("SHOW statement_timeout").fetchall() == [("1min",)]
