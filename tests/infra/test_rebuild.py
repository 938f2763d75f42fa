"""Building a view beside the live one: what is compared, how one takes the other's place, and what is broken off."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from time import monotonic
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from infra.following.compare import Comparison
from infra.following.projector import Projector
from infra.following.rebuild import Rebuild
from infra.following.release import NoSuchBuild, Release, StillAsked
from infra.postgres.database import connect, engine
from infra.settings import Connections
from infra.views.builds import FORMER, LIVE, NEXT, builds, drop
from infra.views.engine import Engine
from infra.views.view import View
from tests.infra.histories import A, B, Fact, G, Grade, History, Mark, Said, Trail, day, fold_trail, thing, trail
from tests.infra.rebuilding import kept
from tests.infra.recording import Recording, recording
from tests.office import Office

PATIENCE = 30


@pytest.fixture
def record(database: Connections) -> Iterator[Recording]:
    with recording(database) as made:
        yield made


@pytest.fixture
def rebuild(record: Recording, database: Connections) -> Callable[..., Rebuild]:
    """Makes rebuilds of the live views, whose today is day 3."""

    def make(views: tuple[View[Any], ...] = record.live, batch: int = 5) -> Rebuild:
        return Rebuild(database.projector, views, batch=batch, decode=record.decode, today=lambda: day(3))

    return make


def some(record: Recording) -> History:
    """A recorded history with something of everything, that the live views have followed."""
    history = record.begin()
    for number in range(9):
        history.say(thing(number % 3 + 1), on=number % 7, grade=number % 4)
    first, second = history.entries[0], history.entries[1]
    history.correct(first, B, on=2)
    history.supersede(second, A, on=4)
    history.retract(history.entries[2])
    record.record(history.entries)
    record.build(record.live, day(3))
    return history


def quiet(reached: int, to: int) -> None:
    """Tell nobody."""


def filled(work: Rebuild, view: View[Any]) -> Comparison:
    """Build the next one, and compare."""
    work.fill(quiet)
    compared = work.compare(view)
    assert compared is not None
    return compared


def release(record: Recording, view: View[Any], stage: str, position: int = 1) -> Release:
    """That the build of a stage is released."""
    build = builds(record.projector, view.name)[view.version, stage]
    return Release(position, view.name, view.version, build.id, view.version, 0, None)


def stages(record: Recording, view: View[Any]) -> dict[str, int]:
    """Where each build of a view's version stands, by its stage."""
    return {stage: b.position for (version, stage), b in builds(record.projector, view.name).items() if version == 1}


def eventually(condition: Callable[[], bool]) -> bool:
    """Wait until it is so; False if that never comes."""
    deadline, waiting = monotonic() + PATIENCE, threading.Event()
    while not condition():
        if monotonic() > deadline:
            return False
        waiting.wait(0.005)
    return True


def begun(record: Recording, history: History) -> None:
    """Have builds beside the live views begin where the history does, as the live ones did."""
    for view in record.live:
        record.prepare(view.staged(NEXT), history.base)


def test_a_view_is_built_beside_the_live_one_which_stays_as_it_is_until_both_are_found_the_same(
    record: Recording, rebuild: Callable[..., Rebuild]
) -> None:
    history = some(record)
    begun(record, history)
    trails, marks = record.live
    before = [record.dump(view) for view in record.live]
    work, told = rebuild(), list[tuple[int, int]]()
    work.fill(lambda reached, to: told.append((reached, to)))
    assert told == [(history.base + done, history.base + 12) for done in (0, 5, 10, 12)]
    assert [record.dump(view) for view in record.live] == before
    for view in record.live:
        compared = work.compare(view)
        assert compared is not None
        assert (compared.differing, compared.keys, compared.sample) == (0, 0, ())
        assert compared.position == history.base + 12
        assert compared.rows == sum(map(len, record.dump(view).values()))
        assert all(live == other for live, other in compared.digests.values())
    work.release(trails, release(record, trails, NEXT))
    assert stages(record, trails) == {LIVE: history.base + 12, FORMER: history.base + 12}
    assert stages(record, marks) == {LIVE: history.base + 12, NEXT: history.base + 12}
    assert [record.dump(view) for view in record.live] == before
    assert record.dump(trails.staged(FORMER)) == before[0]
    record.build(record.whole, day(3))
    record.check(history, day(3))


