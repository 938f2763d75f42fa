"""Work that nobody else does meanwhile: kept apart, and let go however it ends."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from infra.postgres.alone import AlreadyRunning, alone
from infra.postgres.database import Pool, pool
from infra.settings import Connections
from tests.infra.submissions import rows

CUT = "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE application_name = 'one'"


@pytest.fixture
def one(database: Connections) -> Iterator[Pool]:
    with closing(pool(database.api, name="one", size=1)) as made:
        yield made


@pytest.fixture
def other(database: Connections) -> Iterator[Pool]:
    with closing(pool(database.api, name="other", size=1)) as made:
        yield made


def test_nobody_else_does_it_meanwhile_and_anybody_may_afterwards(one: Pool, other: Pool) -> None:
    with alone(one, "an import"):
        with pytest.raises(AlreadyRunning, match="an import is running"), alone(other, "an import"):
            pass
        with alone(other, "a rebuild"):
            pass
    with pytest.raises(ZeroDivisionError), alone(other, "an import"):
        raise ZeroDivisionError
    with alone(one, "an import"):
        pass


def test_work_goes_on_where_the_connection_that_keeps_others_away_is_lost_and_that_is_said(
    database: Connections, one: Pool, other: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    with alone(one, "an import"):
        assert rows(database, CUT) == [(True,)]
        with alone(other, "an import"):
            pass
        assert caplog.messages == []
    (said,) = [each.getMessage() for each in caplog.records if each.name == "infra.postgres.alone"]
    assert said == "The connection that kept others from an import was lost: they may have begun it too"
    with alone(one, "an import"):
        pass


def test_an_error_of_the_work_is_told_whatever_became_of_the_connection(database: Connections, one: Pool) -> None:
    def work() -> None:
        with alone(one, "an import"):
            assert rows(database, CUT) == [(True,)]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
