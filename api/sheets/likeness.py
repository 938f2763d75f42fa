"""Which kind of sheet a file looks like, by its header."""

from pathlib import Path

from api.importing.rows import LONGEST_LINE
from api.sheets.load import SHEETS
from api.sheets.sheet import Sheet


def another_kind(file: Path, kind: str) -> str | None:
    """The kind of sheet that a file has the columns of, where it is not this one. None where that cannot be told."""
    if not file.is_file():
        return None
    with file.open("rb") as opened:
        header = opened.readline(LONGEST_LINE).decode("utf-8-sig", errors="replace")
    names = {name.strip().strip('"') for name in header.split(",")}
    alike = [each.name for each in SHEETS.values() if _needed(each) <= names]
    return None if kind in alike else next(iter(alike), None)


def _needed(sheet: Sheet) -> set[str]:
    return {*sheet.columns} - {*sheet.optional}
