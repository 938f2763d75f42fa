"""Submissions made by hand, and ways to send them."""

import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

import psycopg

from domain.rule import Rule
from infra.log.append import Appender
from infra.log.guarding import bring_up
from infra.log.submission import Accepted, External, NewEvent, Submission
from infra.postgres.database import pool
from infra.settings import Connections

HASH = b"request"


def fresh(name: str = "thing") -> str:
    """The name of a stream that is not there yet."""
    return f"{name}:{uuid4()}"


def event(stream: str, version: int, guards: Sequence[str] = (), **columns: Any) -> NewEvent:
    """An event of no particular kind."""
    columns = {"slot": None, "envelope": os.urandom(20), "state": os.urandom(20)} | columns
    return NewEvent(stream, version, "thing.done", 1, guards=tuple(guards), **columns)


def submission(
    stream: str,
    version: int = 0,
    *,
    count: int = 1,
    command: str | None = None,
    request: bytes = HASH,
    principal: str = "tester",
    guards: Sequence[str] = (),
    rests: Mapping[str, int] | None = None,
    externals: Sequence[External] = (),
    also: Mapping[str, int] | None = None,
    recorded_at: datetime | None = None,
) -> Submission:
    """A command that writes `count` events to a stream read at `version`; `also` is read and not written."""
    events = tuple(event(stream, version + number, guards) for number in range(1, count + 1))
    return Submission(
        principal=principal,
        command_id=command or str(uuid4()),
        request_hash=request,
        events=events,
        expects={stream: version, **(also or {})},
        rests=rests or {},
        externals=tuple(externals),
        recorded_at=recorded_at,
    )


@contextmanager
def appending(
    database: Connections,
    *,
    url: str | None = None,
    size: int = 4,
    patience: float = 10,
    silence: float = 20,
    lock_timeout: str = "5s",
) -> Generator[Appender]:
    """An appender of the api role (or of another URL) with a pool of its own."""
    with closing(pool(url or database.api, size=size, lock_timeout=lock_timeout)) as connections:
        appender = Appender(connections, patience=patience, silence=silence)
        try:
            yield appender
        finally:
            appender.close()


def accepted(verdict: object) -> Accepted:
    """The verdict, which must be Accepted."""
    assert isinstance(verdict, Accepted), verdict
    return verdict


def rows(database: Connections, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    """What the administrator reads; no rows where a statement has none."""
    assert database.admin is not None
    with closing(psycopg.connect(database.admin, autocommit=True)) as connection:
        cursor = connection.execute(query.encode(), parameters or None)
        return cursor.fetchall() if cursor.description else []


def brought_under(database: Connections, rules: Sequence[Rule]) -> None:
    """Have an empty record be under the rules of a test, and under no others."""
    assert database.admin is not None
    with psycopg.connect(database.admin) as connection:
        bring_up(connection, {}, rules)


def race(database: Connections, name: str, guards: Sequence[str], gate: Any) -> list[bool]:
    """One of the racers for each guard in turn: whether it won. `gate` lets the racers go together."""
    won: list[bool] = []
    with appending(database, size=1) as appender:
        for guard in guards:
            contender = submission(fresh(name), guards=[guard], rests={guard: 0})
            gate.wait()
            won.append(isinstance(appender.append([contender])[0], Accepted))
    return won
