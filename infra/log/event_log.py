"""The event log: the one way to record anything. Fold, decide, append; and decide again when others got in first."""

import hashlib
import hmac
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import count
from typing import Any, TypeAlias

from domain.event import Recorded
from domain.refusal import Refusal
from domain.rule import Rule
from domain.stream import Stream, Timeline
from infra.log.append import (
    Accepted,
    Appender,
    Busy,
    Conflict,
    Moved,
    NewEvent,
    OtherBody,
    Repeated,
    Submission,
    Taken,
    Verdict,
)
from infra.log.batch import Batch, Decided, Unsettled
from infra.log.command import AnotherRequest, Command, KeyTaken, Outcome, Receipt, Stale, Tried
from infra.log.desk import Desk
from infra.log.envelope import encode
from infra.log.timelines import Timelines
from infra.log.turns import Turns, back_off
from infra.log.vault import Vault
from infra.postgres.collecting import collecting_later
from infra.postgres.database import Pool
from infra.settings import Secret

Act: TypeAlias = Callable[[Desk], None]
"""What a command does at the desk: read, decide, enter. It may be called again, so it keeps nothing between calls."""

_Refused = (Refusal, KeyTaken, Stale)
MANY = 100
"""Commands decided together that make so many objects that looking for garbage among them takes a part of the time."""


