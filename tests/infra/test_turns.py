"""Commands of one process that meet over a stream: they get on, in turn, and never against one another."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from threading import Event

import psycopg
import pytest

from domain.refusal import Refusal
from domain.values import Happened
from infra.log.append import Busy
from infra.log.command import Receipt
from infra.log.desk import Desk
from infra.log.event_log import EventLog
from infra.log.turns import Turns, UnderWay
from infra.log.vault import Vault
from infra.postgres.database import pool
from infra.settings import Connections
from tests.infra.submissions import rows, submission
from tests.infra.test_event_log import (
    BOX,
    COIN,
    DAY,
    ROOM,
    BoxFull,
    BoxId,
    BoxMade,
    CoinId,
    CoinTurned,
    command,
    opened,
    put,
    turn,
)


@pytest.fixture
def log(database: Connections) -> Iterator[EventLog]:
    with opened(database) as event_log:
        yield event_log


def made(log: EventLog, room: int = 10) -> tuple[BoxId, CoinId]:
    box, coin = BoxId.new(), CoinId.new()
    log.decide(command(), lambda desk: desk.record(BOX, box, BoxMade(room=room), Happened(DAY)))
    log.decide(command(), put(coin, box))
    return box, coin


def test_many_who_record_on_one_stream_all_get_on(log: EventLog) -> None:
    _, coin = made(log)

    def work(caller: int) -> list[Receipt]:
        return [log.decide(command(), turn(coin, DAY, heads=bool(number % 2))) for number in range(10)]

    with ThreadPoolExecutor(8) as threads:
        receipts = [receipt for done in threads.map(work, range(8)) for receipt in done]
    assert sorted(receipt.streams[COIN.of(coin)] for receipt in receipts) == list(range(2, 82))
    assert len({receipt.position for receipt in receipts}) == 80


def test_many_in_two_processes_who_record_on_one_stream_all_get_on(log: EventLog, database: Connections) -> None:
    _, coin = made(log)

    def one(each: EventLog) -> Receipt:
        return each.decide(command(), turn(coin, DAY))

    with opened(database) as other, ThreadPoolExecutor(8) as threads:
        receipts = list(threads.map(one, [log, other] * 16))
    assert sorted(receipt.streams[COIN.of(coin)] for receipt in receipts) == list(range(2, 34))


def test_those_who_wait_behind_one_on_the_same_stream_share_a_transaction(log: EventLog, database: Connections) -> None:
    _, coin = made(log)
    decided = [Event() for _ in range(8)]

    def one(number: int) -> Receipt:
        def act(desk: Desk) -> None:
            turn(coin, DAY)(desk)
            decided[number].set()

        return log.decide(command(), act)

    before = rows(database, "SELECT count(DISTINCT xmin::text) FROM log.event")[0][0]
    with closing(psycopg.connect(database.admin or "")) as admin, ThreadPoolExecutor(8) as threads:
        admin.execute("SELECT log.lock()")
        callers: list[Future[Receipt]] = []
        for number in range(8):
            callers.append(threads.submit(one, number))
            if number < 2:  # the first is being appended, and the second waits for it
                assert decided[number].wait(20)
        while log.waiting < 6:
            assert not any(caller.done() for caller in callers)
        admin.rollback()
        versions = sorted(caller.result(20).streams[COIN.of(coin)] for caller in callers)
    assert versions == list(range(2, 10))
    assert rows(database, "SELECT count(DISTINCT xmin::text) FROM log.event")[0][0] - before == 3


def test_a_refusal_in_turn_is_its_own_callers_alone(log: EventLog) -> None:
    box, _ = made(log, room=4)

    def one(number: int) -> Receipt | Refusal:
        try:
            return log.decide(command(), put(CoinId.new(), box))
        except Refusal as refused:
            return refused

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(one, range(8)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["BoxFull"] * 5 + ["Receipt"] * 3
    refusals = [outcome for outcome in outcomes if isinstance(outcome, BoxFull)]
    assert len({id(refusal) for refusal in refusals}) == 5


def test_an_error_in_turn_reaches_its_own_caller_alone(log: EventLog) -> None:
    _, coin = made(log)

    def act(desk: Desk) -> None:
        turn(coin, DAY)(desk)
        raise ZeroDivisionError

    def one(number: int) -> type:
        try:
            return type(log.decide(command(), turn(coin, DAY) if number % 4 else act))
        except ZeroDivisionError:
            return ZeroDivisionError

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(one, range(16)))
    assert outcomes == [Receipt if number % 4 else ZeroDivisionError for number in range(16)]


def test_whom_another_process_keeps_getting_in_before_is_told_after_its_patience(database: Connections) -> None:
    with (
        opened(database) as other,
        closing(pool(database.api)) as api,
        closing(pool(database.vault)) as keys,
        closing(EventLog(api, Vault(keys, database.secret), database.secret, [ROOM], patience=0.2)) as log,
    ):
        _, coin = made(other)

        def act(desk: Desk) -> None:
            desk.record(COIN, coin, CoinTurned(heads=True), Happened(DAY))
            other.decide(command(), turn(coin, DAY))  # gets in between, every time

        with pytest.raises(Busy, match="others kept recording"):
            log.decide(command(), act)


def test_who_must_try_again_does_so_until_it_succeeds_or_fails() -> None:
    answers: dict[str, list[int | Exception | None]] = {"a": [None, None, 1], "b": [KeyError("b")]}
    turns = Turns[str, int](lambda items, hand_on: [answers[item].pop(0) for item in items])
    assert turns.take("a", 20) == 1
    with pytest.raises(KeyError):
        turns.take("b", 20)


def test_the_next_are_decided_while_the_ones_before_them_are_appended(log: EventLog, database: Connections) -> None:
    (_, first), (_, second) = made(log), made(log)
    decided = [Event(), Event()]

    def one(number: int) -> Receipt:
        def act(desk: Desk) -> None:
            turn((first, second)[number], DAY)(desk)
            decided[number].set()

        return log.decide(command(), act)

    with closing(psycopg.connect(database.admin or "")) as admin, ThreadPoolExecutor(2) as threads:
        admin.execute("SELECT log.lock()")
        callers: list[Future[Receipt]] = []
        for number, each in enumerate(decided):
            callers.append(threads.submit(one, number))
            assert each.wait(20)
        assert not callers[0].done()
        admin.rollback()
        assert all(caller.result(20).streams for caller in callers)


@pytest.mark.parametrize("rests", [{"read:1": 3}, {"set:1": 3}])
def test_who_rests_on_what_is_under_way_is_decided_again_once_that_has_ended(rests: dict[str, int]) -> None:
    under_way = UnderWay()
    writing = submission("read:1", guards=["set:1"])
    resting = [submission("own:1")._replace(rests=rests, expects={"own:1": 0, **rests})]
    with ThreadPoolExecutor(1) as thread:
        with under_way.appending([writing]):
            assert not under_way.touched_by([submission("own:1")])
            waiting = thread.submit(under_way.touched_by, resting)
            while not under_way.waiting:
                assert not waiting.done()
        assert waiting.result(20)
    assert not under_way.touched_by(resting)
