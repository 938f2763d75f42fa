"""What a client knows of its commands: a file that is on the disk before it sends and after it was answered.

A line is a JSON object: `{"sent": key, "stream": name or null}`, `{"acknowledged": key, "position": n, "streams": {…}}`
or `{"refused": key, "status": n}`. A command that was sent and has neither of the other two is in doubt.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any


class Journal:
    """The journal of one client process; its threads share it."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("ab", buffering=0)
        self._lock = Lock()

    def sent(self, key: str) -> None:
        """A command is about to be sent for the first time."""
        self._write({"sent": key})

    def acknowledged(self, key: str, position: int, streams: Mapping[str, int]) -> None:
        """It was answered: recorded up to this position, leaving these streams at these versions."""
        self._write({"acknowledged": key, "position": position, "streams": dict(streams)})

    def refused(self, key: str, status: int) -> None:
        """It was answered: not recorded."""
        self._write({"refused": key, "status": status})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        with self._lock:
            self._file.write(json.dumps(line).encode() + b"\n")
            os.fsync(self._file.fileno())


@dataclass(frozen=True)
class Acknowledged:
    """What a client was told of a command."""

    position: int
    streams: Mapping[str, int]


@dataclass
class Told:
    """All that clients know: the commands that were sent, and what they were told of each."""

    sent: set[str] = field(default_factory=set[str])
    acknowledged: dict[str, list[Acknowledged]] = field(default_factory=dict[str, list[Acknowledged]])
    refused: dict[str, int] = field(default_factory=dict[str, int])


def read(files: Iterable[Path]) -> Told:
    """The journals of all clients. A last line that was not finished is of a client that was killed."""
    told = Told()
    for file in files:
        for line in file.read_bytes().splitlines(keepends=True):
            if not line.endswith(b"\n"):
                continue
            said = json.loads(line)
            if (key := said.get("sent")) is not None:
                told.sent.add(key)
            elif (key := said.get("acknowledged")) is not None:
                told.acknowledged.setdefault(key, []).append(Acknowledged(said["position"], said["streams"]))
            else:
                told.refused[said["refused"]] = said["status"]
    return told
