"""Deciding on the record: fold, decide, append; decide again when others got in first; one answer for one command."""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.event import Event, Stated
from domain.refusal import (
    NothingRecorded,
    NotLate,
    NotStanding,
    Refusal,
    StillReliedOn,
    TooFarAhead,
    WouldContradict,
)
from domain.rule import Rule
from domain.stream import Stream, Timeline
from domain.values import Happened, Id, Phase, today
from infra.log.command import AnotherRequest, Command, Entering, KeyTaken, Receipt, Stale
from infra.log.desk import Act, Desk
from infra.log.event_log import EventLog
from infra.log.vault import Vault
from infra.postgres.database import pool
from infra.settings import Connections
from tests.infra.submissions import brought_under


class BoxId(Id):
    """A box, for these tests."""

    stream = "test_box"


class CoinId(Id):
    """A coin, for these tests."""

    stream = "test_coin"


class BoxMade(Event):
    """A box was made."""

    kind = "test.box_made"
    phase = Phase.OPENS
    room: int


class CoinPut(Event):
    """A coin was put into a box."""

    kind = "test.coin_put"
    phase = Phase.OPENS
    box_id: BoxId


class CoinTurned(Event):
    """A coin was turned over."""

    kind = "test.coin_turned"
    heads: bool


class CoinTaken(Event):
    """A coin was taken out of its box."""

    kind = "test.coin_taken"
    phase = Phase.ENDS


class NotInTheBox(Refusal):
    """The coin was not in the box on that day."""


class BoxFull(Refusal):
    """The box holds no more coins."""


@dataclass(frozen=True)
class Box:
    room: int | None = None


@dataclass(frozen=True)
class Coin:
    box: BoxId | None = None
    heads: bool = True
    gone: bool = False


def evolve_box(box: Box, event: BoxMade, day: date) -> Box:
    return Box(event.room)


def evolve_coin(coin: Coin, event: CoinPut | CoinTurned | CoinTaken, day: date) -> Coin:
    match event:
        case CoinPut(box_id=box_id):
            return Coin(box_id)
        case CoinTurned(heads=heads):
            if coin.box is None or coin.gone:
                raise NotInTheBox
            return replace(coin, heads=heads)
        case CoinTaken():
            if coin.box is None or coin.gone:
                raise NotInTheBox
            return replace(coin, gone=True)


def guards(coin: Coin, event: CoinPut | CoinTurned | CoinTaken) -> Iterator[str]:
    match event:
        case CoinPut(box_id=box_id):
            yield f"room:{box_id}"
        case CoinTaken() if coin.box:
            yield f"room:{coin.box}"
        case _:
            return


BOX = Stream("test_box", Box(), evolve_box)
COIN = Stream("test_coin", Coin(), evolve_coin, guards)


def held(coins: Sequence[Timeline[Coin]], box: str) -> int:
    return sum(coin.at(None).box == box and not coin.at(None).gone for coin in coins)


def breaks(
    box: str, was: Timeline[Box], now: Timeline[Box], before: Sequence[Timeline[Coin]], after: Sequence[Timeline[Coin]]
) -> Refusal | None:
    room = now.at(None).room
    full = room is not None and held(after, box) > max(room, held(before, box))
    return BoxFull() if full else None


ROOM = Rule(
    guard="room",
    owner=BOX,
    member=COIN,
    acts=(CoinPut,),
    irregularity="over_full",
    applies=lambda box: box.at(None).room is not None,
    breaks=breaks,
)

DAY = date(2014, 4, 1)


def command(*, entering: Entering = Entering.NOW, body: bytes = b"", expects: dict[str, int] | None = None) -> Command:
    return Command(
        principal="test",
        id=str(uuid4()),
        body=body,
        stated=Stated(actor=str(uuid4()), reason="test"),
        entering=entering,
        expects=expects or {},
    )


def put(coin: CoinId, box: BoxId, day: date = DAY) -> Act:
    def act(desk: Desk) -> None:
        desk.fold(BOX, box, on=day)
        desk.record(COIN, coin, CoinPut(box_id=box), Happened(day))

    return act


