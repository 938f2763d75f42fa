"""The desk a command is decided at: it reads streams, and takes in facts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias, TypeVar

from domain.event import Event, How, Link, Recorded, Retracted
from domain.refusal import (
    AnotherKind,
    CannotCorrect,
    InTheFuture,
    NothingRecorded,
    NotLate,
    ReasonNeeded,
    TooFarAhead,
)
from domain.rule import Rule
from domain.stream import Stream, Timeline
from domain.values import Happened, Id
from infra.log.at_hand import AtHand, Histories
from infra.log.batch import PROVISIONAL, Batch, Decided, Unsettled
from infra.log.command import Command, Entering
from infra.log.envelope import Draft
from infra.log.judging import Judged, judged
from infra.log.submission import External

S = TypeVar("S")


class Desk:
    """Where one command reads and writes. Nothing leaves it until `close`."""

    def __init__(self, command: Command, histories: Histories, rules: Sequence[Rule], batch: Batch) -> None:
        self._command = command
        self._rules = rules
        self._batch = batch
        self._at_hand = AtHand(histories, batch, command.expects)
        self._stated = command.stated.by(command.id)
        self._entered: list[Recorded] = []
        self._events: list[Event] = []
        self._externals: list[External] = []

    @property
    def read(self) -> Mapping[str, Timeline[Any]]:
        """The streams read so far, as they were before this command."""
        return self._at_hand.read

    @property
    def now(self) -> Mapping[str, Timeline[Any]]:
        """The streams read so far, with this command's facts."""
        return self._at_hand.now

    @property
    def entered(self) -> Sequence[Recorded]:
        """The entries made here, at provisional positions."""
        return self._entered

    def fold(self, stream: Stream[S], identifier: str, *, on: date | None = None) -> S:
        """The state of a stream at the end of a day, with this command's facts so far; None means after everything.

        Raises NothingRecorded when the stream has no entries.
        """
        timeline = self.history(stream, identifier)
        if not timeline.version:
            raise NothingRecorded(f"There is no {stream.name} {identifier} on the record.")
        return timeline.at(on)

    def history(self, stream: Stream[S], identifier: str) -> Timeline[S]:
        """The effective history of a stream, with this command's facts so far."""
        return self._at_hand.history(stream, stream.of(identifier))

    def members(self, stream: Stream[S], guard: str) -> dict[str, Timeline[S]]:
        """The histories of those who ever came under a guard (`places:<cohort>`) by earlier commands, by identifier.

        The command rests on the guard and on each history: if somebody joins them or changes meanwhile, it is decided
        again.
        """
        member = stream.of("")
        return {name.removeprefix(member): history for name, history in self._at_hand.members(stream, guard).items()}

    def record(self, stream: Stream[Any], identifier: str, event: Event, happened: Happened) -> None:
        """Enter a fact."""
        self._enter(stream, identifier, event, happened)

    def correct(self, stream: Stream[Any], identifier: str, version: int, event: Event, happened: Happened) -> None:
        """Restate an entry: the whole fact, and when it happened. It keeps its place among those of its day.

        Raises NoSuchEntry, NotStanding, CannotCorrect and AnotherKind.
        """
        target = self.history(stream, identifier).entry(version)
        if target.retracts:
            raise CannotCorrect
        self.history(stream, identifier).standing(version)
        if type(event) is not type(target.event):
            raise AnotherKind(f"Entry {version} is {target.event.kind}; this restates it as {event.kind}.")
        self._enter(stream, identifier, event, happened, Link(How.CORRECTS, version), target.slot)

    def retract(self, stream: Stream[Any], identifier: str, version: int) -> None:
        """Mark an entry as entered in error; or, where it marks another so, take that back.

        Raises NoSuchEntry and NotStanding.
        """
        target = self.history(stream, identifier).still_standing(version)
        self._enter(stream, identifier, Retracted(), target.happened, Link(How.RETRACTS, version), target.slot)

    def supersede(self, stream: Stream[Any], identifier: str, version: int, event: Event, happened: Happened) -> None:
        """Enter a later decision that replaces an entry from its own day on. Raises NoSuchEntry and NotStanding."""
        self.history(stream, identifier).standing(version)
        self._enter(stream, identifier, event, happened, Link(How.SUPERSEDES, version))

    def external(self, scheme: str, digest: bytes, identifier: Id, subject: str | None = None) -> None:
        """Map a natural key, by its digest, to a random identifier."""
        self._externals.append(External(scheme, digest, identifier, subject))

    def close(self) -> Decided:
        """Judge everything together. Raises the Refusal of what cannot be: `judged`."""
        found = judged(self._at_hand, self._rules, self._command.entering)
        self._batch.add(self._at_hand.now, self._entered, found.guards)
        expects = {name: read.version for name, read in self._at_hand.read.items()}
        return Decided(self._drafts(found), expects, self._at_hand.rests, tuple(self._externals))

    def _enter(
        self,
        stream: Stream[Any],
        identifier: str,
        event: Event,
        happened: Happened,
        link: Link | None = None,
        slot: int | None = None,
    ) -> None:
        name, batch, day = stream.of(identifier), self._batch, happened.day
        version = self._at_hand.version(stream, name) + 1
        if slot is not None and slot >= PROVISIONAL:
            raise Unsettled
        if (event.reasoned or link is not None) and not self._stated.reason:
            raise ReasonNeeded
        if self._command.entering is Entering.LATE and day >= batch.today:
            raise NotLate
        if event.observed and day > batch.today:
            raise InTheFuture(f"It is dated {day}.")
        if day > batch.furthest:
            raise TooFarAhead(f"It is dated {day}.")
        position = batch.next + len(self._entered)
        entered = Recorded(
            name,
            version,
            # No rule rests on a personal field, so none is held between commands.
            event.impersonal(),
            happened,
            position,
            position if slot is None else slot,
            batch.at,
            link,
            self._stated,
        )
        self._entered.append(entered)
        self._events.append(event)
        self._at_hand.enter(entered)

    def _drafts(self, found: Judged) -> tuple[Draft, ...]:
        drafts: list[Draft] = []
        for (stream, version, _, happened, position, slot, _, link, stated), event in zip(
            self._entered, self._events, strict=True
        ):
            if position in found.irregularities:
                stated = stated._replace(irregularities=found.irregularities[position])
            held = slot if slot < PROVISIONAL else None
            drafts.append(Draft(stream, version, event, happened, stated, link, held, found.guards[position]))
        return tuple(drafts)


Act: TypeAlias = Callable[[Desk], None]
"""What a command does at the desk: read, decide, enter. It may be called again, so it keeps nothing between calls."""
