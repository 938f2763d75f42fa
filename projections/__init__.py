"""The questions: what may be asked of the record, each in one file."""

from projections.career import CONTACTS, ENTRIES, MOVES, ROLES
from projections.coaching import COACHING_USE
from projections.cohort import COHORTS
from projections.milestone import MILESTONES
from projections.organisation import ORGANISATIONS
from projections.person import PEOPLE
from projections.programme import PROGRAMMES
from projections.project import PROJECTS, UNDERTAKINGS
from projections.register import ATTENDANCE
from projections.secondment import SECONDMENTS
from projections.session import SESSIONS
from projections.standing import STANDING

VIEWS = (
    PROGRAMMES,
    COHORTS,
    PEOPLE,
    STANDING,
    ORGANISATIONS,
    SECONDMENTS,
    SESSIONS,
    ATTENDANCE,
    COACHING_USE,
    PROJECTS,
    UNDERTAKINGS,
    MILESTONES,
    ROLES,
    MOVES,
    ENTRIES,
    CONTACTS,
)
"""Every view that the projector keeps."""
