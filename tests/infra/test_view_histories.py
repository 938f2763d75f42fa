"""Histories small enough to read, each showing one thing that an engine can get wrong.

Each is followed entry by entry by engines that remember nothing, and in one batch, and then held against the law.
"""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from infra.postgres.server import Server
from infra.settings import Connections
from infra.views.engine import Engine
from tests.conftest import copied
from tests.infra.histories import A, B, C, Closed, G, Grade, H, Opened, day, thing
from tests.infra.recording import Recording, recording


@pytest.fixture(scope="module")
def record(server: Server, templates: Callable[[bool], Connections]) -> Iterator[Recording]:
    """One database for all histories: each begins where the one before it ended."""
    with copied(server, templates(False)) as connections, recording(connections) as made:
        yield made


def test_a_late_fact_takes_its_place_before_later_ones_and_only_from_then_on(record: Recording) -> None:
    history = record.begin()
    history.say(A, on=1)
    history.say(A, on=5)
    history.say(A, on=3)
    record.settle(history)
    assert record.trail(history, A, on=6) == "S0 S2 S1"
    assert record.trail(history, A, on=6, known=2) == "S0 S1"
    assert record.trail(history, A, on=4) == "S0 S2"


def test_a_correction_keeps_its_place_among_the_facts_of_its_day(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=2)
    history.say(A, on=2)
    history.correct(first)
    record.settle(history)
    assert record.trail(history, A, on=2) == "S2 S1"


def test_the_newest_correction_stands_and_one_entered_in_error_is_undone(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=2)
    once = history.correct(first, on=1)
    twice = history.correct(once, on=3)
    history.retract(twice)
    record.settle(history)
    assert [record.trail(history, A, on=1, known=n) for n in (1, 2, 3, 4)] == ["", "S1", "", "S1"]


def test_a_retraction_takes_every_correction_along(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=2)
    once = history.correct(first)
    history.correct(once, B)
    history.retract(first)
    record.settle(history)
    assert record.trail(history, B, on=6, known=3) == "S2"
    assert record.trail(history, A, on=6) + record.trail(history, B, on=6) == ""


def test_retracting_a_retraction_brings_the_fact_back(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=2)
    history.say(A, on=4)
    error = history.retract(first)
    again = history.retract(error)
    history.retract(again)
    record.settle(history)
    assert [record.trail(history, A, on=6, known=n) for n in (2, 3, 4, 5)] == ["S0 S1", "S1", "S0 S1", "S1"]


def test_a_fact_brought_back_is_there_when_what_corrected_it_later_is_taken_away(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=2)
    history.retract(history.retract(first))
    corrected = history.correct(first, A, on=4)
    history.correct(corrected, A, on=5)
    history.retract(corrected)
    record.settle(history)
    assert [record.trail(history, A, on=3, known=n) for n in (3, 4, 6)] == ["S0", "", "S0"]


def test_a_replaced_fact_counts_until_the_new_decision_and_not_after(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=1)
    history.say(A, on=2)
    history.supersede(first, A, on=4)
    history.say(A, on=5)
    record.settle(history)
    assert [record.trail(history, A, on=n) for n in (3, 4, 5)] == ["S0 S1", "S1 S2", "S1 S2 S3"]


def test_a_decision_of_an_earlier_day_leaves_the_replaced_fact_out_altogether(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=5)
    history.supersede(first, A, on=2)
    history.say(A, on=6)
    history.say(A, on=4)
    record.settle(history)
    assert [record.trail(history, A, on=n) for n in (2, 5, 6)] == ["S1", "S1 S3", "S1 S3 S2"]


def test_a_decision_on_the_day_of_the_replaced_fact_takes_its_place(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=2)
    history.supersede(first, A, on=2, kind=Opened)
    history.say(A, on=2)
    record.settle(history)
    assert record.trail(history, A, on=2) == "O1 S2"


def test_retracting_a_decision_gives_back_what_it_replaced(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=1)
    decision = history.supersede(first, B, on=3)
    history.retract(decision)
    record.settle(history)
    assert record.trail(history, A, on=6, known=2) == ""
    assert record.trail(history, A, on=6) == "S0"
    assert record.trail(history, B, on=6) == ""


