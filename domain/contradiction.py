"""What a change makes of a history: what then cannot have happened, and what should not have."""

from typing import TypeVar

from domain.event import Recorded
from domain.refusal import Named, WouldContradict
from domain.stream import Timeline, regular

S = TypeVar("S")


def named(recorded: Recorded) -> Named:
    """A recorded fact as a refusal names it."""
    return Named(recorded.stream, recorded.version, recorded.event.kind, recorded.day)


def judge(before: Timeline[S], after: Timeline[S]) -> None:
    """Raise a Refusal if `after` holds a contradiction that `before` did not.

    Where the new entry itself cannot have happened, its own refusal is raised; where recorded facts would stop being
    possible, `WouldContradict` names them.
    """
    if after.sound:
        return
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


def newly_irregular(before: Timeline[S], after: Timeline[S]) -> list[tuple[int, str]]:
    """What happened and should not have in `after`, and in `before` had not: the version of the entry and the code."""
    if after.stream.irregularities is regular:
        return []
    alike = before.steps.shared(after.steps)
    known = before.irregularities(alike)
    return [made for made in after.irregularities(alike) if made not in known]
