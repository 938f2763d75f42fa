"""A client in a process of its own: it sends commands until told to stop, and keeps a journal.

`python -m tests.crash.client <port> <journal> <seed> <threads>`; it stops when its standard input ends. What is not
answered is sent again under the same key until it is, or, every third time, is left in doubt.
"""

import json
import random
import sys
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

from tests.crash.journal import Journal

ACTOR = "00000000-0000-4000-8000-00000000c0de"
_PATIENCE = 10


class Client:
    """One caller: it puts organisations on the record and renames them."""

    def __init__(self, port: int, journal: Journal, seed: int, stop: Event) -> None:
        self._port, self._journal, self._stop = port, journal, stop
        self._random = random.Random(seed)
        self._organisation = ""
        self._version = 0

    def run(self) -> None:
        """Send commands, one after the other, until told to stop."""
        while not self._stop.is_set():
            key = str(UUID(int=self._random.getrandbits(128), version=4))
            renaming = bool(self._organisation) and self._random.random() < 0.7
            path = f"/v1/organisations/{self._organisation}/name" if renaming else "/v1/organisations"
            body = {"actor": ACTOR, "happened": "2014-01-01", "title": f"Trust {self._random.randrange(10**9)}"}
            headers = {"Idempotency-Key": key} | ({"If-Match": f'"{self._version}"'} if renaming else {})
            self._journal.sent(key)
            self._settle(key, path, body, headers)

    def _settle(self, key: str, path: str, body: dict[str, Any], headers: dict[str, str]) -> None:
        while True:
            answered = self._send(path, body, headers)
            if answered is not None:
                status, answer = answered
                if status in (200, 201):
                    streams = {each["stream"]: each["version"] for each in answer["streams"]}
                    self._journal.acknowledged(key, answer["position"], streams)
                    ((name, self._version),) = streams.items()
                    self._organisation = name.partition(":")[2]
                    return
                if status < 500:
                    self._journal.refused(key, status)
                    self._organisation = ""
                    return
            if self._stop.is_set() or self._random.random() < 0.1:
                self._organisation = ""  # in doubt, and so is the version it left
                return
            self._stop.wait(0.01 + self._random.random() * 0.05)

    def _send(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, Any]] | None:
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)) as connection:
            try:
                connection.request("POST", path, json.dumps(body), headers | {"Content-Type": "application/json"})
                response = connection.getresponse()
                return response.status, json.loads(response.read())
            except (OSError, HTTPException, ValueError):
                return None


def main(port: int, file: Path, seed: int, threads: int) -> None:
    """Run callers side by side until the standard input ends."""
    stop = Event()
    with closing(Journal(file)) as journal:
        clients = [Client(port, journal, seed * 1_000 + n, stop) for n in range(threads)]
        running = [Thread(target=client.run) for client in clients]
        for thread in running:
            thread.start()
        sys.stdin.read()
        stop.set()
        for thread in running:
            thread.join()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
