"""The application: it opens what requests need, puts the routes together, and describes itself."""

import asyncio
from collections.abc import AsyncGenerator, MutableMapping
from contextlib import ExitStack, asynccontextmanager, closing
from datetime import date
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from api import (
    accreditation,
    attendance,
    career,
    coaching,
    coaching_use,
    cohort,
    entries,
    fellowship,
    fellowship_endings,
    front,
    handlers,
    health,
    irregularities,
    metrics,
    organisation,
    outcomes,
    oversight,
    person,
    portfolio,
    programme,
    project,
    retention,
    roles,
    secondees,
    secondment,
    secondment_releases,
    session,
    session_guest,
    standing,
)
from api.demonstration_day import Today
from api.description import DESCRIPTION, TAGS, TITLE, Described
from api.resources import Resources
from api.routes import Directory, threads
from domain import RULES
from infra.log.event_log import EventLog
from infra.log.vault import Vault
from infra.migrate import installation
from infra.postgres.database import engine, pool
from infra.settings import Connections
from infra.views.answers import PLANNED_ONCE
from infra.views.waiting import Arrivals

LARGEST_BODY = 1_000_000
"""Bytes that a request's body may have."""

ROUTERS = (
    front.router,
    programme.router,
    cohort.router,
    standing.router,
    person.router,
    fellowship.router,
    fellowship_endings.router,
    accreditation.router,
    organisation.router,
    secondment_releases.router,
    secondment.router,
    secondees.router,
    session.router,
    session_guest.router,
    attendance.router,
    coaching.router,
    coaching_use.router,
    oversight.router,
    project.router,
    portfolio.router,
    career.router,
    roles.router,
    outcomes.router,
    entries.router,
    retention.router,
    irregularities.router,
    health.router,
    metrics.router,
)
"""Every route, by what it is about."""

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
"""Every route."""


def create_app(connections: Connections, *, patience: float = 2.0, connections_each: int = 8) -> FastAPI:
    """The application over a migrated database.

    `patience` is how many seconds an answer waits for a view that is behind, `connections_each` how many connections
    the log and the views may each have. Starting it raises SetUpError where the database is not as it must be.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        found = installation(connections, RULES)
        asyncio.get_running_loop().set_default_executor(threads())
        views = engine(connections.api, name="fellowtrace views", size=connections_each, plan_cache_mode=PLANNED_ONCE)
        with (
            ExitStack() as last,
            closing(pool(connections.api, name="fellowtrace log", size=connections_each)) as log_pool,
            closing(pool(connections.vault, name="fellowtrace vault", size=4)) as vault_pool,
            closing(Arrivals(connections.api)) as arrivals,
        ):
            last.callback(views.dispose)
            vault = Vault(vault_pool, connections.secret)
            with closing(EventLog(log_pool, vault, connections.secret, RULES)) as log:
                app.state.demonstration = found.demonstration
                day = Today(log_pool) if found.demonstration else _as_it_is
                app.state.resources = Resources(log, views, vault, found.demonstration, arrivals, patience, day)
                yield

    app = Described(
        title=TITLE,
        description=DESCRIPTION,
        version="1",
        lifespan=lifespan,
        openapi_tags=TAGS,
        # The pages that come with the framework load their scripts from elsewhere; the document itself is here.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.router.routes += [Directory(ROUTES), *ROUTES]
    handlers.install(app, [*app.routes])
    app.add_middleware(HeadAsGet)
    app.add_middleware(Limited)
    return app


def _as_it_is() -> date | None:
    """Of a record in use, today is today."""
    return None


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


class Limited:
    """Refuses a body that is larger than any command, before it is read whole."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = Headers(scope=scope).get("content-length", "0")
        announced, read = int(said) if said.isdecimal() else 0, 0

        async def limited() -> MutableMapping[str, Any]:
            nonlocal read
            if announced > LARGEST_BODY:
                raise HTTPException(413)
            message = await receive()
            read += len(message.get("body", b""))
            if read > LARGEST_BODY:
                raise HTTPException(413)
            return message

        await self._app(scope, limited, send)
