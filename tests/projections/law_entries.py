"""Plain answers about entries: what became of each, timelines, irregular entries, and what lies behind a figure."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeAlias

from domain.event import How, Recorded
from infra.views.reading import At
from projections.entry import Entry, Status
from tests.projections.law_world import Question, World

Became: TypeAlias = list[tuple[int, Status, tuple[int, ...], tuple[int, ...]]]
"""The position of each entry, what became of it, and the positions of what changed it: what stands, and what not."""


def shown(entries: Sequence[Entry]) -> Became:
    """The same of entries as a reader gets them."""
    return [(entry.position, entry.status, entry.changed_by, entry.taken_back) for entry in entries]


def became(entries: Sequence[Recorded], valid: date, chosen: Sequence[Recorded] | None = None) -> Became:
    """What became of entries by the end of a day, among all of their streams."""
    found: Became = []
    for entry in entries if chosen is None else chosen:
        stream = [other for other in entries if other.stream == entry.stream]
        changed = tuple(other.position for other in stream if _changes(other, entry, stream) and _stands(other, stream))
        void = tuple(other.position for other in stream if _links(other, entry) and not _stands(other, stream))
        found.append((entry.position, _status(entry, stream, valid), changed, void))
    return found


def _status(entry: Recorded, stream: Sequence[Recorded], valid: date) -> Status:
    if not _stands(entry, stream):
        return Status.ENTERED_IN_ERROR
    if entry.retracts:
        return Status.STANDS
    said = _said(entry.slot, stream)
    if said is not entry:
        return Status.CORRECTED
    for other in stream:
        if other.link is not None and other.link.how is How.SUPERSEDES:
            target = next(each for each in stream if each.version == other.link.version)
            now = _said(other.slot, stream)
            if target.slot == entry.slot and now is not None and now.day <= valid:
                return Status.REPLACED
    return Status.STANDS


def _said(slot: int, stream: Sequence[Recorded]) -> Recorded | None:
    """The last entry about a fact that stands."""
    told = [each for each in stream if each.slot == slot and not each.retracts and _stands(each, stream)]
    return told[-1] if told else None


def _stands(entry: Recorded, stream: Sequence[Recorded]) -> bool:
    if any(_links(other, entry, How.RETRACTS) and _stands(other, stream) for other in stream):
        return False
    corrected = [other for other in stream if _links(entry, other, How.CORRECTS)]
    return all(_stands(other, stream) for other in corrected)


def _changes(entry: Recorded, target: Recorded, stream: Sequence[Recorded]) -> bool:
    """Whether an entry changes another, or marks as an error what that corrects."""
    if _links(entry, target):
        return True
    corrected = [other for other in stream if _links(target, other, How.CORRECTS)]
    return entry.retracts and any(_changes(entry, other, stream) for other in corrected)


def _links(entry: Recorded, target: Recorded, *hows: How) -> bool:
    link = entry.link
    return link is not None and link.version == target.version and (not hows or link.how in hows)


def timeline(world: World, asked: Question) -> Became:
    """What any record holds about a fellow, in the order things happened.

    Of the records that name the fellow, of their oversight and of their career: what names them, and what names no
    fellow, but for sessions, which are everybody's.
    """
    fellowship, known = f"fellowship:{asked.one}", asked.at.known
    everything = world.entries(known)
    of_people = {f"career:{entry.event.subject}" for entry in everything if entry.stream == fellowship}
    naming = {
        entry.stream
        for entry in everything
        if entry.stream.startswith(_NAMING) and fellowship in set(entry.event.names())
    }
    entries = world.entries(known, fellowship, f"oversight:{asked.one}", *naming, *of_people)
    slots: dict[int, list[Recorded]] = {}
    for entry in entries:
        slots.setdefault(entry.slot, []).append(entry)
    chosen: list[Recorded] = []
    for said in slots.values():
        fellows = {name for entry in said for name in entry.event.names() if name.startswith("fellowship:")}
        about = fellowship in fellows or not (fellows or said[0].stream.startswith("session:"))
        if about and any(entry.day <= asked.at.valid for entry in said):
            chosen += said
    phases = {slot: type(said[0].event).phase for slot, said in slots.items()}
    chosen.sort(key=lambda entry: (entry.day, phases[entry.slot], entry.slot, entry.position))
    return became(entries, asked.at.valid, chosen)


_NAMING = ("accreditation:", "secondment:", "session:", "coaching:", "project:")


def behind(world: World, at: At, stream: str, kinds: Sequence[str]) -> Became:
    """The entries of a stream that stand and are of days up to then."""
    found = became(entries := world.entries(at.known, stream), at.valid)
    return [
        each
        for each, entry in zip(found, entries, strict=True)
        if each[1] is Status.STANDS and entry.day <= at.valid and entry.event.kind in kinds
    ]


def plain(changes: Sequence[Any]) -> list[Any]:
    """Changes of a roster, with what became of their entries."""
    return [(each.fellowship_id, each.person_id, each.before, each.after, shown(each.entries)) for each in changes]
