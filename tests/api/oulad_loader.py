"""A record that small folders of Open University data are loaded into, for tests of loading."""

from collections.abc import Iterable
from contextlib import closing
from datetime import date
from pathlib import Path

from psycopg.sql import SQL, Identifier

from api.oulad.files import read_folder
from api.oulad.load import load
from api.oulad.report import Report
from domain.event import Recorded
from infra.log.external import identifiers
from infra.log.reading import COLUMNS, decode
from infra.postgres.database import connect, pool
from infra.settings import Connections
from infra.views.reading import At
from projections.cohort import cohorts
from projections.standing import Attribution, standing
from tests.office import Office


class Loader:
    """A record, and what is needed to load folders into it and to look at what came of it."""

    def __init__(self, database: Connections) -> None:
        self.office = Office(database)
        self.pool = pool(database.api)
        self.connections = database

    def close(self) -> None:
        """Let go of every connection."""
        self.pool.close()
        self.office.close()

    def load(self, folder: Path, *, dry_run: bool = False, at_once: int = 10, stop_after: int | None = None) -> Report:
        """Load a folder, in small commits; break off once so many facts are done."""

        def told(done: int, total: int) -> None:
            if stop_after is not None and done >= stop_after:
                raise KeyboardInterrupt(f"{done} of {total}")

        # As in a process of its own: nothing is remembered between two runs.
        with closing(Office(self.connections)) as office:
            return load(
                read_folder(folder),
                office.log,
                self.pool,
                self.connections.secret,
                dry_run=dry_run,
                at_once=at_once,
                told=told,
            )

    def tables(self) -> dict[str, int]:
        """How many rows each table that a load writes to has."""
        sizes: dict[str, int] = {}
        for url, names in (
            (self.connections.api, ("log.event", "log.event_guard", "log.command", "log.external_id")),
            (self.connections.vault, ("vault.key",)),
        ):
            with closing(connect(url)) as connection:
                for name in names:
                    counted = SQL("SELECT count(*) FROM {}").format(Identifier(*name.split(".")))
                    (sizes[name],) = connection.execute(counted).fetchone() or (0,)
        return sizes

    def entries(self) -> list[Recorded]:
        """The whole log, personal fields sealed."""
        with self.pool.connection() as connection:
            return [decode(row) for row in connection.execute(f"SELECT {COLUMNS} FROM log.event ORDER BY position")]

    def facts(self, presentation: str, learner: int) -> list[tuple[str, str, str]]:
        """What is on record of a learner's place: kind, day and precision, in the order entered."""
        streams: set[str] = set()
        for kind in ("fellowship", "accreditation"):
            known = identifiers(self.pool, f"oulad-{kind}")
            digest = self.office.log.digest(f"oulad-{kind}", f"{presentation}-{learner}")
            streams.add(f"{kind}:{known[digest]}")
        return [
            (entry.event.kind, entry.day.isoformat(), entry.happened.precision.value)
            for entry in self.entries()
            if entry.stream in streams
        ]

    def standing(self, cohort: str, days: Iterable[date]) -> dict[date, dict[str, int]]:
        """The counts of a cohort by origin, at the end of each of some days."""
        known = self.office.known()
        with self.office.engine.connect() as connection:
            (identifier,) = [
                row.cohort_id for row in cohorts(connection, At(date(2030, 1, 1), known)) if row.code == cohort
            ]
            return {
                day: dict(standing(connection, At(day, known), identifier, Attribution.ORIGIN).counts) for day in days
            }
