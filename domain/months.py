"""Months on the calendar, and the period that an imprecise date stands for."""

from calendar import monthrange
from datetime import date

from domain.values import Happened, Precision


def months_after(start: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    year, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + year, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def period_of(happened: Happened) -> tuple[date, date]:
    """The first and the last day on which something can have happened that is known so exactly.

    Of an unknown date, as of one known to the day, it is the day it is placed on.
    """
    day = happened.day
    match happened.precision:
        case Precision.MONTH:
            return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
        case Precision.YEAR:
            return date(day.year, 1, 1), date(day.year, 12, 31)
        case _:
            return day, day
