"""Reading and checking a folder of Open University data."""

import tracemalloc
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from api.importing.problems import ENOUGH, FilesRefused
from api.oulad.columns import Result
from api.oulad.files import Assessment, Learner, Place, Presentation, Registration, Submission, read_folder
from tests.oulad_folder import rows, write

ABC_2013B = Presentation("ABC", "2013B")
INFO, REGISTRATION, SUBMITTED = "studentInfo.csv", "studentRegistration.csv", "studentAssessment.csv"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "data")


def problems(folder: Path) -> list[str]:
    with pytest.raises(FilesRefused) as refused:
        read_folder(folder)
    return list(map(str, refused.value.problems))


def with_row(folder: Path, name: str, row: int, text: str) -> Path:
    """Put another text in a row, counted as an editor does."""
    path = folder / name
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[row - 1 : row] = [text]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_every_row_is_read_with_its_number_and_its_meaning(folder: Path) -> None:
    read = read_folder(folder)

    assert read.counts() == {name: len(lines) for name, lines in rows().items()}
    assert read.courses[ABC_2013B].ends_on == date(2013, 9, 29)
    assert read.assessments["102"] == Assessment(3, ABC_2013B, "102", "CMA", 54, Decimal("7.5"))
    assert read.learners[Place(ABC_2013B, "3")] == Learner(
        row=4,
        place=Place(ABC_2013B, "3"),
        gender="F",
        region="Scotland",
        highest_education="HE Qualification",
        imd_band=None,
        age_band="0-35",
        previous_attempts=1,
        studied_credits=60,
        disability=False,
        result=Result.DISTINCTION,
    )
    assert read.registrations[Place(ABC_2013B, "5")] == Registration(6, Place(ABC_2013B, "5"), -30, -3)
    assert read.submissions["103", "4"] == Submission(10, "103", "4", 60, True)


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("2013B", date(2013, 2, 1)),
        ("2013J", date(2013, 10, 1)),
        ("2019B", date(2019, 2, 1)),
        ("2014A", date(2014, 1, 1)),
    ],
)
def test_the_letter_of_a_presentation_is_its_month(code: str, first: date) -> None:
    assert Presentation("AAA", code).starts_on == first


def test_a_day_may_be_empty_or_a_question_mark_where_it_need_not_be_given(folder: Path) -> None:
    read = read_folder(folder)

    assert [read.assessments[number].due for number in ("103", "121")] == [None, None]
    assert [read.registrations[Place(ABC_2013B, learner)].registered for learner in ("8", "9")] == [None, None]


def test_a_byte_order_mark_carriage_returns_quotes_spaces_and_further_columns_are_taken(folder: Path) -> None:
    plain = read_folder(folder)
    path = folder / SUBMITTED
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    quoted = [",".join(f' "{value}"'.strip() for value in line.split(",")) for line in lines]
    reordered = [f"{line},{score}" for score, line in enumerate(quoted)]
    path.write_bytes(("\ufeff" + "\r\n".join([header + ", score", *reordered]) + "\r\n\r\n").encode())

    assert read_folder(folder) == plain


