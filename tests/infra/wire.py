"""A wire to the server that is cut at a chosen moment."""

import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Literal

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from infra.settings import Connections

Cut = Literal["before the server reads", "before the answer", "and the request comes late"]

_READY = b"Z\x00\x00\x00\x05I"
"""How the server ends its answer to a statement that is its own transaction."""


class Wire:
    """Passes bytes between clients and the server. The connection on which `marker` is sent is cut, once."""

    def __init__(self, url: str) -> None:
        self._server = _socket(url)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = make_conninfo(
            url,
            host="127.0.0.1",
            port=self._listening.getsockname()[1],
            sslmode="disable",
            gssencmode="disable",
        )
        self._threads: list[Thread] = []
        self._ends: list[socket.socket] = []
        self._marker: bytes = b""
        self._cut: Cut = "before the answer"
        self._meanwhile: Callable[[], object] = lambda: None
        self._severed: socket.socket | None = None
        self.answered = Event()
        """Set once the server has answered the request that was cut off."""
        self.release = Event()
        """Set by the test to let a late request through."""

    def cut(self, marker: bytes, when: Cut, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Cut the connection that sends these bytes next; the client is not told before `meanwhile` is done."""
        self.release.clear()
        self._marker, self._cut, self._meanwhile = marker, when, meanwhile

    def lead_to(self, url: str) -> None:
        """Lead to another server from now on. The connections there are are cut."""
        self._server = _socket(url)
        for end in [*self._ends]:
            _close(end)

    def accept(self) -> None:
        """Take clients until it hangs up."""
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._server)
            self._ends += [client, server]
            for pump in (self._forward, self._back):
                thread = Thread(target=pump, args=(client, server))
                self._threads.append(thread)
                thread.start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while request := client.recv(1 << 20):
                if self._marker and self._marker in request:
                    self._marker = b""
                    self._sever(client, server, request)
                    return
                server.sendall(request)
        _close(server)

    def _sever(self, client: socket.socket, server: socket.socket, request: bytes) -> None:
        self._meanwhile()
        if self._cut == "before the server reads":
            _close(client)
            _close(server)
            return
        self._severed = client
        if self._cut == "and the request comes late":
            _close(client)
            self.release.wait()
        server.sendall(request)

    def _back(self, client: socket.socket, server: socket.socket) -> None:
        answer = b""
        with suppress(OSError):
            while part := server.recv(1 << 20):
                if client is not self._severed:
                    client.sendall(part)
                    continue
                answer += part
                if answer.endswith(_READY):
                    self.answered.set()
                    _close(client)
                    _close(server)
                    break
        _close(client)
        client.close()
        server.close()

    def hang_up(self) -> None:
        """Cut every connection, and take no more."""
        self.release.set()
        _close(self._listening)
        self._listening.close()
        for end in self._ends:
            _close(end)
        for thread in self._threads:
            thread.join()


def _socket(url: str) -> str:
    parts = conninfo_to_dict(url)
    return f"{parts['host']}/.s.PGSQL.{parts.get('port') or 5432}"


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def wired(database: Connections, url: str | None = None) -> Generator[Wire]:
    """A wire to the database for the api role, or for another URL."""
    wire = Wire(url or database.api)
    accepting = Thread(target=wire.accept)
    accepting.start()
    try:
        yield wire
    finally:
        wire.hang_up()
        accepting.join()
