"""F5, F6 and F19: the wire to the server cut or silenced around commits, and the log's lock held."""

import json
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from datetime import date
from pathlib import Path
from random import Random
from typing import NamedTuple
from uuid import UUID

import psycopg

from domain import RULES
from domain.event import Stated
from domain.organisation import ORGANISATION, OrganisationRecorded
from domain.values import Happened, OrganisationId
from infra.log.append import Appender
from infra.log.combining import Busy
from infra.log.command import Command
from infra.log.desk import Desk
from infra.log.event_log import EventLog
from infra.log.submission import Accepted, Repeated
from infra.log.vault import Vault
from infra.postgres.database import pool
from infra.settings import Connections
from tests.crash.checker import Findings, check
from tests.crash.client import ACTOR
from tests.crash.journal import Journal
from tests.infra.silence import silenced
from tests.infra.submissions import event, fresh, submission
from tests.infra.wire import Cut, wired

CUTS: tuple[Cut, ...] = ("before the server reads", "before the answer", "and the request comes late")
DAY = Happened(date(2014, 1, 1))


class Troubled(NamedTuple):
    """What the checker found after so much trouble, and how long each troubled command took to be answered."""

    troubles: int
    findings: Findings
    answered: list[float]

    def __str__(self) -> str:
        """In a line."""
        times = sorted(self.answered)
        p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
        return (
            f"{self.troubles} times: {self.findings}; answered after {times[len(times) // 2]:.2f} s (p99 {p99:.2f} s)"
        )


class Caller:
    """One caller in this process, with a journal."""

    def __init__(self, log: EventLog, journal: Journal, seed: int) -> None:
        self._log, self._journal = log, journal
        self._random = Random(seed)

    def key(self) -> str:
        """The key of the next command."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def record(self, key: str) -> bool:
        """Put an organisation on the record; whether that was acknowledged, or is in doubt."""
        organisation = OrganisationId.new()

        def act(desk: Desk) -> None:
            desk.record(ORGANISATION, organisation, OrganisationRecorded(title="Trust"), DAY)

        self._journal.sent(key)
        try:
            receipt = self._log.decide(Command("caller", key, b"", Stated(actor=ACTOR)), act)
        except Busy:
            return False
        self._journal.acknowledged(key, receipt.position, receipt.streams)
        return True


@contextmanager
def caller(
    connections: Connections,
    file: Path,
    seed: int,
    *,
    url: str | None = None,
    patience: float = 10,
    silence: float = 20,
    lock_timeout: str = "5s",
) -> Generator[Caller]:
    """A caller over a database, or over a wire to it."""
    with (
        closing(pool(url or connections.api, size=4, lock_timeout=lock_timeout)) as log_pool,
        closing(pool(connections.vault, size=1)) as keys,
        closing(
            EventLog(
                log_pool, Vault(keys, connections.secret), connections.secret, RULES, patience=patience, silence=silence
            )
        ) as log,
        closing(Journal(file)) as journal,
    ):
        yield Caller(log, journal, seed)


def commits_cut(connections: Connections, folder: Path, seed: int, cuts: int) -> Troubled:
    """F5: the connection is lost before the server reads, before its answer, or so that the request comes late."""
    random, taken, journal = Random(seed), list[float](), folder / f"cuts-{seed}"
    with wired(connections) as wire, caller(connections, journal, seed, url=wire.url) as called:
        for _ in range(cuts):
            key, when = called.key(), random.choice(CUTS)
            wire.cut(UUID(key).bytes, when)
            begun = time.monotonic()
            called.record(key)
            taken.append(time.monotonic() - begun)
            wire.release.set()
            called.record(key)  # the same command once more: the same answer
    return Troubled(cuts, check(str(connections.admin), [journal]), taken)


def silent(connections: Connections, folder: Path, seed: int, times: int, *, silence: float = 1.0) -> Troubled:
    """F6: the wire falls silent and neither side is told; the append is answered in time, and later taken."""
    random, taken, file = Random(seed), list[float](), folder / f"silent-{seed}"
    with closing(Journal(file)) as journal:
        for _ in range(times):
            stream, key = fresh(), str(UUID(int=random.getrandbits(128), version=4))
            made = event(stream, 1, envelope=json.dumps({"command": key}).encode())
            one = submission(stream, command=key)._replace(events=(made,))
            with silenced(connections.api) as wire, closing(pool(wire.url, size=4)) as through:
                with closing(Appender(through, patience=silence, silence=silence)) as appender:
                    appender.find([(one.principal, one.command_id, one.request_hash)])
                    wire.speaks.clear()
                    journal.sent(one.command_id)
                    begun = time.monotonic()
                    with suppress(Busy):
                        raise AssertionError(f"the wire was silent, and yet it was answered: {appender.append([one])}")
                    taken.append(time.monotonic() - begun)
                    wire.speaks.set()
                with closing(pool(connections.api, size=1)) as anew, closing(Appender(anew)) as appender:
                    (verdict,) = appender.append([one])
                    if not isinstance(verdict, Accepted | Repeated):
                        raise AssertionError(f"the wire speaks again, and yet: {verdict}")
                    journal.acknowledged(one.command_id, verdict.positions[-1], {stream: 1})
    return Troubled(times, check(str(connections.admin), [file]), taken)


def lock_held(connections: Connections, folder: Path, seed: int, times: int, *, timeout: str = "5s") -> Troubled:
    """F19: somebody holds the log's lock for longer than a command waits; afterwards the same command is taken."""
    taken, journal = list[float](), folder / f"held-{seed}"
    with (
        caller(connections, journal, seed, lock_timeout=timeout) as called,
        psycopg.connect(str(connections.admin)) as holder,
    ):
        for _ in range(times):
            key = called.key()
            holder.execute("SELECT log.lock()")
            begun = time.monotonic()
            if called.record(key):
                raise AssertionError("the lock was held, and yet the command was taken")
            taken.append(time.monotonic() - begun)
            holder.rollback()
            if not called.record(key):
                raise AssertionError("the lock is free, and yet the command was not taken")
    return Troubled(times, check(str(connections.admin), [journal]), taken)