def turn(coin: CoinId, day: date, *, heads: bool = False) -> Act:
    def act(desk: Desk) -> None:
        desk.fold(COIN, coin, on=day)
        desk.record(COIN, coin, CoinTurned(heads=heads), Happened(day))

    return act


def take(coin: CoinId, day: date) -> Act:
    def act(desk: Desk) -> None:
        desk.fold(COIN, coin, on=day)
        desk.record(COIN, coin, CoinTaken(), Happened(day))

    return act


def retract(coin: CoinId, version: int) -> Act:
    return lambda desk: desk.retract(COIN, coin, version)


@pytest.fixture
def log(database: Connections) -> Iterator[EventLog]:
    with opened(database) as event_log:
        yield event_log


@contextmanager
def opened(
    database: Connections, *, url: str | None = None, lock_timeout: str = "5s", patience: float = 10
) -> Generator[EventLog]:
    """An event log of its own, with its own pools and nothing remembered: what another process has."""
    brought_under(database, [ROOM])
    with (
        closing(pool(url or database.api, lock_timeout=lock_timeout)) as api,
        closing(pool(database.vault)) as keys,
        closing(EventLog(api, Vault(keys, database.secret), database.secret, [ROOM], patience=patience)) as event_log,
    ):
        yield event_log


def make(log: EventLog, room: int = 10) -> BoxId:
    box = BoxId.new()
    log.decide(command(), lambda desk: desk.record(BOX, box, BoxMade(room=room), Happened(DAY)))
    return box


def made(log: EventLog, box: BoxId) -> CoinId:
    coin = CoinId.new()
    log.decide(command(), put(coin, box))
    return coin


def test_a_decision_on_what_is_not_there_says_so(log: EventLog) -> None:
    with pytest.raises(NothingRecorded, match="test_coin"):
        log.decide(command(), turn(CoinId.new(), DAY))


def test_another_process_that_got_in_first_is_seen_before_a_command_is_refused(
    log: EventLog, database: Connections
) -> None:
    box = make(log)
    coin = made(log, box)
    with opened(database) as other:
        other.decide(command(), take(coin, date(2014, 4, 9)))
        with pytest.raises(NotInTheBox):
            log.decide(command(), turn(coin, date(2014, 4, 10)))
        other.decide(command(), retract(coin, 2))
    log.decide(command(), turn(coin, date(2014, 4, 10)))


def test_a_command_is_not_refused_as_long_as_others_are_found_to_have_got_in_first(
    log: EventLog, database: Connections
) -> None:
    box = make(log)
    coins = [made(log, box), made(log, box)]

    def act(desk: Desk) -> None:
        for coin in coins:
            if desk.fold(COIN, coin).heads:
                raise NotInTheBox
        desk.record(COIN, coins[0], CoinTaken(), Happened(DAY))

    with opened(database) as other:
        for coin in coins:
            other.decide(command(), turn(coin, DAY))
    log.decide(command(), act)


def test_a_late_entry_is_judged_with_what_came_after_it(log: EventLog) -> None:
    coin = made(log, make(log))
    log.decide(command(), turn(coin, date(2014, 4, 20)))
    log.decide(command(), turn(coin, date(2014, 4, 5)))
    with pytest.raises(WouldContradict, match=r"test\.coin_turned on 2014-04-20") as refused:
        log.decide(command(), take(coin, date(2014, 4, 10)))
    assert [(fact.version, fact.happened) for fact in refused.value.facts] == [(2, date(2014, 4, 20))]


def test_what_others_rest_on_is_not_struck_out_and_the_refusal_names_them(log: EventLog) -> None:
    box = make(log)
    coin = made(log, box)
    with pytest.raises(StillReliedOn) as refused:
        log.decide(command(), lambda desk: desk.retract(BOX, box, 1))
    assert [fact.stream for fact in refused.value.facts] == [COIN.of(coin)]
    log.decide(command(), retract(coin, 1))
    log.decide(command(), lambda desk: desk.retract(BOX, box, 1))


