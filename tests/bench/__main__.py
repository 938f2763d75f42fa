"""The measurements: `python -m tests.bench` for the lines that need nothing else; see docs/performance.md.

Each line's candidates run in turn, several rounds, on one server in one run; what counts is the ratio of medians. Lines
have processes of their own, so that none is measured in what another has left. Those that were measured replace those
of earlier runs in `bench.json`, as soon as they are there.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from infra.postgres.server import Server
from tests.bench import mariadb_peer
from tests.bench.alone import alone
from tests.bench.backlog import BACKLOG, backlog
from tests.bench.commands import commands
from tests.bench.edge import edge
from tests.bench.growth import growth
from tests.bench.history import history
from tests.bench.imports import imports
from tests.bench.machine import served
from tests.bench.measured import Line, keep, markdown, tell
from tests.bench.recorded import asked, recorded
from tests.bench.replays import replays
from tests.bench.scale import FULL, TINY, Scale
from tests.bench.storm import STORM, storms

ALONE = frozenset((*range(1, 15), STORM, BACKLOG))
"""The lines of `make bench`."""
WITH_PEERS = frozenset((2, 5, 9, 10))
"""Those that are held against something that must be installed."""
GROWTH = Path(".data/bench-growth")


def measured(server: Server, scale: Scale, lines: frozenset[int], *, peers: bool, say: Console) -> Iterator[Line]:
    """Measure lines, one after the other; those that share what they are measured on together, each in a process."""
    if of := lines & {1, 2, 3, 4, 5}:
        yield from alone(commands, server, scale, peers=peers, lines=of)
    if 6 in lines:
        yield from alone(imports, server, scale)
    if lines & {7, 8, 9, 10}:
        for told in alone(recorded, server, scale):
            say.print(told)
    for number in sorted(lines & {7, 8}):
        yield from alone(replays, server, scale, lines={number})
    if of := lines & {9, 10}:
        yield from alone(asked, server, scale, peers=peers, lines=of)
    if 11 in lines:
        yield from alone(history, server, scale)
    if of := lines & {12, 13, 14}:
        yield from alone(edge, server, scale, lines=of)
    if STORM in lines:
        yield from alone(storms, server, scale)
    if BACKLOG in lines:
        yield from alone(backlog, server, scale)
    if 16 in lines:
        yield from alone(growth, server, scale)


def main() -> None:
    """Measure what is asked for, and write it down."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measure the goals of docs/performance.md."
    )
    parser.add_argument("--peers", action="store_true", help="the lines with a peer that must be installed, with it")
    parser.add_argument("--growth", action="store_true", help=f"line 16; the records are kept in {GROWTH}")
    parser.add_argument("--lines", help="only these lines, such as 1,2,9")
    parser.add_argument("--events", type=int, help="events of the generated record, instead of a million")
    parser.add_argument(
        "--tiny", action="store_true", help="see in a minute that all of it works; the figures say nothing"
    )
    parser.add_argument("--out", type=Path, default=Path("bench.json"), help="where the figures go")
    parser.add_argument(
        "--markdown", action="store_true", help="measure nothing: print what is written down, as a table"
    )
    given = parser.parse_args()
    if given.markdown:
        print(markdown(given.out))
        return
    scale = TINY if given.tiny else FULL
    if given.events:
        scale = replace(scale, record=given.events)
    lines = frozenset((16,)) if given.growth else WITH_PEERS if given.peers else ALONE
    if given.lines:
        lines &= {int(number) for number in given.lines.split(",")}
    if given.peers and lines & {9, 10} and not mariadb_peer.installed():
        sys.exit(mariadb_peer.ABSENT)
    say, found = Console(width=170), list[Line]()
    with served(GROWTH if given.growth else None) as server:
        begun = time.perf_counter()
        for line in measured(server, scale, lines, peers=given.peers, say=say):
            found.append(line)
            keep([line], given.out)
            say.print(f"line {line.line} measured after {time.perf_counter() - begun:.0f} s")
    tell(found, say)


if __name__ == "__main__":
    main()
