"""What facts of other streams may rest on: what a history puts on the record, and what a change takes off it again."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from domain.event import Recorded
from domain.stream import Timeline, standing
from domain.values import Phase


class Forgone(NamedTuple):
    """Something that is no longer on the record, or not before a day.

    It is what others name as `thing`; or, with a `grant`, only what the stream of that name granted.
    """

    thing: str
    grant: str | None
    until: date
    """The day it now begins; the last there is where it is gone altogether."""

    def resting(self, streams: Mapping[str, Sequence[Recorded]]) -> Iterable[Recorded]:
        """The standing facts among these entries of other streams that rest on it, of the days on which it is gone."""
        for entries in streams.values():
            said = list(standing(entries).values())
            naming = any(self.thing in entry.event.names() for entry in said)
            yield from (entry for entry in said if entry.day < self.until and self._bears(entry, naming))

    def _bears(self, entry: Recorded, stream_names: bool) -> bool:
        """Whether a fact rests on it: it names it, or needs its grant in a stream of which another fact does."""
        names = list(entry.event.names())
        if self.grant is None or self.thing in names:
            return self.thing in names and (self.grant is None or self.grant in entry.event.needs())
        alike = self.thing.partition(":")[0] + ":"
        names_another = any(name.startswith(alike) for name in names)
        return stream_names and not names_another and self.grant in entry.event.needs()


def forgone(before: Timeline[Any], now: Timeline[Any]) -> list[Forgone]:
    """What one history has on the record and the next has not, or not as the same, or not as early.

    Of what a fact grants, only what the next has not at all: whoever rests on something that was moved is listed.
    """
    was, remains = _begun(before), _begun(now)
    gone: list[Forgone] = []
    for thing, grant in sorted(was, key=lambda each: (each[0], each[1] or "")):
        begun, left = was[thing, grant], remains.get((thing, grant))
        if left is None or left.fixed != begun.fixed:
            gone.append(Forgone(thing, grant, date.max))
        elif left.day > begun.day and grant is None:
            gone.append(Forgone(thing, grant, left.day))
    return gone


class _Begun(NamedTuple):
    """Something on the record that others may rest on: since when, and what of it no correction changes."""

    day: date
    fixed: tuple[Any, ...]


def _begun(history: Timeline[Any]) -> dict[tuple[str, str | None], _Begun]:
    """What is on the record by this history: the stream itself, whatever else its facts begin, and what they grant."""
    begun: dict[tuple[str, str | None], _Begun] = {}
    for step in history.steps:
        if step.refusal is not None:
            continue
        event, stream = step.recorded.event, step.recorded.stream
        opened = [stream] if type(event).phase is Phase.OPENS else []
        for thing in (*opened, *event.begins()):
            fixed = tuple(getattr(event, name) for name in event.fixed)
            begun.setdefault((thing, None), _Begun(step.place.day, fixed))
        for grant in event.grants():
            begun.setdefault((stream, grant), _Begun(step.place.day, ()))
    return begun
