"""What can be decided about a cohort, each refusing only what concerns the act itself.

What concerns the order of things is judged by the cohort's whole history (`domain.cohort.evolve`), and what concerns
its places by `domain.capacity`. How one is cancelled is said in `domain.cohort_cancellation`.
"""

from datetime import date
from typing import Protocol

from domain.cohort import CohortPlanned, ProgrammeVersionAssigned, must_be_in_order
from domain.values import ProgrammeId


class Design(Protocol):
    """What the planning of a cohort asks of its programme, as it stood on the day."""

    def must_have(self, version: str) -> None:
        """Refuse a version that the programme had not adopted."""
        ...


def plan_cohort(
    programme: Design,
    *,
    programme_id: ProgrammeId,
    programme_version: str,
    code: str,
    starts_on: date,
    ends_on: date,
    capacity: int | None = None,
) -> CohortPlanned:
    """Plan a cohort of a programme. Days are inclusive; no capacity means no limit.

    Refuses a version that the programme has not adopted, and dates out of order.
    """
    programme.must_have(programme_version)
    must_be_in_order(starts_on, ends_on)
    return CohortPlanned(
        programme_id=programme_id,
        programme_version=programme_version,
        code=code,
        starts_on=starts_on,
        ends_on=ends_on,
        capacity=capacity,
    )


def assign_version(programme: Design, *, programme_version: str) -> ProgrammeVersionAssigned:
    """Let the cohort follow another version. Refuses one that the programme has not adopted."""
    programme.must_have(programme_version)
    return ProgrammeVersionAssigned(programme_version=programme_version)
