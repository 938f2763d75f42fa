"""Connections: nobody waits for ever, for a lock, a machine that is gone or a server that hangs."""

import socket
from contextlib import closing, suppress
from threading import Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from infra.log.timelines import Timelines
from infra.postgres.database import SESSION, connect, engine, pool
from infra.postgres.silence import Silent
from infra.settings import Connections
from tests.infra.followers import eventually
from tests.infra.silence import silenced
from tests.infra.wire import wired


def test_a_session_has_its_limits_and_notices_over_tcp_that_the_server_is_gone(database: Connections) -> None:
    with wired(database) as wire, closing(connect(wire.url)) as connection:
        for setting, value in SESSION.items():
            assert connection.execute(f"SELECT current_setting('{setting}')".encode()).fetchall() == [
                (value.replace("60s", "1min"),)
            ]
        parameters = connection.info.get_parameters()
    limits = ("connect_timeout", "keepalives_idle", "tcp_user_timeout")
    assert [parameters[limit] for limit in limits] == ["20", "5", "15000"]


def test_a_url_may_say_otherwise(database: Connections) -> None:
    with closing(connect(f"{database.api}&tcp_user_timeout=700&options=-c%20lock_timeout%3D9s")) as connection:
        assert connection.info.get_parameters()["tcp_user_timeout"] == "700"
        assert connection.execute("SHOW lock_timeout").fetchall() == [("9s",)]
        assert connection.execute("SHOW statement_timeout").fetchall() == [("1min",)]


def test_reading_from_a_server_that_hangs_ends_and_goes_on_once_it_answers(database: Connections) -> None:
    with silenced(database.api) as wire, closing(pool(wire.url, size=1, silence=0.2)) as log:
        timelines = Timelines(log)
        assert timelines.naming("programme:none", "cohort:none") == (0, {})
        wire.speaks.clear()
        with pytest.raises(Silent):
            timelines.naming("programme:none", "cohort:none")
        wire.speaks.set()
        assert timelines.naming("programme:none", "cohort:none") == (0, {})


def test_a_server_that_goes_on_speaking_is_listened_to_for_longer_than_it_may_be_silent(database: Connections) -> None:
    with closing(pool(database.api, size=1, silence=0.2)) as log, log.connection() as connection:
        # Each row is as long as what the server gathers before it sends.
        rows = connection.execute(
            "SELECT repeat('x', 20000), pg_sleep(0.05) FROM generate_series(1, 12)", binary=True
        ).fetchall()
    assert len(rows) == 12


def test_an_error_of_the_database_tells_no_parameter(database: Connections) -> None:
    views = engine(database.api, size=1)
    try:
        with views.connect() as connection, pytest.raises(DBAPIError) as raised:
            connection.execute(text("SELECT CAST(length(:name) AS boolean) / 0"), {"name": "Ada Fenner"})
    finally:
        views.dispose()
    assert "Ada" not in str(raised.value)


def test_a_server_that_is_away_is_sought_again_and_again() -> None:
    came: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def turn_away() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    came.append("once more")
                    client.close()

        turning_away = Thread(target=turn_away)
        turning_away.start()
        url = f"postgresql://nobody@127.0.0.1:{listening.getsockname()[1]}/nowhere?sslmode=disable&gssencmode=disable"
        with closing(pool(url)):
            assert eventually(lambda: len(came) >= 8)  # twice as long each time, it would be a minute
        listening.shutdown(socket.SHUT_RDWR)
        turning_away.join()
