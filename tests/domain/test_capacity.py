"""No day on which more places of a cohort are taken than it has."""

from datetime import date

from domain import RULES
from domain.capacity import PLACES, CohortFull, is_limited
from domain.cohort import COHORT, CohortCapacityChanged, CohortPlanned
from domain.cohort_state import Cohort
from domain.fellowship_events import FellowshipPaused, FellowshipWithdrawn, PlaceAccepted
from domain.refusal import Refusal
from domain.stream import Timeline
from tests.domain.fellows import (
    ACCEPTED,
    C2013,
    C2014,
    CONFIRMED,
    QIF,
    STARTED,
    a_fellow,
    a_place,
    deferral,
    withdrawal,
)
from tests.scenario import Entry, Scenario, given, on, retracting

NOBODY: Timeline[object] = given(ACCEPTED_STREAM := COHORT).history  # type: ignore


def cohort(*more: Entry, capacity: int | None = 2) -> Timeline[Cohort]:
    planned = CohortPlanned(
        programme_id=QIF,
        programme_version="1",
        code="QIF-2013",
        starts_on=date(2013, 9, 1),
        ends_on=date(2014, 8, 31),
        capacity=capacity,
    )
    return given(COHORT, on("2012-01-01", planned), *more).history
