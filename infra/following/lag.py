"""How far each build of a view is behind the record, who keeps it, and what is left out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from infra.views.view import View

_MADE = sa.text("SELECT to_regclass('views.paused')")
_LAGGING = sa.text("""
    WITH head AS MATERIALIZED (SELECT log.head() AS position)
    SELECT c.view, c.version, c.stage, c.position, greatest(head.position - c.position, 0),
           coalesce(extract(epoch FROM clock_timestamp() - next.recorded_at), 0), projector.holder,
           parked.n, parked.since, paused.since, paused.error
      FROM views.checkpoint c CROSS JOIN head
      LEFT JOIN log.event next ON next.position = c.position + 1
      LEFT JOIN views.lease ON lease.view
             = c.view || ' ' || c.version || CASE c.stage WHEN '' THEN '' ELSE ' (' || c.stage || ')' END
      LEFT JOIN views.projector ON projector.holder = lease.holder AND projector.expires > clock_timestamp()
      LEFT JOIN views.paused ON paused.build = c.build AND paused.position = c.position + 1
     CROSS JOIN LATERAL (SELECT count(*) AS n, min(position) AS since FROM views.parked WHERE build = c.build) parked
     ORDER BY c.view, c.version, c.stage
""")


@dataclass(frozen=True, slots=True)
class Lagging:
    """One build of a view: how far it has come, and how far it is behind, in events and in seconds.

    `seconds` is how long ago the first event that it has not taken was recorded. `holder` is the projector that keeps
    it. `waiting` keys wait, since the position `since`; `paused` is since when it is paused before the next event, and
    `fault` why. `instead` is the version that is live while this one is held back until a rebuild makes it.
    """

    title: str
    position: int
    events: int
    seconds: float
    holder: str | None = None
    waiting: int = 0
    since: int | None = None
    paused: datetime | None = None
    fault: str | None = None
    instead: int | None = None

    @property
    def remedy(self) -> str | None:
        """What makes a view that is held back, in a sentence; None for one that is not."""
        if self.instead is None:
            return None
        name, version = self.title.split()
        made = f"`fellowtrace rebuild {name}` makes version {version}"
        return f"Of {name}, version {self.instead} is live, and this program has version {version}: {made}."

    @property
    def left_out(self) -> int | None:
        """The first position that is not in all of it, for another reason than that it is behind; None if all are."""
        stopped = [self.since, self.position + 1 if self.paused else None]
        return min((position for position in stopped if position is not None), default=None)


def lagging(connection: sa.Connection, views: Sequence[View[object]]) -> list[Lagging]:
    """Every build that there is, and these views where they have not begun; by name, version and stage."""
    found: list[Lagging] = []
    if connection.execute(_MADE).scalar() is not None:
        for name, version, stage, position, events, seconds, *rest in connection.execute(_LAGGING):
            title = f"{name} {version}" + (f" ({stage})" if stage else "")
            found.append(Lagging(title, position, events, float(seconds), *rest))
    head: int = connection.execute(sa.text("SELECT log.head()")).scalar_one()
    begun = {each.title for each in found}
    live = {name: int(version) for name, version, *stage in sorted(title.split() for title in begun) if not stage}
    missing = [
        Lagging(view.title, 0, head, 0.0, instead=live.get(view.name)) for view in views if view.title not in begun
    ]
    return sorted([*found, *missing], key=lambda each: each.title)
