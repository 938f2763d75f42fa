"""The embedded PostgreSQL server: started by the first process that needs it, stopped by the last one to leave."""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

from psycopg import pq

from infra.postgres.cluster import Cluster, installed, place
from infra.postgres.private import Lock, SetUpError, last_word, locked

PATIENCE = 60
"""Seconds that a server may take to start or to stop."""


@dataclass(frozen=True)
class Server:
    """A running embedded server."""

    binaries: Path
    """The folder of PostgreSQL's programs: psql, pg_dump, pgbench and the rest."""
    folder: Path
    """PostgreSQL's data directory."""
    socket: Path
    """The folder of its Unix socket; it listens on nothing else."""
    _password: str = field(repr=False)

    def url(self, database: str, user: str | None = None, password: str | None = None) -> str:
        """A libpq URL of the database: the administrator's, or that of a user with a password."""
        if user is None:
            user, password = "postgres", password or self._password
        who = quote(user, safe="") + (f":{quote(password, safe='')}" if password is not None else "")
        return f"postgresql://{who}@/{quote(database, safe='')}?{urlencode({'host': str(self.socket)})}"


@contextmanager
def running(data_dir: Path) -> Generator[Server]:
    """Start the server of the data directory, or join it where it runs; the last process to leave stops it.

    Raises `SetUpError`, one sentence: an unusable folder or platform, a disk that is full, a database of another major
    version, a server that does not start.
    """
    try:
        cluster = place(data_dir)
        mutex, lease = cluster.home / "lock", Lock(cluster.home / "lease", cluster.account)
    except OSError as error:
        raise _unusable(data_dir, error) from error
    try:
        try:
            with locked(mutex, cluster.account):
                lease.share()
                cluster.make()
                socket = _started(cluster)
        except OSError as error:
            raise _unusable(data_dir, error) from error
        yield Server(installed(), cluster.folder, socket, cluster.password)
    finally:
        with locked(mutex, cluster.account):
            if lease.alone():
                _stop(cluster)
            lease.close()


def _unusable(data_dir: Path, error: OSError) -> SetUpError:
    return SetUpError(f"{error.filename or data_dir} cannot be used for the embedded PostgreSQL: {error.strerror}.")


def _ping(socket: Path) -> pq.Ping:
    return pq.Ping(pq.PGconn.ping(f"host='{socket}' dbname=postgres connect_timeout=5".encode()))


def _started(cluster: Cluster) -> Path:
    """Make sure that the server runs, and return the folder of its socket.

    One left behind by a killed process is taken as it is. A killed server and its children may still be leaving, and
    PostgreSQL refuses to start until they have.
    """
    socket = cluster.make_socket_folder()
    deadline = time.monotonic() + PATIENCE
    while (answer := _ping(socket)) != pq.Ping.OK:
        if answer != pq.Ping.REJECT:
            _disown(cluster, cluster.folder / "postmaster.pid")
            _disown(cluster, socket / ".s.PGSQL.5432.lock")
            said = _start(cluster, socket)
            is_leaving = "still in use" in said or "already exists" in said
            if said and not (is_leaving and time.monotonic() < deadline):
                raise SetUpError(f"PostgreSQL does not start in {cluster.folder}: {last_word(said)}.")
        if time.monotonic() > deadline:
            raise SetUpError(f"PostgreSQL in {cluster.folder} takes more than {PATIENCE} seconds to start.")
        time.sleep(0.05)
    return socket


def _disown(cluster: Cluster, lock: Path) -> None:
    """Keep a killed server's lock file from blocking the next start because its number is another process's by now.

    PostgreSQL takes a lock file for stale if its number is no process's, or is that of its starter, which is us. Where
    the process is certainly not this server (it has ended and is not yet counted out, or works in another folder) its
    number is replaced by ours. The rest of the file stays: by it PostgreSQL tells whether children of the killed server
    are still at work.
    """
    try:
        number, rest = lock.read_text().split("\n", 1)
        process = Path("/proc", number.strip())
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        is_other = state in "ZX" or (process / "cwd").readlink() != cluster.folder
    except (OSError, ValueError, IndexError):
        return
    if is_other:
        cluster.write(lock, f"{os.getpid()}\n{rest}")


def _start(cluster: Cluster, socket: Path) -> str:
    """Start the server; returns what it said if it did not start, and nothing if it did."""
    cluster.write(cluster.folder / "fellowtrace.conf", _configuration(socket))
    cluster.log.unlink(missing_ok=True)
    done = cluster.run(
        *(cluster.programs / "pg_ctl", "start", "--pgdata", cluster.folder, "--log", cluster.log),
        *("--wait", "--timeout", str(PATIENCE), "--silent"),
    )
    if not done.returncode:
        return ""
    return cluster.log.read_text(errors="replace") if cluster.log.exists() else done.stderr or done.stdout


def _stop(cluster: Cluster) -> None:
    """Stop the server by its data directory, if it is there: a killed one's file may name another process by now."""
    if cluster.socket is not None and _ping(cluster.socket) != pq.Ping.NO_RESPONSE:
        cluster.run(
            *(cluster.programs / "pg_ctl", "stop", "--pgdata", cluster.folder, "--mode", "fast"),
            *("--wait", "--timeout", str(PATIENCE), "--silent"),
        )
    cluster.drop_socket_folder()


def _configuration(socket: Path) -> str:
    """Durable throughout. A statement's text and values stay out of the server's log: they may be about people."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket),
        "unix_socket_permissions": "0700",
        "port": "5432",
        "max_connections": "200",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "shared_buffers": f"{min(512, max(64, memory // 8))}MB",
        "effective_cache_size": f"{max(256, memory // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{min(256, max(64, memory // 16))}MB",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "log_checkpoints": "off",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
    }
    return "".join(f"{name} = '{value}'\n" for name, value in settings.items())
