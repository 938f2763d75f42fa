"""An entry of the record as a reader sees it: what it says, who said so and when, and what became of it since."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
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


_UNCHANGED: tuple[Sequence[int], Sequence[int]] = ((), ())


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `fields` hold what it says, personal ones `Sealed`.

    `changed_by` holds the positions of what changed it and stands, a mark of an entry in error with all the corrections
    of that entry; `taken_back` those of what changed it and does not stand.
    """

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
    taken_back: tuple[int, ...]

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

    changed = _changed(statements, stood)
    return [
        _entry(statement, status(statement), *changed.get(statement.version, _UNCHANGED)) for statement in statements
    ]


def _changed(
    statements: Sequence[Recorded], stood: Container[int]
) -> Mapping[int, tuple[Sequence[int], Sequence[int]]]:
    """The positions of what changed each entry, by its version: of what stands, and of what does not.

    Where nothing in the stream changes anything, no entry is there.
    """
    linked = defaultdict[int, list[Recorded]](list)
    for statement in statements:
        if statement.link is not None:
            linked[statement.link.version].append(statement)
    if not linked:
        return {}
    marks: dict[int, list[int]] = {}
    changed: dict[int, tuple[list[int], list[int]]] = {}
    for statement in statements:
        version, link = statement.version, statement.link
        stand = [each for each in linked[version] if each.version in stood]
        corrected = marks.get(link.version, []) if link is not None and link.how is How.CORRECTS else []
        marks[version] = [*corrected, *(each.position for each in stand if each.retracts)]
        changed_by = sorted({*corrected, *(each.position for each in stand)})
        changed[version] = changed_by, [each.position for each in linked[version] if each.version not in stood]
    return changed


def _entry(recorded: Recorded, status: Status, changed_by: Iterable[int], taken_back: Iterable[int]) -> Entry:
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
        taken_back=tuple(taken_back),
    )