def test_a_corrected_decision_still_replaces_and_from_its_new_day(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=1)
    decision = history.supersede(first, B, on=5)
    history.correct(decision, on=3)
    record.settle(history)
    assert [record.trail(history, A, on=4, known=n) for n in (2, 3)] == ["S0", ""]
    assert record.trail(history, B, on=3) == "S2"


def test_a_decision_that_is_itself_replaced_still_leaves_its_target_out(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=1)
    second = history.supersede(first, A, on=2)
    history.supersede(second, A, on=4)
    record.settle(history)
    assert [record.trail(history, A, on=n) for n in (1, 3, 5)] == ["S0", "S1", "S2"]


def test_a_point_of_replacement_follows_its_target_to_another_key(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=1)
    history.supersede(first, C, on=3)
    history.correct(first, B)
    history.say(B, on=2)
    record.settle(history)
    assert [record.trail(history, B, on=n) for n in (2, 3)] == ["S2 S3", "S3"]
    assert record.trail(history, A, on=6, known=2) + record.trail(history, A, on=6) == ""


def test_a_replaced_fact_restored_into_an_empty_key_comes_with_its_point(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=2)
    history.supersede(first, B, on=2)
    error = history.retract(first)
    history.retract(error)
    record.settle(history)
    assert record.trail(history, A, on=6) == ""
    assert record.trail(history, B, on=6) == "S1"


def test_a_replaced_fact_restored_before_its_point_counts_until_then(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=2)
    history.supersede(first, B, on=4)
    error = history.retract(first)
    history.retract(error)
    record.settle(history)
    assert [record.trail(history, A, on=n) for n in (3, 4)] == ["S0", ""]


def test_a_fact_before_a_point_of_replacement_is_not_in_order(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=1)
    history.supersede(first, B, on=5)
    history.say(A, on=3)
    record.settle(history)
    assert [record.trail(history, A, on=n) for n in (3, 5)] == ["S0 S2", "S2"]


def test_a_fact_moves_between_keys_at_one_position(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=1)
    history.say(B, on=2)
    history.correct(first, B, C)
    record.settle(history)
    assert [record.trail(history, A, on=6, known=n) for n in (2, 3)] == ["S0", ""]
    assert [record.trail(history, B, on=6, known=n) for n in (2, 3)] == ["S1", "S2 S1"]
    assert [record.trail(history, C, on=6, known=n) for n in (2, 3)] == ["", "S2"]


def test_a_correction_that_moves_the_date_is_folded_from_the_earlier_of_both_days(record: Recording) -> None:
    history = record.begin()
    history.say(A, on=1)
    moved = history.say(A, on=2)
    history.say(A, on=4)
    history.correct(moved, on=5)
    record.settle(history)
    assert [record.trail(history, A, on=n) for n in (2, 4, 5)] == ["S0", "S0 S2", "S0 S2 S3"]


def test_openings_come_first_and_endings_last_whenever_they_were_entered(record: Recording) -> None:
    history = record.begin()
    history.say(A, on=3, kind=Closed)
    history.say(A, on=3)
    history.say(A, on=3, kind=Opened)
    record.settle(history)
    assert record.trail(history, A, on=3) == "O2 S1 C0"


def test_facts_of_one_entry_and_day_keep_the_order_of_the_routing(record: Recording) -> None:
    history = record.begin()
    history.say(A, on=3, later=3)
    first = history.say(A, on=2, later=2)
    history.correct(first)
    record.settle(history)
    assert record.trail(history, A, on=3) == "S2 S2.1 S0 S0.1"


def test_an_entry_may_concern_two_days_in_any_order(record: Recording) -> None:
    history = record.begin()
    history.say(A, on=2)
    history.say(A, on=5, later=1)
    history.say(B, on=5, later=3)
    record.settle(history)
    assert [record.trail(history, A, on=n) for n in (1, 2, 5)] == ["S1.1", "S1.1 S0", "S1.1 S0 S1"]
    assert [record.trail(history, B, on=n) for n in (3, 5)] == ["S2.1", "S2.1 S2"]


