"""What is wrong with a CSV file of facts: each problem is said by row and column, and nothing is entered."""

import csv
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from api.sheets.load import SHEETS
from domain.values import FellowshipId, Precision, today
from tests.sheet_record import (
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

STRANGER = "11111111-2222-4333-8444-555555555555"


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
        (
            {"released_wte": "0.7"},
            "column released_wte: No more WTE can be released than the fellow is contracted for.",
        ),
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
        (
            [SESSION_ROW, REGISTER, MARK | {"mark": "part"}],
            "row 4, column minutes: Attendance in part, and no other, is ",
        ),
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
    assert problem.startswith("row 4, column fact: What lies in the future cannot have taken place yet.")
    assert record.load(written(file, "attendance", future, REGISTER), "attendance").entered == 2
    scheduled, opened, expected = record.entries()
    assert (scheduled.happened.precision, opened.day, expected.day) == (Precision.UNKNOWN, today(), today())


def test_what_a_row_declares_with_evidence_names_the_document(record: SheetRecord, file: Path) -> None:
    entry, _, promoted, *_ = template("career")
    declared = promoted | {"role": "", "basis": "declared_with_evidence"}
    (problem,) = problems(record, written(file, "career", entry, declared | {"evidence": ""}), "career")
    assert problem.startswith("row 3, column evidence: What is declared with evidence names the document")
    (problem,) = problems(record, written(file, "career", entry, declared | {"evidence": str(uuid4())}), "career")
    assert "it must be the document's identifier, a space, and the SHA-256 of its bytes" in problem
    record.load(written(file, "career", entry, declared), "career")
    assert [" ".join(each) for each in record.entries()[-1].stated.evidence] == [promoted["evidence"]]


def test_a_file_may_lack_the_column_of_evidence(record: SheetRecord, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, [column for column in SHEETS["career"].columns if column != "evidence"])
        table.writeheader()
        table.writerow({column: text for column, text in template("career")[0].items() if column != "evidence"})
    assert record.load(file, "career").entered == 1
    whole = written(file, "career", template("career")[0])
    assert record.load(whole, "career").there_before == 1


def test_the_expectation_of_a_fellow_who_is_not_on_the_record_cannot_be_waived(record: SheetRecord, file: Path) -> None:
    waived = REGISTER | {"fact": "waived", "fellowship_id": STRANGER}
    (problem,) = problems(record, written(file, "attendance", SESSION_ROW, REGISTER, waived), "attendance")
    assert problem.startswith("row 4, column fellowship_id: Nothing of this kind is recorded")
    assert f"There is no fellowship {STRANGER} on the record." in problem


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
    assert problem.startswith("row 2, column qi_remit_source: Whether a role includes improving quality")


def test_what_a_file_undoes_is_not_entered_together_with_it(record: SheetRecord, file: Path) -> None:
    cancelled = REGISTER | {"fact": "cancelled", "on": "2013-10-06", "reason": "speaker_unavailable"}
    delivered = REGISTER | {"fact": "delivered"}
    scheduled = SESSION_ROW | {"on": "2013-06-03"}
    path = written(file, "attendance", scheduled, REGISTER, delivered, MARK, cancelled)
    assert problems(record, path, "attendance") == [
        "row 6, column fact: undoes what is not entered yet (row 4, 5): take one or the other out"
    ]
    unheard = [row | {"session": "M2"} for row in (scheduled, REGISTER, cancelled)]
    assert record.load(written(file, "attendance", *unheard), "attendance").entered == 3


def test_a_problem_that_follows_from_another_row_is_told_as_such(record: SheetRecord, file: Path) -> None:
    release = RELEASE | {"released_wte": "0.7"}
    ended = STARTED | {"fact": "ended", "on": "2014-08-31"}
    other = RELEASE | {"secondment": "S2", "organisation": "ZZM02", "starts_on": "2014-09-02", "ends_on": "2014-09-01"}
    path = written(file, "secondments", release, STARTED, ended, other)
    first, second, third, own = problems(record, path, "secondments")
    assert first.startswith("row 2, column released_wte: ")
    assert second == "row 3, column secondment: 'S1' is not there because of row 2: put that right first."
    assert third == "row 4, column secondment: 'S1' is not there because of row 2: put that right first."
    assert own.startswith("row 5, column ends_on: ")
    assert "because of row" not in first + own


def test_a_problem_that_may_follow_from_another_row_is_told_with_that_row(record: SheetRecord, file: Path) -> None:
    path = written(file, "secondments", RELEASE)
    assert record.load(path, "secondments").entered == 1
    started = STARTED | {"on": "2012-09-03"}
    path = written(file, "secondments", started, STARTED | {"fact": "ended", "on": "2014-03-31"})
    first, second = problems(record, path, "secondments")
    assert "because of row" not in first
    assert second.endswith("It may be only because of row 2: put that right first.")


def test_what_is_wrong_of_one_fellow_is_not_said_to_follow_from_another(record: SheetRecord, file: Path) -> None:
    second = record.office.person()
    fellow = FellowshipId.new()
    record.starts(fellow, second)
    waived: dict[str, object] = REGISTER | {"fact": "waived", "fellowship_id": fellow, "on": "2010-01-01"}
    rows = (SESSION_ROW, REGISTER, MARK | {"mark": "part"}, waived)
    told = problems(record, written(file, "attendance", *rows), "attendance")
    assert told
    assert not any("because of row" in each for each in told)
