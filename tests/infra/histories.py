"""Small invented facts, two views of them, and a way to write histories down for the engine's tests."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from domain.event import Event, How, Link, Recorded, Retracted
from domain.values import Happened, Id, Phase, Sealed
from infra.views.view import Routed, View

RECORDED = datetime(2020, 1, 1, tzinfo=UTC)
"""When every entry was recorded."""


class ThingId(Id):
    """Something that facts are about."""


class GroupId(Id):
    """Something that things belong to."""


class Said(Event):
    """Something was said of one thing or several; `later` says it once more, of a second day."""

    kind = "test.said"
    serial: int
    things: tuple[ThingId, ...]
    group: GroupId
    grade: int
    later: date | None = None


class Opened(Said):
    """The same, first among the facts of its day."""

    kind = "test.opened"
    phase = Phase.OPENS


class Closed(Said):
    """The same, last among the facts of its day."""

    kind = "test.closed"
    phase = Phase.ENDS


class Grade(StrEnum):
    """A coarse state, so that facts often leave it as it is, or bring an earlier one back."""

    LOW = "low"
    HIGH = "high"


class Trail(NamedTuple):
    """Everything said of a thing, in order: no difference in the fold goes unseen."""

    said: str
    times: int
    group: GroupId
    on: date
    closed: bool
    things: tuple[ThingId, ...]
    sealed: Sealed | None


class Mark(NamedTuple):
    """The grade of a thing in a group."""

    grade: Grade


Fact = tuple[Said, date, int]


def route_trail(recorded: Recorded) -> Iterable[Routed]:
    """To each thing, on the day and once more on the later day."""
    said = recorded.event
    if isinstance(said, Said):
        for thing in said.things:
            yield Routed((thing,), recorded.day, (said, recorded.day, 0))
            if said.later is not None:
                yield Routed((thing,), said.later, (said, said.later, 1))


def fold_trail(state: Trail | None, fact: Fact) -> Trail:
    """Add one word to the trail."""
    said, day, ordinal = fact
    before = state.said if state else ""
    return Trail(
        said=f"{before}{type(said).__name__[0]}{said.serial}.{ordinal} ",
        times=(state.times if state else 0) + 1,
        group=said.group,
        on=day,
        closed=isinstance(said, Closed),
        things=said.things,
        sealed=Sealed(bytes([said.serial])) if said.grade else None,
    )


def route_mark(recorded: Recorded) -> Iterable[Routed]:
    """To each pair of a thing and its group; grade 4 concerns nobody."""
    said = recorded.event
    if isinstance(said, Said) and said.grade != 4:
        for thing in said.things:
            yield Routed((thing, said.group), recorded.day, said.grade)


def fold_mark(state: Mark | None, fact: int) -> Mark | None:
    """0 takes the mark away, 1 and 2 set it, 3 leaves it."""
    if fact == 3:
        return state
    return Mark(Grade.LOW if fact == 1 else Grade.HIGH) if fact else None


def trail(version: int) -> View[Trail]:
    """The sensitive view, keyed by one column."""
    return View(
        name="trail",
        version=version,
        key={"thing_id": ThingId},
        state=Trail,
        route=route_trail,
        fold=fold_trail,
        ever=("group",),
        now_indexes=("group",),
        counted=(("group",), ("closed", "sealed")),
        block=3,
    )


def mark(version: int) -> View[Mark]:
    """The coarse view, keyed by two columns."""
    return View(
        name="mark",
        version=version,
        key={"thing_id": ThingId, "group_id": GroupId},
        state=Mark,
        route=route_mark,
        fold=fold_mark,
        ever=("grade",),
        counted=(("grade",),),
        block=4,
    )


FIRST_DAY = date(2014, 1, 29)
"""Near the end of a month: what is summed up by month lies in two of them."""


def day(number: int) -> date:
    """The first day is 0."""
    return FIRST_DAY + timedelta(days=number)


def thing(number: int) -> ThingId:
    """The same number, the same thing."""
    return ThingId(UUID(int=0xA << 64 | number))


def group(number: int) -> GroupId:
    """The same number, the same group."""
    return GroupId(UUID(int=0xB << 64 | number))


A, B, C = thing(1), thing(2), thing(3)
G, H = group(1), group(2)


class History:
    """Entries as the log would hold them, after position `base`."""

    def __init__(self, base: int) -> None:
        self.base = base
        self.entries: list[Recorded] = []
        self._versions: dict[str, int] = {}

    def say(self, *things: ThingId, on: int, stream: int = 0, **said: Any) -> Recorded:
        """A plain fact."""
        name = f"test:{UUID(int=(self.base + 1) << 8 | stream)}"
        return self._add(name, self._said(things, **said), day(on), None, None)

    def correct(self, target: Recorded, *things: ThingId, on: int | None = None, **said: Any) -> Recorded:
        """Restate a fact; what is not given stays as it was."""
        event = target.event
        assert isinstance(event, Said)
        kept: dict[str, Any] = {
            "group": event.group,
            "grade": event.grade,
            "later": event.later,
            "kind": type(event),
        } | said
        on_day = target.day if on is None else day(on)
        restated = self._said(things or event.things, **kept)
        return self._add(target.stream, restated, on_day, target.slot, Link(How.CORRECTS, target.version))

    def retract(self, target: Recorded) -> Recorded:
        """Mark an entry as entered in error."""
        return self._add(target.stream, Retracted(), target.day, target.slot, Link(How.RETRACTS, target.version))

    def supersede(self, target: Recorded, *things: ThingId, on: int, **said: Any) -> Recorded:
        """A new decision that takes a fact's place from its own day on."""
        event = self._said(things, **said)
        return self._add(target.stream, event, day(on), None, Link(How.SUPERSEDES, target.version))

    def _said(
        self,
        things: tuple[ThingId, ...],
        group: GroupId = G,
        grade: int = 1,
        later: date | int | None = None,
        kind: type[Said] = Said,
    ) -> Said:
        return kind(
            serial=len(self.entries) % 200,
            things=things,
            group=group,
            grade=grade,
            later=day(later) if isinstance(later, int) else later,
        )

    def _add(self, stream: str, event: Event, on: date, slot: int | None, link: Link | None) -> Recorded:
        position = self.base + len(self.entries) + 1
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        entry = Recorded(
            stream=stream,
            version=version,
            event=event,
            happened=Happened(on),
            position=position,
            slot=position if slot is None else slot,
            recorded_at=RECORDED,
            link=link,
        )
        self.entries.append(entry)
        return entry
