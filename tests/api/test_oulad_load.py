"""Loading Open University data: what becomes of each row, and of runs that are repeated, broken off or rehearsed."""

import csv
import json
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import date, timedelta
from io import StringIO
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from api.codes import claim
from api.oulad.files import ASSESSMENTS, COURSES, LEARNERS, REGISTRATIONS, SUBMISSIONS, read_folder
from api.oulad.identifiers import PRINCIPAL
from api.oulad.load import load, load_folder
from api.oulad.problems import FolderRefused
from api.oulad.report import Fate, Report
from domain.event import Recorded
from domain.person import BackgroundDeclared
from domain.programme import PROGRAMME, ProgrammeEstablished
from domain.values import Happened, ProgrammeId, Sealed
from infra.database import connect, pool
from infra.desk import Desk
from infra.envelope import COLUMNS, decode
from infra.external import AlreadyRunning, alone, identifiers
from infra.reading import At
from infra.settings import Connections
from projections.cohort import cohorts
from projections.standing import Attribution, standing
from tests.office import Office
from tests.oulad_folder import rows, write
from tests.oulad_second import SecondComputation

FIRST, LAST = date(2013, 2, 1), date(2013, 9, 29)
"""The days of ABC-2013B."""


class Loader:
    """A record, and what is needed to load folders into it and to look at what came of it."""

    def __init__(self, database: Connections) -> None:
        self.office = Office(database)
        self.pool = pool(database.api)
        self._database = database

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
        with closing(Office(self._database)) as office:
            return load(
                read_folder(folder),
                office.log,
                self.pool,
                self._database.secret,
                dry_run=dry_run,
                at_once=at_once,
                told=told,
            )

    def tables(self) -> dict[str, int]:
        """How many rows each table that a load writes to has."""
        sizes: dict[str, int] = {}
        for url, names in (
            (self._database.api, ("log.event", "log.event_guard", "log.command", "log.external_id")),
            (self._database.vault, ("vault.key",)),
        ):
            with closing(connect(url)) as connection:
                for name in names:
                    (sizes[name],) = connection.execute(f"SELECT count(*) FROM {name}").fetchone() or (0,)
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

    def counts(self, cohort: str, day: date) -> dict[str, int]:
        """The standing of a cohort by origin, at the end of a day."""
        known = self.office.known()
        with self.office.engine.connect() as connection:
            (identifier,) = [
                row.cohort_id for row in cohorts(connection, At(date(2030, 1, 1), known)) if row.code == cohort
            ]
            return dict(standing(connection, At(day, known), identifier, Attribution.ORIGIN).counts)


@pytest.fixture
def loader(database: Connections) -> Iterator[Loader]:
    with closing(Loader(database)) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "data")


def listed(report: Report) -> list[tuple[str, int, Fate, str]]:
    return [(item.file, item.row, item.fate, item.code) for item in report.listed()]


def test_every_row_is_loaded_adjusted_or_refused_and_it_is_told_why(loader: Loader, folder: Path) -> None:
    report = loader.load(folder)

    assert listed(report) == [
        (ASSESSMENTS, 4, Fate.ADJUSTED, "due_day_not_given"),
        (ASSESSMENTS, 6, Fate.ADJUSTED, "due_day_not_given"),
        (LEARNERS, 8, Fate.ADJUSTED, "leaving_day_not_given"),
        (REGISTRATIONS, 9, Fate.ADJUSTED, "registration_day_not_given"),
        (REGISTRATIONS, 10, Fate.ADJUSTED, "registration_day_not_given"),
        (REGISTRATIONS, 11, Fate.ADJUSTED, "registered_after_the_end"),
        (REGISTRATIONS, 12, Fate.ADJUSTED, "registered_after_the_end"),
        (REGISTRATIONS, 13, Fate.ADJUSTED, "unregistered_with_a_result"),
        (REGISTRATIONS, 17, Fate.ADJUSTED, "registered_after_the_end"),
        (SUBMISSIONS, 7, Fate.ADJUSTED, "submitted_before_registering"),
        (SUBMISSIONS, 9, Fate.REFUSED, "no_longer_registered"),
        (SUBMISSIONS, 10, Fate.REFUSED, "no_longer_registered"),
        (SUBMISSIONS, 12, Fate.REFUSED, "no_longer_registered"),
        (SUBMISSIONS, 14, Fate.REFUSED, "no_longer_registered"),
    ]
    assert {file: tuple(fates.values()) for file, fates in report.counts().items()} == {
        # loaded, adjusted, refused
        COURSES: (3, 0, 0),
        ASSESSMENTS: (4, 2, 0),
        LEARNERS: (18, 1, 0),
        REGISTRATIONS: (13, 6, 0),
        SUBMISSIONS: (13, 1, 4),
    }
    assert [item.why for item in report.listed() if item.row == 9] == [
        "No day of registration is given: registered on 2013-02-01, precision unknown.",
        "The fellow's registration for credit had ended by that day. The registration ended on 2013-03-03.",
    ]


