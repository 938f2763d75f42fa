"""Facts in effective order, and how to pick among them."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeAlias, TypeVar

from domain.event import Recorded

Facts: TypeAlias = Sequence[Recorded]
"""Facts in effective order. A kind is named by what follows the dot: `pdsa_cycle_concluded`."""
K = TypeVar("K", bound=Hashable)


def name(fact: Recorded) -> str:
    """The kind of a fact, without its stream."""
    return fact.event.kind.partition(".")[2]


def said(fact: Recorded) -> Any:
    """What a fact says, whatever its kind."""
    return fact.event


def only(facts: Facts, stream: str) -> Facts:
    """The facts whose kind is of this stream."""
    return [fact for fact in facts if fact.event.kind.startswith(f"{stream}.")]


def of(facts: Facts, *names: str) -> Facts:
    """The facts of these kinds."""
    return [fact for fact in facts if name(fact) in names]


def by(facts: Facts, key: Callable[[Recorded], K]) -> dict[K, list[Recorded]]:
    """The facts of each key."""
    found: dict[K, list[Recorded]] = {}
    for fact in facts:
        found.setdefault(key(fact), []).append(fact)
    return found


def since(facts: Facts, *names: str, first: bool = False) -> Facts | None:
    """The facts from the last (or first) of these kinds on; None where there is none."""
    at = [number for number, fact in enumerate(facts) if name(fact) in names]
    return facts[at[0 if first else -1] :] if at else None


def last(facts: Facts, *names: str) -> Any:
    """What the last fact of these kinds says; there must be one."""
    return of(facts, *names)[-1].event


def told(facts: Facts, field: str, *names: str) -> Any:
    """A field of the last fact of these kinds; None where there is none."""
    found = of(facts, *names)
    return getattr(found[-1].event, field) if found else None


def day(facts: Facts, *names: str) -> Any:
    """The day of the last fact of these kinds; None where there is none."""
    found = of(facts, *names)
    return found[-1].day if found else None
