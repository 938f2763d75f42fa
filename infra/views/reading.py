"""The two coordinates of an answer: the day it is about, and the position it is as known at. Resolved once."""

import re
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any, TypedDict, Unpack

from sqlalchemy import BigInteger, Connection, Date, Engine, bindparam

from domain.values import LONDON, today
from infra.postgres.prepared import Prepared
from infra.views.incomplete import RECORD, Incomplete, Reached, incomplete, of_the_log, reached
from infra.views.view import View
from infra.views.waiting import Arrivals

_RECORDED_AT = Prepared("SELECT recorded_at FROM log.event WHERE position = CAST(:position AS bigint)")
_AGO = Prepared("""
    SELECT CAST(extract(epoch FROM clock_timestamp() - recorded_at) AS float8)
      FROM log.event WHERE position = CAST(:position AS bigint)
""")
_AT = Prepared("SELECT log.position_at(CAST(:moment AS timestamptz))")
VALID = bindparam("valid", type_=Date)
KNOWN = bindparam("known", type_=BigInteger)
"""The coordinates of a question that is put together once, and asked with `At.given`."""
PATIENCE = 2.0
"""Seconds that an answer waits for a view that is behind."""
_LOOK = 0.005
"""Seconds between two looks at views that are behind, of one who is not woken."""
_YEAR = "(19|20|21)[0-9]{2}"
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Lag:
    """How far views are behind the log: so many entries, the first of which was recorded so many seconds ago."""

    entries: int
    seconds: float


@dataclass(frozen=True, slots=True)
class At:
    """Where an answer stands: what was so at the end of day `valid` (V), as known at position `known` (K).

    `incomplete` is there where not all that was known is in the views that it was resolved for; `lag` where the
    position was not asked for, and is that of views which are behind. `terms` are those of the log when it was
    resolved, and `views` how its views are cited; they are no part of the place. `asked_on` is the day of the question:
    no later one had come by then.
    """

    valid: date
    known: int
    incomplete: Incomplete | None = None
    lag: Lag | None = None
    terms: int = field(default=0, compare=False)
    views: tuple[str, ...] = field(default=(), compare=False)
    asked_on: date = field(default_factory=today, compare=False)

    def given(self, **others: Any) -> dict[str, Any]:
        """What is given for the parameters of a question that was put together with VALID and KNOWN."""
        return {"valid": self.valid, "known": self.known, **others}


class Asked(TypedDict, total=False):
    """What an answer may be asked to stand at; see `resolve`."""

    valid: date | None
    asked_on: date | None
    known: str | None
    least: int
    patience: float


class BeyondTheRecord(Exception):
    """The answer is asked as known at a position, day or moment that the record has not reached."""


class NotAPosition(Exception):
    """What an answer is to be known at is neither a position, nor a date, nor a time with its offset."""


class Behind(Exception):
    """A view has not caught up with the position asked for, and the wait for it is over; `advice` is what to do."""

    def __init__(self, view: str, reached: int, wanted: int, advice: str = "") -> None:
        self.view, self.reached, self.wanted, self.advice = view, reached, wanted, advice
        super().__init__(f"{view} has reached record number {reached}; {wanted} was asked for")


