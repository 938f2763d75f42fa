"""Oversight: who has a say over a fellow, the line manager and the assessors of their work. No coach is among them."""

from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias, assert_never

from domain.event import Event
from domain.refusal import Refusal
from domain.stream import Stream
from domain.values import FellowshipId, PersonId, Phase

_FELLOWSHIP = "9a4d1e70-8a39-4d5e-b1c8-2f9e1d7c3b03"
_PERSON = "8c3b4d5e-9f0a-4b12-83d4-e5f607182936"


class LineManagerDeclared(Event):
    """The fellow declared who is their line manager, or that they have none."""

    kind = "oversight.line_manager_declared"
    examples = (
        {"fellowship_id": _FELLOWSHIP, "line_manager_id": _PERSON},
        {"fellowship_id": _FELLOWSHIP, "line_manager_id": None},
    )

    fellowship_id: FellowshipId
    line_manager_id: PersonId | None


class AssessorAppointed(Event):
    """Somebody was appointed to assess the fellow's work."""

    kind = "oversight.assessor_appointed"
    examples = ({"fellowship_id": _FELLOWSHIP, "assessor_id": _PERSON},)

    fellowship_id: FellowshipId
    assessor_id: PersonId


class AssessorStoodDown(Event):
    """Somebody no longer assesses the fellow's work."""

    kind = "oversight.assessor_stood_down"
    phase = Phase.ENDS
    placed = "last"
    examples = ({"fellowship_id": _FELLOWSHIP, "assessor_id": _PERSON},)

    fellowship_id: FellowshipId
    assessor_id: PersonId


OversightEvent: TypeAlias = LineManagerDeclared | AssessorAppointed | AssessorStoodDown


class AlreadyAssesses(Refusal):
    """That person assesses this fellow's work already."""


class DoesNotAssess(Refusal):
    """That person did not assess this fellow's work by that day."""


class OversightOfAnotherFellow(Refusal):
    """That entry is about another fellow than this record."""


@dataclass(frozen=True, slots=True)
class Oversight:
    """Who had a say over a fellow on a day."""

    fellowship_id: FellowshipId | None = None
    line_manager_id: PersonId | None = None
    assessors: frozenset[PersonId] = frozenset()


def evolve(oversight: Oversight, event: OversightEvent, day: date) -> Oversight:
    """The oversight after a fact. Raises a Refusal where the fact cannot have happened."""
    if oversight.fellowship_id not in (None, event.fellowship_id):
        raise OversightOfAnotherFellow
    oversight = replace(oversight, fellowship_id=event.fellowship_id)
    match event:
        case LineManagerDeclared(line_manager_id=line_manager_id):
            return replace(oversight, line_manager_id=line_manager_id)
        case AssessorAppointed(assessor_id=assessor_id):
            if assessor_id in oversight.assessors:
                raise AlreadyAssesses
            return replace(oversight, assessors=oversight.assessors | {assessor_id})
        case AssessorStoodDown(assessor_id=assessor_id):
            if assessor_id not in oversight.assessors:
                raise DoesNotAssess
            return replace(oversight, assessors=oversight.assessors - {assessor_id})
        case _:
            assert_never(event)


OVERSIGHT = Stream("oversight", Oversight(), evolve)
"""One for each fellow, identified by the fellowship."""
