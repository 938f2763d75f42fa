"""Serving: the api and the projector as processes of their own, from when they answer until they are told to stop."""

import ipaddress
import os
import socket
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from errno import EACCES, EADDRINUSE
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event

from api.processes import Child, start_api, start_projector
from infra.postgres.private import SetUpError
from infra.settings import Connections

WARNING = "Nobody signs in yet: whoever reaches this address reads and records as they like. Enter no real people."
SLOW = "Waiting until the answers have caught up with the record."
_MARKS = (".dockerenv", "run/.containerenv")
_SAID = frozenset({"container", "KUBERNETES_SERVICE_HOST"})
_LONG = 5
"""Seconds after which it is said that starting takes long."""


class Broken(Exception):
    """A process ended that should not have. The message says which."""


@contextmanager
def listening(bind: str, port: int) -> Generator[socket.socket]:
    """A socket that listens on that address; port 0 is any free one. Raises SetUpError, a sentence."""
    try:
        found = socket.getaddrinfo(bind, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, *_, address = found[0]
        if not ipaddress.ip_address(address[0]).is_loopback and not is_contained():
            raise SetUpError(
                f"FELLOWTRACE_BIND={bind} could be reached from other machines, and nobody signs in yet: listen on "
                "127.0.0.1. Another address is taken inside a container only."
            )
        listener = socket.create_server(address[:2], family=family, backlog=1024)
    except socket.gaierror:
        raise SetUpError(f"FELLOWTRACE_BIND={bind} is not an address of this machine.") from None
    except OSError as error:
        if error.errno == EADDRINUSE:
            said = (
                f"Port {port} on {bind} is in use by another program: name another one with --port, "
                f"or as FELLOWTRACE_PORT={beside(port)}."
            )
        elif error.errno == EACCES:
            said = f"This account may not listen on port {port}: name one above 1023 with --port."
        else:
            said = f"FELLOWTRACE_BIND={bind} cannot be listened on: {error.strerror}."
        raise SetUpError(said) from None
    with closing(listener):
        yield listener


def is_contained(root: Path = Path("/"), environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this runs inside a container, whose port is reached only as far as whoever runs it publishes it.

    Docker and Podman leave a file there; others say so in the environment.
    """
    return any((root / mark).exists() for mark in _MARKS) or not _SAID.isdisjoint(environment)


def beside(port: int) -> int:
    """Another port, to name as an example."""
    return port + 1 if port < 65535 else port - 1


def address(listener: socket.socket) -> tuple[str, int]:
    """Where this machine reaches what listens there: a host and a port."""
    host, port = listener.getsockname()[:2]
    its = ipaddress.ip_address(host)
    if its.is_unspecified:
        host = "127.0.0.1" if its.version == 4 else "::1"
    return host, port


def url(listener: socket.socket) -> str:
    """The address to read it at."""
    host, port = address(listener)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def who_reaches(listener: socket.socket) -> str:
    """A sentence that says who can reach what listens there."""
    host = listener.getsockname()[0]
    if ipaddress.ip_address(host).is_loopback:
        return f"It listens on {host}, which this machine alone can reach."
    return f"It listens on {host}: other machines can reach it, as far as the network lets them."


@contextmanager
def serving(
    connections: Connections,
    listener: socket.socket,
    stop: Event,
    told: Callable[[str], None],
    *,
    projector: bool = True,
) -> Generator[Callable[[], None]]:
    """The processes, once they are ready to answer; they are gone at the end. Yields what waits until told to stop.

    Without `projector` the views are kept elsewhere, and it is not waited until there are any.

    What waits raises Broken when one of them ends by itself, and so does starting them. `told` is given a sentence
    where they take long. If told to stop before they are ready, what waits returns at once.
    """
    children: list[Child] = []
    try:
        if projector:
            children.append(start_projector(connections))
        children.append(start_api(connections, listener))
        _until_answers(children, listener, "/health/ready" if projector else "/health/live", stop, told)
        yield lambda: _until_told(children, stop)
    finally:
        for child in reversed(children):
            child.end()
        for child in reversed(children):
            child.ended()


def _until_answers(
    children: Sequence[Child], listener: socket.socket, path: str, stop: Event, told: Callable[[str], None]
) -> None:
    patient = time.monotonic() + _LONG
    while not stop.wait(0.05) and not _answers(listener, path):
        _all_there(children)
        if patient and time.monotonic() > patient:
            told(SLOW)
            patient = 0


def _answers(listener: socket.socket, path: str) -> bool:
    host, port = address(listener)
    with closing(HTTPConnection(host, port, timeout=1)) as connection:
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False


def _until_told(children: Sequence[Child], stop: Event) -> None:
    while not stop.wait(0.2):
        _all_there(children)


def _all_there(children: Sequence[Child]) -> None:
    for child in children:
        if (status := child.process.poll()) is not None:
            how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
            raise Broken(f"The process of the {child.name} {how}, so everything was stopped.")
