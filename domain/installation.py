"""The installation: what holds for the whole of one record."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, TypeAlias, assert_never

from pydantic import Field

from domain.event import Event
from domain.patient_data import Sentence
from domain.refusal import Refusal
from domain.stream import Stream
from domain.values import Id, Phase


class InstallationId(Id):
    """One installation: one database and its record."""

    stream = "installation"


class BuildId(Id):
    """One build of a view: its rows, as they were made of the record from its beginning."""


Number = Annotated[int, Field(ge=0)]


class DemonstrationDeclared(Event):
    """This record is a demonstration: its people and organisations are invented, and so are its recording times."""

    kind = "record.demonstration_declared"
    phase = Phase.OPENS
    examples = ({},)


class ViewReleased(Event):
    """A view was made anew of the record and compared with the one before it, and answers come from it from here on."""

    kind = "record.view_released"
    examples = (
        {
            "view": "standing",
            "view_version": 2,
            "build": "0d7c2f9e-2b6f-4f5b-9b43-1f7f5b6f1c02",
            "compared_with": 1,
            "compared": 30210,
            "differing": 3,
            "why": "A place given up before the start is no longer counted as accepted.",
        },
    )
    view: Annotated[str, Field(min_length=1, max_length=40)]
    view_version: Annotated[int, Field(ge=1)]
    build: BuildId
    compared_with: int | None = None
    compared: Number = 0
    differing: Number = 0
    """How many of the `compared` rows of the view before, whose version is `compared_with`, were not the same."""
    why: Sentence | None = None


InstallationEvent: TypeAlias = DemonstrationDeclared | ViewReleased


class DemonstrationAlreadyDeclared(Refusal):
    """This record is declared a demonstration already."""


class DifferencesUnexplained(Refusal):
    """The view made anew holds other rows than the one before it, and nobody has said why that is right."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What had been declared of a record by a day, and which build of each view was the last to be released."""

    demonstration: bool = False
    released: Mapping[str, BuildId] = field(default_factory=dict[str, BuildId])


def evolve(installation: Installation, event: InstallationEvent, day: date) -> Installation:
    """The installation after a fact.

    Refuses a second declaration (DemonstrationAlreadyDeclared), and the release of a view that differs without a word
    of why (DifferencesUnexplained).
    """
    match event:
        case DemonstrationDeclared():
            if installation.demonstration:
                raise DemonstrationAlreadyDeclared
            return replace(installation, demonstration=True)
        case ViewReleased():
            if event.differing and event.why is None:
                raise DifferencesUnexplained
            return replace(installation, released={**installation.released, event.view: event.build})
        case _:
            assert_never(event)


INSTALLATION = Stream(InstallationId.stream, Installation(), evolve)
