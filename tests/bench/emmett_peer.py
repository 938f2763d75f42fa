"""The peer in JavaScript: emmett on PostgreSQL, in a process of its own that is told what to do line by line."""

import json
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any, Self

FOLDER = Path(__file__).with_name("emmett")


class Emmett:
    """emmett over a database of the same server, with its defaults. Its packages must be there: `make bench-peers`."""

    def __init__(self, url: str) -> None:
        self._process = Popen(["node", str(FOLDER / "peer.mjs"), url], stdin=PIPE, stdout=PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def register(self, streams: int, events: int) -> None:
        """Registrations of so many events each, for `submit` to work on."""
        self._ask(what="register", streams=streams, events=events)

    def submit(self, callers: int, commands: int, events: int) -> float:
        """Events a second: so many callers at once load a registration, decide, and append so many events to it."""
        told = self._ask(what="submit", callers=callers, commands=commands, events=events)
        assert told["events"] == commands * events, "there are too few registrations"
        return told["events"] / told["seconds"]

    def _ask(self, **asked: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(asked)}\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        if not said:
            raise RuntimeError(f"emmett ended with status {self._process.wait(timeout=10)}; what it said is above")
        told: dict[str, Any] = json.loads(said)
        return told
