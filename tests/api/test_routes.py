"""How requests come to their routes, and what these are given: the same as by FastAPI's own way, for every route."""

import asyncio
import json
from collections.abc import Iterator
from itertools import product
from re import sub
from typing import Any, NamedTuple
from uuid import uuid4

from fastapi import Depends, FastAPI, HTTPException
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.testclient import TestClient

from api.app import LARGEST_BODY, ROUTERS, ROUTES, create_app
from api.routes import Directory, Routes
from infra.settings import Connections
from tests.api.edge import Edge
from tests.api.steps import coaching_of, organisation_of, person_of, release_of, session_of

Json = dict[str, Any]


class Sent(NamedTuple):
    """A request; headers may be there more than once."""

    method: str
    path: str
    query: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def by_fastapi_alone(database: Connections, **settings: Any) -> FastAPI:
    """The same application, its routers included as FastAPI has it: it finds routes and reads parameters by itself."""
    app = create_app(database, **settings)
    app.router.routes[:] = [
        route for route in app.router.routes if route not in ROUTES and not isinstance(route, Directory)
    ]
    for router in ROUTERS:
        app.include_router(router)
    return app


async def answer(app: FastAPI, sent: Sent) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """What an application answers."""
    said: list[Any] = []

    async def receive() -> Json:
        return {"type": "http.request", "body": sent.body, "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    headers = [(name.encode(), value.encode()) for name, value in sent.headers]
    scope: Json = {"type": "http", "method": sent.method, "path": sent.path, "query_string": sent.query}
    scope |= {"headers": [(b"content-length", b"%d" % len(sent.body)), *headers], "root_path": "", "scheme": "http"}
    await app({**scope, "http_version": "1.1", "server": ("here", 80), "client": ("there", 1)}, receive, send)
    assert [message["type"] for message in said] == ["http.response.start", "http.response.body"]
    return said[0]["status"], said[0]["headers"], said[1]["body"]


QUERIES = (
    b"as_at=2014-01-01&known_at=3",
    b"as_at=2014-01-01&as_at=2012-01-01",
    b"as_at=yesterday&surplus=1&surplus=2",
    b"as_at=",
    b"known_from=1&known_to=4",
    b"known_at=%E2%82%AC&programme=%C3%89t%C3%A9",
    b"known_at=%ff",
    b"min_position=1",
    b"min_position=-1",
    b"cited=cohort+1&cited=standing+2",
    b"state=accepted&state=completed&only=moved",
    b"state=nowhere",
    b"months=6&months=12&months=x",
    b"number=1&number=2",
    b"attribution=current;only=moved",
    b"AS_AT=2014-01-01",
    b"&&=&as_at",
)


def questions(path: str) -> Iterator[Sent]:
    """Questions at an address, good ones and bad ones."""
    yield Sent("GET", path)
    yield Sent("HEAD", path)
    for query in QUERIES:
        yield Sent("GET", path, query)
    for least in ("0", "x", "-1", "9" * 30, "1.0", ""):
        yield Sent("GET", path, headers=(("min-position", least),))
    yield Sent("GET", path, headers=(("min-position", "0"), ("min-position", "x"), ("accept", "text/html")))


def commands(path: str, body: bytes) -> Iterator[Sent]:
    """Commands at an address: a good one, if its identifiers and version are, and what is wrong with the others."""
    key, other, seen, as_json = (
        ("idempotency-key", str(uuid4())),
        ("idempotency-key", str(uuid4())),
        ("if-match", '"1"'),
        ("content-type", "application/json"),
    )
    for headers in (
        (key, seen, as_json),
        (seen, as_json),
        (key, as_json),
        (("idempotency-key", "none"), seen, as_json),
        (key, ("if-match", "1"), as_json),
        (key, ("if-match", "*"), seen, as_json),
        (other, key, seen, as_json),
        (key, seen),
        *((other, seen, ("content-type", kind)) for kind in ("text/plain", "application/json;charset=utf-8", "")),
        *((other, seen, ("content-type", kind)) for kind in ("Application/JSON", "application/x+json", "application")),
        (other, seen, ("content-type", "multipart/form-data; boundary=x")),
    ):
        yield Sent("POST", path, headers=headers, body=body)
    for wrong in (
        b"",
        b"null",
        b"[]",
        b"{",
        b'"\xff"',
        b"1e999",
        b"{}",
        b"[" * 100_000,
        body[:-1] + b',"surplus":"\\u00e9"}',
    ):
        yield Sent("POST", path, headers=(other, seen, as_json), body=wrong)
    yield Sent("POST", path, b"as_at=2014-01-01", (other, seen, as_json), body.replace(b'"actor"', b'"actress"'))
    yield Sent("POST", path, b"", (other, seen, as_json), b" " * (LARGEST_BODY + 1))
    yield Sent("PUT", path, b"", (other, seen, as_json), body)


def example(document: Json, path: str) -> bytes:
    """A body that a command's address takes."""
    media = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    form = document["components"]["schemas"][media["schema"]["$ref"].rpartition("/")[2]]
    shown = [each["value"] for each in media.get("examples", {}).values()] or form["examples"]
    return json.dumps(shown[0]).encode()


def requests(document: Json, known: dict[str, str]) -> Iterator[Sent]:
    """Requests to every route, questions first; where a path takes identifiers, those that are `known`, and none.

    Of the commands that something is wrong with, each address gets every fourth.
    """
    unknown = dict.fromkeys(known, "n\u00f6body")
    for number, route in enumerate(sorted(ROUTES, key=_is_command)):
        if _is_command(route):
            good, *wrong = commands(route.path.format(**known), example(document, route.path))
            yield from (good, *wrong[number % 4 :: 4], good._replace(path=route.path.format(**unknown)))
        else:
            yield from questions(route.path.format(**known))
            yield Sent("GET", route.path.format(**unknown))


def _is_command(route: APIRoute) -> bool:
    return route.methods == {"POST"}


def recorded(edge: Edge) -> dict[str, str]:
    """What paths name, on the record."""
    programme = edge.programme()
    cohort = edge.cohort(programme)
    fellowship, organisation = edge.started(cohort), organisation_of(edge)
    known = {
        "programme_id": programme,
        "cohort_id": cohort,
        "fellowship_id": fellowship,
        "person_id": person_of(edge, fellowship),
        "organisation_id": organisation,
        "secondment_id": release_of(edge, fellowship, organisation),
        "session_id": session_of(edge, cohort),
        "coaching_id": coaching_of(edge, fellowship, edge.person()),
        **dict.fromkeys(("project_id", "accreditation_id"), str(uuid4())),
        "record": "cohort",
        "record_id": cohort,
        "version": "1",
        "month": "12",
        "figure": "n",
        "code": "stale",
    }
    edge.projector.catch_up()
    return known


def test_every_request_is_answered_as_by_fastapi_alone(edge: Edge, database: Connections) -> None:
    known = recorded(edge)
    statuses: set[int] = set()

    async def compare() -> None:
        ours, theirs = create_app(database, patience=0), by_fastapi_alone(database, patience=0)
        async with ours.router.lifespan_context(ours), theirs.router.lifespan_context(theirs):
            for sent in requests(ours.openapi(), known):
                # A command is recorded by the first, and answered by the second as the copy that it is.
                found = await answer(ours, sent)
                assert found == await answer(theirs, sent), sent._replace(body=sent.body[:500])
                statuses.add(found[0])

    asyncio.run(compare())
    assert statuses == {200, 201, 400, 404, 405, 409, 412, 413, 415, 422, 428}


def test_a_router_that_includes_routes_may_ask_for_more() -> None:
    def nobody() -> None:
        raise HTTPException(401)

    routes = Routes(tags=["operation"])

    @routes.get("/secret")
    async def secret() -> str:
        return "secret"

    app = FastAPI()
    app.include_router(routes, dependencies=[Depends(nobody)])
    with TestClient(app) as client:
        assert client.get("/secret").status_code == 401


def test_an_address_leads_to_the_route_that_would_be_found_first_of_all() -> None:
    directory, addresses = Directory(ROUTES), {sub("{.*?}", "x", route.path) for route in ROUTES}
    for route, other in product(ROUTES, ROUTES):
        # An identifier may be what is elsewhere the name of a part.
        parts = zip(route.path.split("/"), other.path.split("/"), strict=False)
        addresses.add("/".join(named if part.startswith("{") else part for part, named in parts))
    for path, method in product(addresses, ("GET", "POST")):
        scope: Json = {"type": "http", "path": path, "method": method}
        first = next((route for route in ROUTES if route.matches(scope)[0] is Match.FULL), None)
        found = directory.matches(scope)[1].get("route")
        assert found is first or (found is None and "x" not in path.split("/")), (method, path)
