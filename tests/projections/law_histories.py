"""Random histories of the record's own facts, with all four ways of change, and the rows that the log holds of them."""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from random import Random
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from hypothesis import strategies as st

from domain.catalogue import examples
from domain.event import Event, How, Link, Recorded, Retracted, Stated
from domain.values import Happened, Phase, Purpose, Sealed
from infra.log.envelope import Draft, encode
from infra.log.reading import Row, decode
from infra.log.sealing import Key
from infra.views.view import View
from tests.infra.histories import RECORDED, History
from tests.projections.law_events import KINDS, Days, Numbers, drawn, happened, place

Kinds: TypeAlias = tuple[type[Event], ...]
Story: TypeAlias = tuple[tuple[type[Event], int], ...]
"""Kinds of facts, each with the number of its stream."""


class Drafted(NamedTuple):
    """An entry before it has its position. `target` is the one that it links to, counted from the first."""

    stream: str
    number: int
    event: Event
    happened: Happened
    how: How | None
    target: int | None
    irregular: bool


_HOW: tuple[How | None, ...] = (
    *(None, None, None, None, None, None),
    *(How.CORRECTS, How.CORRECTS, How.RETRACTS, How.SUPERSEDES),
)
_NUMBERS: tuple[Numbers, ...] = ((1,), (1, 1, 1, 2), (1, 1, 2, 3))
"""Which identifiers a history has: mostly few, so that its facts meet."""
NUMBERS = (1, 2, 3)
LONGEST = 24
SEEDS = st.integers(0, 2**23)
KEPT = st.binary(min_size=LONGEST, max_size=LONGEST)
"""What of a history is left out, an entry where the byte is small: so one that fails becomes short."""


class Matter(NamedTuple):
    """What histories are made of: facts of these kinds on these days.

    `openers` are kinds that make something of nothing. Most histories begin with the `story`, in the order of its days;
    where there is none, some begin with a fact of every kind.
    """

    kinds: Kinds
    openers: Kinds
    days: Days
    story: Story = ()


def drafted(random: Random, kept: bytes, matter: Matter) -> list[Drafted]:
    """A history, of all kinds or of a few.

    It is made from a seed, not drawn value by value: Hypothesis varies what it has drawn, and most would be alike.
    """
    left: dict[int, Drafted] = {}
    for number, entry in enumerate(_made(random, matter)):
        if kept[number] > 12 and (entry.target is None or entry.target in left):
            left[number] = entry
    places = {number: place for place, number in enumerate(left)}
    return [entry if entry.target is None else entry._replace(target=places[entry.target]) for entry in left.values()]


