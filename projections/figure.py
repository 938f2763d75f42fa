"""A figure as evaluators quote it: a count of how many, with the people and the entries behind it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import Connection, text

from domain.event import Recorded
from infra.log.entries import of_streams
from infra.views.reading import At
from projections.entry import Entry, entries

_RECORDED_AT = text("SELECT position, recorded_at FROM log.event WHERE position = ANY(:positions)")


@dataclass(frozen=True, slots=True)
class Figure:
    """`count` of `n`, in per cent (None of nothing); how many dates behind it are not known to the day; who and what.

    `fellowship_ids` are the fellows counted, `project_ids` the projects where projects are counted; `imprecise` those
    of them whose date is not known to the day; `causes` the positions of the entries that made it so. `known_since`
    holds, by fellow or project, the position of the entry since which it is known that they count, where one tells it.
    """

    count: int
    n: int
    percent: Decimal | None
    imprecise: frozenset[str]
    fellowship_ids: tuple[str, ...]
    causes: tuple[int, ...]
    project_ids: tuple[str, ...] = ()
    known_since: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def imprecise_dates(self) -> int:
        """How many dates behind it are not known to the day."""
        return len(self.imprecise)


def percent(part: int, whole: int) -> Decimal | None:
    """A share in per cent to one place, halves up; None of nothing."""
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None


def behind(connection: Connection, at: At, streams: Collection[str], kinds: Iterable[str] | None = None) -> list[Entry]:
    """The entries of these streams that stand at (V, K) and are of days up to V, in order of position.

    Of all kinds, unless some are named. They are what a count summed from a whole stream rests on, such as coaching
    minutes: `behind(connection, at, [COACHING.of(coaching_id)], ["coaching.session_held"])`.
    """
    wanted = None if kinds is None else set(kinds)
    by_stream: dict[str, list[Recorded]] = {}
    for statement in of_streams(connection, streams, at.known):
        by_stream.setdefault(statement.stream, []).append(statement)
    found = [entry for statements in by_stream.values() for entry in entries(statements, at.valid)]
    return sorted(
        (entry for entry in found if entry.stands(at.valid) and (wanted is None or entry.kind in wanted)),
        key=lambda entry: entry.position,
    )


def recorded_at(connection: Connection, positions: Collection[int]) -> dict[int, datetime]:
    """When the entries at these positions were recorded, by position."""
    found = connection.execute(_RECORDED_AT, {"positions": list(positions)}) if positions else ()
    return {row.position: row.recorded_at for row in found}
