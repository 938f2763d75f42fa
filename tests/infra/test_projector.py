"""The projector: batches, checkpoints, wake-ups, and what happens when something breaks in the middle."""

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from time import monotonic
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from domain.event import Recorded
from infra.engine import Engine
from infra.envelope import Row
from infra.event_rows import PositionMissing
from infra.projector import CannotProject, Overtaken, Projector
from infra.settings import Connections
from infra.view import Routed, View
from infra.view_answers import plan_once
from tests.infra.histories import A, B, C, History, day, group, thing, trail
from tests.infra.recording import Recording, recording

PATIENCE = 20.0
"""Seconds after which a test gives up waiting for what must happen at once."""

CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = %s"
)


@pytest.fixture
def record(database: Connections) -> Iterator[Recording]:
    with recording(database) as made:
        yield made


@pytest.fixture
def projector(record: Recording, database: Connections) -> Callable[..., Projector]:
    """Makes projectors of the live views, whose today is day 3 unless they are told otherwise."""

    def make(views: tuple[View[Any], ...] = record.live, **settings: Any) -> Projector:
        given: dict[str, Any] = {"decode": record.decode, "today": lambda: day(3)}
        return Projector(database.projector, views, **given | settings)

    return make


def some(record: Recording, entries: int = 12) -> History:
    """A recorded history with something of everything."""
    history = record.begin()
    for number in range(entries - 4):
        history.say(thing(number % 3 + 1), on=number % 7, grade=number % 4)
    first, second = history.entries[0], history.entries[1]
    history.correct(first, B, on=2)
    history.supersede(second, A, on=4)
    history.retract(history.entries[2])
    history.correct(history.entries[-2], C, on=5)
    record.record(history.entries)
    return history


def eventually(condition: Callable[[], bool]) -> bool:
    """Wait until it is so; False if that never comes."""
    deadline = monotonic() + PATIENCE
    waiting = threading.Event()
    while not condition():
        if monotonic() > deadline:
            return False
        waiting.wait(0.01)
    return True


@contextmanager
def following(projector: Projector, **settings: Any) -> Generator[None]:
    """The projector follows the log in another thread meanwhile; it must end when told to."""
    stop, failures = threading.Event(), list[BaseException]()

    def run() -> None:
        try:
            projector.follow(stop, **settings)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE)
        projector.close()
        assert not thread.is_alive()
        assert failures == []


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


def test_a_fold_that_fails_leaves_its_view_where_it_was(record: Recording, projector: Callable[..., Projector]) -> None:
    history = some(record)
    view = record.live[0]
    broken = True

    def fold(state: Any, fact: Any) -> Any:
        if broken and fact[0].serial == 7:
            raise ZeroDivisionError
        return view.fold(state, fact)

    with projector((replace(view, fold=fold), record.live[1]), batch=5) as followed:
        followed.step()
        before = record.dump(view)
        with pytest.raises(CannotProject) as failed:
            followed.step()
        assert (failed.value.position, failed.value.view) == (history.base + 8, "trail 1")
        assert isinstance(failed.value.__cause__, ZeroDivisionError)
        assert record.dump(view) == before
        assert followed.positions()["trail 1"] == history.base + 5
        broken = False
        followed.catch_up()
    record.build(record.whole, day(3))
    record.check(history, day(3))


