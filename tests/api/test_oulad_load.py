"""Loading Open University data: what becomes of each row."""

from datetime import date, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.oulad.files import ASSESSMENTS, COURSES, LEARNERS, REGISTRATIONS, SUBMISSIONS
from api.oulad.report import Fate, Report
from domain.person import BackgroundDeclared
from domain.values import Sealed
from infra.log.external import identifiers
from tests.api.oulad_loader import Loader
from tests.oulad_folder import rows, write
from tests.oulad_second import SecondComputation

FIRST = date(2013, 2, 1)
"""The first day of ABC-2013B."""


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


DAY = st.integers(-8, 14).map(str) | st.sampled_from(["", "?"])
LEARNER = st.tuples(
    DAY,
    DAY,
    st.sampled_from(["Pass", "Distinction", "Fail", "Withdrawn", "Withdrawn"]),
    st.lists(st.tuples(st.integers(-9, 14), st.booleans()), max_size=2, unique_by=lambda submitted: submitted[1]),
)
_modules = count(1)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
