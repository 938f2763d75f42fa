"""Problems: every answer that is not what was asked for, as RFC 9457 has it, in the reader's words."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from domain.event import CATALOGUE
from domain.refusal import Named, NoSuchEntry, NothingRecorded, Refusal

MEDIA_TYPE = "application/problem+json"


class Kind(NamedTuple):
    """One kind of problem: its lasting code, its HTTP status, and what it means."""

    code: str
    status: int
    explanation: str

    @property
    def type(self) -> str:
        """The address that names this kind, and explains it."""
        return f"/problems/{self.code}"

    @property
    def title(self) -> str:
        """The explanation's first sentence."""
        return re.split(r"(?<=[.!?])\s", " ".join(self.explanation.split()), maxsplit=1)[0]


IDEMPOTENCY_KEY_REQUIRED = Kind(
    "idempotency_key_required",
    400,
    "A command needs an Idempotency-Key. Send a fresh UUID with each new command, and the same one to repeat it.",
)
IDEMPOTENCY_KEY_UNREADABLE = Kind(
    "idempotency_key_unreadable",
    400,
    "The Idempotency-Key is not a UUID. Send a fresh one with each new command: for example "
    "0b7f7c53-5b2e-4f0a-9a61-3f6d2c1b0a99.",
)
VERSION_UNREADABLE = Kind(
    "version_unreadable",
    400,
    'If-Match is not a version. Send the one version you have seen, in quotes: for example "3".',
)
UNREADABLE = Kind("unreadable", 400, "The request's body is not JSON.")
NO_SUCH_ADDRESS = Kind("no_such_address", 404, "There is nothing at this address.")
METHOD_NOT_ALLOWED = Kind("method_not_allowed", 405, "This address does not take that method.")
KEY_TAKEN = Kind("key_taken", 409, "That code is already on the record, for something else.")
STALE = Kind(
    "stale", 412, "The record has moved on since the version you have seen. Read it again, and decide on what it says."
)
TOO_LARGE = Kind("too_large", 413, "The request is larger than a megabyte.")
NOT_JSON = Kind("not_json", 415, "A command is sent as JSON, with Content-Type: application/json.")
INVALID = Kind("invalid", 422, "The request cannot be taken as it is. The fields named do not say what they should.")
ANOTHER_REQUEST = Kind(
    "another_request", 422, "This Idempotency-Key was used before, for another request. Send a new command a fresh one."
)
BEYOND_THE_RECORD = Kind("beyond_the_record", 422, "The record has not come that far yet.")
NOT_A_POSITION = Kind(
    "not_a_position",
    422,
    "What the answer is to be known at is not a record number, a date, or a time with its offset.",
)
VERSION_REQUIRED = Kind(
    "version_required",
    428,
    "This changes a record that is there already. Send the version you have seen, in quotes, in If-Match: for example "
    '"3".',
)
UNEXPECTED = Kind("unexpected", 500, "Something went wrong here. It is in the log, and nothing was half recorded.")
BEHIND = Kind("behind", 503, "The answer has not caught up with the record number asked for. Ask again shortly.")
BUSY = Kind("busy", 503, "The record is busy. Send the same request again shortly, under the same Idempotency-Key.")
OTHER_RULES = Kind(
    "other_rules",
    503,
    "The record is under the rules of another version of this program, and that one takes commands. This one only "
    "answers: start it anew with the version that `fellowtrace migrate` was run with last.",
)
UNREACHABLE = Kind("database_unreachable", 503, "The database cannot be reached. Try again shortly.")
NOT_READY = Kind("not_ready", 503, "Not ready to answer yet. The views are still being made.")

_OWN = tuple(value for value in globals().values() if isinstance(value, Kind))
_NOT_FOUND = (NothingRecorded, NoSuchEntry)


def of_refusal(refusal: type[Refusal]) -> Kind:
    """A refusal as a kind of problem: 404 where what is addressed is not there, else 409."""
    return Kind(refusal.code(), 404 if issubclass(refusal, _NOT_FOUND) else 409, refusal.explanation())


def kinds() -> Mapping[str, Kind]:
    """Every kind of problem, by code."""
    refusals: list[type[Refusal]] = list(Refusal.__subclasses__())
    for refusal in refusals:
        refusals.extend(refusal.__subclasses__())
    product = [refusal for refusal in refusals if refusal.__module__.split(".")[0] in ("domain", "infra")]
    every = [*_OWN, *map(of_refusal, product)]
    return {kind.code: kind for kind in sorted(every, key=lambda kind: kind.code)}


class FieldError(BaseModel):
    """What is wrong with one field of a request."""

    where: str = Field(description="body, query, path or header", examples=["body"])
    field: str = Field(description="The field's name; of one inside another, both with a dot.", examples=["starts_on"])
    message: str


