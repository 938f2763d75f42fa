"""The campaign: each fault as often as it is asked for, with its seed, and what the checkers found."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from api.demo.recording import record
from infra.migrate import installation
from infra.postgres.server import Server, running
from projections import VIEWS
from tests.crash import kills, order, simulated, views, wires
from tests.crash.kills import made


@dataclass(frozen=True)
class Sizes:
    """How often each fault is tried."""

    app: int = 300
    server: int = 100
    control: int = 5
    cuts: int = 200
    silences: int = 10
    repeats: int = 20
    races: int = 50
    held: int = 3
    backends: int = 50
    late: int = 20
    simulations: int = 50
    statements: int | None = None
    """At how many places a projector is cut off; at all statements, and around all commits, unless given."""


class Result(NamedTuple):
    """What came of a fault: in words, and whether it is as it must be."""

    fault: str
    said: str
    upheld: bool


def campaign(server: Server, folder: Path, seed: int, sizes: Sizes) -> Iterator[Result]:
    """All faults, one after the other. Every random choice follows from the seed."""
    app = kills.app_killed(made(server, f"f1_{seed}"), folder, seed, sizes.app)
    yield Result("F1 the api killed", str(app), not app.findings.faults)

    whole = kills.server_killed(folder / "killed", folder, seed, sizes.server)
    yield Result("F2 the server killed", str(whole), not whole.findings.faults)

    control = kills.server_killed(folder / "lazy", folder, seed + 1, sizes.control, durable=False)
    yield Result("F2n the same, commits not waited for: must be found", str(control), bool(control.findings.lost))

    cut = wires.commits_cut(made(server, f"f5_{seed}"), folder, seed, sizes.cuts)
    yield Result("F5 connections cut around commits", str(cut), not cut.findings.faults and not cut.findings.in_doubt)

    silent = wires.silent(made(server, f"f6_{seed}"), folder, seed, sizes.silences)
    yield Result("F6 the wire falls silent", str(silent), not silent.findings.faults)

    repeats = order.repeated(made(server, f"f9_{seed}"), folder, seed, sizes.repeats)
    yield Result("F9 the same command at once and again", str(repeats), not repeats.findings.faults)

    yield _races(server, seed, sizes.races)
    yield _statements(server, seed, sizes.statements)

    held = wires.lock_held(made(server, f"f19_{seed}"), folder, seed, sizes.held)
    yield Result("F19 the log's lock held", str(held), not held.findings.faults)

    backends = kills.backend_killed(made(server, f"f20_{seed}"), folder, seed, sizes.backends)
    yield Result("F20 a backend killed, and the server restarts", str(backends), backends.upheld)

    late = [order.late_commit(made(server, f"f21_{seed}_{n}")) for n in range(sizes.late)]
    passed_over = sum(stages != [[], [], [1, 2]] for stages in late)
    yield Result("F21 a late commit", f"{len(late)} times: {passed_over} passed over", not passed_over)

    yield _simulations(server, seed, sizes.simulations)


def _races(server: Server, seed: int, races: int) -> Result:
    database, killed, differ = made(server, f"f10_{seed}", demonstration=True), 0, list[str]()
    record(database, str(installation(database).id), lambda done, total: True)
    expected = views.built(database, VIEWS)
    for number in range(races):
        views.dropped(database)
        raced = views.raced(database, seed + number, expected)
        killed += raced.kills
        differ += [f"{table} (seed {seed + number})" for table in raced.differ]
    said = f"{races} races, {killed} projectors killed: {', '.join(differ) or 'every table as built in peace'}"
    return Result("F10 projectors race and are killed", said, not differ)


def _statements(server: Server, seed: int, statements: int | None) -> Result:
    database = made(server, f"f11_{seed}", demonstration=True)
    views.tell(database)
    few = VIEWS[:4]
    points = None if statements is None else range(1, 34 * statements, 34)
    cut = views.cut_everywhere(database, few, views.built(database, few), points)
    said = f"{cut.places} places: {', '.join(cut.differ) or 'every table as built in peace'}"
    return Result("F11 a projector cut off at each statement and around each commit", said, not cut.differ)


def _simulations(server: Server, seed: int, simulations: int) -> Result:
    steps, failed, differences = 0, 0, list[str]()
    for number in range(seed, seed + simulations):
        ended = simulated.simulate(made(server, f"f22_{number}"), number, 200)
        steps, failed = steps + ended.steps, failed + ended.failed
        differences += [f"seed {number}: {difference}" for difference in ended.differences]
    said = f"{steps} steps of {simulations} seeds, {failed} calls failed: {'; '.join(differences) or 'as the model'}"
    return Result("F22 random commands over failing connections", said, not differences)


def run(folder: Path, seed: int, sizes: Sizes, say: Callable[[str], None]) -> bool:
    """Run the campaign on an embedded server of its own; whether all of it was upheld."""
    upheld = True
    with running(folder / "data") as server:
        for result in campaign(server, folder, seed, sizes):
            say(f"{'ok   ' if result.upheld else 'FAULT'} {result.fault}, seed {seed}: {result.said}")
            upheld = upheld and result.upheld
    return upheld