def test_the_former_build_goes_on_until_it_is_dropped_and_can_be_gone_back_to(
    record: Recording, rebuild: Callable[..., Rebuild], database: Connections
) -> None:
    history = some(record)
    begun(record, history)
    view, work = record.live[0], rebuild(record.live[:1])
    first = builds(record.projector, view.name)[1, LIVE].id
    work.fill(quiet)
    work.release(view, release(record, view, NEXT))
    record.record([history.say(A, on=5), history.correct(history.entries[3], on=6)])
    with Projector(database.projector, record.live, decode=record.decode, today=lambda: day(3)) as projector:
        projector.catch_up()
        assert record.dump(view.staged(FORMER)) == record.dump(view)
        record.record([history.say(B, on=1)])
        # It is brought along by whoever lets it be live again.
        work.release(view, release(record, view, FORMER, position=2))
        assert builds(record.projector, view.name)[1, LIVE].id == first
        assert stages(record, view)[LIVE] >= stages(record, view)[FORMER]
        projector.catch_up()
        assert set(stages(record, view).values()) == {history.base + 15}
        assert drop(record.projector, view.name, 1, FORMER)
        assert not drop(record.projector, view.name, 1, FORMER)
        record.record([history.say(B, on=2)])
        projector.catch_up()
        assert stages(record, view) == {LIVE: history.base + 16}
    record.build(record.whole, day(3))
    record.check(history, day(3))


def test_a_defect_in_the_new_fold_is_found_with_the_keys_that_it_is_of(
    record: Recording, rebuild: Callable[..., Rebuild]
) -> None:
    history = some(record)
    begun(record, history)
    view = record.live[0]

    def defective(state: Trail | None, fact: Fact) -> Trail:
        told = fold_trail(state, fact)
        return told._replace(times=0) if fact[0].serial == 3 else told

    compared = filled(rebuild((replace(view, fold=defective),)), view)
    wrong = [row for row in record.dump(view.staged(NEXT))[""] if "3.0" in row[6] and row[7] == 0]
    assert wrong
    assert compared.differing >= len(wrong)
    assert compared.keys == len(compared.sample) == 1
    said = history.entries[3].event
    assert isinstance(said, Said)
    assert compared.sample == said.things
    assert {name for name, (live, other) in compared.digests.items() if live != other} == {"segments", "now"}


def test_what_only_one_build_holds_differs_as_well(record: Recording, rebuild: Callable[..., Rebuild]) -> None:
    history = some(record)
    begun(record, history)
    view, work = record.live[0], rebuild(record.live[:1])
    work.fill(quiet)
    record.projector.execute("DELETE FROM views.trail_1_now WHERE thing_id = %s", (A,))
    record.projector.execute("DELETE FROM views.trail_1_next_fact WHERE thing_id = %s", (B,))
    compared = work.compare(view)
    assert compared is not None
    facts = len([row for row in record.dump(view)["_fact"] if str(row[0]) == B])
    assert (compared.differing, compared.keys, compared.sample) == (1 + facts, 2, (A, B))


def test_a_row_that_differs_is_counted_once_whatever_differs_in_it(
    record: Recording, rebuild: Callable[..., Rebuild]
) -> None:
    history = some(record)
    begun(record, history)
    view, work = record.live[0], rebuild(record.live[:1])
    work.fill(quiet)
    ended = "UPDATE views.trail_1_next SET known_to = known_to - 1 WHERE thing_id = %s AND known_to = %s"
    rows = record.projector.execute(ended, (A, 2**63 - 1)).rowcount
    places = record.projector.execute('SELECT DISTINCT known, valid, "group" FROM views.trail_1_next_delta_group')
    first, second, third, *_ = places.fetchall()
    place = b'WHERE (known, valid, "group") = (%s, %s, %s)'
    for gone in (first, second):
        record.projector.execute(b"DELETE FROM views.trail_1_next_delta_group " + place, gone)
    record.projector.execute(b"UPDATE views.trail_1_next_delta_group SET n = n + 5 " + place, third)
    compared = work.compare(view)
    assert compared is not None
    assert rows > 0
    assert compared.differing == rows + 3