class Fact(BaseModel):
    """A recorded fact that a refusal rests on, named so that a reader can go and look at it."""

    stream: str = Field(examples=["fellowship:9a4d1e70-8a39-4d5e-b1c8-2f9e1d7c3b03"])
    version: int
    kind: str = Field(examples=["fellowship.completed"])
    says: str = Field(examples=["The fellowship was completed."])
    happened: date


class Problem(BaseModel):
    """Why there is no other answer (RFC 9457). `type` is the address of an explanation."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = Field(None, description="Each field that is wrong.")
    facts: list[Fact] | None = Field(None, description="The recorded facts that a refusal rests on.")
    current_version: int | None = Field(None, description="The version that the record is at, to be read again.")
    identifier: str | None = Field(None, description="What the code that was taken stands for.")
    position: int | None = Field(None, description="The record number that the answer has reached.")
    demonstration: bool | None = Field(None, description="Present where the database is a demonstration.")


def fact(named: Named) -> Fact:
    """A recorded fact as a problem names it."""
    event = CATALOGUE.get(named.kind)
    says = " ".join((event.__doc__ or "").split()) if event else ""
    return Fact(stream=named.stream, version=named.version, kind=named.kind, says=says, happened=named.happened)


def problem(
    kind: Kind, detail: str = "", *, demonstration: bool, headers: Mapping[str, str] | None = None, **more: Any
) -> JSONResponse:
    """The answer for a problem of this kind; `more` are its further members."""
    body = Problem(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=detail or " ".join(kind.explanation.split()),
        demonstration=demonstration or None,
        **more,
    )
    return JSONResponse(body.model_dump(mode="json", exclude_none=True), kind.status, headers, MEDIA_TYPE)


_READING = (INVALID, UNEXPECTED, BUSY, UNREACHABLE)
_COMMANDING = (
    *(IDEMPOTENCY_KEY_REQUIRED, IDEMPOTENCY_KEY_UNREADABLE, UNREADABLE, TOO_LARGE, NOT_JSON, ANOTHER_REQUEST),
    OTHER_RULES,
)
_CHANGING = (VERSION_UNREADABLE, STALE, VERSION_REQUIRED)

Responses = dict[int | str, dict[str, Any]]


def declared(*which: Kind | type[Refusal]) -> Responses:
    """The problems of a route, as OpenAPI has them: by status, with an example of each kind."""
    every = [kind if isinstance(kind, Kind) else of_refusal(kind) for kind in which]
    by_status: dict[int, list[Kind]] = {}
    for kind in dict.fromkeys(every):
        by_status.setdefault(kind.status, []).append(kind)
    return {status: _response(by_status[status]) for status in sorted(by_status)}


def reading(*more: Kind | type[Refusal], versioned: bool = False) -> Responses:
    """What a question may be answered with; `versioned` where the answer is about one record and tells its version."""
    answered = {200: _answered("The answer.", "Position", *(("ETag",) if versioned else ()))}
    return answered | declared(*_READING, BEYOND_THE_RECORD, NOT_A_POSITION, BEHIND, *more)


def opening(*more: Kind | type[Refusal]) -> Responses:
    """What a command that opens something new may be answered with."""
    answered = {201: _answered("It is on the record.", "Position", "ETag", "Location")}
    return answered | declared(*_READING, *_COMMANDING, *more)


def changing(*more: Kind | type[Refusal]) -> Responses:
    """What a command to something that is there already may be answered with."""
    answered = {200: _answered("It is on the record.", "Position", "ETag")}
    return answered | declared(*_READING, *_COMMANDING, *_CHANGING, NothingRecorded, *more)


_HEADERS: Mapping[str, dict[str, Any]] = {
    "Position": {"description": "The record number of the answer.", "schema": {"type": "integer", "minimum": 0}},
    "ETag": {"description": "The record's version, in quotes.", "schema": {"type": "string"}, "example": '"3"'},
    "Location": {"description": "Where it is found.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}},
}
_OF_PROBLEMS = {412: ("ETag",), 503: ("Retry-After",)}


def _answered(description: str, *headers: str) -> dict[str, Any]:
    return {"description": description, "headers": {name: _HEADERS[name] for name in headers}}


def _response(alike: list[Kind]) -> dict[str, Any]:
    examples = {
        kind.code: {
            "summary": kind.title,
            "value": {
                "type": kind.type,
                "title": kind.title,
                "status": kind.status,
                "detail": " ".join(kind.explanation.split()),
            },
        }
        for kind in alike
    }
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
    described = alike[0].title if len(alike) == 1 else "One of: " + " ".join(kind.title for kind in alike)
    headers = _OF_PROBLEMS.get(alike[0].status, ())
    return _answered(described, *headers) | {"content": {MEDIA_TYPE: content}}
