"""Plain answers about coaching, secondments and improvement projects."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.fellowship_state import Standing
from domain.secondment_state import SecondmentStage
from infra.views.reading import At
from projections.coaching import COACHING_USE, EngagementRow, FellowCoaching
from projections.completed import CompletedRow
from projections.milestone import MILESTONES, Milestone, MilestoneRow
from projections.organisation import ORGANISATIONS
from projections.project import PROJECTS, UNDERTAKINGS, ProjectRow, UndertakingRow
from projections.secondees import OrganisationSecondees, SecondmentRow
from projections.secondment import SECONDMENTS
from projections.standing import STANDING
from tests.projections.law_attendance import share
from tests.projections.law_fellows import imprecise, members
from tests.projections.law_world import Question, Row, World

_RUNNING = (SecondmentStage.AGREED, SecondmentStage.ACTIVE, SecondmentStage.PAUSED)
_EIGHT_WEEKS = timedelta(days=56)
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
    rows.sort(key=lambda row: (row.since, row.continued_by is None, row.cause))
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
    last = state.ends_on if state.last_day is None else state.last_day
    at_work = state.started_on is not None and not state.paused and not last < valid
    going = state.stage in _RUNNING
    called_off = state.stage in (SecondmentStage.CANCELLED, SecondmentStage.REFUSED)
    talk_by = None if called_off else last - _EIGHT_WEEKS
    talk = going and state.started_on is not None and talk_by is not None and not valid < talk_by
    return SecondmentRow(
        secondment_id=row.key[0],
        contracted_wte=Decimal(state.contracted) / 1000,
        released_wte=released,
        released_now=released if at_work else Decimal(0),
        agreement_signed=any(parties == set(_PARTIES) for parties in signed.values()),
        past_agreed_end=going and state.ends_on < valid,
        return_meeting_due=talk_by,
        return_meeting_outstanding=talk and state.return_meeting_held_on is None,
        return_meeting_missed=state.last_day is not None and state.return_meeting_held_on is None,
        **row.told(SecondmentRow._fields),
    )


def secondments(world: World, asked: Question) -> list[SecondmentRow]:
    """The secondments for a fellowship."""
    rows = [_secondment(row, asked.at.valid) for row in world.rows(SECONDMENTS, asked.at)]
    return sorted(
        (row for row in rows if row.fellowship_id == asked.one),
        key=lambda row: (row.starts_on or date.max, row.secondment_id),
    )


def secondees(world: World, asked: Question) -> list[OrganisationSecondees]:
    """Whom organisations release: one, or each with a secondment not over, over with this day, or a missed meeting."""
    at = asked.at
    rows = [_secondment(row, at.valid) for row in world.rows(SECONDMENTS, at)]
    going = [row for row in rows if row.stage in _RUNNING or row.last_day == at.valid]
    missed = [row for row in rows if row.return_meeting_missed]
    named = [asked.one] if asked.way % 2 else sorted({row.organisation_id for row in going + missed})
    stated = {(row.person_id, row.contracted_wte) for row in rows if row.released_now}
    differ = [row for row in rows if row.released_now and len([one for one in stated if one[0] == row.person_id]) > 1]
    parts = (going, missed, differ)
    return [
        _released(world, at, name, *([row for row in each if row.organisation_id == name] for each in parts))
        for name in named
    ]


def _released(
    world: World,
    at: At,
    organisation: str,
    rows: list[SecondmentRow],
    missed: list[SecondmentRow],
    differ: list[SecondmentRow],
) -> OrganisationSecondees:
    for each in (rows, missed, differ):
        each.sort(key=lambda row: (row.starts_on, row.secondment_id))
    released = [row for row in rows if row.released_now != 0]
    people = {row.person_id for row in released}
    named = world.row(ORGANISATIONS, at, organisation)
    return OrganisationSecondees(
        organisation_id=organisation,
        title=named and named.state.title,
        secondees=len(people),
        released_wte=sum((row.released_wte for row in released), Decimal(0)),
        contracted_wte=sum(
            (max(row.contracted_wte for row in released if row.person_id == person) for person in people), Decimal(0)
        ),
        imprecise_dates=imprecise(rows),
        agreed=sum(row.stage is SecondmentStage.AGREED for row in rows),
        paused=sum(row.stage is SecondmentStage.PAUSED for row in rows),
        past_agreed_end=sum(row.past_agreed_end for row in rows),
        return_meeting_outstanding=sum(row.return_meeting_outstanding for row in rows),
        secondments=tuple(rows),
        missed=tuple(missed),
        disagreeing=tuple(differ),
    )


def work(world: World, at: At) -> list[UndertakingRow]:
    """Who has worked on what, by project and day."""
    rows = [
        UndertakingRow(project_id=row.key[0], fellowship_id=row.key[1], **row.told(UndertakingRow._fields))
        for row in world.rows(UNDERTAKINGS, at)
    ]
    return sorted(rows, key=lambda row: (row.project_id, row.joined_on, row.fellowship_id))


def completed(world: World, asked: Question) -> list[CompletedRow]:
    """Who completed, of a cohort or everywhere, and took no project on by then."""
    at, found = asked.at, list[CompletedRow]()
    for row in world.rows(STANDING, at):
        state = row.state
        cohort = getattr(state, f"{asked.attribution}_cohort_id")
        before = [
            each for each in work(world, at) if each.fellowship_id == row.key[0] and each.joined_on <= state.since
        ]
        if state.state is Standing.COMPLETED and not before and (cohort == asked.one or asked.way % 2):
            found.append(CompletedRow(row.key[0], state.person_id, cohort, state.since, state.precision, row.cause))
    return sorted(found, key=lambda each: (each.completed_on, each.fellowship_id))


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
