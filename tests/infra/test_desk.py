"""At a desk: what a command makes of entries that have no position yet, and what is held of them for the next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import uuid4

import pytest

from domain.event import Event, Stated
from domain.refusal import ReasonNeeded, StillReliedOn
from domain.stream import Stream
from domain.values import ERASED, Happened, Id, Personal, PersonId, Purpose
from infra.log.command import Receipt
from infra.log.desk import Desk
from infra.log.event_log import EventLog
from infra.settings import Connections
from tests.infra.submissions import rows
from tests.infra.test_event_log import (
    BOX,
    COIN,
    DAY,
    BoxId,
    BoxMade,
    Coin,
    CoinId,
    CoinPut,
    CoinTurned,
    command,
    opened,
    put,
    turn,
)


class NoteId(Id):
    """A note, for these tests."""

    stream = "test_note"


class Noted(Event):
    """Something was noted of somebody."""

    kind = "test.desk_noted"

    person_id: PersonId
    remark: Annotated[Personal[str | None], Purpose.CIRCUMSTANCES] = None


@dataclass(frozen=True)
class Note:
    remarks: tuple[Any, ...] = ()


def evolve(note: Note, event: Noted, day: date) -> Note:
    return Note((*note.remarks, event.remark))


NOTE = Stream("test_note", Note(), evolve)


@pytest.fixture
def log(database: Connections) -> Iterator[EventLog]:
    with opened(database) as event_log:
        yield event_log


def test_what_a_command_only_read_is_as_it_read_it_when_it_is_recorded(log: EventLog, database: Connections) -> None:
    box = BoxId.new()
    log.decide(command(), lambda desk: desk.record(BOX, box, BoxMade(room=9), Happened(DAY)))
    one, same = CoinId.new(), CoinId.new()
    for coin in (one, same):
        log.decide(command(), put(coin, box))
    with opened(database) as other:
        meanwhile = iter([turn(one, DAY)])

        def act(desk: Desk) -> None:
            heads = desk.fold(COIN, one).heads
            desk.record(COIN, same, CoinTurned(heads=heads), Happened(DAY))
            for turned in meanwhile:
                other.decide(command(), turned)

        log.decide(command(), act)
    seen: list[Coin] = []
    log.decide(command(), lambda desk: seen.append(desk.fold(COIN, same)))
    assert [coin.heads for coin in seen] == [False]


def test_what_comes_to_rest_on_an_entry_while_that_is_being_struck_out_is_seen(
    log: EventLog, database: Connections
) -> None:
    box = BoxId.new()
    log.decide(command(), lambda desk: desk.record(BOX, box, BoxMade(room=9), Happened(DAY)))
    with opened(database) as other:
        meanwhile = iter([put(CoinId.new(), box)])

        def act(desk: Desk) -> None:
            for came in meanwhile:
                other.decide(command(), came)
            desk.record(BOX, BoxId.new(), BoxMade(room=1), Happened(DAY))

        # They are decided one after the other, and then recorded together.
        outcomes = log.decide_all([(command(), lambda desk: desk.retract(BOX, box, 1)), (command(), act)])
    assert [type(outcome) for outcome in outcomes] == [StillReliedOn, Receipt]


def test_an_entry_made_just_before_is_corrected_in_its_place(log: EventLog, database: Connections) -> None:
    box, coin = BoxId.new(), CoinId.new()
    log.decide(command(), lambda desk: desk.record(BOX, box, BoxMade(room=1), Happened(DAY)))

    def correct(desk: Desk) -> None:
        desk.correct(COIN, coin, 1, CoinPut(box_id=box), Happened(date(2014, 4, 2)))

    outcomes = log.decide_all([(command(), put(coin, box)), (command(), correct)])
    assert [type(outcome) for outcome in outcomes] == [Receipt, Receipt]
    assert rows(database, "SELECT version, slot FROM log.event WHERE stream = %s ORDER BY 1", COIN.of(coin)) == [
        (1, 2),
        (2, 2),
    ]


def test_what_changes_another_entry_needs_a_reason(log: EventLog) -> None:
    box = BoxId.new()
    log.decide(command(), lambda desk: desk.record(BOX, box, BoxMade(room=1), Happened(DAY)))
    without = command()._replace(stated=Stated(actor=str(uuid4())))
    with pytest.raises(ReasonNeeded):
        log.decide(without, lambda desk: desk.retract(BOX, box, 1))


def test_nothing_personal_is_held_of_an_entry_not_even_at_the_desk_that_makes_it(log: EventLog) -> None:
    note, seen = NoteId.new(), list[Any]()

    def act(desk: Desk) -> None:
        desk.record(NOTE, note, Noted(person_id=PersonId(uuid4()), remark="of her health"), Happened(DAY))
        seen.append(desk.fold(NOTE, note))

    for _ in range(2):
        log.decide(command(), act)
    assert seen == [Note((ERASED,)), Note((ERASED, ERASED))]
