"""What one view alone meets keeps none of the others from going on."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from random import Random
from typing import NamedTuple
from unittest.mock import patch

import psycopg

from domain.event import Recorded
from infra.following.projector import Projector
from infra.settings import Connections
from infra.views.engine import Engine
from infra.views.view import Routed, View
from tests.infra.followers import eventually, following, reached, some
from tests.infra.histories import A, B, C, Said, ThingId, day, thing
from tests.infra.recording import Recording
from tests.infra.test_parking import waiting


class Long(NamedTuple):
    """What is indexed of a state, and may be longer than an index takes."""

    said: str


def route(recorded: Recorded) -> Iterator[Routed]:
    if isinstance(recorded.event, Said):
        for each in recorded.event.things:
            yield Routed((each,), recorded.day, recorded.event.serial)


def fold(_: Long | None, serial: int) -> Long:
    return Long("".join(Random(serial).choices("0123456789abcdefghijklmnop", k=20_000 if serial == 4 else 9)))


LONG = View(name="long", version=1, key={"thing_id": ThingId}, state=Long, route=route, fold=fold, ever=("said",))


def test_a_row_that_the_database_cannot_hold_stops_its_own_key_alone(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history = record.begin()
    record.prepare(LONG, history.base)
    for number in range(9):
        history.say(thing(number % 3 + 1), on=number)
    record.record(history.entries)
    with projector((LONG, *record.live)) as followed:
        assert followed.catch_up() == history.base + 9
        assert list(waiting(record, LONG)) == [f'["{B}"]']
    assert [record.trail(history, each, on=9) for each in (A, B, C)] == ["S0 S3 S6", "S1 S4 S7", "S2 S5 S8"]


def at(record: Recording, view: View[object]) -> int:
    """Where a view has come to."""
    found = record.projector.execute(
        "SELECT position FROM views.checkpoint WHERE view = %s AND version = 1", [view.name]
    )
    return found.fetchall()[0][0]


def test_a_table_that_is_locked_holds_up_its_own_view_alone(record: Recording, database: Connections) -> None:
    history = some(record)
    url = f"{database.projector}&options=-c%20lock_timeout%3D50ms"
    with (
        Projector(url, record.live, decode=record.decode, today=lambda: day(3)) as followed,
        following(followed),
        closing(psycopg.connect(database.projector)) as maintenance,
    ):
        assert eventually(lambda: reached(record, history.base + 12))
        trail, mark = record.live
        maintenance.execute("LOCK TABLE views.trail_1_fact IN SHARE MODE")
        record.record([history.say(A, on=1)])
        assert eventually(lambda: at(record, mark) == history.base + 13)
        assert at(record, trail) == history.base + 12
        maintenance.rollback()
        assert eventually(lambda: at(record, trail) == history.base + 13)


def test_a_view_that_cannot_be_brought_to_a_new_day_holds_up_none_of_the_others(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history = some(record)
    trail, mark = record.live
    roll = Engine.roll

    def broken(self: Engine, connection: psycopg.Connection[object], today: date) -> int:
        if self.view.name == mark.name:
            raise ZeroDivisionError
        return roll(self, connection, today)

    with projector() as followed, patch.object(Engine, "roll", broken):
        followed.catch_up()
        assert (at(record, trail), at(record, mark)) == (history.base + 12, history.base)
