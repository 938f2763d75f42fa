"""The record of lines 7 to 10, made and asked; it is not the main module, whose functions no other process finds."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

from infra.following.projector import Projector
from infra.postgres.server import Server
from projections.standing import STANDING
from tests.bench import mariadb_peer
from tests.bench.answers import answers
from tests.bench.machine import administrator, connections, migrated
from tests.bench.measured import Line
from tests.bench.record import facts
from tests.bench.scale import Scale
from tests.bench.written import Writer


def recorded(server: Server, scale: Scale) -> Iterator[str]:
    """Make the record of lines 7 to 10, and tell how long it took."""
    database, begun = migrated(server, "record"), time.perf_counter()
    with Writer(database) as writer:
        writer.write(facts(scale.record))
    took = time.perf_counter() - begun
    yield f"a record of {scale.record:,} events made in {took:.0f} s, {scale.record / took:,.0f} a second"


def asked(server: Server, scale: Scale, *, peers: bool, lines: frozenset[int]) -> Iterator[Line]:
    """Lines 9 and 10, over the record and the view of it that is asked."""
    database = connections(server, "record")
    with Projector(database.projector, [STANDING]) as projector:
        projector.catch_up()
    with ExitStack() as stack, administrator(server, "record") as connection:
        connection.execute("VACUUM ANALYZE")
        peer = stack.enter_context(mariadb_peer.mariadb()) if peers else None
        if peer is not None:
            mariadb_peer.load(peer, connection)
        yield from answers(database, scale, peer, lines=lines)
