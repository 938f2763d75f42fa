"""The histories one command has at hand: as it found them, and with its own facts."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from domain.event import Recorded
from domain.stream import Stream, Timeline
from infra.log.batch import Batch
from infra.log.command import Stale

S = TypeVar("S")


class Histories(Protocol):
    """Where a command's desk has them from."""

    def get(self, stream: Stream[S], name: str) -> Timeline[S]:
        """The history of a stream; it may be behind the log."""
        ...

    def members(self, stream: Stream[S], guard: str) -> tuple[int, Mapping[str, Timeline[S]]]:
        """The last position seen under a guard, and the history of each stream that wrote it, at least up to there."""
        ...

    def naming(self, thing: str, own: str) -> tuple[int, dict[str, Sequence[Recorded]]]:
        """The last position at which anything was named, and the entries of each other stream that ever named it."""
        ...


class Changed(NamedTuple):
    """A stream that a command wrote: its history without the command's facts and with them, and its entries there."""

    before: Timeline[Any]
    now: Timeline[Any]
    entered: Sequence[Recorded]


class AtHand:
    """What a command read, and rests on. What was decided before it in its batch has happened already."""

    __slots__ = ("_batch", "_expects", "_fresh", "_histories", "_now", "read", "rests")

    def __init__(self, histories: Histories, batch: Batch, expects: Mapping[str, int]) -> None:
        """`expects` are the versions that the command's caller has seen, by stream."""
        self._histories = histories
        self._batch = batch
        self._expects = expects
        self.read: dict[str, Timeline[Any]] = {}
        """The streams read so far, as they were before this command."""
        self.rests: dict[str, int] = {}
        """The highest position seen under each guard that the command rests on."""
        self._now: dict[str, Timeline[Any]] = {}
        self._fresh: dict[str, list[Recorded]] = {}

    @property
    def now(self) -> Mapping[str, Timeline[Any]]:
        """The streams read so far, with this command's facts."""
        for name in [*self._fresh]:
            self._folded(name)
        return self._now

    def changed(self) -> list[Changed]:
        """The streams that this command wrote, in the order in which it came to them."""
        return [
            Changed(before, now, now.statements[before.version :])
            for name, now in self.now.items()
            if now is not (before := self.read[name])
        ]

    def history(self, stream: Stream[S], name: str) -> Timeline[S]:
        """The effective history of a stream, with this command's facts so far.

        Raises Stale where the caller has seen another version of it.
        """
        now = self._folded(name) if name in self._fresh else self._now.get(name)
        if now is None:
            now = self._batch.timelines.get(name) or self._histories.get(stream, name)
            self.read[name] = self._now[name] = now
            if self._expects.get(name, now.version) != now.version:
                raise Stale(name, now.version)
        return cast("Timeline[S]", now)

    def version(self, stream: Stream[Any], name: str) -> int:
        """The version of a stream, with this command's facts so far. Raises Stale."""
        fresh = self._fresh.get(name)
        return fresh[-1].version if fresh else self.history(stream, name).version

    def enter(self, entered: Recorded) -> None:
        """Add an entry to the history of its stream; those of one stream are folded together when it is next read."""
        self._fresh.setdefault(entered.stream, []).append(entered)

    def members(self, stream: Stream[S], guard: str) -> dict[str, Timeline[S]]:
        """The histories of those streams of a kind that earlier commands wrote a guard in, by name.

        The command rests on the guard and on each history.
        """
        seen, known = self._histories.members(stream, guard)
        self._rest(guard, seen)
        names = dict.fromkeys((*known, *self._written(stream, guard)))
        return {name: self.history(stream, name) for name in names}

    def of_set(self, stream: Stream[S], guard: str) -> tuple[list[Timeline[S]], list[Timeline[S]]]:
        """The histories of those who ever came under a guard, before this command and after it; it rests on the guard.

        Those whom this command brings under it are among them after it.
        """
        seen, members = self._histories.members(stream, guard)
        self._rest(guard, seen)
        before = dict(members)
        for name in (*members, *self._written(stream, guard)):
            held = self._batch.timelines.get(name)
            if held is not None and (name not in members or held.version >= members[name].version):
                before[name] = held
                # A command before this one may have changed it without moving the guard: if that falls, so must this.
                self.read.setdefault(name, held)
        member = stream.of("")
        after = before | {name: now for name, now in self.now.items() if name.startswith(member)}
        return list(before.values()), list(after.values())

    def naming(self, thing: str, own: str) -> Mapping[str, Sequence[Recorded]]:
        """The entries of the other streams that ever named something, with this command's and the batch's."""
        seen, streams = self._histories.naming(thing, own)
        self._rest(thing, seen)
        for name in (*self._batch.members.get(thing, ()), *streams):
            if (held := self._batch.timelines.get(name)) is not None:
                streams[name] = held.statements
                self.read.setdefault(name, held)
        streams |= {name: now.statements for name, now in self.now.items() if now is not self.read[name]}
        return {name: entries for name, entries in streams.items() if name != own}

    def _folded(self, name: str) -> Timeline[Any]:
        now = self._now[name] = self._now[name].adding(*self._fresh.pop(name))
        return now

    def _written(self, stream: Stream[Any], guard: str) -> list[str]:
        """The streams of a kind that commands before this one, in its batch, wrote a guard in."""
        kind = stream.of("")
        return [name for name in self._batch.members.get(guard, ()) if name.startswith(kind)]

    def _rest(self, guard: str, seen: int) -> None:
        """Rest on a guard as it was seen first."""
        self.rests.setdefault(guard, seen)
