"""The age at which cohorts are compared, and whether an answer can tell of it yet."""

from datetime import date

from sqlalchemy import Connection

from infra.views.reading import At, known_until


def last_day_told(connection: Connection, at: At) -> date:
    """The last day of which an answer can tell: that of the question, or until which it knows the record, if earlier.

    What is known at a position is so until the day on which the next entry came; of later days it can hold plans, and
    no facts. A day after this one is not yet reached, however late the day of the question: figures of it would count
    as missing what nobody could know. Where nothing is recorded for months, what was known goes on being so. The same
    for everything that is compared at equal months (domain: a cohort too young is "not yet").
    """
    return min(at.valid, known_until(connection, at))
