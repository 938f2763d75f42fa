"""What a moment stands for: the same position for ever, whatever is on its way."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from infra.log.append import APPEND
from infra.log.submission import arguments
from infra.postgres.database import connect
from infra.settings import Connections
from tests.infra.submissions import accepted, appending, fresh, rows, submission
from tests.infra.together import WAITING

NOW = datetime.now(UTC)


def position_at(asking: Connection[Any], moment: datetime) -> int:
    return asking.execute("SELECT log.position_at(%s)", [moment]).fetchall()[0][0]


@pytest.fixture
def asking(demonstration_database: Connections) -> Iterator[Connection[Any]]:
    with closing(connect(demonstration_database.api)) as connection:
        yield connection


def test_what_is_on_its_way_is_waited_for_however_long_ago_it_was_recorded(
    demonstration_database: Connections, asking: Connection[Any]
) -> None:
    recorded_at = NOW - timedelta(days=3)
    with (
        closing(connect(demonstration_database.api)) as recording,
        ThreadPoolExecutor(1) as thread,
    ):
        recording.execute("BEGIN")
        APPEND.rows(recording, arguments([submission(fresh(), recorded_at=recorded_at)]), 10)
        told = thread.submit(position_at, asking, recorded_at)
        while rows(demonstration_database, WAITING) != [(1,)]:
            assert not told.done()
        recording.commit()
        assert told.result(20) == 1


def test_nothing_is_waited_for_where_something_later_is_recorded_already(
    demonstration_database: Connections, asking: Connection[Any]
) -> None:
    days = [NOW - timedelta(days=day) for day in (3, 2)]
    with appending(demonstration_database) as appender, closing(connect(demonstration_database.api)) as recording:
        appender.append([submission(fresh(), recorded_at=day) for day in days])
        recording.execute("BEGIN")
        APPEND.rows(recording, arguments([submission(fresh())]), 10)
        assert position_at(asking, days[0]) == 1
        recording.rollback()


def test_recording_times_never_fall_though_the_clock_goes_back(database: Connections) -> None:
    with appending(database) as appender, closing(psycopg.connect(database.admin or "", autocommit=True)) as owner:
        appender.append([submission(fresh())])
        # As if the clock had been an hour ahead by then.
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE log.event SET recorded_at = recorded_at + interval '1 hour'")
        (before,) = rows(database, "SELECT recorded_at FROM log.event")[0]
        verdicts = appender.append([submission(fresh()), submission(fresh())])
        assert [accepted(verdict).recorded_at for verdict in verdicts] == [before] * 2
        with closing(connect(database.api)) as asking:
            assert position_at(asking, before - timedelta(seconds=1)) == 0
