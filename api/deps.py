"""What routes ask for: a way to record one command, and a way to read at one day and one record number."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeAlias, TypeVar
from uuid import UUID, uuid5

from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Engine

from api import problems
from api.answers import Answer, Receipt, StreamVersion
from api.handlers import Unplaced
from api.statement import Dated, Day, Statement
from domain import STREAMS
from domain.event import Event
from domain.refusal import NothingRecorded
from domain.stream import Stream
from domain.values import Id
from infra import command
from infra.command import Command
from infra.desk import Desk
from infra.entries import of_streams
from infra.envelope import canonical
from infra.event_log import Act, EventLog
from infra.reading import At, BeyondTheRecord, NotAPosition, resolve
from infra.vault import Vault
from infra.view import View

PRINCIPAL = "local"
"""Whose commands these are, as long as nobody signs in."""
_LARGEST = 2**63 - 1

A = TypeVar("A", bound=Answer)
R = TypeVar("R", bound=Receipt)
N = TypeVar("N", bound=Id)
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Resources:
    """What the application holds open for all requests."""

    log: EventLog
    engine: Engine
    vault: Vault
    demonstration: bool
    patience: float
    """Seconds that an answer waits for a view that is behind."""


# These wait for nothing, and a thread for each would cost more than they do.


async def resources(request: Request) -> Resources:
    """What the application holds open."""
    held: Resources = request.app.state.resources
    return held


async def seen(
    if_match: Annotated[
        str,
        Header(
            alias="If-Match",
            pattern=r'^"[0-9]{1,9}"$',
            description="The version of this record that you have seen, in quotes, as ETag gave it.",
            examples=['"3"'],
        ),
    ],
) -> int:
    """The version of a stream that the caller has seen."""
    return int(if_match.strip('"'))


Held = Annotated[Resources, Depends(resources)]
Seen = Annotated[int, Depends(seen)]


AsAt = Annotated[Day | None, Field(description="What was so at the end of this day; by default today in London.")]
Known = Annotated[str, Field(max_length=40, examples=["1204", "2014-04-12", "2014-04-12T09:00:00Z"])]
"""A record number, a date or a time, at which something is to be as it was known."""
Least = Annotated[int, Field(ge=0, le=_LARGEST, description="Wait until this record number is in the answer.")]


class Coordinates(BaseModel):
    """Where an answer is to stand. Any other parameter is refused: an answer to a misspelt question misleads."""

    model_config = ConfigDict(extra="forbid")

    as_at: AsAt = None
    known_at: Known | None = Field(
        None,
        description="As known at a record number, a date (the end of that day in London) or an RFC 3339 time; "
        "by default as known now.",
    )
    min_position: Least = 0


Asked = Annotated[Coordinates, Query()]


class Recorder:
    """Records the one command that a request is, and answers with its receipt."""

    def __init__(self, held: Resources, key: UUID, request: Request, response: Response) -> None:
        self._held = held
        self._key = key
        self._line = {"method": request.method, "path": request.url.path}
        self._response = response

    @property
    def log(self) -> EventLog:
        """The log that it records in."""
        return self._held.log

    def fresh(self, kind: type[N], within: Id) -> N:
        """An identifier for what has no record of its own: the same whenever this command is repeated."""
        return kind(uuid5(UUID(within), str(self._key)))

    def enter(self, stream: Stream[Any], identifier: Id, version: int, body: Dated, fact: Event) -> Receipt:
        """Record a fact, with nothing to decide, of something that is there already, last seen at `version`."""
        return self.change(stream, identifier, version, body, type(fact), lambda state, desk, day: fact)

    def change(
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

        return self.amend(stream, identifier, version, body, act)

    def amend(self, stream: Stream[Any], identifier: Id, version: int, body: Statement, act: Act) -> Receipt:
        """Record what is done to something that is there already, last seen at `version`."""
        name = stream.of(identifier)
        done = self._decide(body, act, {name: version})
        return self._receipt(Receipt, done, name)

    def begin(
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

        done = self._decide(body, act, {})
        # A repeat has drawn an identifier of its own, and must answer with the first one's.
        name = next(name for name in done.streams if name.startswith(f"{stream}:"))
        recorded = name.partition(":")[2]
        self._response.headers["Location"] = f"{place}/{recorded}"
        return self._receipt(answer, done, name, **{f"{stream}_id": recorded})

    def _decide(self, body: Statement, act: Act, expects: Mapping[str, int]) -> command.Receipt:
        return self._held.log.decide(
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


async def recorder(
    held: Held,
    request: Request,
    response: Response,
    key: Annotated[
        UUID,
        Header(
            alias="Idempotency-Key",
            description="A UUID of your own for this command; sent again, it gets the same answer.",
            examples=["0b7f7c53-5b2e-4f0a-9a61-3f6d2c1b0a99"],
        ),
    ],
) -> Recorder:
    """A recorder for the command that a request is."""
    return Recorder(held, key, request, response)


Recording = Annotated[Recorder, Depends(recorder)]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The record at one day, as known at one record number."""

    connection: Connection
    at: At
    vault: Vault
    views: tuple[str, ...]
    demonstration: bool
    response: Response

    def answer(self, answer: type[A], **fields: Any) -> A:
        """An answer that says where it stands."""
        return answer(
            as_at=self.at.valid,
            position=self.at.known,
            views=list(self.views),
            demonstration=self.demonstration or None,
            **fields,
        )

    def version(self, stream: Stream[Any], identifier: Id) -> int:
        """The version of a record as known here, for the next command to it; it goes into `ETag`. 0: nothing known yet.

        Raises NothingRecorded where nothing is recorded to this day.
        """
        ever = of_streams(self.connection, [stream.of(identifier)], _LARGEST)
        if not ever:
            raise NothingRecorded(f"There is no {stream.name} {identifier} on the record.")
        version = sum(statement.position <= self.at.known for statement in ever)
        self.response.headers["ETag"] = f'"{version}"'
        return version


