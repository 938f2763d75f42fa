"""Outcomes: what became of a cohort's fellows and their projects, at equal months after its last day.

Everyone is counted who accepted a place in the cohort and had started by the day, wherever they are (n). What is not
recorded is known up to the last confirmed contact and no further: whoever was not met on the day or later, and is not
known to have been promoted by it, is not known, never `not promoted`. Nor is it known of whoever took up a higher role
of which no promotion is told. Contacts count up to the day of the answer.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select

from domain.career_events import QiRemit
from domain.months import months_after
from domain.values import Precision
from infra.views.reading import At
from projections.career import (
    CONTACTS,
    ENTRIES,
    MOVES,
    PROMOTION,
    ROLES,
    ContactRow,
    MoveRow,
    RoleRow,
    contacts_of,
    moves_of,
    roles_of,
)
from projections.cohort import COHORTS, CohortRow
from projections.figure import Figure, percent
from projections.higher_role import higher_role
from projections.horizon import last_day_told
from projections.milestone import MILESTONES, Milestone
from projections.outcomes_projects import milestones_of
from projections.programme import PROGRAMMES
from projections.project import UNDERTAKINGS
from projections.standing import STANDING

MONTHS = (0, 12, 24, 60)
"""Months after the cohort's last day."""
OUTCOME_VIEWS = (PROGRAMMES, COHORTS, STANDING, ROLES, MOVES, ENTRIES, CONTACTS, UNDERTAKINGS, MILESTONES)
"""The views that the answer rests on."""

_REMIT = frozenset({QiRemit.IMPROVEMENT, QiRemit.TRAINING_OTHERS, QiRemit.BOTH})


class PersonOutcome(NamedTuple):
    """One fellow on the day. `promoted_on` is the first promotion since entry, with how exactly it is known.

    `promoted` is None where it is not known, as of whoever took up a higher role without a promotion being told; so is
    `qi_remit`, whether a role held has a remit to improve or to train. `censored_on` is the last confirmed contact of
    whom that is before the day: what came after is not known. `causes` are the positions of all the entries this rests
    on.
    """

    fellowship_id: str
    person_id: str
    promoted: bool | None
    promoted_on: date | None
    precision: Precision | None
    qi_remit: bool | None
    traced: bool
    last_contact_on: date | None
    censored_on: date | None
    higher_role_since: date | None
    role_at_entry: bool
    causes: tuple[int, ...]
    promotion_cause: int | None
    """The position of the entry that tells of the promotion, as it is told now; of the contact, and of the remit."""
    contact_cause: int | None
    remit_cause: int | None


