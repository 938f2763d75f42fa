"""The application: it opens what requests need, puts the routes together, and describes itself."""

from collections.abc import AsyncGenerator, MutableMapping
from contextlib import asynccontextmanager, closing
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from api import (
    accreditation,
    cohort,
    entries,
    fellowship,
    fellowship_endings,
    handlers,
    health,
    person,
    programme,
    retention,
    standing,
)
from api.deps import Resources
from api.problems import Problem
from domain import RULES
from infra.database import engine, pool
from infra.event_log import EventLog
from infra.migrate import installation
from infra.settings import Connections
from infra.vault import Vault

LARGEST_BODY = 1_000_000
"""Bytes that a request's body may have."""

TITLE = "Fellowtrace: nobody signs in, enter no real people"
DESCRIPTION = """
The record of a fellowship programme, answerable for any date as known on any date.

**Nobody signs in yet.** Whoever reaches this address may read and record everything, so it listens on loopback only,
and **no real people may be entered**. Each command names an actor, recorded as declared, not verified.

**Commands** are POST. Each carries an `Idempotency-Key`, a UUID: sent again, it gets the same answer and records nothing
more. A command to something that is there already carries `If-Match` with the version seen, as `ETag` gave it. The
answer is a receipt, and its record number is in the header `Position`.

**Questions** are GET. `as_at` is the day an answer is about, `known_at` the record number, date or time it is as known
at. `min_position` (or the header `Min-Position`) waits until a record number is in the answer. Each answer names its
record number in `Position`; the address with `as_at` and `known_at` in it always gets the same answer.

**Problems** are `application/problem+json`; their `type` leads to an explanation.
"""
_TAGS = [
    {"name": "programmes", "description": "Programmes and the versions of their design."},
    {"name": "cohorts", "description": "One intake of a programme, and where its fellows are."},
    {"name": "people", "description": "Who somebody is and how to reach them."},
    {"name": "fellowships", "description": "One person's place, from offer to end."},
    {"name": "accreditation", "description": "Registration with the university, and work laid before it."},
    {"name": "entries", "description": "What a record holds, and the ways an earlier entry is changed."},
    {"name": "questions", "description": "Comparisons over cohorts, and what should not have happened."},
    {"name": "operation", "description": "Health, and what problems mean."},
]
_ROUTERS = (
    programme.router,
    cohort.router,
    standing.router,
    person.router,
    fellowship.router,
    fellowship_endings.router,
    accreditation.router,
    entries.router,
    retention.router,
    health.router,
)


def create_app(connections: Connections, *, patience: float = 2.0, connections_each: int = 8) -> FastAPI:
    """The application over a migrated database.

    `patience` is how many seconds an answer waits for a view that is behind, `connections_each` how many connections
    the log and the views may each have. Starting it raises SetUpError where the database is not as it must be.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        found = installation(connections)
        views = engine(connections.api, name="fellowtrace views", size=connections_each)
        with (
            closing(pool(connections.api, name="fellowtrace log", size=connections_each)) as log_pool,
            closing(pool(connections.vault, name="fellowtrace vault", size=4)) as vault_pool,
        ):
            vault = Vault(vault_pool, connections.secret)
            with closing(EventLog(log_pool, vault, connections.secret, RULES)) as log:
                app.state.demonstration = found.demonstration
                app.state.resources = Resources(log, views, vault, found.demonstration, patience)
                yield
        views.dispose()

    app = FastAPI(
        title=TITLE,
        description=DESCRIPTION,
        version="1",
        lifespan=lifespan,
        openapi_tags=_TAGS,
        # The pages that come with the framework load their scripts from elsewhere; the document itself is here.
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation,
        redirect_slashes=False,
    )
    handlers.install(app)
    for router in _ROUTERS:
        app.include_router(router)
    app.add_middleware(HeadAsGet)
    app.openapi = lambda: _described(app)  # pyright: ignore
    return app


class HeadAsGet:
    """Answers HEAD as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def bodiless(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, bodiless)


def _operation(route: APIRoute) -> str:
    return route.name


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = document["components"]["schemas"]
        schemas |= schema.pop("$defs", {})
        schemas["Problem"] = schema
        app.openapi_schema = document
    return app.openapi_schema
