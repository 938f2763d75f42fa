"""Rows of a CSV file, read in bounded memory: one line a row, UTF-8 with or without a byte order mark, LF or CRLF."""

import csv
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from api.importing.problems import Problems, shown

LONGEST_LINE = 65_536
"""Bytes in a line; a longer one is not a row of data."""
BLANK_LINES = 1_000
"""Blank lines at the end of a file that are passed over."""
_DELIMITERS = {";": "semicolons (;)", "\t": "tabs", "|": "vertical bars (|)"}


class _Stop(Exception):
    """What is wrong leaves no way to read on in this file."""


def rows(
    path: Path, columns: tuple[str, ...], problems: Problems, *, optional: Collection[str] = ()
) -> Iterator[tuple[int, list[str]]]:
    """Yield each row's number and its values in the order of `columns`, without surrounding spaces.

    The header is row 1; other columns are passed over, and one of the `optional` that is not there is empty. What is
    wrong goes to `problems`, and rows that cannot be read are left out. Raises FilesRefused when there are too many
    problems.
    """
    name = path.name
    try:
        # Anything but a plain file could be without end, or wait for ever.
        if not path.is_file():
            problems.add(name, None, None, "there is no such file in the folder" if not path.exists() else "is no file")
            return
        with path.open("rb") as file:
            yield from _rows(_Lines(file, name, problems), columns, optional)
    except OSError as error:
        problems.add(name, None, None, f"cannot be read: {error.strerror}")
    except _Stop:
        return


def _rows(lines: "_Lines", columns: tuple[str, ...], optional: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    header = lines.header(columns, optional)
    places = [header.index(column) if column in header else None for column in columns]
    width = len(header)
    for row, line in lines:
        values = lines.split(line, row)
        if values is None:
            continue
        if len(values) != width:
            lines.problem(row, None, f"has {_count(len(values), 'value')}, and the header has {width}{_why(line)}")
            continue
        yield row, ["" if place is None else values[place].strip() for place in places]


class _Lines:
    """The lines of one file, decoded and numbered."""

    def __init__(self, file: BinaryIO, name: str, problems: Problems) -> None:
        self._file = file
        self._name = name
        self._problems = problems

    def problem(self, row: int | None, column: str | None, text: str) -> None:
        self._problems.add(self._name, row, column, text)

    def __iter__(self) -> Iterator[tuple[int, str]]:
        row, blank = 1, 0
        while raw := self._file.readline(LONGEST_LINE + 1):
            row += 1
            line = self._text(raw, row)
            if not line or line.isspace():
                blank += 1
                if blank > BLANK_LINES:
                    raise self._stop(row, f"the last {BLANK_LINES:,} rows are empty; take empty rows out")
                continue
            if blank:
                self.problem(row - blank, None, "is empty; take empty rows out")
                blank = 0
            yield row, line

    def header(self, columns: tuple[str, ...], optional: Collection[str]) -> list[str]:
        """The names in the first row. Stops where any of `columns` that is not `optional` is not among them."""
        raw = self._file.readline(LONGEST_LINE + 1)
        if not raw:
            raise self._stop(None, f"is empty; it must have a header row and the columns {', '.join(columns)}")
        line = self._text(raw.removeprefix(BOM_UTF8), 1)
        header = self.split(line, 1)
        if header is None:
            raise _Stop
        header = [name.strip() for name in header]
        if len(header) == 1 and (said := [words for mark, words in _DELIMITERS.items() if mark in line]):
            raise self._stop(1, f"the values are separated by {said[0]}; separate them by commas (,)")
        if "\r" in line:
            raise self._stop(1, "the lines end in a bare carriage return; end them in LF or CRLF")
        if not line.strip():
            raise self._stop(1, f"is empty; the first row must be a header with the columns {', '.join(columns)}")
        for column in columns:
            if column not in header and column not in optional:
                self.problem(1, column, f"this column is missing; the header has: {shown(', '.join(header), 200)}")
            elif header.count(column) > 1:
                self.problem(1, column, "this column is there more than once")
        if any(header.count(column) != 1 for column in columns if column in header or column not in optional):
            raise _Stop
        return header

    def split(self, line: str, row: int) -> list[str] | None:
        """The values of a line, or None where it cannot be split."""
        if '"' not in line:
            return line.split(",")
        try:
            (values,) = csv.reader([line], strict=True)
        except csv.Error:
            self.problem(row, None, 'a value in quotation marks (") does not end in this row, or goes on after them')
            return None
        return values

    def _text(self, raw: bytes, row: int) -> str:
        if row == 1 and raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            raise self._stop(row, "the file is in UTF-16; save it as UTF-8")
        if b"\0" in raw:
            raise self._stop(row, "holds NUL bytes, so this is not a text file in UTF-8")
        if len(raw) > LONGEST_LINE:
            raise self._stop(row, f"is longer than {LONGEST_LINE:,} bytes, so this is not a row of data")
        raw = raw.removesuffix(b"\n").removesuffix(b"\r")
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            byte = raw[error.start]
            where = f"byte {error.start + 1} of the row (0x{byte:02X})"
            raise self._stop(row, f"{where} is not UTF-8; save the file as UTF-8") from None

    def _stop(self, row: int | None, text: str) -> _Stop:
        self.problem(row, None, text)
        return _Stop()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _why(line: str) -> str:
    """What may have gone wrong in a row of too few or too many values."""
    for mark, words in _DELIMITERS.items():
        if mark in line and "," not in line:
            return f": the values are separated by {words}, and must be by commas (,)"
    return "; a value that holds a comma must stand in quotation marks"
