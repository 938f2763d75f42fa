"""The joined answers about who was on the programme, and what became of them."""

from datetime import date

from domain import STREAMS
from domain.career_events import LastContactConfirmed, PromotionRecorded, RoleAtEntryRecorded, RoleRecorded
from domain.coaching_events import CoachingContracted
from domain.fellowship_events import FellowshipDeferred, FellowshipStarted, PlaceAccepted
from domain.project_events import CharterApproved, FellowJoinedProject, FellowLeftProject, ProjectReported
from domain.session_events import FellowExpected
from projections.career import CONTACTS, ENTRIES, MOVES, ROLES, roles
from projections.cohort import COHORTS, CohortRow, cohorts
from projections.entry_role import roles_at_entry
from projections.milestone import MILESTONES
from projections.outcomes import outcomes
from projections.programme import PROGRAMMES
from projections.project import UNDERTAKINGS
from projections.retention import retention
from projections.roster import changes, roster
from projections.standing import STANDING, standing
from projections.timeline import timeline
from tests.projections import law_entries, law_fellows, law_outcomes
from tests.projections.law_join import CLOSE, WIDE, Join, first
from tests.projections.law_world import Question

IN_COHORTS = first(PlaceAccepted, FellowshipStarted, FellowshipDeferred)
FOLLOWED = (
    *first(PlaceAccepted, FellowshipStarted, RoleAtEntryRecorded, PromotionRecorded, FellowJoinedProject),
    *first(CharterApproved, RoleRecorded, FellowLeftProject, ProjectReported, LastContactConfirmed),
)
ENTERED = first(PlaceAccepted, FellowshipStarted, RoleAtEntryRecorded)
TOLD = first(PlaceAccepted, FellowExpected, FellowJoinedProject, CoachingContracted, RoleAtEntryRecorded)


def _cohort(identifier: str, day: date) -> CohortRow:
    """A cohort that starts on a day, and ends on it: what is asked of one does not depend on how it came about."""
    return CohortRow(identifier, "QIF-2013", identifier, None, "2013a", day, day, None)


def _cohorts(asked: Question) -> list[CohortRow]:
    return [_cohort(each, asked.day) for each in dict.fromkeys((asked.one, asked.other))]


OF_FELLOWS: tuple[Join, ...] = (
    Join(
        "the standing of a cohort",
        (STANDING,),
        CLOSE,
        lambda connection, asked: standing(connection, asked.at, asked.one, asked.attribution),
        law_fellows.standing,
        story=IN_COHORTS,
    ),
    Join(
        "a roster",
        (STANDING,),
        CLOSE,
        lambda connection, asked: roster(connection, asked.at, asked.one, asked.attribution),
        law_fellows.roster,
        story=IN_COHORTS,
    ),
    Join(
        "the changes of a roster",
        (STANDING,),
        CLOSE,
        lambda connection, asked: law_entries.plain(
            changes(connection, asked.one, asked.at.valid, asked.earlier, asked.at.known, asked.attribution)
        ),
        law_fellows.changes,
        story=IN_COHORTS,
    ),
    Join(
        "retention",
        (STANDING,),
        WIDE,
        lambda connection, asked: retention(connection, asked.at, _cohorts(asked), law_fellows.MONTHS),
        lambda world, asked: law_fellows.retention(world, asked, _cohorts(asked)),
        story=IN_COHORTS,
    ),
    Join(
        "the cohorts of programmes",
        (COHORTS, PROGRAMMES),
        CLOSE,
        lambda connection, asked: cohorts(connection, asked.at, programme_id=None if asked.way % 2 else asked.one),
        law_fellows.cohorts,
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
)