def resolve(
    connection: Connection,
    views: Sequence[View[object]],
    *,
    valid: date | None = None,
    asked_on: date | None = None,
    known: str | None = None,
    least: int = 0,
    patience: float = PATIENCE,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> At:
    """The coordinates of an answer that rests on these views.

    `valid` defaults to the day of asking, and that to today in London. `known` is a position, a date (the last position
    recorded by the end of that London day; today means the head) or an RFC 3339 time; by default it is the lowest
    checkpoint of the views. `least` is a position the answer must not be older than. What rests on no view is read from
    the log itself. Waits up to `patience` seconds for a view that is behind. Raises NotAPosition, BeyondTheRecord and
    Behind.
    """
    on = asked_on or today(now())
    found = reached(connection, views) if views else of_the_log(connection)
    end = found.head
    wanted = least if known is None else _position(connection, known, end, now())
    if wanted < least:
        raise BeyondTheRecord(f"The answer is to be as known at {known}, and no older than record number {least}.")
    if wanted > end:
        # A moment just past may have waited for what was being recorded.
        found = reached(connection, views) if views else of_the_log(connection)
        if wanted > found.head:
            raise Behind(RECORD, found.head, wanted)
    # A view that has not begun, or is still to be made by a rebuild, has nothing to answer with.
    found = _waited(connection, views, found, max(wanted, min(end, 1)), patience)
    position = found.position if known is None else wanted
    left_out = incomplete(connection, views, position) if found.left_out else None
    lag = _lag(connection, found) if known is None and position < found.head else None
    return At(valid or on, position, left_out, lag, found.terms, found.views, on)


@contextmanager
def settled(
    engine: Engine,
    views: Sequence[View[object]],
    arrivals: Arrivals,
    **asked: Unpack[Asked],
) -> Generator[tuple[Connection, At]]:
    """A connection, and the coordinates of an answer that rests on these views; otherwise as `resolve`.

    Who waits for a view is woken when it has come so far, and holds no connection meanwhile. Raises BeyondTheRecord for
    a `least` that nobody has been given, unless this server may be a standby, which only does not have it yet.
    """
    deadline = time.monotonic() + asked.get("patience", PATIENCE)
    asked["patience"] = 0
    while True:
        ticket = arrivals.ticket()
        with engine.connect() as connection:
            try:
                at = resolve(connection, views, **asked)
            except Behind as error:
                if error.view == RECORD and arrivals.standby is False:
                    raise _no_such(error.wanted, error.reached) from None
                left = deadline - time.monotonic()
                if left <= 0:
                    raise
                behind = error
            else:
                yield connection, at
                return
        arrivals.wait(ticket, behind.view, behind.wanted, left)


def known_until(connection: Connection, at: At) -> date:
    """The last day in London on which an answer knows all that was recorded: that of the next entry or of asking.

    It is the same whenever one asks again with the same day of asking: what comes next does so on that day or later.
    """
    recorded_at: datetime | None = _RECORDED_AT.value(connection, {"position": at.known + 1})
    return min(today(recorded_at), at.asked_on) if recorded_at else at.asked_on


def _position(connection: Connection, known: str, end: int, now: datetime) -> int:
    """The position that something to be known at stands for."""
    if re.fullmatch(r"[0-9]+", known):
        if (position := int(known)) > end:
            raise _no_such(position, end, _hint(known))
        return position
    if _DAY.match(known):
        day = _day(known[:10])
        if _DAY.fullmatch(known):
            if day > today(now):
                raise BeyondTheRecord(f"{day} has not come yet: what is known then cannot be told.")
            if day == today(now):
                return end
            midnight = datetime.combine(day + timedelta(days=1), clock(), tzinfo=LONDON)
            return _recorded_by(connection, midnight - timedelta(microseconds=1), known)
    try:
        moment = datetime.fromisoformat(known.replace(" ", "+"))
        moment.astimezone(LONDON)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise NotAPosition(
            f"{known!r} is not something to be known at: give a record number, a date such as 2014-04-12, "
            "or a time with its offset such as 2014-04-12T09:00:00Z."
        )
    return _recorded_by(connection, moment, known)


def _lag(connection: Connection, found: Reached) -> Lag:
    return Lag(found.head - found.position, _AGO.value(connection, {"position": found.position + 1}))


def _day(written: str) -> date:
    """The day that is written so. Raises NotAPosition where there is none."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise NotAPosition(f"There is no day {written}.") from None


def _no_such(position: int, end: int, hint: str = "") -> BeyondTheRecord:
    return BeyondTheRecord(f"The record ends at {end}; record number {position} does not exist.{hint}")


def _hint(number: str) -> str:
    """How to write what may have been meant instead of a record number that is not there."""
    if re.fullmatch(_YEAR, number):
        return f" For the end of the year write {number}-12-31."
    if re.fullmatch(f"{_YEAR}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])", number):
        return f" A day is written {number[:4]}-{number[4:6]}-{number[6:]}."
    return ""


def _recorded_by(connection: Connection, moment: datetime, known: str) -> int:
    """The last position recorded by a moment, which must have come by the database's clock."""
    position: int | None = _AT.value(connection, {"moment": moment})
    if position is None:
        raise BeyondTheRecord(f"{known} has not come yet: what is known then cannot be told.")
    return position


def _waited(
    connection: Connection, views: Sequence[View[object]], found: Reached, wanted: int, patience: float
) -> Reached:
    """How far the views have come, once that is at least `wanted`; `found` is how far they had."""
    deadline = time.monotonic() + patience
    while found.position < wanted:
        if time.monotonic() >= deadline:
            raise Behind(found.title, found.position, wanted)
        time.sleep(_LOOK)
        found = reached(connection, views)
    return found