class EventLog:
    """Decides commands on what is recorded, and appends what they decide."""

    def __init__(
        self,
        pool: Pool,
        vault: Vault,
        secret: Secret,
        rules: Sequence[Rule],
        *,
        patience: float = 10.0,
        silence: float = 20.0,
    ) -> None:
        self._appender = Appender(pool, patience=patience, silence=silence)
        self._timelines = Timelines(pool)
        self._vault = vault
        self._request_key = secret.derive("request-hash")
        self._external_key = secret.derive("external-id")
        self._rules = rules
        self._patience = patience
        self._turns = Turns[tuple[Command, Act], Receipt](self._attempt_in_turn)

    def decide(self, command: Command, act: Act) -> Receipt:
        """Decide and append one command; a repeat of one gets the first one's receipt.

        Another thread may call `act`, where others of this process record on the same streams or under the same guards.

        Raises the Refusal of its decision, Stale where the caller has not seen the latest version of a stream,
        KeyTaken, AnotherRequest, and Busy where others kept getting in first until patience ran out.
        """
        tried = self._attempt([(0, command, act)], self._turns.contended)
        if tried.again:
            return self._turns.take((command, act), tried.met, self._patience)
        outcome = tried.outcomes[0]
        if isinstance(outcome, Receipt):
            return outcome
        raise outcome

    def decide_all(self, commands: Sequence[tuple[Command, Act]]) -> list[Outcome]:
        """Decide commands in turn, each on top of its predecessors, and append what they decide in one transaction.

        Returns each one's receipt or what was raised for it; one that is refused changes nothing for its neighbours.
        Busy is the outcome of those that others kept getting in before, and is raised where the log cannot be reached.
        """
        outcomes: dict[int, Outcome] = {}
        deadline = time.monotonic() + self._patience
        waiting = list(range(len(commands)))
        for attempt in count():
            tried = self._attempt([(number, *commands[number]) for number in waiting])
            outcomes |= tried.outcomes
            if not tried.again:
                return [outcomes[number] for number in range(len(commands))]
            if len(tried.again) < len(waiting):
                deadline = time.monotonic() + self._patience
            elif time.monotonic() > deadline:
                outcomes |= {
                    number: Busy("others kept recording on the same streams; nothing was recorded")
                    for number in tried.again
                }
                return [outcomes[number] for number in range(len(commands))]
            waiting = tried.again
            back_off(attempt)
        raise AssertionError("unreachable")

    def rehearse(self, commands: Sequence[tuple[Command, Act]], batch: Batch) -> list[Outcome | None]:
        """Decide commands as `decide_all` does, and append nothing; `batch` carries what was rehearsed before.

        Returns what would be raised for each, None for one that would be accepted.
        """
        outcomes: list[Outcome | None] = []
        for command, act in commands:
            try:
                self._at_desk(command, act, batch)
                outcomes.append(None)
            except _Refused as refusal:
                outcomes.append(refusal.with_traceback(None))
        return outcomes

    def read_ahead(self, reads: Iterable[tuple[Stream[Any], str]]) -> None:
        """Have the histories at hand that commands will read, by stream and identifier: one query for each kind."""
        wanted: dict[str, tuple[Stream[Any], set[str]]] = {}
        for stream, identifier in reads:
            wanted.setdefault(stream.name, (stream, set()))[1].add(stream.of(identifier))
        for stream, names in wanted.values():
            self._timelines.read_missing(stream, names)

    def request_hash(self, body: bytes) -> bytes:
        """The hash under which what a command says is recorded with it."""
        return hmac.digest(self._request_key, body, hashlib.sha256)

    def close(self) -> None:
        """Send the last word of what was recorded to those who follow, and stop. The pool stays open."""
        self._appender.close()

    def digest(self, scheme: str, key: str) -> bytes:
        """The digest under which a natural key (a staff number, a cohort code) is mapped to a random identifier."""
        return hmac.digest(self._external_key, f"{scheme}\n{key}".encode(), hashlib.sha256)

    def _attempt(
        self,
        commands: Sequence[tuple[int, Command, Act]],
        contended: Callable[[Collection[str]], set[str]] = lambda names: set(),
    ) -> Tried:
        """Decide commands and append what they decide, once; nothing of it where what it rests on is `contended`."""
        with collecting_later(when=len(commands) > MANY):
            decided, refused, again = self._decide(commands)
        met = {name for _, one, _ in decided for name in contended({*one.expects, *one.rests})}
        if met:
            return Tried({}, [number for number, *_ in commands], met)
        tried = Tried({}, again, met)
        verdicts = self._appender.append([submission for _, submission, _ in decided])
        for (number, submission, desk), verdict in zip(decided, verdicts, strict=True):
            if (outcome := self._settle(submission, desk, verdict)) is not None:
                tried.outcomes[number] = outcome
                continue
            again.append(number)
            if isinstance(verdict, Conflict | Moved):
                met.add(verdict.stream if isinstance(verdict, Conflict) else verdict.guard)
        upheld = all(isinstance(verdict, Accepted) for verdict in verdicts)
        for number, (command, refusal) in refused.items():
            if upheld or number < decided[0][0]:
                tried.outcomes[number] = self._repeat(command) or refusal
            else:  # refused on top of a command that fell
                again.append(number)
        again.sort()
        return tried

    def _attempt_in_turn(self, commands: list[tuple[Command, Act]]) -> list[Outcome | None]:
        """The outcomes of commands that met one another, each decided on top of its predecessors; None is try again."""
        outcomes = self._attempt([(number, *each) for number, each in enumerate(commands)]).outcomes
        return [outcomes.get(number) for number in range(len(commands))]

    def _decide(
        self, commands: Sequence[tuple[int, Command, Act]]
    ) -> tuple[list[tuple[int, Submission, Desk]], Mapping[int, tuple[Command, Outcome]], list[int]]:
        """Decide what can be decided now: what to append, what was refused, and what must wait for the append."""
        batch = Batch()
        closed: list[tuple[int, Command, Desk, Decided]] = []
        refused: dict[int, tuple[Command, Outcome]] = {}
        wait: list[int] = []
        for index, (number, command, act) in enumerate(commands):
            try:
                closed.append((number, command, *self._at_desk(command, act, batch)))
            except Unsettled:
                if not closed:
                    raise
                wait = [later for later, *_ in commands[index:]]
                break
            except _Refused as refusal:
                # Its traceback would keep everything decided here alive with it.
                refused[number] = command, refusal.with_traceback(None)
        uses = {
            (str(draft.event.subject), purpose)
            for *_, decided in closed
            for draft in decided.drafts
            if (personal := draft.event.personal()) and draft.event.subject is not None
            for purpose in personal.values()
        }
        keys = self._vault.keys(uses) if uses else {}

        def stored(decided: Decided) -> tuple[NewEvent, ...]:
            return tuple(
                encode(
                    draft,
                    [keys[str(draft.event.subject), p] for p in draft.event.personal().values()]
                    if keys and draft.event.subject is not None
                    else [],
                )
                for draft in decided.drafts
            )

        return (
            [
                (
                    number,
                    Submission(
                        principal=command.principal,
                        command_id=command.id,
                        request_hash=self.request_hash(command.body),
                        events=stored(decided),
                        expects=decided.expects,
                        rests=decided.rests,
                        externals=decided.externals,
                        recorded_at=command.recorded_at,
                    ),
                    desk,
                )
                for number, command, desk, decided in closed
            ],
            refused,
            wait,
        )

    def _at_desk(self, command: Command, act: Act, batch: Batch) -> tuple[Desk, Decided]:
        """Decide at a desk; where that refuses on histories that are behind the log, read on and decide again."""
        while True:
            desk = Desk(command, self._timelines, self._rules, batch)
            try:
                act(desk)
                return desk, desk.close()
            except _Refused:
                if not self._read_on(desk, batch):
                    raise

    def _read_on(self, desk: Desk, batch: Batch) -> bool:
        """Read on the streams a desk rested on; tell whether any of them had moved."""
        moved = False
        for name, read in desk.read.items():
            if name not in batch.timelines:
                now = self._timelines.read(read.stream, [name])[name]
                moved = moved or now.version > read.version
        return moved

    def _repeat(self, command: Command) -> Receipt | AnotherRequest | None:
        """What a command that was refused had already done, under the same id; waits for a copy of it in flight."""
        verdict = self._appender.find(command.principal, command.id, self.request_hash(command.body))
        if isinstance(verdict, OtherBody):
            return AnotherRequest()
        return None if verdict is None else Receipt.of(verdict)

    def _settle(self, submission: Submission, desk: Desk, verdict: Verdict) -> Outcome | None:
        """The outcome of a verdict; None means decide again."""
        match verdict:
            case Accepted(positions, recorded_at):
                self._remember(desk, positions)
                streams = {event.stream: event.version for event in submission.events}
                irregular = {code: None for event in submission.events for code in event.irregularities}
                return Receipt(positions.stop - 1, recorded_at, streams, tuple(irregular))
            case Repeated():
                return Receipt.of(verdict)
            case OtherBody():
                return AnotherRequest()
            case Taken(scheme, _, identifier):
                return KeyTaken(scheme, identifier)
            case Conflict(stream, expected, current):
                read = desk.read[stream].stream
                if current < expected:  # the log has lost its end
                    self._timelines.forget(stream)
                # Where a neighbour in this process got in first, what it left is at hand already.
                if self._timelines.get(read, stream).version < current:
                    self._timelines.read(read, [stream])
            case _:
                pass
        return None

    def _remember(self, desk: Desk, positions: range) -> None:
        """Keep the histories a command made, now that its facts have their positions."""
        placed: dict[str, list[Recorded]] = {}
        for position, entered in zip(positions, desk.entered, strict=True):
            placed.setdefault(entered.stream, []).append(entered.placed(position))
        for name, entries in placed.items():
            read: Timeline[Any] = self._timelines.get(desk.read[name].stream, name)
            if read.version == entries[0].version - 1:
                self._timelines.keep(name, read.settling(desk.now[name], entries))
