"""How a request comes to its route, and the route to a thread."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from api.description import operation
from api.given import Handler, is_traced, planned
from api.sent import Sent

P = ParamSpec("P")
T = TypeVar("T")

_ANY = "{}"

AT_ONCE = 40
"""How many routes run at once; the others wait for their turn."""


def threads() -> ThreadPoolExecutor:
    """The threads of an application, for its event loop to use where none other is named."""
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="route")


class Route(APIRoute):
    """A route whose function waits for the database: it runs in a thread, which it is handed to once.

    The framework would hand the answer to another one, to be looked through. A coroutine function holds nobody up:
    it awaits the log, or waits for nothing. It runs where it is.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **settings: Any) -> None:
        super().__init__(path, endpoint if inspect.iscoroutinefunction(endpoint) else _threaded(endpoint), **settings)

    def get_route_handler(self) -> Handler:
        """What handles a request: what the function is given is read by a plan."""
        usual = super().get_route_handler()
        # A router that includes a route which is made already may ask for more, of which a plan would not know.
        handle = usual if hasattr(self, "app") else planned(self, usual)
        return _of_sent(handle) if self.body_field else handle


class Routes(APIRouter):
    """The routes of one subject."""

    def __init__(self, *, prefix: str = "", tags: Sequence[str | Enum]) -> None:
        super().__init__(prefix=prefix, tags=[*tags], route_class=Route, generate_unique_id_function=operation)


class _Branch(NamedTuple):
    """What comes next in an address, and the routes, by method, of one that ends here."""

    parts: dict[str, "_Branch"]
    routes: dict[str, APIRoute]


class Directory(BaseRoute):
    """Finds the route of a request by the parts of its address.

    What it does not find is for the routes themselves, one after the other: they stand behind it. So it may leave out
    what is rare, and what they would say to a request that none of them takes.
    """

    def __init__(self, routes: Iterable[APIRoute]) -> None:
        self._root = _Branch({}, {})
        for route in routes:
            branch = self._root
            for part in route.path.split("/"):
                branch = branch.parts.setdefault(_ANY if part.startswith("{") else part, _Branch({}, {}))
            for method in route.methods or ():
                branch.routes.setdefault(method, route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether there is a route for it, which is then in the scope."""
        branch: _Branch | None = self._root
        if scope["type"] != "http" or is_traced(scope):
            return Match.NONE, {}
        for part in scope["path"].removeprefix(scope.get("root_path", "")).split("/"):
            branch = branch.parts.get(part) or branch.parts.get(_ANY)
            if branch is None:
                return Match.NONE, {}
        route = branch.routes.get(scope["method"])
        return (Match.NONE, {}) if route is None else route.matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the route that was found."""
        await scope["route"].handle(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """The address of a route is for the route itself to say. Raises NoMatchFound."""
        raise NoMatchFound(name, path_params)


def _of_sent(handle: Handler) -> Handler:
    async def of_sent(request: Request) -> Response:
        return await handle(Sent(request.scope, request.receive))

    return of_sent


def _threaded(function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    @wraps(function)
    async def run(*given: P.args, **named: P.kwargs) -> T:
        return await asyncio.to_thread(function, *given, **named)

    return run
