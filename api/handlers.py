"""What is raised becomes a problem here, and nowhere else: routes and everything behind them know no status codes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import psycopg
from fastapi import FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from psycopg_pool import PoolTimeout
from pydantic import BaseModel, ValidationError
from sqlalchemy import exc
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route

from api import problems
from api.problems import FieldError, Kind, fact, of_refusal, problem
from api.wording import UNKEPT, wrong
from domain.refusal import Refusal
from infra.log.combining import Busy
from infra.log.command import AnotherRequest, KeyTaken, Stale
from infra.log.terms import OtherRules
from infra.postgres.silence import Silent
from infra.views.reading import Behind

RETRY = {"Retry-After": "1"}

_HEADERS: Mapping[str, tuple[Kind, Kind]] = {
    "idempotency-key": (problems.IDEMPOTENCY_KEY_REQUIRED, problems.IDEMPOTENCY_KEY_UNREADABLE),
    "if-match": (problems.VERSION_REQUIRED, problems.VERSION_UNREADABLE),
}
"""What is wrong when one of these headers is missing, and when it cannot be read."""

_HTTP = {404: problems.NO_SUCH_ADDRESS, 405: problems.METHOD_NOT_ALLOWED, 413: problems.TOO_LARGE}


_LISTED = {
    "cohort_id": "codes and their identifiers are listed at /v1/cohorts",
    "organisation_id": "codes and their identifiers are listed at /v1/organisations",
    "programme_id": "codes and their identifiers are listed at /v1/programmes",
    "project_id": "projects and their identifiers are listed at /v1/projects",
}
"""Where identifiers are to be found, for one who has a code or a title."""

_WHERE_TO_LOOK = "What there is, is listed at / and described in /openapi.json."


class NotThere(Exception):
    """What a `parameter` of a question names is not there: a place in the record, or what it is to be about."""

    def __init__(self, kind: Kind, parameter: str, detail: str) -> None:
        self.kind, self.parameter, self.detail = kind, parameter, detail
        super().__init__(detail)


def invalid(where: str, field: str, message: str) -> RequestValidationError:
    """What to raise where a field proves wrong only on a closer look."""
    return RequestValidationError([{"type": "value_error", "loc": (where, *field.split(".")), "msg": message}])


def invalid_fact(error: ValidationError) -> RequestValidationError:
    """What to raise where the fields of a restated fact do not validate."""
    found = [
        {**each, "loc": ("body", "fact", *each["loc"])} for each in error.errors(include_url=False, include_input=False)
    ]
    return RequestValidationError(found)


def install(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Have the application, which has these routes, answer with problems."""

    def demonstration(request: Request) -> bool:
        return bool(getattr(request.app.state, "demonstration", False))

    # These answer without waiting for anything, so they need no thread of their own.

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        facts = [fact(named) for named in error.facts] or None
        advice = error.explanation().partition(". ")[2]
        detail = " ".join(part for part in (error.detail, advice) if part)
        return problem(of_refusal(type(error)), detail, facts=facts, demonstration=demonstration(request))

    async def stale(request: Request, error: Exception) -> Response:
        assert isinstance(error, Stale)
        detail = f"The record is at version {error.current} now. Read it again, and decide on what it says."
        headers = {"ETag": f'"{error.current}"'}
        return problem(
            problems.STALE,
            detail,
            demonstration=demonstration(request),
            headers=headers,
            current_version=error.current,
            stream=error.stream,
        )

    async def another(request: Request, error: Exception) -> Response:
        return problem(problems.ANOTHER_REQUEST, demonstration=demonstration(request))

    async def taken(request: Request, error: Exception) -> Response:
        assert isinstance(error, KeyTaken)
        detail = f"This {error.scheme} is already on the record, for {error.identifier}."
        return problem(problems.KEY_TAKEN, detail, demonstration=demonstration(request), identifier=error.identifier)

    async def not_there(request: Request, error: Exception) -> Response:
        assert isinstance(error, NotThere)
        errors = [FieldError(where="query", field=error.parameter, message=error.detail)]
        return problem(error.kind, error.detail, demonstration=demonstration(request), errors=errors)

    async def behind(request: Request, error: Exception) -> Response:
        assert isinstance(error, Behind)
        says = f"The answer has reached record number {error.reached}; {error.wanted} was asked for."
        detail = f"{says} {error.advice}" if error.advice else says
        return problem(
            problems.BEHIND, detail, demonstration=demonstration(request), headers=RETRY, position=error.reached
        )

    async def busy(request: Request, error: Exception) -> Response:
        return problem(problems.BUSY, demonstration=demonstration(request), headers=RETRY)

    async def other_rules(request: Request, error: Exception) -> Response:
        return problem(problems.OTHER_RULES, demonstration=demonstration(request), headers=RETRY)

    async def unreachable(request: Request, error: Exception) -> Response:
        return problem(problems.UNREACHABLE, demonstration=demonstration(request), headers={"Retry-After": "5"})

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        kind = _HTTP.get(error.status_code, problems.UNREADABLE)
        detail, headers = "", dict(error.headers or {})
        if kind is problems.METHOD_NOT_ALLOWED:
            methods = _taken(request, routes)
            detail, headers["Allow"] = _not_taken(request.method, methods), ", ".join(methods)
        elif kind is problems.NO_SUCH_ADDRESS:
            detail = f"{kind.explanation} {_WHERE_TO_LOOK}"
        return problem(kind, detail, demonstration=demonstration(request), headers=headers)

    async def unsuitable(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        found = cast(Sequence[Mapping[str, Any]], error.errors())
        return _unsuitable(request, found, demonstration(request))

    async def unexpected(request: Request, error: Exception) -> Response:
        return problem(problems.UNEXPECTED, demonstration=demonstration(request))

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(Stale, stale)
    app.add_exception_handler(AnotherRequest, another)
    app.add_exception_handler(KeyTaken, taken)
    app.add_exception_handler(NotThere, not_there)
    app.add_exception_handler(Behind, behind)
    app.add_exception_handler(OtherRules, other_rules)
    for late in (Busy, Silent):
        app.add_exception_handler(late, busy)
    for lost in (psycopg.OperationalError, PoolTimeout, exc.OperationalError, exc.TimeoutError):
        app.add_exception_handler(lost, unreachable)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, unsuitable)
    app.add_exception_handler(Exception, unexpected)


