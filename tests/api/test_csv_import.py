"""Importing facts from CSV files: what is entered, what is refused and how it is said, and files entered again."""

import csv
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from api.importing.problems import FilesRefused
from api.sheets.load import CHANGED, PRINCIPAL, SHEETS
from domain.secondment_state import SecondmentStage
from domain.values import Precision, today
from infra.external import AlreadyRunning, alone
from infra.reading import At
from infra.settings import Connections
from projections.attendance import attendance
from projections.career import roles
from projections.coaching import coaching_use
from projections.project import portfolio
from projections.secondment import secondments
from tests.api.command_line import Line, of_roles
from tests.sheet_record import COACHES, FELLOWSHIP_ID, SheetRecord

F, COACH = FELLOWSHIP_ID, COACHES[0]
STRANGER = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def record(database: Connections) -> Iterator[SheetRecord]:
    with closing(SheetRecord(database)) as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "facts.csv"


def written(path: Path, sheet: str, *rows: dict[str, object]) -> Path:
    """A file with these rows, the first being row 2."""
    with path.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, list(SHEETS[sheet].columns))
        table.writeheader()
        table.writerows(rows)
    return path


def template(sheet: str) -> list[dict[str, object]]:
    """The rows of a template."""
    with SHEETS[sheet].template().open(encoding="utf-8", newline="") as read:
        return [dict(row) for row in csv.DictReader(read)]


def problems(record: SheetRecord, path: Path, sheet: str) -> list[str]:
    """What is wrong with a file, of which nothing may be entered."""
    before = record.sizes()
    said: list[list[str]] = []
    for dry_run in (True, False):
        with pytest.raises(FilesRefused) as refused:
            record.load(path, sheet, dry_run=dry_run)
        said.append([str(problem).removeprefix("facts.csv, ") for problem in refused.value.problems])
    assert said[0] == said[1]
    assert record.sizes() == before
    return said[0]


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_template_shows_every_column_and_every_fact_and_is_entered_whole_and_once(
    record: SheetRecord, sheet: str
) -> None:
    rows, path, of = template(sheet), SHEETS[sheet].template(), SHEETS[sheet]
    assert list(rows[0]) == list(of.columns)
    assert {row["fact"] for row in rows} == {telling.word for telling in of.tellings}
    assert [column for column in of.columns if not any(row[column] for row in rows)] == []

    empty = record.sizes()
    rehearsed = record.load(path, sheet, dry_run=True)
    assert record.sizes() == empty
    loaded = record.load(path, sheet)
    full = record.sizes()
    again = record.load(path, sheet)

    assert (rehearsed.rows, rehearsed.entered, rehearsed.there_before) == (len(rows), len(rows), 0)
    assert (loaded.rows, loaded.entered, loaded.there_before) == (len(rows), len(rows), 0)
    assert (again.entered, again.there_before) == (0, len(rows))
    assert record.sizes() == full
    assert {entry.stated.source for entry in record.entries()} == {
        f"csv/{sheet} row {number}" for number in range(2, len(rows) + 2)
    }


def test_the_figures_are_those_of_the_files(record: SheetRecord) -> None:
    irregular = {sheet: record.load(of.template(), sheet).irregularities for sheet, of in SHEETS.items()}
    with record.office.reading() as connection:
        at = At(date(2020, 1, 1), record.office.known())
        first, second = sorted(secondments(connection, at, F), key=lambda row: row.starts_on)
        (fellow,) = attendance(connection, at, fellowship_id=F)
        (coached,) = coaching_use(connection, at, fellowship_id=F)
        sepsis, discharge = sorted(portfolio(connection, at, fellowship_id=None), key=lambda row: row.title)[::-1]
        career = roles(connection, at, record.person_id)

    assert (first.stage, first.last_day) == (SecondmentStage.ENDED_AS_PLANNED, date(2014, 9, 30))
    assert (first.contracted_wte, first.released_wte) == (Decimal("0.80"), Decimal("0.40"))
    assert (first.agreement_signed, first.backfill) == (True, True)
    assert (second.stage, second.released_wte) == (SecondmentStage.CANCELLED, Decimal("0.4"))
    assert (fellow.attended_minutes, fellow.expected_minutes, fellow.caught_up_minutes) == (180, 345, 120)
    assert (coached.entitled_minutes, coached.held_minutes, coached.used_by_cancelling) == (720, 150, 90)
    assert [engagement.entitled for engagement in coached.engagements] == [180, 450, 90]
    assert (sepsis.title, sepsis.sustained_12, sepsis.sites, sepsis.cycles) == (
        "Sepsis six within the hour", "partly", 0, 1,
    )  # fmt: skip
    assert {row.milestone: row.reached_on for row in sepsis.milestones} == {
        "charter_approved": date(2013, 11, 18),
        "baseline_frozen": date(2014, 1, 20),
        "first_pdsa_concluded": date(2014, 2, 17),
        "reported": date(2014, 7, 14),
        "handed_over": date(2014, 8, 18),
        "adopted_elsewhere": date(2014, 10, 6),
    }
    assert discharge.abandoned_on == date(2014, 3, 10)
    assert [(row.band, row.since, row.until) for row in career.roles] == [
        ("7", date(2013, 9, 2), date(2015, 3, 31)),
        ("8a", date(2015, 4, 1), None),
    ]
    assert [(row.move, row.band, row.precision) for row in career.moves] == [
        ("promotion", "8a", Precision.MONTH),
        ("rebanding", "8b", Precision.DAY),
    ]
    assert career.contact is not None
    assert career.contact.last_contact_on == date(2018, 9, 3)
    assert irregular["attendance"] == {"signed_by_only_editor": 1}


