"""The projector: batches, checkpoints, wake-ups, and what happens when something breaks in the middle."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from domain.event import Recorded
from infra.following.lease import NAME
from infra.following.projector import Projector
from infra.log.reading import Row
from infra.settings import Connections
from infra.views.engine import Engine, Overtaken
from tests.infra.followers import CUT, some
from tests.infra.histories import A, B, day, group, thing, trail
from tests.infra.recording import Recording


def test_it_takes_every_view_to_the_head_in_batches(record: Recording, projector: Callable[..., Projector]) -> None:
    history = some(record)
    with projector(batch=5) as followed:
        assert [followed.step() for _ in range(4)] == [5, 5, 2, 0]
        assert followed.catch_up() == history.entries[-1].position
    record.build(record.whole, day(3))
    record.check(history, day(3))


def test_it_goes_no_further_than_it_is_told(record: Recording, projector: Callable[..., Projector]) -> None:
    history = some(record)
    with projector(batch=5) as followed:
        assert followed.catch_up(to=history.base + 7) == history.base + 7
        assert followed.catch_up(to=history.base + 3) == history.base + 7


def test_a_view_tells_readers_how_far_it_has_come(record: Recording, projector: Callable[..., Projector]) -> None:
    history = some(record)
    with projector(batch=5) as followed, record.reader.begin() as reader:
        assert record.live[0].checkpoint(reader) == history.base
        followed.step()
        assert record.live[0].checkpoint(reader) == history.base + 5
        assert trail(9).checkpoint(reader) == 0


def test_before_any_projector_has_run_a_view_stands_before_the_first_position(database: Connections) -> None:
    reader = sa.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(database.api))
    with reader.begin() as connection:
        assert trail(1).checkpoint(connection) == 0
    reader.dispose()


def test_an_event_is_decoded_once_for_all_views(record: Recording, projector: Callable[..., Projector]) -> None:
    history = record.begin()
    for number in range(6):
        history.say(A, on=number)
    record.record(history.entries)
    decoded: list[int] = []

    def decode(row: Row) -> Recorded:
        decoded.append(row[0])
        return record.decode(row)

    with projector(decode=decode, batch=2) as followed:
        followed.catch_up()
    assert decoded == [entry.position for entry in history.entries]


def test_views_that_stand_apart_come_together(record: Recording, projector: Callable[..., Projector]) -> None:
    history = some(record)
    with projector(record.live[:1], batch=4) as ahead:
        ahead.step()
        ahead.step()
    with projector(batch=5) as followed:
        assert set(followed.positions().values()) == {history.base, history.base + 8}
        assert followed.step() == 9
        assert set(followed.positions().values()) == {history.base + 5, history.base + 12}
        assert followed.catch_up() == history.base + 12
    record.build(record.whole, day(3))
    record.check(history, day(3))


def test_a_connection_cut_in_the_middle_of_a_batch_changes_nothing(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history = some(record)
    view = record.live[0]
    cut = True

    def fold(state: Any, fact: Any) -> Any:
        nonlocal cut
        if cut and fact[0].serial == 7:
            cut = False
            record.owner.execute(CUT, (NAME,))
        return view.fold(state, fact)

    with projector((replace(view, fold=fold), record.live[1]), batch=5) as followed:
        followed.step()
        with pytest.raises(psycopg.OperationalError):
            followed.step()
        assert followed.catch_up() == history.base + 12
    record.build(record.whole, day(3))
    record.check(history, day(3))


def test_of_two_projectors_of_one_view_the_later_is_told(record: Recording, database: Connections) -> None:
    history = some(record)
    view = record.live[0]
    one, other = Engine(view, today=day(3)), Engine(view, today=day(3))
    record.follow(one, 5)
    record.follow(other, 5)
    with record.projector.transaction():
        stale = record.rows().after(history.base + 5, 5)
    with pytest.raises(Overtaken), record.projector.transaction():
        one.apply(record.projector, stale)
    assert one.reached(record.projector) == history.base + 10
    with closing(psycopg.connect(database.projector)) as racing, record.projector.transaction():
        record.follow(other, 1)
        racing.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            one.apply(racing, record.rows().after(history.base + 10, 1))
    record.build(record.live, day(3))
    record.build(record.whole, day(3))
    record.check(history, day(3))


def test_a_projector_starts_while_another_is_in_the_middle_of_a_batch(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history = some(record)
    with record.projector.transaction():
        record.follow(Engine(record.live[0], today=day(3)), 5)
        with projector() as starting:
            assert starting.positions() == {"trail 1": history.base, "mark 1": history.base}


def test_nothing_is_read_past_a_missing_position(record: Recording, projector: Callable[..., Projector]) -> None:
    history = record.begin()
    for number in range(3):
        history.say(A, on=number)
    record.record([history.entries[0], history.entries[2]])
    with projector() as followed:
        assert followed.catch_up() == history.base + 1
        record.record([history.entries[1]])
    with projector() as again:
        assert again.catch_up() == history.base + 3


def test_it_remembers_no_more_than_it_may(record: Recording) -> None:
    history = record.begin()
    for number in range(300):
        history.say(thing(number % 100), on=number // 100)
    record.record(history.entries)
    engine = Engine(record.live[0], today=day(3), hold=40)
    while record.follow(engine, 50):
        assert engine.held <= 40
    assert engine.held > 0


def test_the_present_moves_on_with_the_day(record: Recording, projector: Callable[..., Projector]) -> None:
    history = record.begin()
    history.say(A, on=1)
    history.say(A, on=3)
    history.say(A, on=5)
    history.say(B, on=5)
    record.record(history.entries)
    today = day(2)

    def now() -> date:
        return today

    with projector(today=now) as followed:
        followed.catch_up()
        for number in (3, 4, 5, 6):
            today = day(number)
            followed.step()
            record.empty(record.whole[0], history.base)
            record.build(record.whole[:1], today)
            assert record.dump(record.live[0])["_now"] == record.dump(record.whole[0])["_now"]


def test_answers_go_by_indexes(record: Recording, projector: Callable[..., Projector]) -> None:
    history = record.begin()
    for number in range(4_000):
        history.say(thing(number % 1_000), on=number // 1_000, group=group(number % 50), grade=number % 3)
    with record.owner.transaction():
        record.record(history.entries)
    with projector(batch=4_000) as followed:
        followed.catch_up()
    record.owner.execute("ANALYZE")
    view = record.live[0]
    statements = {
        "as of": view.as_of(day(2), history.base + 3_000, where={"group": group(7)}),
        "named": view.as_of(day(2), history.base + 3_000, keys=[(thing(1),), (thing(2),)]),
        "now": view.now(today=day(3), where={"group": group(7)}),
        "throughout": view.throughout(history.base + 3_000, where={"group": group(7)}),
    }
    with record.reader.begin() as reader:
        for name, told in statements.items():
            text = str(sa.select(told).compile(reader.engine, compile_kwargs={"literal_binds": True}))
            plan = "\n".join(row[0] for row in reader.execute(sa.text("EXPLAIN " + text.replace(":", r"\:"))))
            assert "Seq Scan" not in plan, f"{name}:\n{plan}"
            assert "trail_1_pkey" in plan, f"{name}:\n{plan}"
