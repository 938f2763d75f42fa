"""What facts of other streams may rest on: what a history puts on the record, and what a change takes off it again."""

from datetime import date
from typing import Any, NamedTuple

from domain.stream import Timeline
from domain.values import Phase


def forgone(before: Timeline[Any], now: Timeline[Any]) -> list[tuple[str, date]]:
    """The things that one history has on the record and the next has not, or not as the same, or not as early.

    Each with the day before which it is gone: the day it now begins, or the last there is.
    """
    was, remains = _begun(before), _begun(now)
    gone: list[tuple[str, date]] = []
    for thing in sorted(was):
        left = remains.get(thing)
        if left is None or left.fixed != was[thing].fixed:
            gone.append((thing, date.max))
        elif left.day > was[thing].day:
            gone.append((thing, left.day))
    return gone


class _Begun(NamedTuple):
    """Something on the record that others may name: since when, and what of it no correction changes."""

    day: date
    fixed: tuple[Any, ...]


def _begun(history: Timeline[Any]) -> dict[str, _Begun]:
    """What is on the record by this history: the stream itself, and whatever else its facts begin."""
    begun: dict[str, _Begun] = {}
    for step in history.steps:
        event = step.recorded.event
        opened = [step.recorded.stream] if type(event).phase is Phase.OPENS else []
        for thing in (*opened, *event.begins()) if step.refusal is None else ():
            begun.setdefault(thing, _Begun(step.place.day, tuple(getattr(event, name) for name in event.fixed)))
    return begun
