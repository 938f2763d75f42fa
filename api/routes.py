"""How a request comes to its route, and the route to a thread."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

P = ParamSpec("P")
T = TypeVar("T")

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


class Routes(APIRouter):
    """The routes of one subject, which are looked through for addresses that begin as theirs do."""

    def __init__(self, *, prefix: str = "", tags: Sequence[str | Enum]) -> None:
        super().__init__(prefix=prefix, tags=[*tags], route_class=Route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether one of them is asked for."""
        path, root = scope["path"], scope.get("root_path", "")
        # Where the program is reached under a root, the path begins with it, or the server has taken it away.
        return super().matches(scope) if path.startswith((self.prefix, root + self.prefix)) else (Match.NONE, {})


def _threaded(function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    @wraps(function)
    async def run(*given: P.args, **named: P.kwargs) -> T:
        return await asyncio.to_thread(function, *given, **named)

    return run
