"""The two coordinates of an answer: the day it is about, and the position it is as known at. Resolved once."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock

from sqlalchemy import BigInteger, Connection, bindparam, text

from domain.values import LONDON, today
from infra.view import View

_HEAD = text("SELECT log.head()")
_AT = text("SELECT log.position_at(:moment)")


@dataclass(frozen=True, slots=True)
class At:
    """Where an answer stands: what was so at the end of day `valid` (V), as known at position `known` (K)."""

    valid: date
    known: int


class BeyondTheRecord(Exception):
    """The answer is asked as known at a position, day or moment that the record has not reached."""


class NotAPosition(Exception):
    """What an answer is to be known at is neither a position, nor a date, nor a time with its offset."""


class Behind(Exception):
    """A view has not caught up with the position asked for, and the wait for it is over."""

    def __init__(self, view: str, reached: int, wanted: int) -> None:
        self.view, self.reached, self.wanted = view, reached, wanted
        super().__init__(f"{view} has reached record number {reached}; {wanted} was asked for")


def resolve(
    connection: Connection,
    views: Sequence[View[object]],
    *,
    valid: date | None = None,
    known: str | None = None,
    least: int = 0,
    patience: float = 2.0,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> At:
    """The coordinates of an answer that rests on these views.

    `valid` defaults to today in London. `known` is a position, a date (the last position recorded by the end of that
    London day; today means the head) or an RFC 3339 time; by default it is the lowest checkpoint of the views. `least`
    is a position the answer must not be older than. What rests on no view is read from the log itself. Waits up to
    `patience` seconds for a view that is behind. Raises NotAPosition, BeyondTheRecord and Behind.
    """
    day = valid or today(now())
    head: int = connection.execute(_HEAD).scalar_one()
    wanted = least if known is None else _position(connection, known, head, now())
    if max(wanted, least) > head:
        raise Behind("the record", head, max(wanted, least))
    reached = _reached(connection, views, wanted, patience) if views else head
    return At(day, reached if known is None else wanted)


def _position(connection: Connection, known: str, head: int, now: datetime) -> int:
    if re.fullmatch(r"[0-9]{1,18}", known):
        if (position := int(known)) > head:
            raise BeyondTheRecord(f"The record ends at {head}; record number {position} does not exist.")
        return position
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", known):
            day = date.fromisoformat(known)
            if day > today(now):
                raise BeyondTheRecord(f"{day} has not come yet: what is known then cannot be told.")
            if day == today(now):
                return head
            midnight = datetime.combine(day + timedelta(days=1), clock(), tzinfo=LONDON)
            return _recorded_by(connection, midnight - timedelta(microseconds=1), known)
        moment = datetime.fromisoformat(known.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise NotAPosition(
            f"{known!r} is not something to be known at: give a record number, a date such as 2014-04-12, "
            "or a time with its offset such as 2014-04-12T09:00:00Z."
        )
    return _recorded_by(connection, moment, known)


def _recorded_by(connection: Connection, moment: datetime, known: str) -> int:
    """The last position recorded by a moment, which must have come by the database's clock."""
    statement = _AT.bindparams(bindparam("moment", moment)).columns(position_at=BigInteger)
    position: int | None = connection.execute(statement).scalar_one()
    if position is None:
        raise BeyondTheRecord(f"{known} has not come yet: what is known then cannot be told.")
    return position


def _reached(connection: Connection, views: Sequence[View[object]], wanted: int, patience: float) -> int:
    """The lowest checkpoint of the views, once it is at least `wanted`."""
    deadline = time.monotonic() + patience
    while True:
        checkpoints = {view.name: view.checkpoint(connection) for view in views}
        name, reached = min(checkpoints.items(), key=lambda item: item[1])
        if reached >= wanted:
            return reached
        if time.monotonic() >= deadline:
            raise Behind(name, reached, wanted)
        time.sleep(0.005)
