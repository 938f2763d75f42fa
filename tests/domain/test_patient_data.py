"""What looks like an NHS number, and what does not."""

import pytest

from domain.patient_data import LooksLikePatientData, holds_nhs_number


@pytest.mark.parametrize("text", ["9434765919", "943 476 5919", "943-476-5919", "bed 4, 4010232137.", "x9434765919y"])
def test_ten_digits_with_a_valid_check_digit_are_an_nhs_number(text: str) -> None:
    assert holds_nhs_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "9434765918",
        "94347659190",
        "943 4765 919",
        "nine in ten by June 2014",
        "020 7946 0958",
        "",
        "1234567890",
        "1000000010",
    ],
)
def test_other_digits_are_not(text: str) -> None:
    assert not holds_nhs_number(text)


def test_the_check_digit_is_right_for_one_number_in_eleven_or_so() -> None:
    found = sum(holds_nhs_number(f"{number:010d}") for number in range(4_000_000_000, 4_000_001_100))
    assert found == 100


def test_a_second_number_is_found_behind_a_wrong_one() -> None:
    assert holds_nhs_number("9434765918 or 9434765919")
    assert "NHS number" in LooksLikePatientData.explanation()