def test_what_is_struck_out_while_another_takes_a_retraction_back_that_rests_on_it_is_refused(
    log: EventLog, database: Connections
) -> None:
    box = make(log)
    coin = made(log, box)
    log.decide(command(), retract(coin, 1))

    def act(desk: Desk) -> None:
        desk.retract(BOX, box, 1)
        if not back:
            back.append(other.decide(command(), retract(coin, 2)))

    with opened(database) as other:
        back: list[Receipt] = []
        with pytest.raises(StillReliedOn):
            log.decide(command(), act)


def test_what_does_not_stand_is_not_changed_again(log: EventLog) -> None:
    coin = made(log, make(log))
    log.decide(command(), turn(coin, DAY))
    log.decide(command(), retract(coin, 2))
    with pytest.raises(NotStanding):
        log.decide(command(), retract(coin, 2))


def test_a_repeat_gets_the_first_answer_even_where_it_would_now_be_refused(log: EventLog) -> None:
    coin = made(log, make(log))
    taking = command()
    first = log.decide(taking, take(coin, DAY))
    again = log.decide(taking, take(coin, DAY))
    assert again == first._replace(repeated=True)


def test_the_same_command_id_for_another_request_is_refused(log: EventLog) -> None:
    coin = made(log, make(log))
    taking = command(body=b"take")
    log.decide(taking, take(coin, DAY))
    with pytest.raises(AnotherRequest):
        log.decide(taking._replace(body=b"turn"), turn(coin, DAY))


def test_a_caller_who_has_not_seen_the_latest_version_is_told_it(log: EventLog, database: Connections) -> None:
    coin = made(log, make(log))
    with opened(database) as other:
        other.decide(command(), turn(coin, DAY))
    with pytest.raises(Stale) as stale:
        log.decide(command(expects={COIN.of(coin): 1}), take(coin, DAY))
    assert (stale.value.stream, stale.value.current) == (COIN.of(coin), 2)
    log.decide(command(expects={COIN.of(coin): 2}), take(coin, DAY))


@pytest.mark.parametrize("read_between", [False, True])
def test_what_one_command_enters_is_judged_whether_it_is_read_in_between_or_not(
    log: EventLog, read_between: bool
) -> None:
    box = make(log)
    coin, days = made(log, box), [date(2014, 4, day) for day in (3, 2, 9, 4)]

    def enter(desk: Desk, *, taken: date) -> None:
        desk.fold(COIN, coin)
        desk.record(COIN, coin, CoinTaken(), Happened(taken))
        for number, day in enumerate(days, 3):
            desk.record(COIN, coin, CoinTurned(heads=day.day == 9), Happened(day))
            if read_between:
                assert desk.history(COIN, coin).version == number
        assert desk.fold(COIN, coin).gone

    with pytest.raises(NotInTheBox):
        log.decide(command(), lambda desk: enter(desk, taken=date(2014, 4, 8)))
    receipt = log.decide(command(), lambda desk: enter(desk, taken=date(2014, 4, 10)))
    assert receipt.streams == {COIN.of(coin): 6}
    with pytest.raises(NotInTheBox):
        log.decide(command(), turn(coin, date(2014, 4, 11)))
    log.decide(command(), turn(coin, date(2014, 4, 9)))


def test_commands_of_one_append_that_share_a_stream_keep_the_history_that_the_log_has(
    log: EventLog, database: Connections
) -> None:
    coin = made(log, make(log))
    turns = [turn(coin, date(2014, 4, day), heads=day % 2 == 0) for day in (2, 3, 5, 4, 6)]
    for _ in range(2):
        assert not [
            told for told in log.decide_all([(command(), each) for each in turns]) if isinstance(told, Exception)
        ]
    histories: list[list[object]] = []

    def look(desk: Desk) -> None:
        history = desk.history(COIN, coin)
        entries = [(*entry[:6], *entry[7:]) for entry in history.statements]  # each clock has its own time
        steps = [(step.place, step.before, step.after) for step in history.steps]
        histories.append([entries, steps])
        raise NotInTheBox

    with opened(database) as other:
        for each in (log, other):
            with pytest.raises(NotInTheBox):
                each.decide(command(), look)
    assert histories[0] == histories[-1]


