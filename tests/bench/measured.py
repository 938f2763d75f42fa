"""Interleaved rounds, medians, goals, and the table and the file they come out in."""

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

Round = Callable[[], float]
"""One round of a candidate: it does its work and returns its figure, a rate or a time."""


class Goal(NamedTuple):
    """What is to be reached, and what is hoped for: of the ratio to a candidate, of a further figure, or of ours.

    At least so much, or with `most` at most so much. A ratio says how many times as good ours is; with `most` it is how
    many times as long ours takes. Without a `goal` it is only hoped for.
    """

    of: str
    goal: float | None
    stretch: float | None = None
    most: bool = False

    def met(self, figure: float, bound: float | None) -> bool:
        """Whether a figure is on the right side of a bound."""
        return bound is None or (figure <= bound if self.most else figure >= bound)

    def told(self, bound: float | None) -> str:
        """A bound as people read it."""
        return "" if bound is None else f"{'<=' if self.most else '>='} {bound:g}"


@dataclass(frozen=True)
class Line:
    """One line of the goals: our figure, those it is held against, and how far it is.

    `reached` is true if every goal is; `missing` names those that nothing was measured for in this run.
    """

    line: int
    name: str
    unit: str
    ours: float
    against: Mapping[str, float]
    ratio: Mapping[str, float]
    goal: Mapping[str, str]
    stretch: Mapping[str, str]
    reached: bool
    stretch_reached: bool
    missing: Sequence[str]
    further: Mapping[str, float]
    size: str
    rounds: int
    spread: Mapping[str, tuple[float, float]]
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))


def line(
    number: int,
    name: str,
    unit: str,
    found: Mapping[str, Sequence[float]],
    goals: Sequence[Goal],
    *,
    size: str,
    further: Mapping[str, float] | None = None,
) -> Line:
    """A line from what was found in each round by each candidate; `ours` is one, and a time is in a unit of ms."""
    medians = {each: statistics.median(figures) for each, figures in found.items()}
    ours, less_is_better = medians.pop("ours"), unit.startswith("ms")
    asmuch = {goal.of for goal in goals if goal.most}
    ratio = {
        each: ours / other if not less_is_better or each in asmuch else other / ours for each, other in medians.items()
    }
    known = {"ours": ours} | dict(further or {}) | ratio
    measured = [goal for goal in goals if goal.of in known]
    missing = [goal.of for goal in goals if goal.of not in known]
    return Line(
        line=number,
        name=name,
        unit=unit,
        ours=ours,
        against=medians,
        ratio=ratio,
        goal={goal.of: goal.told(goal.goal) for goal in goals if goal.goal is not None},
        stretch={goal.of: goal.told(goal.stretch) for goal in goals if goal.stretch is not None},
        reached=not missing and all(goal.met(known[goal.of], goal.goal) for goal in measured),
        stretch_reached=not missing and all(goal.met(known[goal.of], goal.stretch) for goal in measured),
        missing=missing,
        further=dict(further or {}),
        size=size,
        rounds=max(len(figures) for figures in found.values()),
        spread={each: (min(figures), max(figures)) for each, figures in found.items()},
    )


def interleaved(candidates: Mapping[str, Round], rounds: int, *, warm: bool = True) -> dict[str, list[float]]:
    """What each candidate finds in each round. They run in turn, and each round begins with another one.

    With `warm`, one round goes before that counts for nothing; not before a single one, which says nothing either.
    """
    found: dict[str, list[float]] = {each: [] for each in candidates}
    order = list(candidates)
    for number in range(-1 if warm and rounds > 1 else 0, rounds):
        for each in order:
            figure = candidates[each]()
            if number >= 0:
                found[each].append(figure)
        order = [*order[1:], order[0]]
    return found


def rate(operations: int, work: Callable[[], object]) -> float:
    """Operations a second of a piece of work that does so many."""
    begun = time.perf_counter()
    work()
    return operations / (time.perf_counter() - begun)


def milliseconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes, in ms."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1_000


def percentile(figures: Sequence[float], percent: float) -> float:
    """The figure that so many in a hundred do not exceed."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def keep(lines: Sequence[Line], file: Path) -> None:
    """Write lines to the file; those of other lines that earlier runs left there stay."""
    before = {entry["line"]: entry for entry in json.loads(file.read_text())} if file.exists() else {}
    after = before | {each.line: asdict(each) for each in lines}
    file.write_text(json.dumps([after[number] for number in sorted(after)], indent=2) + "\n")


def tell(lines: Sequence[Line], console: Console) -> None:
    """Print the lines as a table."""
    table = Table("line", "what", "ours", "against", "ratio", "goal", "stretch", "reached")
    for each in sorted(lines, key=lambda each: each.line):
        beside = [*each.against, *each.further]
        table.add_row(
            str(each.line),
            f"{each.name} ({each.unit}); {each.size}",
            _figure(each.ours),
            "\n".join(f"{name}: {_figure({**each.against, **each.further}[name])}" for name in beside),
            "\n".join(f"{each.ratio[name]:.2f}" if name in each.ratio else "" for name in beside),
            "\n".join(f"{name} {bound}" for name, bound in each.goal.items()),
            "\n".join(f"{name} {bound}" for name, bound in each.stretch.items()),
            _reached(each),
        )
    console.print(table)


def markdown(file: Path) -> str:
    """The lines of a file as the table of docs/performance.md."""
    rows = ["| line | what | ours | against | ratio | goal | reached |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for entry in json.loads(file.read_text()):
        each = Line(**entry)
        beside = {**each.against, **each.further}
        cells = (
            str(each.line),
            f"{each.name}; {each.size}",
            f"{_figure(each.ours)} {each.unit}",
            "<br>".join(f"{name} {_figure(figure)}" for name, figure in beside.items()),
            "<br>".join(f"{name} {figure:.2f}" for name, figure in each.ratio.items()),
            "<br>".join(f"{name} {bound}" for name, bound in each.goal.items()),
            _reached(each),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _reached(line: Line) -> str:
    if line.missing:
        return f"not known: {', '.join(line.missing)} not measured"
    return "stretch" if line.stretch_reached and line.reached else "yes" if line.reached else "no"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
