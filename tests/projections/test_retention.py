"""Retention: cohorts compared at equal months since their start."""

from datetime import date

import pytest

from domain.fellowship_events import FellowshipCompleted
from domain.months import months_after
from domain.values import CohortId, FellowshipId
from infra.views.reading import At
from projections.cohort import cohorts, first_recorded
from projections.retention import Month, retention
from tests.office import Office


@pytest.mark.parametrize(
    ("start", "months", "day"),
    [
        (date(2013, 9, 1), 12, date(2014, 9, 1)),
        (date(2013, 8, 31), 1, date(2013, 9, 30)),
        (date(2012, 8, 31), 6, date(2013, 2, 28)),
        (date(2013, 12, 15), 0, date(2013, 12, 15)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_of_a_shorter_month(start: date, months: int, day: date) -> None:
    assert months_after(start, months) == day


def start(office: Office, cohort: CohortId, year: int) -> FellowshipId:
    fellowship = FellowshipId.new()
    office.do(office.accepting(fellowship, office.person(), cohort, date(year, 6, 1)))
    office.do(office.confirming(fellowship, date(year, 7, 1)))
    office.do(office.starting(fellowship, cohort, date(year, 9, 1)))
    return fellowship


def test_cohorts_are_compared_at_the_same_age_and_a_young_one_is_not_yet(office: Office) -> None:
    programme = office.programme()
    older, younger = office.cohort(programme, 2013), office.cohort(programme, 2014)
    leaver, finisher = start(office, older, 2013), start(office, older, 2013)
    start(office, younger, 2014)
    never = FellowshipId.new()
    office.do(office.accepting(never, office.person(), older, date(2013, 6, 1)))
    office.do(office.withdrawing(leaver, date(2014, 1, 10)))
    office.do(office.stating(finisher, date(2014, 8, 31), FellowshipCompleted))
    with office.reading() as connection:
        at = At(date(2015, 1, 1), office.known())
        rows = cohorts(connection, at, programme_id=programme)
        first, second = retention(connection, at, rows, months=(0, 6, 12))

    def figures(month: Month) -> tuple[object, ...]:
        return (month.started, month.in_programme, month.completed, month.withdrawn, month.retained)

    assert [figures(month) for month in first.months] == [(2, 2, 0, 0, 2), (2, 1, 0, 1, 1), (2, 0, 1, 1, 1)]
    assert [month.not_yet for month in second.months] == [False, True, True]
    assert second.months[1].started is None


def test_a_cohort_tells_since_when_the_record_knows_of_it(office: Office) -> None:
    cohort = office.cohort(office.programme(), 2013)
    with office.reading() as connection:
        known = office.known()
        first = first_recorded(connection, cohort)
        assert first_recorded(connection, CohortId.new()) is None
        (row,) = cohorts(connection, At(date(2013, 1, 1), known))
    assert first is not None
    assert first.position == known
    assert (row.code, row.programme_code) == ("QIF-2013", "QIF")
