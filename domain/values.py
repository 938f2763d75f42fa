"""Small values shared by every slice: identifiers, dates as people know them, and what is personal."""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

LONDON = ZoneInfo("Europe/London")


def today(now: datetime | None = None) -> date:
    """The day it is in London, where the programme keeps its calendar."""
    return (now or datetime.now(LONDON)).astimezone(LONDON).date()


_AS_STORED = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch


class Id(str):
    """A random identifier: a UUID in lower case, never derived from a person."""

    stream: ClassVar[str] = ""
    """What a fact that holds it names: the streams this identifies, mostly; empty when it names nothing."""

    @classmethod
    def new(cls) -> Self:
        """A fresh random identifier."""
        return cls(uuid4())

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        def read(given: Any, parsed: core_schema.ValidatorFunctionWrapHandler) -> Self:
            # Most are in the one form already, and need not be taken apart and put together again.
            if isinstance(given, str) and _AS_STORED(given):
                return given if type(given) is cls else cls(given)
            return cls(parsed(given))

        return core_schema.no_info_wrap_validator_function(
            read, core_schema.uuid_schema(), serialization=core_schema.to_string_ser_schema()
        )


class PersonId(Id):
    """A person, on the record once whatever places they hold."""

    stream = "person"


class ProgrammeId(Id):
    """A programme."""

    stream = "programme"


class CohortId(Id):
    """A cohort: one intake of a programme."""

    stream = "cohort"


class FellowshipId(Id):
    """A fellowship: one person's place, from offer to end."""

    stream = "fellowship"


class AccreditationId(Id):
    """An accreditation registration: one fellow's registration with the university."""

    stream = "accreditation"


class WorkId(Id):
    """A piece of work that a cohort is asked to submit. It is begun in the cohort's stream, and has none of its own."""

    stream = "work"


class ActorId(Id):
    """Whoever states a fact, as declared."""


class DocumentId(Id):
    """A document kept elsewhere, named as evidence."""


class Precision(StrEnum):
    """How exactly a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


class Phase(IntEnum):
    """Where a fact comes among those of one day: openings first, endings last."""

    OPENS = 0
    DURING = 1
    ENDS = 2


Placed: TypeAlias = Literal["first", "last"]
"""The day of a month or year that a fact known no more exactly is placed on."""

_PERIOD = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?\Z")


class Happened(NamedTuple):
    """When a fact happened: the day it is placed on, and how exactly that is known."""

    day: date
    precision: Precision = Precision.DAY

    @classmethod
    def within(cls, period: str, placed: Placed, latest: date | None = None) -> Self:
        """Place a day, month or year (`2014-04-12`, `2014-04`, `2014`) on the first or last day of it.

        On no day after `latest`, unless the whole period comes after it. Raises ValueError when the text is none of the
        three.
        """
        match = _PERIOD.match(period)
        if match is None:
            raise ValueError(f"{period!r} is not a date: write 2014-04-12, or 2014-04 or 2014 if no more is known")
        year, month, day = match.groups()
        if day:
            return cls(date.fromisoformat(period), Precision.DAY)
        first = date(int(year), int(month or 1), 1)
        precision = Precision.MONTH if month else Precision.YEAR
        if placed == "first":
            return cls(first, precision)
        last_month = int(month or 12)
        last = date(int(year), last_month, monthrange(int(year), last_month)[1])
        return cls(last if latest is None or latest < first else min(last, latest), precision)


class Purpose(StrEnum):
    """What a personal field is held for; each person has one key for each."""

    IDENTITY = "identity"
    CONTACT = "contact"
    AWARD_IDENTITY = "award_identity"
    EQUALITY = "equality"
    CIRCUMSTANCES = "circumstances"
    CONDUCT = "conduct"
    SELECTION = "selection"
    SURVEY = "survey"


class Erased:
    """What a personal field reads as once its key has been destroyed."""

    _only: ClassVar["Erased | None"] = None

    def __new__(cls) -> "Erased":
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "ERASED"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.is_instance_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"const": "erased"}


ERASED = Erased()


@dataclass(frozen=True, slots=True)
class Sealed:
    """A personal field as a reader without keys holds it: the ciphertext, unread."""

    ciphertext: bytes

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.is_instance_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> Mapping[str, Any]:
        return {"const": "sealed"}


class _PersonalField:
    """Marks a field as personal: encrypted in the stored event under the key of its subject and purpose."""


T = TypeVar("T")
Personal: TypeAlias = Annotated[T | Sealed | Erased, _PersonalField()]
"""A personal field: written as T; read as T, as `Sealed` by a reader without keys, as `ERASED` for ever after."""


def is_personal(metadata: list[Any]) -> bool:
    """Whether a field's annotation carries the mark of `Personal`."""
    return any(isinstance(mark, _PersonalField) for mark in metadata)


class OrganisationId(Id):
    """An organisation: one that releases, hosts, employs or takes work over."""

    stream = "organisation"


class SecondmentId(Id):
    """A secondment: one organisation's release of a fellow for a fellowship."""

    stream = "secondment"


class SessionId(Id):
    """A session of a cohort, with its register."""

    stream = "session"


class CoachingId(Id):
    """A coaching engagement: one coach's work with one fellow."""

    stream = "coaching"


class ProjectId(Id):
    """An improvement project."""

    stream = "project"


class SiteId(Id):
    """A ward, clinic or practice to which an improvement spreads."""


class RoleId(Id):
    """A role: a job that a person holds between two dates."""
