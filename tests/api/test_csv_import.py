"""Importing facts from CSV files: what is entered, what is refused and how it is said, and files entered again."""

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from api.importing.problems import FilesRefused
from api.sheets.load import CHANGED, PRINCIPAL, SHEETS
from api.sheets.sheet import ON, Row
from domain.career_events import RoleRecorded
from domain.secondment_state import SecondmentStage
from domain.values import Precision, today
from infra.postgres.alone import AlreadyRunning, alone
from infra.views.reading import At
from projections.attendance import attendance, register
from projections.career import roles
from projections.coaching import coaching_use
from projections.project import portfolio
from projections.secondees import secondments
from tests.api.command_line import Line, of_roles
from tests.sheet_record import (
    COACHES,
    MARK,
    REGISTER,
    RELEASE,
    SESSION_ROW,
    STARTED,
    F,
    SheetRecord,
    problems,
    template,
    written,
)


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
        first, second, third = secondments(connection, at, F)
        (fellow,) = attendance(connection, at, fellowship_id=F)
        (coached,) = coaching_use(connection, at, fellowship_id=F)
        sepsis, discharge = sorted(portfolio(connection, at, fellowship_id=None), key=lambda row: row.title)[::-1]
        career = roles(connection, at, record.person_id)

    assert (first.stage, first.last_day) == (SecondmentStage.ENDED_AS_PLANNED, date(2014, 9, 30))
    assert (first.contracted_wte, first.released_wte) == (Decimal("0.80"), Decimal("0.40"))
    assert (first.agreement_signed, first.backfill) == (True, True)
    assert (second.stage, second.released_wte) == (SecondmentStage.CANCELLED, Decimal("0.4"))
    assert (third.stage, third.since, third.starts_on) == (SecondmentStage.REFUSED, date(2014, 11, 3), None)
    assert first.return_meeting_held_on == date(2014, 8, 1)
    assert (first.organisation_id == second.organisation_id, second.backfill) == (False, False)
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


def test_where_a_row_proposes_no_last_day_the_one_that_follows_is_recorded(record: SheetRecord, file: Path) -> None:
    paused, resumed, changed = (
        STARTED | {"fact": fact, "on": day}
        for fact, day in (("paused", "2014-01-10"), ("resumed", "2014-02-10"), ("fraction_changed", "2014-02-10"))
    )
    changed |= {"released_wte": "0.15", "reason": "job_plan"}
    record.load(written(file, "secondments", RELEASE, STARTED, paused, resumed, changed), "secondments")
    ends = [entry.event.model_dump().get("proposed_ends_on") for entry in record.entries()]
    assert ends == [None, None, None, date(2014, 10, 1), date(2015, 5, 23)]


def test_what_took_place_this_year_is_placed_on_a_day_that_has_come() -> None:
    this_year = {ON: str(today().year)}
    observed = [telling for sheet in SHEETS.values() for telling in sheet.tellings if telling.event.observed]
    placed = {telling.event.placed: Row(2, telling, this_year).day for telling in observed}
    assert placed == {"first": today().replace(month=1, day=1), "last": today()}


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


def test_a_session_that_a_file_cancels_loses_its_marks_in_the_same_command(record: SheetRecord, file: Path) -> None:
    signed = REGISTER | {"fact": "signed", "on": "2013-10-08"}
    rows = [SESSION_ROW | {"on": "2013-06-03"}, REGISTER, REGISTER | {"fact": "delivered"}, MARK, signed]
    cancelled = REGISTER | {"fact": "cancelled", "on": "2013-10-06", "reason": "speaker_unavailable"}
    record.load(written(file, "attendance", *rows), "attendance")
    before = len(record.entries())
    assert record.load(written(file, "attendance", *rows, cancelled), "attendance").entered == 1
    with record.office.reading() as connection:
        (fellow,) = attendance(connection, At(date(2020, 1, 1), record.office.known()), fellowship_id=F)
    assert [cell.counted for cell in fellow.cells] == ["cancelled"]
    assert (fellow.expected_minutes, fellow.planned_minutes) == (0, 0)
    entries = record.entries()
    *struck_out, last = entries[before:]
    undone = [entries[entry.link.version - 1].event.kind for entry in struck_out if entry.link and entry.retracts]
    assert undone == ["session.delivered", "session.attendance_recorded", "session.register_signed"]
    assert (last.event.kind, len(struck_out)) == ("session.cancelled", len(undone))
    assert {(entry.stated.command, entry.stated.reason) for entry in struck_out} == {
        (last.stated.command, "speaker_unavailable")
    }


def test_a_role_is_held_for_good_unless_the_row_says_that_it_is_held_in_an_acting_capacity(
    record: SheetRecord, file: Path
) -> None:
    entry, taken_up = template("career")[:2]
    said = {"": False, "no": False, "yes": True}
    rows = [taken_up | {"role": f"R{number}", "acting": text} for number, text in enumerate(said, start=2)]
    record.load(written(file, "career", entry, *rows), "career")
    held = [each.event.acting for each in record.entries() if isinstance(each.event, RoleRecorded)]
    assert held == list(said.values())


def test_guests_are_on_the_register_and_lose_their_entries_with_a_session_that_is_cancelled(
    record: SheetRecord, file: Path
) -> None:
    stranger: dict[str, object] = REGISTER | {"fact": "guest", "person_id": COACHES[0]}
    fellow: dict[str, object] = REGISTER | {"fact": "fellow_as_guest", "fellowship_id": F, "minutes": "60"}
    rows = [SESSION_ROW | {"held_on": "2013-08-27", "on": "2013-06-03"}, REGISTER, stranger, fellow]
    record.load(written(file, "attendance", *rows), "attendance")
    session = record.entries()[0].key
    with record.office.reading() as connection:
        found = register(connection, At(date(2020, 1, 1), record.office.known()), session)
    assert found is not None
    assert found.lines == ()
    assert {(guest.person_id, guest.fellowship_id, guest.minutes) for guest in found.guests} == {
        (COACHES[0], None, None),
        (record.person_id, F, 60),
    }
    again = REGISTER | {"fact": "guest", "person_id": record.person_id}
    (problem,) = problems(record, written(file, "attendance", again), "attendance")
    assert problem.startswith("row 2, column fact: That person is recorded as a guest of this session already.")
    cancelled = REGISTER | {"fact": "cancelled", "on": "2013-08-26", "reason": "speaker_unavailable"}
    record.load(written(file, "attendance", cancelled), "attendance")
    assert [entry.retracts for entry in record.entries()[4:]] == [True, True, False]
