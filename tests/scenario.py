"""Given what is recorded of one stream, when something more is entered, then it stands so, or is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, NamedTuple, TypeVar

from domain.contradiction import judge
from domain.event import Event, How, Link, Recorded, Retracted
from domain.refusal import Refusal
from domain.stream import Stream, Timeline
from domain.values import Happened

S = TypeVar("S")
Fact = Event | Callable[[Any], Event]
"""A fact, or the decision that gives it from the state of its day."""


class Entry(NamedTuple):
    """A fact of a day, and the entry that it changes, if it does."""

    day: date
    fact: Fact
    link: Link | None = None


def on(day: str, fact: Fact, link: Link | None = None) -> Entry:
    """A fact of that day."""
    return Entry(date.fromisoformat(day), fact, link)


def correcting(version: int, day: str, fact: Fact) -> Entry:
    """What an entry should have stated."""
    return on(day, fact, Link(How.CORRECTS, version))


def retracting(version: int) -> Entry:
    """An entry was entered in error."""
    return on("2099-12-31", Retracted(), Link(How.RETRACTS, version))


def superseding(version: int, day: str, fact: Fact) -> Entry:
    """A later decision in place of an entry."""
    return on(day, fact, Link(How.SUPERSEDES, version))


@dataclass(frozen=True)
class Scenario(Generic[S]):
    """A history, and what was said to the entry that was tried last."""

    history: Timeline[S]
    refusal: Refusal | None = None

    def when(self, *entries: Entry) -> "Scenario[S]":
        """These entries are tried, one after the other, up to the first that is refused."""
        history = self.history
        try:
            for day, fact, link in entries:
                event = fact if isinstance(fact, Event) else fact(history.at(day))
                version = slot = history.version + 1
                if link is not None:
                    target = (history.still_standing if link.how is How.RETRACTS else history.standing)(link.version)
                    slot = version if link.how is How.SUPERSEDES else target.slot
                name, now = history.stream.of("one"), datetime(2026, 1, 1, tzinfo=UTC)
                later = history.adding(Recorded(name, version, event, Happened(day), version, slot, now, link))
                judge(history, later)
                history = later
        except Refusal as refusal:
            return Scenario(history, refusal)
        return Scenario(history)

    def then(self, day: str | None = None, **expected: Any) -> "Scenario[S]":
        """It was taken; on that day, or after everything, the state has these attributes."""
        assert self.refusal is None, f"refused: {self.refusal!r}"
        state = self.history.at(date.fromisoformat(day) if day else None)
        assert {name: getattr(state, name) for name in expected} == expected
        return self

    def refused(self, refusal: type[Refusal], *kinds: str) -> "Scenario[S]":
        """It was refused so, naming recorded facts of these kinds."""
        assert isinstance(self.refusal, refusal), f"{self.refusal!r}"
        assert tuple(fact.kind for fact in self.refusal.facts) == kinds
        return self


def given(stream: Stream[S], *entries: Entry) -> Scenario[S]:
    """A stream with these entries recorded, one after the other."""
    return Scenario(Timeline(stream)).when(*entries).then()