def test_columns_are_found_by_name_whatever_their_order(folder: Path) -> None:
    plain = read_folder(folder)
    path = folder / REGISTRATION
    turned = [",".join(reversed(line.split(","))) for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("\n".join(turned), encoding="utf-8")

    assert read_folder(folder) == plain


def test_whole_numbers_written_with_a_decimal_point_are_taken(folder: Path) -> None:
    with_row(folder, SUBMITTED, 2, "101,1,18.0,0")

    assert read_folder(folder).submissions["101", "1"].day == 18


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert problems(tmp_path / "elsewhere") == [f"{tmp_path / 'elsewhere'}: there is no such folder"]


def test_every_missing_file_is_named(folder: Path) -> None:
    (folder / INFO).unlink()
    (folder / REGISTRATION).unlink()

    assert problems(folder) == [
        "studentInfo.csv: there is no such file in the folder",
        "studentRegistration.csv: there is no such file in the folder",
    ]


def test_a_folder_in_place_of_a_file_is_no_file(folder: Path) -> None:
    (folder / INFO).unlink()
    (folder / INFO).mkdir()

    assert problems(folder) == ["studentInfo.csv: is no file"]


def test_a_missing_column_is_named_with_those_that_are_there(folder: Path) -> None:
    path = folder / "courses.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("module_presentation_length", "length"), encoding="utf-8")

    assert problems(folder) == [
        "courses.csv, row 1, column module_presentation_length: this column is missing; "
        "the header has: 'code_module, code_presentation, length'"
    ]


def test_a_column_that_is_there_twice_is_refused(folder: Path) -> None:
    with_row(folder, "courses.csv", 1, "code_module,code_presentation,module_presentation_length,code_module")

    assert problems(folder) == ["courses.csv, row 1, column code_module: this column is there more than once"]


@pytest.mark.parametrize(
    ("name", "row", "text", "said"),
    [
        (
            REGISTRATION,
            "ABC,2013B,6,-3O,0",
            "column date_registration: '-3O' is not right",
            "a whole number from -4,000 to 4,000",
        ),
        (REGISTRATION, "ABC,2013B,6,-30,1.5", "column date_unregistration: '1.5' is not right", "a whole number"),
        (REGISTRATION, "ABC,2013B,6,-30,99999", "column date_unregistration: '99999' is not right", "to 4,000"),
        (REGISTRATION, "ABC,2013B,six,-30,0", "column id_student: 'six' is not right", "a number such as 11391"),
        (REGISTRATION, "ABC,13B,6,-30,0", "column code_presentation: '13B' is not right", "such as 2013J"),
        (REGISTRATION, ",2013B,6,-30,0", "column code_module: '' is not right", "such as AAA"),
        (SUBMITTED, "102,3,?,0", "column date_submitted: '?' is not right", "a whole number"),
        (SUBMITTED, "102,3,2,yes", "column is_banked: 'yes' is not right", "one of: 0, 1"),
        ("assessments.csv", "XYZ,2014J,122,Exam,200,101", "column weight: '101' is not right", "from 0 to 100"),
        ("assessments.csv", "XYZ,2014J,122,,200,70", "column assessment_type: '' is not right", "not be empty"),
        (
            INFO,
            "ABC,2013B,6,F,,,,,0,60,N,Passed",
            "column final_result: 'Passed' is not right",
            "one of: Distinction, Pass, Fail, Withdrawn",
        ),
        (INFO, "ABC,2013B,6,F,,,,,-1,60,N,Pass", "column num_of_prev_attempts: '-1' is not right", "from 0 to"),
        (INFO, "ABC,2013B,6,F,,,,,0,60,perhaps,Pass", "column disability: 'perhaps' is not right", "one of: Y, N"),
    ],
)
def test_a_bad_value_in_row_7_is_named_with_what_would_be_right(
    folder: Path, name: str, row: str, text: str, said: str
) -> None:
    (problem, *_) = problems(with_row(folder, name, 7, row))

    assert problem.startswith(f"{name}, row 7, {text}: it must ")
    assert said in problem


def test_all_bad_values_of_all_files_are_listed_at_once(folder: Path) -> None:
    with_row(folder, REGISTRATION, 7, "ABC,2013B,x,y,z")
    with_row(folder, SUBMITTED, 3, "101,1")

    assert [problem.partition(":")[0] for problem in problems(folder)] == [
        "studentRegistration.csv, row 7, column id_student",
        "studentRegistration.csv, row 7, column date_registration",
        "studentRegistration.csv, row 7, column date_unregistration",
        "studentAssessment.csv, row 3",
    ]


def test_a_row_with_too_few_values_is_refused(folder: Path) -> None:
    assert problems(with_row(folder, SUBMITTED, 3, "102,1,54")) == [
        "studentAssessment.csv, row 3: has 3 values, and the header has 4; "
        "a value that holds a comma must stand in quotation marks"
    ]


def test_a_quotation_mark_that_is_left_open_is_refused(folder: Path) -> None:
    (problem, *_) = problems(with_row(folder, SUBMITTED, 3, '102,"1,54,0'))

    assert problem.startswith("studentAssessment.csv, row 3: a value in quotation marks")


@pytest.mark.parametrize(
    ("name", "row", "said"),
    [
        ("assessments.csv", "QQQ,2013B,102,CMA,54,7.5", "column code_module: the module 'QQQ' is not in courses.csv"),
        (
            "assessments.csv",
            "XYZ,2013B,102,CMA,54,7.5",
            "column code_presentation: the presentation '2013B' of XYZ is not in courses.csv",
        ),
        (REGISTRATION, "QQQ,2013B,2,-40,?", "column code_module: the module 'QQQ' is not in courses.csv"),
        (INFO, "ABC,2019J,2,F,,,,,0,60,N,Fail", "column code_presentation: the presentation '2019J' of ABC is not in"),
        (SUBMITTED, "999,1,54,0", "column id_assessment: the assessment 999 is not in assessments.csv"),
        (SUBMITTED, "102,77,54,0", "column id_student: studentInfo.csv has no learner 77 on ABC-2013B"),
        (REGISTRATION, "ABC,2013B,77,-40,?", "column id_student: studentInfo.csv has no row for the learner 77"),
    ],
)
def test_a_row_that_names_what_no_other_file_knows_is_refused(folder: Path, name: str, row: str, said: str) -> None:
    found = problems(with_row(folder, name, 3, row))

    assert any(problem.startswith(f"{name}, row 3, {said}") for problem in found), found


def test_a_learner_without_a_registration_is_refused(folder: Path) -> None:
    held = rows()
    del held[REGISTRATION][0]

    assert problems(write(folder, held)) == [
        "studentInfo.csv, row 2, column id_student: studentRegistration.csv has no row for the learner 1 on ABC-2013B"
    ]


@pytest.mark.parametrize("name", list(rows()))
def test_a_row_that_repeats_another_is_refused(folder: Path, name: str) -> None:
    held = rows()
    held[name].append(held[name][1])

    assert problems(write(folder, held)) == [
        f"{name}, row {len(held[name]) + 1}: repeats row 3; take one of the two out"
    ]


def test_a_number_with_a_leading_zero_is_the_same_number(folder: Path) -> None:
    held = rows()
    held[SUBMITTED].append("0101,01,18,0")

    assert problems(write(folder, held)) == ["studentAssessment.csv, row 20: repeats row 2; take one of the two out"]


@pytest.mark.parametrize(("mark", "words"), [(";", "semicolons (;)"), ("\t", "tabs"), ("|", "vertical bars (|)")])
def test_another_delimiter_is_named(folder: Path, mark: str, words: str) -> None:
    path = folder / INFO
    path.write_text(path.read_text(encoding="utf-8").replace(",", mark), encoding="utf-8")

    assert problems(folder) == [
        f"studentInfo.csv, row 1: the values are separated by {words}; separate them by commas (,)"
    ]


def test_another_encoding_is_refused_with_its_row_and_byte(folder: Path) -> None:
    row = b"ABC,2013B,6,F,C\xf4te,,,,0,60,N,Withdrawn"
    path = folder / INFO
    lines = path.read_bytes().splitlines()
    lines[6] = row
    path.write_bytes(b"\n".join(lines))

    assert problems(folder) == [
        "studentInfo.csv, row 7: byte 16 of the row (0xF4) is not UTF-8; save the file as UTF-8"
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_two_bytes_a_character_are_refused(folder: Path, encoding: str) -> None:
    path = folder / INFO
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))

    (problem,) = problems(folder)
    assert problem.startswith("studentInfo.csv, row 1: ")
    assert problem.endswith("UTF-8")


