"""Waiting until views have come to a position: who waits is woken, and holds no connection meanwhile."""

import json
import logging
import os
import socket
import threading
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import Connection

from infra.postgres.direct import direct, heard
from infra.views.trouble import Trouble

_LOG = logging.getLogger(__name__)
CHANNEL = "fellowtrace_views"
"""Where projectors say how far views have come: positions by title, as JSON."""
STANDBY_POLL = 0.02
"""Seconds between two looks on a standby, which hears of nothing."""
_POLL = 0.25
"""Seconds after which whoever waits looks for itself: word may be lost."""
_BEAT = 1.0
_STANDBY = "SELECT pg_is_in_recovery()"


class Arrivals:
    """Hears, on one connection for a whole process, how far views have come, and wakes those that wait for it.

    `url` is that of any role that may connect; the connection is made, and made again, behind the scenes.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._word = threading.Condition()
        self._turn = 0
        self._told: dict[str, tuple[int, int]] = {}
        self._standby: bool | None = None
        self._waiting = 0
        self._stopped = threading.Event()
        self._trouble = Trouble(_LOG, "Nothing is heard of how far views have come")
        self._connection: Connection[Any] | None = None
        self._thread = threading.Thread(target=self._run, name="arrivals")
        self._thread.start()

    @property
    def standby(self) -> bool | None:
        """Whether the server is a standby: what it holds may be behind the record, and comes up by itself.

        None where the server could not be asked, or not yet.
        """
        return self._standby

    @property
    def waiting(self) -> int:
        """How many wait."""
        return self._waiting

    def ticket(self) -> int:
        """To be taken before looking how far a view has come: what is said from then on is not missed."""
        with self._word:
            return self._turn

    def wait(self, ticket: int, view: str, wanted: int, patience: float) -> None:
        """Until there is reason to look again: the view has come to the position, or word of that may have been lost.

        `patience` is how many seconds to wait at most.
        """

        def told() -> bool:
            turn, position = self._told.get(view, (0, 0))
            return self._stopped.is_set() or (turn > ticket and position >= wanted)

        with self._word:
            self._waiting += 1
            try:
                self._word.wait_for(told, min(patience, STANDBY_POLL if self._standby else _POLL))
            finally:
                self._waiting -= 1

    def close(self) -> None:
        """Hear no more. Those that wait look for themselves."""
        with self._word:
            self._stopped.set()
            self._word.notify_all()
        if (connection := self._connection) is not None:
            _hang_up(connection)
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
            except Exception as error:
                self._standby = None
                self._trouble.met(error, passes=isinstance(error, psycopg.OperationalError))
            self._stopped.wait(_POLL)

    def _listen(self) -> None:
        with direct(self._url, name="fellowtrace arrivals") as connection:
            row = connection.execute(_STANDBY).fetchone()
            self._standby = row == (True,)
            self._trouble.over()
            if self._standby:
                self._stopped.wait(_BEAT)
                return
            connection.execute(f"LISTEN {CHANNEL}".encode())
            self._connection = connection
            while not self._stopped.is_set():
                for said in heard(connection, _BEAT):
                    # Whoever may connect may say anything here.
                    with suppress(ValueError, TypeError, AttributeError, OverflowError, RecursionError):
                        self._tell({str(view): int(position) for view, position in json.loads(said).items()})

    def _tell(self, positions: dict[str, int]) -> None:
        with self._word:
            self._turn += 1
            self._told |= {view: (self._turn, position) for view, position in positions.items()}
            self._word.notify_all()


def _hang_up(connection: Connection[Any]) -> None:
    """Wake the thread that listens: psycopg ends a wait for no other reason."""
    with suppress(psycopg.Error, OSError), socket.socket(fileno=os.dup(connection.fileno())) as end:
        end.shutdown(socket.SHUT_RDWR)
