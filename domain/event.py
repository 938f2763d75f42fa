"""An event: one frozen fact, named once and for ever, versioned by its own upcasters."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, field_validator

from domain.fields import plan
from domain.values import ERASED, Erased, Happened, Id, Phase, Placed, Purpose, Sealed

Payload = dict[str, Any]
_UNREAD = frozenset((Sealed, Erased))
"""The types of what stands in a personal field that is not open."""
Upcaster = Callable[[Payload], Payload]

LARGEST = 10**15
"""More than any count; every reader of JSON takes it exactly."""
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
"""The days that the record can speak of."""

CATALOGUE: dict[str, type["Event"]] = {}
"""Every kind of event, by its stored name."""


class Event(BaseModel):
    """Base of all events. Validated when written, taken as they are when read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClassVar[str]
    """The stored name, written by hand and kept for ever."""
    phase: ClassVar[Phase] = Phase.DURING
    """Where this comes among the facts of one day; declared for ever."""
    placed: ClassVar[Placed] = "first"
    """The day on which a fact known to the month or year only is placed, unless its author names another.

    Of a period that is not over yet, the last day of what took place is the last that has come: `happening`.
    """
    reasoned: ClassVar[bool] = False
    """Whether it is recorded with a neutral reason code; a correction, a retraction and a later decision always are."""
    observed: ClassVar[bool] = False
    """Whether it tells what took place, and so is of today or earlier; what is decided or planned may be of later."""
    fixed: ClassVar[tuple[str, ...]] = ()
    """Fields that no correction changes while facts of other streams rest on it."""
    upcasters: ClassVar[tuple[Upcaster, ...]] = ()
    """One for each earlier version, oldest first: the stored fields in, those of the next version out."""
    examples: ClassVar[tuple[Payload, ...]] = ()
    """Stored fields that load as this version; they are published with its schema."""

    @field_validator("*")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        """Refuse what no column of a view could hold, before it is in the log for ever."""
        if isinstance(value, str) and "\x00" in value:
            raise ValueError("text cannot hold a NUL character")
        if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
            raise ValueError("a whole number has at most 15 digits")
        if isinstance(value, date) and not EARLIEST <= value <= LATEST:
            raise ValueError(f"a date lies between {EARLIEST} and {LATEST}")
        return value

    @classmethod
    def version(cls) -> int:
        """The version that is written now."""
        return len(cls.upcasters) + 1

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        if CATALOGUE.setdefault(cls.kind, cls) is not cls:
            raise TypeError(f"two events are called {cls.kind!r}")

    @property
    def subject(self) -> Id | None:
        """The person that the personal fields are about: `person_id`, unless the class says otherwise."""
        return self.__dict__.get("person_id")

    @classmethod
    def happening(cls, period: str, today: date, *, late: bool = False) -> Happened:
        """Place such a fact, recorded today, of which a day, month or year is told: `Happened.within`, as its kind is.

        What took place is placed no later than today, and a late entry no later than the day before.
        """
        latest = today - timedelta(days=1) if late else today if cls.observed else None
        return Happened.within(period, cls.placed, latest)

    def names(self) -> Iterable[str]:
        """The streams, and the things begun in streams, that this fact names, as `<name>:<id>`."""
        held = self.__dict__
        names: list[str] = []
        for field, prefix, many in plan(type(self)).named:
            if (named := held[field]) is not None:
                names += [prefix + identifier for identifier in named] if many else [prefix + named]
        return names

    def begins(self) -> Iterable[str]:
        """What else than its stream this fact puts on the record for others to name, as `<name>:<id>`."""
        return ()

    def grants(self) -> Iterable[str]:
        """What this fact gives its stream that facts which name the stream may need: `version:2013`."""
        return ()

    def needs(self) -> Iterable[str]:
        """What was granted by a stream that this fact, or another of its stream, names, and that it rests on.

        Recording it does not check the grant; but what grants it is not taken off the record while this stands.
        """
        return ()

    def payload(self) -> Payload:
        """The fields as they are stored. Personal ones are in the clear, or as they are if `Sealed` or `ERASED`."""
        fields: Payload = {}
        held = self.__dict__
        for name, dump in plan(type(self)).dumps:
            value = held[name]
            fields[name] = value if dump is None or value is None or type(value) in _UNREAD else dump(value)
        return fields

    @classmethod
    def personal(cls) -> Mapping[str, Purpose]:
        """The personal fields and what each is held for."""
        return plan(cls).personal

    @classmethod
    def types(cls) -> Mapping[str, Any]:
        """The type of each field, without None and what stands for a personal field that is not open."""
        return plan(cls).types

    @classmethod
    def revive(cls, version: int, payload: Payload) -> Self:
        """Rebuild a stored event from the fields of `version`, lifted to the present one and not validated.

        A field that holds `ERASED` or a `Sealed` value keeps it. Raises ValueError when the version is unknown here
        or a required field is missing.
        """
        if version != len(cls.upcasters) + 1:
            if not 0 < version <= len(cls.upcasters):
                raise ValueError(f"{cls.kind} version {version} is not known here; the latest is {cls.version()}")
            for upcast in cls.upcasters[version - 1 :]:
                payload = upcast(payload)
        fields: Payload = {}
        for name, load, default in plan(cls).loads:
            if name in payload:
                value = payload[name]
                fields[name] = value if load is None or value is None or type(value) in _UNREAD else load(value)
            else:
                fields[name] = default()
        return cls.restored(fields)

    def impersonal(self) -> Self:
        """The event with all its personal fields erased."""
        personal = self.personal()
        return self.restored(self.__dict__ | dict.fromkeys(personal, ERASED)) if personal else self

    @classmethod
    def restored(cls, fields: Payload) -> Self:
        """An event of what was validated before: all its fields, as they are."""
        event = object.__new__(cls)
        _set_fields(event, fields)
        _set_given(event, plan(cls).names)
        _set_extra(event, None)
        _set_private(event, None)
        return event


