"""A rebuild in a process of its own, that stops in the middle of a batch: `python -m tests.infra.rebuilding`.

It reads from the standard input the URL of the role that keeps views and the position at which it is to stop.
"""

import sys
from collections.abc import Callable, Iterable
from typing import NamedTuple

from domain.event import Recorded
from domain.values import ProgrammeId
from infra.following.rebuild import Rebuild
from infra.views.view import Routed, View


class Kept(NamedTuple):
    """Which entries a programme has, in order."""

    positions: tuple[int, ...]


def route(recorded: Recorded) -> Iterable[Routed]:
    """Everything goes to its stream, on its day."""
    yield Routed((recorded.key,), recorded.day, recorded.position)


def fold(state: Kept | None, position: int) -> Kept:
    """One more."""
    return Kept((*(state.positions if state else ()), position))


def kept(fold: Callable[[Kept | None, int], Kept] = fold) -> View[Kept]:
    """A view of all that programmes have, with that fold."""
    return View(name="kept", version=1, key={"programme_id": ProgrammeId}, state=Kept, route=route, fold=fold)


def main(url: str, stop: int) -> None:
    """Fill the view until an entry is to be folded that it is to stop at."""

    def stopping(state: Kept | None, position: int) -> Kept:
        if position == stop:
            print("in the middle", flush=True)
            sys.stdin.read()
        return fold(state, position)

    Rebuild(url, [kept(stopping)], batch=10).fill(lambda reached, to: None)


if __name__ == "__main__":
    main(sys.stdin.readline().strip(), int(sys.stdin.readline()))
