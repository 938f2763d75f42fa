"""Questions put together once: values go and come unchanged, in one transaction for as long as a connection is held."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from sqlalchemy import event

from infra.postgres.database import connect, engine
from infra.postgres.prepared import Asking, Prepared, together
from infra.postgres.silence import Silent, results
from infra.settings import Connections
from tests.infra.silence import silenced

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
        ("uuid", "4a15e1cb-da79-4f31-a95a-4440a814d7d2"),
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


@pytest.mark.parametrize(("kind", "value"), [("text", "abc\0def"), ("text[]", ["abc", "def\0"])])
def test_text_that_the_driver_would_cut_short_is_not_sent(views: sa.Engine, kind: str, value: Any) -> None:
    with views.connect() as connection, pytest.raises(ValueError, match="NUL"):
        Prepared(f"SELECT CAST(:value AS {kind})").value(connection, {"value": value})


@pytest.mark.parametrize(
    "asked", [{"isolation_level": "REPEATABLE READ"}, {"isolation_level": "AUTOCOMMIT"}, {"postgresql_readonly": True}]
)
def test_a_connection_that_was_told_how_to_begin_is_refused_and_is_as_before_once_given_back(
    views: sa.Engine, asked: dict[str, Any]
) -> None:
    with views.connect().execution_options(**asked) as connection, pytest.raises(psycopg.ProgrammingError):
        SERVED_BY.value(connection, {})
    with views.connect() as connection:
        assert SERVED_BY.value(connection, {})


def test_an_answer_that_is_missing_is_not_made_up_from_another(
    views: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(pgconn: PGconn, messages: int, silence: float) -> list[PGresult]:
        """As where the server breaks off: its last word comes, and what would follow it does not."""
        found = results(pgconn, messages, silence)
        return [result for result in found if result.status != ExecStatus.PIPELINE_SYNC]

    with views.connect() as connection:
        served_by = SERVED_BY.value(connection, {})
    with monkeypatch.context() as broken, views.connect() as connection:
        broken.setattr("infra.postgres.prepared.results", ended)
        with pytest.raises(psycopg.OperationalError, match="in the middle of a question"):
            BEGUN.value(connection, {})
    with views.connect() as connection:
        assert SERVED_BY.value(connection, {}) != served_by


def test_a_question_that_a_server_does_not_answer_ends_and_the_next_is_answered_once_it_speaks(
    database: Connections,
) -> None:
    with silenced(database.api) as wire:
        views = engine(wire.url, size=1, silence=0.2)
        try:
            with views.connect() as connection:
                SERVED_BY.value(connection, {})
                wire.speaks.clear()
                with pytest.raises(Silent):
                    SERVED_BY.value(connection, {})
            wire.speaks.set()
            with views.connect() as connection:
                assert SERVED_BY.value(connection, {})
        finally:
            views.dispose()


def test_a_connection_whose_end_of_transaction_is_not_answered_is_not_used(database: Connections) -> None:
    with silenced(database.api) as wire:
        views = engine(wire.url, size=1, silence=0.2)

        @event.listens_for(views, "invalidate")
        def given_up(*_: object) -> None:
            wire.speaks.set()

        try:
            with views.connect() as connection:
                served_by = SERVED_BY.value(connection, {})
                wire.speaks.clear()
            with views.connect() as connection:
                assert SERVED_BY.value(connection, {}) != served_by
            assert wire.speaks.is_set()
        finally:
            views.dispose()


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


def test_questions_that_are_asked_together_each_have_their_answer_in_one_transaction(views: sa.Engine) -> None:
    number = Prepared("SELECT CAST(:value AS bigint)")
    many = Asking(Prepared("SELECT * FROM generate_series(1, CAST(:most AS int))"), {"most": 3}, tuple)
    none = Asking(Prepared("SELECT 1 WHERE false"), {}, tuple)
    begun = Asking(BEGUN, {}, tuple)
    for _ in range(2):
        with views.connect() as connection:
            assert together(connection, many, none) == ([(1,), (2,), (3,)], [])
            assert together(connection, Asking(number, {"value": 1}, tuple), Asking(number, {"value": 2}, tuple)) == (
                [(1,)],
                [(2,)],
            )
            before, after = together(connection, begun, begun)
            assert before == after == begun.rows(connection)


@pytest.mark.parametrize("fails_first", [True, False])
def test_where_one_of_two_questions_fails_both_can_be_asked_again(views: sa.Engine, fails_first: bool) -> None:
    halves = Prepared("SELECT 1 / CAST(:number AS int)")
    served_by = Asking(Prepared("SELECT pg_backend_pid()"), {}, tuple)

    def asked(number: int) -> list[list[tuple[Any, ...]]]:
        half = Asking(halves, {"number": number}, tuple)
        with views.connect() as connection:
            return [*(together(connection, half, served_by) if fails_first else together(connection, served_by, half))]

    with pytest.raises(psycopg.errors.DivisionByZero):
        asked(0)
    assert [(1,)] in asked(1)


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