RELEASE: dict[str, object] = {
    "secondment": "S1", "fact": "release_agreed", "on": "2013-07-15", "fellowship_id": F, "organisation": "ZZF01",
    "starts_on": "2013-09-02", "ends_on": "2014-08-31", "contracted_wte": "0.6", "agreed_by": "line_manager",
}  # fmt: skip
STARTED: dict[str, object] = {"secondment": "S1", "fact": "started", "on": "2013-09-02"}
SESSION_ROW: dict[str, object] = {
    "session": "M1", "fact": "scheduled", "programme": "QIF", "cohort": "QIF-2013", "module": "Improvement science",
    "held_on": "2013-10-07", "minutes": "360",
}  # fmt: skip
REGISTER: dict[str, object] = {"session": "M1", "fact": "register_opened"}
MARK: dict[str, object] = {"session": "M1", "fact": "marked", "fellowship_id": F, "mark": "present"}


def test_a_bad_date_in_row_7_is_named_by_file_row_and_column(record: SheetRecord, file: Path) -> None:
    rows = template("secondments")
    rows[5]["on"] = "31/02/2014"
    assert problems(record, written(file, "secondments", *rows), "secondments") == [
        "row 7, column on: '31/02/2014' is not right: it must be a day, written 2014-04-12, or 2014-04 or 2014 where "
        "no more is known"
    ]
    rows[5]["on"] = "2014-02-31"
    assert problems(record, written(file, "secondments", *rows), "secondments") == [
        "row 7, column on: '2014-02-31' is not right: there is no such day: write it as 2014-04-12"
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fact": "begun"}, "column fact: 'begun' is not right: it must be one of: release_agreed, "),
        ({"fellowship_id": ""}, "column fellowship_id: must not be empty in a row of 'release_agreed'"),
        ({"secondment": ""}, "column secondment: must not be empty in a row of 'release_agreed'"),
        ({"reason": "any"}, "column reason: must be empty in a row of 'release_agreed'"),
        ({"fellowship_id": "Ada"}, "column fellowship_id: 'Ada' is not right: it must be an identifier, such as "),
        ({"fellowship_id": STRANGER}, "column fellowship_id: Nothing of this kind is recorded under that identifier. "),
        (
            {"organisation": "ZZZ99"},
            "column organisation: there is no organisation with the code 'ZZZ99' on the",
        ),
        ({"contracted_wte": "half"}, "column contracted_wte: 'half' is not right: it must be a number of whole-time "),
        ({"contracted_wte": "2.5"}, "column contracted_wte: '2.5' is not right: it must be a number of whole-time "),
        ({"released_wte": "0.7"}, "column released_wte: No more WTE can be released than the fellow is contracted for."),
        ({"agreed_by": "boss"}, "column agreed_by: 'boss' is not right: it must be one of: chief_executive, "),
        ({"starts_on": "2013-09"}, "column starts_on: '2013-09' is not right: it must be a day, written 2014-04-12"),
        ({"on": "1066-10-14"}, "column on: '1066-10-14' is not right: it must lie between 1900-01-01 and 2199-12-31"),
        ({"on": "2012-01-01"}, "column on: No place had been accepted by that day."),
        ({"ends_on": "2013-09-01"}, "column ends_on: "),
    ],
)
def test_what_is_wrong_with_a_row_is_said_and_nothing_of_the_file_is_entered(
    record: SheetRecord, file: Path, change: dict[str, object], said: str
) -> None:
    other = RELEASE | {"secondment": "S9", "starts_on": "2015-01-01", "ends_on": "2015-06-30"}
    (problem,) = problems(record, written(file, "secondments", other, RELEASE | change), "secondments")
    assert problem.startswith(f"row 3, {said}")


