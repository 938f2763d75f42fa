"""Callers who come at once: one transaction for all who wait, and for each the outcome it would have had alone."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from psycopg import errors

from domain.values import Happened
from infra.log.combining import Busy
from infra.log.command import Command, KeyTaken, Receipt
from infra.log.desk import Act, Desk
from infra.log.event_log import EventLog
from infra.settings import Connections
from tests.infra.submissions import rows
from tests.infra.test_event_log import (
    BOX,
    COMMANDS,
    DAY,
    BoxId,
    BoxMade,
    CoinId,
    acts,
    command,
    ended,
    made,
    make,
    opened,
    turn,
)
from tests.infra.together import TRANSACTIONS, gathered
from tests.infra.wire import Cut, wired


@pytest.fixture
def log(database: Connections) -> Iterator[EventLog]:
    with opened(database) as event_log:
        yield event_log


def turned(coin: CoinId) -> tuple[Command, Act]:
    return command(), turn(coin, DAY)


def coins(log: EventLog, count: int) -> list[CoinId]:
    box = make(log, room=100)
    return [made(log, box) for _ in range(count)]


def test_callers_who_wait_share_the_next_transaction(log: EventLog, database: Connections) -> None:
    calls = [turned(coin) for coin in coins(log, 8)]
    (before,) = rows(database, f"SELECT log.head(), ({TRANSACTIONS})")
    with gathered(log, database, calls) as let_go:
        receipts = let_go()
    assert [receipt.position - before[0] for receipt in receipts] == list(range(1, 9))
    assert rows(database, TRANSACTIONS) == [(before[1] + 2,)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(COMMANDS)
def test_callers_at_once_are_told_what_they_would_be_told_one_by_one(
    log: EventLog, database: Connections, steps: list[tuple[str, int, int]]
) -> None:
    (other,) = coins(log, 1)
    with gathered(log, database, [turned(other), *acts(log, steps)]) as let_go:
        _, *at_once = let_go()
    one_by_one = [log.decide_all([each])[0] for each in acts(log, steps)]
    assert ended(at_once) == ended(one_by_one)


def test_one_that_the_log_never_takes_fails_alone(log: EventLog, database: Connections) -> None:
    first, second, third = map(turned, coins(log, 3))

    def never(desk: Desk) -> None:
        desk.record(BOX, f"{BoxId.new()}\n", BoxMade(room=1), Happened(DAY))

    with gathered(log, database, [first, second, (command(), never), third]) as let_go:
        one, two, refused, three = let_go()
    assert isinstance(refused, errors.CheckViolation)
    assert [two.position, three.position] == [one.position + 1, one.position + 2]


def test_of_those_who_name_one_thing_at_once_one_has_the_name(log: EventLog, database: Connections) -> None:
    def naming(box: BoxId) -> tuple[Command, Act]:
        def act(desk: Desk) -> None:
            desk.external("box code", log.digest("box code", "B1"), box)
            desk.record(BOX, box, BoxMade(room=1), Happened(DAY))

        return command(), act

    (coin,), boxes = coins(log, 1), [BoxId.new() for _ in range(3)]
    with gathered(log, database, [turned(coin), *map(naming, boxes)]) as let_go:
        _, first, *late = let_go()
    assert isinstance(first, Receipt)
    assert [(type(one), one.identifier) for one in late] == [(KeyTaken, boxes[0])] * 2


@pytest.mark.parametrize("when", ["before the server reads", "before the answer"])
def test_a_connection_lost_around_the_commit_of_several_callers_is_resolved_for_each(
    database: Connections, when: Cut
) -> None:
    with wired(database) as wire, opened(database, url=wire.url) as log:
        calls = [turned(coin) for coin in coins(log, 4)]
        (before,) = rows(database, "SELECT log.head(), count(*) FROM log.event")
        with gathered(log, database, calls) as let_go:
            wire.cut(UUID(calls[2][0].id).bytes, when)
            receipts = let_go()
    assert sorted(receipt.position - before[0] for receipt in receipts) == [1, 2, 3, 4]
    assert rows(database, "SELECT log.head(), count(*) FROM log.event") == [(before[0] + 4, before[1] + 4)]


def test_a_lost_request_of_several_callers_that_is_run_late_records_nothing_twice(database: Connections) -> None:
    with wired(database) as wire, opened(database, url=wire.url) as log:
        calls = [turned(coin) for coin in coins(log, 4)]
        before = rows(database, "SELECT log.head()")[0][0]
        with gathered(log, database, calls) as let_go:
            wire.cut(UUID(calls[2][0].id).bytes, "and the request comes late")
            assert [type(given) for given in let_go()] == [Receipt] * 4
        wire.release.set()
        assert wire.answered.wait(20)
    assert rows(database, "SELECT log.head()") == [(before + 4,)]


def test_a_lock_that_is_held_for_too_long_is_busy_for_everybody_who_waits(database: Connections) -> None:
    with opened(database, lock_timeout="1s") as log:
        calls = [turned(coin) for coin in coins(log, 3)]
        with gathered(log, database, calls) as let_go:
            given = let_go(free=False)
        assert [type(outcome) for outcome in given] == [Busy] * 3
        assert len({id(outcome) for outcome in given}) == 3
        assert [len(log.decide(*call).streams) for call in calls] == [1] * 3


def test_a_caller_waits_no_longer_than_its_patience(database: Connections) -> None:
    with opened(database, patience=1) as log:
        calls = [turned(coin) for coin in coins(log, 2)]
        with gathered(log, database, calls) as let_go:
            while log.waiting:
                pass
            first, second = let_go()
        assert isinstance(second, Busy)
        assert isinstance(first, Receipt)
        assert log.decide(*calls[1]).position == first.position + 1
