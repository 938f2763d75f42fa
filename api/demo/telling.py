"""`fellowtrace demo`: make the demonstration's record where there is none yet, tell its story, and serve it."""

from collections.abc import Callable
from datetime import date
from socket import socket

from rich.console import Console

from api.demo.asking import Api
from api.demo.recording import record
from api.demo.story import story
from api.progress import progress
from api.record import head, opened
from api.serving import WARNING, Broken, address, listening, serving, stopping, url, who_reaches
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
                with progress(aside, "Recording the demonstration") as told:

                    def further(done: int, total: int) -> bool:
                        told(done, total)
                        return not stop.is_set()

                    recorded = record(connections, str(installation.id), further, on)
                if stop.is_set():
                    return
                with serving(connections, listener, stop, aside.print) as wait:
                    api = Api(*address(listener), _served_at(settings, listener, port, serve=serve), stop)
                    lines = story(api, head(connections), recorded.today)
                    while not stop.is_set() and (line := next(lines, None)) is not None:
                        say(line)
                    if serve and not stop.is_set():
                        say(f"\nThe demonstration is served at {url(listener)} until you stop it with Ctrl-C.")
                        say(f"{who_reaches(listener)} {WARNING}")
                        wait()
                    elif not stop.is_set():
                        aside.print("These addresses answer while the demonstration is served there: `make demo`.")
        except (SetUpError, Broken):
            # A signal from the keyboard also reaches PostgreSQL's programs, which then say that they were stopped.
            if not stop.is_set():
                raise


def _served_at(settings: Settings, listener: socket, port: int, *, serve: bool) -> str:
    """The address that the story names: where it listens or, where it listens only to tell it, where it is served."""
    here = url(listener)
    there = 0 if serve or port else settings.port
    return f"{here.rpartition(':')[0]}:{there}" if there else here
