"""What happened and should not have: entries recorded with an irregularity, and marks that other records contradict.

The one was found when the entry was recorded, and stays with it. The other is found in the answer: a fellow is marked
as there, and by what is known had left, paused or deferred before that day, or had not started by it.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from domain.event import Recorded
from domain.session import SESSION
from domain.session_events import AttendanceRecorded, Mark
from domain.session_state import SessionStage
from infra.log.entries import irregular, of_streams
from infra.views.reading import At
from projections.counted import AWAY, Cell, Counted, cell, on, stretches
from projections.entry import Entry, entries
from projections.irregular_coaching import COACHING_CONTRADICTED, contradicted_coaching
from projections.register import ATTENDANCE, lines
from projections.session import SESSIONS, sessions
from projections.standing import STANDING

MARK_CONTRADICTED = "mark_contradicted"


class Irregular(NamedTuple):
    """An entry that should not have been, by the codes of why, and what became of it since.

    `contradicted` is how the session counts, where the entry is a mark that other records contradict.
    """

    entry: Entry
    codes: tuple[str, ...]
    contradicted: Cell | None
    causes: tuple[int, ...] = ()
    """The positions of what contradicts it, where it is coaching."""


def irregularities(connection: Connection, at: At, *, after: int = 0, limit: int = 200) -> list[Irregular]:
    """What is irregular as known at the position, in order of position, from the one after `after` on.

    A contradicted mark is listed as long as it stands and is contradicted, by the end of the day.
    """
    found: dict[int, Irregular] = {}
    listed = {each.position: each.stream for each in irregular(connection, at.known, after=after, limit=limit)}
    held = of_streams(connection, sorted(set(listed.values())), at.known) if listed else []
    for _, recorded in groupby(held, key=lambda statement: statement.stream):
        for entry in entries(list(recorded), at.valid):
            if entry.position in listed:
                found[entry.position] = Irregular(entry, entry.irregularities, None)
    for entry, contradicted in _contradicted(connection, at):
        if entry.position > after:
            codes = (*entry.irregularities, MARK_CONTRADICTED)
            found[entry.position] = Irregular(entry, codes, contradicted)
    for entry, cause in contradicted_coaching(connection, at):
        if entry.position > after:
            codes = (*entry.irregularities, COACHING_CONTRADICTED)
            found[entry.position] = Irregular(entry, codes, None, (cause,))
    return [found[position] for position in sorted(found)[:limit]]


def _contradicted(connection: Connection, at: At) -> Iterable[tuple[Entry, Cell]]:
    """The marks that are contradicted, each with how its session counts."""
    suspects = _suspects(connection, at)
    held = {row.session_id: row for row in sessions(connection, at, session_ids={session for session, _ in suspects})}
    were = stretches(connection, at, {fellow for _, fellow in suspects})
    told: dict[str, list[Cell]] = {}
    for line in lines(connection, at, session_ids=held):
        if (line.session_id, line.fellowship_id) in suspects:
            row = held[line.session_id]
            one = cell(row, line, on(were.get(line.fellowship_id, ()), row, at))
            if one.counted is Counted.CONTRADICTED:
                told.setdefault(SESSION.of(line.session_id), []).append(one)
    statements = of_streams(connection, list(told), at.known)
    for stream, recorded in groupby(statements, key=lambda statement: statement.stream):
        marks = _marks(list(recorded), at)
        yield from ((marks[one.fellowship_id], one) for one in told[stream])


def _marks(recorded: list[Recorded], at: At) -> dict[str, Entry]:
    """The entry that marks each fellow, of those that stand."""
    marking = [
        (statement.day, statement.slot, statement.event.fellowship_id, entry)
        for statement, entry in zip(recorded, entries(recorded, at.valid), strict=True)
        if isinstance(statement.event, AttendanceRecorded) and entry.stands(at.valid)
    ]
    return {fellow: entry for _, _, fellow, entry in sorted(marking, key=lambda each: each[:2])}


def _suspects(connection: Connection, at: At) -> set[tuple[str, str]]:
    """The session and the fellow of each mark of somebody who was not plainly in progress there on the day."""
    marks = ATTENDANCE.as_of(valid=at.valid, known=at.known, where={"mark": [m.value for m in Mark if m.took_part]})
    held = SESSIONS.as_of(valid=at.valid, known=at.known)
    were = STANDING.throughout(at.known)
    then = sa.func.least(held.c.held_on, at.valid)
    chosen = (
        sa.select(marks.c.session_id, marks.c.fellowship_id)
        .join(held, held.c.session_id == marks.c.session_id)
        .join(
            were,
            sa.and_(
                were.c.fellowship_id == marks.c.fellowship_id,
                were.c.valid_from <= then,
                sa.or_(were.c.valid_to.is_(None), were.c.valid_to > then),
            ),
        )
        .where(
            held.c.stage != SessionStage.CANCELLED,
            sa.or_(
                were.c.state.in_([state.value for state in AWAY]),
                were.c.current_cohort_id.is_distinct_from(held.c.cohort_id),
                were.c.started_on.is_(None),
            ),
        )
    )
    return {(row[0], row[1]) for row in connection.execute(chosen)}
