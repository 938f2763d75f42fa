"""A stream: the facts that must agree with one another, and the history they make.

What stands, and where each fact has its place, is the same for decisions here and for views in `infra`:

* a fact opens a slot; its corrections and retractions belong to that slot, and a correction keeps the slot's place;
* a retraction that stands strikes out its target and every correction of it; one that is itself retracted does not;
* a slot says what its newest standing entry says;
* from the day of a standing superseding fact on, the slot it supersedes is left out.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, NamedTuple, TypeVar

from domain.event import Event, How, Recorded
from domain.refusal import Named, NoSuchEntry, NotStanding, Refusal, WouldContradict
from domain.values import Phase

S = TypeVar("S")


def nothing(state: Any, event: Event) -> Iterable[str]:
    """No guards: no rule over a set reads this stream."""
    return ()


def regular(history: "Timeline[Any]", step: "Step") -> Iterable[str]:
    """No irregularities: nothing here happens that should not."""
    return ()


@dataclass(frozen=True)
class Stream(Generic[S]):
    """One consistency boundary: where it starts, how a fact moves it, and which sets its facts belong to.

    `evolve` takes the state, a fact and its day, and returns the next state; it raises a `Refusal` where the fact
    cannot have happened in that state. `guards` names the sets that a fact enters, leaves or changes, given the state
    before it: `places:<cohort>`. `irregularities` takes a history and one fact of it, and gives the codes of what
    happened there and should not have.
    """

    name: str
    initial: S
    evolve: Callable[[S, Any, date], S]
    guards: Callable[[S, Any], Iterable[str]] = nothing
    irregularities: Callable[["Timeline[S]", "Step"], Iterable[str]] = regular

    def of(self, identifier: str) -> str:
        """The name of one such stream: `fellowship:<id>`."""
        return f"{self.name}:{identifier}"


class Place(NamedTuple):
    """Where a fact comes in effective order."""

    day: date
    phase: Phase
    slot: int


def still_standing(statements: Iterable[Recorded]) -> dict[int, Recorded]:
    """The entries that stand, by version: neither struck out nor a correction of one that is.

    All entries that link to one another must be among the statements.
    """
    by_version = {statement.version: statement for statement in statements}
    if all(statement.link is None for statement in by_version.values()):
        return dict(sorted(by_version.items()))
    versions = sorted(by_version)
    struck_out: set[int] = set()
    for version in reversed(versions):
        link = by_version[version].link
        if link is not None and link.how is How.RETRACTS and version not in struck_out:
            struck_out.add(link.version)
    stood: dict[int, Recorded] = {}
    for version in versions:
        link = by_version[version].link
        if version not in struck_out and (link is None or link.how is not How.CORRECTS or link.version in stood):
            stood[version] = by_version[version]
    return stood


def standing(statements: Iterable[Recorded]) -> dict[int, Recorded]:
    """What each slot says: its newest standing entry, by slot. A slot that says nothing is not there."""
    return {statement.slot: statement for statement in still_standing(statements).values() if not statement.retracts}


def drops(statements: Sequence[Recorded]) -> dict[int, int]:
    """Which slot each superseding slot leaves out. The link is the slot's: correcting the decision keeps it."""
    slots = {statement.version: statement.slot for statement in statements}
    return {
        statement.slot: slots[statement.link.version]
        for statement in statements
        if statement.link is not None and statement.link.how is How.SUPERSEDES
    }


class Step(NamedTuple):
    """One fact in effective order: the state after it, and why it cannot have happened, if it cannot."""

    place: Place
    recorded: Recorded
    before: Any
    after: Any
    refusal: Refusal | None


