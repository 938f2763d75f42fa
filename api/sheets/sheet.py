"""What a sheet is: its columns, the facts that its rows may tell, and how each of them is entered."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from api.importing.columns import Parse, one_of
from api.importing.problems import Problems, shown
from api.importing.rows import rows
from domain.event import Event
from domain.stream import Stream
from domain.values import Happened, Id, today
from infra.log.desk import Desk

FACT, ON = "fact", "on"
"""The columns that every sheet has: which fact the row tells, and when it happened."""
MOST = 10_000
"""Rows of a file; they are entered all together."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One kind of fact that rows of a sheet tell, by its word in the column `fact`.

    A row needs the columns in `needs`, may have those in `takes`, and leaves the others empty. `key` names the columns
    that tell it from others of its kind within its subject: a row is entered once by it. `enter` enters it at a desk.
    `undoes` are the words of those that it marks as entered in error: they are entered by an earlier run.
    """

    word: str
    event: type[Event]
    enter: Callable[[Desk, "Row"], None]
    needs: tuple[str, ...] = (ON,)
    takes: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    parses: Mapping[str, Parse] = field(default_factory=dict[str, Parse])
    opens: bool = False
    undoes: tuple[str, ...] = ()


class Subject(NamedTuple):
    """What the rows of a sheet are about, by a code of the file's own in the column of that name."""

    column: str
    kind: type[Id]
    stream: Stream[Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One kind of file. With `by_day` its rows are entered in order of date, else in that of its tellings.

    A file may lack the columns in `optional`: they came after the others.
    """

    name: str
    subject: Subject | None
    columns: Mapping[str, Parse]
    tellings: tuple[Telling, ...]
    by_day: bool = True
    optional: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """The column that says what a row is about."""
        return "fellowship_id" if self.subject is None else self.subject.column

    def template(self) -> Path:
        """An example of such a file, with a row for each kind of fact."""
        return Path(__file__).parents[1] / "templates" / f"{self.name}.csv"


@dataclass(frozen=True, slots=True)
class Row:
    """A row, checked. `values` are as the file has them, `ids` the identifiers behind its codes, by column."""

    number: int
    telling: Telling
    values: Mapping[str, Any]
    ids: dict[str, Id] = field(default_factory=dict[str, Id])
    claim: list[Callable[[Desk, str | None], None]] = field(default_factory=list[Callable[[Desk, "str | None"], None]])

    def __getitem__(self, column: str) -> Any:
        """The identifier behind a column's code, else its value; None where it is empty."""
        return self.ids.get(column, self.values.get(column))

    @property
    def happened(self) -> Happened:
        """When it happened, as exactly as the row says."""
        return self.telling.event.happening(self.values[ON], today())

    @property
    def day(self) -> date:
        """The day it is placed on."""
        return self.happened.day

    def given(self, *columns: str) -> dict[str, Any]:
        """The values of those of these columns that are not empty, by column."""
        return {column: self[column] for column in columns if self[column] is not None}

    def claims(self, desk: Desk, person_id: str | None = None) -> None:
        """Have the codes of the file stand for what they name; those of a person's own go with the person."""
        for claim in self.claim:
            claim(desk, person_id)

    def identity(self, sheet: Sheet) -> tuple[str, ...]:
        """What this row is, whatever else it says."""
        return sheet.name, self.telling.word, *(_text(self.values[each]) for each in (sheet.about, *self.telling.key))

    def body(self) -> bytes:
        """All that the row says."""
        said = {column: _text(value) for column, value in self.values.items() if value is not None}
        return "\n".join(f"{column}={text}" for column, text in sorted(said.items())).encode()


def read(path: Path, sheet: Sheet, problems: Problems) -> list[Row]:
    """The rows of a file, in the order of entering. What is wrong goes to `problems`."""
    found: list[Row] = []
    by_identity: dict[tuple[str, ...], int] = {}
    for row in _rows(path, sheet, problems):
        if len(found) == MOST:
            problems.add(path.name, row.number, None, f"is one too many: enter {MOST:,} rows at a time")
            break
        first = by_identity.setdefault(row.identity(sheet), row.number)
        if first != row.number:
            problems.add(path.name, row.number, FACT, f"tells the same as row {first}; take one of the two out")
        found.append(row)
    order = {telling.word: place for place, telling in enumerate(sheet.tellings)}

    def when(row: Row) -> tuple[date, int, int]:
        return row.day if sheet.by_day else date.min, order[row.telling.word], row.number

    return sorted(found, key=when)


def _rows(path: Path, sheet: Sheet, problems: Problems) -> Iterator[Row]:
    word = one_of({telling.word: telling for telling in sheet.tellings})
    names = list(sheet.columns)
    for number, texts in rows(path, tuple(names), problems, optional=sheet.optional):
        said = dict(zip(names, texts, strict=True))
        try:
            telling: Telling = word(said[FACT])
        except ValueError as error:
            problems.add(path.name, number, FACT, f"{shown(said[FACT])} is not right: {error}")
            continue
        values = {column: _value(path, number, column, said[column], telling, sheet, problems) for column in names}
        if None not in (values[column] for column in telling.needs):
            row = Row(number, telling, {column: value for column, value in values.items() if column != FACT})
            if row[sheet.about] is not None:
                yield row


def _value(
    path: Path, number: int, column: str, text: str, telling: Telling, sheet: Sheet, problems: Problems
) -> Any | None:
    needs: Sequence[str] = (sheet.about, FACT, *telling.needs)
    if text == "":
        if column in needs:
            problems.add(path.name, number, column, f"must not be empty in a row of {shown(telling.word)}")
        return None
    if column not in (*needs, *telling.takes):
        problems.add(path.name, number, column, f"must be empty in a row of {shown(telling.word)}")
        return None
    try:
        return telling.parses.get(column, sheet.columns[column])(text)
    except ValueError as error:
        problems.add(path.name, number, column, f"{shown(text)} is not right: {error}")
        return None


def _text(value: Any) -> str:
    return str(value.normalize() if isinstance(value, Decimal) else value)
