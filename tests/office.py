"""A programme office for tests: it records through the event log and asks the views, as the program does."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import date, datetime
from uuid import uuid4

from sqlalchemy import Connection

from domain import RULES
from domain.cohort import COHORT, CohortPlanned
from domain.event import Event, Stated
from domain.fellowship import FELLOWSHIP
from domain.fellowship_decisions import accept_place, defer, pause, start, take_up, withdraw
from domain.fellowship_events import PlaceConfirmed
from domain.fellowship_reasons import DeferralReason, PauseReason
from domain.person import PERSON, PersonRecorded
from domain.programme import PROGRAMME, ProgrammeEstablished, ProgrammeVersionAdopted
from domain.values import CohortId, FellowshipId, Happened, PersonId, ProgrammeId
from infra.following.projector import Projector
from infra.log.command import Command, Entering, Receipt
from infra.log.desk import Act, Desk
from infra.log.event_log import EventLog, Outcome
from infra.log.vault import Vault
from infra.postgres.database import engine, pool
from infra.settings import Connections
from projections import VIEWS

ACTOR = str(uuid4())
EARLY = Happened(date(2010, 1, 1))


class Office:
    """Everything that a test of facts and answers needs, in the words of the programme."""

    def __init__(self, database: Connections) -> None:
        self._api, self._keys = pool(database.api), pool(database.vault)
        self.vault = Vault(self._keys, database.secret)
        self.log = EventLog(self._api, self.vault, database.secret, RULES)
        self.engine = engine(database.api)
        self.projector = Projector(database.projector, VIEWS)
        self.recording_at: datetime | None = None

    def close(self) -> None:
        """Let go of every connection."""
        self.log.close()
        self.projector.close()
        self.engine.dispose()
        self._api.close()
        self._keys.close()

    def do(self, act: Act, *, entering: Entering = Entering.NOW) -> Receipt:
        """Record; raises what the record refuses."""
        return self.log.decide(self.command(entering), act)

    def attempt(self, act: Act) -> Outcome:
        """Record, or be told why not."""
        return self.log.decide_all([(self.command(), act)])[0]

    def command(self, entering: Entering = Entering.NOW) -> Command:
        """A command of its own."""
        stated = Stated(actor=ACTOR, reason="test")
        return Command("test", str(uuid4()), b"", stated, entering, recorded_at=self.recording_at)

    def programme(self) -> ProgrammeId:
        """A programme with a version."""
        programme = ProgrammeId.new()

        def act(desk: Desk) -> None:
            desk.record(PROGRAMME, programme, ProgrammeEstablished(code="QIF", title="Quality"), EARLY)
            desk.record(PROGRAMME, programme, ProgrammeVersionAdopted(programme_version="1"), EARLY)

        self.do(act)
        return programme

    def cohort(self, programme: ProgrammeId, starts: int, *, capacity: int | None = None) -> CohortId:
        """A cohort of a year, starting on 1 September."""
        cohort = CohortId.new()
        planned = CohortPlanned(
            programme_id=programme,
            programme_version="1",
            code=f"QIF-{starts}",
            starts_on=date(starts, 9, 1),
            ends_on=date(starts + 1, 8, 31),
            capacity=capacity,
        )
        self.do(lambda desk: desk.record(COHORT, cohort, planned, EARLY))
        return cohort

    def person(self) -> PersonId:
        """A person."""
        person = PersonId.new()
        recorded = PersonRecorded(person_id=person, name="Ada Fenner", email="ada@example.org")
        self.do(lambda desk: desk.record(PERSON, person, recorded, EARLY))
        return person

    def accepting(self, fellowship: FellowshipId, person: PersonId, cohort: CohortId, day: date) -> Act:
        """Accept a place."""

        def act(desk: Desk) -> None:
            event = accept_place(desk.fold(COHORT, cohort, on=day), person_id=person, cohort_id=cohort)
            desk.record(FELLOWSHIP, fellowship, event, Happened(day))

        return act

    def confirming(self, fellowship: FellowshipId, day: date) -> Act:
        """Confirm a place."""
        return self.stating(fellowship, day, PlaceConfirmed)

    def starting(self, fellowship: FellowshipId, cohort: CohortId, day: date) -> Act:
        """Start."""
        return lambda desk: desk.record(FELLOWSHIP, fellowship, start(desk.fold(COHORT, cohort, on=day)), Happened(day))

    def deferring(self, fellowship: FellowshipId, cohort: CohortId, day: date) -> Act:
        """Defer to another cohort."""

        def act(desk: Desk) -> None:
            target = desk.fold(COHORT, cohort, on=day)
            fellow = desk.fold(FELLOWSHIP, fellowship, on=day)
            event = defer(fellow, target, to_cohort_id=cohort, reason=DeferralReason.SERVICE_PRESSURE)
            desk.record(FELLOWSHIP, fellowship, event, Happened(day))

        return act

    def taking_up(self, fellowship: FellowshipId, cohort: CohortId, day: date) -> Act:
        """Take a deferred fellow up."""

        def act(desk: Desk) -> None:
            event = take_up(desk.fold(FELLOWSHIP, fellowship, on=day), desk.fold(COHORT, cohort, on=day))
            desk.record(FELLOWSHIP, fellowship, event, Happened(day))

        return act

    def withdrawing(self, fellowship: FellowshipId, day: date) -> Act:
        """Withdraw."""
        return lambda desk: desk.record(
            FELLOWSHIP, fellowship, withdraw(desk.fold(FELLOWSHIP, fellowship, on=day)), Happened(day)
        )

    def pausing(self, fellowship: FellowshipId, day: date) -> Act:
        """Pause."""

        def act(desk: Desk) -> None:
            event = pause(desk.fold(FELLOWSHIP, fellowship, on=day), reason=PauseReason.PARENTAL_LEAVE)
            desk.record(FELLOWSHIP, fellowship, event, Happened(day))

        return act

    def stating(self, fellowship: FellowshipId, day: date, fact: Callable[[], Event]) -> Act:
        """Record a fact of a fellowship that asks nothing of its history."""
        return lambda desk: desk.record(FELLOWSHIP, fellowship, fact(), Happened(day))

    def retracting(self, fellowship: FellowshipId, version: int) -> Act:
        """Mark an entry as entered in error."""
        return lambda desk: desk.retract(FELLOWSHIP, fellowship, version)

    def known(self) -> int:
        """The position that every view has reached, once they have caught up."""
        return self.projector.catch_up()

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """The views, caught up."""
        self.known()
        with self.engine.connect() as connection:
            yield connection
