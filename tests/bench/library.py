"""The peer: the same registrations as the eventsourcing library keeps them, on the same server."""

from collections.abc import Sequence
from time import perf_counter
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

TUNED = {"POSTGRES_ENABLE_DB_FUNCTIONS": "y", "AGGREGATE_CACHE_MAXSIZE": "50000"}
"""What the library offers to be faster: its functions in the database, and aggregates kept and read on from."""


class Registration(Aggregate):
    """A registration for credit, and the work laid before it."""

    @event("Registered")
    def __init__(self, fellowship_id: UUID, person_id: UUID) -> None:
        self.fellowship_id = fellowship_id
        self.person_id = person_id
        self.deregistered = False
        self.submitted = 0

    @event("WorkSubmitted")
    def submit(self, cohort_id: UUID, work_id: UUID, happened: str, actor: UUID) -> None:
        """Lay a piece of work before the university."""
        self.submitted += 1


class Registrations(Application[UUID]):
    """The library's application: load, decide, save."""

    name = "registrations"

    def register(self, count: int, events: int = 10) -> list[UUID]:
        """Registrations of so many events each."""
        made = [Registration(uuid4(), uuid4()) for _ in range(count)]
        for registration in made:
            for _ in range(events - 1):
                registration.submit(uuid4(), uuid4(), "2014-04-12", uuid4())
        for first in range(0, count, 10):
            self.save(*made[first : first + 10])
        return [registration.id for registration in made]

    def submit(self, registration_id: UUID, times: int = 1) -> None:
        """Load, submit, save."""
        registration: Registration = self.repository.get(registration_id)
        for _ in range(times):
            registration.submit(uuid4(), uuid4(), "2014-04-12", uuid4())
        self.save(registration)


def environment(url: str, *, pool: int = 10) -> dict[str, str]:
    """The library's settings for a server behind a URL: its defaults, and a pool that no caller waits for."""
    parts = urlsplit(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path.lstrip("/"),
        "POSTGRES_HOST": parse_qs(parts.query)["host"][0],
        "POSTGRES_PORT": "5432",
        "POSTGRES_USER": parts.username or "",
        "POSTGRES_PASSWORD": parts.password or "",
        "POSTGRES_POOL_SIZE": str(pool),
    }


def filled(application: Registrations, least: int) -> int:
    """Let the library's log hold at least so many events; how many it holds."""
    while (head := application.recorder.max_notification_id() or 0) < least:
        application.register(-(-(least - head) // 10))
    return head


def replayed(application: Registrations, least: int) -> int:
    """Read the library's log into its events, from its beginning up to a position."""
    read = 0
    with ApplicationSubscription(application, gt=0) as subscription:
        for _, tracking in subscription:
            read += 1
            if tracking.notification_id >= least:
                break
    return read


class ActivityRecorder(PostgresTrackingRecorder):
    """One row a registration, written in the transaction of the tracking record: the fold, and no history."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = f"{self.tracking_table_name}_rows"

    def create_table(self) -> None:
        """Make the library's tables, and the one for the rows."""
        super().create_table()
        with self.datastore.transaction(commit=True) as cursor:
            for statement in self._statements():
                cursor.execute(statement)

    def add(self, registration_id: UUID, cohort_id: UUID | None, tracking: Tracking) -> None:
        """Add one entry to a registration, and the cohort that it names."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(
                SQL(
                    "INSERT INTO {} AS r VALUES (%s, 1, %s) ON CONFLICT (id) DO UPDATE"
                    " SET entries = r.entries + 1, cohort_id = coalesce(EXCLUDED.cohort_id, r.cohort_id)"
                ).format(Identifier(self.rows)),
                (registration_id, cohort_id),
            )
            self._insert_tracking(cursor, tracking)

    def _statements(self) -> Sequence[Any]:
        table = Identifier(self.rows)
        return (
            SQL("CREATE TABLE IF NOT EXISTS {} (id uuid PRIMARY KEY, entries int NOT NULL, cohort_id uuid)").format(
                table
            ),
            SQL("CREATE INDEX IF NOT EXISTS {} ON {} (cohort_id)").format(Identifier(f"{self.rows}_cohort"), table),
        )


class Activities(Projection[ActivityRecorder]):
    """The fold of the view that is measured beside it."""

    name = "activities"
    begun = 0.0

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Whatever it is, it counts: the fold is the same for every event."""
        Activities.begun = Activities.begun or perf_counter()
        self.view.add(domain_event.originator_id, getattr(domain_event, "cohort_id", None), tracking)


def projected(url: str, least: int, name: str) -> float:
    """Project the library's log from its beginning, up to a position, with the library's runner, into rows anew.

    Returns events a second from the first event on, so that starting the runner does not count.
    """
    Activities.name, Activities.begun = name, 0.0
    with ProjectionRunner(
        application_class=Registrations, projection_class=Activities, view_class=ActivityRecorder, env=environment(url)
    ) as runner:
        runner.wait(least, timeout=600)
        return least / (perf_counter() - Activities.begun)