def test_rows_that_go_on_with_what_never_began_or_repeat_another_are_problems(record: SheetRecord, file: Path) -> None:
    path = written(file, "secondments", STARTED, RELEASE | {"secondment": "S2"}, RELEASE | {"secondment": "S2"})
    assert problems(record, path, "secondments") == [
        "row 4, column fact: tells the same as row 3; take one of the two out"
    ]
    path = written(file, "secondments", STARTED, RELEASE | {"secondment": "S2"})
    assert problems(record, path, "secondments") == [
        "row 2, column secondment: there is no secondment with the code 'S1' on the record"
    ]


def test_the_contradictions_between_rows_are_said(record: SheetRecord, file: Path) -> None:
    overlapping = RELEASE | {"secondment": "S2", "starts_on": "2014-01-06"}
    (problem,) = problems(record, written(file, "secondments", RELEASE, overlapping), "secondments")
    assert problem.startswith("row 3, column fact: One organisation cannot second a person twice at a time.")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([SESSION_ROW | {"programme": "XYZ"}], "row 2, column programme: there is no programme with the code 'XYZ'"),
        ([SESSION_ROW | {"cohort": "QIF-1999"}], "row 2, column cohort: there is no cohort of QIF with the code "),
        (
            [SESSION_ROW | {"minutes": "six hours"}],
            "row 2, column minutes: 'six hours' is not right: it must be a",
        ),
        (
            [SESSION_ROW, REGISTER, MARK | {"mark": "there"}],
            "row 4, column mark: 'there' is not right: it must be",
        ),
        ([SESSION_ROW, MARK], "row 3, column fellowship_id: The fellow was not expected at this session."),
        ([SESSION_ROW, REGISTER, MARK | {"mark": "part"}], "row 4, column minutes: Attendance in part, and no other, is "),
        (
            [SESSION_ROW, REGISTER, MARK | {"fellowship_id": STRANGER}],
            "row 4, column fellowship_id: Nothing of this kind is recorded",
        ),
    ],
)
def test_what_is_wrong_with_attendance_is_said(
    record: SheetRecord, file: Path, rows: list[dict[str, object]], said: str
) -> None:
    (problem,) = problems(record, written(file, "attendance", *rows), "attendance")
    assert problem.startswith(said)


def test_attendance_is_not_marked_in_the_future_or_after_leaving(record: SheetRecord, file: Path) -> None:
    office = record.office
    office.do(office.withdrawing(F, date(2014, 2, 3)))
    future = SESSION_ROW | {"held_on": (today() + timedelta(30)).isoformat(), "on": "2013-10-01"}
    expected = REGISTER | {"fact": "expected", "fellowship_id": F}
    found = problems(record, written(file, "attendance", future, REGISTER, expected, MARK), "attendance")
    assert found[0].startswith("row 4, column fellowship_id: Nobody takes part after their last day on the programme.")
    after = SESSION_ROW | {"held_on": "2014-03-10"}
    found = problems(record, written(file, "attendance", after, REGISTER, MARK), "attendance")
    assert found[0].startswith("row 4, column fellowship_id: Nobody takes part after their last day on the programme.")


def test_marks_of_a_session_to_come_are_refused_and_its_register_is_entered(record: SheetRecord, file: Path) -> None:
    future = SESSION_ROW | {"held_on": (today() + timedelta(30)).isoformat()}
    path = written(file, "attendance", future, REGISTER, MARK)
    (problem,) = problems(record, path, "attendance")
    assert problem.startswith("row 4, column fact: What lies in the future cannot have been attended or held yet.")
    assert record.load(written(file, "attendance", future, REGISTER), "attendance").entered == 2
    scheduled, opened, expected = record.entries()
    assert (scheduled.happened.precision, opened.day, expected.day) == (Precision.UNKNOWN, today(), today())


def test_the_other_sheets_say_what_is_wrong_with_them(record: SheetRecord, file: Path) -> None:
    coaching = template("coaching")
    coaching[0]["coach_id"] = record.person_id
    (problem, *_) = problems(record, written(file, "coaching", coaching[0]), "coaching")
    assert problem.startswith("row 2, column coach_id: Nobody is their own coach.")
    proposed = template("projects")[0]
    (problem,) = problems(record, written(file, "projects", proposed | {"title": "Ask 943 476 5919"}), "projects")
    assert problem.startswith("row 2, column title: 'Ask 943 476 5919' is not right: this holds what looks like an NHS")
    promoted = template("career")[2] | {"role": ""}
    (problem,) = problems(record, written(file, "career", promoted), "career")
    assert problem.startswith("row 2, column fact: No role at entry was recorded by that day.")
    (problem,) = problems(record, written(file, "career", promoted | {"role": "R7"}), "career")
    assert problem == "row 2, column role: there is no role with the code 'R7' on the record"
    entry = template("career")[0] | {"qi_remit_source": ""}
    (problem,) = problems(record, written(file, "career", entry), "career")
    assert problem.startswith(
        "row 2, column qi_remit_source: Whether a role includes improving quality"
    )


