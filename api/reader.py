"""Reads at one day and one record number, resolved once for the whole answer."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeVar, get_origin
from urllib.parse import urlencode

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Engine

from api import problems
from api.answers import PARTS, Answer, EntryOut, ReleasedOut, Remark, entry_out, incomplete_out, released_out
from api.handlers import NotThere, invalid
from api.keeping import advice_on
from api.personal import Opener
from api.question import Question, of_day
from api.resources import Resources
from api.statement import Day
from domain.refusal import NothingRecorded
from domain.stream import Stream
from domain.values import Id, Sealed
from infra.following.released import NotAVersion, since
from infra.log.entries import first, of_streams
from infra.log.vault import Vault
from infra.views.incomplete import RECORD
from infra.views.reading import Asked, At, Behind, BeyondTheRecord, NotAPosition, resolve, settled
from infra.views.view import View
from projections.entry import Entry
from projections.person import actors, people

LARGEST = 2**63 - 1
"""The largest record number that there can be."""
LATE = 0.5
"""Seconds that a view which is kept is hardly ever behind: from there on it is looked up who keeps it."""

A = TypeVar("A", bound=Answer)

AsAt = Annotated[
    Day | None,
    Field(description="What was so at the end of this day; by default today in London, or a demonstration's today."),
]
Known = Annotated[str, Field(max_length=40, examples=["1204", "2014-04-12", "2014-04-12T09:00:00Z"])]
"""A record number, a date or a time, at which something is to be as it was known."""
Least = Annotated[int, Field(ge=0, le=LARGEST, description="Wait until this record number is in the answer.")]


class Place(BaseModel):
    """The day of an answer, and what must be in it. What is not known is refused: who misspelt it would be misled."""

    model_config = ConfigDict(extra="forbid")

    as_at: AsAt = None
    asked_on: Day | None = Field(
        None,
        description="The day of asking, which a citation of a later day names: no day after it counts as come. By "
        "default today in London, or a demonstration's today.",
    )
    min_position: Least = 0
    cited: Annotated[
        list[str],
        Field(
            max_length=20,
            description="The views of an answer that is cited, as it named them: `standing 1`, or `standing 1@5273`. "
            "The answer then tells what has been released of them since.",
        ),
    ] = []


class Coordinates(Place):
    """Where an answer is to stand."""

    known_at: Known | None = Field(
        None,
        description="As known at a record number, a date (the end of that day in London; of today, what is known so "
        "far, which is not final) or an RFC 3339 time; by default as known now. A whole number is a record number: "
        "for a year name its last day.",
    )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The record at one day, as known at one record number."""

    connection: Connection
    at: At
    vault: Vault
    released: tuple[ReleasedOut, ...]
    demonstration: bool
    question: Question
    response: Response
    advice: str
    """What to do where views are behind that nobody keeps."""

    def answer(self, answer: type[A], *, asides: Iterable[Remark] = (), **fields: Any) -> A:
        """An answer that says where it stands; `asides` are what else is to be known of it."""
        return answer(
            as_at=self.at.valid,
            position=self.at.known,
            views=list(self.at.views),
            citation=self.question.citation(self.at, fields),
            remarks=[*self.question.remarks(self.at, self.advice), *asides] or None,
            incomplete=incomplete_out(self.at.incomplete),
            released=list(self.released) or None,
            demonstration=self.demonstration or None,
            **fields,
        )

    def href(self, path: str, *, on: date | None = None, **asked: Any) -> str:
        """The address of what is behind an answer, at the same day or another, as known at the same record number.

        None and an empty list leave a parameter out.
        """
        named = urlencode({name: value for name, value in asked.items() if value is not None}, doseq=True)
        there = f"{path}?{of_day(self.at, on or self.at.valid)}&known_at={self.at.known}"
        return f"{there}&{named}" if named else there

    def causes(self, positions: Iterable[int]) -> str:
        """The address of the entries at these record numbers."""
        return self.href("/v1/entries", number=sorted(set(positions)))

    def timeline(self, fellowship_id: str) -> str:
        """The address of a fellow's timeline."""
        return self.href(f"/v1/fellowships/{fellowship_id}/timeline")

    def timelines(self, fellowship_ids: Iterable[str]) -> dict[str, str]:
        """The addresses of fellows' timelines, by fellowship."""
        there = self.href("")
        return {each: f"/v1/fellowships/{each}/timeline{there}" for each in fellowship_ids}

    def names(self, person_ids: Iterable[str]) -> dict[str, str]:
        """The names of these people, "erased" for those that were forgotten, by identifier. It rests on PEOPLE."""
        found = people(self.connection, self.at, {str(person_id) for person_id in person_ids})
        return self.opened({person_id: person.name for person_id, person in found.items()})

    def opener(self, fields: Iterable[Any]) -> Opener:
        """What opens these fields of an answer, where they are sealed."""
        return Opener(self.vault, fields, self.at.terms)

    def opened(self, sealed: Mapping[str, Sealed | None]) -> dict[str, str]:
        """These names of people, "erased" where they were forgotten, by identifier; without those that are None."""
        opener = self.opener(sealed.values())
        return {person_id: opener.open(name, person_id) for person_id, name in sealed.items() if name is not None}

    def entries(self, found: Sequence[Entry]) -> list[EntryOut]:
        """Entries as they are answered: personal fields opened, and those who had a part in them with their names."""
        who = {str(each) for entry in found for part in PARTS if (each := getattr(entry, part)) is not None}
        sealed = actors(self.connection, self.at, who)
        opener = self.opener([*sealed.values(), *(field for each in found for field in each.fields.values())])
        names = {actor_id: opener.open(name, actor_id) for actor_id, name in sealed.items()}
        return [entry_out(each, opener, names) for each in found]

    def must_have_heard_of(self, stream: Stream[Any], identifier: Id | None, parameter: str) -> None:
        """Refuse what a parameter names and nothing was ever recorded of, for that is a slip: NotThere.

        Asked where an answer is empty: what it tells of is on the record. None names nothing.
        """
        if identifier is not None and first(self.connection, stream.of(identifier)) is None:
            said = f"There is no {stream.name} {identifier} on the record."
            raise NotThere(problems.of_refusal(NothingRecorded), parameter, said)

    def version(self, stream: Stream[Any], identifier: Id, *, may_be_empty: bool = False) -> int:
        """The version of a record as known here, for the next command to it; it goes into `ETag`. 0: nothing known yet.

        Where views are behind it is behind with them: a command that rests on what they did not show is refused.
        `min_position` has an answer wait for what its reader has recorded.

        Raises NothingRecorded where nothing is recorded to this day, unless the record may be empty.
        """
        ever = of_streams(self.connection, [stream.of(identifier)], LARGEST)
        if not ever and not may_be_empty:
            raise NothingRecorded(f"There is no {stream.name} {identifier} on the record.")
        version = sum(statement.position <= self.at.known for statement in ever)
        self.response.headers["ETag"] = f'"{version}"'
        return version