def test_a_routing_that_fails_names_the_position(record: Recording, projector: Callable[..., Projector]) -> None:
    history = some(record)

    def route(recorded: Recorded) -> list[Routed]:
        return [Routed((A,), day(1 // (history.base + 3 - recorded.position)), None)]

    with projector((replace(record.live[0], route=route),)) as followed, pytest.raises(CannotProject) as failed:
        followed.step()
    assert failed.value.position == history.base + 3


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
            record.owner.execute(CUT, ("fellowtrace projector",))
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


def test_a_rebuilt_view_is_the_same_row_for_row(record: Recording, projector: Callable[..., Projector]) -> None:
    history = some(record)
    with projector(batch=1) as followed:
        followed.catch_up()
        before = [record.dump(view) for view in record.live]
        record.owner.execute("UPDATE views.trail_1 SET said = 'spoilt'")
        with projector(record.live[:1], batch=1_000) as rebuilding:
            assert rebuilding.rebuild(record.live[0]) == history.base + 12
        assert [record.dump(view) for view in record.live] == before
        later = [history.say(A, on=1), history.retract(history.entries[3])]
        record.record(later)
        assert followed.catch_up() == later[-1].position
    record.build(record.whole, day(3))
    record.check(history, day(3))


def test_nothing_is_read_past_a_missing_position(record: Recording, projector: Callable[..., Projector]) -> None:
    history = record.begin()
    for number in range(3):
        history.say(A, on=number)
    record.record([history.entries[0], history.entries[2]])
    with projector() as followed, pytest.raises(PositionMissing, match=f"position {history.base + 2} "):
        followed.step()


def test_it_remembers_no_more_than_it_may(record: Recording) -> None:
    history = record.begin()
    for number in range(300):
        history.say(thing(number % 100), on=number // 100)
    record.record(history.entries)
    engine = Engine(record.live[0], today=day(3), hold=40)
    while record.follow(engine, 50):
        assert engine.held <= 40
    assert engine.held > 0


def test_it_follows_when_the_log_says_that_it_has_grown(record: Recording, projector: Callable[..., Projector]) -> None:
    history = some(record)
    with record.reader.connect() as reader, following(projector(), poll=1_000):

        def reached(position: int) -> bool:
            with reader.begin():
                return all(view.checkpoint(reader) == position for view in record.live)

        assert eventually(lambda: reached(history.base + 12))
        more = [history.say(A, on=1), history.say(B, on=2)]
        record.record(more)

        def told() -> bool:
            record.owner.execute("SELECT pg_notify('fellowtrace_log', '')")
            return reached(history.base + 14)

        assert eventually(told)


def test_it_looks_for_itself_where_no_word_comes(record: Recording, projector: Callable[..., Projector]) -> None:
    history = some(record)
    with record.reader.connect() as reader, following(projector(), poll=0.01):

        def reached(position: int) -> bool:
            with reader.begin():
                return record.live[0].checkpoint(reader) == position

        assert eventually(lambda: reached(history.base + 12))
        record.record([history.say(A, on=1)])
        assert eventually(lambda: reached(history.base + 13))


def test_it_comes_back_after_its_connections_are_cut(record: Recording, projector: Callable[..., Projector]) -> None:
    history = some(record)
    with record.reader.connect() as reader, following(projector(), poll=1_000):

        def reached(position: int) -> bool:
            with reader.begin():
                return record.live[0].checkpoint(reader) == position

        assert eventually(lambda: reached(history.base + 12))
        record.record([history.say(A, on=1)])
        for name in ("fellowtrace projector", "fellowtrace projector (waiting)"):
            record.owner.execute(CUT, (name,))
        assert eventually(lambda: reached(history.base + 13))


def test_it_says_when_views_have_moved_on(
    record: Recording, projector: Callable[..., Projector], database: Connections
) -> None:
    with closing(psycopg.connect(database.api, autocommit=True)) as listener:
        listener.execute("LISTEN fellowtrace_views")
        history = some(record)
        with projector() as followed:
            followed.catch_up()
        heard = list(listener.notifies(timeout=PATIENCE, stop_after=1))
    assert [notice.payload for notice in heard] == [str(history.base + 12)]


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
            fresh = Engine(record.whole[0], today=today)
            fresh.empty(record.projector)
            record.projector.execute(
                "UPDATE views.checkpoint SET position = %s WHERE view = 'trail' AND version = 2", (history.base,)
            )
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
        plan_once(reader)
        for name, told in statements.items():
            text = str(sa.select(told).compile(reader.engine, compile_kwargs={"literal_binds": True}))
            plan = "\n".join(row[0] for row in reader.execute(sa.text("EXPLAIN " + text.replace(":", r"\:"))))
            assert "Seq Scan" not in plan, f"{name}:\n{plan}"
            assert "trail_1_pkey" in plan, f"{name}:\n{plan}"
