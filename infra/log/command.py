"""What a command states, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, Self, TypeAlias

from domain.event import Stated
from domain.refusal import Refusal
from infra.log.combining import Busy
from infra.log.submission import OtherBody, Repeated


class Entering(StrEnum):
    """How a command's facts come to the record: whether they are done by it, or had happened already."""

    NOW = "now"
    LATE = "late"
    IMPORT = "import"


class Command(NamedTuple):
    """One request to record something.

    `id` is the caller's UUID, scoped to `principal`; `body` is what the request says, for telling a repeat from another
    request under the same id. `expects` holds the versions the caller has seen, by stream. `recorded_at` may be given
    in a demonstration only.
    """

    principal: str
    id: str
    body: bytes
    stated: Stated
    entering: Entering = Entering.NOW
    expects: Mapping[str, int] = MappingProxyType[str, int]({})
    recorded_at: datetime | None = None


class Receipt(NamedTuple):
    """What a command did: the position of its last event, the version of each stream it wrote, and what was odd."""

    position: int
    recorded_at: datetime
    streams: Mapping[str, int]
    irregularities: tuple[str, ...] = ()
    repeated: bool = False

    @classmethod
    def of(cls, verdict: Repeated) -> Self:
        """The receipt of a command that was accepted before."""
        return cls(verdict.positions.stop - 1, verdict.recorded_at, verdict.streams, verdict.irregularities, True)


class Stale(Exception):
    """The caller has not seen the latest version of a stream it names."""

    def __init__(self, stream: str, current: int) -> None:
        self.stream, self.current = stream, current
        super().__init__(f"{stream} is at version {current}")


class AnotherRequest(Exception):
    """This command id was used before, for another request."""


class KeyTaken(Exception):
    """A natural key is already on the record, for another identifier."""

    def __init__(self, scheme: str, identifier: str) -> None:
        self.scheme, self.identifier = scheme, identifier
        super().__init__(f"this {scheme} is already recorded, for {identifier}")


Outcome: TypeAlias = Receipt | Refusal | KeyTaken | Stale | AnotherRequest | Busy


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of deciding some commands once: outcomes and who must try again, by number."""

    outcomes: dict[int, Outcome]
    again: list[int]


def repeated(verdict: Repeated | OtherBody) -> Receipt | AnotherRequest:
    """What a command is told whose id was used before."""
    return Receipt.of(verdict) if isinstance(verdict, Repeated) else AnotherRequest()
