"""Lists of rows and what became of them, as files."""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any


def write_list(path: Path, fields: Sequence[str], items: Iterable[Sequence[Any]]) -> None:
    """Write a list: as CSV where the name ends in .csv, else one line of JSON an item. Raises OSError."""
    with path.open("w", encoding="utf-8", newline="") as file:
        if path.suffix.lower() == ".csv":
            table = csv.writer(file)
            table.writerow(fields)
            table.writerows(items)
        else:
            said = (dict(zip(fields, item, strict=True)) for item in items)
            file.writelines(json.dumps(each, ensure_ascii=False) + "\n" for each in said)
