"""The command line as others use it: in this process for its words, in processes of their own for how they end."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple
from urllib.request import ProxyHandler, build_opener

import pytest

from api import cli
from api.serving import SLOW
from infra.settings import ROLES, Connections, Settings

REPOSITORY = Path(__file__).parents[2]
SECRET = "5e" * 32
_OPEN = build_opener(ProxyHandler({})).open


class Said(NamedTuple):
    """What a command said, and its status."""

    status: int
    out: str
    err: str


class Line:
    """The command line in this process, in an environment of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        for name in environment():
            monkeypatch.delenv(name)

    def sets(self, **variables: str) -> None:
        """Set variables of the environment."""
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)

    def run(self, *arguments: str | Path) -> Said:
        """Run `fellowtrace` with these arguments."""
        self._monkeypatch.setattr(sys, "argv", ["fellowtrace", *map(str, arguments)])
        before = signal.getsignal(signal.SIGTERM)
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        finally:
            signal.signal(signal.SIGTERM, before)
        out, err = self._capsys.readouterr()
        return Said(status, out, err)


def environment() -> list[str]:
    """The variables that the program reads and the environment sets."""
    return sorted(
        os.environ.keys() & {"DATABASE_URL", *(f"FELLOWTRACE_{name.upper()}" for name in Settings.model_fields)}
    )


def of_roles(connections: Connections) -> Mapping[str, str]:
    """The environment that names a database by the URLs of its roles."""
    urls = {f"FELLOWTRACE_{role.upper()}_URL": getattr(connections, role) for role in ROLES}
    return urls | {"FELLOWTRACE_SECRET": SECRET}


class Running:
    """`fellowtrace` in a process of its own."""

    def __init__(self, *arguments: str, variables: Mapping[str, str]) -> None:
        kept = {name: value for name, value in os.environ.items() if name not in environment()}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", *arguments],
            cwd=REPOSITORY,
            env=kept | {"PYTHONUNBUFFERED": "1"} | dict(variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []

    def until(self, words: str) -> str:
        """Wait until it says a line with these words, and return the line."""
        for line in stream(self.process.stdout):
            self.said.append(line)
            if words in line:
                return line
        pytest.fail(f"it ended without saying {words!r}: {''.join(self.said)}{stream(self.process.stderr).read()}")

    def url(self) -> str:
        """The address at which it says that it serves."""
        found = re.search(r"at (http://\S+) until", self.until(" until you stop it"))
        assert found
        return found[1]

    def children(self) -> dict[str, int]:
        """The processes that it started, by what they are."""
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=True
        )
        lines = [line.split() for line in listed.stdout.splitlines()]
        return {words[-1]: int(words[0]) for words in lines if "api.processes" in words}

    def ends(self, number: int | None = None) -> Said:
        """Send it a signal, if one is given, and wait for its end. That it took long to start is left out."""
        if number is not None:
            self.process.send_signal(number)
        # Not `communicate`: it would pass over what was read ahead after the last line asked for.
        with stream(self.process.stdout) as out, stream(self.process.stderr) as err:
            self.said.append(out.read())
            said = err.read()
        return Said(self.process.wait(), "".join(self.said), said.replace(f"{SLOW}\n", ""))


@contextmanager
def running(*arguments: str, variables: Mapping[str, str]) -> Generator[Running]:
    """A process that is gone at the end, whatever happened."""
    started = Running(*arguments, variables=variables)
    try:
        yield started
    finally:
        if not stream(started.process.stdout).closed:
            started.ends(signal.SIGTERM)


def stream(found: IO[str] | None) -> IO[str]:
    """A stream that was asked for."""
    assert found is not None
    return found


def get(url: str) -> Any:
    """What is answered at an address."""
    with _OPEN(url) as answer:
        return json.load(answer)
