"""The clerk of the demonstration: who enters what, and when, in office hours before the day that is its today."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from api.demo.invented import identifier
from domain.event import Event, Stated
from domain.person import PERSON, PersonRecorded
from domain.stream import Stream
from domain.values import LONDON, ActorId, Happened, PersonId
from infra.log.command import Command, Entering
from infra.log.desk import Act, Desk

PRINCIPAL = "demonstration"
OFFICE, REGISTRY, LEAD, FOLLOW_UP = "programme_office", "university_registry", "programme_lead", "follow_up_officer"
STAFF: Mapping[str, str] = {
    OFFICE: "Nell Farrow",
    REGISTRY: "Tom Ashdown",
    LEAD: "Grace Whitlock",
    FOLLOW_UP: "Owen Tarrant",
}
"""Who enters what, by role."""
_DAY = timedelta(days=1)


class Item(NamedTuple):
    """One command of the demonstration, and what it does."""

    command: Command
    act: Act

    @property
    def recorded_at(self) -> datetime:
        """The moment at which it was recorded."""
        assert self.command.recorded_at is not None
        return self.command.recorded_at


class Clerk:
    """Makes the commands. Two of them for one day draw the same people, identifiers and times."""

    def __init__(self, random: Random, today: date) -> None:
        self.random = random
        self.today = today
        self._actors = {role: identifier(random, ActorId) for role in STAFF}

    def item(
        self,
        said: str,
        entered: date,
        act: Act,
        *,
        hour: int | None = None,
        source: str | None = None,
        dated: date | None = None,
        why: str = "",
        late: bool = False,
        role: str = OFFICE,
    ) -> Item:
        """A command entered in office hours of a day, or of the first working day after it. `said` tells it apart."""
        entered = working_day(entered)
        hour = hour or self.random.randint(10, 16)
        minute, second = self.random.randint(0, 59), self.random.randint(0, 59)
        recorded_at = datetime(entered.year, entered.month, entered.day, hour, minute, second, tzinfo=LONDON)
        said = f"{self.today} {said}"
        command = Command(
            principal=PRINCIPAL,
            id=str(UUID(bytes=hashlib.sha256(said.encode()).digest()[:16], version=4)),
            body=said.encode(),
            stated=Stated(actor=self._actors[role], role=role, source=source, source_dated=dated, reason=why or None),
            entering=Entering.LATE if late else Entering.NOW,
            recorded_at=recorded_at,
        )
        return Item(command, act)

    def staff(self, day: date) -> Act:
        """Put those who enter things on the record as people, from that day on, so that answers show their names."""

        def act(desk: Desk) -> None:
            for role, name in STAFF.items():
                person_id = PersonId(UUID(self._actors[role]))
                desk.record(PERSON, person_id, PersonRecorded(person_id=person_id, name=name), Happened(day))

        return act


def working_day(day: date) -> date:
    """The day itself, or the Monday after it."""
    return day + (7 - day.weekday()) * _DAY if day.weekday() >= 5 else day


def plainly(stream: Stream[Any], identifier: str, event: Event, day: date) -> Act:
    """Record a fact that nothing needs to be decided about."""
    return lambda desk: desk.record(stream, identifier, event, Happened(day))


def in_turn(*acts: Act) -> Act:
    """Do several things in one command."""

    def act(desk: Desk) -> None:
        for each in acts:
            each(desk)

    return act
