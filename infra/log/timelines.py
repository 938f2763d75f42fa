"""The histories this process has folded: streams by version, sets by the last position seen under their guard."""

from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple, TypeVar, cast

from psycopg import Connection
from psycopg_pool import ConnectionPool

from domain.event import Recorded
from domain.stream import Stream, Timeline
from infra.log.reading import COLUMNS, Row, decode

S = TypeVar("S")
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

_ENTRIES = f"""
    SELECT {COLUMNS} FROM log.event
    JOIN unnest(%s::text[], %s::int[]) AS known (name, seen) ON stream = name AND version > seen
    ORDER BY stream, version"""
_MEMBERS = """
    SELECT position, stream FROM log.event_guard JOIN log.event USING (position)
    WHERE guard = %s AND position >= %s ORDER BY position"""

_NAMING = f"""
    SELECT {COLUMNS} FROM log.event
    WHERE stream <> %s
    AND stream IN (SELECT stream FROM log.event_guard JOIN log.event USING (position) WHERE guard = %s)
    ORDER BY stream, version"""


class Members(NamedTuple):
    """The streams that ever wrote a guard, with the last position at which each did."""

    seen: int
    streams: Mapping[str, int]


class Timelines:
    """Histories read from the log, kept between commands and read on from where they ended.

    Those read from the log or written last are kept, as many as weigh no more than `hold`, and the members of `sets`. A
    history weighs its entries and one more; an entry takes some 1.4 kB. Who looks at what is kept waits for nobody.
    """

    def __init__(self, pool: ConnectionPool[Connection[Any]], *, hold: int = 300_000, sets: int = 10_000) -> None:
        self._pool = pool
        self._hold, self._most_sets = hold, sets
        self._lock = Lock()
        self._timelines: OrderedDict[str, Timeline[Any]] = OrderedDict()
        self._weight = 0
        self._members: OrderedDict[tuple[str, str], Members] = OrderedDict()

    @property
    def kept(self) -> tuple[int, int]:
        """What the histories that are kept weigh, and how many sets are."""
        return self._weight, len(self._members)

    def get(self, stream: Stream[S], name: str) -> Timeline[S]:
        """The history of a stream, as kept; read from the log if it is not. It may be behind the log."""
        return self.held(stream, name) or self.read(stream, [name])[name]

    def held(self, stream: Stream[S], name: str) -> Timeline[S] | None:
        """The history of a stream of this kind, if it is kept."""
        return cast("Timeline[S] | None", self._timelines.get(name))

    def read(self, stream: Stream[S], names: Collection[str]) -> dict[str, Timeline[S]]:
        """The histories of streams of one kind, read on to the head of the log."""
        held = self._timelines  # where it is forgotten meanwhile, what is read now is not kept
        kept = {name: cast("Timeline[S] | None", held.get(name)) for name in names}
        read = {name: history or Timeline(stream) for name, history in kept.items()}
        with self._pool.connection() as connection:
            known = [list(read), [history.version for history in read.values()]]
            rows = connection.execute(_ENTRIES, known, binary=True).fetchall()
        fresh: dict[str, list[Row]] = {}
        for row in cast("list[Row]", rows):
            fresh.setdefault(row[1], []).append(row)
        for name, entries in fresh.items():
            read[name] = read[name].adding(*map(decode, entries))
        for name, timeline in read.items():
            self._keep_longest(held, name, timeline)
        return read

    def read_missing(self, stream: Stream[Any], names: Iterable[str]) -> None:
        """Read those histories of one kind that are not kept."""
        if missing := [name for name in names if name not in self._timelines]:
            self.read(stream, missing)

    def members(self, stream: Stream[S], guard: str) -> tuple[int, dict[str, Timeline[S]]]:
        """The last position seen under a guard, and the history of each stream that wrote it, at least up to there."""
        sets = self._members
        known = sets.get((stream.name, guard), Members(0, {}))
        with self._pool.connection() as connection:
            rows = connection.execute(_MEMBERS, [guard, known.seen]).fetchall()
            if known.seen and not (rows and rows[0][0] == known.seen):
                self.forget()
                sets, known = self._members, Members(0, {})
                rows = connection.execute(_MEMBERS, [guard, 0]).fetchall()
        member = stream.of("")
        streams = {**known.streams, **{name: position for position, name in rows if name.startswith(member)}}
        known = Members(rows[-1][0] if rows else 0, streams)
        with self._lock:
            _keep(sets, (stream.name, guard), known)
            while len(sets) > self._most_sets:
                sets.popitem(last=False)
        kept = {name: self._timelines.get(name) for name in streams}
        behind = [name for name, last in streams.items() if _last(kept[name]) < last]
        read = self.read(stream, behind) if behind else {}
        return known.seen, {name: read.get(name) or cast("Timeline[S]", kept[name]) for name in streams}

    def naming(self, thing: str, own: str) -> tuple[int, dict[str, Sequence[Recorded]]]:
        """The last position at which anything was named, and the entries of each other stream that ever named it."""
        with self._pool.connection() as connection:
            # The position first: a stream that comes to name it in between moves the guard, and is seen.
            seen = connection.execute(
                "SELECT coalesce(max(position), 0) FROM log.event_guard WHERE guard = %s", [thing]
            )
            last = cast("tuple[int]", seen.fetchone())[0]
            rows = cast("list[Row]", connection.execute(_NAMING, [own, thing], binary=True).fetchall())
        streams: dict[str, list[Recorded]] = {}
        for row in rows:
            streams.setdefault(row[1], []).append(decode(row))
        return last, dict(streams)

    def forget(self) -> None:
        """Let go of everything that is kept: what was read is no longer there, for the log has lost its end."""
        with self._lock:
            self._timelines, self._weight = OrderedDict(), 0
            self._members = OrderedDict()

    def settle(self, now: Mapping[str, Timeline[Any]], placed: Iterable[Recorded]) -> None:
        """Keep the histories that a command made, by stream, now that its entries have their positions."""
        made: dict[str, list[Recorded]] = {}
        for entry in placed:
            made.setdefault(entry.stream, []).append(entry)
        for name, entries in made.items():
            read: Timeline[Any] | None = self.held(now[name].stream, name)
            if read is not None and read.version == entries[0].version - 1:
                self.keep(name, read.settling(now[name], entries))

    def keep(self, name: str, timeline: Timeline[Any]) -> None:
        """Remember a history, unless a longer one is known."""
        self._keep_longest(self._timelines, name, timeline)

    def _keep_longest(self, held: OrderedDict[str, Timeline[Any]], name: str, timeline: Timeline[Any]) -> None:
        with self._lock:
            if held is not self._timelines:
                return
            known = held.get(name)
            longest = timeline if known is None or known.version < timeline.version else known
            self._weight += _weight(longest) - _weight(known)
            _keep(held, name, longest)
            while self._weight > self._hold:
                self._weight -= _weight(held.popitem(last=False)[1])


def _keep(held: OrderedDict[K, T], name: K, value: T) -> None:
    """Hold a value as the one that came last."""
    held[name] = value
    held.move_to_end(name)


def _weight(timeline: Timeline[Any] | None) -> int:
    return 0 if timeline is None else 1 + timeline.version


def _last(timeline: Timeline[Any] | None) -> int:
    return timeline.statements[-1].position if timeline is not None and timeline.statements else 0
