"""Programmes: what a programme is called, and the versions of its design that its cohorts follow."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, TypeAlias, assert_never

from pydantic import Field

from domain import grants
from domain.event import Event
from domain.refusal import Refusal
from domain.stream import Stream
from domain.values import Phase, ProgrammeId

Code = Annotated[str, Field(min_length=1, max_length=40)]
Label = Annotated[str, Field(min_length=1, max_length=80)]
Count = Annotated[int, Field(ge=0)]
Percent = Annotated[int, Field(ge=0, le=100)]


class ProgrammeEstablished(Event):
    """A programme was established."""

    kind = "programme.established"
    phase = Phase.OPENS
    examples = ({"code": "QIF", "title": "Quality Improvement Fellowship"},)

    code: Code
    title: Annotated[str, Field(min_length=1, max_length=200)]


class ProgrammeVersionAdopted(Event):
    """A version of the programme's design was adopted, with its completion criteria or with none."""

    kind = "programme.version_adopted"
    examples = (
        {
            "programme_version": "2013",
            "attendance_percent": 80,
            "charter_required": True,
            "report_required": True,
            "coaching_sessions": 4,
            "set_meetings": 4,
        },
        {
            "programme_version": "2013J",
            "attendance_percent": None,
            "charter_required": False,
            "report_required": False,
            "coaching_sessions": None,
            "set_meetings": None,
        },
    )

    programme_version: Label
    attendance_percent: Percent | None = None
    charter_required: bool = False
    report_required: bool = False
    coaching_sessions: Count | None = None
    set_meetings: Count | None = None

    def grants(self) -> Iterable[str]:
        """The version, for cohorts and other programmes to follow."""
        yield grants.version(self.programme_version)


class ProgrammeAdoptedFrom(Event):
    """The programme was taken over from another one, in the version named."""

    kind = "programme.adopted_from"
    examples = ({"source_programme_id": "3f0d1c52-6d1c-4a53-9d44-0c5f4d6f2a11", "source_version": "2013"},)

    source_programme_id: ProgrammeId
    source_version: Label

    def needs(self) -> Iterable[str]:
        """The version that was taken over."""
        yield grants.version(self.source_version)


ProgrammeEvent: TypeAlias = ProgrammeEstablished | ProgrammeVersionAdopted | ProgrammeAdoptedFrom


class ProgrammeNotEstablished(Refusal):
    """No such programme was established by that day."""


class ProgrammeAlreadyEstablished(Refusal):
    """This programme is established already."""


class VersionAlreadyAdopted(Refusal):
    """A version of that name is adopted already. Give the new one another name."""


class VersionNotAdopted(Refusal):
    """The programme had not adopted that version by that day."""


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme as it stood on a day."""

    code: str | None = None
    title: str | None = None
    versions: frozenset[str] = frozenset()

    def must_have(self, version: str) -> None:
        """Refuse a version that was not adopted: ProgrammeNotEstablished, VersionNotAdopted."""
        if self.code is None:
            raise ProgrammeNotEstablished
        if version not in self.versions:
            adopted = ", ".join(sorted(self.versions)) or "none"
            raise VersionNotAdopted(f"{self.code} had no version {version!r} on that day; it had: {adopted}.")


def evolve(programme: Programme, event: ProgrammeEvent, day: date) -> Programme:
    """The programme after a fact. Raises a Refusal where the fact cannot have happened."""
    match event:
        case ProgrammeEstablished(code=code, title=title):
            if programme.code is not None:
                raise ProgrammeAlreadyEstablished
            return replace(programme, code=code, title=title)
        case ProgrammeVersionAdopted(programme_version=version):
            if programme.code is None:
                raise ProgrammeNotEstablished
            if version in programme.versions:
                raise VersionAlreadyAdopted(f"{programme.code} has a version {version!r} already.")
            return replace(programme, versions=programme.versions | {version})
        case ProgrammeAdoptedFrom():
            if programme.code is None:
                raise ProgrammeNotEstablished
            return programme
        case _:
            assert_never(event)


PROGRAMME = Stream(ProgrammeId.stream, Programme(), evolve)


def adopt_from(source: Programme, *, source_programme_id: ProgrammeId, source_version: str) -> ProgrammeAdoptedFrom:
    """Take a programme over from another, as the other stood on the day.

    Refuses a source that is not established (ProgrammeNotEstablished) or lacks the version (VersionNotAdopted).
    """
    source.must_have(source_version)
    return ProgrammeAdoptedFrom(source_programme_id=source_programme_id, source_version=source_version)
