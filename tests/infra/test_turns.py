"""Commands of one process that meet over a stream: they get on, in turn, and never against one another."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
from infra.log.turns import Turns
from infra.log.vault import Vault
from infra.postgres.database import pool
from infra.settings import Connections
from tests.infra.submissions import rows
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
        callers = [threads.submit(one, number) for number in range(8)]
        for each in decided:
            assert each.wait(20)
        admin.rollback()
        versions = sorted(caller.result(20).streams[COIN.of(coin)] for caller in callers)
    assert versions == list(range(2, 10))
    assert rows(database, "SELECT count(DISTINCT xmin::text) FROM log.event")[0][0] - before < 8


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
    turns = Turns[str, int](lambda items: [answers[item].pop(0) for item in items])
    assert turns.take("a", ["name"], 20) == 1
    with pytest.raises(KeyError):
        turns.take("b", ["name"], 20)
    assert turns.contended({"name"}) == set()


def test_a_name_is_contended_while_somebody_waits_over_it() -> None:
    seen: list[set[str]] = []
    turns = Turns[str, int](lambda items: [seen.append(turns.contended({"x", "y", "z"})) or 1 for _ in items])
    assert turns.take("a", {"x", "y"}, 20) == 1
    assert seen == [{"x", "y"}]
    assert turns.contended({"x", "y", "z"}) == set()
