"""Being told to stop, by a signal: nothing is broken off by it, and whoever works asks for it."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event, Thread
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stopping(*signals: int) -> Generator[Event]:
    """An event that is set by the first of these signals, or of `SIGNALS`. To be used in the main thread."""
    stop = Event()
    # A handler runs in the midst of anything, of a wait for the event too, whose lock it would then wait for, for ever.
    # It may put something into this queue at any moment.
    told = SimpleQueue[bool]()

    def tell(number: int, frame: FrameType | None) -> None:
        told.put(True)

    def listen() -> None:
        if told.get():
            stop.set()

    before = {number: signal.signal(number, tell) for number in signals or SIGNALS}
    listener = Thread(target=listen, name="stopping")
    listener.start()
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        told.put(False)
        listener.join()
