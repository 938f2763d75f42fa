"""A load of HTTP requests from a process of its own: so many connections, each with one request on its way at a time.

The same client serves every candidate. `python -m tests.bench.load` reads what to send, and writes what came of it.
"""

import json
import os
import pickle
import selectors
import socket
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from subprocess import PIPE, run
from time import perf_counter
from typing import Any

ROOT = Path(__file__).parents[2]
CONNECTIONS = 32


@dataclass(frozen=True)
class Loaded:
    """What came of a load: requests a second, how long they took in ms, and how many got which status."""

    rate: float
    p50: float
    p99: float
    statuses: dict[str, int]


def request(method: str, path: str, body: Any = None, **headers: str) -> bytes:
    """One request as it goes over the wire."""
    content = b"" if body is None else json.dumps(body).encode()
    if body is not None:
        headers |= {"Content-Type": "application/json"}
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def loaded(address: tuple[str, int], requests: Sequence[bytes], *, connections: int = CONNECTIONS) -> Loaded:
    """Send requests, in order, each as soon as a connection is free. Every one must be answered with 2xx."""
    done = run(
        [sys.executable, "-m", "tests.bench.load"], cwd=ROOT, check=True, stdout=PIPE,
        input=pickle.dumps((address, list(requests), connections)),
    )  # fmt: skip
    found = Loaded(**json.loads(done.stdout))
    if bad := {status: count for status, count in found.statuses.items() if not status.startswith("2")}:
        raise AssertionError(f"requests were not answered well: {bad}")
    return found


class _Connection:
    """One connection, and the answer that is coming in over it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._got, self._wanted, self.begun = b"", 0, 0.0

    def send(self, message: bytes) -> None:
        """Send a request."""
        self._got, self._wanted, self.begun = b"", 0, perf_counter()
        self.socket.sendall(message)

    def receive(self) -> str | None:
        """Take in what came; the status, once the answer is whole."""
        if not (came := self.socket.recv(1 << 18)):
            raise ConnectionError("the application closed a connection")
        self._got += came
        if not self._wanted:
            head, found, _ = self._got.partition(b"\r\n\r\n")
            if not found:
                return None
            length = next(
                int(line.partition(b":")[2])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            self._wanted = len(head) + 4 + length
        return None if len(self._got) < self._wanted else self._got[9:12].decode()


def _send(address: tuple[str, int], requests: Sequence[bytes], connections: int) -> dict[str, Any]:
    left: Iterator[bytes] = iter(requests)
    took: list[float] = []
    statuses: Counter[str] = Counter()
    with selectors.DefaultSelector() as selector:
        begun = perf_counter()
        for message in islice(left, connections):
            connection = _Connection(address)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(message)
        while selector.get_map():
            for key, _ in selector.select():
                connection = key.data
                if (status := connection.receive()) is None:
                    continue
                statuses[status] += 1
                took.append((perf_counter() - connection.begun) * 1_000)
                if (message := next(left, None)) is None:
                    selector.unregister(connection.socket)
                    connection.socket.close()
                else:
                    connection.send(message)
        seconds = perf_counter() - begun
    took.sort()
    p50, p99 = took[len(took) // 2], took[int(len(took) * 0.99)]
    return {"rate": len(took) / seconds, "p50": p50, "p99": p99, "statuses": dict(statuses)}


if __name__ == "__main__":
    if len(cores := sorted(os.sched_getaffinity(0))) > 1:
        os.sched_setaffinity(0, {cores[-1]})
    json.dump(_send(*pickle.load(sys.stdin.buffer)), sys.stdout)
