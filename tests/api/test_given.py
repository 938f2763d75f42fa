"""What a route's function is given: by a plan, or by FastAPI where a plan would not know."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Any

import pytest
from fastapi import BackgroundTasks, Body, Cookie, Depends, Header, Query, Request, Response, Security
from fastapi.responses import PlainTextResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.routing import Match
from starlette.routing import Route as StarletteRoute
from starlette.testclient import TestClient

from api.app import ROUTES
from api.given import planned
from api.routes import Directory

Json = dict[str, Any]


def test_all_but_what_is_not_json_is_read_by_a_plan() -> None:
    left = [route.path for route in ROUTES if planned(route, unplanned) is unplanned]
    assert left == ["/docs", "/metrics"]


async def unplanned(request: Request) -> Response:
    """FastAPI's way, in its place."""
    return Response(status_code=599)


class Answered(BaseModel):
    """An answer."""

    said: Any


class Asked(BaseModel):
    """What is asked for in a query."""

    text: str = "nothing"
    texts: list[str] = []


class Renamed(BaseModel):
    """What is asked for by another name."""

    text: str = Field("", alias="words")


class Nested(BaseModel):
    """What is asked for in more than one way."""

    texts: list[str] | None = None


async def open_while_it_answers() -> AsyncGenerator[int]:
    """A dependency that has an end."""
    yield 1


def waits() -> int:
    """A dependency that would hold up others."""
    return 1


async def rests_on_another(one: Annotated[int, Depends(waits)]) -> int:
    """A dependency with one of its own."""
    return one


@pytest.mark.parametrize(
    "kind",
    [
        Annotated[int, Depends(open_while_it_answers)],
        Annotated[int, Depends(waits)],
        Annotated[int, Depends(rests_on_another)],
        Annotated[str, Cookie()],
        Annotated[str, Body(embed=True)],
        Annotated[list[str], Header()],
        Annotated[list[str], Query()],
        Annotated[Renamed, Query()],
        Annotated[Nested, Query()],
        Annotated[str, Security(rests_on_another, scopes=["read"])],
        BackgroundTasks,
    ],
)
def test_a_route_that_takes_what_no_plan_knows_of_is_left_to_fastapi(kind: Any) -> None:
    async def taking(given: Any) -> Answered:
        return Answered(said=str(given))

    taking.__annotations__["given"] = kind
    route = APIRoute("/", taking, methods=["POST"])
    assert planned(route, unplanned) is unplanned


@pytest.mark.parametrize(
    "settings",
    [
        {"response_model": None},
        {"response_model_exclude_none": True},
        {"response_model_include": {"said"}},
        {"response_model_by_alias": False},
        {"response_class": PlainTextResponse},
    ],
)
def test_a_route_whose_answer_is_written_in_a_form_of_its_own_is_left_to_fastapi(settings: Json) -> None:
    async def plain() -> Answered:
        return Answered(said=1)

    assert planned(APIRoute("/", plain), unplanned) is not unplanned
    assert planned(APIRoute("/", plain, **settings), unplanned) is unplanned


def test_a_request_is_left_to_fastapi_only_where_something_is_wrong() -> None:
    async def taking(
        number: int, asked: Annotated[Asked, Query()], said: Response, times: Annotated[int, Header()] = 2
    ) -> Answered:
        said.headers["Times"], said.status_code = str(times), 203
        return Answered(said=[number, asked.text, *asked.texts])

    route = APIRoute("/{number}", taking)
    app = Starlette(routes=[StarletteRoute("/{number}", planned(route, unplanned))])
    with TestClient(app) as client:
        good = client.get("/7?text=a&text=b&texts=c&texts=d", headers={"Times": "3"})
        assert (good.status_code, good.json(), good.headers["Times"]) == (203, {"said": [7, "b", "c", "d"]}, "3")
        assert client.get("/7").json() == {"said": [7, "nothing"]}
        for path, headers in (("/x", {}), ("/7?other=1", {}), ("/7", {"Times": "often"})):
            assert client.get(path, headers=headers).status_code == 599


def test_a_request_that_is_traced_is_left_to_fastapi() -> None:
    route = next(route for route in ROUTES if route.path == "/health/live")
    scope: Json = {"type": "http", "method": "GET", "path": "/health/live", "query_string": b"", "headers": []}
    for more, match, status in (({}, Match.FULL, 200), ({"fastapi.telemetry": object()}, Match.NONE, 599)):
        assert Directory(ROUTES).matches(scope | more)[0] is match
        assert asyncio.run(planned(route, unplanned)(Request(scope | more))).status_code == status
