"""Writes facts into the log as fast as it takes them: the bytes a command would have written, decided by nobody."""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from time import perf_counter
from typing import Self
from uuid import uuid4

from domain.event import How, Link, Stated
from infra.log.append import Appender
from infra.log.envelope import Draft, encode
from infra.log.event_rows import EventRows
from infra.log.reading import decode
from infra.log.submission import Accepted, NewEvent, Submission, Verdict
from infra.log.vault import Vault
from infra.postgres.database import connect, pool
from infra.settings import Connections
from tests.bench.record import Fact

ACTOR, PRINCIPAL = "5b0e6a0e-54f1-4c37-8f3a-6f0f3c1f9a01", "bench-record"
COMMIT = 1_000
"""Commands of one commit."""


class Writer:
    """Writes facts, each a command of its own, a thousand a commit; what comes next is encoded meanwhile."""

    def __init__(self, database: Connections, *, principal: str = PRINCIPAL) -> None:
        self._database, self._principal = database, principal
        self._api, self._keys = pool(database.api, size=2), pool(database.vault, size=1)
        self._vault = Vault(self._keys, database.secret)
        self._appender = Appender(self._api)
        self._sending = ThreadPoolExecutor(max_workers=1)
        self._sent: tuple[Sequence[Fact], Future[list[Verdict]]] | None = None
        self._versions: dict[str, int] = {}
        self.seconds = 0.0
        """That the log took to append, encoding not counted."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):
            self._settle()
        self._sending.shutdown()
        self._appender.close()
        self._api.close()
        self._keys.close()

    def written(self) -> int:
        """How many facts the log holds already."""
        with closing(connect(self._database.admin or "")) as connection:
            row = connection.execute(
                "SELECT count(*) FROM log.command WHERE principal = %s", (self._principal,)
            ).fetchone()
        assert row is not None
        return int(row[0])

    def write(self, facts: Iterable[Fact], *, skip: int = 0) -> int:
        """Write facts; the first ones are only counted, being in the log from an earlier run. How many were written."""
        done = 0
        for chunk in self._chunks(facts, skip):
            submissions = self._submissions(chunk)
            self._settle()
            self._sent = (chunk, self._sending.submit(self._send, submissions))
            done += len(chunk)
        self._settle()
        return done

    def _chunks(self, facts: Iterable[Fact], skip: int) -> Iterator[list[Fact]]:
        """Commits; one ends early before a fact that corrects another in it, whose place is not known yet."""
        chunk: dict[Fact, None] = {}
        for count, fact in enumerate(facts):
            self._number(fact)
            if count < skip:
                continue
            if len(chunk) == COMMIT or fact.corrects in chunk:
                yield list(chunk)
                chunk = {}
            chunk[fact] = None
        if chunk:
            yield list(chunk)

    def _number(self, fact: Fact) -> None:
        name = fact.stream.of(fact.identifier)
        fact.version = self._versions[name] = self._versions.get(name, 0) + 1

    def _submissions(self, chunk: Sequence[Fact]) -> list[Submission]:
        if any(fact.corrects is not None and not fact.corrects.position for fact in chunk):
            self._settle()
        slots = self._slots([f.corrects for f in chunk if f.corrects is not None and not f.corrects.position])
        uses = {
            (str(fact.event.subject), purpose)
            for fact in chunk
            if fact.event.subject is not None
            for purpose in fact.event.personal().values()
        }
        keys = self._vault.keys(uses) if uses else {}
        submissions: list[Submission] = []
        for fact in chunk:
            command = str(uuid4())
            link = slot = reason = None
            if (target := fact.corrects) is not None:
                link, reason = Link(How.CORRECTS, target.version), "entered_wrongly"
                slot = target.position or slots[target.stream.of(target.identifier), target.version]
            name = fact.stream.of(fact.identifier)
            stated = Stated(actor=ACTOR, source="bench", reason=reason, command=command)
            guards = frozenset(fact.event.names()).union(fact.sets) - {name}
            draft = Draft(name, fact.version, fact.event, fact.happened, stated, link, slot, guards)
            event: NewEvent = encode(draft, [keys[use] for use in draft.uses])
            submissions.append(Submission(self._principal, command, os.urandom(32), (event,), {name: fact.version - 1}))
        return submissions

    def _send(self, submissions: Sequence[Submission]) -> list[Verdict]:
        begun = perf_counter()
        verdicts = self._appender.append(submissions)
        self.seconds += perf_counter() - begun
        return verdicts

    def _settle(self) -> None:
        """Wait for the commit that is on its way, and note the positions its facts got."""
        if self._sent is None:
            return
        (chunk, sent), self._sent = self._sent, None
        for fact, verdict in zip(chunk, sent.result(), strict=True):
            if not isinstance(verdict, Accepted):
                raise AssertionError(f"{fact.stream.of(fact.identifier)} was not taken: {verdict}")
            fact.position = verdict.positions.start

    def _slots(self, targets: Sequence[Fact]) -> dict[tuple[str, int], int]:
        """The slots of facts that an earlier run wrote."""
        if not targets:
            return {}
        with closing(connect(self._database.projector)) as connection:
            named = [(target.stream.of(target.identifier), target.version) for target in targets]
            return EventRows(connection, decode).slots(named)