def test_a_natural_key_names_one_thing(log: EventLog) -> None:
    first, second = BoxId.new(), BoxId.new()

    def act(box: BoxId) -> Act:
        def enter(desk: Desk) -> None:
            desk.record(BOX, box, BoxMade(room=1), Happened(DAY))
            desk.external("box code", log.digest("box code", "B1"), box)

        return enter

    log.decide(command(), act(first))
    with pytest.raises(KeyTaken) as taken:
        log.decide(command(), act(second))
    assert taken.value.identifier == first


def test_the_last_place_is_given_once_however_many_ask(log: EventLog, database: Connections) -> None:
    box = make(log, room=3)
    with opened(database) as other, ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(attempt, [log, other] * 6, [box] * 12))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["BoxFull"] * 9 + ["Receipt"] * 3


def attempt(log: EventLog, box: BoxId) -> Receipt | Refusal:
    try:
        return log.decide(command(), put(CoinId.new(), box))
    except Refusal as refused:
        return refused


def test_what_happened_already_is_taken_and_noted_where_it_breaks_a_rule_over_a_set(log: EventLog) -> None:
    box = make(log, room=1)
    coin = made(log, box)
    log.decide(command(), take(coin, DAY))
    made(log, box)
    again = log.decide(command(), retract(coin, 2))
    late = log.decide(command(entering=Entering.LATE), put(CoinId.new(), box))
    assert (again.irregularities, late.irregularities) == (("over_full",), ("over_full",))


def test_a_place_freed_is_given_again(log: EventLog) -> None:
    box = make(log, room=1)
    coin = made(log, box)
    with pytest.raises(BoxFull):
        made(log, box)
    log.decide(command(), take(coin, DAY))
    made(log, box)


