"""Making views anew beside the live ones, and saying on the record which build answers come from from then on."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

from rich.console import Console

from api.importing.keys import CommandIds
from api.progress import progress
from api.record import catch_up, recorder
from domain.event import LARGEST, Recorded, Stated
from domain.installation import INSTALLATION, BuildId, InstallationId, ViewReleased
from domain.values import Happened, today
from infra.following.compare import Comparison
from infra.following.rebuild import Estimate, Rebuild
from infra.following.release import Release
from infra.log.command import Command
from infra.log.desk import Desk
from infra.log.entries import of_streams
from infra.log.event_log import EventLog
from infra.log.external import alone
from infra.migrate import Installation
from infra.postgres.database import connect, engine
from infra.postgres.private import SetUpError
from infra.settings import Connections
from infra.views.builds import FORMER, LIVE, NEXT, Build, builds, drop
from infra.views.view import View
from projections import VIEWS

PRINCIPAL = "rebuild"
Say = Callable[[str], None]


class Releases:
    """What is recorded of one installation's releases, and the way to record another."""

    def __init__(self, log: EventLog, connections: Connections, installation: Installation) -> None:
        self._log = log
        self._connections = connections
        self._id = InstallationId(installation.id)
        self._ids = CommandIds(connections.secret, PRINCIPAL)

    def last(self, view: View[Any]) -> Release | None:
        """The last release of a view that is on the record, whether or not it has been carried out."""
        recorded = list(self._of(view))
        return _release(recorded[-1]) if recorded else None

    def record(self, view: View[Any], build: Build, compared: Comparison | None, why: str | None) -> Release:
        """Record that answers come from this build from here on. Raises DifferencesUnexplained."""
        event = ViewReleased(
            view=view.name,
            view_version=view.version,
            build=BuildId(build.id),
            compared_with=compared.compared_with if compared else None,
            compared=compared.rows if compared else 0,
            differing=compared.differing if compared else 0,
            why=why,
        )
        before = self.last(view)
        about = ("release", build.id, str(before.position if before else 0))
        command = Command(
            principal=PRINCIPAL,
            id=self._ids.of(*about),
            body=" ".join(about).encode(),
            stated=Stated(actor=self._ids.actor()),
        )

        def act(desk: Desk) -> None:
            desk.record(INSTALLATION, self._id, event, Happened(today()))

        self._log.decide(command, act)
        release = self.last(view)
        assert release is not None
        return release

    def _of(self, view: View[Any]) -> Iterator[Recorded]:
        reading = engine(self._connections.api, size=1)
        try:
            with reading.connect() as connection:
                for recorded in of_streams(connection, [INSTALLATION.of(self._id)], LARGEST):
                    if isinstance(recorded.event, ViewReleased) and recorded.event.view == view.name:
                        yield recorded
        finally:
            reading.dispose()


def estimates(connections: Connections, views: Sequence[View[Any]]) -> list[Estimate]:
    """What rebuilding these views will take. Nothing of it is kept."""
    work = Rebuild(connections.projector, views)
    return [work.estimate(view) for view in views]


def make_anew(
    connections: Connections,
    installation: Installation,
    views: Sequence[View[Any]],
    say: Say,
    aside: Console,
    *,
    accept: str | None = None,
    afresh: bool = False,
) -> None:
    """Make views anew beside the live ones, hold them against those, and have answers come from what is the same.

    What differs is left beside the live view, unless `accept` says why it is right. One that was broken off is gone on
    with, unless all is to be done `afresh`. Raises SetUpError where a view was not released, and AlreadyRunning.
    """
    with recorder(connections) as (log, pool), alone(pool, "a rebuild"):
        releases = Releases(log, connections, installation)
        work = Rebuild(connections.projector, views)
        for view in views:
            _finish(connections, releases, work, view, say)
        if afresh:
            work.afresh()
        _follow(connections, aside)
        with progress(aside, "Filling the views") as told:
            work.fill(told)
        kept = [view.title for view in views if not _released(connections, releases, work, view, NEXT, accept, say)]
        _follow(connections, aside)
    if kept:
        raise SetUpError(
            f"Not released, as rows differ: {', '.join(kept)}. Answers come from the views as they were; --accept "
            "REASON releases what was built, --afresh builds it once more."
        )


