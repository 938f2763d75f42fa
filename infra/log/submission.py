"""What goes to the log and what comes back: submissions and verdicts, and the arrays and rows they travel as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from struct import Struct
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from infra.postgres.arrays import Array, Bigints, Bytes, Ints, Moments, Texts, Uuids


class NewEvent(NamedTuple):
    """An event as it will be stored. `slot` is None where it opens its own; `guards` are the sets it belongs to."""

    stream: str
    version: int
    kind: str
    schema_version: int
    slot: int | None
    envelope: bytes
    state: bytes
    guards: tuple[str, ...] = ()
    irregularities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class External:
    """A natural key, as a keyed digest, and the random identifier that shall stand for it."""

    scheme: str
    digest: bytes
    id: str
    subject: str | None = None


class Submission(NamedTuple):
    """One command's outcome, to be accepted whole or not at all.

    `expects` holds the version at which each stream was read, written or not (0: it must not exist); submissions
    before it in the same call count. `rests` holds the highest position seen under each guard; what submissions
    before it in the same call move does not count. `recorded_at` is given in a demonstration only.
    """

    principal: str
    command_id: str
    request_hash: bytes
    events: tuple[NewEvent, ...]
    expects: Mapping[str, int]
    rests: Mapping[str, int] = MappingProxyType[str, int]({})
    externals: tuple[External, ...] = ()
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """It is recorded, at these positions."""

    positions: range
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same command was accepted before, or earlier in the call: what it left then."""

    positions: range
    recorded_at: datetime
    streams: dict[str, int]
    irregularities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OtherBody:
    """The command id was used before, for another request."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A stream is at another version than expected."""

    stream: str
    expected: int
    current: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Something was recorded under a guard after the position seen."""

    guard: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A natural key stands for another identifier already."""

    scheme: str
    digest: bytes
    id: str


@dataclass(frozen=True, slots=True)
class Followed:
    """It rests on a stream, guard or key of a submission before it in the call that was not accepted."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """The connection was lost before an answer came, and it is not on the record."""


Verdict: TypeAlias = Accepted | Repeated | OtherBody | Conflict | Moved | Taken | Followed | Unheard


ARRAYS: tuple[type[Array], ...] = (
    *(Texts, Uuids, Bytes, Moments),
    *(Ints, Texts, Ints, Ints),
    *(Ints, Texts, Bigints),
    *(Ints, Texts, Bytes, Uuids, Uuids),
    *(Ints, Ints, Texts, Ints, Bigints, Bytes, Bytes, Texts),
    *(Ints, Texts),
)
"""The types of the arrays of `log.append`, in its order."""
GROUNDS = (20, 23)
"""The types of what comes behind them: the terms, a bigint, and the timeline, an int."""
_PACK = tuple(kind.packed for kind in ARRAYS)
_BIGINT, _INT = Struct("!q").pack, Struct("!i").pack


class Grounds(NamedTuple):
    """What was decided rests on: the log's terms by number, and the server's timeline, whose log was read."""

    terms: int
    timeline: int


def resting_on(grounds: Grounds | None) -> list[bytes | None]:
    """The last two arguments of `log.append` and `log.find`."""
    return [None, None] if grounds is None else [_BIGINT(grounds.terms), _INT(grounds.timeline)]


def arguments(submissions: Sequence[Submission], grounds: Grounds | None = None) -> list[bytes | None]:
    """The arguments of `log.append`, in its order. `grounds` are what the submissions rest on, if anything.

    Raises ValueError for versions that do not follow on those expected.
    """
    commands: list[tuple[Any, ...]] = []
    of: list[int] = []
    streams: list[str] = []
    versions: list[int] = []
    written: list[int] = []
    resting: list[tuple[Any, ...]] = []
    naming: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    guarded: list[int] = []
    guarding: list[str] = []
    for number, submission in enumerate(submissions, 1):
        principal, command, request, facts, expects, rests, externals, recorded_at = submission
        commands.append((principal, command, request, recorded_at))
        row_of: dict[str, int] = {}
        for stream, version in expects.items():
            row_of[stream] = len(of)
            of.append(number)
            streams.append(stream)
            versions.append(version)
            written.append(0)
        if rests:
            resting += [(number, guard, seen) for guard, seen in rests.items()]
        if externals:
            naming += [(number, n.scheme, n.digest, n.id, n.subject) for n in externals]
        for stream, version, kind, schema_version, slot, envelope, state, guards, irregular in facts:
            row = row_of.get(stream, -1)
            if row < 0 or version != versions[row] + written[row] + 1:
                raise ValueError(f"version {version} of {stream} does not follow on what is expected")
            written[row] += 1
            irregularities = "\n".join(irregular) or None
            events.append((row + 1, version, kind, schema_version, slot, envelope, state, irregularities))
            for guard in guards if len(guards) < 2 else dict.fromkeys(guards):
                guarded.append(len(events))
                guarding.append(guard)
    columns: tuple[Sequence[Any], ...] = (
        *_columns(commands, 4),
        *(of, streams, versions, written),
        *_columns(resting, 3),
        *_columns(naming, 5),
        *_columns(events, 8),
        *(guarded, guarding),
    )
    packed: list[bytes | None] = [pack(values) for pack, values in zip(_PACK, columns, strict=True)]
    return packed + resting_on(grounds)


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> Sequence[tuple[Any, ...]]:
    return tuple(zip(*rows, strict=True)) if rows else ((),) * width


def verdict(row: tuple[Any, ...]) -> Verdict:
    _, name, first, last, recorded_at, subject, expected, current, digest, identifier, streams, versions, codes = row
    match name:
        case "accepted":
            return Accepted(range(first, last + 1), recorded_at)
        case "repeated":
            held = dict(zip(streams, versions, strict=True))
            return Repeated(range(first, last + 1), recorded_at, held, tuple(codes))
        case "other_body":
            return OtherBody()
        case "conflict":
            return Conflict(subject, expected, current)
        case "moved":
            return Moved(subject)
        case "taken":
            return Taken(subject, digest, str(identifier))
        case _:
            return Followed()
