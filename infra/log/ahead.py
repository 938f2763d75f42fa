"""Reading for the commands of a piece: a history that one of them misses is read with those that others will miss."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn, Protocol, TypeVar, cast

from domain.event import Recorded
from domain.stream import Stream, Timeline
from infra.log.batch import Batch
from infra.log.timelines import Timelines

S = TypeVar("S")


class Try(Protocol):
    """Has one command read what it reads first, from these histories, and leaves no trace."""

    def __call__(self, histories: "Kept", /) -> object: ...


class Ahead:
    """The histories as one command asks for them, while others wait to be decided after it.

    Each would wait for a query of its own. So where this one misses a history, those behind it are tried as far as the
    first that they miss, and all of them are read, by one query for each kind. Where nothing is missed none is tried.
    """

    def __init__(self, timelines: Timelines, batch: Batch, behind: Callable[[], Iterable[Try]]) -> None:
        self._timelines, self._batch, self._behind = timelines, batch, behind

    def get(self, stream: Stream[S], name: str) -> Timeline[S]:
        """The history of a stream, as kept; read from the log if it is not. It may be behind the log."""
        return self._timelines.held(stream, name) or self._read(stream, name)

    def members(self, stream: Stream[S], guard: str) -> tuple[int, Mapping[str, Timeline[S]]]:
        """The last position seen under a guard, and the history of each stream that wrote it, at least up to there.

        Asked of the log once for all who are decided together: whoever gets in meanwhile moves the guard.
        """
        known = self._batch.sets.get((stream.name, guard))
        if known is None:
            known = self._batch.sets[stream.name, guard] = self._timelines.members(stream, guard)
        return cast("tuple[int, Mapping[str, Timeline[S]]]", known)

    def naming(self, thing: str, own: str) -> tuple[int, dict[str, Sequence[Recorded]]]:
        """The last position at which anything was named, and the entries of each other stream that ever named it."""
        return self._timelines.naming(thing, own)

    def _read(self, stream: Stream[S], name: str) -> Timeline[S]:
        missed: dict[str, tuple[Stream[Any], set[str]]] = {stream.name: (stream, {name})}
        for attempt in self._behind():
            # What a command is refused for, or fails with, it is told when it is decided.
            with suppress(Exception):
                try:
                    attempt(Kept(self._timelines))
                except _Missed as miss:
                    missed.setdefault(miss.stream.name, (miss.stream, set()))[1].add(miss.name)
        _, alike = missed.pop(stream.name)
        for other, names in missed.values():
            self._timelines.read(other, names)
        return self._timelines.read(stream, alike)[name]


class Kept:
    """The histories that are kept, and no others: what is not ends the look that is taken."""

    def __init__(self, timelines: Timelines) -> None:
        self._timelines = timelines

    def get(self, stream: Stream[S], name: str) -> Timeline[S]:
        """The history of a stream."""
        if (history := self._timelines.held(stream, name)) is None:
            raise _Missed(stream, name)
        return history

    def members(self, stream: Stream[S], guard: str) -> NoReturn:
        """Is asked of the log each time."""
        raise _Asked

    def naming(self, thing: str, own: str) -> NoReturn:
        """Is asked of the log each time."""
        raise _Asked


class _Missed(Exception):
    def __init__(self, stream: Stream[Any], name: str) -> None:
        self.stream, self.name = stream, name


class _Asked(Exception):
    """The log must be asked, for this command alone."""