COMMANDS = st.lists(
    st.tuples(st.sampled_from(["put", "turn", "take", "retract"]), st.integers(0, 3), st.integers(1, 9)), max_size=14
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(COMMANDS)
def test_commands_decided_together_end_as_they_do_one_by_one(
    log: EventLog, database: Connections, steps: list[tuple[str, int, int]]
) -> None:
    together = log.decide_all(acts(log, steps))
    one_by_one = [log.decide_all([each])[0] for each in acts(log, steps)]
    assert ended(together) == ended(one_by_one)


def acts(log: EventLog, steps: list[tuple[str, int, int]]) -> list[tuple[Command, Act]]:
    """Commands on four coins and a box of their own."""
    box, coins = make(log, room=2), [CoinId.new() for _ in range(4)]

    def act(what: str, number: int, day: int) -> Act:
        coin, when = coins[number], date(2014, 4, day)
        match what:
            case "put":
                return put(coin, box, when)
            case "turn":
                return turn(coin, when)
            case "take":
                return take(coin, when)
            case _:
                return retract(coin, 2)

    return [(command(), act(*step)) for step in steps]


def ended(outcomes: Sequence[object]) -> list[object]:
    """What became of them, without the names that are theirs alone."""
    return [
        (type(outcome).__name__, sorted(outcome.streams.values()), outcome.irregularities)
        if isinstance(outcome, Receipt)
        else type(outcome).__name__
        for outcome in outcomes
    ]


def test_a_command_refused_on_top_of_one_that_fell_is_decided_again(log: EventLog, database: Connections) -> None:
    box = make(log)
    coin = made(log, box)
    with opened(database) as other:
        other.decide(command(), turn(coin, DAY))
        fallen = command(expects={COIN.of(coin): 1})
        taking, turning = (fallen, take(coin, DAY)), (command(), turn(coin, DAY, heads=True))
        outcomes = log.decide_all([taking, turning])
    assert [type(outcome).__name__ for outcome in outcomes] == ["Stale", "Receipt"]


def test_what_rests_on_an_entry_may_be_struck_out_with_it_in_one_command(log: EventLog) -> None:
    box = make(log)
    coin = made(log, box)

    def both(desk: Desk) -> None:
        desk.retract(COIN, coin, 1)
        desk.retract(BOX, box, 1)

    assert log.decide(command(), both).streams == {COIN.of(coin): 2, BOX.of(box): 2}


def test_a_thing_may_be_struck_out_and_recorded_anew_in_one_command(log: EventLog) -> None:
    box = make(log)
    made(log, box)

    def anew(desk: Desk) -> None:
        desk.retract(BOX, box, 1)
        desk.record(BOX, box, BoxMade(room=3), Happened(DAY))

    log.decide(command(), anew)


def test_what_a_command_before_it_came_to_rest_on_is_not_struck_out(log: EventLog) -> None:
    box = make(log)
    outcomes = log.decide_all(
        [(command(), put(CoinId.new(), box)), (command(), lambda desk: desk.retract(BOX, box, 1))]
    )
    assert [type(outcome).__name__ for outcome in outcomes] == ["Receipt", "StillReliedOn"]


def test_what_is_corrected_to_rest_on_something_else_lets_go(log: EventLog) -> None:
    box, other = make(log), make(log)
    coin = made(log, box)
    log.decide(command(), lambda desk: desk.correct(COIN, coin, 1, CoinPut(box_id=other), Happened(DAY)))
    log.decide(command(), lambda desk: desk.retract(BOX, box, 1))


def test_a_beginning_is_not_moved_past_what_rests_on_it(log: EventLog) -> None:
    box = make(log)
    made(log, box)
    later = Happened(date(2014, 4, 9))
    with pytest.raises(StillReliedOn):
        log.decide(command(), lambda desk: desk.correct(BOX, box, 1, BoxMade(room=10), later))
    log.decide(command(), lambda desk: desk.correct(BOX, box, 1, BoxMade(room=9), Happened(date(2014, 3, 1))))


def test_a_later_decision_that_gives_a_place_is_refused_as_the_first_one_would_be(log: EventLog) -> None:
    full, box = make(log, room=1), make(log)
    made(log, full)
    coin = made(log, box)
    later = Happened(date(2014, 4, 9))
    with pytest.raises(BoxFull):
        log.decide(command(), lambda desk: desk.supersede(COIN, coin, 1, CoinPut(box_id=full), later))
    corrected = log.decide(command(), lambda desk: desk.correct(COIN, coin, 1, CoinPut(box_id=full), later))
    assert corrected.irregularities == ("over_full",)


def test_a_place_taken_behind_a_command_that_falls_counts_for_the_one_after_it(
    log: EventLog, database: Connections
) -> None:
    first, box = make(log), make(log, room=1)
    coin = made(log, first)
    with opened(database) as other:
        other.decide(command(), take(coin, DAY))
        moved = Happened(date(2014, 4, 2))
        other.decide(command(), lambda desk: desk.record(COIN, coin, CoinPut(box_id=box), moved))
        turning = (command(expects={COIN.of(coin): 1}), turn(coin, DAY))
        outcomes = log.decide_all([turning, (command(), put(CoinId.new(), box, moved.day))])
    assert [type(outcome).__name__ for outcome in outcomes] == ["Stale", "BoxFull"]


def test_a_late_entry_is_about_an_earlier_day(log: EventLog) -> None:
    box = make(log)
    with pytest.raises(NotLate):
        log.decide(command(entering=Entering.LATE), put(CoinId.new(), box, today()))


def test_a_slip_of_a_century_is_refused(log: EventLog) -> None:
    box = make(log)
    with pytest.raises(TooFarAhead):
        log.decide(command(), put(CoinId.new(), box, date(2114, 4, 1)))
