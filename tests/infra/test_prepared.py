"""Questions put together once: values go and come unchanged, in one transaction for as long as a connection is held."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from infra.postgres.database import connect, engine
from infra.postgres.prepared import Prepared
from infra.settings import Connections

BEGUN = Prepared("SELECT now()")
SERVED_BY = Prepared("SELECT pg_backend_pid()")
ODD = ["plain", 'with "quotes"', "back\\slash", "{braces}, and comma", "", "NULL", None]


@pytest.fixture
def views(database: Connections) -> Iterator[sa.Engine]:
    """One connection, for whoever asks."""
    made = engine(database.api, size=1)
    yield made
    made.dispose()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "a 'text' with \"quotes\" and back\\slashes, £"),
        ("text", None),
        ("boolean", True),
        ("boolean", False),
        ("bigint", -(2**62)),
        ("date", date(2014, 4, 12)),
        ("timestamptz", datetime(2014, 4, 12, 9, 0, 0, 17, tzinfo=UTC)),
        ("uuid", str(uuid4())),
        ("text[]", ODD),
        ("uuid[]", [str(uuid4()), str(uuid4())]),
        ("int[]", []),
    ],
)
def test_what_is_given_comes_back_as_it_was(views: sa.Engine, kind: str, value: Any) -> None:
    with views.connect() as connection:
        assert Prepared(f"SELECT CAST(:value AS {kind})").value(connection, {"value": value}) == value


def test_bytes_come_as_they_are_stored(views: sa.Engine) -> None:
    with views.connect() as connection:
        assert Prepared(r"SELECT '\x00ff5c'::bytea").value(connection, {}) == b"\x00\xff\\"


def test_a_value_of_a_kind_that_no_question_takes_is_not_sent(views: sa.Engine) -> None:
    with views.connect() as connection, pytest.raises(TypeError):
        Prepared("SELECT CAST(:value AS text)").value(connection, {"value": object()})


def test_a_question_that_was_put_together_has_its_constants_and_is_given_the_rest(views: sa.Engine) -> None:
    given = sa.bindparam("given", type_=sa.BigInteger)
    question = Prepared(sa.select(given, sa.literal("always", sa.Text)))
    with views.connect() as connection:
        assert [question.rows(connection, {"given": n, "other": 1}, tuple) for n in (1, 2)] == [
            [(1, "always")],
            [(2, "always")],
        ]
        with pytest.raises(KeyError):
            question.rows(connection, {}, tuple)


def test_all_that_is_asked_over_a_connection_is_asked_in_one_transaction(views: sa.Engine) -> None:
    with views.connect() as connection:
        first = BEGUN.value(connection, {})
        assert connection.execute(sa.text("SELECT now()")).scalar() == first == BEGUN.value(connection, {})
    with views.connect() as connection:
        assert BEGUN.value(connection, {}) > first
        begun = connection.execute(sa.text("SELECT now()")).scalar()
    with views.connect() as connection:
        assert connection.execute(sa.text("SELECT now()")).scalar() != begun


def test_who_gives_a_connection_back_keeps_nobody_from_a_table(views: sa.Engine, database: Connections) -> None:
    with views.connect() as connection:
        Prepared("SELECT count(*) FROM log.event").value(connection, {})
    with closing(connect(database.api)) as other:
        # No connection is taken from the pool meanwhile: the end of the transaction was sent, and comes by itself.
        held = "SELECT count(*) FROM pg_locks WHERE relation = 'log.event'::regclass AND pid <> pg_backend_pid()"
        while other.execute(held).fetchone() != (0,):
            pass


def test_after_a_question_that_failed_the_connection_goes_on(views: sa.Engine) -> None:
    halves = Prepared("SELECT 1 / CAST(:number AS int)")
    with views.connect() as connection:
        served_by = SERVED_BY.value(connection, {})
        with pytest.raises(psycopg.errors.DivisionByZero):
            halves.value(connection, {"number": 0})
    with views.connect() as connection:
        assert halves.value(connection, {"number": 1}) == 1
        assert SERVED_BY.value(connection, {}) == served_by


def test_a_connection_that_was_lost_meanwhile_is_not_used(views: sa.Engine, database: Connections) -> None:
    with views.connect() as connection:
        served_by = SERVED_BY.value(connection, {})
    with closing(connect(database.api)) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 10000)", [served_by]).fetchone() == (True,)
    with views.connect() as connection:
        assert SERVED_BY.value(connection, {}) != served_by
