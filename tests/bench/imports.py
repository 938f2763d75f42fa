"""Line 6: an import, so many validated commands a commit, against raw COPY into a table of the log's columns."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import count, cycle, islice
from typing import Any
from uuid import uuid4

from psycopg import Connection

from infra.postgres.server import Server
from tests.bench.machine import administrator, migrated
from tests.bench.measured import Goal, Line, interleaved, line, rate
from tests.bench.ours import Ours
from tests.bench.scale import Scale

COMMITS = 4
"""In a round."""
_COLUMNS = ("position", "stream", "version", "kind", "schema_version", "slot", "recorded_at", "envelope", "state")
_TYPES = ("int8", "text", "int4", "text", "int4", "int8", "timestamptz", "bytea", "bytea")


def imports(server: Server, scale: Scale) -> Iterator[Line]:
    """Each command of a commit submits work to another registration, which is at hand."""
    size = scale.imported
    with closing(Ours(migrated(server, "imports"))) as ours, administrator(server, "imports") as connection:
        registrations = ours.registrations(size * COMMITS)
        ours.read(registrations)
        chosen = cycle(registrations)
        rows = _rows(connection, size)

        def imported() -> float:
            commits = [list(islice(chosen, size)) for _ in range(COMMITS)]
            return rate(size * COMMITS, lambda: [ours.imported(commit) for commit in commits])

        def copied() -> float:
            commits = [list(islice(rows, size)) for _ in range(COMMITS)]
            return rate(size * COMMITS, lambda: [_copy(connection, commit) for commit in commits])

        found = interleaved({"ours": imported, "COPY": copied}, scale.rounds)
        name = f"import, {size:,} commands a commit"
        yield line(6, name, "events/s", found, [Goal("COPY", 0.3, 0.5)], size="registrations of 10 events and more")


def _rows(connection: Connection[Any], size: int) -> Iterator[tuple[Any, ...]]:
    """Rows like the log's last ones, each of a stream of its own; and the table that they go to."""
    connection.execute("CREATE TABLE bench_copy (LIKE log.event INCLUDING ALL)")
    found = connection.execute(
        f"SELECT {', '.join(_COLUMNS)} FROM log.event ORDER BY position DESC LIMIT {size}".encode()
    ).fetchall()
    for position, (_, _, version, kind, schema_version, _, at, envelope, state) in zip(count(1), cycle(found)):
        yield position, f"accreditation:{uuid4()}", version, kind, schema_version, position, at, envelope, state


def _copy(connection: Connection[Any], rows: Sequence[tuple[Any, ...]]) -> None:
    statement = f"COPY bench_copy ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT BINARY)".encode()
    with connection.transaction(), connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(_TYPES)
        for row in rows:
            copy.write_row(row)
