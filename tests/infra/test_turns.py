"""Commands of one process that meet over a stream: they get on, in turn, and never against one another."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event

import psycopg
import pytest

from domain.refusal import Refusal
from domain.values import Happened
from infra.log.combining import Busy
from infra.log.command import Command, Receipt
from infra.log.desk import Act, Desk
from infra.log.event_log import EventLog
from infra.log.turns import Turns
from infra.log.vault import Vault
from infra.postgres.database import pool
from infra.settings import Connections
from tests.infra.silence import silenced
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
from tests.infra.together import TRANSACTIONS, WAITING, gathered

CANCEL = """
    SELECT pg_cancel_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"""


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


def test_many_on_one_event_loop_who_record_on_one_stream_all_get_on_or_are_told_why_not(log: EventLog) -> None:
    _, coin = made(log)

    async def all_at_once() -> list[Receipt | BaseException]:
        acts = [turn(coin, DAY, heads=bool(number % 2)) for number in range(40)]
        return await asyncio.gather(
            *(log.deciding(command(), act) for act in [*acts, turn(CoinId.new(), DAY)]), return_exceptions=True
        )

    *receipts, refusal = asyncio.run(all_at_once())
    assert isinstance(refusal, Refusal)
    assert sorted(r.streams[COIN.of(coin)] for r in receipts if isinstance(r, Receipt)) == list(range(2, 42))


def test_many_in_two_processes_who_record_on_one_stream_all_get_on(log: EventLog, database: Connections) -> None:
    _, coin = made(log)

    def one(each: EventLog) -> Receipt:
        return each.decide(command(), turn(coin, DAY))

    with opened(database) as other, ThreadPoolExecutor(8) as threads:
        receipts = list(threads.map(one, [log, other] * 16))
    assert sorted(receipt.streams[COIN.of(coin)] for receipt in receipts) == list(range(2, 34))


def test_those_who_wait_behind_one_on_the_same_stream_share_a_transaction(log: EventLog, database: Connections) -> None:
    _, coin = made(log)
    before = rows(database, TRANSACTIONS)[0][0]
    with gathered(log, database, [(command(), turn(coin, DAY)) for _ in range(8)]) as let_go:
        receipts = let_go()
    assert [receipt.streams[COIN.of(coin)] for receipt in receipts] == list(range(2, 10))
    assert rows(database, TRANSACTIONS)[0][0] - before == 2


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
    assert turns.take("a", 20) == 1
    with pytest.raises(KeyError):
        turns.take("b", 20)


def test_an_outage_is_lived_through_once_by_all_who_are_decided_together(database: Connections) -> None:
    begun, go = Event(), Event()
    outages: list[CoinId] = []

    def slow(desk: Desk) -> None:
        begun.set()
        assert go.wait(20)
        turn(kept, DAY)(desk)

    def one(coin: CoinId) -> BaseException | None:
        def act(desk: Desk) -> None:
            wire.speaks.clear()
            try:
                turn(coin, DAY)(desk)
            except psycopg.OperationalError:
                outages.append(coin)
                raise

        return threads.submit(log.decide, command(), act).exception(20)

    with (
        silenced(database.api) as wire,
        closing(pool(wire.url, silence=0.5)) as api,
        closing(pool(database.vault)) as keys,
        closing(EventLog(api, Vault(keys, database.secret), database.secret, [ROOM], silence=0.5)) as log,
        opened(database) as other,
        ThreadPoolExecutor(8) as threads,
    ):
        (_, kept), unread = made(log), [made(other)[1] for _ in range(3)]
        first = threads.submit(log.decide, command(), slow)
        assert begun.wait(20)
        callers = [threads.submit(one, coin) for coin in unread]
        while log.waiting < 3:
            assert not any(caller.done() for caller in callers)
        go.set()
        assert isinstance(first.result(20), Receipt)
        outcomes = [caller.result(20) for caller in callers]
        assert [type(outcome) for outcome in outcomes] == [Busy] * 3
        assert len({id(outcome) for outcome in outcomes}) == 3
        assert len(outages) == 1
        wire.speaks.set()


def test_that_a_refused_command_cannot_be_looked_up_is_told_to_its_caller_and_the_accepted_have_their_receipts(
    database: Connections,
) -> None:
    box = BoxId.new()
    commands: list[tuple[Command, Act]] = [
        (command(), lambda desk: desk.record(BOX, box, BoxMade(room=1), Happened(DAY))),
        *((command(), turn(CoinId.new(), DAY)) for _ in range(2)),
    ]
    with (
        opened(database, lock_timeout="40s") as log,
        closing(psycopg.connect(database.admin or "")) as before,
        closing(psycopg.connect(database.admin or "")) as after,
        ThreadPoolExecutor(2) as threads,
    ):
        before.execute("SELECT log.lock()")
        told = threads.submit(log.decide_all, commands)
        while rows(database, WAITING) != [(1,)]:
            assert not told.done()
        held = threads.submit(after.execute, "SELECT log.lock()")
        while rows(database, WAITING) != [(2,)]:
            assert not held.done()
        before.rollback()
        held.result(20)  # what was decided has been appended
        while rows(database, WAITING) != [(1,)]:
            assert not told.done()
        rows(database, CANCEL)
        outcomes = told.result(8)
    assert [type(outcome) for outcome in outcomes] == [Receipt, Busy, Busy]
    assert outcomes[1] is not outcomes[2]