def go_back(
    connections: Connections,
    installation: Installation,
    views: Sequence[View[Any]],
    say: Say,
    aside: Console,
    *,
    accept: str | None,
) -> None:
    """Have answers come from the builds that were live before. Raises SetUpError and AlreadyRunning."""
    with recorder(connections) as (log, pool), alone(pool, "a rebuild"):
        releases = Releases(log, connections, installation)
        work = Rebuild(connections.projector, views)
        for view in views:
            _finish(connections, releases, work, view, say)
            if (view.version, FORMER) not in _builds(connections, view):
                raise SetUpError(f"There is no former build of {view.title} to go back to.")
            if not _released(connections, releases, work, view, FORMER, accept, say):
                raise SetUpError(f"The former build of {view.title} has other rows: --accept REASON goes back to it.")
        _follow(connections, aside)


def drop_former(connections: Connections, views: Sequence[View[Any]], say: Say) -> None:
    """Take away the builds that were live before, and those of earlier versions. Raises SetUpError: there are none."""
    with closing(connect(connections.projector)) as connection:
        for view in views:
            there = builds(connection, view.name)
            old = [
                build
                for build in there.values()
                if build.version < view.version or (build.version, build.stage) == (view.version, FORMER)
            ]
            if not old or (view.version, LIVE) not in there:
                raise SetUpError(f"There is no former build of {view.title} to drop.")
            for build in old:
                drop(connection, view.name, build.version, build.stage)
                say(f"{view.name} {build.version}: the former build is dropped.")


def _finish(connections: Connections, releases: Releases, work: Rebuild, view: View[Any], say: Say) -> None:
    """Carry out what is on the record already: a run was broken off between recording a release and carrying it out."""
    release = releases.last(view)
    if release is None:
        return
    there = {build.id for build in _builds(connections, view).values()}
    if release.build in there and not work.released(release):
        work.release(view, release)
        say(f"{view.title}: released, as record number {release.position} says.")


def _released(
    connections: Connections,
    releases: Releases,
    work: Rebuild,
    view: View[Any],
    stage: str,
    accept: str | None,
    say: Say,
) -> bool:
    """Compare a build, and release it where that may be."""
    compared = work.compare(view, stage)
    say(f"{view.title}: {_told(compared)}")
    if compared is not None and compared.differing and accept is None:
        return False
    build = _builds(connections, view)[view.version, stage]
    why = accept if compared is not None and compared.differing else None
    release = releases.record(view, build, compared, why)
    work.release(view, release)
    say(f"{view.title}: released, record number {release.position}.")
    return True


def _told(compared: Comparison | None) -> str:
    if compared is None:
        return "there is nothing to compare it with."
    against = f"compared with version {compared.compared_with} as known at record number {compared.position}"
    if not compared.digests:
        return f"{against}: the two have no column in common."
    if not compared.differing:
        return f"{against}: {compared.rows:,} rows, all the same."
    more = ", …" if compared.keys > len(compared.sample) else ""
    keys = f" Keys: {compared.keys:,} ({', '.join(compared.sample)}{more})." if compared.keys else ""
    return f"{against}: rows that differ: {compared.differing:,} of {compared.rows:,}.{keys}"


def _follow(connections: Connections, aside: Console) -> None:
    """Take the live views that there are to the head: others may be doing so, or nobody."""
    there = [view for view in VIEWS if (view.version, LIVE) in _builds(connections, view)]
    if there:
        with progress(aside, "Bringing the views up to date") as told:
            catch_up(connections, told, there)


def _builds(connections: Connections, view: View[Any]) -> dict[tuple[int, str], Build]:
    with closing(connect(connections.projector)) as connection:
        return builds(connection, view.name)


def _release(recorded: Recorded) -> Release:
    event = recorded.event
    assert isinstance(event, ViewReleased)
    return Release(
        recorded.position,
        event.view,
        event.view_version,
        event.build,
        event.compared_with,
        event.differing,
        event.why,
    )
