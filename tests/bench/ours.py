"""Our side: registrations for credit through the event log, with everything that the product does on the way."""

import os
from asyncio import gather
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date
from itertools import islice
from threading import Thread
from time import perf_counter
from typing import Any
from uuid import uuid4

import uvloop

from domain import RULES
from domain.accreditation import ACCREDITATION, RegisteredForCredit, WorkSubmitted
from domain.cohort import COHORT, CohortPlanned, WorkSet
from domain.cohort_state import WorkForm
from domain.event import Stated
from domain.programme import PROGRAMME, ProgrammeEstablished, ProgrammeVersionAdopted
from domain.values import AccreditationId, CohortId, FellowshipId, Happened, PersonId, ProgrammeId, WorkId
from infra.log.command import Command, Receipt
from infra.log.desk import Act, Desk
from infra.log.event_log import EventLog
from infra.log.vault import Vault
from infra.postgres.database import pool
from infra.settings import Connections
from tests.bench.record import Fact
from tests.bench.written import Writer

APRIL, EARLY = Happened(date(2014, 4, 12)), Happened(date(2013, 1, 1))
EVENTS = 10
"""Of each registration, before anything is measured."""


class Ours:
    """An event log over a database, and the cohort whose work is submitted to it."""

    def __init__(self, database: Connections) -> None:
        self.database = database
        self.api, self.keys = pool(database.api), pool(database.vault)
        self.vault = Vault(self.keys, database.secret)
        self.log = EventLog(self.api, self.vault, database.secret, RULES)
        self.cohort, self.work = CohortId.new(), WorkId.new()
        self.log.decide(self.command(), self._cohort)

    def close(self) -> None:
        """Let go of every connection."""
        self.log.close()
        self.api.close()
        self.keys.close()

    def command(self) -> Command:
        """A command with an id of its own."""
        return Command("bench", str(uuid4()), os.urandom(64), Stated(actor=str(uuid4()), source="bench"))

    def registrations(self, count: int) -> list[AccreditationId]:
        """Registrations of ten events each, which this process has not read yet."""
        made = [AccreditationId.new() for _ in range(count)]
        with Writer(self.database, principal="bench") as writer:
            writer.write(fact for each in made for fact in self._registration(each))
        return made

    def read(self, registrations: Sequence[AccreditationId]) -> None:
        """Have registrations at hand, as those are that somebody works on."""
        self.log.read_ahead([(ACCREDITATION, each) for each in registrations])

    def submit(self, registration: AccreditationId, times: int = 1) -> None:
        """One command: fold the registration, decide, append work so many times."""
        self.log.decide(self.command(), self.submitting(registration, times))

    async def submitted(self, registration: AccreditationId) -> None:
        """The same once, for a caller on an event loop, as the program's own are."""
        await self.log.deciding(self.command(), self.submitting(registration))

    def submitting(self, registration: AccreditationId, times: int = 1) -> Act:
        """Fold the registration, submit work."""

        def act(desk: Desk) -> None:
            desk.fold(ACCREDITATION, registration, on=APRIL.day)
            for _ in range(times):
                desk.record(ACCREDITATION, registration, self._submission(), APRIL)

        return act

    def imported(self, registrations: Sequence[AccreditationId]) -> None:
        """One call of the import's way: a command for each registration, in one commit."""
        self.read(registrations)
        outcomes = self.log.decide_all([(self.command(), self.submitting(each)) for each in registrations])
        assert all(isinstance(outcome, Receipt) for outcome in outcomes)

    def _submission(self) -> WorkSubmitted:
        return WorkSubmitted(cohort_id=self.cohort, work_id=self.work)

    def _registration(self, registration: AccreditationId) -> Iterator[Fact]:
        registered = RegisteredForCredit(fellowship_id=FellowshipId.new(), person_id=PersonId.new())
        yield Fact(EARLY.day, ACCREDITATION, registration, registered, EARLY.day)
        for _ in range(EVENTS - 1):
            yield Fact(APRIL.day, ACCREDITATION, registration, self._submission(), APRIL.day)

    def _cohort(self, desk: Desk) -> None:
        programme = ProgrammeId.new()
        established, version = ProgrammeEstablished(code="QIF", title="Quality"), "1"
        desk.record(PROGRAMME, programme, established, EARLY)
        desk.record(PROGRAMME, programme, ProgrammeVersionAdopted(programme_version=version), EARLY)
        starts, ends = date(2013, 9, 1), date(2014, 8, 31)
        planned = CohortPlanned(
            programme_id=programme, programme_version=version, code="QIF-2013", starts_on=starts, ends_on=ends
        )
        desk.record(COHORT, self.cohort, planned, EARLY)
        asked = WorkSet(work_id=self.work, title="Improvement report", form=WorkForm.PROJECT_REPORT, due_on=ends)
        desk.record(COHORT, self.cohort, asked, EARLY)


def awaiting(callers: int, works: Sequence[Any], call: Callable[[Any], Awaitable[object]]) -> tuple[float, list[float]]:
    """Share works out among so many callers on one event loop; seconds until all are done, and ms each call took."""
    took: list[float] = []

    async def caller(number: int) -> None:
        for work in islice(works, number, None, callers):
            begun = perf_counter()
            await call(work)
            took.append((perf_counter() - begun) * 1_000)

    async def all_of_them() -> float:
        begun = perf_counter()
        await gather(*map(caller, range(callers)))
        return perf_counter() - begun

    return uvloop.run(all_of_them()), took


def calling(callers: int, works: Sequence[Any], call: Callable[[Any], object]) -> tuple[float, list[float]]:
    """Share works out among so many threads of this process; seconds until all are done, and ms each call took."""
    took: list[list[float]] = [[] for _ in range(callers)]
    failed: list[BaseException] = []

    def caller(number: int) -> None:
        try:
            for work in islice(works, number, None, callers):
                begun = perf_counter()
                call(work)
                took[number].append((perf_counter() - begun) * 1_000)
        except BaseException as error:
            failed.append(error)

    threads = [Thread(target=caller, args=(number,)) for number in range(callers)]
    begun = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = perf_counter() - begun
    if failed:
        raise failed[0]
    return seconds, [each for some in took for each in some]
