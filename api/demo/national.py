"""The plan of the second programme, national and adopted from the first: one cohort half way, one being recruited.

All its days follow from the one that the demonstration takes for today, so that on any day it is in mid-year.
"""

from datetime import date, timedelta

from api.demo.plan import WEEK, Case, Intake, Programme

CODE = "NIF"
RUNNING, RECRUITING = 1, 2
_HALF_WAY = 26
_YEAR = 52


def programme(today: date) -> Programme:
    """The national programme."""
    return Programme(CODE, "National Improvement Fellowship", _first_day(today) - 60 * WEEK, "LQEH-N-01", "QIF")


def intakes(today: date) -> tuple[Intake, Intake]:
    """The cohort that runs, in the 27th week of its year, and the one that is recruited."""
    running, next_one = _first_day(today), _first_day(today) + _YEAR * WEEK
    return (
        _intake(RUNNING, running, 16, 16, running - 18 * WEEK, running - 10 * WEEK),
        _intake(RECRUITING, next_one, 12, 20, _monday(today) - 2 * WEEK, next_one - 10 * WEEK),
    )


def cases(today: date) -> tuple[Case, ...]:
    """What befell fellows of the two cohorts out of the ordinary."""
    running, _ = intakes(today)

    def case(fellow: int, what: str, week: int, day: int = 0, reason: str = "") -> Case:
        return Case(RUNNING, fellow, what, str(running.week(week, day)), reason=reason)

    return (
        case(4, "place_given_up", -2, reason="workload"),
        case(7, "started", 2),
        case(9, "paused", 15, reason="parental_leave"),
        case(12, "withdrawn", 20, 1, reason="moved_job"),
        case(14, "paused", 9, reason="bereavement"),
        case(14, "resumed", 12),
        Case(RECRUITING, 5, "declined", str(today - timedelta(days=8)), reason="workload"),
    )


def _first_day(today: date) -> date:
    """The Monday 26 weeks before this week's."""
    return _monday(today) - _HALF_WAY * WEEK


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _intake(number: int, starts_on: date, fellows: int, capacity: int, offers_on: date, confirms_from: date) -> Intake:
    return Intake(
        CODE,
        number,
        starts_on,
        starts_on + _YEAR * WEEK - timedelta(days=3),
        fellows,
        capacity,
        coaching_sessions=6,
        set_meetings=8,
        planned_on=starts_on - 44 * WEEK,
        recruits_from=starts_on - 30 * WEEK,
        offers_on=offers_on,
        recruits_until=starts_on - 20 * WEEK,
        confirms_from=confirms_from,
        goes_ahead_on=starts_on - 6 * WEEK,
        closes_on=starts_on + 130 * WEEK,
    )
