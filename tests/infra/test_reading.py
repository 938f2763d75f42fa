"""The two coordinates of an answer, resolved once: which day it is about, and what was known."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text

from domain.values import today
from infra.settings import Connections
from infra.views.reading import At, Behind, BeyondTheRecord, NotAPosition, resolve
from projections import VIEWS
from tests.office import Office


@pytest.fixture
def office(database: Connections) -> Iterator[Office]:
    opened = Office(database)
    yield opened
    opened.close()


def test_by_default_it_is_today_in_london_as_known_at_the_lowest_checkpoint(office: Office) -> None:
    office.programme()
    with office.reading() as connection:
        late = datetime(2031, 6, 30, 23, 30, tzinfo=UTC)
        assert resolve(connection, VIEWS, now=lambda: late) == At(date(2031, 7, 1), 2)
        office.programme()
        assert resolve(connection, VIEWS, now=lambda: late).known == 2


def test_a_position_a_day_and_a_moment_name_what_was_known(office: Office) -> None:
    office.programme()
    office.programme()
    with office.reading() as connection:
        second: datetime = connection.execute(text("SELECT recorded_at FROM log.event WHERE position = 3")).scalar_one()

        def known(what: str) -> int:
            return resolve(connection, VIEWS, known=what).known

        assert known("3") == 3
        assert known("0") == 0
        assert known("2014-04-01") == 0
        assert known(today().isoformat()) == 4
        assert known(second.isoformat()) == 4
        assert known((second - timedelta(microseconds=1)).isoformat()) == 2
        assert known("2014-04-01T00:00:00Z") == 0


def test_a_day_is_londons_and_ends_at_its_midnight(demonstration_database: Connections) -> None:
    opened = Office(demonstration_database)
    late, early = datetime(2014, 6, 30, 22, 59, 59, tzinfo=UTC), datetime(2014, 6, 30, 23, 0, tzinfo=UTC)
    for moment in (late, early):
        opened.recording_at = moment
        opened.programme()
    with opened.reading() as connection:
        assert resolve(connection, VIEWS, known="2014-06-30").known == 2
        assert resolve(connection, VIEWS, known="2014-07-01").known == 4
        assert resolve(connection, VIEWS, known="2014-06-29").known == 0
    opened.close()


def test_a_moment_just_past_waits_for_what_is_being_recorded_then(office: Office, database: Connections) -> None:
    office.programme()
    assert database.admin is not None
    with office.reading() as connection, ThreadPoolExecutor(1) as thread:
        with psycopg.connect(database.admin) as writer:
            writer.execute("SELECT log.lock()")
            moment = datetime.now(UTC).isoformat()
            answer = thread.submit(lambda: resolve(connection, VIEWS, known=moment).known)
            with pytest.raises(TimeoutError):
                answer.result(timeout=0.3)
        assert answer.result(timeout=10) == 2


@pytest.mark.parametrize("known", ["5", "2999-07-02", "2999-07-01T12:00:01Z", "999999999999999999"])
def test_what_the_record_has_not_reached_cannot_be_known(office: Office, known: str) -> None:
    office.programme()
    with office.reading() as connection, pytest.raises(BeyondTheRecord):
        resolve(connection, VIEWS, known=known)


@pytest.mark.parametrize(
    "known", ["", "yesterday", "2014-04-31", "2014-04-01T10:00:00", "-1", "1.5", "١٢", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_neither_position_nor_date_nor_moment_is_said_to_be_none(office: Office, known: str) -> None:
    with office.reading() as connection, pytest.raises(NotAPosition):
        resolve(connection, VIEWS, known=known)


@pytest.mark.parametrize(
    ("known", "says"),
    [
        ("2014", "record number 2014 does not exist. For the end of the year write 2014-12-31."),
        ("20140902", "record number 20140902 does not exist. A day is written 2014-09-02."),
        ("20141902", "record number 20141902 does not exist."),
        ("1" * 20, f"record number {'1' * 20} does not exist."),
    ],
)
def test_a_number_that_is_not_there_is_said_to_be_none_and_how_a_day_is_written(
    office: Office, known: str, says: str
) -> None:
    with office.reading() as connection, pytest.raises(BeyondTheRecord) as refused:
        resolve(connection, VIEWS, known=known)
    assert str(refused.value) == f"The record ends at 0; {says}"


@pytest.mark.parametrize("known", ["2013-02-29", "2013-02-29T10:00:00Z"])
def test_a_day_that_there_is_not_is_said_to_be_none(office: Office, known: str) -> None:
    with office.reading() as connection, pytest.raises(NotAPosition, match=r"^There is no day 2013-02-29\.$"):
        resolve(connection, VIEWS, known=known)


def test_where_no_position_is_asked_for_it_is_told_how_far_views_are_behind(office: Office) -> None:
    office.programme()
    with office.reading() as connection:
        assert resolve(connection, VIEWS).lag is None
        office.programme()
        behind = resolve(connection, VIEWS).lag
        assert behind is not None
        assert behind.entries == 2
        assert behind.seconds >= 0
        assert resolve(connection, VIEWS, known="2").lag is None


def test_a_view_that_is_behind_is_waited_for_and_then_named(office: Office) -> None:
    with office.reading() as connection:
        office.programme()
        with pytest.raises(Behind) as behind:
            resolve(connection, VIEWS, least=2, patience=0)
    assert (behind.value.reached, behind.value.wanted) == (0, 2)


def test_an_answer_may_be_asked_to_be_no_older_than_a_position(office: Office) -> None:
    office.programme()
    with office.reading() as connection:
        assert resolve(connection, VIEWS, least=2) == At(today(), 2)
        with pytest.raises(Behind):
            resolve(connection, VIEWS, least=3, patience=0)
