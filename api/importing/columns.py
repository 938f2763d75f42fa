"""What columns of files may hold, and the rows of a file read by them."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from api.importing.problems import Problems, shown
from api.importing.rows import rows

Parse: TypeAlias = Callable[[str], Any]
"""From the text of a value to what it means. Raises ValueError, which says what would be right."""

# Programs that know no empty whole numbers write 19 as 19.0.
WHOLE = re.compile(r"(-?[0-9]{1,18})(?:\.0+)?")
_NOT_GIVEN = ("", "?")


def table(path: Path, columns: Mapping[str, Parse], problems: Problems) -> Iterator[tuple[int, list[Any]]]:
    """Yield each row's number and what its values mean, in the order of `columns`.

    A row with a value that means nothing is left out, and told to `problems`. Raises FilesRefused when there are too
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
        match = WHOLE.fullmatch(text)
        if match is None or not least <= (number := int(match[1])) <= most:
            raise ValueError(f"it must be a whole number from {least:,} to {most:,}")
        return number

    return parse


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
