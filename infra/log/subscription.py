"""A subscription of the eventsourcing library that polls as well as listens, and never loses its place."""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from threading import Event, Lock
from typing import Any

import psycopg
from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription
from psycopg import Connection

from infra.log.append import CHANNEL
from infra.postgres.database import Pool

_PAGE = 500


class LogSubscription(Subscription[ApplicationRecorder]):
    """The events above a position, in order, those there are and those to come; iterate in one thread.

    It listens before it reads, reads again after every new LISTEN, and at least every `poll` seconds, so that neither
    a lost notification nor a lost connection makes it wait for the next append. A position says nothing of a log that
    has lost its end, as a failover may leave it: whoever follows is then to begin anew.
    """

    def __init__(
        self,
        recorder: ApplicationRecorder,
        pool: Pool,
        gt: int | None = None,
        topics: Sequence[str] = (),
        *,
        poll: float = 0.5,
    ) -> None:
        super().__init__(recorder, gt=gt, topics=topics)
        self._read_to = gt or 0
        self._handed_out = gt or 0
        self._pool = pool
        self._poll = poll
        self._page: deque[Notification] = deque()
        self._listening: Connection[Any] | None = None
        self._in_use = Lock()
        self._stopped = Event()

    @property
    def position(self) -> int:
        """Everything up to here was handed out, or is of other topics: what a checkpoint has to hold."""
        return self._handed_out if self._page else self._read_to

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        """Stop, and give the connection back."""
        super().__exit__(*args, **kwargs)
        with self._in_use:
            self._release()

    def stop(self) -> None:
        """End the iteration; one that waits ends within the time of a poll. May be called from another thread."""
        super().stop()
        self._stopped.set()

    def __next__(self) -> Notification:
        """The next event; waits for one. Raises StopIteration once stopped, OperationalError without a database."""
        with self._in_use:
            while not self._stopped.is_set():
                if self._page:
                    notification = self._page.popleft()
                    self._handed_out = notification.id
                    return notification
                if self._listening is None:
                    self._listen()
                    self._read()
                elif not self._read():
                    self._wait()
            self._release()
            raise StopIteration

    def _read(self) -> bool:
        """Read the next page; tell whether the log had grown."""
        head = self._recorder.max_notification_id() or 0
        if head <= self._read_to:
            return False
        found = self._recorder.select_notifications(
            start=self._read_to, limit=_PAGE, stop=head, topics=self._topics, inclusive_of_start=False
        )
        self._page.extend(found)
        self._read_to = found[-1].id if len(found) == _PAGE else head
        return True

    def _listen(self) -> None:
        with suppress(psycopg.OperationalError):
            self._listening = self._pool.getconn()
            self._listening.execute(f"LISTEN {CHANNEL}")

    def _wait(self) -> None:
        """Until word comes, or for the time of a poll."""
        if self._listening is None:
            self._stopped.wait(self._poll)
            return
        try:
            for _ in self._listening.notifies(timeout=self._poll, stop_after=1):
                pass
        except psycopg.OperationalError:
            self._release()

    def _release(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            with suppress(psycopg.OperationalError):
                listening.execute("UNLISTEN *")
            self._pool.putconn(listening)
