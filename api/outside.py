"""What to know of an answer about a cohort on a day before its first, or after its last."""

from collections.abc import Iterator
from datetime import date

from api.answers import Aside, Remark
from api.reader import Snapshot
from domain.values import CohortId
from projections.cohort import Days, days


def outside(snapshot: Snapshot, cohort_id: CohortId) -> Iterator[Remark]:
    """That the day of an answer is before the first day of its cohort or after the last, if it is.

    Outcomes go without: they are of months after the last day. A cohort of which nothing was known yet has no days. It
    rests on COHORTS.
    """
    return outside_of(days(snapshot.connection, snapshot.at, cohort_id), snapshot.at.valid)


def outside_of(cohort: Days | None, day: date) -> Iterator[Remark]:
    """The same, where the days of the cohort are known."""
    if cohort is None:
        return
    if day < cohort.starts_on:
        says = f"{day} is before the first day of {cohort.code}, {cohort.starts_on}."
        yield Remark(about=Aside.OUTSIDE, says=says)
    elif day > cohort.ends_on:
        says = f"{day} is after the last day of {cohort.code}, {cohort.ends_on}."
        yield Remark(about=Aside.OUTSIDE, says=says)