def test_builds_are_compared_on_one_day_although_midnight_came_since_one_of_them_was_filled(
    record: Recording, database: Connections
) -> None:
    history = some(record)
    begun(record, history)
    view, later = record.live[0], record.live[:1]

    def work(today: Callable[[], date]) -> Rebuild:
        return Rebuild(database.projector, later, batch=5, decode=record.decode, today=today)

    def present(day_: int) -> None:
        """Bring the present of the live build to a day, as its projector does."""
        with Projector(database.projector, later, decode=record.decode, today=lambda: day(day_)) as projector:
            projector.catch_up()

    work(lambda: day(3)).fill(quiet)
    present(4)
    assert record.dump(view)["_now"] != record.dump(view.staged(NEXT))["_now"]
    for days in ([4], [4, 4, 4, 5], [5, 5, 5, 5, 5, 6]):
        passing = iter(days)
        last = days[-1]
        compared = work(lambda passing=passing, last=last: day(next(passing, last))).compare(view)
        assert compared is not None
        assert (compared.differing, compared.digests["now"][0].rows) == (0, len(record.dump(view)["_now"]))
    assert record.dump(view)["_now"] == record.dump(view.staged(NEXT))["_now"]


@pytest.mark.parametrize("stage", [NEXT, FORMER])
def test_a_comparison_waits_for_a_projector_that_keeps_a_build_and_says_so_where_that_takes_too_long(
    record: Recording, database: Connections, stage: str
) -> None:
    history = some(record)
    view = record.live[0]
    record.prepare(view.staged(stage), history.base)
    url = f"{database.projector}&options=-c%20lock_timeout%3D50ms"
    work = Rebuild(url, [view], decode=record.decode, today=lambda: day(3))
    waiting = (
        "SELECT pid, query_start FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name LIKE 'fellowtrace%%' AND wait_event_type = 'Lock'"
    )
    attempts: set[tuple[int, object]] = set()
    compared: list[Comparison | None] = []

    def again() -> bool:
        attempts.update(record.owner.execute(waiting).fetchall())
        return len(attempts) > 1

    with closing(connect(database.projector)) as keeping, keeping.transaction():
        keeping.execute("SELECT FROM views.checkpoint WHERE view = %s AND stage = %s FOR UPDATE", (view.name, stage))
        with pytest.raises(StillAsked):
            work.compare(view, stage, patience=0)
        waits = threading.Thread(target=lambda: compared.append(work.compare(view, stage)))
        waits.start()
        assert eventually(again)
    waits.join(PATIENCE)
    assert [each and each.differing for each in compared] == [0]


class Marked(NamedTuple):
    """A mark, and how often one was given."""

    grade: Grade
    given: int


def test_of_another_version_the_columns_that_both_have_are_compared_over_all_days_and_what_was_known(
    record: Recording, rebuild: Callable[..., Rebuild]
) -> None:
    history = some(record)
    marks = record.live[1]

    def fold(state: Marked | None, fact: int) -> Marked | None:
        before = None if state is None else Mark(state.grade)
        after = marks.fold(before, fact)
        return None if after is None else Marked(after.grade, (state.given if state else 0) + 1)

    newer = replace(marks, version=3, state=Marked, fold=fold)
    record.prepare(newer.staged(NEXT), history.base)
    record.build([record.whole[1]], day(3))
    work = rebuild((newer,))
    compared = filled(work, newer)
    assert (compared.compared_with, compared.differing) == (2, 0)
    assert compared.rows > 0
    record.projector.execute("UPDATE views.mark_3_next SET grade = 'high' WHERE known_from = %s", (history.base + 2,))
    again = work.compare(newer)
    assert again is not None
    assert again.differing > 0
    assert again.sample == (f"{thing(2)} {G}",)


def test_what_was_remembered_of_one_build_is_not_taken_for_the_other(
    record: Recording, rebuild: Callable[..., Rebuild]
) -> None:
    history = some(record)
    begun(record, history)
    view, work = record.live[0], rebuild(record.live[:1])
    following = Engine(view, today=day(3))
    record.record([history.say(A, on=6)])
    record.follow(following, 5)
    work.fill(quiet)
    record.projector.execute("UPDATE views.trail_1_next SET said = 'other '")
    work.release(view, release(record, view, NEXT))
    record.record([history.say(A, on=6)])
    record.follow(following, 5)
    assert record.trail(history, A, on=6).startswith("other ")


