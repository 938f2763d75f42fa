"""Line 19: the projector comes back after it was away for many events, beside views that are filled from the beginning.

All views of the program are taken along, in a process of its own each time, whose memory is looked at meanwhile.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import islice

from infra.following.projector import Projector
from infra.postgres.database import connect
from infra.postgres.server import Server
from infra.views.builds import LIVE, NEXT, drop
from projections import VIEWS
from tests.bench.growth import Watched, watched
from tests.bench.load import ROOT
from tests.bench.machine import migrated
from tests.bench.measured import Goal, Line, Round, interleaved, line
from tests.bench.record import facts
from tests.bench.scale import Scale
from tests.bench.written import Writer

BACKLOG = 19
"""The number of its entry; the goals have no such line."""
ROUNDS = 2


def backlog(server: Server, scale: Scale) -> Iterator[Line]:
    """Each round records so many events while nobody follows; then the views follow, and others begin from nothing."""
    database, away = migrated(server, "backlog"), scale.backlog
    rounds = min(ROUNDS, scale.rounds)
    coming = facts(away * (rounds + 2))
    recorded, taken = 0, list[Watched]()
    with Writer(database) as writer:
        recorded += writer.write(islice(coming, away))
        _taken(database.projector, recorded, LIVE)

        def catching_up() -> float:
            nonlocal recorded
            recorded += writer.write(islice(coming, away))
            taken.append(_taken(database.projector, recorded, LIVE))
            return away / taken[-1].seconds

        def rebuilding() -> float:
            seconds = _taken(database.projector, away, NEXT).seconds
            with closing(connect(database.projector)) as connection:
                for view in VIEWS:
                    drop(connection, view.name, view.version, NEXT)
            return away / seconds

        candidates: dict[str, Round] = {"ours": catching_up, "rebuild": rebuilding}
        found = interleaved(candidates, rounds, warm=False)
    last = taken[-1]
    further = {
        "seconds to catch up": last.seconds,
        "projector MB, a tenth of the way": last.early,
        "projector MB, at its end": last.late,
        "MB, end over a tenth": last.late / last.early,
    }
    goals = [Goal("rebuild", 0.9), Goal("MB, end over a tenth", 1.25, 1.1, most=True)]
    told = f"{away:,} events while the projector was away; {len(VIEWS)} views"
    yield line(BACKLOG, "views caught up", "events/s", found, goals, size=told, further=further)


def _taken(url: str, to: int, stage: str) -> Watched:
    """Take all builds of a stage to a position, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.backlog", str(to), stage]
    done = subprocess.run(command, cwd=ROOT, check=True, input=url, stdout=subprocess.PIPE, text=True)
    return Watched(*json.loads(done.stdout))


def _take(url: str, to: int, stage: str) -> None:
    with Projector(url, [view.staged(stage) for view in VIEWS]) as projector:
        reached = projector.catch_up(to)
    assert reached == to


if __name__ == "__main__":
    address, position, named = sys.stdin.read(), int(sys.argv[1]), sys.argv[2]
    json.dump(watched(lambda: _take(address, position, named)), sys.stdout)
