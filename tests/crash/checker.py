"""The checker: it holds what clients were told against what the log holds. It uses none of the program's code."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import psycopg

from tests.crash.journal import read


@dataclass(frozen=True)
class Findings:
    """What was checked, and each way in which it was not as it must be; the keys or positions at fault.

    No client of the campaign competes with another, so that nothing of theirs may be refused.
    """

    acknowledged: int
    in_doubt: int
    lost: Sequence[str]
    duplicated: Sequence[str]
    falsely_refused: Sequence[str]
    told_otherwise: Sequence[str]
    out_of_order: Sequence[str]
    from_nowhere: Sequence[str]
    gaps: Sequence[int]

    @property
    def faults(self) -> int:
        """How many faults were found."""
        return sum(len(getattr(self, f.name)) for f in fields(self) if f.name not in ("acknowledged", "in_doubt"))

    def __str__(self) -> str:
        """In a line: what there was, and what was wrong with it."""
        wrong = ", ".join(
            f"{len(value)} {f.name.replace('_', ' ')}"
            for f in fields(self)
            if f.name not in ("acknowledged", "in_doubt") and (value := getattr(self, f.name))
        )
        bound = (
            f"; at most 1 in {self.acknowledged // 3:,} by the 95 % bound" if not wrong and self.acknowledged else ""
        )
        return f"{self.acknowledged} acknowledged, {self.in_doubt} in doubt: {wrong or 'no fault'}{bound}"


def check(url: str, journals: Sequence[Path], *, before: int = 0) -> Findings:
    """Hold the journals against the log of a database; what was recorded up to position `before` is no client's."""
    told = read(journals)
    with psycopg.connect(url) as connection:
        events = connection.execute(
            "SELECT position, stream, version, convert_from(envelope, 'UTF8') FROM log.event ORDER BY position"
        ).fetchall()
        commands = {
            str(key): (first, last)
            for key, first, last in connection.execute(
                "SELECT command_id, first_position, last_position FROM log.command"
            )
        }
    of = {
        position: (stream, version, json.loads(envelope).get("command"))
        for position, stream, version, envelope in events
    }
    recorded = Counter(command for position, (_, _, command) in of.items() if position > before)
    streams: defaultdict[str, list[int]] = defaultdict(list)
    for _, stream, version, _ in events:
        streams[stream].append(version)
    lost: list[str] = []
    otherwise: list[str] = []
    for key, answers in told.acknowledged.items():
        first, last = commands.get(key, (0, 0))
        if key not in commands or recorded[key] != last - first + 1:
            lost.append(key)
        elif any(a.position != last or not _left(of, range(first, last + 1), a.streams) for a in answers):
            otherwise.append(key)
    return Findings(
        acknowledged=len(told.acknowledged),
        in_doubt=len(told.sent - told.acknowledged.keys() - told.refused.keys()),
        lost=lost,
        duplicated=[key for key, n in recorded.items() if key in commands and n > _size(commands[key])],
        falsely_refused=list(told.refused),
        told_otherwise=otherwise,
        out_of_order=[name for name, versions in streams.items() if versions != list(range(1, len(versions) + 1))],
        from_nowhere=[str(key) for key in recorded if key not in told.sent],
        gaps=[position for n, (position, *_) in enumerate(events, 1) if position != n][:1],
    )


def _size(positions: tuple[int, int]) -> int:
    return positions[1] - positions[0] + 1


def _left(of: Mapping[int, tuple[str, int, str]], positions: range, streams: Mapping[str, int]) -> bool:
    """Whether these positions leave the streams at these versions."""
    return {of[p][0]: of[p][1] for p in positions if p in of} == streams