# The four slots of a model, each set through its descriptor: the shortest way past what keeps an event frozen.
_set_fields, _set_given, _set_extra, _set_private = (
    BaseModel.__dict__[slot].__set__
    for slot in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
)


class Retracted(Event):
    """An entry was marked as entered in error: what it said never happened, or not to this person."""

    kind = "record.retracted"
    examples = ({},)


class How(StrEnum):
    """How an entry changes the past."""

    CORRECTS = "corrects"
    RETRACTS = "retracts"
    SUPERSEDES = "supersedes"


class Link(NamedTuple):
    """From an entry to the earlier one of its own stream that it changes."""

    how: How
    version: int


class Evidence(NamedTuple):
    """A document that bears a fact out, by the SHA-256 of its bytes (hex); the document itself lies elsewhere."""

    document: str
    sha256: str


class Stated(NamedTuple):
    """What its author states of an event besides the event itself. All identifiers are random ones."""

    actor: str
    role: str | None = None
    on_behalf_of: str | None = None
    approved_by: str | None = None
    source: str | None = None
    source_dated: date | None = None
    """The date that the source itself bears: a claim, shown and never used as a coordinate."""
    reason: str | None = None
    """A neutral reason code; whatever reveals a circumstance is a personal field of the event."""
    irregularities: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    causation: str | None = None
    correlation: str | None = None
    command: str | None = None

    def by(self, command: str) -> "Stated":
        """The same, stated by a command."""
        return Stated(*self[:-1], command)


class Recorded(NamedTuple):
    """An event as the log holds it: the fact, when it happened, and the circumstances of its recording."""

    stream: str
    version: int
    event: Event
    happened: Happened
    position: int
    slot: int
    recorded_at: datetime
    link: Link | None = None
    stated: Stated = Stated(actor="")

    @property
    def key(self) -> str:
        """The identifier in the stream's name: `fellowship:<id>` gives `<id>`."""
        return self.stream.partition(":")[2]

    @property
    def day(self) -> date:
        """The day the fact is placed on."""
        return self.happened.day

    def placed(self, position: int) -> "Recorded":
        """The same entry at the position it got in the log, which is its slot too where it opened one."""
        stream, version, event, happened, at, slot, recorded_at, link, stated = self
        held = position if slot == at else slot
        return Recorded(stream, version, event, happened, position, held, recorded_at, link, stated)

    @property
    def retracts(self) -> bool:
        """Whether this marks another entry as entered in error, and so holds no fact of its own."""
        return self.link is not None and self.link.how is How.RETRACTS

    @property
    def decides(self) -> bool:
        """Whether this is a decision, rather than a statement of what had been so all along."""
        return self.link is None or self.link.how is How.SUPERSEDES
