"""What lies between a command's decision and its append: its outcome, and what those decided with it have added."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.stream import Timeline
from infra.log.envelope import Draft
from infra.log.submission import External

PROVISIONAL = 2**62
"""Facts that have no position yet take their slots from here on: after every recorded one, in order of entry."""


class Unsettled(Exception):
    """An entry to be changed has no position yet: it was entered in the same append, which must come first."""


@dataclass(slots=True)
class Batch:
    """What the commands decided so far in one append have added, so that the next is decided on top of it."""

    timelines: dict[str, Timeline[Any]] = field(default_factory=dict[str, Timeline[Any]])
    members: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    entered: int = 0


@dataclass(frozen=True, slots=True)
class Decided:
    """A command's outcome before it is appended."""

    drafts: tuple[Draft, ...]
    expects: Mapping[str, int]
    rests: Mapping[str, int]
    externals: tuple[External, ...]
