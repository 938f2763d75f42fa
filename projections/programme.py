"""Which programmes there are, and the versions of their design."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, select

from domain.event import Recorded
from domain.programme import ProgrammeEstablished, ProgrammeVersionAdopted
from domain.values import ProgrammeId
from infra.views.reading import At
from infra.views.view import Routed, View


class Programme(NamedTuple):
    """A programme as the view holds it."""

    code: str
    title: str
    latest_version: str | None


def route(recorded: Recorded) -> Iterable[Routed]:
    """A programme's facts go to that programme."""
    if isinstance(recorded.event, ProgrammeEstablished | ProgrammeVersionAdopted):
        yield Routed((recorded.key,), recorded.day, recorded.event)


def fold(programme: Programme | None, event: object) -> Programme | None:
    """The programme after a fact."""
    match event:
        case ProgrammeEstablished(code=code, title=title):
            return Programme(code, title, programme.latest_version if programme else None)
        case ProgrammeVersionAdopted(programme_version=version) if programme:
            return programme._replace(latest_version=version)
        case _:
            return programme


PROGRAMMES = View(
    name="programme", version=1, key={"programme_id": ProgrammeId}, state=Programme, route=route, fold=fold
)


class ProgrammeRow(NamedTuple):
    """A programme as a reader sees it."""

    programme_id: str
    code: str
    title: str
    latest_version: str | None


def programmes(connection: Connection, at: At) -> list[ProgrammeRow]:
    """The programmes there were, by code."""
    rows = PROGRAMMES.as_of(valid=at.valid, known=at.known)
    columns = [rows.c[name] for name in ProgrammeRow._fields]
    return [
        ProgrammeRow(*row) for row in connection.execute(select(*columns).order_by(rows.c.code, rows.c.programme_id))
    ]
