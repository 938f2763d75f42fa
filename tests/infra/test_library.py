"""The eventsourcing library on our log: its own test cases, our events through its application, and its known traps."""

import importlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from threading import Thread
from typing import TYPE_CHECKING, Annotated, cast
from uuid import uuid4

import eventsourcing.cryptography
import pytest
from eventsourcing.persistence import (
    IntegrityError,
    NotSupportedError,
    OperationalError,
    PersistenceError,
    StoredEvent,
    Tracking,
)
from psycopg import errors

from domain.event import Event, Stated
from domain.values import Happened, Personal, PersonId, Purpose, Sealed
from infra.log.envelope import Draft, canonical, encode
from infra.log.library import Fact, LogApplication, Recorder
from infra.log.sealing import Key
from infra.log.submission import Submission
from infra.postgres.database import pool
from infra.settings import Connections
from tests.infra.submissions import HASH, appending, fresh, rows
from tests.infra.wire import wired

if TYPE_CHECKING:
    from eventsourcing.tests import persistence as cases
else:
    # The cases ask for the library's pycryptodome cipher, and none of those used here encrypts: its other one will do.
    sys.modules.setdefault("eventsourcing.cipher", eventsourcing.cryptography)
    cases = importlib.import_module("eventsourcing.tests.persistence")


@pytest.fixture
def recorder(database: Connections) -> Iterator[Recorder]:
    """The recorder as whoever owns the log has it."""
    assert database.admin is not None
    with closing(pool(database.admin, size=12)) as connections:
        yield Recorder(connections)


