"""The real data: loaded whole, and asked against two other computations: from the files, and from the exported log."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path
from time import monotonic

import pytest
from rich.console import Console
from sqlalchemy import Connection

from api.oulad.files import ASSESSMENTS, COURSES, LEARNERS, REGISTRATIONS, SUBMISSIONS
from api.oulad.load import load_folder
from api.oulad.report import Fate, Report
from infra.log.export import write
from infra.postgres.database import connect, pool
from infra.postgres.server import Server
from infra.settings import Connections
from infra.views.reading import At
from projections.cohort import cohorts
from projections.standing import Attribution, standing
from tests.conftest import copied
from tests.office import Office
from tests.oulad_second import STATES, ExportedLog, SecondComputation

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1800)]

DATES = 50
"""Random dates for each cohort."""
POSITIONS = 50

AT_THE_END = {
    "AAA-2013J": (278, 45, 53, 7),
    "AAA-2014J": (253, 46, 53, 13),
    "BBB-2013B": (803, 459, 383, 122),
    "BBB-2013J": (1072, 521, 410, 234),
    "BBB-2014B": (727, 396, 228, 262),
    "BBB-2014J": (1152, 391, 510, 239),
    "CCC-2014B": (663, 375, 648, 250),
    "CCC-2014J": (1015, 406, 864, 213),
    "DDD-2013B": (510, 361, 355, 77),
    "DDD-2013J": (829, 428, 492, 189),
    "DDD-2014B": (479, 259, 389, 101),
    "DDD-2014J": (792, 364, 499, 148),
}
"""Completed, not completed, withdrawn and place given up, at each cohort's last day."""


@dataclass(frozen=True)
class Loaded:
    """A record with the real data on it, its views caught up."""

    folder: Path
    connections: Connections
    office: Office
    report: Report
    position: int
    seconds: tuple[float, float]
    """What loading took, and bringing the views up to date."""

    def again(self, *, dry_run: bool = False) -> Report:
        """Load once more."""
        with closing(pool(self.connections.api)) as connections:
            console = Console(file=StringIO())
            return load_folder(
                self.folder, self.office.log, connections, self.connections.secret, console, dry_run=dry_run
            )

    def counts(self, connection: Connection, cohort: str, day: date, known: int | None = None) -> dict[str, int]:
        """The standing of a cohort by origin, on a day, as known at a position."""
        at = At(day, self.position if known is None else known)
        return dict(standing(connection, at, self.cohorts(connection)[cohort], Attribution.ORIGIN).counts)

    def cohorts(self, connection: Connection) -> dict[str, str]:
        """The identifier of each cohort, by its code."""
        return {row.code: row.cohort_id for row in cohorts(connection, At(date(2020, 1, 1), self.position))}


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data" / "oulad"


@pytest.fixture(scope="module")
def second(data: Path) -> SecondComputation:
    return SecondComputation(data)


@pytest.fixture(scope="module")
def loaded(data: Path, server: Server, templates: Callable[[bool], Connections]) -> Iterator[Loaded]:
    with (
        copied(server, templates(False)) as connections,
        closing(Office(connections)) as office,
        closing(pool(connections.api)) as api,
    ):
        began = monotonic()
        report = load_folder(data, office.log, api, connections.secret, Console(file=StringIO()))
        entered = monotonic()
        position = office.known()
        seconds = (entered - began, monotonic() - entered)
        yield Loaded(data, connections, office, report, position, seconds)


@pytest.fixture
def views(loaded: Loaded) -> Iterator[Connection]:
    with loaded.office.reading() as connection:
        yield connection


