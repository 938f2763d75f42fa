"""Taking part: nobody does after their last day on the programme; on that day they still may.

Whoever attends before their fellowship has started does so as a guest. A mark of theirs is taken all the same, for the
start may not be recorded yet; it counts for nothing, and is listed until that is put right.
"""

from datetime import date
from typing import Protocol

from domain.refusal import InTheFuture, Refusal
from domain.values import PersonId


class AfterTheLastDay(Refusal):
    """Nobody takes part after their last day on the programme. On the last day itself they still may."""


class Participant(Protocol):
    """What taking part asks of a fellowship, as it stood on the day."""

    @property
    def last_day(self) -> date | None:
        """The last day on the programme, inclusive, once there is one."""
        ...

    @property
    def ended(self) -> bool:
        """Whether it had come to its end, started or not."""
        ...

    @property
    def since(self) -> date | None:
        """The day from which it stood so."""
        ...

    def holder(self) -> PersonId:
        """The person who holds or held the place; refuses where none was accepted."""
        ...


def has_left(fellowship: Participant, day: date) -> bool:
    """Whether a day lies after a fellow's last one; `fellowship` is as it stood on that day.

    It also tells which marks a withdrawal learned later contradicts: those are listed, not refused.
    """
    last = fellowship.last_day or (fellowship.since if fellowship.ended else None)
    return last is not None and day > last


def must_not_have_left(fellowship: Participant, day: date) -> PersonId:
    """The person who holds or held a place, and had not left before a day; `fellowship` is as it stood then.

    Refuses where no place was accepted, and a day after the last one (AfterTheLastDay).
    """
    person_id = fellowship.holder()
    if has_left(fellowship, day):
        raise AfterTheLastDay(f"The last day was {fellowship.last_day or fellowship.since}; this is of {day}.")
    return person_id


def must_take_part(fellowship: Participant, day: date, today: date) -> PersonId:
    """The person who takes part on a day; `fellowship` is as it stood then, `today` when it is recorded.

    Refuses where no place was accepted, a day in the future (InTheFuture), and one after the last (AfterTheLastDay).
    """
    fellowship.holder()
    if day > today:
        raise InTheFuture(f"{day} is later than today, {today}.")
    return must_not_have_left(fellowship, day)
