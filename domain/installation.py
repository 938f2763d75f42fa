"""The installation: what holds for the whole of one record."""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, assert_never

from domain.event import Event
from domain.refusal import Refusal
from domain.stream import Stream
from domain.values import Id, Phase


class InstallationId(Id):
    """One installation: one database and its record."""

    stream = "installation"


class DemonstrationDeclared(Event):
    """This record is a demonstration: its people and organisations are invented, and so are its recording times."""

    kind = "record.demonstration_declared"
    phase = Phase.OPENS
    examples = ({},)


InstallationEvent: TypeAlias = DemonstrationDeclared


class DemonstrationAlreadyDeclared(Refusal):
    """This record is declared a demonstration already."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What had been declared of a record by a day."""

    demonstration: bool = False


def evolve(installation: Installation, event: InstallationEvent, day: date) -> Installation:
    """The installation after a fact. Refuses a second declaration: DemonstrationAlreadyDeclared."""
    match event:
        case DemonstrationDeclared():
            if installation.demonstration:
                raise DemonstrationAlreadyDeclared
            return Installation(demonstration=True)
        case _:
            assert_never(event)


INSTALLATION = Stream(InstallationId.stream, Installation(), evolve)
