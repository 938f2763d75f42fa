"""The desk a command is decided at: it reads streams, takes in facts, and judges the histories they make together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar, cast

from domain.event import Event, How, Link, Recorded, Retracted
from domain.refusal import (
    AnotherKind,
    CannotCorrect,
    InTheFuture,
    NothingRecorded,
    NotLate,
    ReasonNeeded,
    StillReliedOn,
    TooFarAhead,
)
from domain.rule import Rule
from domain.stream import Stream, Timeline, judge, named, newly_irregular
from domain.values import Happened, Id, today
from infra.log.batch import PROVISIONAL, Batch, Decided, Unsettled
from infra.log.command import Command, Entering, Stale
from infra.log.envelope import Draft
from infra.log.guarding import guards
from infra.log.reliance import forgone
from infra.log.submission import External
from infra.log.timelines import Timelines

S = TypeVar("S")

AHEAD = timedelta(days=366)
"""How far ahead of today a fact may be dated: further is a slip of the pen."""


class Desk:
    """Where one command reads and writes. Nothing leaves it until `close`."""

    def __init__(self, command: Command, timelines: Timelines, rules: Sequence[Rule], batch: Batch) -> None:
        self._command = command
        self._timelines = timelines
        self._rules = rules
        self._batch = batch
        self._at = datetime.now(UTC)
        self._today = today(self._at)
        self._read: dict[str, Timeline[Any]] = {}
        self._now: dict[str, Timeline[Any]] = {}
        self._entered: list[Recorded] = []
        self._events: list[Event] = []
        self._externals: list[External] = []
        self._rests: dict[str, int] = {}

    @property
    def read(self) -> Mapping[str, Timeline[Any]]:
        """The streams read so far, as they were before this command."""
        return self._read

    @property
    def now(self) -> Mapping[str, Timeline[Any]]:
        """The streams read so far, with this command's facts."""
        return self._now

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
        name = stream.of(identifier)
        if (now := self._now.get(name)) is None:
            now = self._batch.timelines.get(name) or self._timelines.get(stream, name)
            self._read[name] = self._now[name] = now
            if self._command.expects.get(name, now.version) != now.version:
                raise Stale(name, now.version)
        return cast(Timeline[S], now)

    def members(self, stream: Stream[S], guard: str) -> dict[str, Timeline[S]]:
        """The histories of those who ever came under a guard (`places:<cohort>`) by earlier commands, by identifier.

        The command rests on the guard and on each history: if somebody joins them or changes meanwhile, it is decided
        again.
        """
        seen, known = self._timelines.members(stream, guard)
        self._rest(guard, seen)
        member = stream.of("")
        names = [*known, *(name for name in self._batch.members.get(guard, ()) if name.startswith(member))]
        identifiers = dict.fromkeys(name.removeprefix(member) for name in names)
        return {identifier: self.history(stream, identifier) for identifier in identifiers}

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
        """Judge everything together. Raises the Refusal of what cannot be.

        StillReliedOn is raised where standing facts of other streams name what is then no longer on the record.
        """
        changed = [(self._read[name], now) for name, now in self._now.items() if now is not self._read[name]]
        for before, now in changed:
            judge(before, now)
        self._keep_what_is_relied_on()
        written = [
            guards(self._read[entered.stream], self._now[entered.stream], entered, self._rules)
            for entered in self._entered
        ]
        irregularities = self._break(written)
        for number, code in self._irregular(changed):
            irregularities[number] = (*irregularities.get(number, ()), code)
        drafts = tuple(self._drafts(written, irregularities))
        for name, now in self._now.items():
            self._batch.timelines[name] = now
        for entered, its in zip(self._entered, written, strict=True):
            for guard in its:
                self._batch.members.setdefault(guard, []).append(entered.stream)
        self._batch.entered += len(self._entered)
        expects = {name: read.version for name, read in self._read.items()}
        return Decided(drafts, expects, self._rests, tuple(self._externals))

    def _enter(
        self,
        stream: Stream[Any],
        identifier: str,
        event: Event,
        happened: Happened,
        link: Link | None = None,
        slot: int | None = None,
    ) -> None:
        history = self.history(stream, identifier)
        if slot is not None and slot >= PROVISIONAL:
            raise Unsettled
        if (event.reasoned or link is not None) and not self._command.stated.reason:
            raise ReasonNeeded
        if self._command.entering is Entering.LATE and happened.day >= self._today:
            raise NotLate
        if event.observed and happened.day > self._today:
            raise InTheFuture(f"It is dated {happened.day}.")
        if happened.day > self._today + AHEAD:
            raise TooFarAhead(f"It is dated {happened.day}.")
        position = PROVISIONAL + self._batch.entered + len(self._entered)
        # No rule rests on a personal field, so none is held between commands.
        entered = Recorded(
            stream.of(identifier),
            history.version + 1,
            event.impersonal(),
            happened,
            position,
            position if slot is None else slot,
            self._at,
            link,
            self._command.stated,
        )
        self._entered.append(entered)
        self._events.append(event)
        self._now[entered.stream] = history.adding(entered)

    def _break(self, written: Sequence[frozenset[str]]) -> dict[int, tuple[str, ...]]:
        """Judge the rules over sets. Returns the irregularities of each entry, by its number in this command."""
        sets: dict[str, list[int]] = {}
        prefixes = tuple([rule.prefix for rule in self._rules])
        for number, its in enumerate(written):
            for guard in its:
                if guard.startswith(prefixes):
                    sets.setdefault(guard, []).append(number)
        if not sets:
            return {}
        irregular: dict[int, tuple[str, ...]] = {}
        for rule in self._rules:
            for guard in sorted(guard for guard in sets if guard.startswith(rule.prefix)):
                refusal = self._breaks(rule, guard)
                if refusal is None:
                    continue
                acts = [n for n in sets[guard] if isinstance(self._events[n], rule.acts)]
                plain = [n for n in acts if self._entered[n].decides]
                if rule.irregularity is None or (plain and self._command.entering is Entering.NOW):
                    raise refusal
                for number in sets[guard]:
                    irregular[number] = (*irregular.get(number, ()), rule.irregularity)
        return irregular

    def _irregular(self, changed: Iterable[tuple[Timeline[Any], Timeline[Any]]]) -> Iterable[tuple[int, str]]:
        """What this command makes irregular within its streams: the number of an entry here, and the code.

        Where a recorded fact becomes irregular by it, that is said of the command's first entry in the stream.
        """
        for before, now in changed:
            if fresh := newly_irregular(before, now):
                name = now.statements[-1].stream
                numbers = {e.version: number for number, e in enumerate(self._entered) if e.stream == name}
                yield from dict.fromkeys((numbers.get(version, min(numbers.values())), code) for version, code in fresh)

    def _breaks(self, rule: Rule, guard: str) -> Exception | None:
        identifier = guard.partition(":")[2]
        owner = self.history(rule.owner, identifier)
        if not rule.applies(owner):
            return None
        seen, members = self._timelines.members(rule.member, guard)
        self._rest(guard, seen)
        before = dict(members)
        member = rule.member.of("")
        written = (name for name in self._batch.members.get(guard, ()) if name.startswith(member))
        for name in (*members, *written):
            held = self._batch.timelines.get(name)
            if held is not None and (name not in members or held.version >= members[name].version):
                before[name] = held
                # A command before this one may have changed it without moving the guard: if that falls, so must this.
                self._read.setdefault(name, held)
        after = before | {name: now for name, now in self._now.items() if name.startswith(member)}
        owner_before = self._read[rule.owner.of(identifier)]
        return rule.breaks(identifier, owner_before, owner, list(before.values()), list(after.values()))

    def _rest(self, guard: str, seen: int) -> None:
        """Rest on a guard as it was seen first."""
        self._rests.setdefault(guard, seen)

    def _drafts(self, written: Sequence[frozenset[str]], irregular: Mapping[int, tuple[str, ...]]) -> Iterable[Draft]:
        stated = self._command.stated._replace(command=self._command.id)
        for number, (entered, event) in enumerate(zip(self._entered, self._events, strict=True)):
            yield Draft(
                entered.stream,
                entered.version,
                event,
                entered.happened,
                stated._replace(irregularities=irregular[number]) if number in irregular else stated,
                entered.link,
                entered.slot if entered.slot < PROVISIONAL else None,
                written[number],
            )

    def _keep_what_is_relied_on(self) -> None:
        for name in {entered.stream for entered in self._entered if entered.link is not None}:
            for gone in forgone(self._read[name], self._now[name]):
                facts = tuple(named(entry) for entry in gone.resting(self._naming(gone.thing, name)))
                if facts:
                    listed = "; ".join(f"{fact.kind} on {fact.happened}" for fact in facts[:10])
                    raise StillReliedOn(f"{len(facts)} facts rest on this entry: {listed}.", facts=facts)

    def _naming(self, thing: str, own: str) -> Mapping[str, Sequence[Recorded]]:
        """The entries of the other streams that ever named something, with this command's and the batch's."""
        seen, streams = self._timelines.naming(thing, own)
        self._rest(thing, seen)
        for name in (*self._batch.members.get(thing, ()), *streams):
            if (held := self._batch.timelines.get(name)) is not None:
                streams[name] = held.statements
                self._read.setdefault(name, held)
        streams |= {name: now.statements for name, now in self._now.items() if now is not self._read[name]}
        return {name: entries for name, entries in streams.items() if name != own}
