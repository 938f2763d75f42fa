"""Oversight: who had a say over a fellow on a day, since when, and which entries say so."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from domain.event import Recorded
from domain.oversight import OVERSIGHT, AssessorAppointed, LineManagerDeclared
from domain.stream import Timeline
from domain.values import Precision
from infra.log.entries import of_streams
from infra.views.reading import At


class Say(NamedTuple):
    """A person who had a say over a fellow, and the position of the entry that made it so."""

    person_id: str
    since: date
    precision: Precision
    cause: int


@dataclass(frozen=True, slots=True)
class FellowOversight:
    """Who had a say over a fellow; assessors by the day of their appointment.

    `declared_on` is when the fellow last declared a line manager, or to have none; None: neither was ever declared.
    """

    line_manager: Say | None
    declared_on: date | None
    assessors: tuple[Say, ...]


def oversight(connection: Connection, at: At, fellowship_id: str) -> FellowOversight:
    """Who had a say over a fellow at the end of the day, as known at the position."""
    history = Timeline(OVERSIGHT, of_streams(connection, [OVERSIGHT.of(fellowship_id)], at.known))
    state = history.at(at.valid)
    declared: Recorded | None = None
    appointed: dict[str, Recorded] = {}
    for step in history.steps:
        if step.place.day <= at.valid and step.refusal is None:
            match step.recorded.event:
                case LineManagerDeclared():
                    declared = step.recorded
                case AssessorAppointed(assessor_id=assessor_id):
                    appointed[assessor_id] = step.recorded
                case _:
                    pass
    manager = state.line_manager_id
    assessors = [_say(each, by) for each, by in appointed.items() if each in state.assessors]
    return FellowOversight(
        line_manager=None if manager is None or declared is None else _say(manager, declared),
        declared_on=declared and declared.day,
        assessors=tuple(sorted(assessors, key=lambda say: (say.since, say.cause))),
    )


def _say(person_id: str, by: Recorded) -> Say:
    return Say(person_id, by.day, by.happened.precision, by.position)
