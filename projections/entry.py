"""An entry of the record as a reader sees it: what it says, who said so and when, and what became of it since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from domain.event import Evidence, How, Recorded
from domain.standing import left_out, standing, still_standing
from domain.values import Precision


class Status(StrEnum):
    """What became of an entry."""

    STANDS = "stands"
    CORRECTED = "corrected"
    ENTERED_IN_ERROR = "entered_in_error"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `fields` hold what it says, personal ones `Sealed`; `changed_by` the positions of what changed it."""

    position: int
    stream: str
    version: int
    kind: str
    happened: date
    precision: Precision
    recorded_at: datetime
    actor: str
    role: str | None
    on_behalf_of: str | None
    approved_by: str | None
    source: str | None
    source_dated: date | None
    reason: str | None
    irregularities: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    command: str | None
    fields: dict[str, Any]
    link_how: How | None
    link_version: int | None
    status: Status
    changed_by: tuple[int, ...]

    def stands(self, valid: date) -> bool:
        """Whether it stands, and is of a day up to `valid`: the day for which its status was told."""
        return self.status is Status.STANDS and self.happened <= valid


def entries(statements: Sequence[Recorded], valid: date) -> list[Entry]:
    """The entries of one stream with what became of each by the end of day `valid`, in the order they were recorded.

    A correction and an entry in error count from when they were recorded, a later decision from its own day.
    """
    stood = still_standing(statements)
    says = standing(statements)
    replaced = left_out(statements, valid)

    def status(statement: Recorded) -> Status:
        if statement.version not in stood:
            return Status.ENTERED_IN_ERROR
        if not statement.retracts and says.get(statement.slot) is not statement:
            return Status.CORRECTED
        return Status.REPLACED if statement.slot in replaced and not statement.retracts else Status.STANDS

    changed: dict[int, list[int]] = {}
    for statement in statements:
        if statement.link is not None:
            changed.setdefault(statement.link.version, []).append(statement.position)
    return [_entry(statement, status(statement), changed.get(statement.version, ())) for statement in statements]


def _entry(recorded: Recorded, status: Status, changed_by: Iterable[int]) -> Entry:
    stated = recorded.stated
    return Entry(
        position=recorded.position,
        stream=recorded.stream,
        version=recorded.version,
        kind=recorded.event.kind,
        happened=recorded.day,
        precision=recorded.happened.precision,
        recorded_at=recorded.recorded_at,
        actor=stated.actor,
        role=stated.role,
        on_behalf_of=stated.on_behalf_of,
        approved_by=stated.approved_by,
        source=stated.source,
        source_dated=stated.source_dated,
        reason=stated.reason,
        irregularities=stated.irregularities,
        evidence=stated.evidence,
        command=stated.command,
        fields=recorded.event.payload(),
        link_how=recorded.link.how if recorded.link else None,
        link_version=recorded.link.version if recorded.link else None,
        status=status,
        changed_by=tuple(changed_by),
    )
