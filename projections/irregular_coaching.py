"""Coaching that other records contradict: by what is known the fellow had left before its day, or had not started."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy import Connection

from domain.coaching import COACHING
from domain.fellowship_state import ENDINGS, Standing
from domain.grants import START
from infra.log.entries import of_streams
from infra.views.reading import At
from projections.coaching import COACHING_USE
from projections.counted import Stretch, stretches
from projections.entry import Entry, entries
from projections.standing import STANDING

COACHING_CONTRADICTED = "coaching_contradicted"

_GONE = ENDINGS | {Standing.DEFERRED}


def contradicted_coaching(connection: Connection, at: At) -> Iterable[tuple[Entry, int]]:
    """Coaching that used time and is contradicted, each with the position of what made the fellow's standing so.

    A pause contradicts no coaching. On the last day itself a fellow may still be coached.
    """
    suspects = _suspects(connection, at)
    were = stretches(connection, at, set(suspects.values()))
    statements = of_streams(connection, sorted({COACHING.of(coaching) for coaching, _ in suspects}), at.known)
    for _, held in groupby(statements, key=lambda statement: statement.stream):
        recorded = list(held)
        for statement, entry in zip(recorded, entries(recorded, at.valid), strict=True):
            fellow = suspects.get((statement.key, statement.day))
            if fellow is None or START not in statement.event.needs() or not entry.stands(at.valid):
                continue
            there, eve = (_on(were.get(fellow, ()), statement.day - timedelta(days=days)) for days in (0, 1))
            if there is not None and (there.started_on is None or (_gone(there) and _gone(eve))):
                yield entry, there.cause


def _on(stretches: Iterable[Stretch], day: date) -> Stretch | None:
    covering = (each for each in stretches if each.valid_from <= day and (each.valid_to is None or day < each.valid_to))
    return next(covering, None)


def _gone(stretch: Stretch | None) -> bool:
    return stretch is not None and stretch.state in _GONE


def _suspects(connection: Connection, at: At) -> dict[tuple[str, date], str]:
    """The fellow of each coaching and day on which it changed while they had left or had not started."""
    coached = COACHING_USE.throughout(at.known)
    were = STANDING.throughout(at.known)
    chosen = (
        sa.select(coached.c.coaching_id, coached.c.valid_from, coached.c.fellowship_id)
        .join(
            were,
            sa.and_(
                were.c.fellowship_id == coached.c.fellowship_id,
                were.c.valid_from <= coached.c.valid_from,
                sa.or_(were.c.valid_to.is_(None), were.c.valid_to > coached.c.valid_from),
            ),
        )
        .where(
            coached.c.valid_from <= at.valid,
            coached.c.held + coached.c.used_by_cancelling > 0,
            sa.or_(were.c.state.in_([state.value for state in _GONE]), were.c.started_on.is_(None)),
        )
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(chosen)}
