"""The peer with system-versioned tables: a MariaDB server of its own, and the same history in one of them."""

import importlib
import os
import shutil
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT, Popen, run
from typing import Any

from psycopg import Connection

from infra.views.tables import IN_FORCE
from projections.standing import STANDING

ABSENT = (
    "MariaDB is not installed: it is the package mariadb-server of Debian, and PyMySQL comes with `make bench-peers`."
)
EPOCH, LAST_DAY = datetime(2020, 1, 1, tzinfo=UTC), date(9999, 12, 31)
"""Record number n is second n after this moment; a row without an end is valid until that day."""
_EVER = "2038-01-19 03:14:07.999999"
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
_TABLE = """
    CREATE TABLE fellow (
        fellowship_id CHAR(36) CHARACTER SET ascii NOT NULL, valid_from DATE NOT NULL, valid_to DATE NOT NULL,
        state VARCHAR(20) NOT NULL, current_cohort_id CHAR(36) CHARACTER SET ascii,
        PRIMARY KEY (fellowship_id, valid_from), KEY (current_cohort_id, valid_from)
    ) WITH SYSTEM VERSIONING"""
_INSERT = """
    INSERT INTO fellow (fellowship_id, valid_from, valid_to, state, current_cohort_id, row_start, row_end)
    VALUES (%s, %s, %s, %s, %s, %s, %s)"""


def moment(position: int) -> str:
    """The moment that a record number stands for."""
    return (EPOCH + timedelta(seconds=position)).strftime("%Y-%m-%d %H:%M:%S")


def installed() -> bool:
    """Whether the server and its Python driver are there."""
    with suppress(ImportError):
        importlib.import_module("pymysql")
        return shutil.which("mariadbd", path=_PATH) is not None
    return False


@contextmanager
def mariadb() -> Generator[Any]:
    """A connection to a server of its own, in a folder that goes at the end, on a socket, as no privileged user."""
    assert installed(), ABSENT
    programs = {name: shutil.which(name, path=_PATH) or name for name in ("mariadbd", "mariadb-install-db")}
    with tempfile.TemporaryDirectory(prefix="fellowtrace-bench-") as made:
        folder = Path(made)
        data, socket = folder / "data", folder / "socket"
        account = "mysql" if os.geteuid() == 0 else None
        if account is not None:
            shutil.chown(folder, account)
        named = [f"--user={account}"] if account else []
        run(
            [
                programs["mariadb-install-db"], "--no-defaults", f"--datadir={data}", "--skip-test-db",
                "--auth-root-authentication-method=normal", *named,
            ],
            check=True, stdout=DEVNULL,
        )  # fmt: skip
        server = Popen(
            [
                programs["mariadbd"], "--no-defaults", f"--datadir={data}", f"--socket={socket}", "--skip-networking",
                f"--pid-file={folder / 'pid'}", "--innodb-buffer-pool-size=2G", "--innodb-log-file-size=512M",
                "--innodb-flush-log-at-trx-commit=1", "--skip-log-bin", *named,
            ],
            stdout=PIPE, stderr=STDOUT, text=True,
        )  # fmt: skip
        try:
            with closing(_connected(server, socket)) as connection:
                yield connection
        finally:
            server.terminate()
            server.communicate(timeout=60)


def _connected(server: Popen[str], socket: Path) -> Any:
    pymysql: Any = importlib.import_module("pymysql")
    deadline = time.monotonic() + 60
    while True:
        try:
            connection = pymysql.connect(unix_socket=str(socket), user="root", autocommit=True)
            break
        except pymysql.err.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE bench")
        cursor.execute("USE bench")
        cursor.execute("SET time_zone = '+00:00', system_versioning_insert_history = ON")
    return connection


def load(connection: Any, postgres: Connection[Any]) -> int:
    """Let the table have the history of the view of where fellows are; how many versions of rows that is.

    A row of the table has the day until which it is valid, as its users would write it; the view's rows imply it.
    """
    table = STANDING.tables.segments
    columns = "fellowship_id::text, valid_from, known_from, known_to, absent, state, current_cohort_id::text"
    query = f"SELECT {columns} FROM {table.schema}.{table.name} ORDER BY fellowship_id, known_from, valid_from"
    loaded = 0
    with postgres.transaction(), connection.cursor() as cursor, postgres.cursor(name="segments") as found:
        cursor.execute(_TABLE)
        found.execute(query.encode())
        rows = _versions(found)
        while some := list(islice(rows, 10_000)):
            cursor.execute("BEGIN")
            cursor.executemany(_INSERT, some)
            cursor.execute("COMMIT")
            loaded += len(some)
        cursor.execute("ANALYZE TABLE fellow")
    return loaded


def _versions(segments: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    of_one: list[Sequence[Any]] = []
    for segment in segments:
        if of_one and of_one[0][0] != segment[0]:
            yield from _of_one(of_one)
            of_one = []
        of_one.append(segment)
    if of_one:
        yield from _of_one(of_one)


def _of_one(segments: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """The versions of one fellow's rows: what was valid on which days, from which record number to which."""
    positions = sorted({s[2] for s in segments} | {s[3] for s in segments if s[3] != IN_FORCE})
    standing: dict[tuple[Any, ...], int] = {}
    for position in positions:
        in_force = sorted((s for s in segments if s[2] <= position < s[3]), key=lambda s: s[1])
        ends = [s[1] for s in in_force[1:]] + [LAST_DAY]
        now = {(s[0], s[1], end, s[5], s[6]) for s, end in zip(in_force, ends, strict=True) if not s[4]}
        for gone in standing.keys() - now:
            yield (*gone, moment(standing.pop(gone)), moment(position))
        for come in now - standing.keys():
            standing[come] = position
    for row, since in standing.items():
        yield (*row, moment(since), _EVER)


COHORT = """
    SELECT fellowship_id, state FROM fellow FOR SYSTEM_TIME AS OF TIMESTAMP %s
    WHERE current_cohort_id = %s AND valid_from <= %s AND valid_to > %s"""
COHORT_NOW = (
    "SELECT fellowship_id, state FROM fellow WHERE current_cohort_id = %s AND valid_from <= %s AND valid_to > %s"
)
COUNTS = """
    SELECT state, count(*) FROM fellow FOR SYSTEM_TIME AS OF TIMESTAMP %s
    WHERE valid_from <= %s AND valid_to > %s GROUP BY state"""
