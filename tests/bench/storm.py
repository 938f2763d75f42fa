"""Correction storms: what the thousandth correction of one person's history costs, against the first ones.

What is told is processor time, of this process and of the server's for it, and no wall time: what else the machine does
does not count.
"""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import blake2b
from pathlib import Path
from random import Random
from time import process_time_ns
from typing import Any, NamedTuple
from uuid import uuid4

import sqlalchemy as sa
from psycopg import Connection
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from domain.event import Event, Recorded, Stated
from domain.fellowship import FELLOWSHIP
from domain.fellowship_events import (
    FellowshipPaused,
    FellowshipResumed,
    FellowshipStarted,
    PlaceAccepted,
    PlaceConfirmed,
    PlaceOffered,
)
from domain.fellowship_reasons import PauseReason
from domain.values import CohortId, FellowshipId, Happened, Id, PersonId, ProgrammeId
from infra.following.projector import Projector
from infra.log.command import Entering
from infra.log.desk import Desk
from infra.postgres.database import connect
from infra.postgres.server import Server
from infra.views.answers import PLANNED_ONCE
from infra.views.view import Routed, View
from projections.standing import STANDING
from tests.bench.machine import administrator, migrated
from tests.bench.measured import Goal, Line, line
from tests.bench.ours import Ours
from tests.bench.scale import Scale

STORM = 17
"""The number of its entry; the goals have no such line."""
PAUSES = 20
"""Of the person, each ended before the next: some fifty facts in all."""
BEGINS = date(2013, 9, 1)
SAMPLE = 20
"""Of the first and of the last corrections so many are told: the median of what each of them cost."""
BATCH = 50
"""Corrections that the views which follow in batches take at once."""
ASKED = 100
"""Questions about the person, before and after."""
GOALS = {"command": 3, "view": 3, "views in batches": 3, "as of": 2}
"""How many times as much the last may cost as the first."""
_SERVERS = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"


class Told(NamedTuple):
    """All that was said of a stream, in order, as a digest: whatever is changed changes all that comes after it."""

    entries: int
    said: str


def route(recorded: Recorded) -> Iterator[Routed]:
    """Every event concerns the stream it lies in."""
    yield Routed((recorded.key,), recorded.day, recorded)


def fold(state: Told | None, fact: Recorded) -> Told:
    """One entry more."""
    entries, said = (0, "") if state is None else state
    return Told(entries + 1, blake2b(repr((said, fact.day, fact.event)).encode(), digest_size=16).hexdigest())


TRAIL = View(name="bench_trail", version=1, key={"subject_id": Id}, state=Told, route=route, fold=fold)
"""The worst of views for corrections: each makes new segments from its day to the end of the history."""
VIEWS: tuple[View[Any], ...] = (STANDING, TRAIL)


Act = Callable[[Desk], None]


@dataclass
class Person:
    """A fellowship of some fifty facts, and the versions at which it says when each pause began."""

    fellowship: FellowshipId = field(default_factory=FellowshipId.new)
    person: PersonId = field(default_factory=PersonId.new)
    pauses: list[tuple[int, date]] = field(default_factory=list[tuple[int, date]])
    version: int = 0

    def beginning(self, cohort: CohortId) -> Act:
        """Enter the facts."""
        programme = ProgrammeId.new()
        place = {"person_id": self.person, "cohort_id": cohort, "programme_id": programme}

        def act(desk: Desk) -> None:
            def say(event: Event, day: date) -> None:
                desk.record(FELLOWSHIP, self.fellowship, event, Happened(day))
                self.version += 1

            say(PlaceOffered.model_validate(place), BEGINS - timedelta(days=60))
            say(PlaceAccepted.model_validate(place), BEGINS - timedelta(days=50))
            say(PlaceConfirmed(), BEGINS - timedelta(days=40))
            say(FellowshipStarted(), BEGINS)
            for number in range(PAUSES):
                day = BEGINS + timedelta(days=10 + 30 * number)
                say(self._pause(PauseReason.OTHER), day)
                self.pauses.append((self.version, day))
                say(FellowshipResumed(), day + timedelta(days=15))

        return act

    def restating(self, number: int, which: int) -> Act:
        """Correct when a pause began, by some days to and fro, and why it did."""

        def act(desk: Desk) -> None:
            version, day = self.pauses[which]
            event = self._pause(list(PauseReason)[number % len(PauseReason)])
            moved = Happened(day + timedelta(days=number % 7 - 3))
            desk.correct(FELLOWSHIP, self.fellowship, version, event, moved)
            self.version += 1
            self.pauses[which] = self.version, day

        return act

    def undoing(self, _: int) -> Act:
        """Take back the last entry of all, which may itself have taken back another."""

        def act(desk: Desk) -> None:
            desk.retract(FELLOWSHIP, self.fellowship, self.version)
            self.version += 1

        return act

    def _pause(self, reason: PauseReason) -> FellowshipPaused:
        return FellowshipPaused(person_id=self.person, reason=reason)


