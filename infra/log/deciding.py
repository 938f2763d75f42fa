"""Commands are decided together, each on top of its predecessors, on histories that are read as they are needed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from domain.refusal import Refusal
from domain.rule import Rule
from domain.stream import Timeline
from infra.log.ahead import Ahead, Try
from infra.log.batch import Batch, Decided, Unsettled
from infra.log.command import Command, KeyTaken, Outcome, Stale
from infra.log.desk import Act, Desk
from infra.log.digests import Digests
from infra.log.envelope import encode
from infra.log.submission import Submission
from infra.log.timelines import Timelines
from infra.log.vault import Vault

REFUSED = (Refusal, KeyTaken, Stale)
BEHIND = 31
"""Commands that are tried for what they will miss: trying one takes a tenth of the time of a query."""


class Decisions(NamedTuple):
    """What came of deciding some commands, by their numbers: what to append, who was refused, and who must wait."""

    numbers: list[int]
    submissions: list[Submission]
    desks: list[Desk]
    refused: Mapping[int, tuple[Command, Outcome]]
    wait: list[int]


class Deciding:
    """Decides commands; nothing is recorded here."""

    def __init__(self, timelines: Timelines, vault: Vault, rules: Sequence[Rule], requests: Digests) -> None:
        self._timelines, self._vault, self._rules, self._requests = timelines, vault, rules, requests

    def together(self, commands: Sequence[tuple[int, Command, Act]], terms: int) -> Decisions:
        """Decide what can be decided now, each on top of its predecessors."""
        batch = Batch()
        closed: list[tuple[int, Command, Desk, Decided]] = []
        refused: dict[int, tuple[Command, Outcome]] = {}
        wait: list[int] = []
        for index, (number, command, act) in enumerate(commands):
            try:
                behind = partial(self._behind, commands, index + 1, batch)
                closed.append((number, command, *self.one(command, act, batch, behind)))
            except Unsettled:
                if not closed:
                    raise
                wait = [later for later, *_ in commands[index:]]
                break
            except REFUSED as refusal:
                # Its traceback would keep everything decided here alive with it.
                refused[number] = command, refusal.with_traceback(None)
        uses = {use for *_, decided in closed for draft in decided.drafts for use in draft.uses}
        keys = self._vault.keys(uses, terms) if uses else {}
        submissions = [
            Submission(
                command.principal,
                command.id,
                self._requests.of(command.body),
                tuple([encode(draft, [keys[use] for use in draft.uses]) for draft in decided.drafts]),
                decided.expects,
                decided.rests,
                decided.externals,
                command.recorded_at,
            )
            for _, command, _, decided in closed
        ]
        return Decisions(
            [number for number, *_ in closed], submissions, [desk for *_, desk, _ in closed], refused, wait
        )

    def one(
        self, command: Command, act: Act, batch: Batch, behind: Callable[[], Iterable[Try]] = tuple
    ) -> tuple[Desk, Decided]:
        """Decide at a desk; where that refuses on histories that are behind the log, read on and decide again."""
        while True:
            desk = Desk(command, Ahead(self._timelines, batch, behind), self._rules, batch)
            try:
                act(desk)
                return desk, desk.close()
            except REFUSED:
                if not self._read_on(desk, batch):
                    raise

    def _behind(self, commands: Sequence[tuple[int, Command, Act]], first: int, batch: Batch) -> Iterator[Try]:
        """Those that are decided next, to be tried for what they will read."""
        for _, command, act in commands[first : first + BEHIND]:
            yield lambda histories, command=command, act=act: act(Desk(command, histories, self._rules, batch))

    def _read_on(self, desk: Desk, batch: Batch) -> bool:
        """Read on the streams a desk rested on; tell whether any of them had moved."""
        read = {name: history for name, history in desk.read.items() if name not in batch.timelines}
        kinds = {history.stream.name: history.stream for history in read.values()}
        now: dict[str, Timeline[Any]] = {}
        for kind in kinds.values():
            now |= self._timelines.read(
                kind, [name for name, history in read.items() if history.stream.name == kind.name]
            )
        return any(now[name].version > history.version for name, history in read.items())
