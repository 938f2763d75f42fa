"""Loading Open University data: runs that are repeated, broken off, rehearsed, or not begun."""

import csv
import json
from contextlib import closing
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from api.codes import claim
from api.importing.problems import FilesRefused
from api.oulad.files import LEARNERS, REGISTRATIONS
from api.oulad.identifiers import PRINCIPAL
from api.oulad.load import load_folder
from api.oulad.report import Fate, Report
from domain.programme import PROGRAMME, ProgrammeEstablished
from domain.values import Happened, ProgrammeId
from infra.log.command import KeyTaken
from infra.log.desk import Desk
from infra.postgres.alone import AlreadyRunning, alone
from tests.api.oulad_loader import Loader
from tests.office import Office
from tests.oulad_folder import rows, write
from tests.oulad_second import SecondComputation

FIRST = date(2013, 2, 1)
"""The first day of ABC-2013B."""


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
            FilesRefused, match=r"courses\.csv, row 2: the record has another programme with the code ABC"
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
    assert "95 facts recorded, 0 were on the record before." in told
    entries = loader.tables()["log.event"]
    assert told.count(f"The facts recorded now are {entries} entries, record numbers 1 to {entries}.") == 1
    assert "0 facts recorded, 95 were on the record before." in told


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