def test_nor_where_a_batch_that_does_not_concern_the_view_comes_in_between(
    record: Recording, rebuild: Callable[..., Rebuild], database: Connections
) -> None:
    history = some(record)
    begun(record, history)
    view, work = record.live[1], rebuild(record.live[1:])
    with Projector(database.projector, record.live, decode=record.decode, today=lambda: day(3)) as projector:
        record.record([history.say(A, on=6)])
        projector.catch_up()
        work.fill(quiet)
        work.release(view, release(record, view, NEXT))
        record.projector.execute("DELETE FROM views.mark_1")
        record.projector.execute("DELETE FROM views.mark_1_now")
        record.projector.execute("DELETE FROM views.mark_1_fact")
        record.record([history.say(A, on=6, grade=4)])
        projector.catch_up()
        record.record([history.say(A, on=6)])
        projector.catch_up()
    told = view.as_of(day(6), history.base + len(history.entries))
    assert [row.thing_id for row in record.ask(sa.select(told))] == [A]


def test_what_comes_is_never_behind_what_goes(record: Recording, rebuild: Callable[..., Rebuild]) -> None:
    history = some(record)
    begun(record, history)
    view, work = record.live[0], rebuild(record.live[:1])
    work.fill(quiet)
    record.record([history.say(A, on=5)])
    record.build([view], day(3))
    assert stages(record, view) == {LIVE: history.base + 13, NEXT: history.base + 12}
    work.release(view, release(record, view, NEXT))
    assert stages(record, view) == {LIVE: history.base + 13, FORMER: history.base + 13}


def test_queries_go_on_while_builds_take_each_others_place_and_every_answer_is_of_one(
    record: Recording, rebuild: Callable[..., Rebuild], database: Connections
) -> None:
    history = some(record)
    begun(record, history)
    view, work = record.live[0], rebuild(record.live[:1])
    work.fill(quiet)
    for table in ("trail_1_next", "trail_1_next_now"):
        record.projector.execute(f"UPDATE views.{table} SET said = 'other'".encode())
    head = history.base + 12
    statements = (
        sa.select(view.as_of(day(6), head).c.said),
        sa.select(view.as_of(day(6), head, where={"group": G}).c.said),
        sa.select(view.now(today=day(3)).c.said),
    )
    queries = engine(database.api, size=3)
    enough, failures, answers = threading.Event(), list[BaseException](), list[bool]()

    def ask() -> None:
        try:
            while not enough.is_set():
                with queries.connect() as connection:
                    assert view.checkpoint(connection) == head
                    told = [row.said for statement in statements for row in connection.execute(statement)]
                    assert told
                    of_other = {said == "other" for said in told}
                    assert len(of_other) == 1
                    answers.append(of_other.pop())
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(12):
            work.release(view, release(record, view, FORMER if number else NEXT, position=number + 1))
            more = len(answers) + 20
            assert eventually(lambda more=more: len(answers) >= more or bool(failures))
    finally:
        enough.set()
        for thread in threads:
            thread.join(PATIENCE)
        queries.dispose()
    assert failures == []
    assert set(answers) == {True, False}
    assert len(answers) >= 240


def test_a_swap_waits_for_answers_that_are_being_given_and_breaks_none_off(
    record: Recording, rebuild: Callable[..., Rebuild], database: Connections
) -> None:
    history = some(record)
    begun(record, history)
    view, work = record.live[0], rebuild(record.live[:1])
    work.fill(quiet)
    released = threading.Thread(target=work.release, args=(view, release(record, view, NEXT)))
    with closing(psycopg.connect(database.api)) as reader:
        reader.execute("SELECT FROM views.trail_1")
        released.start()
        waiting = "SELECT FROM pg_stat_activity WHERE application_name LIKE '%%(release)' AND wait_event_type = 'Lock'"
        assert eventually(lambda: record.owner.execute(waiting).fetchone() is not None)
        # It holds what comes first in the alphabet, or waits for it: neither may keep a reader for long.
        assert reader.execute("SELECT count(*) FROM views.trail_1_now").fetchone() is not None
        assert stages(record, view).keys() == {LIVE, NEXT}
    released.join(PATIENCE)
    assert stages(record, view).keys() == {LIVE, FORMER}


