"""Patient data: none belongs on this record, and what looks like an NHS number is refused."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from domain.refusal import Refusal

_SHAPED = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)")
_WEIGHTS = range(10, 1, -1)


class LooksLikePatientData(Refusal):
    """This holds what looks like an NHS number. No patient data belongs on this record: leave it out."""


def holds_nhs_number(text: str) -> bool:
    """Whether a text holds ten digits, written together or in groups of 3, 3 and 4, with a valid check digit.

    The rule is that of the NHS Data Dictionary: the first nine digits, weighted 10 to 2, and the tenth, modulo 11.
    """
    for found in _SHAPED.finditer(text):
        digits = [int(character) for character in found.group() if character.isdigit()]
        check = 11 - sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=False)) % 11
        if check % 11 == digits[9]:
            return True
    return False


def _without_patients(text: str) -> str:
    if holds_nhs_number(text):
        raise LooksLikePatientData
    return text


Sentence = Annotated[str, Field(min_length=1, max_length=400), AfterValidator(_without_patients)]
"""A short text about work, never about people. Raises LooksLikePatientData."""
