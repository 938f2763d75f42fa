"""The event log: the one way to record anything. Fold, decide, append; and decide again when others got in first."""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg

from domain.rule import Rule
from domain.stream import Stream
from infra.log.append import Appender, GroundsMoved
from infra.log.batch import Batch
from infra.log.combining import Busy
from infra.log.command import Command, KeyTaken, Outcome, Receipt, Tried, repeated
from infra.log.deciding import REFUSED, Deciding, Decisions
from infra.log.desk import Act, Desk
from infra.log.digests import Digests
from infra.log.submission import (
    Accepted,
    Conflict,
    Followed,
    Grounds,
    Moved,
    OtherBody,
    Repeated,
    Submission,
    Taken,
    Unheard,
    Verdict,
)
from infra.log.terms import Terms
from infra.log.timelines import Timelines
from infra.log.turns import Attempts, Turns
from infra.log.vault import Vault
from infra.postgres.collecting import collecting_later
from infra.postgres.database import Pool
from infra.settings import Secret

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
        self._timelines = Timelines(pool)
        self._appender = Appender(pool, patience=patience, silence=silence)
        self._vault = vault
        self._requests = Digests(secret, "request-hash")
        self._naturals = Digests(secret, "external-id")
        self._deciding = Deciding(self._timelines, vault, rules, self._requests)
        self._terms = Terms(pool, rules)
        self._patience = patience
        self._turns = Turns[tuple[Command, Act], Receipt](self._in_turn)

    @property
    def waiting(self) -> int:
        """How many callers wait for the commands before theirs to be decided."""
        return self._turns.waiting

    def decide(self, command: Command, act: Act) -> Receipt:
        """Decide and append one command; a repeat of one gets the first one's receipt.

        Another thread may call `act`: those of this process who come at once are decided by one of them.

        Raises the Refusal of its decision, Stale where the caller has not seen the latest version of a stream,
        KeyTaken, AnotherRequest, and Busy where others kept getting in first until patience ran out.
        """
        return self._turns.take((command, act), self._patience)

    async def deciding(self, command: Command, act: Act) -> Receipt:
        """`decide`, for a caller on an event loop: a thread of the log's own calls `act`, and waits."""
        return await self._turns.taking((command, act), self._patience)

    def decide_all(self, commands: Sequence[tuple[Command, Act]]) -> list[Outcome]:
        """Decide commands in turn, each on top of its predecessors, and append what they decide in one transaction.

        Returns each one's receipt or what was raised for it; one that is refused changes nothing for its neighbours.
        Busy is the outcome of those that could not be recorded in time, and is raised where it is everybody's.
        """
        outcomes: dict[int, Outcome] = {}
        attempts = Attempts(self._patience)
        waiting = [*range(len(commands))]
        while waiting:
            try:
                tried = self._get_on([(number, *commands[number]) for number in waiting])
                outcomes |= tried.outcomes
                waiting = tried.again
                if tried.outcomes:
                    attempts.renew()
                if waiting:
                    time.sleep(attempts.pause())
            except Busy as busy:
                if not outcomes:
                    raise
                outcomes |= {number: type(busy)(*busy.args) for number in waiting}
                break
        return [outcomes[number] for number in range(len(commands))]

    def rehearse(self, commands: Sequence[tuple[Command, Act]], batch: Batch) -> list[Outcome | None]:
        """Decide commands as `decide_all` does, and append nothing; `batch` carries what was rehearsed before.

        Returns what would be raised for each, None for one that would be accepted.
        """
        outcomes: list[Outcome | None] = []
        for command, act in commands:
            try:
                self._deciding.one(command, act, batch)
                outcomes.append(None)
            except REFUSED as refusal:
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
        return self._requests.of(body)

    def close(self) -> None:
        """Send the last word of what was recorded to those who follow, and stop. The pool stays open."""
        self._turns.close()
        self._appender.close()

    def digest(self, scheme: str, key: str) -> bytes:
        """The digest under which a natural key (a staff number, a cohort code) is mapped to a random identifier."""
        return self._naturals.of(f"{scheme}\n{key}".encode())

    def _in_turn(self, commands: list[tuple[Command, Act]]) -> list[Outcome | None]:
        """The outcomes of commands that came at once; None is try again."""
        outcomes = self._get_on([(number, *each) for number, each in enumerate(commands)]).outcomes
        return [outcomes.get(number) for number in range(len(commands))]

    def _get_on(self, commands: Sequence[tuple[int, Command, Act]]) -> Tried:
        """Decide and append commands, again those who must try again, for as long as any gets on. Raises Busy."""
        tried = Tried({}, [number for number, *_ in commands])
        left = commands
        while left:
            try:
                now = self._attempt(left)
            except Busy:
                if not tried.outcomes:
                    raise
                break
            tried = Tried(tried.outcomes | now.outcomes, now.again)
            if not now.outcomes:
                break
            again = {*now.again}
            left = [each for each in left if each[0] in again]
        return tried

    def _attempt(self, commands: Sequence[tuple[int, Command, Act]]) -> Tried:
        """Decide and append commands, once. Raises Busy."""
        with collecting_later(when=len(commands) > MANY, kept=True):
            try:
                grounds = self._terms.grounds
                decided = self._deciding.together(commands, grounds.terms)
            except psycopg.OperationalError as error:
                raise Busy("the record could not be read") from error
            try:
                return self._append(decided, grounds)
            except GroundsMoved:
                self._forget()
                return Tried({}, [number for number, *_ in commands])

    def _forget(self) -> None:
        """Let go of what was read: keys are gone, or the log may have lost its end."""
        for kept in (self._timelines, self._terms, self._vault):
            kept.forget()

    def _append(self, decided: Decisions, grounds: Grounds) -> Tried:
        """Append what was decided, and say what came of it. Raises Busy and GroundsMoved."""
        tried = Tried({}, decided.wait)
        verdicts = self._appender.append(decided.submissions, grounds)
        for number, submission, desk, verdict in zip(
            decided.numbers, decided.submissions, decided.desks, verdicts, strict=True
        ):
            if (outcome := self._settle(submission, desk, verdict)) is not None:
                tried.outcomes[number] = outcome
            else:
                tried.again.append(number)
        # On top of a command that fell, a refusal may be none.
        upheld = all(isinstance(verdict, Accepted) for verdict in verdicts)
        stands = {number: each for number, each in decided.refused.items() if upheld or number < decided.numbers[0]}
        told = self._refused(stands, grounds)
        again = sorted([*tried.again, *decided.refused.keys() - told.keys()])
        return Tried(tried.outcomes | told, again)

    def _refused(self, refused: Mapping[int, tuple[Command, Outcome]], grounds: Grounds) -> dict[int, Outcome]:
        """The outcomes of commands that were refused: what each had already done under the same id, or its refusal.

        Waits for copies of them in flight. None of them has one where what they were refused on holds no longer.
        """
        commands = [command for command, _ in refused.values()]
        try:
            asked = [(each.principal, each.id, self._requests.of(each.body)) for each in commands]
            found = self._appender.find(asked, grounds)
        except GroundsMoved:
            self._forget()
            return {}
        except Busy as busy:  # theirs alone: what was accepted with them has its receipts
            return {number: type(busy)(*busy.args) for number in refused}
        return {
            number: refusal if verdict is None else repeated(verdict)
            for (number, (_, refusal)), verdict in zip(refused.items(), found, strict=True)
        }

    def _settle(self, submission: Submission, desk: Desk, verdict: Verdict) -> Outcome | None:
        """The outcome of a verdict; None means decide again."""
        match verdict:
            case Accepted(positions, recorded_at):
                placed = [entered.placed(at) for at, entered in zip(positions, desk.entered, strict=True)]
                self._timelines.settle(desk.now, placed)
                streams = {event.stream: event.version for event in submission.events}
                irregular = {code: None for event in submission.events for code in event.irregularities}
                return Receipt(positions.stop - 1, recorded_at, streams, tuple(irregular))
            case Repeated() | OtherBody():
                return repeated(verdict)
            case Taken(scheme, _, identifier):
                return KeyTaken(scheme, identifier)
            case Conflict(stream, expected, current):
                read = desk.read[stream].stream
                if current < expected:  # the log has lost its end
                    self._forget()
                # Where a neighbour in this process got in first, what it left is at hand already.
                held = self._timelines.held(read, stream)
                if held is not None and held.version < current:
                    with suppress(psycopg.OperationalError):  # it is met again when this is decided again
                        self._timelines.read(read, [stream])
            case Moved() | Followed() | Unheard():
                pass
        return None
