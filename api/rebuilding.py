"""Making views anew beside the live ones, and saying on the record which build answers come from from then on."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import Field
from rich.console import Console

from api.catching_up import catch_up
from api.importing.keys import CommandIds
from api.opening import recorder
from api.progress import progress
from api.sheets.cells import text
from domain.event import LARGEST, Recorded, Stated
from domain.installation import INSTALLATION, BuildId, InstallationId, ViewReleased
from domain.patient_data import Sentence
from domain.values import Happened, today
from infra.following.compare import Comparison
from infra.following.rebuild import Estimate, Rebuild
from infra.following.release import Release
from infra.following.releasing import Releasing, left_out
from infra.log.command import Command
from infra.log.desk import Desk
from infra.log.entries import of_streams
from infra.log.event_log import EventLog
from infra.migrate import Installation
from infra.postgres.alone import alone
from infra.postgres.database import engine
from infra.postgres.private import SetUpError
from infra.settings import Connections
from infra.views.builds import FORMER, LIVE, NEXT, Build
from infra.views.view import View
from projections import VIEWS

PRINCIPAL = "rebuild"
LONGEST_REASON = 280
"""Characters: how many keys wait is said after it, and the two are one sentence of the record."""
Say = Callable[[str], None]
_reason = text(
    Annotated[Sentence, Field(max_length=LONGEST_REASON)],
    f"a line of 1 to {LONGEST_REASON} characters that says why rows differ",
)


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


def reason(said: str | None) -> str | None:
    """Why rows may differ, as a release can be recorded with it. Raises SetUpError: too long, empty, patient data."""
    try:
        return None if said is None else _reason(said)
    except ValueError as error:
        raise SetUpError(f"--accept: {error}.") from error


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
    with _releasing(connections, installation, views, say) as (work, releasing):
        if afresh:
            work.afresh()
        _follow(connections, work, aside)
        with progress(aside, "Filling the views") as told:
            work.fill(told)
        kept = [view.title for view in views if not _released(releasing, view, NEXT, accept, say)]
        _follow(connections, work, aside)
        if any(work.former(view) for view in views):
            option = " --demonstration" if installation.demonstration else ""
            say(
                "The builds that were live before go on beside the new ones, to go back to; "
                f"`fellowtrace rebuild --drop-former{option}` takes them away."
            )
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
    with _releasing(connections, installation, views, say) as (work, releasing):
        for view in views:
            if (view.version, FORMER) not in work.builds(view):
                raise SetUpError(f"There is no former build of {view.title} to go back to.")
            if not _released(releasing, view, FORMER, accept, say):
                raise SetUpError(f"The former build of {view.title} has other rows: --accept REASON goes back to it.")
        _follow(connections, work, aside)


def with_former(connections: Connections, views: Sequence[View[Any]], *, back: bool) -> list[View[Any]]:
    """Those of the views that have a former build to drop, or one to go `back` to. Raises SetUpError: none has."""
    work = Rebuild(connections.projector, views)
    found = [view for view in views if ((view.version, FORMER) in work.builds(view) if back else work.former(view))]
    if not found:
        raise SetUpError("No view has a former build.")
    return found


def drop_former(connections: Connections, views: Sequence[View[Any]], say: Say) -> None:
    """Take away the builds that were live before, and those of earlier versions. Raises SetUpError: there are none."""
    work = Rebuild(connections.projector, views)
    for view in views:
        gone = work.drop_former(view)
        if not gone:
            raise SetUpError(f"There is no former build of {view.title} to drop.")
        for build in gone:
            say(f"{view.name} {build.version}: the former build is dropped.")


@contextmanager
def _releasing(
    connections: Connections, installation: Installation, views: Sequence[View[Any]], say: Say
) -> Generator[tuple[Rebuild, Releasing]]:
    """Make views anew and release them, while nobody else does; what is on the record already is carried out first."""
    with recorder(connections) as (log, pool), alone(pool, "a rebuild"):
        work = Rebuild(connections.projector, views)
        releasing = Releasing(work, Releases(log, connections, installation))
        for view in views:
            if (release := releasing.finish(view)) is not None:
                say(f"{view.title}: released, as record number {release.position} says.")
        yield work, releasing


def _released(releasing: Releasing, view: View[Any], stage: str, accept: str | None, say: Say) -> bool:
    """Release a build where that may be, and say what it was found to be."""
    offered = releasing.offer(view, stage, accept)
    say(f"{view.title}: {_told(offered.compared)}")
    if offered.waiting:
        say(f"{view.title}: {left_out(offered.waiting)}")
    if offered.release is None:
        return False
    say(f"{view.title}: released, record number {offered.release.position}.")
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


def _follow(connections: Connections, work: Rebuild, aside: Console) -> None:
    """Take the live views that there are to the head: others may be doing so, or nobody."""
    there = [view for view in VIEWS if (view.version, LIVE) in work.builds(view)]
    if there:
        with progress(aside, "Bringing the views up to date") as told:
            catch_up(connections, told, there)


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