def test_a_second_fact_of_a_day_replaces_the_row_of_that_day(record: Recording) -> None:
    history = record.begin()
    history.say(A, on=2)
    history.say(A, on=2)
    record.settle(history)
    assert [record.trail(history, A, on=2, known=n) for n in (1, 2)] == ["S0", "S0 S1"]
    in_force = [row for row in record.dump(record.live[0])[""] if row[2] == 2**63 - 1]
    assert len(in_force) == 1


def test_a_fact_that_changes_nothing_makes_no_row(record: Recording) -> None:
    history = record.begin()
    history.say(A, on=1, grade=2)
    history.say(A, on=3, grade=2)
    history.say(A, on=5, grade=3)
    record.settle(history)
    assert len(record.dump(record.live[1])[""]) == 1


def test_a_day_that_ends_as_the_one_before_has_no_row(record: Recording) -> None:
    history = record.begin()
    history.say(A, on=1, grade=2)
    history.say(A, on=3, grade=1)
    history.say(A, on=3, grade=2)
    history.say(A, on=4, grade=1)
    record.settle(history)
    rows = sorted((row[5], row[7]) for row in record.dump(record.live[1])[""] if row[3] == 2**63 - 1)
    assert rows == [(day(1), "high"), (day(4), "low")]


def test_what_a_late_fact_leaves_as_it_was_needs_no_new_row(record: Recording) -> None:
    history = record.begin()
    history.say(A, on=1, grade=1)
    history.say(A, on=5, grade=2)
    history.say(A, on=3, grade=1)
    record.settle(history)
    assert len(record.dump(record.live[1])[""]) == 2


def test_two_events_of_one_batch_are_two_positions(record: Recording) -> None:
    history = record.begin()
    history.say(A, on=4)
    history.say(A, on=4)
    history.say(A, on=2)
    record.settle(history)
    told = [record.trail(history, A, on=6, known=n) for n in (0, 1, 2, 3)]
    assert told == ["", "S0", "S0 S1", "S2 S0 S1"]


def test_the_cause_of_a_state_is_the_entry_that_says_so(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=1, grade=1)
    history.say(A, on=1, grade=1)
    history.correct(first, grade=1)
    history.retract(first)
    record.settle(history)

    def cause(known: int) -> int:
        told = record.live[1].as_of(day(1), history.base + known, keys=[(A, G)])
        return record.ask(sa.select(told.c.cause))[0].cause - history.base

    assert [cause(known) for known in (1, 2, 3, 4)] == [1, 1, 3, 2]


def test_a_value_that_was_once_held_is_found_after_it_was_corrected_away(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=1, grade=1)
    history.correct(first, grade=2)
    history.retract(first)
    record.settle(history)
    told = record.live[1].as_of(day(1), history.base + 1, where={"grade": Grade.LOW})
    assert [row.thing_id for row in record.ask(sa.select(told))] == [A]


def test_a_view_of_two_key_columns_tells_them_apart(record: Recording) -> None:
    history = record.begin()
    history.say(A, B, on=1, group=G, grade=1)
    history.say(A, on=2, group=H, grade=2)
    record.settle(history)
    told = record.live[1].as_of(day(3), history.base + 2, where={"thing_id": A})
    assert {(row.group_id, row.grade) for row in record.ask(sa.select(told))} == {(G, "low"), (H, "high")}
    named = record.live[1].as_of(day(3), history.base + 2, keys=[(B, G), (A, H), (B, H), (A, H)])
    assert {(row.thing_id, row.group_id) for row in record.ask(sa.select(named))} == {(B, G), (A, H)}


def test_several_values_are_looked_up_at_once_and_each_key_is_told_once(record: Recording) -> None:
    history = record.begin()
    history.say(A, on=1, group=G)
    history.say(A, on=2, group=H)
    history.say(B, on=2, group=H)
    record.settle(history)
    told = record.live[0].as_of(day(3), history.base + 3, where={"group": [G, H]})
    assert sorted(row.thing_id for row in record.ask(sa.select(told))) == [A, B]
    now = record.live[0].now(today=day(3), where={"group": {H}}, keys=[(A,), (C,)])
    assert [row.thing_id for row in record.ask(sa.select(now))] == [A]