REGISTERED = ("fellowship.place_accepted", "fellowship.place_confirmed", "accreditation.registered")


def registered(day: str, precision: str = "day") -> list[tuple[str, str, str]]:
    return [(kind, day, precision) for kind in REGISTERED]


def left(kind: str, day: str, precision: str = "day") -> list[tuple[str, str, str]]:
    return [(f"fellowship.{kind}", day, precision), ("accreditation.deregistered", day, precision)]


STARTED = ("fellowship.started", "2013-02-01", "day")
SUBMITTED, BANKED = "accreditation.work_submitted", "accreditation.earlier_study_recognised"


@pytest.mark.parametrize(
    ("learner", "facts"),
    [
        pytest.param(
            1,
            [
                *registered("2012-12-13"),
                STARTED,
                (SUBMITTED, "2013-02-19", "day"),
                (SUBMITTED, "2013-03-27", "day"),
                ("fellowship.completed", "2013-09-29", "day"),
                (SUBMITTED, "2013-10-04", "day"),
            ],
            id="passed, the last work after the last day",
        ),
        pytest.param(
            2,
            [
                *registered("2012-12-23"),
                (SUBMITTED, "2013-01-28", "day"),
                STARTED,
                ("fellowship.ended_by_programme", "2013-09-29", "day"),
            ],
            id="failed, work before the start",
        ),
        pytest.param(
            3,
            [
                *registered("2013-02-06"),
                ("fellowship.started", "2013-02-06", "day"),
                (SUBMITTED, "2013-02-06", "unknown"),
                (SUBMITTED, "2013-02-07", "day"),
                ("fellowship.completed", "2013-09-29", "day"),
            ],
            id="registered after the start, and after the first work",
        ),
        pytest.param(
            4,
            [*registered("2013-01-02"), STARTED, (SUBMITTED, "2013-03-03", "day"), *left("withdrawn", "2013-03-03")],
            id="withdrew, work on the leaving day",
        ),
        pytest.param(
            5,
            [*registered("2013-01-02"), (BANKED, "2013-01-29", "day"), *left("place_given_up", "2013-01-29")],
            id="left before the start",
        ),
        pytest.param(
            6, [*registered("2013-01-02"), STARTED, *left("withdrawn", "2013-02-01")], id="left on the first day"
        ),
        pytest.param(
            7,
            [
                *registered("2013-01-02"),
                STARTED,
                (SUBMITTED, "2013-09-29", "day"),
                *left("withdrawn", "2013-09-29", "unknown"),
            ],
            id="left on a day that is not given",
        ),
        pytest.param(
            8,
            [
                (BANKED, "2012-12-03", "day"),
                *registered("2013-02-01", "unknown"),
                STARTED,
                ("fellowship.completed", "2013-09-29", "day"),
            ],
            id="registered on a day that is not given",
        ),
        pytest.param(
            9,
            [*registered("2013-01-27", "unknown"), *left("place_given_up", "2013-01-27")],
            id="the same, and left before the start",
        ),
        pytest.param(
            10,
            [*registered("2013-02-01", "unknown"), STARTED, *left("withdrawn", "2013-02-11")],
            id="registered after leaving",
        ),
        pytest.param(
            12,
            [
                *registered("2013-01-02"),
                STARTED,
                (SUBMITTED, "2013-05-12", "day"),
                ("fellowship.ended_by_programme", "2013-09-29", "day"),
            ],
            id="unregistered, and yet failed",
        ),
        pytest.param(
            14, [*registered("2013-01-02"), STARTED, *left("withdrawn", "2013-10-09")], id="left after the last day"
        ),
        pytest.param(
            15,
            [*registered("2013-02-08"), ("fellowship.started", "2013-02-08", "day"), *left("withdrawn", "2013-02-08")],
            id="came and left on one day",
        ),
        pytest.param(
            16,
            [
                *registered("2013-02-01", "unknown"),
                STARTED,
                ("fellowship.completed", "2013-09-29", "day"),
            ],
            id="registered after the last day, and yet passed",
        ),
    ],
)
def test_a_place_is_entered_fact_by_fact_in_order_of_date(
    loader: Loader, folder: Path, learner: int, facts: list[tuple[str, str, str]]
) -> None:
    loader.load(folder)

    assert loader.facts("ABC-2013B", learner) == facts