class Reader:
    """Reads for one request."""

    def __init__(self, held: Resources, least: int, response: Response) -> None:
        self._held = held
        self._least = least
        self._response = response

    @contextmanager
    def at(self, asked: Coordinates, *views: View[Any], parameter: str = "known_at") -> Generator[Snapshot]:
        """The record where it was asked for, resting on these views; `parameter` is what names the record number.

        Raises Unplaced where there is no such place, Behind where a view has not caught up in time.
        """
        with self._held.engine.connect() as connection:
            at = self.resolve(connection, asked, views, parameter)
            self._response.headers["Position"] = str(at.known)
            titles = tuple(view.title for view in views)
            yield Snapshot(connection, at, self._held.vault, titles, self._held.demonstration, self._response)

    def resolve(self, connection: Connection, asked: Coordinates, views: Sequence[View[Any]], parameter: str) -> At:
        """The place that was asked for; `parameter` is what names the record number. Raises as `at` does."""
        least = max(asked.min_position, self._least)
        try:
            return resolve(
                connection, views, valid=asked.as_at, known=asked.known_at, least=least, patience=self._held.patience
            )
        except BeyondTheRecord as error:
            named = "min_position" if asked.known_at is None else parameter
            raise Unplaced(problems.BEYOND_THE_RECORD, named, str(error)) from error
        except NotAPosition as error:
            raise Unplaced(problems.NOT_A_POSITION, parameter, str(error)) from error


async def reader(
    held: Held,
    response: Response,
    least: Annotated[
        int,
        Header(alias="Min-Position", ge=0, le=_LARGEST, description="As `min_position`; the larger of the two counts."),
    ] = 0,
) -> Reader:
    """A reader for one request."""
    return Reader(held, least, response)


Reading: TypeAlias = Annotated[Reader, Depends(reader)]
