"""Progress of long work, with its rate, shown to a person."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        """The rate so far, or over all once it is finished."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")


@contextmanager
def progress(console: Console, what: str) -> Generator[Callable[[int, int], None]]:
    """A bar for work of that name. Yields what is to be called with how much is done and how much there is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    bars = Progress(*columns, console=console)
    bar = bars.add_task(what, total=None)

    def told(done: int, total: int) -> None:
        bars.start()
        bars.update(bar, completed=done, total=total)

    # Shown from the first call on: where there is nothing to do, nothing is shown.
    try:
        yield told
    finally:
        if bars.live.is_started:
            bars.stop()
