"""One append: verdicts on what cannot be accepted, whole neighbours, and a log that nobody writes otherwise."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from threading import Thread
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors

from infra.log.append import APPEND, CHANNEL, Appender
from infra.log.combining import Busy
from infra.log.submission import (
    Accepted,
    Conflict,
    External,
    Followed,
    Moved,
    OtherBody,
    Repeated,
    Submission,
    Taken,
    arguments,
)
from infra.postgres.arrays import Ints, Uuids
from infra.postgres.database import connect, pool
from infra.settings import Connections
from tests.infra.submissions import HASH, accepted, appending, event, fresh, rows, submission


@pytest.fixture
def appender(database: Connections) -> Iterator[Appender]:
    """An appender of the api role."""
    with appending(database) as made:
        yield made


def test_events_get_the_next_positions_and_open_their_own_slots(database: Connections, appender: Appender) -> None:
    first, second = fresh(), fresh()
    one, two = (accepted(v) for v in appender.append([submission(first, count=2), submission(second)]))
    three = accepted(appender.append([submission(first, 2)])[0])
    assert (one.positions, two.positions, three.positions) == (range(1, 3), range(3, 4), range(4, 5))
    assert rows(database, "SELECT position, stream, version, slot FROM log.event ORDER BY position") == [
        (1, first, 1, 1),
        (2, first, 2, 2),
        (3, second, 1, 3),
        (4, first, 3, 4),
    ]


def test_a_given_slot_is_kept_and_what_is_irregular_is_listed(database: Connections, appender: Appender) -> None:
    stream, command = fresh(), str(uuid4())
    appender.append([submission(stream)])
    correction = Submission(
        "tester", command, HASH, (event(stream, 2, slot=1, irregularities=("late", "over_capacity")),), {stream: 1}
    )
    appender.append([correction])
    assert rows(database, "SELECT slot, irregularities FROM log.event WHERE position = 2") == [
        (1, ["late", "over_capacity"])
    ]
    repeated = appender.append([correction])[0]
    assert isinstance(repeated, Repeated)
    assert repeated.irregularities == ("late", "over_capacity")


def test_a_repeat_gets_the_first_answer_and_another_request_under_its_id_is_told(appender: Appender) -> None:
    command, stream = str(uuid4()), fresh()
    first = accepted(appender.append([submission(stream, count=3, command=command)])[0])
    same = Repeated(first.positions, first.recorded_at, {stream: 3})
    assert appender.append([submission(fresh(), command=command)]) == [same]
    assert appender.append([submission(fresh(), command=command, request=b"another")]) == [OtherBody()]
    asked = [("tester", command, HASH), ("tester", str(uuid4()), HASH), ("tester", command, b"another")]
    assert appender.find([*asked, ("somebody else", command, HASH)]) == [same, None, OtherBody(), None]
    assert appender.find([]) == []


def test_a_command_that_records_nothing_is_remembered(appender: Appender) -> None:
    appender.append([submission(fresh())])
    nothing = Submission("tester", str(uuid4()), HASH, (), {})
    assert accepted(appender.append([nothing])[0]).positions == range(2, 2)
    repeated = appender.append([nothing])[0]
    assert isinstance(repeated, Repeated)
    assert (repeated.positions, repeated.streams) == (range(2, 2), {})
    assert accepted(appender.append([submission(fresh())])[0]).positions == range(2, 3)


def test_the_same_command_fifty_times_in_one_call_is_recorded_once(database: Connections, appender: Appender) -> None:
    command, stream = str(uuid4()), fresh()
    verdicts = appender.append([submission(stream, command=command) for _ in range(50)])
    assert isinstance(verdicts[0], Accepted)
    assert verdicts[1:] == [Repeated(range(1, 2), verdicts[0].recorded_at, {stream: 1})] * 49
    assert rows(database, "SELECT count(*) FROM log.event") == [(1,)]


def test_each_reason_is_a_verdict_and_its_neighbours_are_not_touched(database: Connections, appender: Appender) -> None:
    held, other, digest = fresh(), str(uuid4()), b"digest"
    seen = accepted(
        appender.append([submission(held, guards=["places:1"], externals=[External("code", digest, other)])])[0]
    )
    verdicts = appender.append(
        [
            submission(fresh()),
            submission(fresh(), also={held: 2}),
            submission(held, 0),
            submission(fresh(), rests={"places:1": 0}),
            submission(fresh(), rests={"places:1": seen.positions[-1]}),
            submission(fresh(), externals=[External("code", digest, str(uuid4()))]),
            submission(fresh(), externals=[External("number", digest, str(uuid4()))]),
        ]
    )
    assert [type(v) for v in verdicts] == [Accepted, Conflict, Conflict, Moved, Accepted, Taken, Accepted]
    assert verdicts[1] == Conflict(held, 2, 1)
    assert verdicts[2] == Conflict(held, 0, 1)
    assert verdicts[3] == Moved("places:1")
    assert verdicts[5] == Taken("code", digest, other)
    assert [v.positions for v in verdicts if isinstance(v, Accepted)] == [range(2, 3), range(3, 4), range(4, 5)]
    assert rows(database, "SELECT count(*) FROM log.command") == [(4,)]


def test_submissions_build_on_those_before_them_in_the_call(appender: Appender) -> None:
    stream, number = fresh(), External("number", b"7", str(uuid4()))
    verdicts = appender.append(
        [
            submission(stream, guards=["places:1"], rests={"places:1": 0}),
            submission(stream, 1, count=2, guards=["places:1"], rests={"places:1": 0}),
            submission(stream, 1),
            submission(fresh(), externals=[number]),
            submission(fresh(), externals=[number]),
        ]
    )
    assert [type(v) for v in verdicts] == [Accepted, Accepted, Conflict, Accepted, Taken]
    assert verdicts[2] == Conflict(stream, 1, 3)


def test_what_rests_on_a_fallen_submission_falls_with_it_down_the_chain(
    database: Connections, appender: Appender
) -> None:
    held, stream, far, key = fresh(), fresh(), fresh(), External("number", b"7", str(uuid4()))
    appender.append([submission(held, count=2)])
    falls = Submission(
        "tester",
        str(uuid4()),
        HASH,
        (event(held, 2, ["places:1"]), event(stream, 1)),
        {held: 1, stream: 0},
        externals=(key,),
    )
    verdicts = appender.append(
        [
            falls,
            submission(held, 2),  # the version is there, but not of the event it was decided on
            submission(far, also={stream: 1}),
            submission(far, 1),
            submission(fresh(), rests={"places:1": 0}),
            submission(fresh(), externals=[key]),
            submission(fresh(), guards=["places:1"]),  # writes under the guard and rests on nothing
            submission(fresh(), command=falls.command_id),
        ]
    )
    assert [type(v) for v in verdicts] == [Conflict, *[Followed] * 5, Accepted, Followed]
    assert rows(database, "SELECT array_agg(position ORDER BY position) FROM log.event") == [([1, 2, 3],)]


def test_find_waits_for_a_copy_on_its_way(database: Connections, appender: Appender) -> None:
    command, stream = str(uuid4()), fresh()
    answers: list[object] = []
    asking = Thread(target=lambda: answers.extend(appender.find([("tester", command, HASH)])))
    with closing(connect(database.api)) as copy:
        copy.execute("BEGIN")
        APPEND.rows(copy, arguments([submission(stream, command=command)]), 10)
        asking.start()
        waiting = (
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
        )
        while rows(database, waiting) != [(1,)]:
            assert asking.is_alive()
        assert answers == []
        copy.commit()
        asking.join()
    assert isinstance(answers[0], Repeated)
    assert answers[0].positions == range(1, 2)


def test_a_lock_that_is_held_for_too_long_is_busy_and_nothing_is_recorded(database: Connections) -> None:
    with appending(database, lock_timeout="20ms") as appender, closing(psycopg.connect(database.admin or "")) as admin:
        admin.execute("SELECT log.lock()")
        with pytest.raises(Busy):
            appender.append([submission(fresh())])
        admin.rollback()
        assert accepted(appender.append([submission(fresh())])[0]).positions == range(1, 2)


def test_maintenance_of_the_table_does_not_hold_up_an_append(database: Connections) -> None:
    with appending(database, lock_timeout="20ms") as appender, closing(psycopg.connect(database.admin or "")) as admin:
        admin.execute("LOCK TABLE log.event IN SHARE UPDATE EXCLUSIVE MODE")  # as VACUUM and ANALYZE do
        accepted(appender.append([submission(fresh())])[0])


def test_word_goes_out_after_each_append_that_comes_after_the_last_word(
    database: Connections, appender: Appender
) -> None:
    with closing(connect(database.projector)) as listening:
        listening.execute(f"LISTEN {CHANNEL}")
        for _ in range(2):
            appender.append([submission(fresh())])
            heard = list(listening.notifies(timeout=20, stop_after=1))
            assert [notification.channel for notification in heard] == [CHANNEL]


def test_after_one_lost_connection_no_other_that_was_there_before_is_tried(database: Connections) -> None:
    asked = ("tester", str(uuid4()), HASH)
    with closing(pool(database.api, size=4)) as connections, closing(Appender(connections)) as appender:
        with ExitStack() as held:
            for _ in range(4):
                held.enter_context(connections.connection())
        theirs = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'fellowtrace'"
        rows(database, f"SELECT pg_terminate_backend(pid) {theirs}")
        while rows(database, f"SELECT pid {theirs}"):
            pass
        before = connections.get_stats()["requests_num"]
        assert appender.find([asked]) == [None]
        assert connections.get_stats()["requests_num"] == before + 2


@pytest.mark.parametrize("versions", [(2,), (1, 1), (1, 3)])
def test_versions_that_do_not_follow_on_are_an_error_here_and_in_the_database(
    database: Connections, appender: Appender, versions: tuple[int, ...]
) -> None:
    stream = fresh()
    with pytest.raises(ValueError, match="does not follow"):
        appender.append([Submission("t", str(uuid4()), HASH, tuple(event(stream, v) for v in versions), {stream: 0})])
    call = arguments([submission(stream, count=len(versions))])
    call[17] = Ints(versions)
    with closing(connect(database.api)) as api, pytest.raises(errors.InvalidParameterValue):
        APPEND.rows(api, call, 10)


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        pytest.param(1, Uuids([str(UUID(int=1))]), id="a command too few"),
        pytest.param(4, Ints([0, 2]), id="a stream of no submission"),
        pytest.param(7, Ints([1, 2]), id="an event promised and not there"),
        pytest.param(16, Ints([2, 1]), id="events out of the order of their submissions"),
        pytest.param(16, Ints([1, 3]), id="an event of no stream"),
        pytest.param(24, Ints([3]), id="a guard of no event"),
    ],
)
def test_arrays_that_do_not_fit_one_another_are_refused(database: Connections, number: int, wrong: bytes) -> None:
    call = arguments([submission(fresh(), guards=["places:1"]), submission(fresh())])
    call[number] = wrong
    with closing(connect(database.api)) as api, pytest.raises(errors.InvalidParameterValue):
        APPEND.rows(api, call, 10)


def test_every_isolation_but_read_committed_is_refused(database: Connections) -> None:
    for level in (psycopg.IsolationLevel.SERIALIZABLE, psycopg.IsolationLevel.REPEATABLE_READ):
        with closing(connect(database.api)) as api:
            api.isolation_level = level
            with pytest.raises(errors.InvalidTransactionState), api.transaction():
                APPEND.rows(api, arguments([submission(fresh())]), 10)


def test_recording_times_are_given_in_a_demonstration_only(
    database: Connections, demonstration_database: Connections
) -> None:
    past = datetime(2013, 9, 1, tzinfo=UTC)
    with appending(database) as appender, pytest.raises(errors.InvalidParameterValue, match="demonstration"):
        appender.append([submission(fresh(), recorded_at=past)])
    with appending(demonstration_database) as appender:
        later = past + timedelta(days=30)
        given = appender.append([submission(fresh(), recorded_at=past), submission(fresh(), recorded_at=later)])
        assert [accepted(v).recorded_at for v in given] == [past, later]
        for wrong in (past, datetime.now(UTC) + timedelta(hours=1)):
            with pytest.raises(errors.InvalidParameterValue, match="before the last"):
                appender.append([submission(fresh(), recorded_at=wrong)])
        mixed = appender.append([submission(fresh(), recorded_at=later), submission(fresh())])
        assert accepted(mixed[0]).recorded_at == later
        assert accepted(mixed[1]).recorded_at > datetime(2020, 1, 1, tzinfo=UTC)


def test_a_moment_stands_for_the_last_position_recorded_by_then(demonstration_database: Connections) -> None:
    start = datetime(2013, 1, 1, tzinfo=UTC)
    days = [0, 1, 1, 3, 8, 8, 8]
    with appending(demonstration_database) as appender, closing(connect(demonstration_database.api)) as api:

        def position_at(moment: datetime) -> int:
            return api.execute("SELECT log.position_at(%s)", [moment]).fetchall()[0][0]

        assert position_at(start) == 0
        appender.append([submission(fresh(), recorded_at=start + timedelta(days=day)) for day in days])
        assert api.execute("SELECT log.head()").fetchall() == [(7,)]
        for day in range(-1, 10):
            moment = start + timedelta(days=day)
            assert position_at(moment) == sum(recorded <= day for recorded in days)
            assert position_at(moment - timedelta(microseconds=1)) == sum(recorded < day for recorded in days)
