"""What the columns of the files may hold, and the rows of a file read by them."""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from api.oulad.problems import Problems, shown
from api.oulad.rows import rows

FARTHEST = 4_000
"""Days from the start of a presentation beyond which a day is taken for a mistake."""

Parse: TypeAlias = Callable[[str], Any]
"""From the text of a value to what it means. Raises ValueError, which says what would be right."""

# Programs that know no empty whole numbers write 19 as 19.0.
_WHOLE = re.compile(r"(-?[0-9]{1,18})(?:\.0+)?")
_WEIGHT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6})?")
_MODULE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,19}")
_PRESENTATION = re.compile(r"[12][0-9]{3}[A-L]")
_NOT_GIVEN = ("", "?")


class Result(StrEnum):
    """How a learner's presentation ended."""

    DISTINCTION = "Distinction"
    PASS = "Pass"
    FAIL = "Fail"
    WITHDRAWN = "Withdrawn"


def table(path: Path, columns: Mapping[str, Parse], problems: Problems) -> Iterator[tuple[int, list[Any]]]:
    """Yield each row's number and what its values mean, in the order of `columns`.

    A row with a value that means nothing is left out, and told to `problems`. Raises FolderRefused when there are too
    many.
    """
    parses = list(columns.items())
    for row, texts in rows(path, tuple(columns), problems):
        values: list[Any] = []
        for (column, parse), text in zip(parses, texts, strict=True):
            try:
                values.append(parse(text))
            except ValueError as error:
                problems.add(path.name, row, column, f"{shown(text)} is not right: {error}")
        if len(values) == len(parses):
            yield row, values


def optional(parse: Parse) -> Parse:
    """The same, where nothing and "?" mean that the value is not given."""
    return lambda text: None if text in _NOT_GIVEN else parse(text)


def whole(least: int, most: int) -> Parse:
    """A whole number within bounds."""

    def parse(text: str) -> int:
        match = _WHOLE.fullmatch(text)
        if match is None or not least <= (number := int(match[1])) <= most:
            raise ValueError(f"it must be a whole number from {least:,} to {most:,}")
        return number

    return parse


day = whole(-FARTHEST, FARTHEST)
"""A day, counted from the first of the presentation."""


def number(text: str) -> str:
    """The number of a learner or an assessment, without leading zeros."""
    match = _WHOLE.fullmatch(text)
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


def words(text: str) -> str:
    """A few words."""
    if len(text) > 200 or not text.isprintable():
        raise ValueError("it must be at most 200 characters that can be printed")
    return text


def given(text: str) -> str:
    """A few words that must be there."""
    if text in _NOT_GIVEN:
        raise ValueError("it must not be empty")
    return words(text)


def one_of(meanings: Mapping[str, Any]) -> Parse:
    """One of a few words, by what each means."""

    def parse(text: str) -> Any:
        if text not in meanings:
            raise ValueError(f"it must be one of: {', '.join(meanings)}")
        return meanings[text]

    return parse
