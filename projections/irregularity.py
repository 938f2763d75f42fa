"""What happened and should not have: the entries that were recorded with an irregularity."""

from sqlalchemy import Connection

from infra.log.entries import irregular, of_streams
from infra.views.reading import At
from projections.entry import Entry, entries


def irregularities(connection: Connection, at: At, *, after: int = 0, limit: int = 200) -> list[Entry]:
    """The irregular entries as known at the position, in order of position, and what became of each since."""
    found = irregular(connection, at.known, after=after, limit=limit)
    listed: list[Entry] = []
    for statement in found:
        stream = entries(of_streams(connection, [statement.stream], at.known), at.valid)
        listed.append(stream[statement.version - 1])
    return listed
