"""Loading Open University data: what becomes of each row, and of runs that are repeated, broken off or rehearsed."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import date, timedelta
from io import StringIO
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL, Identifier
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
from infra.command import KeyTaken
from infra.database import connect, pool
from infra.desk import Desk
from infra.envelope import COLUMNS, decode
from infra.external import AlreadyRunning, alone, identifiers
from infra.reading import At
from infra.server import Server
from infra.settings import Connections
from projections.cohort import cohorts
from projections.standing import Attribution, standing
from tests.conftest import copied
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


@pytest.fixture
def loader(database: Connections) -> Iterator[Loader]:
    with closing(Loader(database)) as opened:
        yield opened


@pytest.fixture(scope="module")
def loaded(
    server: Server, templates: Callable[[bool], Connections], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loader]:
    """The small folder, loaded; for looking only."""
    with copied(server, templates(False)) as connections, closing(Loader(connections)) as opened:
        opened.load(write(tmp_path_factory.mktemp("small")))
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
    loaded: Loader, learner: int, facts: list[tuple[str, str, str]]
) -> None:
    assert loaded.facts("ABC-2013B", learner) == facts


def test_on_every_day_cohorts_stand_as_the_files_say(loaded: Loader, tmp_path: Path) -> None:
    second = SecondComputation(write(tmp_path))
    for cohort, (first, last) in second.cohorts.items():
        days = [first + timedelta(number) for number in (*range(-110, -90), *range(-60, 65), 239, 240, 249, 250)]
        assert loaded.standing(cohort, [*days, last]) == {day: second.counts(cohort, day) for day in (*days, last)}


def test_cohorts_follow_a_version_without_criteria_state_no_capacity_and_have_their_work_set(loaded: Loader) -> None:
    said = {entry.event.kind: entry.event.payload() for entry in loaded.entries() if entry.happened.day < FIRST}

    assert said["programme.version_adopted"] == {
        "programme_version": "as presented",
        "attendance_percent": None,
        "charter_required": False,
        "report_required": False,
        "coaching_sessions": None,
        "set_meetings": None,
    }
    planned = [entry.event.payload() for entry in loaded.entries() if entry.event.kind == "cohort.planned"]
    assert [(plan["code"], plan["starts_on"], plan["ends_on"], plan["capacity"]) for plan in planned] == [
        ("ABC-2013B", "2013-02-01", "2013-09-29", None),
        ("ABC-2013J", "2013-10-01", "2014-06-26", None),
        ("XYZ-2014J", "2014-10-01", "2015-06-27", None),
    ]
    works = [entry.event.payload() for entry in loaded.entries() if entry.event.kind == "cohort.work_set"]
    assert [(work["title"], work["form"], work["due_on"], work["weight"]) for work in works] == [
        ("TMA 101", "assignment", "2013-02-20", "10"),
        ("CMA 102", "computer_marked", "2013-03-27", "7.5"),
        ("Exam 103", "examination", "2013-09-29", "100"),
        ("TMA 111", "assignment", "2013-10-20", "10"),
        ("TMA 121", "assignment", "2015-06-27", "30"),
        ("Portfolio 122", "other", "2015-04-19", "70"),
    ]


def test_entries_are_recorded_in_order_of_date_across_files(loaded: Loader) -> None:
    days = [entry.day for entry in loaded.entries()]

    assert days == sorted(days)


def test_each_entry_names_its_file_and_row_and_the_import(loaded: Loader) -> None:
    entries = loaded.entries()

    assert {entry.stated.actor for entry in entries} == {entries[0].stated.actor}
    assert {entry.stated.source_dated for entry in entries} == {None}
    by_source = {entry.stated.source: entry for entry in entries}
    assert by_source["oulad/studentAssessment.csv row 8"].event.kind == "accreditation.work_submitted"
    assert by_source["oulad/studentRegistration.csv row 5"].event.kind == "accreditation.deregistered"
    assert by_source["oulad/studentInfo.csv row 3"].event.kind == "fellowship.ended_by_programme"
    assert by_source["oulad/courses.csv row 4"].event.payload()["code"] == "XYZ-2014J"


def test_backgrounds_are_personal_and_one_person_holds_several_places(loader: Loader, folder: Path) -> None:
    held = rows()
    for name in (LEARNERS, REGISTRATIONS):
        held[name] = [
            line.replace("2013B,1,", "2013B,987654321,").replace("2014J,1,", "2014J,987654321,") for line in held[name]
        ]
    held[SUBMISSIONS] = [line.replace(",1,", ",987654321,", 1) for line in held[SUBMISSIONS] if ",1," in line]
    loader.load(write(folder, held))

    digest = loader.office.log.digest("oulad-learner", "987654321")
    person = identifiers(loader.pool, "oulad-learner")[digest]
    backgrounds = [
        entry.event
        for entry in loader.entries()
        if isinstance(entry.event, BackgroundDeclared) and entry.event.person_id == person
    ]
    assert len(backgrounds) == 2
    for event in backgrounds:
        for name, said in {"gender": "F", "disability": False, "deprivation_band": "20-30%"}.items():
            sealed = getattr(event, name)
            assert isinstance(sealed, Sealed)
            assert loader.office.vault.open(sealed, person) == said
    with loader.pool.connection() as connection:
        clear = connection.execute(
            "SELECT position FROM log.event WHERE position(%(it)s::bytea IN envelope || state) > 0",
            {"it": b"987654321"},
        ).fetchall()
        unowned = connection.execute(
            "SELECT scheme FROM log.external_id WHERE subject IS NULL GROUP BY scheme ORDER BY scheme"
        ).fetchall()
    assert clear == []
    assert [scheme for (scheme,) in unowned] == [
        "cohort code",
        "oulad-assessment",
        "oulad-module",
        "oulad-presentation",
        "programme code",
    ]


def test_a_second_run_adds_nothing_and_gives_the_same_account(loader: Loader, folder: Path) -> None:
    first = loader.load(folder)
    before = loader.tables()
    second = loader.load(folder)

    assert loader.tables() == before
    assert (second.entered, second.there_before) == (0, first.entered)
    assert list(second.listed()) == list(first.listed())


def test_rows_in_another_order_are_the_same_rows(loader: Loader, folder: Path) -> None:
    loader.load(folder)
    before = loader.tables()
    report = loader.load(write(folder, {name: lines[::-1] for name, lines in rows().items()}))

    assert report.entered == 0
    assert loader.tables() == before


@pytest.mark.parametrize("done", [0, 10, 40, 90])
def test_a_run_that_is_broken_off_is_taken_up_by_the_next(
    loader: Loader, loaded: Loader, folder: Path, done: int
) -> None:
    with pytest.raises(KeyboardInterrupt):
        loader.load(folder, stop_after=done)
    broken_off = loader.tables()
    report = loader.load(folder)

    assert (broken_off["log.event"] == 0) == (done == 0)
    assert broken_off["log.event"] < loaded.tables()["log.event"] == loader.tables()["log.event"]
    assert report.there_before == broken_off["log.command"]
    assert loader.tables() == loaded.tables()
    for learner in (1, 5, 8):
        assert loader.facts("ABC-2013B", learner) == loaded.facts("ABC-2013B", learner)


def test_a_dry_run_decides_everything_and_writes_nothing(loader: Loader, folder: Path) -> None:
    rehearsed = loader.load(folder, dry_run=True)
    assert set(loader.tables().values()) == {0}
    real = loader.load(folder)

    assert (rehearsed.entered, rehearsed.there_before) == (real.entered, 0)
    assert list(rehearsed.listed()) == list(real.listed())


def test_a_dry_run_after_a_run_that_was_broken_off_tells_what_is_left(loader: Loader, folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        loader.load(folder, stop_after=50)
    before = loader.tables()
    rehearsed = loader.load(folder, dry_run=True)
    assert loader.tables() == before
    real = loader.load(folder)

    assert (rehearsed.entered, rehearsed.there_before) == (real.entered, before["log.command"])
    assert list(rehearsed.listed()) == list(real.listed())


def test_a_row_that_says_something_else_than_when_it_was_loaded_is_refused(loader: Loader, folder: Path) -> None:
    loader.load(folder)
    before = loader.tables()
    held = rows()
    held[LEARNERS][1] = held[LEARNERS][1].replace(",Fail", ",Pass")
    held[REGISTRATIONS][0] = "ABC,2013B,1,-51,?"
    report = loader.load(write(folder, held))

    assert loader.tables() == before
    changed = [item for item in report.listed() if item.code == "changed_since"]
    assert [(item.file, item.row, item.fate) for item in changed] == [
        (LEARNERS, 3, Fate.REFUSED),
        (REGISTRATIONS, 2, Fate.REFUSED),
    ]
    assert "enter a correction" in changed[0].why


def test_another_folder_with_earlier_days_of_the_same_people_and_modules_is_loaded(
    loader: Loader, tmp_path: Path
) -> None:
    """A programme or a person then turns out to have been there earlier than was known."""
    later: dict[str, list[str]] = {}
    earlier: dict[str, list[str]] = {}
    for name, lines in rows().items():
        later[name] = [line for line in lines if line.startswith(("ABC,2013J,", "XYZ,", "111,", "121,", "122,"))]
        earlier[name] = [line for line in lines if line.startswith(("ABC,2013B,", "101,", "102,", "103,"))]
    loader.load(write(tmp_path / "later", later))
    report = loader.load(write(tmp_path / "earlier", earlier))

    assert {item.code for item in report.listed() if item.fate is Fate.REFUSED} == {"no_longer_registered"}
    second = SecondComputation(write(tmp_path / "both"))
    for cohort, (first, last) in second.cohorts.items():
        days = (first - timedelta(60), first, last)
        assert loader.standing(cohort, days) == {day: second.counts(cohort, day) for day in days}


def test_a_folder_whose_module_is_known_as_something_else_is_refused_before_anything_is_written(
    loader: Loader, folder: Path
) -> None:
    office, programme = loader.office, ProgrammeId.new()
    established = ProgrammeEstablished(code="ABC", title="Another programme")

    def act(desk: Desk) -> None:
        claim(office.log, desk, PROGRAMME.of(programme), established)
        desk.record(PROGRAMME, programme, established, Happened(FIRST))

    office.do(act)
    before = loader.tables()
    for dry_run in (True, False):
        with pytest.raises(
            FolderRefused, match=r"courses\.csv, row 2: the record has another programme with the code ABC"
        ):
            loader.load(folder, dry_run=dry_run)
    assert loader.tables() == before


def test_the_codes_of_what_was_loaded_are_taken(loader: Loader, folder: Path) -> None:
    loader.load(folder)
    office, programme = loader.office, ProgrammeId.new()
    established = ProgrammeEstablished(code="XYZ", title="Another programme")

    def act(desk: Desk) -> None:
        claim(office.log, desk, PROGRAMME.of(programme), established)
        desk.record(PROGRAMME, programme, established, Happened(FIRST))

    assert isinstance(office.attempt(act), KeyTaken)


def test_two_runs_at_once_are_not_allowed(loader: Loader, folder: Path) -> None:
    with alone(loader.pool, PRINCIPAL), pytest.raises(AlreadyRunning):
        loader.load(folder)
    assert loader.load(folder).entered > 0


def test_the_account_is_shown_and_its_list_written(loader: Loader, folder: Path, tmp_path: Path) -> None:
    shown = StringIO()
    console = Console(file=shown, width=120)
    reports: list[Report] = []
    for name in ("list.csv", "list.jsonl"):
        with closing(Office(loader.connections)) as office:
            secret = loader.connections.secret
            reports.append(load_folder(folder, office.log, loader.pool, secret, console, list_to=tmp_path / name))

    expected = [item._asdict() | {"row": str(item.row)} for item in reports[0].listed()]
    with (tmp_path / "list.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == expected
    with (tmp_path / "list.jsonl").open(encoding="utf-8") as file:
        assert [(said := json.loads(line)) | {"row": str(said["row"])} for line in file] == expected
    told = shown.getvalue()
    assert "studentAssessment.csv" in told
    assert "4 refused: studentAssessment.csv, no longer registered" in told
    assert "95 entries recorded, 0 were on the record before." in told
    assert "0 entries recorded, 95 were on the record before." in told


def test_a_list_that_cannot_be_written_is_refused_before_anything_is_recorded(loader: Loader, folder: Path) -> None:
    with pytest.raises(OSError, match="No such file or directory"):
        load_folder(
            folder,
            loader.office.log,
            loader.pool,
            loader.connections.secret,
            Console(file=StringIO()),
            list_to=folder / "nowhere" / "list.csv",
        )
    assert set(loader.tables().values()) == {0}


DAY = st.integers(-8, 14).map(str) | st.sampled_from(["", "?"])
LEARNER = st.tuples(
    DAY,
    DAY,
    st.sampled_from(["Pass", "Distinction", "Fail", "Withdrawn", "Withdrawn"]),
    st.lists(st.tuples(st.integers(-9, 14), st.booleans()), max_size=2, unique_by=lambda submitted: submitted[1]),
)
_modules = count(1)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LEARNER, min_size=1, max_size=8), st.integers(1, 10))
def test_whatever_the_days_cohorts_stand_as_the_files_say(
    loader: Loader, learners: list[tuple[str, str, str, list[tuple[int, bool]]]], length: int
) -> None:
    module = f"M{next(_modules)}"
    presentation = f"{module},2014B"
    held: dict[str, list[str]] = {
        COURSES: [f"{presentation},{length}"],
        ASSESSMENTS: [f"{presentation},{number}{module[1:]},TMA,?,50" for number in (1, 2)],
        LEARNERS: [],
        REGISTRATIONS: [],
        SUBMISSIONS: [],
    }
    for learner, (registered_on, left_on, result, submitted) in enumerate(learners, 1):
        held[LEARNERS].append(f"{presentation},{learner},M,?,?,?,?,0,60,Y,{result}")
        held[REGISTRATIONS].append(f"{presentation},{learner},{registered_on},{left_on}")
        for day, banked in submitted:
            held[SUBMISSIONS].append(f"{1 + banked}{module[1:]},{learner},{day},{int(banked)}")
    with TemporaryDirectory() as path:
        folder = write(Path(path), held)
        report = loader.load(folder, at_once=7)
        second = SecondComputation(folder)
        must_be_refused = second.refused()

    cohort = f"{module}-2014B"
    days = [date(2014, 2, 1) + timedelta(number) for number in range(-10, 16)]
    counted = {day: second.counts(cohort, day) for day in days}
    refused = {(item.file, item.row) for item in report.listed() if item.fate is Fate.REFUSED}
    assert refused == {(SUBMISSIONS, row) for row in must_be_refused}
    assert loader.standing(cohort, days) == counted