def test_the_order_of_rows_is_free_and_rows_that_were_added_are_entered(record: SheetRecord, file: Path) -> None:
    record.load(written(file, "secondments", RELEASE), "secondments")
    loaded = record.load(written(file, "secondments", STARTED, RELEASE), "secondments")
    assert (loaded.entered, loaded.there_before) == (1, 1)
    assert loaded.irregularities == {"started_without_agreement": 1, "started_without_backfill": 1}
    assert "1 listed as irregular: started without agreement." in loaded.summary()


def test_a_row_that_says_something_else_than_when_it_was_entered_is_a_problem(record: SheetRecord, file: Path) -> None:
    record.load(written(file, "secondments", RELEASE | {"contracted_wte": "0.60"}), "secondments")
    assert record.load(written(file, "secondments", RELEASE), "secondments").there_before == 1
    changed = RELEASE | {"ends_on": "2014-07-31"}
    assert problems(record, written(file, "secondments", STARTED, changed), "secondments") == [
        f"row 3, column fact: {CHANGED}"
    ]


def test_codes_and_names_of_files_are_not_kept_readable(record: SheetRecord, tmp_path: Path) -> None:
    path = written(tmp_path / "ada fenner.csv", "secondments", RELEASE | {"secondment": "STAFF-987654"})
    record.load(path, "secondments")
    with record.pool.connection() as connection:
        found = connection.execute(
            "SELECT count(*) FROM log.event "
            "WHERE position('987654'::bytea IN envelope || state) + position('fenner.csv'::bytea IN envelope) > 0"
        ).fetchone()
        owned = connection.execute("SELECT subject::text FROM log.external_id WHERE scheme = 'sheet secondment'")
        assert owned.fetchall() == [(record.person_id,)]
    assert found == (0,)


def test_two_imports_at_once_are_not_allowed(record: SheetRecord, file: Path) -> None:
    path = written(file, "secondments", RELEASE)
    with alone(record.pool, PRINCIPAL), pytest.raises(AlreadyRunning):
        record.load(path, "secondments")
    assert record.load(path, "secondments").entered == 1


def test_problems_are_listed_in_a_file_as_well(record: SheetRecord, file: Path, tmp_path: Path) -> None:
    path = written(file, "secondments", RELEASE | {"agreed_by": "boss"})
    lists = [tmp_path / "list.csv", tmp_path / "list.jsonl"]
    said: list[str] = []
    for each in lists:
        with pytest.raises(FilesRefused) as refused:
            record.load(path, "secondments", list_to=each)
        (problem,) = refused.value.problems
        assert problem[:3] == ("facts.csv", 2, "agreed_by")
        said.append(problem.text)
    with lists[0].open(encoding="utf-8", newline="") as read:
        (row,) = csv.DictReader(read)
    assert row == {"file": "facts.csv", "row": "2", "column": "agreed_by", "text": said[0]}
    assert json.loads(lists[1].read_text(encoding="utf-8")) == row | {"row": 2}
    record.load(written(file, "secondments", RELEASE), "secondments", list_to=lists[0])
    assert lists[0].read_text(encoding="utf-8").split() == ["file,row,column,text"]


def test_the_commands_print_a_template_rehearse_a_file_and_enter_it(
    record: SheetRecord, line: Line, file: Path, tmp_path: Path
) -> None:
    line.sets(**of_roles(record.connections))
    shown = line.run("import", "template", "career")
    assert shown == (0, SHEETS["career"].template().read_text(encoding="utf-8"), "")
    file.write_text(shown.out, encoding="utf-8")
    rehearsed = line.run("import", "csv", file, "--as", "career", "--dry-run")
    assert (rehearsed.status, rehearsed.out) == (0, "7 rows: 7 would be recorded, 0 were on the record before.\n")
    entered = line.run("import", "csv", file, "--as", "career")
    assert (entered.status, entered.out) == (0, "7 rows: 7 recorded, 0 were on the record before.\n")
    file.write_text(shown.out.replace("2016-04-04", "4.4.2016"), encoding="utf-8")
    refused = line.run("import", "csv", file, "--as", "career", "--report", tmp_path / "list.csv")
    assert (refused.status, refused.out) == (1, "")
    assert refused.err.startswith("facts.csv, row 6, column on: '4.4.2016' is not right")
