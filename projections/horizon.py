"""The age at which cohorts are compared, and whether an answer can tell of it yet."""

from datetime import date

from sqlalchemy import Connection

from infra.views.reading import At, known_on


def last_day_told(connection: Connection, at: At) -> date:
    """The last day of which an answer can tell: that of the question, or that on which what it knows ended, if earlier.

    What is known at a position was recorded up to a day; of later days it can hold plans, and no facts. A day after
    this one is not yet reached, however late the day of the question: figures of it would count as missing what nobody
    could know. The same for everything that is compared at equal months (domain: a cohort too young is "not yet").
    """
    return min(at.valid, known_on(connection, at))
