"""The front door: what there is, for programs and for people with a browser, and the interface as a page to read."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from html import escape
from typing import cast

from fastapi import FastAPI, Request
from pydantic import Field
from starlette.responses import HTMLResponse, Response

from api import problems
from api.answers import Marked, absent
from api.deps import Held
from api.description import TITLE
from api.docs import page
from api.examples import shown
from api.problems import declared
from api.routes import Routes
from api.serving import WARNING

router = Routes(tags=["operation"])

_LINKS: Mapping[str, str] = {
    "/docs": "All that can be asked and recorded, to read",
    "/openapi.json": "The same for programs",
    "/health/ready": "Whether it is ready, and how far each view has come",
    "/problems": "What problems mean",
    "/v1/programmes": "Programmes and their versions",
    "/v1/cohorts": "Cohorts: the way to standing, roster, attendance, coaching and outcomes",
    "/v1/organisations": "Organisations",
    "/v1/projects": "Improvement projects",
    "/v1/secondees": "Those who are released, by organisation",
    "/v1/retention": "Cohorts compared over the months",
    "/v1/irregularities": "What should not have happened",
}
_STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b }
code, pre { font-family: monospace; background: #f3f3f3 }
pre { padding: .6rem; overflow-x: auto }
.warning { border: 2px solid #8a1c1c; padding: .6rem }
section { border-top: 1px solid #bbb }
table { border-collapse: collapse }
td, th { border: 1px solid #ddd; padding: .2rem .5rem; text-align: left; vertical-align: top }
"""
_GUARD = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


class Front(Marked):
    """What there is at this address."""

    model_config = shown({"title": TITLE, "warning": WARNING, "links": dict(_LINKS)})

    title: str
    warning: str
    today: date | None = Field(
        None, exclude_if=absent, description="Of a demonstration: the day that it takes for today."
    )
    links: dict[str, str] = Field(description="Addresses, and what is there.")


@router.get(
    "/",
    summary="Show what there is",
    response_model=Front,
    responses=declared(problems.UNEXPECTED, problems.UNREACHABLE),
)
def front(request: Request, held: Held) -> Front | Response:
    """The addresses to begin with: JSON for programs, a page for browsers."""
    told = Front(
        title=TITLE,
        warning=WARNING,
        today=held.today(),
        links=dict(_LINKS),
        demonstration=held.demonstration or None,
    )
    return _page(_front(told)) if "text/html" in request.headers.get("accept", "") else told


@router.get("/docs", include_in_schema=False)
def docs(request: Request) -> Response:
    """The document of the interface as a page that loads nothing from elsewhere."""
    return _read(cast(FastAPI, request.app))


@lru_cache(maxsize=1)
def _read(app: FastAPI) -> Response:
    """The page, which is made once."""
    return _page(page(app.openapi()))


def _page(parts: Iterator[str]) -> Response:
    head = f'<meta charset="utf-8"><title>Fellowtrace</title><style>{_STYLE}</style>'
    html = f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>'
    return HTMLResponse(html, headers=_GUARD)


def _front(told: Front) -> Iterator[str]:
    yield f'<h1>Fellowtrace</h1><p class="warning">{escape(told.warning)}</p>'
    if told.demonstration:
        day = f", in which today is {told.today}" if told.today else ""
        yield f"<p>This is a demonstration{day}: its people and organisations are invented.</p>"
    yield "<ul>"
    for address, says in told.links.items():
        yield f'<li><a href="{address}">{address}</a>: {escape(says)}</li>'
    yield "</ul>"
