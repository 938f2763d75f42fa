"""The joined answers: what each rests on, how it is asked, and the plain answer that it must equal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from domain import STREAMS
from domain.career_events import LastContactConfirmed, PromotionRecorded, RoleAtEntryRecorded, RoleRecorded
from domain.coaching import COACHING
from domain.coaching_events import CoachingContracted, CoachingSessionHeld
from domain.event import Event
from domain.fellowship_events import (
    FellowshipCompleted,
    FellowshipDeferred,
    FellowshipPaused,
    FellowshipStarted,
    FellowshipTakenUp,
    PlaceAccepted,
)
from domain.organisation import OrganisationRecorded
from domain.project_events import (
    CharterApproved,
    FellowJoinedProject,
    FellowLeftProject,
    PdsaCycleConcluded,
    ProjectProposed,
    ProjectReported,
)
from domain.secondment_events import AgreementSigned, ReleaseAgreed, SecondmentStarted
from domain.session_events import (
    AttendanceRecorded,
    FellowExpected,
    RegisterOpened,
    SessionDelivered,
    SessionScheduled,
)
from infra.views.view import View
from projections.attendance import attendance, attendance_matrix, register
from projections.career import CONTACTS, ENTRIES, MOVES, ROLES, roles
from projections.coaching import COACHING_USE, coaching_use
from projections.cohort import COHORTS, CohortRow, cohorts
from projections.completed import completed_without_project
from projections.entry_role import roles_at_entry
from projections.figure import behind
from projections.irregularity import irregularities
from projections.milestone import MILESTONES
from projections.organisation import ORGANISATIONS
from projections.outcomes import outcomes
from projections.programme import PROGRAMMES
from projections.project import PROJECTS, UNDERTAKINGS, portfolio
from projections.register import ATTENDANCE
from projections.retention import retention
from projections.roster import changes, roster
from projections.secondment import SECONDMENTS, secondees, secondments
from projections.session import SESSIONS
from projections.standing import STANDING, standing
from projections.timeline import timeline
from tests.projections import law_attendance, law_entries, law_fellows, law_outcomes, law_work
from tests.projections.law_events import Days
from tests.projections.law_histories import Story
from tests.projections.law_world import Question, World

CLOSE: Days = tuple(date(2014, 1, number) for number in range(1, 8))
"""A week: facts meet on its days."""
WIDE: Days = (
    date(2013, 8, 31),
    date(2013, 11, 30),
    date(2014, 2, 28),
    date(2014, 8, 31),
    date(2015, 2, 28),
    date(2015, 8, 31),
    date(2016, 2, 29),
)
"""Days so many months after one another, some of them the last of a shorter month."""


def _first(*kinds: type[Event]) -> Story:
    return tuple((kind, 1) for kind in kinds)


FELLOWS = _first(PlaceAccepted, FellowshipStarted, FellowshipDeferred)
ATTENDING = (
    *_first(PlaceAccepted, SessionScheduled, FellowshipStarted, FellowshipTakenUp),
    *_first(RegisterOpened, FellowExpected, AttendanceRecorded, SessionDelivered, FellowshipPaused),
)
COACHED = _first(PlaceAccepted, CoachingContracted, CoachingSessionHeld)
RELEASED = (
    *_first(OrganisationRecorded, ReleaseAgreed, AgreementSigned, AgreementSigned, SecondmentStarted),
    *((ReleaseAgreed, 2), (SecondmentStarted, 2)),
)
IMPROVING = _first(ProjectProposed, FellowJoinedProject, PdsaCycleConcluded, PlaceAccepted)
FOLLOWED = (
    *_first(PlaceAccepted, FellowshipStarted, RoleAtEntryRecorded, PromotionRecorded, FellowJoinedProject),
    *_first(CharterApproved, RoleRecorded, FellowLeftProject, ProjectReported, LastContactConfirmed),
)
COMPLETED = _first(PlaceAccepted, FellowshipStarted, FellowJoinedProject, FellowshipCompleted)
ENTERED = _first(PlaceAccepted, FellowshipStarted, RoleAtEntryRecorded)
TOLD = _first(PlaceAccepted, FellowExpected, FellowJoinedProject, CoachingContracted, RoleAtEntryRecorded)
BEHIND = ("coaching.session_held", "coaching.session_cancelled")


@dataclass(frozen=True, eq=False)
class Join:
    """One joined answer. Its histories are made of the streams that concern its views and of `streams`; most begin with
    a `story`, without which there is little to answer.
    """

    name: str
    views: tuple[View[Any], ...]
    days: Days
    ask: Callable[[Connection, Question], Any]
    plain: Callable[[World, Question], Any]
    streams: tuple[str, ...] = ()
    story: Story = ()


def _cohort(identifier: str, day: date) -> CohortRow:
    """A cohort that starts on a day, and ends on it: what is asked of one does not depend on how it came about."""
    return CohortRow(identifier, "QIF-2013", identifier, None, "2013a", day, day, None)


def _cohorts(asked: Question) -> list[CohortRow]:
    return [_cohort(each, asked.day) for each in dict.fromkeys((asked.one, asked.other))]


def _coaching(connection: Connection, asked: Question) -> Any:
    ways: tuple[dict[str, Any], ...] = (
        {"fellowship_id": asked.one},
        {"cohort_id": asked.one, "attribution": asked.attribution},
        {},
    )
    return coaching_use(connection, asked.at, **ways[asked.way % 3])


def _portfolio(connection: Connection, asked: Question) -> Any:
    of_cohort: dict[str, Any] = {"cohort_id": asked.one, "attribution": asked.attribution}
    ways: tuple[dict[str, Any], ...] = (
        {},
        {"project_id": asked.one},
        {"fellowship_id": asked.one},
        of_cohort,
        of_cohort | {"project_id": asked.other},
    )
    return portfolio(connection, asked.at, **ways[asked.way % 5])


JOINS: tuple[Join, ...] = (
    Join(
        "the standing of a cohort",
        (STANDING,),
        CLOSE,
        lambda connection, asked: standing(connection, asked.at, asked.one, asked.attribution),
        law_fellows.standing,
        story=FELLOWS,
    ),
    Join(
        "a roster",
        (STANDING,),
        CLOSE,
        lambda connection, asked: roster(connection, asked.at, asked.one, asked.attribution),
        law_fellows.roster,
        story=FELLOWS,
    ),
    Join(
        "the changes of a roster",
        (STANDING,),
        CLOSE,
        lambda connection, asked: law_entries.plain(
            changes(connection, asked.one, asked.at.valid, asked.earlier, asked.at.known, asked.attribution)
        ),
        law_fellows.changes,
        story=FELLOWS,
    ),
    Join(
        "retention",
        (STANDING,),
        WIDE,
        lambda connection, asked: retention(connection, asked.at, _cohorts(asked), law_fellows.MONTHS),
        lambda world, asked: law_fellows.retention(world, asked, _cohorts(asked)),
        story=FELLOWS,
    ),
    Join(
        "the cohorts of programmes",
        (COHORTS, PROGRAMMES),
        CLOSE,
        lambda connection, asked: cohorts(connection, asked.at, programme_id=None if asked.way % 2 else asked.one),
        law_fellows.cohorts,
    ),
    Join(
        "the attendance of a cohort",
        (SESSIONS, ATTENDANCE, STANDING),
        CLOSE,
        lambda connection, asked: attendance_matrix(connection, asked.at, asked.one),
        law_attendance.matrix,
        story=ATTENDING,
    ),
    Join(
        "the attendance of a fellow",
        (SESSIONS, ATTENDANCE, STANDING),
        CLOSE,
        lambda connection, asked: attendance(
            connection, asked.at, fellowship_id=asked.one, cohort_id=asked.other if asked.way % 2 else None
        ),
        law_attendance.fellow,
        story=ATTENDING,
    ),
    Join(
        "a register",
        (SESSIONS, ATTENDANCE, STANDING),
        CLOSE,
        lambda connection, asked: register(connection, asked.at, asked.one),
        law_attendance.register,
        story=ATTENDING,
    ),
    Join("coaching against entitlement", (COACHING_USE, STANDING), CLOSE, _coaching, law_work.coaching, story=COACHED),
    Join(
        "what a sum of coaching rests on",
        (),
        CLOSE,
        lambda connection, asked: law_entries.shown(behind(connection, asked.at, [COACHING.of(asked.one)], BEHIND)),
        lambda world, asked: law_entries.behind(world, asked.at, COACHING.of(asked.one), BEHIND),
        streams=(COACHING.name,),
    ),
    Join(
        "the secondments of a fellow",
        (SECONDMENTS,),
        CLOSE,
        lambda connection, asked: secondments(connection, asked.at, asked.one),
        law_work.secondments,
        story=RELEASED,
    ),
    Join(
        "secondees and released WTE",
        (SECONDMENTS, ORGANISATIONS),
        CLOSE,
        lambda connection, asked: secondees(connection, asked.at, asked.one if asked.way % 2 else None),
        law_work.secondees,
        story=RELEASED,
    ),
    Join(
        "the portfolio and its milestones",
        (PROJECTS, UNDERTAKINGS, MILESTONES, STANDING),
        CLOSE,
        _portfolio,
        law_work.portfolio,
        story=IMPROVING,
    ),
    Join(
        "who completed without a project",
        (STANDING, UNDERTAKINGS),
        CLOSE,
        lambda connection, asked: completed_without_project(
            connection,
            asked.at,
            cohort_id=None if asked.way % 2 else asked.one,
            attribution=asked.attribution,
        ),
        law_work.completed,
        story=COMPLETED,
    ),
    Join(
        "a role history",
        (ROLES, MOVES, CONTACTS),
        CLOSE,
        lambda connection, asked: roles(connection, asked.at, asked.one),
        law_outcomes.roles,
    ),
    Join(
        "the roles at entry",
        (STANDING, ENTRIES),
        CLOSE,
        lambda connection, asked: roles_at_entry(
            connection,
            asked.at,
            cohort_id=asked.one if asked.way % 2 else None,
            attribution=asked.attribution,
            missing=asked.way % 3 == 0,
        ),
        law_outcomes.entry_roles,
        story=ENTERED,
    ),
    Join(
        "the outcomes of a cohort",
        (STANDING, ROLES, MOVES, ENTRIES, CONTACTS, UNDERTAKINGS, MILESTONES),
        WIDE,
        lambda connection, asked: outcomes(connection, asked.at, _cohort(asked.one, asked.day), law_outcomes.MONTHS),
        lambda world, asked: law_outcomes.outcomes(world, asked, _cohort(asked.one, asked.day)),
        story=FOLLOWED,
    ),
    Join(
        "a fellow's timeline",
        (),
        CLOSE,
        lambda connection, asked: law_entries.shown(timeline(connection, asked.at, asked.one)),
        law_entries.timeline,
        streams=tuple(stream for stream in STREAMS if stream not in ("programme", "cohort", "organisation")),
        story=TOLD,
    ),
    Join(
        "the irregular entries",
        (SESSIONS, ATTENDANCE, STANDING),
        CLOSE,
        lambda connection, asked: [
            (*law_entries.shown([each.entry])[0], each.codes, each.contradicted)
            for each in irregularities(connection, asked.at, after=asked.earlier, limit=3)
        ],
        law_attendance.irregular,
        streams=("secondment",),
        story=ATTENDING,
    ),
)
