"""docs/import.md: its tables are those of the sheets, and its examples those of the templates."""

import csv
import re
from pathlib import Path

import pytest

from api.sheets.load import SHEETS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")


def tables(sheet: str) -> list[list[list[str]]]:
    """The cells of the tables in a sheet's section, without heads."""
    (section,) = re.findall(rf"^## {sheet.capitalize()}\n(.*?)(?=^## |\Z)", DOCUMENT, re.DOTALL | re.MULTILINE)
    found = re.findall(r"((?:^\|.*\n)+)", section, re.MULTILINE)
    return [[row.strip("| ").split(" | ") for row in table.splitlines()[2:]] for table in found]


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_columns_are_listed_with_examples_of_the_template(sheet: str) -> None:
    columns, _ = tables(sheet)
    assert [name for name, _, _ in columns] == [f"`{column}`" for column in SHEETS[sheet].columns]
    with SHEETS[sheet].template().open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for name, says, example in columns:
        assert example in {row[name.strip("`")] for row in rows}
        assert says


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_facts_are_listed_with_what_they_need_and_may_have(sheet: str) -> None:
    _, facts = tables(sheet)
    listed = [[re.findall(r"`(\w+)`", cell) for cell in row] for row in facts]
    assert listed == [[[each.word], [*each.needs], [*each.takes]] for each in SHEETS[sheet].tellings]


def test_every_template_is_linked_to() -> None:
    for sheet in SHEETS.values():
        assert f"(../api/templates/{sheet.template().name})" in DOCUMENT
