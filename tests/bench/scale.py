"""How much is measured: for figures that are told, and for seeing in seconds that all of it works."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes and repetitions."""

    rounds: int
    commands: int
    """Of one caller in a round; eight have more."""
    many: int
    """Commands of eight callers in a round; thirty-two have twice as many."""
    hundreds: int
    """Commands of a hundred events in a round."""
    streams: int
    """Registrations that are worked on in turn."""
    imported: int
    """Commands of one import commit."""
    inserted: int
    """Rows that each of pgbench's clients inserts in a round."""
    record: int
    """Events of the generated record."""
    replayed: int
    """Events that one round of a replay or a rebuild takes of it."""
    library_read: int
    """Events of the library's log that are read in a round."""
    library_projected: int
    """Events of the library's log that are projected in a round."""
    questions: int
    """Of each kind in a round."""
    history: int
    """Events of a round of line 11."""
    requests: int
    """To each application in a round."""
    visible: int
    """Commands whose visibility is waited for, 200 a second."""
    corrections: int
    """Of one person's history."""
    backlog: int
    """Events that are recorded while the projector is away."""


FULL = Scale(
    rounds=5,
    commands=400,
    many=4_000,
    hundreds=20,
    streams=4_000,
    imported=1_000,
    inserted=800,
    record=1_000_000,
    replayed=250_000,
    library_read=50_000,
    library_projected=3_000,
    questions=100,
    history=40_000,
    requests=2_000,
    visible=3_000,
    corrections=1_000,
    backlog=100_000,
)
TINY = Scale(
    rounds=1,
    commands=8,
    many=32,
    hundreds=1,
    streams=64,
    imported=20,
    inserted=20,
    record=1_500,
    replayed=1_500,
    library_read=100,
    library_projected=20,
    questions=3,
    history=500,
    requests=40,
    visible=20,
    corrections=8,
    backlog=300,
)