class TestRecorder(cases.ApplicationRecorderTestCase[Recorder]):
    """What the library asks of an application's recorder."""

    @pytest.fixture(autouse=True)
    def _given(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def create_recorder(self) -> Recorder:
        return self.recorder

    def new_originator_id(self) -> str:
        return fresh("probe")

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestPositionsDoNotInterleave(cases.NonInterleavingNotificationIDsBaseCase):
    """Two inserts at once stay apart in the order of positions."""

    @pytest.fixture(autouse=True)
    def _given(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def create_recorder(self) -> Recorder:
        return self.recorder

    def new_originator_id(self) -> str:
        return fresh("probe")


def stored(stream: str, version: int, topic: str = "probe") -> StoredEvent:
    """A bare event of the library."""
    return StoredEvent(stream, version, topic, b"{}")


class Noted(Event):
    """Something was noted of someone."""

    kind = "test.library_noted"

    person_id: PersonId
    code: str
    remark: Annotated[Personal[str | None], Purpose.CIRCUMSTANCES] = None


ADA = PersonId(uuid4())
KEY = Key(uuid4().bytes, ADA, Purpose.CIRCUMSTANCES, os.urandom(32))


class Held:
    """The keys of this test."""

    def find(self, key_id: bytes) -> Key | None:
        return KEY if key_id == KEY.id else None


def note(database: Connections, *codes: str) -> str:
    """Append our own events to a new stream."""
    stream = fresh("person")
    drafts = [
        Draft(
            stream,
            version,
            Noted(person_id=ADA, code=code, remark=f"said {code}"),
            Happened(date(2014, 4, version)),
            Stated(actor=str(uuid4())),
        )
        for version, code in enumerate(codes, 1)
    ]
    events = tuple(encode(draft, [KEY]) for draft in drafts)
    with appending(database) as appender:
        appender.append([Submission("tester", str(uuid4()), HASH, events, {stream: 0})])
    return stream


def test_an_application_of_the_library_reads_our_log(database: Connections) -> None:
    stream = note(database, "one", "two", "three")
    with closing(pool(database.api)) as connections, LogApplication(connections, Held()) as application:
        facts = [cast(Fact, fact) for fact in application.events.get(stream, gt=1)]
        assert [(f.originator_id, f.originator_version) for f in facts] == [(stream, 2), (stream, 3)]
        assert [f.recorded.event for f in facts] == [
            Noted(person_id=ADA, code="two", remark="said two"),
            Noted(person_id=ADA, code="three", remark="said three"),
        ]
        assert [f.recorded.day for f in facts] == [date(2014, 4, 2), date(2014, 4, 3)]

        section = application.notification_log["1,10"]
        assert [(item.id, item.topic) for item in section.items] == [(n, Noted.kind) for n in (1, 2, 3)]
        read = cast(Fact, application.mapper.to_domain_event(section.items[0])).recorded
        assert (read.position, read.event) == (1, Noted(person_id=ADA, code="one", remark="said one"))

        with application.recorder.subscribe(gt=2, topics=[Noted.kind]) as subscription:
            assert cast(Fact, application.mapper.to_domain_event(next(subscription))).recorded.version == 3


def test_without_keys_the_library_reads_personal_fields_sealed(database: Connections) -> None:
    stream = note(database, "one")
    with closing(pool(database.api)) as connections, LogApplication(connections) as application:
        (fact,) = application.events.get(stream)
        event = cast(Fact, fact).recorded.event
        assert isinstance(event, Noted)
        assert isinstance(event.remark, Sealed)


def test_the_library_does_not_write_our_facts(database: Connections) -> None:
    with closing(pool(database.api)) as connections, LogApplication(connections) as application:
        with pytest.raises(NotSupportedError):
            application.recorder.insert_events([stored("a", 1)])
        with pytest.raises(PersistenceError, match="permission denied"):
            Recorder(connections).insert_events([stored("a", 1)])


def test_a_bare_event_gets_an_envelope_that_declares_the_library(database: Connections, recorder: Recorder) -> None:
    recorder.insert_events([stored("a", 0), stored("a", 1)])
    envelopes = [bytes(row[0]) for row in rows(database, "SELECT envelope FROM log.event ORDER BY position")]
    assert len(set(envelopes)) == 2
    for envelope in envelopes:
        stated = json.loads(envelope)
        assert canonical(stated) == envelope
        assert (stated["format"], stated["actor"], stated["source"]) == (1, "eventsourcing", "eventsourcing")


def test_a_refused_insert_leaves_no_gap_in_the_notification_ids(recorder: Recorder) -> None:
    assert recorder.insert_events([stored("a", 1)]) == [1]
    with pytest.raises(IntegrityError):
        recorder.insert_events([stored("b", 1), stored("a", 1)])
    assert recorder.insert_events([stored("b", 1)]) == [2]


def test_a_tracking_record_is_refused_and_not_dropped(recorder: Recorder) -> None:
    with pytest.raises(NotSupportedError, match="tracking"):
        recorder.insert_events([stored("a", 1)], tracking=Tracking("upstream", 1))
    assert recorder.max_notification_id() is None


def test_an_insert_whose_answer_was_lost_is_not_called_a_conflict(database: Connections) -> None:
    assert database.admin is not None
    with wired(database, database.admin) as wire, closing(pool(wire.url, size=1)) as connections:
        recorder = Recorder(connections)
        recorder.insert_events([stored("warm", 1)])
        wire.cut(b"marked", "before the answer")
        with pytest.raises(OperationalError):
            recorder.insert_events([stored("marked", 1)])
        assert [event.originator_version for event in recorder.select_events("marked")] == [1]


def test_an_insert_that_could_not_be_announced_is_stored_all_the_same(database: Connections) -> None:
    assert database.admin is not None
    with wired(database, database.admin) as wire, closing(pool(wire.url, size=1)) as connections:
        recorder = Recorder(connections)
        wire.cut(b"NOTIFY", "before the server reads")
        assert recorder.insert_events([stored("a", 1)]) == [1]
        assert [event.originator_version for event in recorder.select_events("a")] == [1]


def test_a_subscription_hears_of_an_append_that_nobody_announced(database: Connections, recorder: Recorder) -> None:
    with recorder.subscribe() as subscription:
        recorder.insert_events([stored("a", 1)])
        assert next(subscription).id == 1
        rows(database, "SELECT log.append_library('{a}', '{2}', '{probe}', '{e}', '{s}')")
        assert next(subscription).id == 2


def test_a_subscription_goes_on_after_its_connection_is_cut(database: Connections, recorder: Recorder) -> None:
    with recorder.subscribe() as subscription:
        recorder.insert_events([stored("a", 1)])
        assert next(subscription).id == 1
        rows(
            database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%' AND pid <> pg_backend_pid()",
        )
        recorder.insert_events([stored("a", 2)])
        assert next(subscription).id == 2


def test_a_subscription_to_a_rare_topic_moves_over_the_others(recorder: Recorder) -> None:
    with recorder.subscribe(topics=["rare"]) as subscription:
        recorder.insert_events(
            [stored("a", version, "rare" if version in (2, 3) else "common") for version in range(9)]
        )
        assert next(subscription).id == 3
        assert subscription.position == 3
        assert next(subscription).id == 4
        assert subscription.position == 9


def test_a_subscription_that_waits_can_be_stopped_from_elsewhere(recorder: Recorder) -> None:
    heard: list[object] = []
    with recorder.subscribe() as subscription:
        waiting = Thread(target=lambda: heard.extend(subscription))
        waiting.start()
        recorder.insert_events([stored("a", 1)])
        subscription.stop()
        waiting.join()
    assert len(heard) <= 1


@pytest.mark.parametrize("missing", ["kind", "envelope", "state"])
def test_no_part_of_an_event_can_be_missing(database: Connections, missing: str) -> None:
    arrays = ", ".join("'{NULL}'" if part == missing else "'{x}'" for part in ("kind", "envelope", "state"))
    with pytest.raises(errors.NotNullViolation, match=missing):
        rows(database, f"SELECT log.append_library('{{a}}', '{{1}}', {arrays})")
