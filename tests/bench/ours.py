"""Our side: the same record through the event log, with everything that the product does on the way."""

import os
import struct
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection

from domain import RULES
from domain.accreditation import ACCREDITATION, RegisteredForCredit, WorkSubmitted
from domain.event import Event, Recorded, Stated
from domain.values import AccreditationId, CohortId, FellowshipId, Happened, PersonId, WorkId
from infra.command import Command, Receipt
from infra.database import connect, pool
from infra.desk import Desk
from infra.envelope import decode
from infra.event_log import Act, EventLog
from infra.event_rows import EventRows
from infra.projector import Projector
from infra.settings import Connections
from infra.vault import Vault
from infra.view import Routed, View
from tests.bench.counted import Counted

APRIL = Happened(date(2014, 4, 12))


class Ours:
    """An event log of its own over the product's tables."""

    def __init__(self, database: Connections) -> None:
        self.database = database
        self.api, self.keys = pool(database.api), pool(database.vault)
        self.vault = Vault(self.keys, database.secret)
        self.log = EventLog(self.api, self.vault, database.secret, RULES)

    def close(self) -> None:
        """Let go of every connection."""
        self.log.close()
        self.api.close()
        self.keys.close()

    def command(self) -> Command:
        """A command with an id of its own."""
        return Command("bench", str(uuid4()), os.urandom(64), Stated(actor=str(uuid4()), source="bench"))

    def register(self) -> AccreditationId:
        """A registration with nine pieces of work: ten events."""
        registration = AccreditationId.new()

        def act(desk: Desk) -> None:
            registered = RegisteredForCredit(fellowship_id=FellowshipId.new(), person_id=PersonId.new())
            desk.record(ACCREDITATION, registration, registered, Happened(date(2014, 1, 1)))
            for _ in range(9):
                desk.record(ACCREDITATION, registration, submission(), APRIL)

        self.log.decide(self.command(), act)
        return registration

    def submitting(self, registration: AccreditationId, times: int = 1) -> Act:
        """Fold the registration, submit work."""

        def act(desk: Desk) -> None:
            desk.fold(ACCREDITATION, registration, on=APRIL.day)
            for _ in range(times):
                desk.record(ACCREDITATION, registration, submission(), APRIL)

        return act

    def imported(self, registrations: list[AccreditationId]) -> int:
        """One call of the import's way: a command for each registration, in one commit."""
        outcomes = self.log.decide_all([(self.command(), self.submitting(each)) for each in registrations])
        assert all(isinstance(outcome, Receipt) for outcome in outcomes)
        return len(outcomes)

    def replayed(self) -> int:
        """Read the log into typed events, from its beginning."""
        read = 0
        with connect(self.database.projector) as connection:
            rows = EventRows(connection, decode)
            while events := rows.after(read, 1_000).events:
                read += len(events)
        return read

    def rebuilt(self, view: View[Any]) -> int:
        """Fill a view from the log."""
        with Projector(self.database.projector, [view]) as projector:
            return projector.rebuild(view)


def submission() -> WorkSubmitted:
    """A piece of work, submitted."""
    return WorkSubmitted(cohort_id=CohortId.new(), work_id=WorkId.new())


def counts() -> View[Counted]:
    """The peer's fold as a bitemporal view: segments, facts, now and ever."""

    def route(recorded: Recorded) -> list[Routed]:
        return [Routed((recorded.key,), recorded.day, recorded.event)]

    def fold(state: Counted | None, event: Event) -> Counted:
        return Counted(1 if state is None else state.submitted + 1)

    return View(
        name="bench_counts", version=1, key={"accreditation_id": AccreditationId}, state=Counted, route=route, fold=fold
    )


def copying(connection: Connection[Any], rows: list[tuple[Any, ...]]) -> Callable[[], int]:
    """The limit: raw COPY of rows like the log's into a table of the same columns and indexes, in one commit."""
    connection.execute("CREATE TABLE IF NOT EXISTS bench_copy (LIKE log.event INCLUDING ALL)")
    state = {"position": 0}

    def run() -> int:
        with (
            connection.transaction(),
            connection.cursor() as cursor,
            cursor.copy(
                "COPY bench_copy (position, stream, version, kind, schema_version, slot, recorded_at, envelope, state)"
                " FROM STDIN (FORMAT BINARY)"
            ) as copy,
        ):
            copy.set_types(["int8", "text", "int4", "text", "int4", "int8", "timestamptz", "bytea", "bytea"])
            for _, _, version, kind, schema_version, _, recorded_at, envelope, body in rows:
                state["position"] += 1
                at = state["position"]
                copy.write_row(
                    (
                        at,
                        f"accreditation:{UUID(bytes=struct.pack('!qq', at, at))}",
                        version,
                        kind,
                        schema_version,
                        at,
                        recorded_at,
                        envelope,
                        body,
                    )
                )
        return len(rows)

    return run
