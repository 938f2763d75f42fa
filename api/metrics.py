"""Figures for a monitor, in the text format of Prometheus (version 0.0.4)."""

from collections.abc import Callable, Iterable

from starlette.responses import Response

from api.deps import Held
from api.routes import Routes
from infra.following.lag import Lagging, lagging
from projections import VIEWS

router = Routes(tags=["operation"])

_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_OF_VIEWS: tuple[tuple[str, str, Callable[[Lagging], float]], ...] = (
    ("position", "The record number that a view has reached.", lambda view: view.position),
    ("lag_events", "Entries of the record that a view has not taken.", lambda view: view.events),
    ("lag_seconds", "How long ago the first entry that a view has not taken was recorded.", lambda view: view.seconds),
    ("waiting_keys", "Those of a view that wait because an entry could not be taken.", lambda view: view.waiting),
    ("paused", "1 where a view is paused before an entry that it cannot take.", lambda view: view.paused is not None),
    ("kept", "1 where a projector keeps a view.", lambda view: view.holder is not None),
)


@router.get("/metrics", include_in_schema=False)
def metrics(held: Held) -> Response:
    """How far each view is behind, and what of it waits."""
    with held.engine.connect() as connection:
        views = lagging(connection, VIEWS)
    lines = [line for name, told, value in _OF_VIEWS for line in _gauge(f"fellowtrace_view_{name}", told, views, value)]
    head = max((view.position + view.events for view in views), default=0)
    lines += _lines("fellowtrace_record_position", "The last record number.", [("", head)])
    return Response("\n".join([*lines, ""]), media_type=_TYPE)


def _gauge(name: str, told: str, views: Iterable[Lagging], value: Callable[[Lagging], float]) -> list[str]:
    return _lines(name, told, [(f'{{view="{view.title}"}}', value(view)) for view in views])


def _lines(name: str, told: str, values: Iterable[tuple[str, float]]) -> list[str]:
    return [f"# HELP {name} {told}", f"# TYPE {name} gauge", *(f"{name}{label} {+value}" for label, value in values)]
