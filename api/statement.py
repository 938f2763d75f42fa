"""What the author of a command states besides the fact: who says so, for whom, when it happened, from what source."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from api.examples import ACTOR
from api.sent import Twice
from api.wording import UNKEPT
from domain.event import Event, Evidence, Stated
from domain.values import ActorId, DocumentId, Happened, Precision, today
from infra.log.command import Entering

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
"""The days that a date may be: any other is a slip of the pen."""
_LARGEST = 2**53 - 1
"""The largest whole number that every reader of JSON reads alike."""
_CONTROL = re.compile(r"[^\t\n\r -~\x80-\U0010ffff]")
"""A control character, other than those that begin a line or a column."""


def _iso(value: Any) -> Any:
    """Pydantic would take a number for seconds since 1970."""
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError("this is not a day: write it as 2014-04-12")


def _likely(day: date) -> date:
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"a day lies between {EARLIEST} and {LATEST}")
    return day


def _period(period: str) -> str:
    _likely(Happened.within(period, "first").day)
    return period


Day = Annotated[date, BeforeValidator(_iso), AfterValidator(_likely), Field(examples=["2014-04-12"])]
"""A day, written 2014-04-12."""

Period = Annotated[
    str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$", examples=["2014-04"]), AfterValidator(_period)
]
"""A day, a month or a year."""

_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")


def _code(value: Any) -> Any:
    """What is stated in the open stays as it is for ever, so it is no place for words about a person."""
    if isinstance(value, str) and not _CODE.fullmatch(value):
        raise ValueError(
            "this is a code, not free text: small letters, digits and underscores, 64 at most, such as "
            "attendance_sheet; nothing about a person"
        )
    return value


Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$"), BeforeValidator(_code)]
"""A code, such as keying_error: what is stated in the open holds no free text, for that may be about a person."""
ReasonCode = Annotated[Code, Field(examples=["keying_error"])]
Note: TypeAlias = Annotated[str | None, Field(max_length=2000, description="Personal; kept encrypted.")]


class Placed(BaseModel):
    """A day, and how exactly it is known."""

    model_config = ConfigDict(extra="forbid")

    day: Day
    precision: Precision = Field(Precision.DAY, description="`unknown`: the day is where the fact is placed.")

    @model_validator(mode="before")
    @classmethod
    def _in_quotes(cls, data: Any) -> Any:
        if isinstance(data, int) and not isinstance(data, bool):
            raise ValueError(f'this is a number: write it in quotes, "{data}"')
        if not isinstance(data, Mapping | cls):
            raise ValueError('this is neither a day, a month or a year such as "2014-04", nor {"day": "2014-04-12"}')
        return cast(Any, data)


def _form(value: Any) -> Literal["(text)", "(day)"]:
    return "(text)" if isinstance(value, str) else "(day)"


Happening = Annotated[
    Annotated[Period, Tag("(text)")] | Annotated[Placed, Tag("(day)")],
    Discriminator(_form),
    Field(
        description="When it happened: 2014-04-12, 2014-04 or 2014 as exactly as known, or a day and its precision.",
        examples=["2014-04-12", "2014-04", {"day": "2014-04-30", "precision": "unknown"}],
    ),
]


class EvidenceIn(BaseModel):
    """A document that bears the fact out, kept elsewhere."""

    model_config = ConfigDict(extra="forbid")

    document: DocumentId
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the document's bytes, in hex.")]


class Statement(BaseModel):
    """The common part of every command."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reasoned: ClassVar[bool] = False
    """Whether such a command always needs a reason, entered late or not."""

    actor: ActorId = Field(
        description="Who says so: recorded as declared, not verified. One who is on the record is shown by name.",
        examples=[ACTOR],
    )
    role: Code | None = Field(
        None, description="In what role: a code. Nothing about a person.", examples=["programme_manager"]
    )
    on_behalf_of: ActorId | None = Field(None, description="For whom they say so, where that is somebody else.")
    approved_by: ActorId | None = Field(None, description="Who approved it.")
    late_entry: StrictBool = Field(
        False, description="It happened earlier and is entered late: limits on places are noted then, not enforced."
    )
    reason: ReasonCode | None = Field(
        None, validate_default=True, description="A neutral code; a late entry needs one. Nothing of a person's life."
    )
    source: Code | None = Field(
        None,
        description="What kind of source tells it: a code. Its date goes into `source_dated`, the document into "
        "`evidence`; nothing about a person.",
        examples=["letter_of_acceptance"],
    )
    source_dated: Day | None = Field(None, description="The date that the source itself bears.")
    evidence: Annotated[
        tuple[EvidenceIn, ...], Field(max_length=100, description="Documents that bear it out, kept elsewhere.")
    ] = ()

    @model_validator(mode="before")
    @classmethod
    def _sound(cls, data: Any) -> Any:
        _check(data, ())
        return data

    @field_validator("reason")
    @classmethod
    def _reasoned(cls, reason: str | None, info: ValidationInfo) -> str | None:
        if reason is None and cls.reasoned:
            raise ValueError("this needs a reason")
        if reason is None and info.data.get("late_entry"):
            raise ValueError("a late entry needs a reason")
        return reason

    def stated(self) -> Stated:
        """This as the log takes it."""
        return Stated(
            actor=self.actor,
            role=self.role,
            on_behalf_of=self.on_behalf_of,
            approved_by=self.approved_by,
            source=self.source,
            source_dated=self.source_dated,
            reason=self.reason,
            evidence=tuple(Evidence(each.document, each.sha256) for each in self.evidence),
        )

    def entering(self) -> Entering:
        """Whether this is done by the command or had happened already."""
        return Entering.LATE if self.late_entry else Entering.NOW


class Dated(Statement):
    """The common part of a command that says when something happened."""

    happened: Happening

    def placed(self, kind: type[Event]) -> Happened:
        """When it happened, placed as this kind of fact is where no day was named."""
        if isinstance(self.happened, Placed):
            return Happened(self.happened.day, self.happened.precision)
        return kind.happening(self.happened, today(), late=self.late_entry)


class Reasoned(Dated):
    """The common part of a command that needs a reason, entered late or not."""

    reasoned = True

    reason: ReasonCode | None = Field(description="Why: a neutral code. Nothing of a person's life.")


def _check(value: Any, where: tuple[str | int, ...]) -> None:
    """Refuse what no later reader could hold, and what says two things: control characters, numbers beyond JSON's."""
    match value:
        case str():
            if _CONTROL.search(value):
                raise _unkept("this holds a control character", where)
        case bool():
            return
        case int() | float():
            if not math.isfinite(value) or abs(value) > _LARGEST:
                raise _unkept("this is not a number that can be kept", where)
        case Mapping():
            for name, each in cast(Mapping[str, Any], value).items():
                field = (*where, name)
                _check(name, field)
                _check(each, field)
        case Sequence():
            for number, each in enumerate(cast(Sequence[Any], value)):
                _check(each, (*where, number))
        case Twice():
            raise _unkept("this is given more than once: give one value", where)
        case _:
            return


def _unkept(says: str, where: tuple[str | int, ...]) -> PydanticCustomError:
    return PydanticCustomError(UNKEPT, "{says}", {"says": says, "where": where})