class Reader:
    """Reads for one request."""

    def __init__(self, held: Resources, least: int, request: Request, response: Response) -> None:
        self._held = held
        self._least = least
        self._request = request
        self._response = response

    @contextmanager
    def at(self, asked: Place, *views: View[Any], parameter: str = "known_at") -> Generator[Snapshot]:
        """The record where it was asked for, resting on these views; `parameter` is what names the record number.

        Raises NotThere where there is no such place, Behind where a view has not caught up in time, and what becomes a
        problem where a parameter is given twice, or a view cited that is not behind the answer.
        """
        _once(asked, self._request)
        question = Question.of(self._request, self._held.today(), parameter)
        if asked.asked_on is not None and asked.asked_on > question.on:
            says = f"{asked.asked_on} has not come yet: nothing can have been asked on it."
            raise NotThere(problems.BEYOND_THE_RECORD, "asked_on", says)
        known: str | None = getattr(asked, parameter)
        place = Asked(
            valid=asked.as_at,
            asked_on=asked.asked_on or question.demonstrated or question.on,
            known=known,
            least=max(asked.min_position, self._least),
            patience=self._held.patience,
        )
        with (
            _placed("min_position" if known is None else parameter),
            _advised(self._held.engine, views),
            settled(self._held.engine, views, self._held.arrivals, **place) as (connection, at),
        ):
            self._response.headers["Position"] = str(at.known)
            yield Snapshot(
                connection,
                at,
                self._held.vault,
                tuple(_released(connection, asked.cited, views)),
                self._held.demonstration,
                question,
                self._response,
                advice_on(connection, views) if at.lag is not None and at.lag.seconds > LATE else "",
            )

    def known(self, connection: Connection, views: Sequence[View[Any]], known: str, parameter: str) -> int:
        """The record number that something to be known at stands for, given as this parameter. Raises as `at` does."""
        with _placed(parameter):
            return resolve(connection, views, known=known, patience=self._held.patience).known


@contextmanager
def _placed(parameter: str) -> Generator[None]:
    """Says by which parameter there is no such place."""
    try:
        yield
    except BeyondTheRecord as error:
        raise NotThere(problems.BEYOND_THE_RECORD, parameter, str(error)) from error
    except NotAPosition as error:
        raise NotThere(problems.NOT_A_POSITION, parameter, str(error)) from error


@contextmanager
def _advised(engine: Engine, views: Sequence[View[Any]]) -> Generator[None]:
    """Says of views that stay behind what to do about it."""
    try:
        yield
    except Behind as error:
        if error.view == RECORD:
            raise
        with engine.connect() as connection:
            advice = advice_on(connection, views)
        raise Behind(error.view, error.reached, error.wanted, advice) from error


def _once(asked: Place, request: Request) -> None:
    """Refuse a parameter of one value that is given several: an answer to one of them would pass for one to both."""
    said = request.query_params
    for name in said if len(said) < len(said.multi_items()) else ():
        field = type(asked).model_fields[name]
        if len(said.getlist(name)) > 1 and get_origin(field.annotation) is not list:
            raise invalid("query", name, "this is given more than once: give one value")


def _released(connection: Connection, cited: Sequence[str], views: Sequence[View[Any]]) -> Iterator[ReleasedOut]:
    """What has been released since of views that were cited. Raises what becomes a problem of one that cannot be."""
    for each in dict.fromkeys(cited):
        try:
            yield from map(released_out, since(connection, each, views))
        except NotAVersion as error:
            raise invalid("query", "cited", str(error)) from error