def test_bare_carriage_returns_are_refused(folder: Path) -> None:
    path = folder / "courses.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r"))

    assert problems(folder) == ["courses.csv, row 1: the lines end in a bare carriage return; end them in LF or CRLF"]


@pytest.mark.parametrize("nothing", [b"", b"\n\n\n", b"   \n"])
def test_a_file_without_a_header_is_refused(folder: Path, nothing: bytes) -> None:
    (folder / "courses.csv").write_bytes(nothing)

    (problem,) = problems(folder)
    assert problem.startswith("courses.csv")
    assert "code_module, code_presentation, module_presentation_length" in problem


def test_an_empty_row_between_others_is_refused_and_some_at_the_end_are_not(folder: Path) -> None:
    assert problems(with_row(folder, SUBMITTED, 3, "\n102,1,54,0\n\n\n")) == [
        "studentAssessment.csv, row 3: is empty; take empty rows out",
        "studentAssessment.csv, row 5: is empty; take empty rows out",
    ]
    write(folder)
    with (folder / SUBMITTED).open("a", encoding="utf-8") as file:
        file.write("\n" * 20)
    assert len(read_folder(folder).submissions) == len(rows()[SUBMITTED])


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        (b"\n", "the last 1,000 rows are empty"),
        (b"  \r\n", "the last 1,000 rows are empty"),
        (b"\0", "NUL bytes"),
        (b"x", "longer than 65,536 bytes"),
        (b" ", "longer than 65,536 bytes"),
        (b"a,", "longer than 65,536 bytes"),
        (b",,,\n", "is not right"),
        (b"?\n", "has 1 value, and the header has 4"),
    ],
)
@pytest.mark.parametrize("headed", [True, False], ids=["after a header", "from the start"])
def test_megabytes_of_nothing_are_refused_at_once_in_little_memory(
    tmp_path: Path, unit: bytes, said: str, headed: bool
) -> None:
    folder = write(tmp_path / "data")
    with (folder / SUBMITTED).open("r+b") as file:
        file.seek(0, 2 if headed else 0)
        for _ in range(8):
            file.write(unit * (2**20 // len(unit)))
    tracemalloc.start()
    try:
        found = problems(folder)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        (folder / SUBMITTED).unlink()

    assert all(problem.startswith("studentAssessment.csv, row ") for problem in found)
    assert len(found) <= ENOUGH
    assert not headed or said in found[0]
    assert peak < 2**20


def test_reading_stops_after_a_hundred_problems(folder: Path) -> None:
    held = rows()
    held[SUBMITTED] = [f"101,{learner},late,0" for learner in range(1000)]

    with pytest.raises(FilesRefused, match="Reading stopped at 100 problems") as refused:
        read_folder(write(folder, held))
    assert len(refused.value.problems) == ENOUGH == 100


def test_a_few_problems_are_all_there_are(folder: Path) -> None:
    with pytest.raises(FilesRefused) as refused:
        read_folder(with_row(folder, "courses.csv", 2, "ABC,2013B,long"))
    assert not refused.value.stopped
    assert "Reading stopped" not in str(refused.value)
