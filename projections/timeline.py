"""One fellow's timeline: what any record holds about them, in the order things happened."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import Connection

from domain.accreditation import ACCREDITATION
from domain.career import CAREER
from domain.coaching import COACHING
from domain.event import Recorded
from domain.fellowship import FELLOWSHIP
from domain.oversight import OVERSIGHT
from domain.project import PROJECT
from domain.secondment import SECONDMENT
from domain.session import SESSION
from infra.log.entries import naming, of_streams
from infra.views.reading import At
from projections.entry import Entry, entries

_NAMING = (ACCREDITATION, SECONDMENT, SESSION, COACHING, PROJECT)
"""The records whose facts name the fellowships that they are about."""


def timeline(connection: Connection, at: At, fellowship_id: str) -> list[Entry]:
    """The entries about what happened up to the day, as known at the position; empty for an unknown fellowship.

    Beside the fellowship's own, they are all those of its oversight, accreditation, secondments and coaching; of its
    person's career and of its projects those that name no other fellow; of sessions those that name this one.
    """
    fellowship = FELLOWSHIP.of(fellowship_id)
    streams = [fellowship, OVERSIGHT.of(fellowship_id)]
    for stream in _NAMING:
        streams += naming(connection, fellowship, at.known, kind=stream.name)
    recorded = of_streams(connection, streams, at.known)
    people = sorted({person for each in recorded if each.stream == fellowship and (person := each.event.subject)})
    recorded += of_streams(connection, [CAREER.of(each) for each in people], at.known)
    found: list[tuple[Recorded, Entry]] = []
    for _, held in groupby(recorded, key=lambda statement: statement.stream):
        statements = list(held)
        about = _about(fellowship, statements)
        told = zip(statements, entries(statements, at.valid), strict=True)
        found += [each for each in told if each[0].slot in about]
    phases = {
        statement.slot: type(statement.event).phase for statement in recorded if statement.position == statement.slot
    }
    found.sort(key=lambda pair: (pair[0].day, phases[pair[0].slot], pair[0].slot, pair[0].position))
    # Whatever was ever said of a fact is shown with it: a correction may have moved its day beyond the one asked about.
    happened = {statement.slot for statement in recorded if statement.day <= at.valid}
    return [entry for statement, entry in found if statement.slot in happened]


def _about(fellowship: str, statements: Sequence[Recorded]) -> set[int]:
    """The facts of one record that are about a fellowship."""
    fellows: dict[int, set[str]] = {statement.slot: set() for statement in statements}
    for statement in statements:
        fellows[statement.slot] |= {name for name in statement.event.names() if name.startswith(FELLOWSHIP.of(""))}
    shared = statements[0].stream.startswith(SESSION.of(""))
    return {slot for slot, named in fellows.items() if fellowship in named or not (named or shared)}
