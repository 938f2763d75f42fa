"""Plain answers about coaching, secondments and improvement projects."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from domain.secondment_state import SecondmentStage
from infra.views.reading import At
from projections.coaching import COACHING_USE, EngagementRow, FellowCoaching
from projections.milestone import MILESTONES, Milestone, MilestoneRow
from projections.organisation import ORGANISATIONS
from projections.project import PROJECTS, UNDERTAKINGS, ProjectRow, UndertakingRow
from projections.secondment import SECONDMENTS, OrganisationSecondees, SecondmentRow
from tests.projections.law_attendance import share
from tests.projections.law_fellows import imprecise, members
from tests.projections.law_world import Question, Row, World

_OVER = (SecondmentStage.ENDED_AS_PLANNED, SecondmentStage.ENDED_EARLY, SecondmentStage.CANCELLED)
_PARTIES = ("fellow", "releasing_organisation", "programme")


def coaching(world: World, asked: Question) -> list[FellowCoaching]:
    """Coaching of one fellow, of a cohort's fellows or of everybody, fellow by fellow."""
    at = asked.at
    found: dict[str, list[EngagementRow]] = {}
    cohort = {row.key[0] for row in members(world, at, asked.one, asked.attribution)}
    for row in world.rows(COACHING_USE, at):
        fellow: str = row.state.fellowship_id
        if (fellow == asked.one, fellow in cohort, True)[asked.way % 3]:
            found.setdefault(fellow, []).append(
                EngagementRow(coaching_id=row.key[0], **row.told(EngagementRow._fields))
            )
    return [_coached(fellow, found[fellow]) for fellow in sorted(found)]


def _coached(fellow: str, rows: list[EngagementRow]) -> FellowCoaching:
    rows.sort(key=lambda row: (row.since, row.coaching_id))
    used = {row.coaching_id: row.held + row.used_by_cancelling for row in rows}
    entitled = sum(row.entitled for row in rows)
    return FellowCoaching(
        fellowship_id=fellow,
        entitled_minutes=entitled,
        held_minutes=sum(row.held for row in rows),
        used_by_cancelling=sum(row.used_by_cancelling for row in rows),
        left_minutes=sum(row.entitled - used[row.coaching_id] for row in rows if row.entitled > used[row.coaching_id]),
        sessions=sum(row.sessions for row in rows),
        percent_used=share(sum(used.values()), entitled),
        over_entitlement=any(used[row.coaching_id] > row.entitled for row in rows),
        imprecise_dates=sum(row.imprecise_dates for row in rows),
        engagements=tuple(rows),
    )


def _secondment(row: Row, valid: date) -> SecondmentRow:
    state = row.state
    signed: dict[str, set[str]] = {}
    for signature in state.signatures:
        party, _, document = signature.partition(" ")
        signed.setdefault(document, set()).add(party)
    released = Decimal(state.released) / 1000
    return SecondmentRow(
        secondment_id=row.key[0],
        contracted_wte=Decimal(state.contracted) / 1000,
        released_wte=released,
        released_now=released if state.stage is SecondmentStage.ACTIVE else Decimal(0),
        agreement_signed=any(parties == set(_PARTIES) for parties in signed.values()),
        past_agreed_end=state.started_on is not None and state.stage not in _OVER and state.ends_on < valid,
        **row.told(SecondmentRow._fields),
    )


def secondments(world: World, asked: Question) -> list[SecondmentRow]:
    """The secondments for a fellowship."""
    rows = [_secondment(row, asked.at.valid) for row in world.rows(SECONDMENTS, asked.at)]
    return sorted(
        (row for row in rows if row.fellowship_id == asked.one), key=lambda row: (row.starts_on, row.secondment_id)
    )


def secondees(world: World, asked: Question) -> list[OrganisationSecondees]:
    """Whom organisations release: one of them, or each that has a secondment not over."""
    at = asked.at
    rows = [_secondment(row, at.valid) for row in world.rows(SECONDMENTS, at)]
    going = [row for row in rows if row.stage not in _OVER]
    named = [asked.one] if asked.way % 2 else sorted({row.organisation_id for row in going})
    return [_released(world, at, name, [row for row in going if row.organisation_id == name]) for name in named]


def _released(world: World, at: At, organisation: str, rows: list[SecondmentRow]) -> OrganisationSecondees:
    rows.sort(key=lambda row: (row.starts_on, row.secondment_id))
    active = [row for row in rows if row.stage is SecondmentStage.ACTIVE]
    people = {row.person_id for row in active}
    named = world.row(ORGANISATIONS, at, organisation)
    return OrganisationSecondees(
        organisation_id=organisation,
        title=named and named.state.title,
        secondees=len(people),
        released_wte=sum((row.released_wte for row in active), Decimal(0)),
        contracted_wte=sum(
            (max(row.contracted_wte for row in active if row.person_id == person) for person in people), Decimal(0)
        ),
        imprecise_dates=imprecise(rows),
        agreed=sum(row.stage is SecondmentStage.AGREED for row in rows),
        paused=sum(row.stage is SecondmentStage.PAUSED for row in rows),
        past_agreed_end=sum(row.past_agreed_end for row in rows),
        secondments=tuple(rows),
    )


def work(world: World, at: At) -> list[UndertakingRow]:
    """Who has worked on what, by project and day."""
    rows = [
        UndertakingRow(project_id=row.key[0], fellowship_id=row.key[1], **row.told(UndertakingRow._fields))
        for row in world.rows(UNDERTAKINGS, at)
    ]
    return sorted(rows, key=lambda row: (row.project_id, row.joined_on, row.fellowship_id))


def reached(world: World, at: At, project: str) -> list[MilestoneRow]:
    """The milestones of a project, by day."""
    rows = [
        MilestoneRow(project_id=row.key[0], milestone=Milestone(row.key[1]), **row.told(MilestoneRow._fields))
        for row in world.rows(MILESTONES, at)
        if row.key[0] == project
    ]
    return sorted(rows, key=lambda row: (row.reached_on, row.milestone))


def portfolio(world: World, asked: Question) -> list[ProjectRow]:
    """All projects, one, or those on which a fellow or a cohort's fellows have worked."""
    at = asked.at
    everybody = work(world, at)
    cohort = {row.key[0] for row in members(world, at, asked.one, asked.attribution)}
    theirs: Sequence[set[str]] = (
        {row.key[0] for row in world.rows(PROJECTS, at)},
        {asked.one},
        {row.project_id for row in everybody if row.fellowship_id == asked.one},
        {row.project_id for row in everybody if row.fellowship_id in cohort},
        {row.project_id for row in everybody if row.fellowship_id in cohort and row.project_id == asked.other},
    )
    found: list[Any] = [row for row in world.rows(PROJECTS, at) if row.key[0] in theirs[asked.way % 5]]
    found.sort(key=lambda row: (row.state.proposed_on, row.key))
    return [
        ProjectRow(
            project_id=row.key[0],
            fellows=tuple(each for each in everybody if each.project_id == row.key[0]),
            milestones=tuple(reached(world, at, row.key[0])),
            **row.state._asdict(),
            cause=row.cause,
        )
        for row in found
    ]
