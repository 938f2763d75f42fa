"""Plain answers about careers: role histories, and a cohort's outcomes at equal months after its end."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from domain.career_bands import is_higher
from domain.career_events import PayFramework, QiRemit
from domain.values import Precision
from infra.views.reading import At
from projections.career import CONTACTS, ENTRIES, MOVES, ROLES, ContactRow, MoveRow, RoleHistory, RoleRow
from projections.cohort import CohortRow
from projections.entry_role import FellowEntryRow
from projections.figure import Figure
from projections.milestone import Milestone, MilestoneRow
from projections.outcomes import CohortOutcomes, OutcomeMonth, PersonOutcome
from projections.project import UndertakingRow
from projections.standing import STANDING, Attribution
from tests.projections.law_attendance import share
from tests.projections.law_fellows import members, months_later
from tests.projections.law_work import reached, work
from tests.projections.law_world import Question, Row, World

MONTHS = (0, 12, 60)
"""Sixty months after the last of the days lie behind the day on which everything was recorded."""
PROMOTED, MET, REMIT = "promotion_cause", "contact_cause", "remit_cause"


def _roles(world: World, at: At, person: str) -> list[RoleRow]:
    rows: list[RoleRow] = []
    for row in world.rows(ROLES, at):
        if row.state.person_id == person:
            wte = None if row.state.wte is None else Decimal(row.state.wte) / 1000
            rows.append(RoleRow(role_id=row.key[0], **row.told(RoleRow._fields, wte=wte)))
    return sorted(rows, key=lambda row: (row.since, row.role_id))


def _moves(world: World, at: At, person: str) -> list[MoveRow]:
    rows = [
        MoveRow(person_id=row.key[0], entry=row.key[1], **row.told(MoveRow._fields))
        for row in world.rows(MOVES, at)
        if row.key[0] == person
    ]
    return sorted(rows, key=lambda row: (row.moved_on, row.entry))


def _contact(world: World, at: At, person: str) -> ContactRow | None:
    row = world.row(CONTACTS, at, person)
    return row and ContactRow(person_id=person, **row.told(ContactRow._fields))


def roles(world: World, asked: Question) -> RoleHistory:
    """A person's roles and moves, and when they were last met."""
    at, person = asked.at, asked.one
    return RoleHistory(
        person, tuple(_roles(world, at, person)), tuple(_moves(world, at, person)), _contact(world, at, person)
    )


def entry_roles(world: World, asked: Question) -> list[FellowEntryRow]:
    """Those who had started, of a cohort or everywhere, with the role in which they entered; or only those without."""
    at, column = asked.at, f"{asked.attribution}_cohort_id"
    found: list[FellowEntryRow] = []
    for row in world.rows(STANDING, at):
        cohort = getattr(row.state, column)
        if row.state.started_on is None or cohort is None or (asked.way % 2 and cohort != asked.one):
            continue
        told = world.row(ENTRIES, at, row.key[0])
        if told is None or asked.way % 3:
            role = (told.state.role_id, told.state.entered_on, told.cause) if told else (None, None, row.cause)
            found.append(FellowEntryRow(row.key[0], row.state.person_id, cohort, row.state.started_on, *role))
    return sorted(found, key=lambda each: (each.started_on, each.fellowship_id))


def outcomes(world: World, asked: Question, cohort: CohortRow) -> CohortOutcomes:
    """What became of those who started in a cohort."""
    months = tuple(_month(world, asked, cohort, month) for month in MONTHS)
    return CohortOutcomes(cohort.cohort_id, cohort.code, cohort.programme_version, cohort.ends_on, months)


def _month(world: World, asked: Question, cohort: CohortRow, month: int) -> OutcomeMonth:
    at = asked.at
    day = months_later(cohort.ends_on, month)
    if at.valid < day or asked.until < day:
        return OutcomeMonth(month, day, not_yet=True)
    then = At(day, at.known)
    started = [row for row in members(world, then, cohort.cohort_id, Attribution.ORIGIN) if row.state.started_on]
    people = [_person(world, at, then, row) for row in started]
    n = len(people)
    met = {
        each.fellowship_id
        for each in people
        if each.traced and (contact := _contact(world, at, each.person_id)) and contact.precision is not Precision.DAY
    }

    def figure(chosen: Sequence[PersonOutcome], of: int, inexact: set[str], *known_by: str) -> Figure:
        fellows = tuple(each.fellowship_id for each in chosen)
        causes = tuple(sorted({cause for each in chosen for cause in each.causes}))
        vague = frozenset({*fellows} & inexact)
        since = {each.fellowship_id: max(getattr(each, name) for name in known_by) for each in chosen if known_by}
        return Figure(len(chosen), of, share(len(chosen), of), vague, fellows, causes, known_since=since)

    promoted = [each for each in people if each.promoted is True]
    not_promoted = [each for each in people if each.promoted is False]
    not_known = [each for each in people if each.promoted is None]
    traced = [each for each in people if each.traced]
    remit = [each for each in traced if each.qi_remit is True]
    without = [each for each in traced if each.qi_remit is False]
    either = [each for each in people if each in remit or each in without]
    neither = [each for each in people if each not in either]
    projects, milestones = _projects(world, then, [each.fellowship_id for each in people])
    return OutcomeMonth(
        month,
        day,
        not_yet=False,
        n=n,
        projects=projects,
        promoted=figure(promoted, n, {e.fellowship_id for e in promoted if e.precision is not Precision.DAY}, PROMOTED),
        not_promoted=figure(not_promoted, n, met, MET),
        not_known=figure(not_known, n, set()),
        traced=figure(traced, n, met, MET),
        qi_remit=figure(remit, len(either), met, MET, REMIT),
        qi_remit_known=figure(either, n, met, MET, REMIT),
        qi_remit_not_known=figure(neither, n, set()),
        milestones=milestones,
        people=tuple(people),
    )


