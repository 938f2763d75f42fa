"""A stream: the facts that must agree with one another, and the history they make."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar

from domain.event import Event, How, Recorded
from domain.refusal import NoSuchEntry, NotStanding, Refusal
from domain.standing import Place, corrects, drops, place_of, standing, still_standing
from domain.trail import Trail

__all__ = ["Step", "Stream", "Timeline", "corrects", "standing", "still_standing"]

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
    happened there and should not have; it rests on nothing that was recorded after that fact.
    """

    name: str
    initial: S
    evolve: Callable[[S, Any, date], S]
    guards: Callable[[S, Any], Iterable[str]] = nothing
    irregularities: Callable[["Timeline[S]", "Step"], Iterable[str]] = regular

    def of(self, identifier: str) -> str:
        """The name of one such stream: `fellowship:<id>`."""
        return f"{self.name}:{identifier}"


class Step(NamedTuple):
    """One fact in effective order: the state after it, and why it cannot have happened, if it cannot."""

    place: Place
    recorded: Recorded
    before: Any
    after: Any
    refusal: Refusal | None


class Timeline(Generic[S]):
    """The effective history of one stream: what stands, folded in order. Not changed once it is known.

    A longer one is made from it by `adding`: what the two have in common is neither copied nor folded again.
    """

    __slots__ = ("_drops", "_slots", "sound", "statements", "steps", "stream", "version")

    def __init__(self, stream: Stream[S], statements: Sequence[Recorded] = ()) -> None:
        self.stream = stream
        self.version = len(statements)
        """The version of the stream that this history holds; 0 for one without entries."""
        self.statements = Trail(statements)
        self._drops: Mapping[int, int] = drops(statements)
        self._slots: Mapping[int, Recorded] | None = standing(statements)
        self.steps: Trail[Step] = Trail()
        self.sound = True
        """Whether all of it can have happened."""
        self._fold_again(self._slots)

    def adding(self, *new: Recorded) -> "Timeline[S]":
        """The history with these entries in it."""
        if self._drops:
            return self._changed_by(new)
        last = self.steps[-1] if self.steps else None
        steps: list[Step] = []
        sound = self.sound
        for statement in new:
            place = place_of(statement, statement.slot)
            if statement.link is not None or (last is not None and place <= last.place):
                return self._changed_by(new)
            last = self._step(self.stream.initial if last is None else last.after, place, statement)
            sound = sound and last.refusal is None
            steps.append(last)
        return self._followed_by(new, steps, sound=sound)

    def settling(self, later: "Timeline[S]", new: Sequence[Recorded]) -> "Timeline[S]":
        """The history with these entries in it: `later` with them at its end, which had them at other positions.

        It is `later` itself, where that was made by `adding` alone: nobody else reads it yet. Otherwise `adding` anew.
        """
        alike = later.statements.continues(self.statements) and later.steps.continues(self.steps)
        if not alike or later.version != self.version + len(new):
            return self.adding(*new)
        later.statements.settle(new)
        later.steps.settle(
            [
                Step(Place(place.day, place.phase, recorded.slot), recorded, before, after, refusal)
                for recorded, (place, _, before, after, refusal) in zip(
                    new, later.steps[len(self.steps) :], strict=True
                )
            ]
        )
        later._slots = None
        return later

    def at(self, day: date | None) -> S:
        """The state at the end of a day; None means after everything recorded."""
        if not self.steps:
            return self.stream.initial
        last = self.steps[-1]
        if day is None or last.place.day <= day:
            return last.after
        index = bisect_right(self.steps, day, key=lambda step: step.place.day)
        return self.steps[index - 1].after if index else self.stream.initial

    def entry(self, version: int) -> Recorded:
        """The entry of that version, standing or not. Raises NoSuchEntry."""
        if not 0 < version <= self.version:
            raise NoSuchEntry(f"{self.stream.name} has {self.version} entries; there is no entry {version}.")
        return self.statements[version - 1]

    def still_standing(self, version: int) -> Recorded:
        """The entry of that version, which must stand. Raises NoSuchEntry and NotStanding."""
        entry = self.entry(version)
        if version not in still_standing(self._of_slot(entry.slot, self.version)):
            raise NotStanding
        return entry

    def standing(self, version: int) -> Recorded:
        """The entry of that version, which must be what its slot now says. Raises NoSuchEntry and NotStanding."""
        entry = self.entry(version)
        now = self._said().get(entry.slot)
        if now is None:
            raise NotStanding
        if now is not entry:
            raise NotStanding(
                f"Entry {now.version} says now what it said: change that one. Marking this one as entered in error "
                "takes its corrections off the record with it."
            )
        return entry

    def guards(self, versions: Iterable[int]) -> frozenset[str]:
        """The sets that the slots of these entries belong to in this history."""
        if self.stream.guards is nothing:
            return frozenset()
        slots = {self.entry(version).slot for version in versions}
        slots |= {dropped for slot, dropped in self._drops.items() if slot in slots}
        guards: set[str] = set()
        for step in reversed(self.steps):
            if not slots:
                break
            if step.place.slot in slots:
                guards.update(self.stream.guards(step.before, step.recorded.event))
                if not self._drops:
                    slots.remove(step.place.slot)
        return frozenset(guards)

    def contradictions(self) -> Mapping[int, Step]:
        """The facts that cannot have happened in this history, by slot."""
        return {} if self.sound else {step.place.slot: step for step in self.steps if step.refusal is not None}

    def irregularities(self, since: int = 0) -> Mapping[tuple[int, str], Step]:
        """What happened there and should not have, by version and code; the first so many facts are left out."""
        return {
            (step.recorded.version, code): step
            for step in islice(self.steps, since, None)
            if step.refusal is None
            for code in self.stream.irregularities(self, step)
        }

    def _followed_by(self, new: Sequence[Recorded], steps: Sequence[Step], *, sound: bool) -> "Timeline[S]":
        later = object.__new__(type(self))
        later.stream, later._drops, later._slots = self.stream, self._drops, None
        later.statements, later.version = self.statements.adding(new), self.version + len(new)
        later.steps = self.steps.adding(steps)
        later.sound = sound
        return later

    def _changed_by(self, new: Sequence[Recorded]) -> "Timeline[S]":
        """The history with these entries in it, wherever they come and whatever they change."""
        later = self._followed_by(new, (), sound=self.sound)
        said, left_out = dict(self._said()), dict(self._drops)
        later._slots, later._drops = said, left_out
        for statement in new:
            link, slot = statement.link, statement.slot
            if link is not None and link.how is How.SUPERSEDES:
                left_out[slot] = later.entry(link.version).slot
            if link is None or link.how is How.SUPERSEDES or corrects(statement, said.get(slot)):
                said[slot] = statement
            else:
                said.pop(slot, None)
                said |= standing(later._of_slot(slot, statement.version))
        later._fold_again({statement.slot for statement in new})
        return later

    def _said(self) -> Mapping[int, Recorded]:
        """What each slot says."""
        if self._slots is None:
            self._slots = standing(self.statements)
        return self._slots

    def _of_slot(self, slot: int, last: int) -> list[Recorded]:
        return [entry for entry in islice(self.statements, last) if entry.slot == slot]

    def _step(self, state: S, place: Place, recorded: Recorded) -> Step:
        try:
            return Step(place, recorded, state, self.stream.evolve(state, recorded.event, place.day), None)
        except Refusal as refusal:
            # Its traceback would keep this history, and all that led here, alive with it.
            return Step(place, recorded, state, state, refusal.with_traceback(None))

    def _fold_again(self, changed: Collection[int]) -> None:
        """Fold what the slots say in its order, from the first place on at which one of these says something else."""
        steps = self._fold_leaving_out() if self._drops else self._fold_from(changed)
        self.steps, self.sound = Trail(steps), all(step.refusal is None for step in steps)

    def _fold_from(self, changed: Collection[int]) -> list[Step]:
        said = self._said()
        fresh = sorted((place_of(said[slot], slot), said[slot]) for slot in changed if slot in said)
        kept = [step for step in self.steps if step.place.slot not in changed]
        first = self.steps.shared(kept)
        if fresh:
            first = min(first, bisect_left(kept, fresh[0][0], key=lambda step: step.place))
        steps = kept[:first]
        state = steps[-1].after if steps else self.stream.initial
        for place, recorded in sorted([*((step.place, step.recorded) for step in kept[first:]), *fresh]):
            steps.append(self._step(state, place, recorded))
            state = steps[-1].after
        return steps

    def _fold_leaving_out(self) -> list[Step]:
        """Fold all there is; from its day on, a superseding fact leaves out what it supersedes, as if it never was."""
        ordered = sorted((place_of(recorded, slot), recorded) for slot, recorded in self._said().items())
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
        return steps
