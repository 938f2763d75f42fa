"""The peer: the same fellowship's record as the eventsourcing library keeps it, on the same server."""

from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import ApplicationSubscription, Projection, ProjectionRunner
from psycopg.sql import SQL, Identifier


class Registration(Aggregate):
    """A registration for credit, and the work laid before it."""

    @event("Registered")
    def __init__(self, fellowship_id: UUID, person_id: UUID) -> None:
        self.fellowship_id = fellowship_id
        self.person_id = person_id
        self.submitted = 0

    @event("WorkSubmitted")
    def submit(self, cohort_id: UUID, work_id: UUID, happened: str, actor: UUID) -> None:
        """Lay a piece of work before the university."""
        self.submitted += 1


class Registrations(Application[UUID]):
    """The library's application: load, decide, save."""

    name = "registrations"

    def register(self) -> UUID:
        """A registration with nine pieces of work: ten events."""
        registration = Registration(uuid4(), uuid4())
        for _ in range(9):
            registration.submit(uuid4(), uuid4(), "2014-04-12", uuid4())
        self.save(registration)
        return registration.id

    def submit(self, registration_id: UUID, times: int = 1) -> None:
        """Load, submit, save."""
        registration: Registration = self.repository.get(registration_id)
        for _ in range(times):
            registration.submit(uuid4(), uuid4(), "2014-04-12", uuid4())
        self.save(registration)


def environment(url: str) -> dict[str, str]:
    """The library's settings for a server behind a URL."""
    parts = urlsplit(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path.lstrip("/"),
        "POSTGRES_HOST": parse_qs(parts.query)["host"][0],
        "POSTGRES_PORT": "5432",
        "POSTGRES_USER": parts.username or "",
        "POSTGRES_PASSWORD": parts.password or "",
    }


def replayed(application: Registrations, least: int) -> int:
    """Read the library's log into its events, up to a position."""
    read = 0
    with ApplicationSubscription(application, gt=0) as subscription:
        for _, tracking in subscription:
            read += 1
            if tracking.notification_id >= least:
                break
    return read


class CountsRecorder(PostgresTrackingRecorder):
    """One row a registration: how many pieces of work, in the transaction of the tracking record."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.counts = f"{self.tracking_table_name}_counts"

    def create_table(self) -> None:
        """Make the library's tables, and the one for the counts."""
        super().create_table()
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(
                SQL("CREATE TABLE IF NOT EXISTS {} (id uuid PRIMARY KEY, submitted int NOT NULL)").format(
                    Identifier(self.counts)
                )
            )

    def count(self, registration_id: UUID, tracking: Tracking) -> None:
        """Add one piece of work to a registration."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(
                SQL(
                    "INSERT INTO {} AS c VALUES (%s, 1) ON CONFLICT (id) DO UPDATE SET submitted = c.submitted + 1"
                ).format(Identifier(self.counts)),
                (registration_id,),
            )
            self._insert_tracking(cursor, tracking)


class Counts(Projection[CountsRecorder]):
    """The fold of the view that is measured beside it, without history."""

    name = "counts"

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Whatever it is, it counts: the fold is the same for every event."""
        self.view.count(domain_event.originator_id, tracking)


def projected(url: str, least: int, name: str) -> int:
    """Project the library's log from its beginning, up to a position, with the library's runner."""
    Counts.name = name
    with ProjectionRunner(
        application_class=Registrations, projection_class=Counts, view_class=CountsRecorder, env=environment(url)
    ) as runner:
        runner.wait(least, timeout=600)
    return least
