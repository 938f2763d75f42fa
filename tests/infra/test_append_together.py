"""Callers who append at once: one transaction for all who wait, and for each the outcome it would have had alone."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors

from infra.log.append import Appender
from infra.log.combining import Busy
from infra.log.submission import Accepted, Conflict, External, Followed, Moved, OtherBody, Repeated, Submission, Taken
from infra.settings import Connections
from tests.infra.submissions import HASH, accepted, appending, event, fresh, rows, submission
from tests.infra.wire import Cut, wired

TRANSACTIONS = "SELECT count(DISTINCT xmin::text) FROM log.event"
WAITING = (
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
    " WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
)


@contextmanager
def gathered(
    database: Connections, appender: Appender, *calls: Sequence[Submission]
) -> Generator[Callable[..., list[Any]]]:
    """Callers of whom the first waits for the log's lock and the others for the first.

    The function frees the lock, unless told not to, and gives their outcomes.
    """
    with closing(psycopg.connect(database.admin or "")) as admin, ThreadPoolExecutor(len(calls)) as threads:
        try:
            admin.execute("SELECT log.lock()")
            callers = [threads.submit(appender.append, calls[0])]
            while rows(database, WAITING) != [(1,)]:
                assert not callers[0].done()
            for number, call in enumerate(calls[1:], 1):
                callers.append(threads.submit(appender.append, call))
                while appender.waiting < number:
                    assert not callers[-1].done()

            def let_go(*, free: bool = True) -> list[Any]:
                if free:
                    admin.rollback()
                return [_outcome(caller) for caller in callers]

            yield let_go
        finally:
            admin.rollback()


def _outcome(caller: "Future[Any]") -> Any:
    error = caller.exception(20)
    return caller.result() if error is None else error


def test_callers_who_wait_share_the_next_transaction(database: Connections) -> None:
    calls = [[submission(fresh(), count=2), submission(fresh())] for _ in range(8)]
    with appending(database) as appender, gathered(database, appender, *calls) as let_go:
        verdicts = let_go()
    positions = [list(accepted(verdict).positions) for given in verdicts for verdict in given]
    assert positions == [[first, first + 1] if first % 3 == 1 else [first] for first in range(1, 25) if first % 3 != 2]
    assert rows(database, TRANSACTIONS) == [(2,)]


def test_each_is_told_what_it_would_have_been_told_alone(database: Connections) -> None:
    held, other, key = fresh(), fresh(), External("code", b"1", str(uuid4()))
    command = str(uuid4())
    with appending(database) as appender:
        appender.append([submission(held, guards=["places:1"])])
        calls = [
            [submission(fresh())],
            [submission(held, 1, guards=["places:1"], command=command)],
            [submission(held, 1)],  # the second one's stream
            [submission(fresh(), rests={"places:1": 1})],  # its guard
            [submission(other, 3), submission(fresh(), also={other: 4})],  # the second one's own neighbour
            [submission(fresh(), externals=[key])],
            [submission(fresh(), externals=[External("code", b"1", str(uuid4()))])],
            [submission(fresh(), command=command)],
            [submission(fresh(), command=command, request=b"another")],
            [submission(other)],  # what the wrong one would have written
        ]
        with gathered(database, appender, *calls) as let_go:
            alone, writer, reader, resting, wrong, taking, late, repeat, another, right = let_go()
    assert [type(given[0]) for given in (alone, writer, taking, right)] == [Accepted] * 4
    assert reader == [Conflict(held, 1, 2)]
    assert resting == [Moved("places:1")]
    assert wrong == [Conflict(other, 3, 0), Followed()]
    assert late == [Taken("code", b"1", key.id)]
    assert repeat == [Repeated(writer[0].positions, writer[0].recorded_at, {held: 2})]
    assert another == [OtherBody()]


def test_one_that_the_log_never_takes_fails_alone(database: Connections) -> None:
    never = submission(f"thing:{uuid4()}\n")
    gap = Submission("tester", str(uuid4()), HASH, (event("thing:1", 2),), {"thing:1": 0})
    with appending(database) as appender:
        calls = [[submission(fresh())], [submission(fresh())], [never], [gap], [submission(fresh())]]
        with gathered(database, appender, *calls) as let_go:
            first, second, third, fourth, fifth = let_go()
    assert [accepted(given[0]).positions for given in (first, second, fifth)] == [range(n, n + 1) for n in (1, 2, 3)]
    assert isinstance(third, errors.CheckViolation)
    assert isinstance(fourth, ValueError)
    assert rows(database, "SELECT log.head()") == [(3,)]


@pytest.mark.parametrize(("when", "kind"), [("before the server reads", Accepted), ("before the answer", Repeated)])
def test_a_connection_lost_around_the_commit_of_several_callers_is_resolved_for_each(
    database: Connections, when: Cut, kind: type[Accepted] | type[Repeated]
) -> None:
    calls = [[submission(fresh(), count=count)] for count in (1, 2, 1, 3)]
    with (
        wired(database) as wire,
        appending(database, url=wire.url) as appender,
        gathered(database, appender, *calls) as let_go,
    ):
        wire.cut(UUID(calls[2][0].command_id).bytes, when)
        first, *others = let_go()
    assert accepted(first[0]).positions == range(1, 2)
    assert [type(given[0]) for given in others] == [kind] * 3
    assert [given[0].positions for given in others] == [range(2, 4), range(4, 5), range(5, 8)]
    assert rows(database, "SELECT count(*), count(DISTINCT stream) FROM log.event") == [(7, 4)]


def test_a_lost_request_of_several_callers_that_is_run_late_records_nothing_twice(database: Connections) -> None:
    calls = [[submission(fresh())] for _ in range(4)]
    with wired(database) as wire, appending(database, url=wire.url) as appender:
        with gathered(database, appender, *calls) as let_go:
            wire.cut(UUID(calls[2][0].command_id).bytes, "and the request comes late")
            assert [type(given[0]) for given in let_go()] == [Accepted] * 4
        wire.release.set()
        assert wire.answered.wait(20)
    assert rows(database, "SELECT log.head()") == [(4,)]


def test_a_lock_that_is_held_for_too_long_is_busy_for_everybody_who_waits(database: Connections) -> None:
    with appending(database, lock_timeout="1s") as appender:
        with gathered(database, appender, *[[submission(fresh())] for _ in range(3)]) as let_go:
            given = let_go(free=False)
        assert [type(outcome) for outcome in given] == [Busy] * 3
        assert len({id(outcome) for outcome in given}) == 3
        assert accepted(appender.append([submission(fresh())])[0]).positions == range(1, 2)


def test_a_caller_waits_no_longer_than_its_patience(database: Connections) -> None:
    late = submission(fresh())
    with appending(database, patience=1) as appender:
        with gathered(database, appender, [submission(fresh())], [late]) as let_go:
            while appender.waiting:
                pass
            first, second = let_go()
        assert isinstance(second, Busy)
        assert accepted(first[0]).positions == range(1, 2)
        assert appender.find("tester", late.command_id, HASH) is None


def test_calls_that_are_large_together_have_transactions_of_their_own(database: Connections) -> None:
    calls = [[submission(fresh(), count=400)] for _ in range(6)]
    with appending(database) as appender, gathered(database, appender, *calls) as let_go:
        verdicts = let_go()
    assert [len(accepted(given[0]).positions) for given in verdicts] == [400] * 6
    assert rows(database, TRANSACTIONS) == [(1 + 3,)]
