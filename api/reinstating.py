"""Judges what comes back on the record, by what it rested on when it was recorded: that must be there still."""

from datetime import date
from typing import Any

from domain import STREAMS
from domain.contradiction import named
from domain.event import Recorded
from domain.refusal import NoLongerThere
from domain.stream import Stream, Timeline, standing
from domain.values import Id, Phase
from infra.log.desk import Desk
from infra.log.reliance import Forgone, forgone


def judge_brought_back(desk: Desk, stream: Stream[Any], identifier: Id, before: Timeline[Any]) -> None:
    """Judge the entries of a record that say something again, as they did not by its history `before`.

    Nothing takes away what a fact rests on while that fact stands; while it does not, anything may. Raises
    NoLongerThere.
    """
    now = desk.history(stream, identifier)
    said, says = standing(before.statements), standing(now.statements)
    back = [entry for slot, entry in says.items() if slot not in said or said[slot].version != entry.version]
    for entry in back:
        # What a fact needs may be granted by a stream that another fact of its record names.
        facts = says.values() if [*entry.event.needs()] else [entry]
        for thing in sorted({thing for fact in facts for thing in fact.event.names()}):
            kind, _, other = thing.partition(":")
            if kind in STREAMS and thing != entry.stream:
                _must_be_there(entry, now, desk.history(STREAMS[kind], other))


def _must_be_there(entry: Recorded, own: Timeline[Any], history: Timeline[Any]) -> None:
    """Refuse an entry that rests on what a record told when it was recorded, and tells no more."""
    then = Timeline(history.stream, [told for told in history.statements if told.position < entry.position])
    for gone in forgone(then, history):
        if entry in gone.resting({entry.stream: own.statements}):
            facts = tuple(named(told) for told in standing(then.statements).values() if _told(told, gone))
            listed = "; ".join(f"{fact.kind} on {fact.happened}" for fact in facts)
            by_now = "of a later day by now" if gone.until < date.max else "no longer so"
            raise NoLongerThere(f"What {entry.event.kind} on {entry.day} rests on is {by_now}: {listed}.", facts=facts)


def _told(entry: Recorded, gone: Forgone) -> bool:
    """Whether an entry told what is gone."""
    event = entry.event
    if gone.grant is not None:
        return gone.grant in event.grants()
    return gone.thing in event.begins() or (gone.thing == entry.stream and type(event).phase is Phase.OPENS)
