"""The histories that a process keeps: no more of them than it may, and each as the log has it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from uuid import uuid4

import pytest

from domain.event import Event, Stated
from domain.refusal import StillReliedOn
from domain.stream import Stream
from domain.values import Happened, Id, Phase
from infra.log.command import Command
from infra.log.desk import Act
from infra.log.event_log import EventLog
from infra.log.timelines import Timelines
from infra.log.vault import Vault
from infra.postgres.database import pool
from infra.settings import Connections
from tests.infra.submissions import brought_under


class JarId(Id):
    """A jar, for these tests."""

    stream = "test_jar"


class ShelfId(Id):
    """A shelf, for these tests."""

    stream = "test_shelf"


class JarFilled(Event):
    """A jar was filled."""

    kind = "test.timelines.filled"
    phase = Phase.OPENS
    shelf: str
    weight: int


class JarsSet(Event):
    """Jars were set on a shelf."""

    kind = "test.timelines.set"
    jars: tuple[JarId, ...]


@dataclass(frozen=True)
class Held:
    weight: int = 0
    jars: tuple[JarId, ...] = ()


def evolve(held: Held, event: JarFilled | JarsSet, day: date) -> Held:
    match event:
        case JarFilled(weight=weight):
            return replace(held, weight=weight)
        case JarsSet(jars=jars):
            return replace(held, jars=jars)


def guards(held: Held, event: JarFilled | JarsSet) -> Iterator[str]:
    if isinstance(event, JarFilled):
        yield f"shelf:{event.shelf}"


JAR = Stream(JarId.stream, Held(), evolve, guards)
SHELF = Stream(ShelfId.stream, Held(), evolve)
DAY = Happened(date(2014, 4, 1))


@pytest.fixture
def log(database: Connections) -> Iterator[EventLog]:
    brought_under(database, [])
    with (
        closing(pool(database.api)) as api,
        closing(pool(database.vault)) as keys,
        closing(EventLog(api, Vault(keys, database.secret), database.secret, [])) as event_log,
    ):
        yield event_log


def do(log: EventLog, act: Act) -> None:
    log.decide(Command("test", str(uuid4()), b"", Stated(actor=str(uuid4()), reason="test")), act)


def filled(log: EventLog, shelf: str, weight: int) -> JarId:
    jar = JarId.new()
    do(log, lambda desk: desk.record(JAR, jar, JarFilled(shelf=shelf, weight=weight), DAY))
    return jar


def test_what_was_not_used_for_longest_is_let_go_and_read_again(log: EventLog, database: Connections) -> None:
    jars = {shelf: [filled(log, shelf, 3), filled(log, shelf, 5)] for shelf in ("low", "middle", "high")}
    with closing(pool(database.api)) as api:
        timelines = Timelines(api, hold=6, sets=2)
        for shelf in ("low", "middle", "high", "low"):
            seen, members = timelines.members(JAR, f"shelf:{shelf}")
            assert seen > 0
            assert {name: history.at(None).weight for name, history in members.items()} == {
                JAR.of(jar): weight for jar, weight in zip(jars[shelf], (3, 5), strict=True)
            }
            assert timelines.kept <= (6, 2)
        assert timelines.kept == (6, 2)


def test_a_history_weighs_what_it_has_entries(log: EventLog, database: Connections) -> None:
    jar, others = filled(log, "low", 0), [filled(log, "low", 1) for _ in range(3)]
    for entry in (1, 2):
        do(log, lambda desk, at=entry: desk.correct(JAR, jar, at, JarFilled(shelf="low", weight=at), DAY))
    with closing(pool(database.api)) as api:
        timelines = Timelines(api, hold=9)
        timelines.read(JAR, [JAR.of(jar)])
        timelines.read(JAR, [JAR.of(each) for each in others])
        assert timelines.kept == (6, 0)
        assert timelines.held(JAR, JAR.of(jar)) is None
        timelines.forget()
        assert timelines.kept == (0, 0)


def test_a_thing_named_among_others_is_relied_on(log: EventLog) -> None:
    first, second, third = (filled(log, "low", weight) for weight in (1, 2, 3))
    shelf = ShelfId.new()
    do(log, lambda desk: desk.record(SHELF, shelf, JarsSet(jars=(first, second)), DAY))
    for jar in (first, second):
        with pytest.raises(StillReliedOn) as refused:
            do(log, lambda desk, jar=jar: desk.retract(JAR, jar, 1))
        assert [fact.stream for fact in refused.value.facts] == [SHELF.of(shelf)]
    do(log, lambda desk: desk.retract(JAR, third, 1))
    do(log, lambda desk: desk.correct(SHELF, shelf, 1, JarsSet(jars=(second,)), DAY))
    do(log, lambda desk: desk.retract(JAR, first, 1))


def test_a_history_that_was_changed_often_is_what_the_log_holds(log: EventLog, database: Connections) -> None:
    jar, weights = filled(log, "low", 0), [0]
    for weight in range(1, 9):
        entry = 1 if weight == 1 else weight
        do(
            log,
            lambda desk, said=weight, at=entry: desk.correct(JAR, jar, at, JarFilled(shelf="low", weight=said), DAY),
        )
        do(log, lambda desk: weights.append(desk.fold(JAR, jar).weight))
    do(log, lambda desk: desk.retract(JAR, jar, 9))
    do(log, lambda desk: weights.append(desk.fold(JAR, jar).weight))
    do(log, lambda desk: desk.retract(JAR, jar, 10))
    do(log, lambda desk: weights.append(desk.fold(JAR, jar).weight))
    assert weights == [0, 1, 2, 3, 4, 5, 6, 7, 8, 7, 8]
    with closing(pool(database.api)) as api:
        anew = Timelines(api).get(JAR, JAR.of(jar))
    assert (anew.version, anew.at(None).weight) == (11, 8)
