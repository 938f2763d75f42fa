"""Reads at one day and one record number, resolved once for the whole answer."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeVar, get_origin
from urllib.parse import urlencode

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api import problems
from api.answers import PARTS, Answer, EntryOut, ReleasedOut, entry_out, incomplete_out, released_out
from api.handlers import Unplaced, invalid
from api.personal import Opener
from api.question import Question
from api.resources import Resources
from api.statement import Day
from domain.refusal import NothingRecorded
from domain.stream import Stream
from domain.values import Id, Sealed
from infra.following.released import NotAVersion, since
from infra.log.entries import of_streams
from infra.log.vault import Vault
from infra.views.reading import Asked, At, BeyondTheRecord, NotAPosition, resolve, settled
from infra.views.view import View
from projections.entry import Entry
from projections.person import actors, people

LARGEST = 2**63 - 1
"""The largest record number that there can be."""

A = TypeVar("A", bound=Answer)

AsAt = Annotated[
    Day | None,
    Field(description="What was so at the end of this day; by default today in London, or a demonstration's today."),
]
Known = Annotated[str, Field(max_length=40, examples=["1204", "2014-04-12", "2014-04-12T09:00:00Z"])]
"""A record number, a date or a time, at which something is to be as it was known."""
Least = Annotated[int, Field(ge=0, le=LARGEST, description="Wait until this record number is in the answer.")]


class Coordinates(BaseModel):
    """Where an answer is to stand. Any other parameter is refused: an answer to a misspelt question misleads."""

    model_config = ConfigDict(extra="forbid")

    as_at: AsAt = None
    known_at: Known | None = Field(
        None,
        description="As known at a record number, a date (the end of that day in London; of today, what is known so "
        "far, which is not final) or an RFC 3339 time; by default as known now. A whole number is a record number: "
        "for a year name its last day.",
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

    def answer(self, answer: type[A], **fields: Any) -> A:
        """An answer that says where it stands."""
        return answer(
            as_at=self.at.valid,
            position=self.at.known,
            views=list(self.at.views),
            citation=self.question.citation(self.at, fields),
            remarks=self.question.remarks(self.at) or None,
            incomplete=incomplete_out(self.at.incomplete),
            released=list(self.released) or None,
            demonstration=self.demonstration or None,
            **fields,
        )

    def href(self, path: str, *, on: date | None = None, **asked: Any) -> str:
        """The address of what is behind an answer, at the same day or another, as known at the same record number.

        None leaves a parameter out.
        """
        named = {name: value for name, value in asked.items() if value is not None}
        there = f"{path}?as_at={(on or self.at.valid).isoformat()}&known_at={self.at.known}"
        return f"{there}&{urlencode(named, doseq=True)}" if named else there

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
    def at(self, asked: Coordinates, *views: View[Any], parameter: str = "known_at") -> Generator[Snapshot]:
        """The record where it was asked for, resting on these views; `parameter` is what names the record number.

        Raises Unplaced where there is no such place, Behind where a view has not caught up in time, and what becomes a
        problem where a parameter is given twice, or a view cited that is not behind the answer.
        """
        _once(asked, self._request)
        question = Question.of(self._request, self._held.today(), parameter)
        with (
            _placed(asked, parameter),
            settled(self._held.engine, views, self._held.arrivals, **self._asked(asked)) as (connection, at),
        ):
            self._response.headers["Position"] = str(at.known)
            released = tuple(_released(connection, asked.cited, views))
            demonstration = self._held.demonstration
            yield Snapshot(connection, at, self._held.vault, released, demonstration, question, self._response)

    def resolve(self, connection: Connection, asked: Coordinates, views: Sequence[View[Any]], parameter: str) -> At:
        """The place that was asked for; `parameter` is what names the record number. Raises as `at` does."""
        with _placed(asked, parameter):
            return resolve(connection, views, **self._asked(asked))

    def _asked(self, asked: Coordinates) -> Asked:
        least = max(asked.min_position, self._least)
        day = asked.as_at or self._held.today()
        return Asked(valid=day, known=asked.known_at, least=least, patience=self._held.patience)


@contextmanager
def _placed(asked: Coordinates, parameter: str) -> Generator[None]:
    """Says by which parameter there is no such place."""
    try:
        yield
    except BeyondTheRecord as error:
        named = "min_position" if asked.known_at is None else parameter
        raise Unplaced(problems.BEYOND_THE_RECORD, named, str(error)) from error
    except NotAPosition as error:
        raise Unplaced(problems.NOT_A_POSITION, parameter, str(error)) from error


def _once(asked: Coordinates, request: Request) -> None:
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
