"""What tests of projectors share: a history with something of everything, and projectors that follow in a thread."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from infra.following.projector import Projector
from tests.infra.histories import A, B, C, History, thing
from tests.infra.recording import Recording

PATIENCE = 20.0
"""Seconds after which a test gives up waiting for what must happen at once."""

CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name LIKE %s || '%%'"
)
"""Ends the sessions of projectors."""


def some(record: Recording, entries: int = 12) -> History:
    """A recorded history with something of everything."""
    history = record.begin()
    for number in range(entries - 4):
        history.say(thing(number % 3 + 1), on=number % 7, grade=number % 4)
    first, second = history.entries[0], history.entries[1]
    history.correct(first, B, on=2)
    history.supersede(second, A, on=4)
    history.retract(history.entries[2])
    history.correct(history.entries[-2], C, on=5)
    record.record(history.entries)
    return history


def eventually(condition: Callable[[], bool]) -> bool:
    """Wait until it is so; False if that never comes."""
    deadline = monotonic() + PATIENCE
    waiting = threading.Event()
    while not condition():
        if monotonic() > deadline:
            return False
        waiting.wait(0.01)
    return True


@contextmanager
def following(projector: Projector, **settings: Any) -> Generator[None]:
    """The projector follows the log in another thread meanwhile; it must end when told to."""
    stop, failures = threading.Event(), list[BaseException]()

    def run() -> None:
        try:
            projector.follow(stop, **settings)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE)
        projector.close()
        assert not thread.is_alive()
        assert not failures, failures


def reached(record: Recording, position: int) -> bool:
    """Whether every live view has come exactly so far."""
    with record.reader.begin() as reader:
        return all(view.checkpoint(reader) == position for view in record.live)
