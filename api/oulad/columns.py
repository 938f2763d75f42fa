"""What the columns of the files may hold."""

import re
from decimal import Decimal
from enum import StrEnum

from api.importing.columns import WHOLE, whole

FARTHEST = 4_000
"""Days from the start of a presentation beyond which a day is taken for a mistake."""

_WEIGHT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6})?")
_MODULE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,19}")
_PRESENTATION = re.compile(r"[12][0-9]{3}[A-L]")


class Result(StrEnum):
    """How a learner's presentation ended."""

    DISTINCTION = "Distinction"
    PASS = "Pass"
    FAIL = "Fail"
    WITHDRAWN = "Withdrawn"


day = whole(-FARTHEST, FARTHEST)
"""A day, counted from the first of the presentation."""


def number(text: str) -> str:
    """The number of a learner or an assessment, without leading zeros."""
    match = WHOLE.fullmatch(text)
    if match is None or text.startswith("-"):
        raise ValueError("it must be a number such as 11391")
    return str(int(match[1]))


def module(text: str) -> str:
    """The code of a module."""
    if not _MODULE.fullmatch(text):
        raise ValueError("it must be the code of a module, such as AAA")
    return text


def presentation(text: str) -> str:
    """The code of a presentation."""
    if not _PRESENTATION.fullmatch(text):
        raise ValueError("it must be a year and the letter of a month, A to L, such as 2013J for October 2013")
    return text


def weight(text: str) -> Decimal:
    """A weight in percent."""
    if not _WEIGHT.fullmatch(text) or (value := Decimal(text)) > 100:
        raise ValueError("it must be a number from 0 to 100, such as 12.5")
    return value
