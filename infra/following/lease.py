"""Which projector keeps which views: leases that run out, on the database's clock, when their holder is not heard of.

A lease saves projectors from doing one another's work. What keeps a view right is the compare-and-set of its
checkpoint, so that a lease may be lost, or taken, at any moment.
"""

import logging
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, Self
from uuid import uuid4

import psycopg
from psycopg import Connection, OperationalError
from psycopg.errors import UndefinedTable

from infra.postgres.direct import MISSED, direct, heard, listening
from infra.views.trouble import Trouble

_LOG = logging.getLogger(__name__)

NAME = "fellowtrace projector"
"""What the sessions of a projector are called, before the name of the holder."""
BEAT = 1.0
"""Seconds between two signs of life."""
_CHANNEL = "fellowtrace_leases"
_BLINK = 0.2

_ALIVE = """
    INSERT INTO views.projector (holder, views, expires) VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s))
    ON CONFLICT (holder) DO UPDATE SET views = excluded.views, expires = excluded.expires
"""
_BURY = """
    WITH dead AS (
             DELETE FROM views.projector WHERE holder <> %(holder)s AND expires NOT BETWEEN
                    clock_timestamp() AND clock_timestamp() + make_interval(secs => 2 * %(span)s)
             RETURNING holder),
         freed AS (DELETE FROM views.lease USING dead WHERE lease.holder = dead.holder)
    SELECT pg_terminate_backend(pid) FROM dead JOIN pg_stat_activity ON application_name = %(name)s || ' ' || holder
     WHERE datname = current_database() AND usename = current_user
"""
_MEMBERS = "SELECT holder, views FROM views.projector"
_LEASES = "SELECT view, holder FROM views.lease"
_CLAIM = """
    INSERT INTO views.lease (view, holder) SELECT unnest(%s::text[]), %s
    ON CONFLICT (view) DO UPDATE SET holder = excluded.holder
     WHERE NOT EXISTS (SELECT FROM views.projector WHERE projector.holder = lease.holder)
    RETURNING view
"""
_RELEASE = "DELETE FROM views.lease WHERE view = ANY (%s::text[]) AND holder = %s"
_LEAVE = """
    WITH gone AS (DELETE FROM views.projector WHERE holder = %(holder)s)
    DELETE FROM views.lease WHERE holder = %(holder)s
"""


def shared_out(members: Mapping[str, Collection[str]], leases: Mapping[str, str]) -> dict[str, str]:
    """Who is to hold each view, of those who would: an equal share each, and as it is where that is fair already."""
    views = sorted({view for kept in members.values() for view in kept})
    fair = len(views) // max(1, len(members))
    load, shared = Counter[str](), dict[str, str]()
    for view in views:
        holder = leases.get(view, "")
        if view in members.get(holder, ()) and load[holder] < fair:
            shared[view] = holder
            load[holder] += 1
    for view in views:
        if view not in shared:
            # Whoever has the least to do; of several, who holds it.
            able = [(load[each], each != leases.get(view), each) for each, kept in members.items() if view in kept]
            *_, shared[view] = min(able)
            load[shared[view]] += 1
    return shared


class Leases:
    """The leases of one projector, seen to by a thread of its own; `views` tells the titles of what it would keep.

    `changed` is set when there are more or fewer than before. `span` is how many seconds a lease lasts after its holder
    was last heard of.
    """

    def __init__(self, url: str, views: Callable[[Connection[Any]], Collection[str]], span: float = MISSED) -> None:
        self.holder = f"{socket.gethostname()[:20]}-{os.getpid()}-{uuid4().hex[:8]}"
        self.name = f"{NAME} {self.holder}"
        self.changed = threading.Event()
        self._url, self._views, self._span = url, views, span
        self._lock = threading.Lock()
        self._held: frozenset[str] = frozenset()
        self._doubted: set[str] = set()
        self._heard_of = time.monotonic()
        self._again = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leases")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def held(self) -> frozenset[str]:
        """The views that are this projector's to keep; none, once it may be taken for dead."""
        return self._held if time.monotonic() - self._heard_of < self._span else frozenset()

    def doubt(self, view: str) -> None:
        """Another has taken this view on: do not hold it before it is known whose it is."""
        with self._lock:
            self._doubted.add(view)
            self._held -= {view}
        self._again.set()

    def beat(self, connection: Connection[Any]) -> None:
        """Give a sign of life, end who gave none, and give up and take leases, so that each has a fair share.

        Each statement is whole in itself: whoever is lost between two of them keeps nobody waiting.
        """
        self._again.clear()
        with self._lock:
            self._doubted.clear()
        now = time.monotonic()
        connection.execute(_ALIVE, (self.holder, list(self._views(connection)), self._span))
        # Who is said to live for long has not said so by the clock that there is now: it went back.
        connection.execute(_BURY, {"holder": self.holder, "span": self._span, "name": NAME})
        members = dict(connection.execute(_MEMBERS).fetchall())
        leases = dict(connection.execute(_LEASES).fetchall())
        mine = {view for view, holder in shared_out(members, leases).items() if holder == self.holder}
        held = {view for view, holder in leases.items() if holder == self.holder}
        if extra := held - mine:
            self._hold(held & mine, now)
            connection.execute(_RELEASE, (list(extra), self.holder))
            connection.execute(f"NOTIFY {_CHANNEL}".encode())
        free = [view for view in mine - held if leases.get(view) not in members]
        taken = connection.execute(_CLAIM, (free, self.holder)).fetchall() if free else ()
        self._hold((held & mine).union(view for (view,) in taken), now)

    def _hold(self, held: Collection[str], now: float) -> None:
        with self._lock:
            # What was doubted since it was asked whose it is may have been another's by then.
            before, self._held, self._heard_of = self._held, frozenset(held) - self._doubted, now
            changed = self._held != before
        if changed:
            self.changed.set()

    def _run(self) -> None:
        trouble = Trouble(_LOG, "The projector cannot say that it is there")
        while not self._stop.is_set():
            # Without this thread the projector would keep nothing.
            try:
                with listening(self._url, _CHANNEL, name=self.name) as connection:
                    while not self._stop.is_set():
                        self.beat(connection)
                        trouble.over()
                        self._rest(connection)
            except Exception as error:
                # The first projector of all makes the tables.
                trouble.met(error, passes=isinstance(error, OperationalError | UndefinedTable))
            self._stop.wait(_BLINK)
        self._hold((), time.monotonic())
        with suppress(psycopg.Error), direct(self._url, name=self.name) as connection:
            connection.execute(_LEAVE, {"holder": self.holder})
            connection.execute(f"NOTIFY {_CHANNEL}".encode())

    def _rest(self, listener: Connection[Any]) -> None:
        """Until the next sign of life is due, leases were given up, or there is doubt about one."""
        until = time.monotonic() + BEAT
        while not self._stop.is_set() and not self._again.is_set() and time.monotonic() < until:
            if heard(listener, _BLINK):
                return
