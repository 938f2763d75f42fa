"""A rule that comes to a record in use: all is brought under it, and nobody records past it any more."""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import psycopg
import pytest

from domain.rule import Rule
from domain.stream import Stream
from domain.values import Happened
from infra.log.combining import Busy
from infra.log.desk import Act
from infra.log.event_log import EventLog
from infra.log.guarding import bring_up
from infra.log.vault import Vault
from infra.migrate import installation
from infra.postgres.database import pool
from infra.postgres.private import SetUpError
from infra.settings import Connections
from tests.infra.submissions import brought_under, rows
from tests.infra.test_event_log import (
    BOX,
    COIN,
    DAY,
    ROOM,
    Box,
    BoxFull,
    BoxId,
    BoxMade,
    Coin,
    CoinId,
    CoinPut,
    command,
    evolve_box,
    evolve_coin,
    guards,
    put,
)
from tests.infra.together import WAITING

STREAMS = {BOX.name: BOX, COIN.name: COIN}
OLD = Stream(COIN.name, Coin(), evolve_coin)
"""Coins as a program knows them that is older than the rule: they are of no set."""
GUARDS = "SELECT position FROM log.event_guard WHERE starts_with(guard, 'room:') ORDER BY position"


@contextmanager
def process(database: Connections, rules: Sequence[Rule]) -> Generator[EventLog]:
    """The log as a process of a program with these rules has it open."""
    with (
        closing(pool(database.api)) as api,
        closing(pool(database.vault)) as keys,
        closing(EventLog(api, Vault(keys, database.secret), database.secret, rules)) as log,
    ):
        yield log


@pytest.fixture
def old(database: Connections) -> Iterator[EventLog]:
    """A process that is older than the rule, over a record that is so too."""
    brought_under(database, [])
    with process(database, []) as log:
        yield log


def boxed(log: EventLog) -> BoxId:
    box = BoxId.new()
    log.decide(command(), lambda desk: desk.record(BOX, box, BoxMade(room=1), Happened(DAY)))
    return box


def unguarded(box: BoxId) -> Act:
    """A coin is put into a box by a program without the rule."""
    coin = CoinId.new()
    return lambda desk: desk.record(OLD, coin, CoinPut(box_id=box), Happened(DAY))


def migrating(database: Connections) -> psycopg.Connection:
    return psycopg.connect(database.admin or "")


def test_a_process_that_lacks_a_rule_records_nothing_once_the_record_is_under_it(
    old: EventLog, database: Connections
) -> None:
    box = boxed(old)
    with migrating(database) as connection:
        bring_up(connection, STREAMS, [ROOM])
    with pytest.raises(Busy, match="under the rules of another version"):
        old.decide(command(), unguarded(box))
    assert rows(database, "SELECT log.head()") == [(1,)]
    with process(database, [ROOM]) as new:
        new.decide(command(), put(CoinId.new(), box))
        with pytest.raises(BoxFull):
            new.decide(command(), put(CoinId.new(), box))


def test_what_is_on_its_way_when_the_rule_comes_is_not_recorded_without_it(
    old: EventLog, database: Connections
) -> None:
    box = boxed(old)
    with migrating(database) as connection, ThreadPoolExecutor(1) as threads:
        bring_up(connection, STREAMS, [ROOM])
        recording = threads.submit(old.decide, command(), unguarded(box))
        while rows(database, WAITING) != [(1,)]:
            assert not recording.done()
        connection.commit()
        assert isinstance(recording.exception(20), Busy)
    assert rows(database, "SELECT log.head()") == [(1,)]


def test_others_record_while_the_record_is_brought_under_a_rule_and_that_is_brought_too(
    old: EventLog, database: Connections
) -> None:
    boxes = [boxed(old) for _ in range(3)]
    old.decide(command(), unguarded(boxes[0]))
    left = boxes[1:]

    def meanwhile(coin: Coin, event: CoinPut) -> Iterator[str]:
        if left:
            old.decide(command(), unguarded(left.pop()))
        return guards(coin, event)

    slow = Stream(COIN.name, Coin(), evolve_coin, meanwhile)
    with migrating(database) as connection:
        added = bring_up(connection, {BOX.name: Stream(BOX.name, Box(), evolve_box), COIN.name: slow}, [ROOM])
    assert not left
    assert rows(database, GUARDS) == [(position,) for position in range(1, 7)]
    assert added == 6
    with process(database, [ROOM]) as new:
        for box in boxes:
            with pytest.raises(BoxFull):
                new.decide(command(), put(CoinId.new(), box))


def test_a_rule_that_went_and_comes_back_finds_what_was_recorded_without_it(database: Connections) -> None:
    brought_under(database, [ROOM])
    with process(database, [ROOM]) as log:
        box = boxed(log)
    with migrating(database) as connection:
        assert bring_up(connection, STREAMS, []) == 0
    with process(database, []) as log:
        log.decide(command(), unguarded(box))
    with migrating(database) as connection:
        assert bring_up(connection, STREAMS, [ROOM]) == 1
        assert bring_up(connection, STREAMS, [ROOM]) == 0
    with process(database, [ROOM]) as log, pytest.raises(BoxFull):
        log.decide(command(), put(CoinId.new(), box))


def test_a_program_of_other_rules_than_the_record_is_under_does_not_start(database: Connections) -> None:
    brought_under(database, [ROOM])
    installation(database, [ROOM])
    for rules in ([], [ROOM, ROOM.__class__("another", BOX, COIN, ROOM.breaks)]):
        with pytest.raises(SetUpError, match="under other rules"):
            installation(database, rules)
