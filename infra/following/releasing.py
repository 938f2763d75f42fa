"""How answers come to be given by a build beside the live one: compared, put on the record, and only then exchanged."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from infra.following.compare import Comparison
from infra.following.rebuild import Rebuild
from infra.following.release import Release
from infra.views.builds import Build
from infra.views.parking import Parked
from infra.views.view import View


class Book(Protocol):
    """Where it is on the record which builds answers come from."""

    def last(self, view: View[Any]) -> Release | None:
        """The last release of a view that is on the record, whether or not it has been carried out."""
        ...

    def record(self, view: View[Any], build: Build, compared: Comparison | None, why: str | None) -> Release:
        """Record that answers come from this build from here on."""
        ...


class Offered(NamedTuple):
    """What a build was found to be, and its release; None where it was not released, as rows differ.

    `waiting` are the keys of it that wait: what was recorded of them since is not in it.
    """

    compared: Comparison | None
    waiting: Sequence[Parked]
    release: Release | None


class Releasing:
    """Releases builds of views. To be done by one at a time, as `Rebuild`."""

    def __init__(self, work: Rebuild, book: Book) -> None:
        self._work, self._book = work, book

    def finish(self, view: View[Any]) -> Release | None:
        """Carry out what is on the record already, where a run was broken off before that; what was carried out now."""
        release = self._book.last(view)
        if release is None or self._work.released(release):
            return None
        if release.build not in {build.id for build in self._work.builds(view).values()}:
            return None
        self._work.release(view, release)
        return release

    def offer(self, view: View[Any], stage: str, accept: str | None) -> Offered:
        """Compare a build with the live one, and release it where all is the same, or `accept` says why it is right.

        What waits in it is said with the reason. Raises as `Rebuild.compare` and `Rebuild.release` do.
        """
        compared = self._work.compare(view, stage)
        waiting = self._work.waiting(view, stage)
        differ = compared is not None and compared.differing > 0
        if differ and accept is None:
            return Offered(compared, waiting, None)
        told = [accept if differ else None, left_out(waiting)]
        why = " ".join(each for each in told if each is not None) or None
        release = self._book.record(view, self._work.builds(view)[view.version, stage], compared, why)
        self._work.release(view, release)
        return Offered(compared, waiting, release)


def left_out(waiting: Sequence[Parked]) -> str | None:
    """How many keys of a build wait, and since when, in a sentence; None where none does."""
    if not waiting:
        return None
    since = min(each.position for each in waiting)
    return f"Not all is in it: {len(waiting):,} of its keys wait, since record number {since}."