def _person(world: World, at: At, then: At, starter: Row) -> PersonOutcome:
    person: str = starter.state.person_id
    entry = world.row(ENTRIES, then, starter.key[0])
    since = entry.state.entered_on if entry else date.max
    promotions = [row for row in _moves(world, then, person) if row.move == "promotion" and row.moved_on >= since]
    held = [role for role in _roles(world, then, person) if role.until is None]
    contact = _contact(world, at, person)
    met_on = contact and contact.last_contact_on
    traced = bool(met_on and met_on >= then.valid)
    first = promotions[0] if promotions else None
    causes = [starter.cause, *(role.cause for role in held)]
    causes += [each.cause for each in (entry, first, contact) if each is not None]
    remits = {role.qi_remit for role in held}
    with_remit = [role.cause for role in held if role.qi_remit not in (QiRemit.NONE, QiRemit.NOT_KNOWN)]
    remit, remit_cause = None, None
    if with_remit:
        remit, remit_cause = True, min(with_remit)
    elif remits == {QiRemit.NONE}:
        remit, remit_cause = False, max(role.cause for role in held)
    promoted = True if first else None
    rose = None if first else _rose(world, then, person, starter.key[0])
    if traced and entry and not first and not rose:
        promoted = False
    causes += [rose.cause] if rose else []
    return PersonOutcome(
        starter.key[0],
        person,
        promoted=promoted,
        promoted_on=first.moved_on if first else None,
        precision=first.precision if first else None,
        qi_remit=remit if traced else None,
        traced=traced,
        last_contact_on=met_on,
        censored_on=met_on if not traced else None,
        higher_role_since=rose.since if rose else None,
        role_at_entry=entry is not None,
        causes=tuple(sorted(set(causes))),
        promotion_cause=first.cause if first else None,
        contact_cause=contact.cause if contact else None,
        remit_cause=remit_cause,
    )


def _rose(world: World, then: At, person: str, fellowship: str) -> RoleRow | None:
    """The earliest role since entry that the order puts above the one at entry and above whatever was told since."""
    roles = _roles(world, then, person)
    entries = [role for role in roles if role.entry_to == fellowship]
    if not entries:
        return None
    first = entries[0]
    known = [first, *(move for move in _moves(world, then, person) if not move.moved_on < first.since)]
    for role in roles:
        last = then.valid if role.until is None else role.until + timedelta(days=1)
        passing = role.acting and last < months_later(role.since, 6)
        above = [is_higher((role.framework, role.band), (other.framework, other.band)) for other in known]
        trained = [
            other.framework is PayFramework.MEDICAL_TRAINING
            and (role.framework, role.band.lower() == "consultant")
            in {
                (PayFramework.MEDICAL_TRAINING, True),
                (PayFramework.MEDICAL_TRAINING, False),
                (PayFramework.MEDICAL_CAREER, True),
            }
            for other in known
        ]
        if role.since >= first.since and not passing and above.count(True) == len(known) and not any(trained):
            return role
    return None


def _projects(world: World, then: At, fellows: Sequence[str]) -> tuple[Figure, dict[Milestone, Figure]]:
    """The projects that these have worked on, and those that reached each milestone while one of them was there."""
    theirs = [row for row in work(world, then) if row.fellowship_id in fellows]
    projects = {row.project_id for row in theirs}
    found: dict[Milestone, Figure] = {}
    for milestone in Milestone:
        pairs = [
            (row, stone)
            for row in theirs
            for stone in reached(world, then, row.project_id)
            if stone.milestone is milestone and not (row.left_on and row.left_on < stone.reached_on)
            if stone.lost_on is None
        ]
        vague = {stone.project_id for _, stone in pairs if stone.precision is not Precision.DAY}
        found[milestone] = _figure([row for row, _ in pairs], len(projects), vague, [stone for _, stone in pairs])
    return _figure(theirs, len(projects), set(), []), found


def _figure(theirs: Sequence[UndertakingRow], n: int, vague: set[str], stones: Sequence[MilestoneRow]) -> Figure:
    projects = {row.project_id for row in theirs}
    stone = {each.project_id: each.cause for each in stones}
    known = [
        (identifier, max(row.cause, stone.get(row.project_id, 0)))
        for row in theirs
        for identifier in (row.project_id, row.fellowship_id)
    ]
    return Figure(
        len(projects),
        n,
        share(len(projects), n),
        frozenset(vague),
        tuple(sorted({row.fellowship_id for row in theirs})),
        tuple(sorted({each.cause for each in (*theirs, *stones)})),
        tuple(sorted(projects)),
        {identifier: min(cause for one, cause in known if one == identifier) for identifier, _ in known},
    )
