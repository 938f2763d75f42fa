"""The sites elsewhere that have adopted a project's improvement, and those that abandoned it again."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from domain.event import Recorded
from domain.project import PROJECT
from domain.project_events import ImprovementAbandoned, ImprovementAdopted
from domain.stream import Timeline
from domain.values import Precision
from infra.log.entries import of_streams
from infra.views.reading import At
from projections.entry import entries


class Site(NamedTuple):
    """A site's adoption, as long as it lasted, and the positions of the entries that say so."""

    site_id: str
    organisation_id: str | None
    adopted_on: date
    precision: Precision
    abandoned_on: date | None
    causes: tuple[int, ...]


def sites(connection: Connection, at: At, project_id: str) -> list[Site]:
    """The adoptions of a project's improvement up to the day, by day; a site that came back is there twice."""
    statements = of_streams(connection, [PROJECT.of(project_id)], at.known)
    stand = {entry.position for entry in entries(statements, at.valid) if entry.stands(at.valid)}
    found: list[Site] = []
    for step in Timeline(PROJECT, statements).steps:
        recorded, event = step.recorded, step.recorded.event
        if step.refusal is not None or recorded.position not in stand:
            continue
        if isinstance(event, ImprovementAdopted):
            exactly, causes = recorded.happened.precision, (recorded.position,)
            found.append(Site(event.site_id, event.organisation_id, recorded.day, exactly, None, causes))
        elif isinstance(event, ImprovementAbandoned):
            found = [_left(site, event, recorded) for site in found]
    return found


def _left(site: Site, event: ImprovementAbandoned, recorded: Recorded) -> Site:
    if site.site_id != event.site_id or site.abandoned_on is not None:
        return site
    return site._replace(abandoned_on=recorded.day, causes=(*site.causes, recorded.position))
