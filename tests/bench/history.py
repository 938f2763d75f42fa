"""Line 11: what keeping history costs, against the same log and a view that knows only what is so now."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from types import TracebackType
from typing import Self

from infra.following.projector import Projector
from infra.log.event_rows import EventRows
from infra.log.reading import decode
from infra.postgres.database import connect
from infra.postgres.server import Server
from infra.settings import Connections
from tests.bench.machine import administrator, migrated
from tests.bench.measured import Goal, Line, Round, interleaved, line, rate
from tests.bench.record import facts
from tests.bench.replays import ACTIVITY, PAGE, Activity, fold
from tests.bench.scale import Scale
from tests.bench.written import Writer

_TABLE = """
    CREATE SCHEMA now_only
    CREATE TABLE activity (subject_id uuid PRIMARY KEY, entries bigint NOT NULL, cohort_id uuid, cause bigint NOT NULL)
    CREATE TABLE checkpoint (position bigint NOT NULL)
    CREATE INDEX ON activity (cohort_id)"""
_UPSERT = """
    INSERT INTO now_only.activity SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::uuid[], %s::bigint[])
    ON CONFLICT (subject_id) DO UPDATE SET entries = EXCLUDED.entries, cohort_id = EXCLUDED.cohort_id,
    cause = EXCLUDED.cause"""
_LOG = (
    "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relnamespace = 'log'::regnamespace AND relkind = 'r'"
)
_VIEW = """
    SELECT sum(pg_total_relation_size(oid)) FROM pg_class
    WHERE relnamespace = %s::regnamespace AND relkind = 'r' AND relname LIKE %s"""


class NowOnly:
    """The same fold in bulk, kept as rows of what is so now: batches as large as the projector's, states in memory."""

    def __init__(self, server: Server, database: str) -> None:
        with administrator(server, database) as connection:
            connection.execute(_TABLE)
            connection.execute("INSERT INTO now_only.checkpoint VALUES (0)")
        self._connection = connect(server.url(database))
        self._rows = EventRows(self._connection, decode)
        self._states: dict[str, Activity] = {}
        self._reached = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def catch_up(self) -> None:
        """Follow the log to its head."""
        while (batch := self._rows.after(self._reached, PAGE)).events:
            causes: dict[str, int] = {}
            for event in batch.events:
                self._states[event.key] = fold(self._states.get(event.key), event.event)
                causes[event.key] = event.position
            states = [self._states[key] for key in causes]
            given = [
                list(causes), [s.entries for s in states], [s.cohort_id for s in states], list(causes.values()),
            ]  # fmt: skip
            with self._connection.transaction():
                self._connection.execute(_UPSERT, given)
                self._connection.execute("UPDATE now_only.checkpoint SET position = %s", (batch.last,))
            self._reached = batch.last


def history(server: Server, scale: Scale) -> Iterator[Line]:
    """Two databases take the same commands, and after each round's one view follows with history, the other without.

    The speed is that of the log's append and of the view after it; encoding, the same for both, does not count.
    """
    bitemporal, plain = migrated(server, "bitemporal"), migrated(server, "now_only")
    with (
        Writer(bitemporal) as one,
        Writer(plain) as other,
        Projector(bitemporal.projector, [ACTIVITY]) as projector,
        NowOnly(server, "now_only") as now_only,
    ):
        alone: dict[str, list[float]] = {"ours": [], "now only": []}

        def following(writer: Writer, follow: Callable[[], object], name: str) -> Round:
            coming = facts(scale.history * (scale.rounds + 1))

            def run() -> float:
                some = list(islice(coming, scale.history))
                before = writer.seconds
                writer.write(some)
                alone[name].append(rate(len(some), follow))
                return len(some) / (writer.seconds - before + len(some) / alone[name][-1])

            return run

        candidates = {
            "ours": following(one, projector.catch_up, "ours"),
            "now only": following(other, now_only.catch_up, "now only"),
        }
        found = interleaved(candidates, scale.rounds)
    ours, theirs = _bytes(bitemporal, "views", f"{ACTIVITY.name}_%"), _bytes(plain, "now_only", "activity%")
    events = sum(len(rates) for rates in alone.values()) // 2 * scale.history
    views = {name: statistics.median(rates[-scale.rounds :]) for name, rates in alone.items()}
    further = {
        "bytes, times as many": ours / theirs,
        "bytes an event": ours / events,
        "bytes an event, now only": theirs / events,
        "the view alone, times as fast": views["ours"] / views["now only"],
    }
    goals = [Goal("bytes, times as many", 2, most=True), Goal("now only", 0.6, 0.7)]
    size = f"{events:,} events of the record, each changing the view"
    yield line(11, "commands appended and a view following", "events/s", found, goals, size=size, further=further)


def _bytes(database: Connections, schema: str, tables: str) -> int:
    """Bytes of the log and of the view's tables, with their indexes."""
    total = 0
    with closing(connect(database.admin or "")) as connection:
        for query, given in ((_LOG, ()), (_VIEW, (schema, tables))):
            row = connection.execute(query.encode(), given).fetchone()
            assert row is not None
            total += int(row[0])
    return total