def test_every_row_is_accounted_for(loaded: Loaded, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("\nloaded in {:.0f} s, views caught up in {:.0f} s".format(*loaded.seconds))
    held = {
        COURSES: (12, 0, 0),
        ASSESSMENTS: (98, 11, 0),
        LEARNERS: (19_303, 60, 0),
        REGISTRATIONS: (19_325, 38, 0),
        SUBMISSIONS: (95_660, 0, 325),
    }
    assert loaded.report.counts() == {
        file: dict(zip((Fate.LOADED, Fate.ADJUSTED, Fate.REFUSED), counts, strict=True))
        for file, counts in held.items()
    }
    for file, counts in held.items():
        lines = (loaded.folder / file).read_text(encoding="utf-8").splitlines()
        assert sum(counts) == len(lines) - 1


def test_what_was_submitted_and_what_was_banked_is_on_the_record(loaded: Loaded, second: SecondComputation) -> None:
    with closing(connect(loaded.connections.api)) as connection:
        recorded = dict(
            connection.execute(
                "SELECT kind, count(*) FROM log.event WHERE kind = ANY(%s) GROUP BY kind",
                [["accreditation.work_submitted", "accreditation.earlier_study_recognised"]],
            ).fetchall()
        )
    assert recorded == {
        "accreditation.work_submitted": 94_440,
        "accreditation.earlier_study_recognised": 1_220,
    }
    assert second.submissions() == {
        ("submitted", "loaded"): 94_440,
        ("submitted", "refused"): 312,
        ("banked", "loaded"): 1_220,
        ("banked", "refused"): 13,
    }
    # What is refused is exactly what is dated after its learner left.
    refused = [item for item in loaded.report.listed() if item.fate is Fate.REFUSED]
    assert {(item.file, item.code) for item in refused} == {(SUBMISSIONS, "no_longer_registered")}
    assert {item.row for item in refused} == second.refused()


def test_nothing_that_was_loaded_is_irregular_or_about_an_unknown_person(loaded: Loaded) -> None:
    with closing(connect(loaded.connections.api)) as connection:
        irregular = connection.execute("SELECT count(*) FROM log.event WHERE irregularities IS NOT NULL").fetchone()
        people = connection.execute(
            "SELECT (SELECT count(*) FROM log.event WHERE kind = 'person.recorded'),"
            " (SELECT count(*) FROM log.event WHERE kind = 'fellowship.place_accepted'),"
            " (SELECT count(*) FROM log.external_id WHERE subject IS NULL AND scheme ~ 'learner|fellowship|accredit')"
        ).fetchone()
    assert irregular == (0,)
    assert people == (17_779, 19_363, 0)


def test_where_fellows_are_at_each_cohorts_last_day(
    loaded: Loaded, second: SecondComputation, views: Connection
) -> None:
    ends = {cohort: last for cohort, (_, last) in second.cohorts.items()}
    assert ends.keys() == AT_THE_END.keys()
    for cohort, numbers in AT_THE_END.items():
        ended = dict(zip(("completed", "not_completed", "withdrawn", "place_given_up"), numbers, strict=True))
        assert loaded.counts(views, cohort, ends[cohort]) == dict.fromkeys(STATES, 0) | ended, cohort


def test_counts_on_random_dates_equal_those_of_the_files(
    loaded: Loaded, second: SecondComputation, views: Connection
) -> None:
    for cohort in second.cohorts:
        for day in second.days(cohort, DATES, seed=2013):
            assert loaded.counts(views, cohort, day) == second.counts(cohort, day), (cohort, day)


def test_counts_at_random_positions_equal_a_fold_of_the_exported_log(
    loaded: Loaded, second: SecondComputation, views: Connection, tmp_path: Path
) -> None:
    exported, out = ExportedLog(), tmp_path / "log.jsonl"
    chosen = random.Random(2014)
    positions = sorted(chosen.sample(range(1, loaded.position), POSITIONS - 1))
    with closing(connect(loaded.connections.api)) as connection, out.open("w", encoding="utf-8") as file:
        write(connection, file, lambda done, total: None)
    with out.open(encoding="utf-8") as lines:
        for position in [*positions, loaded.position]:
            exported.read(lines, to=position)
            for cohort, (_, last) in second.cohorts.items():
                for day in (last, chosen.choice(second.days(cohort, DATES, seed=position))):
                    known = loaded.counts(views, cohort, day, position)
                    assert known == exported.counts(cohort, day), (cohort, day, position)
        assert next(lines, None) is None


def test_a_second_run_and_a_dry_run_add_nothing(loaded: Loaded) -> None:
    listed = list(loaded.report.listed())
    for dry_run in (True, False):
        report = loaded.again(dry_run=dry_run)
        assert (report.entered, report.there_before) == (0, loaded.report.entered)
        assert list(report.listed()) == listed
    assert loaded.office.known() == loaded.position
