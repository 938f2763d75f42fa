"""Where a fact of a career is placed that is known to the month or year only.

By default it is the first or last day of the period, as its kind says. Where the career held a contradiction then, that
alone does not make what happened impossible: another day of the same period is chosen on which it holds none.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime

from domain.career import CAREER, Career
from domain.career_events import CareerEvent
from domain.contradiction import judge
from domain.event import Recorded
from domain.months import period_of
from domain.refusal import Refusal
from domain.stream import Timeline
from domain.values import Happened


def place_within_period(
    history: Timeline[Career], happened: Happened, tell: Callable[[Career, date], CareerEvent], *, latest: date
) -> Happened:
    """The day on which a fact of this career is placed; `happened` holds the default, with its precision.

    `tell` gives the fact, from the career as it stood on a day, and that day; what it refuses is not placed there. The
    default is tried first, then the days on which something befell the career within the period, from the default on
    or back, and the last of them at the other end; none of them after `latest`. Where none is legal it is the default.
    """
    for day in _days(history, happened, latest):
        placed = happened._replace(day=day)
        try:
            judge(history, history.adding(_trial(history, tell(history.at(day), day), placed)))
        except Refusal:
            continue
        return placed
    return happened


def _days(history: Timeline[Career], happened: Happened, latest: date) -> Iterable[date]:
    first, last = period_of(happened)
    days = {step.place.day for step in history.steps} | {first, last, happened.day, latest}
    within = sorted(day for day in days if first <= day <= min(last, latest))
    return within if happened.day == first else [day for day in reversed(within) if day <= happened.day]


def _trial(history: Timeline[Career], event: CareerEvent, happened: Happened) -> Recorded:
    """The entry that this would be: the last of its record."""
    slot = 1 + max((statement.slot for statement in history.statements), default=0)
    stream = CAREER.of(event.person_id)
    return Recorded(stream, history.version + 1, event.impersonal(), happened, slot, slot, datetime.now(UTC))
