"""The log as the eventsourcing library sees it: a recorder for its own events, and an application that reads ours.

Our commands do not go this way. Streams are the library's originators (text), kinds its topics, positions its
notification ids, which are dense and in the order of commit.
"""

import os
from base64 import b64encode
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, LiteralString, cast

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    JSONTranscoder,
    Mapper,
    Notification,
    NotSupportedError,
    OperationalError,
    PersistenceError,
    StoredEvent,
)

from domain.event import Recorded
from domain.values import Precision, today
from infra.log.append import CHANNEL
from infra.log.envelope import canonical
from infra.log.reading import COLUMNS, FORMAT, Keys, Row, decode
from infra.log.subscription import LogSubscription
from infra.postgres.arrays import Bytes, Ints, Texts
from infra.postgres.database import Pool

_APPEND = "SELECT * FROM log.append_library(%b, %b, %b, %b, %b)"


class Recorder(ApplicationRecorder):
    """The library's recorder on the log. Inserting takes the log's owner or an administrator, reading any reader.

    Each event inserted gets an envelope that declares where it comes from. An insert that is lost with its connection
    is not sent again, because bare events have no command id to be found by: it raises OperationalError, which leaves
    open whether they are stored, and never an IntegrityError that would be false.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Append events at the versions they bear, all or none. Returns their positions; None if there are none.

        Raises IntegrityError where a version is there already, and NotSupportedError for tracking records, which would
        otherwise be dropped without a word.
        """
        if any(value is not None for value in kwargs.values()):
            raise NotSupportedError(f"the log stores events only, not {', '.join(kwargs)}")
        if not stored_events:
            return None
        with _reported(), self.pool.connection() as connection:
            rows = connection.execute(
                _APPEND,
                [
                    Texts([str(event.originator_id) for event in stored_events]),
                    Ints([event.originator_version for event in stored_events]),
                    Texts([event.topic for event in stored_events]),
                    Bytes([_envelope() for _ in stored_events]),
                    Bytes([event.state for event in stored_events]),
                ],
                prepare=True,
            ).fetchall()
            with suppress(psycopg.Error):  # they are stored: whoever listens also polls
                connection.execute(f"BEGIN; SET LOCAL synchronous_commit = off; NOTIFY {CHANNEL}; COMMIT")
        return [position for (position,) in rows]

    def select_events(
        self,
        originator_id: Any,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The events of one stream, by version; those above `gt` and up to `lte`."""
        order: LiteralString = "DESC" if desc else "ASC"
        rows = self._rows(
            "WHERE stream = %s AND (%s::int IS NULL OR version > %s) AND (%s::int IS NULL OR version <= %s) "
            f"ORDER BY version {order} LIMIT %s",
            [str(originator_id), gt, gt, lte, lte, limit],
        )
        return [self._stored(row) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """The events at positions from `start` (or above it) up to `stop`, at most `limit` of them."""
        first = 1 if start is None else start if inclusive_of_start else start + 1
        rows = self._rows(
            "WHERE position >= %s AND (%s::bigint IS NULL OR position <= %s) AND (%s OR kind = ANY(%s::text[])) "
            "ORDER BY position LIMIT %s",
            [first, stop, stop, not topics, list(topics), limit],
        )
        return [self._notification(row) for row in rows]

    def max_notification_id(self) -> int | None:
        """The head of the log; None while it is empty."""
        with _reported(), self.pool.connection() as connection:
            row = cast(tuple[int], connection.execute("SELECT log.head()").fetchone())
        return row[0] or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> LogSubscription:
        """The events above a position, those there are and those to come."""
        return LogSubscription(self, self.pool, gt=gt, topics=topics)

    def _rows(self, where: LiteralString, parameters: Sequence[Any]) -> list[Row]:
        with _reported(), self.pool.connection() as connection:
            query: LiteralString = f"SELECT {COLUMNS} FROM log.event {where}"
            return cast(list[Row], connection.execute(query, parameters, prepare=True).fetchall())

    def _stored(self, row: Row) -> StoredEvent:
        return StoredEvent(originator_id=row[1], originator_version=row[2], topic=row[3], state=row[8])

    def _notification(self, row: Row) -> Notification:
        return Notification(id=row[0], originator_id=row[1], originator_version=row[2], topic=row[3], state=row[8])


@dataclass(frozen=True)
class LogEvent(StoredEvent):
    """An event of ours with all its columns, since the state alone does not tell when it happened, or who says so."""

    row: Row


@dataclass(frozen=True)
class LogNotification(Notification):
    """The same, at its position."""

    row: Row


class LogRecorder(Recorder):
    """The log for reading: what it returns bears every column, so that our mapper can decode it."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Raises NotSupportedError: our facts are recorded by commands."""
        raise NotSupportedError("facts are recorded through the event log's commands")

    def _stored(self, row: Row) -> LogEvent:
        return LogEvent(originator_id=row[1], originator_version=row[2], topic=row[3], state=row[8], row=row)

    def _notification(self, row: Row) -> LogNotification:
        return LogNotification(
            id=row[0], originator_id=row[1], originator_version=row[2], topic=row[3], state=row[8], row=row
        )


@dataclass(frozen=True, slots=True)
class Fact:
    """One of our recorded events, under the two names the library asks a domain event for."""

    recorded: Recorded

    @property
    def originator_id(self) -> str:
        """The stream."""
        return self.recorded.stream

    @property
    def originator_version(self) -> int:
        """The version in it."""
        return self.recorded.version


class LogMapper(Mapper[str]):
    """From stored events to our own. The topic is the kind; without keys personal fields read as `Sealed`."""

    def __init__(self, keys: Keys | None = None) -> None:
        super().__init__(JSONTranscoder())
        self._keys = keys

    def to_domain_event(self, stored_event: StoredEvent) -> Fact:
        """Decode an event that a LogRecorder returned. Raises Unreadable."""
        if not isinstance(stored_event, LogEvent | LogNotification):
            raise NotSupportedError("only what a LogRecorder returns can be decoded")
        return Fact(decode(stored_event.row, self._keys))

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """Raises NotSupportedError: our facts are recorded by commands."""
        raise NotSupportedError("facts are recorded through the event log's commands")


class LogApplication(Application[str]):
    """An application of the library that reads the log: its `notification_log`, its `events` and its subscriptions."""

    name = "fellowtrace"

    def __init__(self, pool: Pool, keys: Keys | None = None) -> None:
        self._pool = pool
        self._keys = keys
        super().__init__(env={"PERSISTENCE_MODULE": "eventsourcing.popo"})

    def construct_mapper(self) -> LogMapper:
        """Ours."""
        return LogMapper(self._keys)

    def construct_recorder(self) -> LogRecorder:
        """Ours, for reading."""
        return LogRecorder(self._pool)


def _envelope() -> bytes:
    """The declared envelope of an event that the library gives bare: it says nothing of when or by whom."""
    return canonical(
        {
            "format": FORMAT,
            "happened": today().isoformat(),
            "precision": Precision.UNKNOWN.value,
            "actor": "eventsourcing",
            "source": "eventsourcing",
            "salt": b64encode(os.urandom(16)).decode(),
        }
    )


@contextmanager
def _reported() -> Generator[None]:
    """Errors as the library names them."""
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        raise IntegrityError(error) from error
    except psycopg.OperationalError as error:
        raise OperationalError(error) from error
    except psycopg.Error as error:
        raise PersistenceError(error) from error
