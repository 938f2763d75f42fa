"""The processes of `serve`: what each does, and how it is told to. `python -m api.processes` runs one.

A process gets what it needs, and no more, through its standard input, so that no password is seen in its arguments or
its environment. It ends when it is told to, and also when that input ends: then whoever started it is gone.
"""

import os
import pickle
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from socket import socket
from subprocess import PIPE, Popen, TimeoutExpired
from threading import Event, Thread
from typing import Any

from api.stopping import stopping
from infra.settings import ROLES, Connections

PATIENCE = 15
"""Seconds that a process may take to end before it is killed."""
_HIDDEN = {"DATABASE_URL", "FELLOWTRACE_SECRET", *(f"FELLOWTRACE_{role.upper()}_URL" for role in ROLES)}


@dataclass(frozen=True)
class Child:
    """A process that was started."""

    name: str
    process: Popen[bytes]

    def end(self) -> None:
        """Ask it to end, once more where it has been asked."""
        self.process.terminate()

    def ended(self) -> None:
        """Wait for its end; it is killed where that takes too long."""
        try:
            self.process.wait(PATIENCE)
        except TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


def start_api(connections: Connections, listener: socket) -> Child:
    """Start the process that answers at `listener`. Of the roles' connections it gets its own and the vault's."""
    given = replace(connections, admin=None, projector="", sealer="")
    return _start("api", (given, listener.fileno()), listener.fileno())


def start_projector(connections: Connections) -> Child:
    """Start the process that keeps the views. It gets its own connection only."""
    return _start("projector", (connections.projector,))


def _start(name: str, given: tuple[Any, ...], *descriptors: int) -> Child:
    process = Popen(
        # -P: what lies in the current folder is not ours to run.
        [sys.executable, "-P", "-m", "api.processes", name],
        stdin=PIPE,
        env={key: value for key, value in os.environ.items() if key not in _HIDDEN},
        pass_fds=descriptors,
        # A signal from the keyboard goes to the whole group: these end when they are told to.
        start_new_session=True,
    )
    assert process.stdin is not None
    pickle.dump(given, process.stdin)
    process.stdin.flush()
    return Child(name, process)


def _api(connections: Connections, descriptor: int) -> None:
    import uvicorn

    from api.app import create_app
    from infra.postgres.collecting import serving

    config = uvicorn.Config(
        create_app(connections), access_log=False, log_level="warning", timeout_graceful_shutdown=5, lifespan="on"
    )
    with socket(fileno=descriptor) as listener, serving():
        uvicorn.Server(config).run(sockets=[listener])


def keep_views(url: str, stop: Event) -> None:
    """Keep the views until told to stop; `url` is that of the role that may."""
    from infra.following.projector import Projector
    from projections import VIEWS

    with Projector(url, VIEWS) as projector:
        projector.follow(stop)


def _projector(url: str) -> None:
    with stopping(signal.SIGTERM) as stop:
        keep_views(url, stop)


_MAIN: Mapping[str, Callable[..., None]] = {"api": _api, "projector": _projector}


def _end_with_whoever_started_us() -> None:
    # Buffered input would read ahead, and block on what it has.
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main(name: str) -> None:
    """Run the process of that name."""
    given = pickle.load(sys.stdin.buffer)
    Thread(target=_end_with_whoever_started_us, daemon=True).start()
    _MAIN[name](*given)


if __name__ == "__main__":
    main(sys.argv[1])