def _taken(request: Request, routes: Sequence[BaseRoute]) -> list[str]:
    """The methods that an address takes."""
    fitting = [each for each in routes if isinstance(each, Route) and each.matches(request.scope)[0] is not Match.NONE]
    found = {method for route in fitting for method in route.methods or ()}
    return sorted(found | ({"HEAD"} if "GET" in found else set()))


def _not_taken(method: str, methods: Sequence[str]) -> str:
    """Why an address does not take a method, and what may be done instead."""
    takes = f"This address takes {' and '.join(methods)}, not {method}."
    if method in ("PUT", "PATCH", "DELETE"):
        return (
            f"{takes} What is on the record is not overwritten or taken away: a correction, or a mark that an entry "
            "was entered in error, is a further entry, sent by POST as /openapi.json describes it."
        )
    return f"{takes} GET asks, POST records; /openapi.json describes both."


def _is_inward(error: Mapping[str, Any]) -> bool:
    """Whether an error is about the other forms that a personal field has inside the program, which nobody sends."""
    return any("is-instance" in str(part) for part in error["loc"])


def _unsuitable(request: Request, found: Sequence[Mapping[str, Any]], demonstration: bool) -> Response:
    """The problem of a request whose parts do not validate: headers first, then the body's form, then its fields."""
    for error in found:
        where, *name = error["loc"]
        if where == "header" and (known := _HEADERS.get(str(name[0]).lower())) is not None:
            missing, unreadable = known
            return problem(missing if error["type"] == "missing" else unreadable, demonstration=demonstration)
    for error in found:
        if error["loc"][0] == "body" and len(error["loc"]) == 1 and not _is_json(request):
            return problem(problems.NOT_JSON, demonstration=demonstration)
        if error["type"] == "json_invalid":
            detail = f"The request's body is not JSON: {error['ctx']['error']}, at character {error['loc'][1]}."
            return problem(problems.UNREADABLE, detail, demonstration=demonstration)
    errors = [_field_error(request, error) for error in found if not _is_inward(error)]
    detail = "; ".join(f"{error.field}: {error.message}" if error.field else error.message for error in errors[:5])
    return problem(problems.INVALID, detail, demonstration=demonstration, errors=errors)


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _field_error(request: Request, error: Mapping[str, Any]) -> FieldError:
    where, *path = error["loc"]
    if error["type"] == UNKEPT:
        path += error["ctx"]["where"]
    # A part in brackets names a form that a field may take; the reader knows the field alone. One that is asked twice
    # is numbered, which nobody sees who asks it once.
    parts = [part for part in path if not str(part).startswith("(") and (where != "query" or isinstance(part, str))]
    field, message = ".".join(map(str, parts)), wrong(error)
    if error["type"] == "extra_forbidden" and len(parts) == 1 and (known := sorted(_known(request, str(where)))):
        message = f"{message}; known are {', '.join(known)}"
    elif str(error["type"]).startswith("uuid") and (listed := _LISTED.get(str(parts[-1]) if parts else "")):
        message = f"{message}; {listed}"
    return FieldError(where=str(where), field=field, message=message)


def _known(request: Request, where: str) -> set[str]:
    """The names that may stand in the query or in the body of a request to this address."""
    route = request.scope.get("route")
    return set(_names(route.dependant, where)) if isinstance(route, APIRoute) else set()


def _names(told: Dependant, where: str) -> Iterator[str]:
    for field in told.query_params if where == "query" else told.body_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from model.model_fields
        else:
            yield field.alias
    for each in told.dependencies:
        yield from _names(each, where)
