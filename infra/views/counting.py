"""Keeping the counts of a view: what an event changes of them, and the sums of closed blocks."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeAlias

from psycopg import Connection

from infra.postgres.rows import Rows
from infra.views.columns import Column
from infra.views.counts import Counts
from infra.views.refold import Change, Segment
from infra.views.tables import SCHEMA

Group: TypeAlias = tuple[Any, ...]
Delta: TypeAlias = tuple[Any, ...]
"""Position, day, the columns of the group, and how many came into it."""


class Counting:
    """One grouping of one view, as the engine keeps it. A key counts where every column of the group has a value."""

    def __init__(self, counts: Counts, state: Sequence[Column]) -> None:
        names = [column.name for column in state]
        self._indexes = [names.index(name) for name in counts.by]
        self._dumps = [state[index].dump for index in self._indexes]
        self._block = counts.block
        group = ", ".join(f'"{name}"' for name in counts.by)
        same = " AND ".join(f'"{name}" = changed."{name}"' for name in counts.by)
        deltas, days, totals, groups = (f"{SCHEMA}.{table.name}" for table in counts.own)
        kinds = [(state[index].quoted, state[index].sql) for index in self._indexes]
        self._deltas = Rows(deltas, [("known", "bigint"), ("valid", "date"), *kinds, ("n", "smallint")])
        self._forget = [f"DELETE FROM {table} WHERE block >= %s::int".encode() for table in (days, totals)]
        same_total = " AND ".join(f'{totals}."{name}" = met."{name}"' for name in counts.by)
        self._forget_groups = (
            f"DELETE FROM {groups} met WHERE NOT EXISTS (SELECT FROM {totals} WHERE {same_total})".encode()
        )
        self._sum_up = f"""
            WITH fresh AS (
                INSERT INTO {days} (valid, block, {group}, n)
                SELECT valid, %(block)s::int, {group}, sum(n) FROM {deltas}
                 WHERE known >= %(first)s::bigint AND known < %(first)s::bigint + %(size)s::bigint
                 GROUP BY valid, {group} HAVING sum(n) <> 0
                RETURNING *
            ), changed AS (
                SELECT DISTINCT {group} FROM fresh
            ), met AS (
                INSERT INTO {groups} ({group}) SELECT {group} FROM changed ON CONFLICT DO NOTHING
            ), moved AS (
                SELECT {group}, date_trunc('month', valid::timestamp)::date AS month, n FROM fresh
                 UNION ALL
                SELECT {", ".join(f'changed."{name}"' for name in counts.by)}, month,
                       n - coalesce(lag(n) OVER (PARTITION BY {", ".join(f'changed."{n}"' for n in counts.by)}
                                                     ORDER BY month), 0)
                  FROM changed CROSS JOIN LATERAL (
                    SELECT month, n FROM {totals} WHERE {same} AND block = (
                        SELECT max(block) FROM {totals} WHERE {same} AND block < %(block)s::int)
                  ) before
            )
            INSERT INTO {totals} ({group}, block, month, n)
            SELECT {group}, %(block)s::int, month, sum(sum(n)) OVER (PARTITION BY {group} ORDER BY month)
              FROM moved GROUP BY {group}, month
        """.encode()

    def changed(self, change: Change, segments: Sequence[Segment], since: int) -> list[Delta]:
        """What an event changes that made a key's segments these; none before the index `since` was touched."""
        position = change.opened[0].known_from if change.opened else change.closed[0].known_to
        before = self._group(segments[since - 1]) if since else None
        if not change.closed and since == len(segments) - 1:
            # The state only moved on, as it does nearly always.
            last = segments[since]
            after, valid = self._group(last), last.valid_from
            pair = ((after, 1), (before, -1)) if after != before else ()
            return [(position, valid, *of, n) for of, n in pair if of is not None]
        now = segments[since:]
        made = set(map(id, change.opened))
        was = sorted((*(s for s in now if id(s) not in made), *change.closed), key=_valid_from)
        net: dict[tuple[date, Group], int] = {}
        for course, sign in ((now, 1), (was, -1)):
            held = before
            for segment in course:
                group = self._group(segment)
                if group != held:
                    for of, n in ((group, sign), (held, -sign)):
                        if of is not None:
                            place = segment.valid_from, of
                            net[place] = net.get(place, 0) + n
                    held = group
        return [(position, valid, *group, n) for (valid, group), n in net.items() if n]

    def write(self, connection: Connection[Any], deltas: Sequence[Delta]) -> None:
        """Write changes."""
        connection.execute(self._deltas.insert.encode(), self._deltas.arrays(deltas))

    def close(self, connection: Connection[Any], after: int, last: int) -> None:
        """Sum up the blocks that end after one position and not after another."""
        for block in range((after + 1) // self._block, (last + 1) // self._block):
            first = block * self._block
            connection.execute(self._sum_up, {"block": block, "first": first, "size": self._block})

    def again(self, connection: Connection[Any], first: int, last: int) -> None:
        """Sum up the closed blocks once more, from that of the position `first` on: changes came into them."""
        block = first // self._block
        for statement in self._forget:
            connection.execute(statement, (block,))
        connection.execute(self._forget_groups)
        self.close(connection, block * self._block - 1, last)

    def _group(self, segment: Segment) -> Group | None:
        state = segment.state
        if state is None:
            return None
        values: list[Any] = []
        for index, dump in zip(self._indexes, self._dumps, strict=True):
            value = state[index]
            if value is None:
                return None
            values.append(value if dump is None else dump(value))
        return tuple(values)


def _valid_from(segment: Segment) -> date:
    return segment.valid_from
