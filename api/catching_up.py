"""Taking views to where the log ends, for those that wait until they are there."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from infra.following.projector import Projector
from infra.postgres.database import connect
from infra.settings import Connections
from infra.views.engine import Overtaken
from infra.views.view import View
from projections import VIEWS


def head(connections: Connections) -> int:
    """The position of the last event; 0 where there is none."""
    with closing(connect(connections.api)) as connection:
        ((position,),) = connection.execute("SELECT log.head()").fetchall()
    return int(position)


def catch_up(connections: Connections, told: Callable[[int, int], None], views: Sequence[View[Any]] = VIEWS) -> None:
    """Take views to where the log ends now. `told` is called with the position reached and the one to reach."""
    end = head(connections)
    while True:
        try:
            with Projector(connections.projector, views) as projector:
                while (reached := min(projector.positions().values(), default=end)) < end:
                    told(reached, end)
                    if not projector.step(end):
                        break  # An entry stops it: the views themselves say so.
            told(end, end)
            return
        except Overtaken:
            # Whoever serves this record takes its views on as well: go on from where they are by then.
            time.sleep(0.1)
