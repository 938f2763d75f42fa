"""The account of a load: every row of every file, entered as it stands, adjusted, or refused."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from api.importing.entered import Entered
from api.importing.listing import write_list
from api.oulad.files import FILES
from api.oulad.mapping import Adjusted


class Fate(StrEnum):
    """What became of a row."""

    LOADED = "loaded"
    ADJUSTED = "adjusted"
    REFUSED = "refused"


class Listed(NamedTuple):
    """A row that was adjusted or refused, and why: a lasting code, and a sentence."""

    file: str
    row: int
    fate: Fate
    code: str
    why: str


@dataclass
class Report:
    """Every row is accounted for: `rows` by file, and those that were adjusted or refused, listed.

    `entered` and `there_before` count the facts recorded now, or that would be in a dry run, and by earlier runs;
    `entries` are what the log holds of those recorded now: a fact may take several.
    """

    rows: Mapping[str, int]
    dry_run: bool = False
    entered: int = 0
    there_before: int = 0
    entries: Entered | None = None
    _listed: dict[tuple[str, int], list[Listed]] = field(default_factory=dict[tuple[str, int], list[Listed]])

    def adjusted(self, notes: Iterable[Adjusted]) -> None:
        """Take in rows that were not entered quite as they stand."""
        for note in notes:
            self._list(Listed(note.file, note.row, Fate.ADJUSTED, note.code, note.why))

    def refused(self, file: str, row: int, code: str, why: str) -> None:
        """Take in a row of which something was refused."""
        self._list(Listed(file, row, Fate.REFUSED, code, why))

    def listed(self) -> Iterator[Listed]:
        """The rows that were adjusted or refused, by file and row. One that was both is there for each reason."""
        for file in FILES:
            for row in sorted(row for its_file, row in self._listed if its_file == file):
                yield from self._listed[file, row]

    def counts(self) -> dict[str, dict[Fate, int]]:
        """How many rows of each file were loaded, adjusted and refused; a row that was both was refused."""
        counts = {file: dict.fromkeys(Fate, 0) for file in FILES}
        for (file, _), listed in self._listed.items():
            fates = {item.fate for item in listed}
            counts[file][Fate.REFUSED if Fate.REFUSED in fates else Fate.ADJUSTED] += 1
        for file, count in counts.items():
            count[Fate.LOADED] = self.rows[file] - count[Fate.ADJUSTED] - count[Fate.REFUSED]
        return counts

    def write(self, path: Path) -> None:
        """Write the list: as CSV where the name ends in .csv, else one line of JSON a row. Raises OSError."""
        write_list(path, Listed._fields, self.listed())

    def summary(self) -> RenderableType:
        """The account, to be shown to a person."""
        table = Table("file", *(Column(head, justify="right") for head in ("rows", *Fate)))
        for file, count in self.counts().items():
            table.add_row(file, *(f"{number:,}" for number in (self.rows[file], *count.values())))
        reasons = Counter((item.fate, item.file, item.code) for item in self.listed())
        lines = [f"{count:,} {fate}: {file}, {code.replace('_', ' ')}" for (fate, file, code), count in reasons.items()]
        said = "would be recorded" if self.dry_run else "recorded"
        lines.append(f"{self.entered:,} facts {said}, {self.there_before:,} were on the record before.")
        if self.entries is not None:
            lines.append(f"The facts recorded now are {self.entries}.")
        return Group(table, Text("\n".join(lines)))

    def _list(self, item: Listed) -> None:
        self._listed.setdefault((item.file, item.row), []).append(item)
