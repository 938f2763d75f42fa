"""Interleaved rounds, medians, and the table they come out in."""

import json
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

Round = Callable[[], int]
"""One round of a candidate: it does its work and returns how many operations that was."""


@dataclass(frozen=True)
class Line:
    """One line of the goals: our figure, those it is held against, and how far it is."""

    line: int
    name: str
    unit: str
    ours: float
    against: Mapping[str, float]
    ratio: Mapping[str, float]
    goal: float
    stretch: float
    reached: bool


def measure(
    line: int, name: str, unit: str, *, ours: Round, against: Mapping[str, Round], goal: float, stretch: float,
    rounds: int = 5,
) -> Line:  # fmt: skip
    """Run every candidate once a round, in turn; each figure is the median of operations a second over the rounds.

    The ratio is ours over theirs, and the goal is held against the first candidate.
    """
    candidates = {"ours": ours, **against}
    rates: dict[str, list[float]] = {each: [] for each in candidates}
    for _ in range(rounds):
        for each, run in candidates.items():
            begun = time.perf_counter()
            operations = run()
            rates[each].append(operations / (time.perf_counter() - begun))
    medians = {each: statistics.median(found) for each, found in rates.items()}
    ratio = {each: medians["ours"] / medians[each] for each in against}
    return Line(
        line=line,
        name=name,
        unit=unit,
        ours=medians["ours"],
        against={each: medians[each] for each in against},
        ratio=ratio,
        goal=goal,
        stretch=stretch,
        reached=next(iter(ratio.values())) >= goal,
    )


def tell(lines: list[Line], file: Path) -> None:
    """Write the lines to a file as JSON, and to the screen as a table."""
    file.write_text(json.dumps([asdict(line) for line in lines], indent=2) + "\n")
    table = Table("line", "what", "ours", "against", "ratio", "goal", "stretch", "reached")
    for line in lines:
        against = "\n".join(f"{each}: {figure:,.0f}" for each, figure in line.against.items())
        ratio = "\n".join(f"{figure:.2f}" for figure in line.ratio.values())
        reached = "yes" if line.reached else "no"
        what = f"{line.name} ({line.unit})"
        table.add_row(
            str(line.line), what, f"{line.ours:,.0f}", against, ratio, str(line.goal), str(line.stretch), reached
        )
    Console(width=140).print(table)
