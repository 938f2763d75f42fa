"""What the faults are done to: the api in its process, clients in theirs, and a server that can be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from socket import create_server, socket

from api.processes import Child, start_api
from infra.settings import Connections

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 60
"""Seconds that anything may take to come back."""


class App:
    """The api at one address, whatever becomes of its processes."""

    def __init__(self, connections: Connections, listener: socket) -> None:
        self._connections, self._listener = connections, listener
        self.port: int = listener.getsockname()[1]
        self._child: Child | None = None

    def start(self) -> float:
        """Start it; how many seconds passed until it answered."""
        begun = time.monotonic()
        self._child = start_api(self._connections, self._listener)
        until_answers(self.port, "/health/live")
        return time.monotonic() - begun

    def kill(self) -> None:
        """Kill it where it stands."""
        if self._child is not None:
            self._child.process.kill()
            self._child.ended()
            self._child = None

    def end(self) -> None:
        """Let it end in good order."""
        if self._child is not None:
            self._child.end()
            self._child.ended()
            self._child = None


@contextmanager
def app(connections: Connections) -> Generator[App]:
    """The api over a database, answering until the end."""
    with closing(create_server(("127.0.0.1", 0), backlog=1024)) as listener:
        served = App(connections, listener)
        try:
            served.start()
            yield served
        finally:
            served.end()


def until_answers(port: int, path: str) -> None:
    """Wait until an address answers well. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with closing(HTTPConnection("127.0.0.1", port, timeout=1)) as connection:
            try:
                connection.request("GET", path)
                if connection.getresponse().status == 200:
                    return
            except (OSError, HTTPException):
                pass
        time.sleep(0.01)
    raise TimeoutError(f"{path} does not answer")


@contextmanager
def clients(port: int, journal: Path, seed: int, *, threads: int = 4) -> Generator[Path]:
    """A client process that sends commands until the end; its journal is whole once the context is left."""
    command = [sys.executable, "-m", "tests.crash.client", str(port), str(journal), str(seed), str(threads)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=REPOSITORY)
    try:
        yield journal
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(PATIENCE * 2)


def until_acknowledged(journal: Path, more: int, random: Random) -> None:
    """Wait until clients were told of so many more commands, and then for a moment of no particular length."""
    deadline = time.monotonic() + PATIENCE
    target = _acknowledged(journal) + more
    while _acknowledged(journal) < target:
        if time.monotonic() > deadline:
            raise TimeoutError("nothing is acknowledged any more")
        time.sleep(0.005)
    time.sleep(random.random() * 0.02)


def _acknowledged(journal: Path) -> int:
    return journal.read_bytes().count(b'"acknowledged"') if journal.exists() else 0


def children(pid: int) -> list[int]:
    """The processes that a process has started and that are still there."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(number) for number in listed.stdout.split()]


def kill_server(folder: Path, *, backends: bool = True) -> None:
    """Kill a server's first process, and with `backends` all that it started, at once."""
    postmaster = int((folder / "postmaster.pid").read_text().split("\n", 1)[0])
    # Stopped first, so that it starts nothing while its children are counted.
    with ExitStack() as stack:
        os.kill(postmaster, signal.SIGSTOP)
        stack.callback(os.kill, postmaster, signal.SIGKILL)
        for number in children(postmaster) if backends else ():
            stack.callback(_kill, number)


def _kill(number: int) -> None:
    try:
        os.kill(number, signal.SIGKILL)
    except ProcessLookupError:
        return
