"""What stands of a stream's entries, what it says, and in which order: the same for decisions as for views.

* a fact opens a slot; its corrections and retractions belong to that slot, and a correction keeps the slot's place;
* a retraction that stands strikes out its target and every correction of it; one that is itself retracted does not;
* a slot says what its newest standing entry says;
* from the day of a standing superseding fact on, the slot it supersedes is left out.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from domain.event import How, Recorded
from domain.values import Phase


class Place(NamedTuple):
    """Where a fact comes in effective order."""

    day: date
    phase: Phase
    slot: int


def place_of(recorded: Recorded, slot: int) -> Place:
    """Where an entry of this slot comes in effective order."""
    return Place(recorded.happened.day, type(recorded.event).phase, slot)


def still_standing(statements: Iterable[Recorded]) -> dict[int, Recorded]:
    """The entries that stand, by version: neither struck out nor a correction of one that is.

    All entries that link to one another must be among the statements; they do so within a slot.
    """
    by_version = {statement.version: statement for statement in statements}
    if all(statement.link is None for statement in by_version.values()):
        return dict(sorted(by_version.items()))
    versions = sorted(by_version)
    struck_out: set[int] = set()
    for version in reversed(versions):
        link = by_version[version].link
        if link is not None and link.how is How.RETRACTS and version not in struck_out:
            struck_out.add(link.version)
    stood: dict[int, Recorded] = {}
    for version in versions:
        link = by_version[version].link
        if version not in struck_out and (link is None or link.how is not How.CORRECTS or link.version in stood):
            stood[version] = by_version[version]
    return stood


def standing(statements: Iterable[Recorded]) -> dict[int, Recorded]:
    """What each slot says: its newest standing entry, by slot. A slot that says nothing is not there."""
    return {statement.slot: statement for statement in still_standing(statements).values() if not statement.retracts}


def corrects(statement: Recorded, said: Recorded | None) -> bool:
    """Whether an entry corrects what its slot said before it."""
    link = statement.link
    return link is not None and link.how is How.CORRECTS and said is not None and said.version == link.version


def drops(statements: Sequence[Recorded]) -> dict[int, int]:
    """Which slot each superseding slot leaves out. The link is the slot's: correcting the decision keeps it."""
    slots = {statement.version: statement.slot for statement in statements}
    return {
        statement.slot: slots[statement.link.version]
        for statement in statements
        if statement.link is not None and statement.link.how is How.SUPERSEDES
    }


def left_out(statements: Sequence[Recorded], day: date) -> frozenset[int]:
    """The slots that are left out by the end of a day: those that a standing decision of up to then supersedes."""
    superseded = drops(statements)
    if not superseded:
        return frozenset()
    says = standing(statements)
    return frozenset(target for slot, target in superseded.items() if slot in says and says[slot].day <= day)
