"""The questions: what may be asked of the record, each in one file."""

from projections.cohort import COHORTS
from projections.person import PEOPLE
from projections.programme import PROGRAMMES
from projections.standing import STANDING

VIEWS = (PROGRAMMES, COHORTS, PEOPLE, STANDING)
"""Every view that the projector keeps."""
