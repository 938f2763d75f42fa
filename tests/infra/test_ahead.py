"""Histories that several commands miss are read together, and no command is told anything else by it."""

from collections.abc import Collection
from typing import Any

import pytest

from domain.refusal import NothingRecorded
from domain.stream import Stream, Timeline
from domain.values import Happened
from infra.log.command import Command, Receipt
from infra.log.desk import Act, Desk
from infra.log.timelines import Timelines
from infra.settings import Connections
from tests.infra.test_event_log import (
    BOX,
    COIN,
    DAY,
    BoxFull,
    BoxId,
    CoinId,
    CoinTurned,
    command,
    made,
    make,
    opened,
    put,
    turn,
)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What was read from the log: the kind, and how many histories, of each query."""
    queries: list[tuple[str, int]] = []
    reading = Timelines.read

    def read(self: Timelines, stream: Stream[Any], names: Collection[str]) -> dict[str, Timeline[Any]]:
        queries.append((stream.name, len(names)))
        return reading(self, stream, names)

    monkeypatch.setattr(Timelines, "read", read)
    return queries


@pytest.fixture
def box(database: Connections) -> tuple[BoxId, list[CoinId]]:
    """A box with four coins, recorded by another process."""
    with opened(database) as other:
        box = make(other)
        return box, [made(other, box) for _ in range(4)]


def looking(box: BoxId, coin: CoinId) -> tuple[Command, Act]:
    """Look at the box, then turn the coin."""

    def act(desk: Desk) -> None:
        desk.fold(BOX, box)
        desk.fold(COIN, coin)
        desk.record(COIN, coin, CoinTurned(heads=True), Happened(DAY))

    return command(), act


def test_what_several_commands_miss_is_read_by_one_query_for_each_kind(
    database: Connections, box: tuple[BoxId, list[CoinId]], read: list[tuple[str, int]]
) -> None:
    with opened(database) as log:
        read.clear()
        outcomes = log.decide_all([looking(box[0], coin) for coin in box[1]])
    assert [type(outcome) for outcome in outcomes] == [Receipt] * 4
    assert read == [("test_box", 1), ("test_coin", 4)]


def test_what_is_at_hand_is_not_read_again(
    database: Connections, box: tuple[BoxId, list[CoinId]], read: list[tuple[str, int]]
) -> None:
    with opened(database) as log:
        log.read_ahead([(COIN, coin) for coin in box[1]])
        read.clear()
        log.decide_all([(command(), turn(coin, DAY)) for coin in box[1]])
    assert read == []


def test_a_command_that_fails_when_tried_for_another_is_told_so_when_it_is_decided(
    database: Connections, box: tuple[BoxId, list[CoinId]]
) -> None:
    def on_what_was_seen(desk: Desk) -> None:
        raise LookupError

    missing = CoinId.new()
    with opened(database) as log:
        first, absent, second = log.decide_all(
            [(command(), turn(coin, DAY)) for coin in (box[1][0], missing, box[1][1])]
        )
        assert [type(first), type(absent), type(second)] == [Receipt, NothingRecorded, Receipt]
    with opened(database) as log, pytest.raises(LookupError):
        log.decide_all([(command(), turn(box[1][0], DAY)), (command(), on_what_was_seen)])


def test_what_a_command_before_it_enters_is_there_when_it_is_decided(
    database: Connections, box: tuple[BoxId, list[CoinId]]
) -> None:
    seen: list[int] = []
    coin = box[1][0]

    def after(desk: Desk) -> None:
        seen.append(desk.history(COIN, coin).version)
        desk.record(COIN, coin, CoinTurned(heads=True), Happened(DAY))

    with opened(database) as log:
        log.decide_all([(command(), turn(coin, DAY)), (command(), after)])
    assert seen[-1] == 2


def test_a_set_is_asked_for_once_for_all_who_are_decided_together(
    database: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    asking = Timelines.members

    def members(self: Timelines, stream: Stream[Any], guard: str) -> tuple[int, dict[str, Timeline[Any]]]:
        asked.append(guard)
        return asking(self, stream, guard)

    monkeypatch.setattr(Timelines, "members", members)
    with opened(database) as log:
        box = make(log, room=2)
        made(log, box)
        asked.clear()
        outcomes = log.decide_all([(command(), put(CoinId.new(), box)) for _ in range(3)])
    assert [type(outcome) for outcome in outcomes] == [Receipt, BoxFull, BoxFull]
    assert asked == [f"room:{box}"]