STORMS: Mapping[str, Callable[[Person, int], Act]] = {
    "one fact": lambda person, number: person.restating(number, 1),
    "all facts": lambda person, number: person.restating(number, number % PAUSES),
    "to and fro": Person.undoing,
}
"""The same fact again and again; one fact after the other; and a fact taken back, that taken back, that again."""


class Storm:
    """A person whose history is corrected, and the views that follow: two at once, and the same two in batches."""

    def __init__(self, ours: Ours, connection: Connection[Any], reader: Connection[Any]) -> None:
        self._ours, self._connection, self._reader = ours, connection, reader
        self._dialect = PGDialect_psycopg()

    def blow(self, correcting: Callable[[Person, int], Act], corrections: int) -> Mapping[str, float]:
        """The cost of the last corrections as times that of the first, and of the first in ms."""
        url = self._ours.database.projector
        later = [replace(view, name=f"{view.name}_in_batches") for view in VIEWS]
        with Projector(url, VIEWS) as projector, Projector(url, later, batch=BATCH) as batches:
            for count in (SAMPLE, corrections):
                # The first is to have every statement prepared, and counts for nothing.
                person = Person()
                self._decide(person.beginning(self._ours.cohort))
                projector.catch_up()
                batches.catch_up()
                asked = self._questions(person, self._head(), self._head())
                self._ask(asked)
                before, since = self._burnt(lambda asked=asked: self._ask(asked)), self._head()
                commands: list[float] = []
                heads: list[float] = []
                for number in range(count):
                    act = correcting(person, number)
                    commands.append(self._burnt(lambda act=act: self._decide(act)))
                    heads.append(self._burnt(projector.catch_up))
                steps: list[float] = []
                while batches.positions()[later[0].title] < self._head():
                    steps.append(self._burnt(batches.step))
                asked = self._questions(person, since, self._head())
                self._ask(asked)
                after = self._burnt(lambda asked=asked: self._ask(asked))
        first, few = min(SAMPLE, corrections), max(1, SAMPLE // BATCH)
        return {
            "command": _last(commands, first),
            "view": _last(heads, first),
            "views in batches": _last(steps[: len(commands) // BATCH or 1], few),
            "as of": after / before,
            "ms of a command": statistics.median(commands[:first]),
            "ms of the views": statistics.median(heads[:first]),
            "ms as of": before / ASKED,
        }

    def _decide(self, act: Act) -> None:
        stated = Stated(actor=str(uuid4()), source="bench", reason="entered_wrongly")
        self._ours.log.decide(self._ours.command()._replace(stated=stated, entering=Entering.IMPORT), act)

    def _questions(self, person: Person, since: int, until: int) -> list[tuple[bytes, Any]]:
        """What each view tells of the person on random days, as known at random positions between, and at the end."""
        random, asked = Random(since), list[tuple[bytes, Any]]()
        for number in range(ASKED):
            known = until if number % 2 else random.randint(since, until)
            for view in VIEWS:
                day = BEGINS + timedelta(days=random.randrange(-60, 700))
                told = sa.select(view.as_of(day, known, keys=[(person.fellowship,)]))
                compiled = told.compile(dialect=self._dialect)
                asked.append((str(compiled).encode(), compiled.construct_params()))
        return asked

    def _ask(self, asked: Sequence[tuple[bytes, Any]]) -> None:
        for text, parameters in asked:
            self._reader.execute(text, parameters, prepare=True).fetchall()

    def _head(self) -> int:
        ((head,),) = self._connection.execute("SELECT log.head()").fetchall()
        return int(head)

    def _burnt(self, work: Callable[[], object]) -> float:
        """Milliseconds of processor time that a piece of work takes."""
        before = self._burning()
        work()
        return (self._burning() - before) / 1e6

    def _burning(self) -> int:
        servers = self._connection.execute(_SERVERS).fetchall()
        return process_time_ns() + sum(_ran(pid) for (pid,) in servers)


def storms(server: Server, scale: Scale) -> Iterator[Line]:
    """Each storm over a person of its own; of each cost the worst of all storms is what counts."""
    database = migrated(server, "storm")
    with (
        closing(Ours(database)) as ours,
        administrator(server, "storm") as connection,
        closing(connect(database.api, plan_cache_mode=PLANNED_ONCE)) as reader,
    ):
        found = {name: Storm(ours, connection, reader).blow(act, scale.corrections) for name, act in STORMS.items()}
    worst = {what: max(each[what] for each in found.values()) for what in next(iter(found.values()))}
    each = {f"{what}, {name}": figures[what] for name, figures in found.items() for what in GOALS}
    goals = [Goal(what, most, most=True) for what, most in GOALS.items()]
    size = f"{scale.corrections:,} corrections of a person of {4 + 2 * PAUSES} facts"
    ours_worst = {"ours": [max(worst[what] for what in GOALS)]}
    yield line(STORM, "the last correction over the first", "times", ours_worst, goals, size=size, further=worst | each)


def _last(figures: Sequence[float], count: int) -> float:
    """The last ones as times the first."""
    return statistics.median(figures[-count:]) / statistics.median(figures[:count])


def _ran(pid: int) -> int:
    """Nanoseconds that a process of the server has run for; 0 once it has gone."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    except FileNotFoundError:
        return 0
