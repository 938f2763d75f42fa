"""`fellowtrace demo`: make the demonstration's record where there is none yet, tell its story, and serve it."""

from collections.abc import Callable
from datetime import date
from socket import socket

from rich.console import Console

from api.catching_up import head
from api.demo.asking import Api
from api.demo.recording import record
from api.demo.story import story
from api.opening import opened
from api.progress import progress
from api.serving import WARNING, Broken, address, beside, listening, serving, url, who_reaches
from api.stopping import stopping
from infra.postgres.private import SetUpError
from infra.settings import Settings


def tell(
    settings: Settings,
    port: int,
    *,
    on: date | None,
    serve: bool,
    say: Callable[[str], None],
    aside: Console,
) -> None:
    """Tell the story through `say`, what is done for it on `aside`, and serve until told to stop if `serve` says so.

    The record takes the day `on` for today, or the day that it was first made on. Raises SetUpError, and Broken where
    a process ends that should not.
    """
    with stopping() as stop:
        try:
            with (
                listening(settings.bind, port) as listener,
                opened(settings, demonstration=True) as (connections, installation),
            ):
                there = _served_at(settings, listener, port, serve=serve)
                if taken := "" if there == url(listener) else _taken(settings):
                    aside.print(taken)
                with progress(aside, "Recording the demonstration") as told:

                    def further(done: int, total: int) -> bool:
                        told(done, total)
                        return not stop.is_set()

                    recorded = record(connections, str(installation.id), further, on)
                if stop.is_set():
                    return
                with serving(connections, listener, stop, aside.print) as wait:
                    api = Api(*address(listener), there, stop)
                    lines = story(api, head(connections), recorded.today)
                    while not stop.is_set() and (line := next(lines, None)) is not None:
                        say(line)
                    if serve and not stop.is_set():
                        say(f"\nThe demonstration is served at {url(listener)} until you stop it with Ctrl-C.")
                        say(f"{who_reaches(listener)} {WARNING}")
                        wait()
                    elif not stop.is_set():
                        aside.print(
                            taken or "These addresses answer while the demonstration is served there: `make demo`."
                        )
        except (SetUpError, Broken):
            # A signal from the keyboard also reaches PostgreSQL's programs, which then say that they were stopped.
            if not stop.is_set():
                raise


def _taken(settings: Settings) -> str:
    """What to say where the port that the story names is in use; nothing where it is free."""
    try:
        with listening(settings.bind, settings.port):
            return ""
    except SetUpError:
        return (
            f"Port {settings.port} is in use: unless the demonstration is what is served there, the addresses of this "
            f"story are not answered by it. With FELLOWTRACE_PORT={beside(settings.port)} it names others."
        )


def _served_at(settings: Settings, listener: socket, port: int, *, serve: bool) -> str:
    """The address that the story names: where it listens or, where it listens only to tell it, where it is served."""
    here = url(listener)
    there = 0 if serve or port else settings.port
    return f"{here.rpartition(':')[0]}:{there}" if there else here
