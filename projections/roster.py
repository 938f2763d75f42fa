"""The roster of a cohort, and what made it differ between two states of knowledge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Connection, Text, any_, bindparam, literal, select, true

from domain.event import Recorded
from domain.fellowship import FELLOWSHIP
from domain.fellowship_state import Standing
from domain.values import Precision, Sealed
from infra.log.entries import of_streams
from infra.postgres.prepared import Asking, Prepared, together
from infra.views.reading import KNOWN, VALID, At
from projections.cohort import Days, asking_days
from projections.entry import Entry, entries
from projections.person import PEOPLE
from projections.standing import COUNTED, STANDING, Attribution


class RosterRow(NamedTuple):
    """A fellow of a cohort: where they are, since when, and the position of the entry that made it so."""

    fellowship_id: str
    person_id: str
    state: Standing
    since: date
    precision: Precision
    origin_cohort_id: str
    current_cohort_id: str
    target_cohort_id: str | None
    started_on: date | None
    cause: int


@dataclass(frozen=True, slots=True)
class Change:
    """A fellow who stands otherwise: before, after, and the entries that made it so; None is not on the roster."""

    fellowship_id: str
    person_id: str
    before: RosterRow | None
    after: RosterRow | None
    entries: tuple[Entry, ...]


def _of_cohort(attribution: Attribution, *, named: bool = False) -> Prepared:
    rows = STANDING.as_of(VALID, KNOWN, where={attribution.column: bindparam("cohort_id")})
    counted = rows.c.state == any_(literal([state.value for state in COUNTED], ARRAY(Text)))
    told = [rows.c[name] for name in RosterRow._fields]
    question = select(*told).where(counted).order_by(rows.c.fellowship_id)
    if named:
        person = PEOPLE.beside((rows.c.person_id,), VALID, KNOWN)
        question = question.add_columns(person.c.name).select_from(rows.outerjoin(person, true()))
    return Prepared(question)


_OF_COHORT = {attribution: _of_cohort(attribution) for attribution in Attribution}
_NAMED = {attribution: _of_cohort(attribution, named=True) for attribution in Attribution}


# Thousands are looked up a second, and an enumeration is slow to ask for a member.
_STATES = {state.value: state for state in Standing}
_PRECISIONS = {precision.value: precision for precision in Precision}


def roster(connection: Connection, at: At, cohort_id: str, attribution: Attribution) -> list[RosterRow]:
    """The fellows whom the cohort's counts count, in an order that stays the same."""
    return _OF_COHORT[attribution].rows(connection, at.given(cohort_id=cohort_id), _row)


def named_roster(
    connection: Connection, at: At, cohort_id: str, attribution: Attribution
) -> tuple[list[tuple[RosterRow, Sealed | None]], Days | None]:
    """The same fellows with their names, None where there was none on the record; and the days of the cohort."""
    asking = Asking(_NAMED[attribution], at.given(cohort_id=cohort_id), _named)
    found, days = together(connection, asking, asking_days(at, cohort_id))
    return found, days[0] if days else None


def _named(told: Sequence[Any]) -> tuple[RosterRow, Sealed | None]:
    return _row(told[:-1]), told[-1] and Sealed(told[-1])


def _row(told: Sequence[Any]) -> RosterRow:
    fellowship_id, person_id, named, since, precision, origin, current, target, started_on, cause = told
    state = _STATES[named]
    deferred_to = target if state is Standing.DEFERRED else None
    return RosterRow(
        fellowship_id, person_id, state, since, _PRECISIONS[precision], origin, current, deferred_to, started_on, cause
    )


def changes(
    connection: Connection, cohort_id: str, valid: date, known_from: int, known_to: int, attribution: Attribution
) -> list[Change]:
    """Each fellow who, as at the day, stands otherwise as known at `known_to` than as known at `known_from`."""
    before = {row.fellowship_id: row for row in roster(connection, At(valid, known_from), cohort_id, attribution)}
    after = {row.fellowship_id: row for row in roster(connection, At(valid, known_to), cohort_id, attribution)}
    different = [
        fellowship_id
        for fellowship_id in sorted(before.keys() | after.keys())
        if _says(before.get(fellowship_id)) != _says(after.get(fellowship_id))
    ]
    made = _made(connection, different, valid, known_from, known_to)
    return [
        Change(
            fellowship_id,
            (after.get(fellowship_id) or before[fellowship_id]).person_id,
            before.get(fellowship_id),
            after.get(fellowship_id),
            made.get(fellowship_id, ()),
        )
        for fellowship_id in different
    ]


def _says(row: RosterRow | None) -> RosterRow | None:
    return row and row._replace(started_on=None, cause=0)


def _made(
    connection: Connection, fellowships: list[str], valid: date, known_from: int, known_to: int
) -> dict[str, tuple[Entry, ...]]:
    """What was recorded in between about facts that were ever placed on a day up to `valid`, by fellowship."""
    recorded = of_streams(connection, [FELLOWSHIP.of(each) for each in fellowships], known_to)
    by_fellowship: dict[str, list[Recorded]] = {}
    for statement in recorded:
        by_fellowship.setdefault(statement.key, []).append(statement)
    made: dict[str, tuple[Entry, ...]] = {}
    for fellowship_id, statements in by_fellowship.items():
        concerned = {statement.slot for statement in statements if statement.day <= valid}
        made[fellowship_id] = tuple(
            entry
            for statement, entry in zip(statements, entries(statements, valid), strict=True)
            if statement.position > known_from and statement.slot in concerned
        )
    return made