def _made(random: Random, matter: Matter) -> list[Drafted]:
    kinds, openers, days, story = matter
    numbers = random.choice(_NUMBERS)
    some = random.sample(kinds, min(len(kinds), random.choice((4, 9, len(kinds)))))
    every = list(dict.fromkeys(kinds))
    begun = story or tuple((kind, 1) for kind in random.sample(every, min(len(every), LONGEST - 7)))
    if random.random() < (0.8 if story else 0.4):
        on = sorted(random.choice(days) for _ in begun)
        made = [
            _plain(random, kind, days, numbers, (day,))._replace(number=number)
            for (kind, number), day in zip(begun, on, strict=True)
        ]
    else:
        first = (random.choice(openers) for _ in range(random.randint(1, 4)))
        made = [_plain(random, kind, days, numbers, days[: len(days) // 2 + 1]) for kind in first]
    length = min(LONGEST, len(made) + random.randint(7, 14))
    while len(made) < length:
        how = random.choice(_HOW)
        linkable = [n for n, entry in enumerate(made) if how is How.RETRACTS or entry.how is not How.RETRACTS]
        if how is None or not linkable:
            kind = some[len(made) % len(some)]
            made.append(_plain(random, kind, days, numbers, days))
            continue
        target = random.choice(linkable)
        old = made[target]
        if how is How.RETRACTS:
            made.append(old._replace(event=Retracted(), how=how, target=target, irregular=False))
        elif how is How.CORRECTS:
            said = _plain(random, type(old.event), days, numbers, days)
            event, when = random.choice(((said.event, old.happened), (old.event, said.happened), said[2:4]))
            made.append(said._replace(number=old.number, event=event, happened=when, how=how, target=target))
        else:
            others = [kind for kind in kinds if kind.kind.partition(".")[0] == old.stream]
            said = _plain(random, random.choice([type(old.event), *others]), days, numbers, days)
            made.append(said._replace(number=old.number, how=how, target=target))
    return made


def _plain(random: Random, kind: type[Event], days: Days, numbers: Numbers, on: Days) -> Drafted:
    """A fact of a kind, on one of the days `on`."""
    return Drafted(
        stream=kind.kind.partition(".")[0],
        number=random.choice(numbers),
        event=drawn(kind, days, random, numbers),
        happened=happened(kind, on, random),
        how=None,
        target=None,
        irregular=random.random() < 0.25,
    )


@cache
def routed(view: View[Any]) -> tuple[Kinds, Kinds]:
    """The kinds that concern a view, and those among them that make something of nothing."""
    concerning: list[type[Event]] = []
    opening: list[type[Event]] = []
    for kind in KINDS.values():
        told = [fact for example in examples(kind) for fact in view.route(_example(kind, example))]
        if told:
            concerning.append(kind)
        if any(view.fold(None, fact.fact) is not None for fact in told):
            opening.append(kind)
    return tuple(concerning), tuple(opening)


def matter(views: Sequence[View[Any]], days: Days, streams: Sequence[str] = (), story: Story = ()) -> Matter:
    """The kinds of these streams and of those that concern the views; the ones that concern the views come more often.

    What concerns a view is not asked of its routing alone, which would not miss what it has forgotten.
    """
    concerning = [kind for view in views for kind in routed(view)[0]]
    openers = [kind for view in views for kind in routed(view)[1]]
    named = {*streams, *(kind.kind.partition(".")[0] for kind in concerning)}
    beside = [kind for name, kind in KINDS.items() if name.partition(".")[0] in named]
    first = openers or [kind for kind in beside if kind.phase is Phase.OPENS]
    return Matter((*concerning, *beside), tuple(first), days, story)


def _example(kind: type[Event], fields: dict[str, Any]) -> Recorded:
    event = kind.revive(kind.version(), fields)
    stream = f"{kind.kind.partition('.')[0]}:{place(1)}"
    return Recorded(stream, 1, event, Happened(RECORDED.date()), 1, 1, RECORDED)


_ACTOR = str(UUID(int=0xAC))
_KEYS = [Key(bytes(16), "", purpose, hashlib.sha256(purpose.encode()).digest()) for purpose in Purpose]


class DomainHistory(History):
    """Entries as the log holds them, after position `base`. Identifiers are of this history alone."""

    def __init__(self, base: int, drafted: Iterable[Drafted]) -> None:
        super().__init__(base)
        self.rows: list[Row] = []
        self.guards: list[tuple[str, int]] = []
        self._ids = {place(number): self.id(number) for number in NUMBERS}
        for draft in drafted:
            self._enter(draft)

    def id(self, number: int) -> str:
        """The identifier of this number: the same for whatever bears it."""
        return str(UUID(int=(self.base + 1) << 16 | number))

    def __str__(self) -> str:
        """An entry a line, without the bytes of what is personal."""
        lines: list[str] = []
        for entry in self.entries:
            fields = {name: value for name, value in entry.event.payload().items() if not isinstance(value, Sealed)}
            link = f"{entry.link.how} {entry.link.version}" if entry.link else ""
            where = f"{entry.position} {entry.stream} {entry.version} {link}"
            lines.append(f"{where} {entry.event.kind} {entry.day} {entry.happened.precision} {fields}")
        return "\n".join(lines)

    def _enter(self, drafted: Drafted) -> None:
        target = None if drafted.target is None else self.entries[drafted.target]
        name = f"{drafted.stream}:{self.id(drafted.number)}"
        version = self._versions[name] = self._versions.get(name, 0) + 1
        draft = Draft(
            stream=name,
            version=version,
            event=self._here(drafted.event),
            happened=drafted.happened,
            stated=Stated(actor=_ACTOR, irregularities=("Unusual",) if drafted.irregular else ()),
            link=Link(drafted.how, target.version) if drafted.how and target else None,
            slot=target.slot if target and drafted.how is not How.SUPERSEDES else None,
        )
        new = encode(draft, _KEYS)
        position = self.base + len(self.entries) + 1
        slot = position if new.slot is None else new.slot
        row = (position, name, version, new.kind, new.schema_version, slot, RECORDED, new.envelope, new.state)
        self.rows.append(row)
        self.entries.append(decode(row))
        self.guards += [(guard, position) for guard in sorted(set(draft.event.names()))]

    def _here(self, event: Event) -> Event:
        """The event with this history's identifiers."""
        ids = self._ids
        fields = event.payload().items()
        named = {name: ids.get(value, value) if isinstance(value, str) else value for name, value in fields}
        return type(event).revive(event.version(), named)