@dataclass(frozen=True, slots=True)
class OutcomeMonth:
    """One month after the end. A cohort too young for it is `not_yet`, and has no figures.

    `promoted`, `not_promoted` and `not_known` are of all n and make them up; the share promoted is so a lower bound.
    `traced` are those with a confirmed contact on the day or later. `qi_remit_known` are those of them of whom it is
    known whether a role held has a remit; with `qi_remit_not_known`, everybody else, they make up n. `qi_remit` is of
    those of whom it is known. `milestones` are counts of the projects on which the cohort's fellows have worked
    (`projects`), with those fellows.
    """

    month: int
    day: date
    not_yet: bool
    n: int | None = None
    projects: Figure | None = None
    promoted: Figure | None = None
    not_promoted: Figure | None = None
    not_known: Figure | None = None
    traced: Figure | None = None
    qi_remit: Figure | None = None
    qi_remit_known: Figure | None = None
    qi_remit_not_known: Figure | None = None
    milestones: Mapping[Milestone, Figure] | None = None
    people: tuple[PersonOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class CohortOutcomes:
    """A cohort's outcomes at each month asked for."""

    cohort_id: str
    code: str
    programme_version: str
    ends_on: date
    months: tuple[OutcomeMonth, ...]


class _Starter(NamedTuple):
    fellowship_id: str
    person_id: str
    cause: int


class _Entered(NamedTuple):
    fellowship_id: str
    entered_on: date
    cause: int


def outcomes(
    connection: Connection, at: At, cohort: CohortRow, months: Sequence[int] = MONTHS, *, imprecise: bool = False
) -> CohortOutcomes:
    """A cohort's outcomes as known at the position; months that end after the last day told are not yet.

    That is the day of `at`, or until which what is known was all that was recorded, if earlier (`last_day_told`).

    With `imprecise` each figure counts only those whose date is not known to the day, of the same n.
    """
    last_day = last_day_told(connection, at)
    return CohortOutcomes(
        cohort.cohort_id,
        cohort.code,
        cohort.programme_version,
        cohort.ends_on,
        tuple(_month(connection, at, cohort, month, last_day, imprecise=imprecise) for month in sorted(months)),
    )


def _month(
    connection: Connection, at: At, cohort: CohortRow, month: int, last_day: date, *, imprecise: bool
) -> OutcomeMonth:
    day = months_after(cohort.ends_on, month)
    if day > last_day:
        return OutcomeMonth(month, day, not_yet=True)
    then = At(day, at.known)
    starters = _starters(connection, then, cohort.cohort_id)
    people = _people(connection, at, then, starters)
    projects, reached = milestones_of(connection, then, [each.fellowship_id for each in starters], imprecise=imprecise)
    n = len(people)
    contacts = contacts_of(connection, at, [each.person_id for each in people if each.traced])
    met = {person_id for person_id, contact in contacts.items() if contact.precision is not Precision.DAY}
    not_met_exactly = {each.fellowship_id for each in people if each.person_id in met}
    not_promoted_exactly = {each.fellowship_id for each in people if each.precision is not Precision.DAY}
    traced = [each for each in people if each.traced]
    remit_known = [each for each in people if each.qi_remit is not None]

    def of_contact(counted: Sequence[PersonOutcome], of: int) -> Figure:
        return _figure(counted, of, not_met_exactly, lambda each: each.contact_cause, only=imprecise)

    def of_remit(counted: Sequence[PersonOutcome], of: int) -> Figure:
        def known_by(each: PersonOutcome) -> int:
            return max(each.contact_cause or 0, each.remit_cause or 0)

        return _figure(counted, of, not_met_exactly, known_by, only=imprecise)

    def unknown(counted: Sequence[PersonOutcome]) -> Figure:
        return _figure(counted, n, (), lambda each: None, only=imprecise)

    return OutcomeMonth(
        month,
        day,
        not_yet=False,
        n=n,
        projects=projects,
        promoted=_figure(
            [each for each in people if each.promoted],
            n,
            not_promoted_exactly,
            lambda each: each.promotion_cause,
            only=imprecise,
        ),
        not_promoted=of_contact([each for each in people if each.promoted is False], n),
        not_known=unknown([each for each in people if each.promoted is None]),
        traced=of_contact(traced, n),
        qi_remit=of_remit([each for each in remit_known if each.qi_remit], len(remit_known)),
        qi_remit_known=of_remit(remit_known, n),
        qi_remit_not_known=unknown([each for each in people if each.qi_remit is None]),
        milestones=reached,
        people=tuple(people),
    )


def _figure(
    people: Sequence[PersonOutcome],
    n: int,
    imprecise: Collection[str],
    known_by: Callable[[PersonOutcome], int | None],
    *,
    only: bool,
) -> Figure:
    """These people of `n`, each known by an entry at a position; `only` those who are in `imprecise`, if it says so."""
    if only:
        people = [each for each in people if each.fellowship_id in imprecise]
    causes = sorted({cause for each in people for cause in each.causes})
    fellows = tuple(each.fellowship_id for each in people)
    vague = frozenset(fellows).intersection(imprecise)
    since = {each.fellowship_id: cause for each in people if (cause := known_by(each)) is not None}
    return Figure(len(people), n, percent(len(people), n), vague, fellows, tuple(causes), known_since=since)


def _starters(connection: Connection, then: At, cohort_id: str) -> list[_Starter]:
    rows = STANDING.as_of(valid=then.valid, known=then.known, where={"origin_cohort_id": cohort_id})
    columns = [rows.c[name] for name in _Starter._fields]
    started = select(*columns).where(rows.c.started_on.is_not(None)).order_by(rows.c.fellowship_id)
    return [_Starter(*row) for row in connection.execute(started)]


def _people(connection: Connection, at: At, then: At, starters: Sequence[_Starter]) -> list[PersonOutcome]:
    if not starters:
        return []
    persons = [each.person_id for each in starters]
    rows = ENTRIES.as_of(valid=then.valid, known=then.known, keys=[(each.fellowship_id,) for each in starters])
    found = connection.execute(select(*(rows.c[name] for name in _Entered._fields)))
    entered = {row[0]: _Entered(*row) for row in found}
    moves = moves_of(connection, then, persons)
    roles = roles_of(connection, then, persons)
    contacts = contacts_of(connection, at, persons)
    return [
        _person(
            each,
            then.valid,
            entered.get(each.fellowship_id),
            [move for move in moves if move.person_id == each.person_id],
            [role for role in roles if role.person_id == each.person_id],
            contacts.get(each.person_id),
        )
        for each in starters
    ]


def _person(
    starter: _Starter,
    day: date,
    entered: _Entered | None,
    moves: Sequence[MoveRow],
    roles: Sequence[RoleRow],
    contact: ContactRow | None,
) -> PersonOutcome:
    since_entry = [] if entered is None else [move for move in moves if move.moved_on >= entered.entered_on]
    first = next((move for move in since_entry if move.move == PROMOTION), None)
    higher = None if first else higher_role(starter.fellowship_id, roles, moves, day)
    held = [role for role in roles if role.until is None]
    met_on = None if contact is None else contact.last_contact_on
    traced = met_on is not None and met_on >= day
    behind = (starter, entered, first, contact, higher, *held)
    qi_remit, remit_cause = _remit(held)
    return PersonOutcome(
        starter.fellowship_id,
        starter.person_id,
        promoted=True if first else (False if traced and entered is not None and higher is None else None),
        promoted_on=first and first.moved_on,
        precision=first and first.precision,
        qi_remit=qi_remit if traced else None,
        traced=traced,
        last_contact_on=met_on,
        censored_on=None if traced else met_on,
        higher_role_since=higher and higher.since,
        role_at_entry=entered is not None,
        causes=tuple(sorted({each.cause for each in behind if each is not None})),
        promotion_cause=first and first.cause,
        contact_cause=contact and contact.cause,
        remit_cause=remit_cause,
    )


def _remit(held: Sequence[RoleRow]) -> tuple[bool | None, int | None]:
    """Whether a role held has a remit, and the entry by which that is known; of none held, or one unknown, neither."""
    having = [role.cause for role in held if role.qi_remit in _REMIT]
    if having:
        return True, min(having)
    known = bool(held) and all(role.qi_remit is QiRemit.NONE for role in held)
    return (False, max(role.cause for role in held)) if known else (None, None)
