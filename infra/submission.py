"""What goes to the log and what comes back: submissions and verdicts, and the arrays and rows they travel as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from infra.arrays import Bigints, Bytes, Ints, Moments, Texts, Uuids


@dataclass(frozen=True, slots=True)
class NewEvent:
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


@dataclass(frozen=True, slots=True)
class Submission:
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
    rests: Mapping[str, int] = field(default_factory=dict[str, int])
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


Verdict: TypeAlias = Accepted | Repeated | OtherBody | Conflict | Moved | Taken | Followed


def arrays(submissions: Sequence[Submission]) -> list[Any]:
    """The arrays of `log.append`, in its order."""
    expected: list[tuple[int, str, int]] = []
    written: list[int] = []
    rests: list[tuple[int, str, int]] = []
    externals: list[tuple[int, External]] = []
    events: list[NewEvent] = []
    rows: list[int] = []
    guards: list[tuple[int, str]] = []
    for number, submission in enumerate(submissions, 1):
        row_of: dict[str, int] = {}
        for stream, version in submission.expects.items():
            expected.append((number, stream, version))
            written.append(0)
            row_of[stream] = len(expected)
        rests += [(number, guard, seen) for guard, seen in submission.rests.items()]
        externals += [(number, external) for external in submission.externals]
        for event in submission.events:
            row = row_of.get(event.stream, 0)
            if not row or event.version != expected[row - 1][2] + written[row - 1] + 1:
                raise ValueError(f"version {event.version} of {event.stream} does not follow on what is expected")
            written[row - 1] += 1
            events.append(event)
            rows.append(row)
            guards += [(len(events), guard) for guard in dict.fromkeys(event.guards)]
    return [
        Texts([s.principal for s in submissions]),
        Uuids([s.command_id for s in submissions]),
        Bytes([s.request_hash for s in submissions]),
        Moments([s.recorded_at for s in submissions]),
        Ints([x[0] for x in expected]),
        Texts([x[1] for x in expected]),
        Ints([x[2] for x in expected]),
        Ints(written),
        Ints([r[0] for r in rests]),
        Texts([r[1] for r in rests]),
        Bigints([r[2] for r in rests]),
        Ints([number for number, _ in externals]),
        Texts([n.scheme for _, n in externals]),
        Bytes([n.digest for _, n in externals]),
        Uuids([n.id for _, n in externals]),
        Uuids([n.subject for _, n in externals]),
        Ints(rows),
        Ints([e.version for e in events]),
        Texts([e.kind for e in events]),
        Ints([e.schema_version for e in events]),
        Bigints([e.slot for e in events]),
        Bytes([e.envelope for e in events]),
        Bytes([e.state for e in events]),
        Texts(["\n".join(e.irregularities) or None for e in events]),
        Ints([event for event, _ in guards]),
        Texts([guard for _, guard in guards]),
    ]


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
