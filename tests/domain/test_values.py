"""Identifiers, dates as people know them, and what is personal."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.values import ERASED, CohortId, Erased, Happened, PersonId, Placed, Precision, today


def test_an_identifier_is_a_random_uuid_in_lower_case() -> None:
    fresh = CohortId.new()
    assert str(UUID(fresh)) == fresh != CohortId.new()
    read = TypeAdapter(CohortId).validate_python("5B0E6A0E-54F1-4C37-8F3A-6F0F3C1F9A01")
    assert (read, type(read)) == ("5b0e6a0e-54f1-4c37-8f3a-6f0f3c1f9a01", CohortId)
    with pytest.raises(ValidationError):
        TypeAdapter(PersonId).validate_python("ada")


@pytest.mark.parametrize(
    ("period", "placed", "expected"),
    [
        ("2014-04-12", "last", Happened(date(2014, 4, 12), Precision.DAY)),
        ("2014-02", "first", Happened(date(2014, 2, 1), Precision.MONTH)),
        ("2014-02", "last", Happened(date(2014, 2, 28), Precision.MONTH)),
        ("2016-02", "last", Happened(date(2016, 2, 29), Precision.MONTH)),
        ("2014", "first", Happened(date(2014, 1, 1), Precision.YEAR)),
        ("2014", "last", Happened(date(2014, 12, 31), Precision.YEAR)),
    ],
)
def test_a_period_is_placed_on_its_first_or_last_day(period: str, placed: Placed, expected: Happened) -> None:
    assert Happened.within(period, placed) == expected


@pytest.mark.parametrize(
    ("period", "placed", "expected"),
    [
        ("2014-04", "last", date(2014, 4, 12)),
        ("2014", "last", date(2014, 4, 12)),
        ("2014-03", "last", date(2014, 3, 31)),
        ("2014-05", "last", date(2014, 5, 31)),
        ("2015", "last", date(2015, 12, 31)),
        ("2014-04", "first", date(2014, 4, 1)),
        ("2014-04-13", "last", date(2014, 4, 13)),
    ],
)
def test_a_period_that_is_not_over_ends_on_the_latest_day_and_one_not_begun_on_its_own(
    period: str, placed: Placed, expected: date
) -> None:
    assert Happened.within(period, placed, date(2014, 4, 12)).day == expected


@pytest.mark.parametrize("period", ["", "14-04-12", "2014-13", "2014-02-30", "12.4.2014", "2014-04-12 ", "2014\n"])
def test_what_is_no_period_is_told_so(period: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Happened.within(period, "first")


def test_today_is_londons() -> None:
    assert today(datetime(2014, 6, 30, 23, 30, tzinfo=UTC)) == date(2014, 7, 1)
    assert today(datetime(2014, 1, 31, 23, 30, tzinfo=UTC)) == date(2014, 1, 31)
    assert abs((today() - datetime.now(UTC).date()).days) <= 1


def test_there_is_one_erased_value() -> None:
    assert Erased() is ERASED
    assert repr(ERASED) == "ERASED"
