"""A wire that falls silent: nothing passes any more, and neither side is told."""

import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from tests.infra.wire import Wire


class SilentWire(Wire):
    """Passes bytes between clients and the server until it falls silent."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.speaks = Event()
        self.speaks.set()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        self._pass_on(client, server)

    def _back(self, client: socket.socket, server: socket.socket) -> None:
        self._pass_on(server, client)
        client.close()
        server.close()

    def _pass_on(self, giver: socket.socket, taker: socket.socket) -> None:
        with suppress(OSError):
            while part := giver.recv(1 << 20):
                self.speaks.wait()
                taker.sendall(part)
        self.speaks.wait()
        for end in (giver, taker):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def hang_up(self) -> None:
        """Speak again, only to cut every connection; and take no more."""
        self.speaks.set()
        super().hang_up()


@contextmanager
def silenced(url: str) -> Generator[SilentWire]:
    """Such a wire to a server, for as long as the context lasts."""
    wire = SilentWire(url)
    accepting = Thread(target=wire.accept)
    accepting.start()
    try:
        yield wire
    finally:
        wire.hang_up()
        accepting.join()
