"""F9 and F21: the same command many times at once, and a commit that comes late with an earlier number."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from threading import Barrier
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from infra.log.append import APPEND
from infra.log.submission import arguments
from infra.settings import Connections
from tests.crash.checker import Findings, check
from tests.crash.client import ACTOR
from tests.crash.journal import Journal
from tests.crash.running import PATIENCE, app
from tests.infra.submissions import fresh, submission


class Repeats(NamedTuple):
    """How often commands were sent at once and again after a restart, and what the checker found."""

    commands: int
    copies: int
    findings: Findings

    def __str__(self) -> str:
        """In a line."""
        return f"{self.commands} commands sent {self.copies} times each: {self.findings}"


def repeated(connections: Connections, folder: Path, seed: int, commands: int, *, copies: int = 50) -> Repeats:
    """F9: each command is sent many times at once, and once more after the api was killed and started again.

    Another body under a key that was used is refused, and changes nothing.
    """
    random, journal = Random(seed), folder / f"repeats-{seed}"
    keys = [str(UUID(int=random.getrandbits(128), version=4)) for _ in range(commands)]
    with app(connections) as served, closing(Journal(journal)) as told, ThreadPoolExecutor(copies) as senders:
        together = Barrier(copies)

        def send(key: str, *, wait: bool = True) -> None:
            if wait:
                together.wait()
            status, answer = _post(served.port, key, "Trust")
            if status == 201:
                told.acknowledged(key, answer["position"], {s["stream"]: s["version"] for s in answer["streams"]})
            else:
                told.refused(key, status)

        for key in keys:
            told.sent(key)
            list(senders.map(send, [key] * copies))
        served.kill()
        served.start()
        for key in keys:
            send(key, wait=False)
            status, _ = _post(served.port, key, "Another body")
            if status != 422:
                raise AssertionError(f"another body under a used key was answered with {status}")
    return Repeats(commands, copies, check(str(connections.admin), [journal]))


def _post(port: int, key: str, title: str) -> tuple[int, dict[str, Any]]:
    body = json.dumps({"actor": ACTOR, "happened": "2014-01-01", "title": title})
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request(
            "POST", "/v1/organisations", body, {"Idempotency-Key": key, "Content-Type": "application/json"}
        )
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def late_commit(connections: Connections) -> list[list[int]]:
    """F21: while a first append is not committed a second one waits, so that no reader sees the later one alone.

    Returns the positions that a reader sees before the first append, while both are under way, and after both.
    """
    with (
        psycopg.connect(connections.api, autocommit=True) as first,
        psycopg.connect(connections.api, autocommit=True) as second,
        psycopg.connect(connections.api, autocommit=True) as reader,
        ThreadPoolExecutor(1) as aside,
    ):

        def seen() -> list[int]:
            return [row[0] for row in reader.execute("SELECT position FROM log.event ORDER BY position").fetchall()]

        stages = [seen()]
        first.execute("BEGIN")
        APPEND.rows(first, arguments([submission(fresh())]), PATIENCE)
        waiting = aside.submit(APPEND.rows, second, arguments([submission(fresh())]), PATIENCE)
        waits = "SELECT count(*) FROM pg_locks WHERE pid = %s AND NOT granted"
        while reader.execute(waits, [second.info.backend_pid]).fetchone() == (0,):
            pass
        stages.append(seen())
        first.execute("COMMIT")
        waiting.result()
        stages.append(seen())
    return stages
