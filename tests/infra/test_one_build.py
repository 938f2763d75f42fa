"""An answer is of the builds that it looked at: none takes the place of another once an answer has its coordinates."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from infra.following.rebuild import Rebuild
from infra.following.release import Release, StillAsked, swap
from infra.postgres.database import connect
from infra.settings import Connections
from infra.views.builds import NEXT, builds
from infra.views.reading import Behind, resolve
from infra.views.view import View
from tests.infra.histories import A, B, History, day, trail
from tests.infra.recording import Recording, recording

HELD = text("""
    SELECT relname FROM pg_locks JOIN pg_class ON pg_class.oid = relation
     WHERE pid = pg_backend_pid() AND mode = 'AccessShareLock' AND relkind = 'r'
""")
MANY = 8
"""More questions on one connection than the server plans one by one."""


@pytest.fixture
def record(database: Connections) -> Iterator[Recording]:
    with recording(database) as made:
        yield made


def told(record: Recording) -> History:
    """A recorded history that the live views have followed."""
    history = record.begin()
    history.say(A, on=1)
    history.say(B, on=2)
    record.record(history.entries)
    record.build(record.live, day(3))
    return history


def of(record: Recording, view: View[object]) -> Release:
    """That the next build of a view is released."""
    return Release(1, view.name, 1, builds(record.projector, view.name)[1, NEXT].id, 1, 0, None)


def test_where_an_answer_has_its_coordinates_its_views_are_held(record: Recording) -> None:
    told(record)
    for _ in range(MANY):
        with record.reader.connect() as connection:
            resolve(connection, record.live)
            assert {view.base for view in record.live} <= set(connection.execute(HELD).scalars())


def test_no_build_takes_the_place_of_one_that_an_answer_has_looked_at(record: Recording, database: Connections) -> None:
    history = told(record)
    view, *_ = record.live
    for each in record.live:
        record.prepare(each.staged(NEXT), history.base)
    work = Rebuild(database.projector, [view], decode=record.decode, today=lambda: day(3))
    work.fill(lambda reached, to: None)
    with connect(database.projector) as projector:
        with record.reader.connect() as connection:
            resolve(connection, [view])
            with pytest.raises(StillAsked):
                swap(projector, view, of(record, view), lambda stage, to: None, patience=0)
        swap(projector, view, of(record, view), lambda stage, to: None)


def test_a_view_that_is_not_there_is_behind_and_the_others_are_answered_from_the_same_connection(
    record: Recording,
) -> None:
    history = told(record)
    with record.reader.connect() as connection:
        for _ in range(2):
            with pytest.raises(Behind):
                resolve(connection, [trail(3), *record.live], patience=0)
            assert resolve(connection, record.live).known == history.base + 2


def test_a_view_that_is_taken_away_while_the_program_runs_is_behind(record: Recording, database: Connections) -> None:
    told(record)
    view, *_ = record.live
    with record.reader.connect() as connection:
        assert resolve(connection, [view])
    with connect(database.projector) as projector:
        projector.execute(f"DROP TABLE views.{view.base} CASCADE".encode())
        projector.execute("DELETE FROM views.checkpoint WHERE view = %s", (view.name,))
    with record.reader.connect() as connection, pytest.raises(Behind):
        resolve(connection, [view], patience=0)