def test_what_is_dated_in_the_future_is_not_so_now(record: Recording) -> None:
    history = record.begin()
    history.say(A, on=1, grade=1)
    history.say(A, on=5, grade=2)
    history.say(B, on=5, grade=2)
    record.settle(history, today=3)

    def marks(on: int) -> list[tuple[str, str]]:
        now = record.live[1].now(today=day(on))
        return sorted((row.thing_id, row.grade) for row in record.ask(sa.select(now)))

    assert marks(3) == [(A, "low")]
    assert marks(5) == [(A, "high"), (B, "high")]


def test_many_futures_do_not_hide_the_present(record: Recording) -> None:
    history = record.begin()
    for on in (1, 4, 5, 6):
        history.say(A, on=on)
    history.say(A, on=6)
    record.settle(history, today=2)
    now = record.live[0].now(today=day(2))
    assert [row.said for row in record.ask(sa.select(now))] == ["S0.0 "]


def test_a_reader_before_the_first_position_finds_nothing(record: Recording) -> None:
    history = record.begin()
    history.say(A, on=1)
    record.settle(history)
    told = record.live[0].as_of(day(6), history.base)
    assert record.ask(sa.select(told)) == []


def test_a_lost_transaction_leaves_nothing_behind_in_the_engine(record: Recording) -> None:
    history = record.begin()
    for on in (1, 2, 3, 2, 4):
        history.say(A, on=on, grade=on % 3)
    record.record(history.entries)
    for view in record.live:
        engine = Engine(view, today=day(6))
        record.follow(engine, 1)
        record.lose(engine, 2)
        record.follow(engine, 1)
        record.lose(engine, 3)
        record.follow(engine, 3)
    record.build(record.whole, day(6))
    record.check(history, day(6))
    assert record.trail(history, A, on=6) == "S0 S1 S3 S2 S4"


def test_an_engine_that_remembers_only_the_end_of_a_key_goes_on_from_it(record: Recording) -> None:
    history = record.begin()
    for on, grade in ((1, 2), (3, 1), (3, 2), (4, 1), (4, 2), (5, 1), (2, 1), (6, 2)):
        history.say(A, on=on, grade=grade)
    record.record(history.entries)
    for view in record.live:
        engine = Engine(view, today=day(6), hold=1)
        while record.follow(engine, 1):
            assert engine.held == 1
    record.build(record.whole, day(6))
    record.check(history, day(6))
    assert record.trail(history, A, on=6) == "S0 S6 S1 S2 S3 S4 S5 S7"


def test_a_correction_and_what_it_corrects_may_lie_in_one_batch(record: Recording) -> None:
    history = record.begin()
    first = history.say(A, on=2)
    history.correct(first, on=4)
    decision = history.supersede(first, B, on=5)
    history.retract(decision)
    record.settle(history)
    assert record.trail(history, A, on=6, known=3) == ""
    assert record.trail(history, A, on=6) == "S1"


def test_counts_are_right_on_either_side_of_a_closed_block_and_of_a_month(record: Recording) -> None:
    history = record.begin()
    # Blocks hold three positions or four: the history ends within one, at its end, and begins another.
    for number in range(13):
        history.say(A if number % 2 else B, on=number * 4 % 7, group=G if number % 3 else H)
        if number == 6:
            history.correct(history.entries[2], C, on=5)
    history.retract(history.entries[4])
    record.settle(history)


def test_a_key_without_a_value_to_be_counted_by_is_in_no_group(record: Recording) -> None:
    history = record.begin()
    history.say(A, on=1, grade=0)
    history.say(B, on=1, grade=1)
    record.settle(history)
    counted = record.live[0].count(day(2), history.base + 2, by=("closed", "sealed"))
    (row,) = record.ask(sa.select(counted))
    assert (row.closed, bytes(row.sealed), row.n) == (False, b"\x01", 1)


def test_many_rows_written_at_once_are_those_written_one_by_one(record: Recording) -> None:
    history = record.begin()
    for number in range(60):
        history.say(thing(number % 30 + 1), on=number // 30 * 3, grade=number % 3)
    record.record(history.entries)
    for view in record.live:
        while record.follow(Engine(view, today=day(2), hold=0), 4):
            pass
    record.build(record.whole, day(2), size=45)
    for live, whole in zip(record.live, record.whole, strict=True):
        assert record.dump(live) == record.dump(whole)
        record.check_rows(live)
