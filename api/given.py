"""What a route's function is given, read from a request by a plan that is made once.

FastAPI looks at a function's parameters anew at each request, which takes longer than deciding most commands. A plan
knows the kinds that are in use here. A route with others keeps FastAPI's way; and so does each request in which
something is missing, wrong or unusual, so that every fault is found, and told, by FastAPI alone.
"""

import inspect
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import fields
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, Protocol, TypeAlias, Union, get_args, get_origin
from uuid import UUID

from fastapi import Request, Response, params
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import ResponseValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from starlette.exceptions import HTTPException
from starlette.types import Scope

Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]
Read: TypeAlias = Callable[[Request, Response, Any], Any]
"""Reads one parameter from the request, what is said with its answer, and its body. Raises Unusual."""

_KNOWN = {
    *("path_params", "query_params", "header_params", "body_params", "request_param_name", "response_param_name"),
    *("dependencies", "name", "call", "path", "scope", "use_cache"),
}
"""What a plan takes notice of in FastAPI's description of a function."""


class Unusual(Exception):
    """There is something in a route, or in a request, that FastAPI is to see to."""


class Field(Protocol):
    """A parameter as FastAPI describes it: its name in the function, and `alias`, that in the request."""

    name: str
    field_info: FieldInfo

    @property
    def alias(self) -> str: ...

    def validate(self, value: Any, values: dict[str, Any] = ..., *, loc: tuple[int | str, ...] = ...) -> Any: ...


def planned(route: APIRoute, usual: Handler) -> Handler:
    """What handles the requests of a route: by a plan where there can be one, else `usual`, which is FastAPI's way."""
    try:
        before = [(each.name, *_planned(each)) for each in route.dependant.dependencies]
        function, takes = _planned(route.dependant)
        written = _written(route)
        if any(each.dependencies or each.body_params for each in route.dependant.dependencies):
            raise Unusual
    except Unusual:
        return usual
    status, has_body = route.status_code or 200, bool(route.dependant.body_params)

    async def handle(request: Request) -> Response:
        said = Response(status_code=status)
        said.raw_headers.clear()
        try:
            if is_traced(request.scope):
                raise Unusual
            body = await _json(request) if has_body else None
            asked = [(name, call, _read(first, request, said, body)) for name, call, first in before]
            given = _read(takes, request, said, body)
        except Unusual:
            return await usual(request)
        for name, call, first in asked:
            made = await call(**first)
            if name is not None:
                given[name] = made
        found = await function(**given)
        if isinstance(found, Response):
            return found
        answer = Response(written(found), said.status_code, media_type="application/json")
        answer.raw_headers += said.raw_headers
        return answer

    return handle


def is_traced(scope: Scope) -> bool:
    """Whether a request is followed with OpenTelemetry: FastAPI tells of each step that it takes itself."""
    return scope.get("fastapi.telemetry") is not None


def _planned(told: Dependant) -> tuple[Callable[..., Coroutine[Any, Any, Any]], Mapping[str, Read]]:
    """A function, and how its parameters are read. Raises Unusual."""
    others = [each.name for each in fields(told) if each.name not in _KNOWN and getattr(told, each.name)]
    if others or len(told.query_params) > 1 or len(told.body_params) > 1 or not inspect.iscoroutinefunction(told.call):
        raise Unusual
    takes = {field.name: _text(field, "path_params") for field in told.path_params}
    takes |= {field.name: _text(field, "headers") for field in told.header_params}
    takes |= {field.name: _query(field) for field in told.query_params}
    takes |= {field.name: _body(field) for field in told.body_params}
    if told.request_param_name:
        takes[told.request_param_name] = lambda request, said, body: request
    if told.response_param_name:
        takes[told.response_param_name] = lambda request, said, body: said
    return told.call, takes


def _read(takes: Mapping[str, Read], request: Request, said: Response, body: Any) -> dict[str, Any]:
    return {name: read(request, said, body) for name, read in takes.items()}


def _valid(field: Field, said: Any) -> Any:
    value, errors = field.validate(said)
    if errors:
        raise Unusual
    return value


def _text(field: Field, source: str) -> Read:
    """A parameter that is one text of the request's address or headers."""
    _is_a(field.field_info.annotation, str, int, UUID, Enum)
    name, info = field.alias, field.field_info

    def read(request: Request, said: Response, body: Any) -> Any:
        text = getattr(request, source).get(name)
        if text is not None:
            return _valid(field, text)
        if info.is_required() or info.validate_default:
            raise Unusual
        return info.get_default(call_default_factory=True)

    return read


def _query(field: Field) -> Read:
    """All that stands behind the question mark, as a model."""
    model: Any = field.field_info.annotation
    _is_a(model, BaseModel)
    described: Mapping[str, FieldInfo] = model.model_fields
    lists = {name: _is_list(info) for name, info in described.items()}

    def read(request: Request, said: Response, body: Any) -> Any:
        asked = request.query_params
        if not lists.keys() >= asked.keys():
            raise Unusual
        return _valid(field, {name: asked.getlist(name) if lists[name] else asked[name] for name in asked})

    return read


def _is_list(info: FieldInfo) -> bool:
    is_list = get_origin(info.annotation) is list
    if info.alias or info.validation_alias or not (is_list or _is_single(info.annotation)):
        raise Unusual
    return is_list


def _is_single(kind: Any) -> bool:
    """Whether one value is meant, of one plain kind or another."""
    known = get_origin(kind) in (None, Union, UnionType, Annotated, Literal)
    return known and kind not in (list, set, tuple) and all(_is_single(each) for each in get_args(kind))


def _is_a(kind: Any, *kinds: type) -> None:
    if not (isinstance(kind, type) and issubclass(kind, kinds)):
        raise Unusual


def _body(field: Field) -> Read:
    if type(field.field_info) is not params.Body or field.field_info.embed:
        raise Unusual
    return lambda request, said, body: _valid(field, body)


async def _json(request: Request) -> Any:
    kind = request.headers.get("content-type", "")
    if kind != "application/json" and not kind.startswith("application/json;"):
        raise Unusual
    try:
        return await request.json()
    except HTTPException:
        raise
    except Exception as error:
        raise Unusual from error


def _written(route: APIRoute) -> Callable[[Any], bytes]:
    """How what the function returns is written. Raises Unusual."""
    field, left_out = route.response_field, ("include", "exclude", "exclude_unset", "exclude_defaults", "exclude_none")
    chosen = any(getattr(route, f"response_model_{each}") for each in left_out) or not route.response_model_by_alias
    own_form = not isinstance(route.response_class, DefaultPlaceholder)
    if field is None or chosen or own_form or route.dependency_overrides_provider is not None:
        raise Unusual

    def written(found: Any) -> bytes:
        value, errors = field.validate(found, {}, loc=("response",))
        if errors:
            raise ResponseValidationError(errors, body=found)
        return field.serialize_json(value)

    return written
