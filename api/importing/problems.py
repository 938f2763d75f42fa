"""What is wrong with files of data, said so that whoever made them can put it right."""

from collections.abc import Sequence
from typing import NamedTuple

ENOUGH = 100
"""Problems that are listed before reading stops."""


class Problem(NamedTuple):
    """One thing that is wrong. `row` is counted as an editor shows it: the header is row 1."""

    file: str
    row: int | None
    column: str | None
    text: str

    def __str__(self) -> str:
        row = "" if self.row is None else f", row {self.row}"
        column = "" if self.column is None else f", column {self.column}"
        return f"{self.file}{row}{column}: {self.text}"


class FilesRefused(Exception):
    """The files cannot be loaded. `problems` lists why; `stopped` tells that there may be more of them."""

    def __init__(self, problems: Sequence[Problem], *, stopped: bool = False) -> None:
        self.problems = tuple(problems)
        self.stopped = stopped
        more = f"\nReading stopped at {len(self.problems)} problems; there may be more." if stopped else ""
        super().__init__("\n".join(map(str, self.problems)) + more)


class Problems:
    """Collects problems, up to `ENOUGH` of them; then raises `FilesRefused`."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._files: set[str] = set()

    def add(self, file: str, row: int | None, column: str | None, text: str) -> None:
        """Take a problem in. Raises FilesRefused when it is one too many to go on."""
        self._found.append(Problem(file, row, column, text))
        self._files.add(file)
        if len(self._found) == ENOUGH:
            raise FilesRefused(self._found, stopped=True)

    def none_in(self, *files: str) -> bool:
        """Whether nothing wrong was found in any of these files."""
        return self._files.isdisjoint(files)

    def refuse(self) -> None:
        """Raise FilesRefused if there is any problem."""
        if self._found:
            raise FilesRefused(self._found)


def shown(text: str, length: int = 40) -> str:
    """A value from a file, quoted, and cut where it is longer than `length`."""
    return repr(text if len(text) <= length else text[: length - 3] + "...")