def test_what_is_not_there_cannot_be_released_and_what_is_released_is_not_released_again(
    record: Recording, rebuild: Callable[..., Rebuild]
) -> None:
    history = some(record)
    begun(record, history)
    view, work = record.live[0], rebuild(record.live[:1])
    work.fill(quiet)
    of_another_version = builds(record.projector, view.name)[2, LIVE].id
    for build in (str(uuid4()), of_another_version):
        lost = release(record, view, NEXT)._replace(build=build)
        with pytest.raises(NoSuchBuild):
            work.release(view, lost)
        assert not work.released(lost)
    before, released = (release(record, view, stage) for stage in (LIVE, NEXT))
    for _ in range(2):
        work.release(view, released)
        assert work.released(released)
        assert stages(record, view).keys() == {LIVE, FORMER}
    work.release(view, before._replace(position=2))
    work.release(view, released)
    assert builds(record.projector, view.name)[1, LIVE].id == before.build


def test_a_rebuild_that_is_killed_in_the_middle_is_gone_on_with_and_ends_with_the_same_rows(
    database: Connections,
) -> None:
    with closing(Office(database)) as office:
        for _ in range(20):
            office.programme()
    view = kept()
    with (
        closing(connect(database.projector)) as connection,
        subprocess.Popen(
            [sys.executable, "-m", "tests.infra.rebuilding"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{database.projector}\n25\n")
        process.stdin.flush()
        assert process.stdout.readline() == "in the middle\n"
        process.kill()
        process.wait(PATIENCE)
        assert builds(connection, "kept")[1, NEXT].position == 20
        told: list[tuple[int, int]] = []
        work = Rebuild(database.projector, [view], batch=10)
        work.fill(lambda reached, to: told.append((reached, to)))
        assert told == [(20, 40), (30, 40), (40, 40)]
        build = builds(connection, "kept")[1, NEXT].id
        work.release(view, Release(1, "kept", 1, build, None, 0, None))
        work.fill(quiet)
        compared = work.compare(view)
    assert compared is not None
    assert compared.differing == 0
    assert compared.digests["segments"][0].rows == 40
    assert all(live == other for live, other in compared.digests.values())


def test_an_estimate_tells_events_bytes_and_time_and_leaves_nothing_behind(
    record: Recording, rebuild: Callable[..., Rebuild]
) -> None:
    tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'views'::regnamespace"
    before = record.owner.execute(tables).fetchone()
    history = record.begin()
    assert rebuild().estimate(record.live[0])[1:3] == (0, record_size(record, "trail_1"))
    for number in range(40):
        history.say(thing(number % 3 + 1), on=number % 7)
    record.record(history.entries)
    record.build(record.live, day(3))
    estimate = rebuild().estimate(record.live[0])
    assert estimate[:3] == ("trail 1", 40, record_size(record, "trail_1"))
    assert estimate.seconds is not None
    assert estimate.seconds > 0
    assert record.owner.execute(tables).fetchone() == before
    record.prepare(record.live[0].staged(NEXT), 30)
    assert rebuild().estimate(record.live[0]).events == 10
    assert rebuild((replace(record.live[0], name="new"),)).estimate(replace(record.live[0], name="new")).bytes is None


def record_size(record: Recording, base: str) -> int:
    """The bytes of the tables whose names begin so."""
    size = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname LIKE %s"
    row = record.owner.execute(size, (f"{base}%",)).fetchone()
    assert row is not None
    return int(row[0])


def test_the_checkpoints_of_an_older_database_are_kept(database: Connections) -> None:
    with closing(connect(database.projector)) as connection:
        connection.execute(
            "CREATE TABLE views.checkpoint (view text, version int, position bigint NOT NULL,"
            " rebuilt_to bigint NOT NULL DEFAULT 0, PRIMARY KEY (view, version))"
        )
        connection.execute("INSERT INTO views.checkpoint VALUES ('trail', 1, 7, 3)")
        Engine(trail(2), today=day(0)).create(connection)
        assert [(b.version, b.stage, b.position) for b in builds(connection, "trail").values()] == [
            (1, LIVE, 7),
            (2, LIVE, 0),
        ]
