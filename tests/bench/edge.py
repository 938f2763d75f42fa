"""Lines 12 to 14: a cohort and a command over HTTP, from 32 connections, each application one process on one core."""

import os
import sys
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from itertools import cycle, islice
from socket import socket
from subprocess import Popen
from time import sleep
from uuid import uuid4

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from api.processes import Child, start_api
from api.serving import address, listening
from infra.following.projector import Projector
from infra.postgres.database import engine
from infra.postgres.server import Server
from infra.settings import Connections
from projections import VIEWS
from projections.person import PEOPLE
from projections.standing import STANDING
from tests.bench.library import Registrations, environment
from tests.bench.load import ROOT, loaded, request
from tests.bench.machine import administrator, migrated
from tests.bench.measured import Goal, Line, Round, interleaved, line
from tests.bench.ours import EVENTS, Ours
from tests.bench.peer_app import Base, Fellow, Person
from tests.bench.record import facts
from tests.bench.scale import Scale
from tests.bench.visible import visible
from tests.bench.written import ACTOR, Writer

RECORD = 20
"""One part in so many of the generated record is what the applications answer from."""


@contextmanager
def answering(start: Callable[[socket], Child]) -> Generator[tuple[str, int]]:
    """A process that answers at an address, on the first core alone where there are more."""
    with listening("127.0.0.1", 0) as listener:
        child = start(listener)
        try:
            if len(cores := sorted(os.sched_getaffinity(0))) > 1:
                os.sched_setaffinity(child.process.pid, {cores[0]})
            host, port = address(listener)
            _wait(child.process, host, port)
            yield host, port
        finally:
            child.end()
            child.ended()


def _wait(process: Popen[bytes], host: str, port: int) -> None:
    while process.poll() is None:
        with closing(HTTPConnection(host, port, timeout=60)) as connection:
            try:
                connection.request("GET", "/health/live")
                connection.getresponse().read()
                return
            except OSError:
                sleep(0.05)
    raise RuntimeError("the application ended before it answered; what it said is above")


def our_app(database: Connections) -> Callable[[socket], Child]:
    """Starts the program's own process."""
    return lambda listener: start_api(database, listener)


def peer_app(url: str) -> Callable[[socket], Child]:
    """Starts the peer's."""

    def start(listener: socket) -> Child:
        descriptor = listener.fileno()
        command = [sys.executable, "-m", "tests.bench.peer_app", url, str(descriptor)]
        return Child("peer", Popen(command, cwd=ROOT, pass_fds=[descriptor]))

    return start


def edge(server: Server, scale: Scale, *, lines: Collection[int]) -> Iterator[Line]:
    """Both over a small record, with every view at its head."""
    database, url = migrated(server, "edge"), server.url("edge_peer")
    size = max(scale.record // RECORD, 1_000)
    with Writer(database) as writer:
        writer.write(facts(size))
    with Projector(database.projector, VIEWS) as projector:
        projector.catch_up()
    with administrator(server) as connection:
        connection.execute("CREATE DATABASE edge_peer")
    cohorts = _same_rows(database, url)
    with answering(our_app(database)) as ours, answering(peer_app(url)) as peer:
        if 12 in lines:
            yield _cohort(scale, size, cohorts, ours, peer)
        if 13 in lines:
            yield _command(scale, database, url, ours, peer)
        if 14 in lines:
            yield visible(database, ours, scale)


def _same_rows(database: Connections, url: str) -> list[str]:
    """Give the peer the rows that our views have now; the cohorts that have any."""
    theirs, views = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1)), engine(database.api, size=1)
    Base.metadata.create_all(theirs)
    told = [column.key for column in Fellow.__table__.columns]
    rows, people = STANDING.now(), PEOPLE.now()
    with views.connect() as reader, Session(theirs) as session:
        for (person_id,) in reader.execute(select(people.c.person_id)):
            session.add(Person(person_id=person_id, name=f"Fellow {person_id[:8]}"))
        session.flush()
        fellows = reader.execute(select(*(rows.c[name] for name in told)).where(rows.c.origin_cohort_id.is_not(None)))
        cohorts: dict[str, None] = {}
        for row in fellows.mappings():
            session.add(Fellow(**row))
            cohorts[str(row["origin_cohort_id"])] = None
        session.commit()
    views.dispose()
    theirs.dispose()
    return list(cohorts)


def _cohort(scale: Scale, size: int, cohorts: list[str], ours: tuple[str, int], peer: tuple[str, int]) -> Line:
    def getting(at: tuple[str, int], path: str) -> Round:
        messages = cycle([request("GET", path.format(cohort)) for cohort in cohorts])
        return lambda: loaded(at, list(islice(messages, scale.requests))).rate

    candidates = {
        "ours": getting(ours, "/v1/cohorts/{}/roster"),
        "FastAPI + ORM": getting(peer, "/cohorts/{}/members"),
    }
    found = interleaved(candidates, scale.rounds)
    goals = [Goal("FastAPI + ORM", 2.5, 3.5)]
    told = f"{size:,} events, {len(cohorts)} cohorts of 18"
    return line(12, "GET a cohort's roster, 32 connections", "requests/s", found, goals, size=told)


def _command(scale: Scale, database: Connections, url: str, ours: tuple[str, int], peer: tuple[str, int]) -> Line:
    with closing(Ours(database)) as made, closing(Registrations(env=environment(url))) as library:
        registrations, theirs = made.registrations(scale.requests), library.register(scale.requests, EVENTS)
    body = {"actor": ACTOR, "happened": "2014-04-12", "cohort_id": made.cohort, "work_id": made.work}
    versions = iter(range(EVENTS, EVENTS + scale.rounds + 1))

    def by_ours() -> float:
        seen = f'"{next(versions)}"'
        messages = [
            request("POST", f"/v1/accreditations/{each}/submission", body, Idempotency_Key=str(uuid4()), If_Match=seen)
            for each in registrations
        ]
        return loaded(ours, messages).rate

    def by_library() -> float:
        return loaded(peer, [request("POST", f"/registrations/{each}/submission", body) for each in theirs]).rate

    found = interleaved({"ours": by_ours, "FastAPI + library": by_library}, scale.rounds)
    goals = [Goal("FastAPI + library", 3, 6)]
    size = f"registrations of {EVENTS} events and more"
    return line(13, "POST a command, 32 connections", "requests/s", found, goals, size=size)
