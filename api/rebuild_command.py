"""`fellowtrace rebuild`: make views anew, hold them against the live ones, release them, go back, and drop."""

from typing import Annotated

import typer
from rich.console import Console

from api.catching_up import head
from api.opening import Demonstration, empty, opened, where
from api.rebuilding import drop_former, estimates, go_back, make_anew, reason, with_former
from infra.following.rebuild import Estimate, StandsStill
from infra.following.release import NoSuchBuild, StillAsked
from infra.postgres.private import SetUpError
from infra.settings import Settings
from projections import VIEWS

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def rebuild(
    views: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[VIEW]...", help="By default every view; to go back or to drop, every one that has a former build."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what it would take.")] = False,
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Throw away what was built before, by a run that was broken off.")
    ] = False,
    accept: Annotated[
        str | None, typer.Option(metavar="REASON", help="Release a view although rows differ: why they should.")
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="Go back to the builds that were live before.")] = False,
    former: Annotated[
        bool, typer.Option("--drop-former", help="Take away the builds that were live before; until then they go on.")
    ] = False,
    demonstration: Demonstration = False,
) -> None:
    """Make views anew from the log beside the live ones, which answers come from until all is found the same."""
    by_name = {view.name: view for view in VIEWS}
    if unknown := [name for name in views or () if name not in by_name]:
        raise SetUpError(f"There is no view {unknown[0]}; the views are {', '.join(by_name)}.")
    if sum((dry_run, back, former)) > 1:
        raise SetUpError("One at a time: --dry-run, --back or --drop-former.")
    accept = reason(accept)
    settings = Settings.read()
    aside = Console(stderr=True, highlight=False)
    try:
        with opened(settings, demonstration=demonstration, make=False) as (connections, installation):
            if not head(connections):
                typer.echo(f"{empty(where(settings, connections), demonstration=demonstration)} Nothing was done.")
                return
            chosen = [by_name[name] for name in dict.fromkeys(views or by_name)]
            if (back or former) and not views:
                chosen = with_former(connections, chosen, back=back)
            if dry_run:
                for estimate in estimates(connections, chosen):
                    typer.echo(told(estimate))
            elif former:
                drop_former(connections, chosen, typer.echo)
            elif back:
                go_back(connections, installation, chosen, typer.echo, aside, accept=accept)
            else:
                make_anew(connections, installation, chosen, typer.echo, aside, accept=accept, afresh=afresh)
    except KeyboardInterrupt:
        typer.echo("Stopped: run it again to go on where it was, or with --afresh to begin anew.", err=True)
        raise typer.Exit(130) from None
    except (StandsStill, StillAsked, NoSuchBuild) as error:
        raise SetUpError(f"The views were left as they were: {error}. Run it again to go on.") from error


def told(estimate: Estimate) -> str:
    """An estimate in a line: events, bytes, time."""
    size = "size not known" if estimate.bytes is None else f"about {_size(estimate.bytes)}"
    time = "no time" if estimate.seconds is None else f"about {_time(estimate.seconds)}"
    return f"{estimate.view}: {estimate.events:,} events, {size}, {time}"


def _size(count: int) -> str:
    size, unit = float(count), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.0f} {_UNITS[unit]}" if unit == 0 or size >= 100 else f"{size:.1f} {_UNITS[unit]}"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.1f} minutes"
