"""Records the one command that a request is, and answers with its receipt."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar
from uuid import UUID, uuid5

from fastapi import Request, Response

from api.answers import Receipt, StreamVersion
from api.resources import Resources
from api.statement import Dated, Statement
from domain import STREAMS
from domain.event import Event
from domain.refusal import NothingRecorded
from domain.stream import Stream
from domain.values import Id
from infra.log import command
from infra.log.command import Command
from infra.log.desk import Act, Desk
from infra.log.envelope import canonical
from infra.log.event_log import EventLog

PRINCIPAL = "local"
"""Whose commands these are, as long as nobody signs in."""

N = TypeVar("N", bound=Id)
R = TypeVar("R", bound=Receipt)
S = TypeVar("S")


class Recorder:
    """Records the one command that a request is, and answers with its receipt."""

    def __init__(self, held: Resources, key: UUID, request: Request, response: Response) -> None:
        self._held = held
        self._key = key
        self._line = {"method": request.method, "path": request.scope["path"]}
        self._response = response

    @property
    def log(self) -> EventLog:
        """The log that it records in."""
        return self._held.log

    def fresh(self, kind: type[N], within: Id) -> N:
        """An identifier for what has no record of its own: the same whenever this command is repeated."""
        return kind(uuid5(UUID(within), str(self._key)))

    async def enter(self, stream: Stream[Any], identifier: Id, version: int, body: Dated, fact: Event) -> Receipt:
        """Record a fact, with nothing to decide, of something that is there already, last seen at `version`."""
        return await self.change(stream, identifier, version, body, type(fact), lambda state, desk, day: fact)

    async def change(
        self,
        stream: Stream[S],
        identifier: Id,
        version: int,
        body: Dated,
        kind: type[Event],
        decide: Callable[[S, Desk, date], Event],
    ) -> Receipt:
        """Record one fact of something that is there already, last seen at `version`.

        `decide` takes its state on the day of the fact, the desk, for reading others, and the day.
        """
        happened = body.placed(kind)

        def act(desk: Desk) -> None:
            state = desk.fold(stream, identifier, on=happened.day)
            desk.record(stream, identifier, decide(state, desk, happened.day), happened)

        return await self.amend(stream, identifier, version, body, act)

    async def amend(
        self,
        stream: Stream[Any],
        identifier: Id,
        version: int,
        body: Statement,
        act: Act,
        *,
        may_be_empty: bool = False,
    ) -> Receipt:
        """Record what is done to something that is there already, last seen at `version`.

        Raises Stale where it was not seen as it is, and NothingRecorded where it is not there, unless its record may be
        empty before.
        """
        name = stream.of(identifier)
        try:
            done = await self._decide(body, act, {name: version})
        except command.Stale as stale:
            if stale.current or may_be_empty:
                raise
            raise NothingRecorded(f"There is no {stream.name} {identifier} on the record.") from None
        return self._receipt(Receipt, done, name)

    async def begin(
        self,
        answer: type[R],
        identifier: Id,
        place: str,
        body: Dated,
        kind: type[Event],
        decide: Callable[[Desk, date], Event],
    ) -> R:
        """Record the first fact of something new, which is then found at `place` and its identifier."""
        happened = body.placed(kind)
        stream = type(identifier).stream

        def act(desk: Desk) -> None:
            desk.record(STREAMS[stream], identifier, decide(desk, happened.day), happened)

        done = await self._decide(body, act, {})
        # A repeat has drawn an identifier of its own, and must answer with the first one's.
        name = next(name for name in done.streams if name.startswith(f"{stream}:"))
        recorded = name.partition(":")[2]
        self._response.headers["Location"] = f"{place}/{recorded}"
        return self._receipt(answer, done, name, **{f"{stream}_id": recorded})

    async def _decide(self, body: Statement, act: Act, expects: Mapping[str, int]) -> command.Receipt:
        return await self._held.log.deciding(
            Command(
                principal=PRINCIPAL,
                id=str(self._key),
                body=canonical(self._line | {"body": body.model_dump(mode="json")}),
                stated=body.stated(),
                entering=body.entering(),
                expects=expects,
            ),
            act,
        )

    def _receipt(self, answer: type[R], done: command.Receipt, main: str, **more: Any) -> R:
        self._response.headers["Position"] = str(done.position)
        self._response.headers["ETag"] = f'"{done.streams[main]}"'
        return answer(
            position=done.position,
            recorded_at=done.recorded_at,
            streams=[StreamVersion(stream=name, version=version) for name, version in done.streams.items()],
            irregularities=list(done.irregularities),
            demonstration=self._held.demonstration or None,
            **more,
        )
