"""The running program, as any reader of it asks."""

import json
import shlex
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from threading import Event
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlencode

from api.serving import Broken

_PATIENCE = 60

Answer: TypeAlias = Mapping[str, Any]
Asked: TypeAlias = str | int | Sequence[str | int]


class Answered(NamedTuple):
    """What was answered: the status, and the body."""

    status: int
    body: Answer


class Api:
    """Asks the running program, and sends it commands."""

    def __init__(self, host: str, port: int, url: str, stop: Event) -> None:
        self._host, self._port, self._url, self._stop = host, port, url, stop

    def url(self, path: str, **query: Asked) -> str:
        """The address of a question."""
        return f"{self._url}{_line(path, query)}"

    def ask(self, path: str, **query: Asked) -> Answer:
        """The answer to a question. Raises Broken where there is none."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            status, answer = self._send("GET", _line(path, query))
            if status == 200:
                return answer
            if status != 503 or self._stop.wait(0.2) or time.monotonic() > deadline:
                raise Broken(f"GET {self.url(path, **query)} was answered with {status}: {answer.get('title', '')}")

    def send(self, method: str, path: str, body: Answer | None = None, **headers: str) -> Answered:
        """What is answered to a command, refused or not; `headers` are named with _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._send(method, path, body, named)

    def curl(self, method: str, path: str, body: Answer | None = None, **headers: str) -> str:
        """The command line that sends the same, to be pasted into a shell where the demonstration is served."""
        words = ["curl", "-X", method, f"{self._url}{path}"]
        if body is not None:
            words += ["-H", "Content-Type: application/json"]
        for name, value in headers.items():
            words += ["-H", f"{name.replace('_', '-')}: {value}"]
        if body is not None:
            words += ["-d", json.dumps(body)]
        return shlex.join(words)

    def _send(
        self, method: str, line: str, body: Answer | None = None, headers: Mapping[str, str] | None = None
    ) -> Answered:
        sent = None if body is None else json.dumps(body).encode()
        given = {"Content-Type": "application/json", **(headers or {})}
        with closing(HTTPConnection(self._host, self._port, timeout=_PATIENCE)) as connection:
            try:
                connection.request(method, line, sent, given)
                response = connection.getresponse()
                return Answered(response.status, json.loads(response.read()))
            except (OSError, HTTPException, ValueError) as error:
                raise Broken(f"{method} {self._url}{line} was not answered: {error}.") from error


def _line(path: str, query: Mapping[str, Asked]) -> str:
    return f"{path}?{urlencode(query, doseq=True)}" if query else path