class Timeline(Generic[S]):
    """The effective history of one stream: what stands, folded in order. Never changed once made."""

    def __init__(self, stream: Stream[S], statements: Sequence[Recorded] = ()) -> None:
        self.stream = stream
        self.statements = tuple(statements)
        self._drops = drops(self.statements)
        self.steps = self._walk()

    @property
    def version(self) -> int:
        """The version of the stream that this history holds; 0 for one without entries."""
        return self.statements[-1].version if self.statements else 0

    def adding(self, *new: Recorded) -> "Timeline[S]":
        """The history with these entries in it."""
        if self._drops or any(statement.link is not None for statement in new):
            return Timeline(self.stream, self.statements + new)
        last = self.steps[-1].place if self.steps else None
        places = [place_of(statement, statement.slot) for statement in new]
        if any(a >= b for a, b in zip([last, *places], places, strict=False) if a is not None):
            return Timeline(self.stream, self.statements + new)
        later = object.__new__(type(self))
        later.stream, later._drops = self.stream, self._drops
        later.statements = self.statements + new
        state, steps = self.at(None), list(self.steps)
        for place, statement in zip(places, new, strict=True):
            steps.append(self._step(state, place, statement))
            state = steps[-1].after
        later.steps = tuple(steps)
        return later

    def settling(self, later: "Timeline[S]", new: Sequence[Recorded]) -> "Timeline[S]":
        """The history with these entries in it, which end `later` at other positions: `adding`, not folded again."""
        tail = later.steps[-len(new) :]
        if (
            self._drops
            or len(self.steps) + len(new) != len(later.steps)
            or any(a.recorded.version != b.version or b.link is not None for a, b in zip(tail, new, strict=True))
        ):
            return self.adding(*new)
        settled = object.__new__(type(self))
        settled.stream, settled._drops = self.stream, self._drops
        settled.statements = self.statements + tuple(new)
        settled.steps = self.steps + tuple(
            step._replace(place=place_of(recorded, recorded.slot), recorded=recorded)
            for step, recorded in zip(tail, new, strict=True)
        )
        return settled

    def at(self, day: date | None) -> S:
        """The state at the end of a day; None means after everything recorded."""
        if day is None:
            return self.steps[-1].after if self.steps else self.stream.initial
        index = bisect_right(self.steps, day, key=lambda step: step.place.day)
        return self.steps[index - 1].after if index else self.stream.initial

    def entry(self, version: int) -> Recorded:
        """The entry of that version, standing or not. Raises NoSuchEntry."""
        if not 0 < version <= len(self.statements):
            raise NoSuchEntry(f"{self.stream.name} has {len(self.statements)} entries; there is no entry {version}.")
        return self.statements[version - 1]

    def still_standing(self, version: int) -> Recorded:
        """The entry of that version, which must stand. Raises NoSuchEntry and NotStanding."""
        entry = self.entry(version)
        if version not in still_standing(self.statements):
            raise NotStanding
        return entry

    def standing(self, version: int) -> Recorded:
        """The entry of that version, which must be what its slot now says. Raises NoSuchEntry and NotStanding."""
        entry = self.entry(version)
        if standing(self.statements).get(entry.slot) is not entry:
            raise NotStanding
        return entry

    def guards(self, versions: Iterable[int]) -> frozenset[str]:
        """The sets that the slots of these entries belong to in this history."""
        if self.stream.guards is nothing:
            return frozenset()
        slots = {self.entry(version).slot for version in versions}
        slots |= {dropped for slot, dropped in self._drops.items() if slot in slots}
        return frozenset(
            guard
            for step in self.steps
            if step.place.slot in slots
            for guard in self.stream.guards(step.before, step.recorded.event)
        )

    def contradictions(self) -> Mapping[int, Step]:
        """The facts that cannot have happened in this history, by slot."""
        return {step.place.slot: step for step in self.steps if step.refusal is not None}

    def irregularities(self) -> Mapping[tuple[int, str], Step]:
        """What happened in this history and should not have, by the version of the entry that says so and the code."""
        if self.stream.irregularities is regular:
            return {}
        return {
            (step.recorded.version, code): step
            for step in self.steps
            if step.refusal is None
            for code in self.stream.irregularities(self, step)
        }

    def _step(self, state: S, place: Place, recorded: Recorded) -> Step:
        try:
            return Step(place, recorded, state, self.stream.evolve(state, recorded.event, place.day), None)
        except Refusal as refusal:
            # Its traceback would keep this history, and all that led here, alive with it.
            return Step(place, recorded, state, state, refusal.with_traceback(None))

    def _walk(self) -> tuple[Step, ...]:
        ordered = sorted((place_of(recorded, slot), recorded) for slot, recorded in standing(self.statements).items())
        steps: list[Step] = []
        state = self.stream.initial
        left_out: set[int] = set()
        for index, (place, recorded) in enumerate(ordered):
            if place.slot in self._drops:
                left_out.add(self._drops[place.slot])
                state = self.stream.initial
                for earlier, fact in ordered[:index]:
                    if earlier.slot not in left_out:
                        step = self._step(state, earlier, fact)
                        state = step.after
                        if step.refusal is not None:
                            steps.append(step._replace(place=place._replace(slot=earlier.slot)))
            if place.slot not in left_out:
                steps.append(self._step(state, place, recorded))
                state = steps[-1].after
            elif place.slot in self._drops:
                steps.append(Step(place, recorded, state, state, None))
        return tuple(steps)


def place_of(recorded: Recorded, slot: int) -> Place:
    """Where an entry of this slot comes in effective order."""
    return Place(recorded.day, type(recorded.event).phase, slot)


def named(recorded: Recorded) -> Named:
    """A recorded fact as a refusal names it."""
    return Named(recorded.stream, recorded.version, recorded.event.kind, recorded.day)


def judge(before: Timeline[S], after: Timeline[S]) -> None:
    """Raise a Refusal if `after` holds a contradiction that `before` did not.

    Where the new entry itself cannot have happened, its own refusal is raised; where recorded facts would stop being
    possible, `WouldContradict` names them.
    """
    known = before.contradictions()
    fresh = [
        step
        for slot, step in after.contradictions().items()
        if slot not in known or type(known[slot].refusal) is not type(step.refusal)
    ]
    if not fresh:
        return
    for step in fresh:
        if step.recorded.version > before.version and step.refusal is not None:
            raise step.refusal
    facts = tuple(named(step.recorded) for step in fresh)
    listed = "; ".join(f"{fact.kind} on {fact.happened}" for fact in facts)
    raise WouldContradict(f"If this were so, these could not have happened: {listed}.", facts=facts)
