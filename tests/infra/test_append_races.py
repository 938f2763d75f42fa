"""Many at once: dense positions in the order of commit, one answer for one command, one winner for one place."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event, Thread
from uuid import UUID, uuid4

import pytest

from infra.log.combining import Busy
from infra.log.submission import Accepted, OtherBody, Repeated, Unheard
from infra.postgres.database import connect
from infra.settings import Connections
from tests.infra.silence import silenced
from tests.infra.submissions import HASH, accepted, appending, fresh, race, rows, submission
from tests.infra.wire import Cut, wired

WRITERS = 8


def test_eight_writers_leave_dense_positions_and_no_reader_passes_over_one(database: Connections) -> None:
    done = Event()
    seen: list[int] = []
    passed_over: list[tuple[int, int]] = []

    def read() -> None:
        with closing(connect(database.api)) as reader:
            finished = False
            while not finished:
                finished = done.is_set()
                last = seen[-1] if seen else 0
                page = reader.execute(
                    "SELECT position FROM log.event WHERE position > %s ORDER BY position LIMIT 7", [last]
                ).fetchall()
                for (position,) in page:
                    if position != last + 1:
                        passed_over.append((last, position))
                    seen.append(last := position)
                finished = finished and not page

    def write(writer: int) -> list[range]:
        stream, version, ranges = fresh(f"writer{writer}"), 0, list[range]()
        with appending(database, size=1) as appender:
            for number in range(40):
                count = 1 + (writer + number) % 3
                given = accepted(appender.append([submission(stream, version, count=count)])[0])
                ranges.append(given.positions)
                version += count
        return ranges

    reader = Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(WRITERS) as pool:
        ranges = [given for written in pool.map(write, range(WRITERS)) for given in written]
    done.set()
    reader.join()

    head = sum(len(given) for given in ranges)
    assert sorted(position for given in ranges for position in given) == list(range(1, head + 1))
    assert passed_over == []
    assert seen == list(range(1, head + 1))
    fell = "recorded_at < lag(recorded_at) OVER (ORDER BY position)"
    assert rows(database, f"SELECT bool_or(fell) FROM (SELECT {fell} FROM log.event) AS f (fell)") == [(False,)]


def test_a_refused_append_leaves_no_gap(database: Connections) -> None:
    with appending(database) as appender:
        held = fresh()
        verdicts = [appender.append([submission(stream)])[0] for stream in (held, held, fresh())]
        assert not isinstance(verdicts[1], Accepted)
    assert rows(database, "SELECT array_agg(position ORDER BY position) FROM log.event") == [([1, 2],)]


def test_the_same_command_fifty_times_in_parallel_is_recorded_once_with_one_answer(database: Connections) -> None:
    command, stream = str(uuid4()), fresh()
    with appending(database, size=16) as appender, ThreadPoolExecutor(50) as pool:
        copies = [pool.submit(appender.append, [submission(stream, command=command)]) for _ in range(50)]
        verdicts = [copy.result()[0] for copy in copies]
        other = appender.append([submission(fresh(), command=command, request=b"another")])
    (first,) = (v for v in verdicts if isinstance(v, Accepted))
    assert [v for v in verdicts if v != first] == [Repeated(first.positions, first.recorded_at, {stream: 1})] * 49
    assert other == [OtherBody()]
    assert rows(database, "SELECT count(*) FROM log.event") == [(1,)]


def test_two_processes_racing_for_one_place_have_one_winner_in_each_of_a_thousand_rounds(
    database: Connections,
) -> None:
    guards = [f"place:{number}" for number in range(1000)]
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(2) as processes:
        gate = manager.Barrier(2)
        racing = [processes.apply_async(race, (database, name, guards, gate)) for name in ("one", "other")]
        one, other = (racer.get() for racer in racing)
    assert [a + b for a, b in zip(one, other, strict=True)] == [1] * len(guards)
    assert rows(database, "SELECT count(*), count(DISTINCT guard) FROM log.event_guard") == [(1000, 1000)]
    assert rows(database, "SELECT log.head()") == [(1000,)]


@pytest.mark.parametrize(("when", "recorded"), [("before the server reads", False), ("before the answer", True)])
def test_a_connection_lost_around_the_commit_is_resolved(database: Connections, when: Cut, recorded: bool) -> None:
    with wired(database) as wire, appending(database, url=wire.url) as appender:
        appender.append([submission(fresh())])
        two = [submission(fresh(), count=2), submission(fresh())]
        wire.cut(UUID(two[0].command_id).bytes, when)
        told = appender.append(two)
        again = appender.append(two)
    assert [verdict == Unheard() for verdict in told] == [not recorded] * 2
    for given, verdict in zip(again, told, strict=True):
        assert verdict == given if recorded else isinstance(given, Accepted)
    assert [given.positions for given in again if isinstance(given, Accepted | Repeated)] == [range(2, 4), range(4, 5)]
    assert rows(database, "SELECT count(*), count(DISTINCT stream) FROM log.event") == [(4, 3)]


def test_a_lost_request_that_is_run_late_records_nothing_twice(database: Connections) -> None:
    with wired(database) as wire, appending(database, url=wire.url) as appender:
        appender.append([submission(fresh())])
        one = submission(fresh())
        wire.cut(UUID(one.command_id).bytes, "and the request comes late")
        assert appender.append([one]) == [Unheard()]
        assert accepted(appender.append([one])[0]).positions == range(2, 3)
        wire.release.set()
        assert wire.answered.wait(20)
    assert rows(database, "SELECT log.head()") == [(2,)]


def test_a_question_whose_answer_was_lost_is_asked_again(database: Connections) -> None:
    with wired(database) as wire, appending(database, url=wire.url) as appender:
        one = submission(fresh())
        given = accepted(appender.append([one])[0])
        wire.cut(one.command_id.encode(), "before the answer")
        (found,) = appender.find([("tester", one.command_id, HASH)])
    assert found == Repeated(given.positions, given.recorded_at, {one.events[0].stream: 1})


def test_connections_that_died_in_the_pool_are_replaced(database: Connections) -> None:
    with appending(database) as appender:
        appender.append([submission(fresh())])
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        rows(database, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        one = submission(fresh())
        assert appender.append([one]) == [Unheard()]
        assert accepted(appender.append([one])[0]).positions == range(2, 3)


def test_a_server_that_cannot_be_reached_is_busy_and_the_command_can_be_sent_again(database: Connections) -> None:
    one = submission(fresh())
    with wired(database) as wire, appending(database, url=wire.url, patience=0.2) as appender:
        given = accepted(appender.append([one])[0])
        wire.hang_up()
        with pytest.raises(Busy):
            appender.append([submission(fresh())])
    with appending(database) as appender:
        assert appender.append([one]) == [Repeated(given.positions, given.recorded_at, {one.events[0].stream: 1})]
    assert rows(database, "SELECT log.head()") == [(1,)]


def test_a_server_that_falls_silent_is_busy_and_the_command_can_be_sent_again(database: Connections) -> None:
    one = submission(fresh())
    with (
        silenced(database.api) as wire,
        appending(database, url=wire.url, patience=0.3, silence=0.3) as appender,
    ):
        with ThreadPoolExecutor(4) as callers:  # there are idle connections besides the one that falls silent
            for asked in [callers.submit(appender.find, [("tester", str(uuid4()), HASH)]) for _ in range(12)]:
                assert asked.result() == [None]
        appender.append([submission(fresh())])
        wire.speaks.clear()
        with pytest.raises(Busy):
            appender.append([one])
        wire.speaks.set()
        assert accepted(appender.append([submission(fresh())])[0])
    with appending(database) as appender:
        assert isinstance(appender.append([one])[0], Accepted | Repeated)
    assert rows(database, "SELECT log.head()") == [(3,)]
