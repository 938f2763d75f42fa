"""Filling views anew beside the live ones, which go on being followed and asked; holding both against each other."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import date
from typing import Any, NamedTuple

from psycopg import Connection, IsolationLevel
from psycopg.sql import SQL

from domain.values import today as today_in_london
from infra.following.compare import Comparison, other_version, same_version
from infra.following.projector import SETTINGS, Projector
from infra.following.release import Release, done, patiently, swap
from infra.log.event_rows import Decode, EventRows
from infra.log.reading import decode as decode_without_keys
from infra.postgres import database
from infra.views.builds import FORMER, LIVE, NEXT, Build, builds, drop, tables_of
from infra.views.engine import CannotProject, Engine, Overtaken
from infra.views.parking import Parked, parked
from infra.views.tables import SCHEMA, based
from infra.views.view import View

BATCH = 5_000
"""Events that one transaction takes, where nobody waits for the next."""
SAMPLE = 5_000
"""Events that are tried, to tell how long all of them will take."""
_TRIED = "tried"
"""The stage of a build that is made to see how fast it goes, and never kept."""
_SLOW = {"statement_timeout": "2h", "work_mem": "64MB"}
_HEAD = SQL("SELECT coalesce(max(position), 0) FROM log.event")
_SIZE = SQL(
    "SELECT coalesce(sum(pg_total_relation_size(format('%%I.%%I', %s::text, name))), 0) FROM unnest(%s::text[]) name"
)


class Estimate(NamedTuple):
    """What a rebuild of a view will take: events to read, the bytes it will hold, and seconds.

    `bytes` is what the build holds that it is to replace, None where there is none. `seconds` is None for no events.
    """

    view: str
    events: int
    bytes: int | None
    seconds: float | None


class StandsStill(Exception):
    """A build cannot be taken any further: an event stops it."""


class Rebuild:
    """Builds these views, which are the live ones, anew. To be done by one at a time; see `infra.postgres.alone`.

    `url` is that of the role that keeps the views. A build that was broken off is gone on with.
    """

    def __init__(
        self,
        url: str,
        views: Sequence[View[Any]],
        *,
        batch: int = BATCH,
        decode: Decode = decode_without_keys,
        today: Callable[[], date] = today_in_london,
    ) -> None:
        self._url = url
        self._views = views
        self._batch, self._decode, self._today = batch, decode, today

    def estimate(self, view: View[Any]) -> Estimate:
        """What the rebuild of a view will take. It is tried on the log's first events, in what is undone at once."""
        with closing(self._connect("estimate", **SETTINGS)) as connection:
            there = builds(connection, view.name)
            begun = there.get((view.version, NEXT))
            ((head,),) = connection.execute(_HEAD).fetchall()
            events = head - (begun.position if begun else 0)
            tried, seconds = self._tried(connection, view)
            before = before_it(view, there)
            size: int | None = None
            if before is not None:
                names = tables_of(connection, based(view.name, before.version, LIVE))
                ((size,),) = connection.execute(_SIZE, (SCHEMA, names)).fetchall()
            return Estimate(view.title, events, size and int(size), events * seconds / tried if tried else None)

    def afresh(self) -> None:
        """Throw away what has been built beside the live views."""
        with closing(self._connect("drop")) as connection:
            for view in self._views:
                drop(connection, view.name, view.version, NEXT)

    def fill(self, told: Callable[[int, int], None]) -> None:
        """Fill the builds to where the live ones stand, or to the head. `told` is given what is reached, and to reach.

        Raises StandsStill, and as `Projector.step` does.
        """
        with self._beside(self._views) as projector, closing(self._connect("look")) as connection:
            while True:
                to = min(self._aim(connection, view) for view in self._views)
                reached = min(projector.positions().values())
                told(min(reached, to), to)
                if reached >= to:
                    return
                _moved(projector, to, told)

    def compare(self, view: View[Any], stage: str = NEXT, *, patience: float = 60.0) -> Comparison | None:
        """Hold a build of a view against the live one, or against an earlier version. None: there is neither.

        Builds of one version are seen at one position and on one day: they are kept where they stand for the moment
        that takes. Raises StillAsked where others keep one of them for `patience` seconds.
        """
        return patiently(lambda: self._compared(view, stage), view.title, patience)

    def _compared(self, view: View[Any], stage: str) -> Comparison | None:
        with closing(self._connect("compare", **_SLOW)) as connection:
            there = builds(connection, view.name)
            before, built = before_it(view, there), there[view.version, stage]
            if before is None:
                return None
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            if before.version != view.version:
                with connection.transaction():
                    known = min(before.position, built.position)
                    return other_version(connection, before, view.staged(stage), known)
            if before.position < built.position:
                self.bring(view, LIVE, built.position)
            position: int | None = None
            with ExitStack() as snapshot:
                while position is None:
                    with self._held(view, stage) as position:
                        if position is not None:
                            snapshot.enter_context(connection.transaction())
                            # The first statement takes the snapshot; from then on the builds may go on.
                            builds(connection, view.name)
                return same_version(connection, view, view.staged(stage), position)

    def release(self, view: View[Any], release: Release) -> None:
        """Let the build that is released be the one that questions are asked of. Raises as `swap` does."""
        with closing(self._connect("release")) as connection:
            swap(connection, view, release, lambda stage, to: self.bring(view, stage, to))

    def builds(self, view: View[Any]) -> dict[tuple[int, str], Build]:
        """The builds that there are of a view, by version and stage."""
        with closing(self._connect("look")) as connection:
            return builds(connection, view.name)

    def waiting(self, view: View[Any], stage: str) -> list[Parked]:
        """The keys of a build that wait because an event cannot be folded into them."""
        with closing(self._connect("look")) as connection:
            return parked(connection, view.name, view.version, stage)

    def former(self, view: View[Any]) -> list[Build]:
        """The build of a view that was live before, and those of earlier versions; none while this one is not live."""
        there = self.builds(view)
        return [
            build
            for build in there.values()
            if (view.version, LIVE) in there
            and (build.version < view.version or (build.version, build.stage) == (view.version, FORMER))
        ]

    def drop_former(self, view: View[Any]) -> list[Build]:
        """Take away the builds that `former` tells, and return them."""
        old = self.former(view)
        with closing(self._connect("drop")) as connection:
            for build in old:
                drop(connection, view.name, build.version, build.stage)
            return old

    def released(self, release: Release) -> bool:
        """Whether a release has been carried out."""
        with closing(self._connect("look")) as connection:
            return done(connection, release)

    def bring(self, view: View[Any], stage: str, to: int) -> None:
        """Take a build on to a position, unless others do."""
        with self._beside([view], stage) as projector:
            while projector.positions()[view.staged(stage).title] < to:
                with suppress(Overtaken):
                    _moved(projector, to)

    def _aim(self, connection: Connection[Any], view: View[Any]) -> int:
        """Where the build beside a view is to come: no further than the live one, which it is to be compared with."""
        live = builds(connection, view.name).get((view.version, LIVE))
        if live is not None:
            return live.position
        ((head,),) = connection.execute(_HEAD).fetchall()
        return int(head)

    @contextmanager
    def _held(self, view: View[Any], stage: str) -> Generator[int | None]:
        """The live build and another stay at one position meanwhile, the present of both on one day.

        Yields the position; None where midnight came in between, after which it is to be tried again.
        """
        live, other = (Engine(each, today=self._today()) for each in (view, view.staged(stage)))
        with closing(self._connect("hold", **SETTINGS)) as connection:
            # What is rolled is there for others to see once that is committed, and is then locked anew.
            day = self._rolled(live)
            with connection.transaction():
                position = live.reached(connection, lock=True)
                if self._today() == day:
                    self.bring(view, stage, position)
                    self._rolled(other, day)
                    other.reached(connection, lock=True)
                yield position if self._today() == day else None

    def _rolled(self, engine: Engine, day: date | None = None) -> date:
        """Bring the present of a build to a day, by default today, and tell which."""
        with closing(self._connect("roll", **SETTINGS)) as connection, connection.transaction():
            engine.reached(connection, lock=True)
            today = day or self._today()
            engine.roll(connection, today)
            return today

    def _tried(self, connection: Connection[Any], view: View[Any]) -> tuple[int, float]:
        """How many events were tried, and the seconds that they took."""
        with connection.transaction(force_rollback=True):
            engine = Engine(view.staged(_TRIED), today=self._today())
            engine.create(connection)
            began = time.perf_counter()
            tried = 0
            while tried < SAMPLE:
                batch = EventRows(connection, self._decode).after(tried, min(self._batch, SAMPLE))
                if not batch.events:
                    break
                try:
                    with connection.transaction():
                        engine.apply(connection, batch)
                except CannotProject:
                    break
                tried += len(batch.events)
            return tried, time.perf_counter() - began

    def _beside(self, views: Sequence[View[Any]], stage: str = NEXT) -> Projector:
        staged = [view.staged(stage) for view in views]
        return Projector(self._url, staged, batch=self._batch, decode=self._decode, today=self._today)

    def _connect(self, what: str, **settings: str) -> Connection[Any]:
        return database.connect(self._url, name=f"fellowtrace rebuild ({what})", **settings)


def _moved(projector: Projector, to: int, told: Callable[[int, int], None] = lambda reached, to: None) -> None:
    """Catch up with a position; raises StandsStill where that leaves every build where it was."""

    def on_the_way(reached: int) -> None:
        if reached < to:
            told(reached, to)

    before = projector.positions()
    projector.catch_up(to, on_the_way)
    if projector.positions() == before:
        lowest = min(before, key=before.__getitem__)
        raise StandsStill(f"{lowest} cannot be taken past position {before[lowest]}")


def before_it(view: View[Any], there: dict[tuple[int, str], Build]) -> Build | None:
    """The build that one of this view is to replace: the live one of its version, else of the last one before it."""
    versions = [version for version, stage in there if stage == LIVE and version <= view.version]
    return there[max(versions), LIVE] if versions else None
