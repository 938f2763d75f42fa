"""One fellow's timeline: the entries of their fellowship and its accreditation, in the order things happened."""

from itertools import groupby

from sqlalchemy import Connection

from domain.accreditation import ACCREDITATION
from domain.event import Recorded
from domain.fellowship import FELLOWSHIP
from infra.entries import naming, of_streams
from infra.reading import At
from projections.entry import Entry, entries


def timeline(connection: Connection, at: At, fellowship_id: str) -> list[Entry]:
    """The entries about what happened up to the day, as known at the position; empty for an unknown fellowship."""
    fellowship = FELLOWSHIP.of(fellowship_id)
    registrations = naming(connection, fellowship, at.known, kind=ACCREDITATION.name)
    recorded = of_streams(connection, [fellowship, *registrations], at.known)
    found: list[tuple[Recorded, Entry]] = []
    for _, stream in groupby(recorded, key=lambda statement: statement.stream):
        statements = list(stream)
        found += zip(statements, entries(statements, at.valid), strict=True)
    phases = {
        statement.slot: type(statement.event).phase for statement in recorded if statement.position == statement.slot
    }
    found.sort(key=lambda pair: (pair[0].day, phases[pair[0].slot], pair[0].slot, pair[0].position))
    # Whatever was ever said of a fact is shown with it: a correction may have moved its day beyond the one asked about.
    told = {statement.slot for statement in recorded if statement.day <= at.valid}
    return [entry for statement, entry in found if statement.slot in told]
