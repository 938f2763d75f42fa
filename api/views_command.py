"""`fellowtrace views`: how far each view has come, and what waits; and trying again what waits."""

import time
from collections.abc import Sequence
from contextlib import closing
from typing import Annotated, Any

import typer
from psycopg import Connection
from sqlalchemy import text

from api.opening import Demonstration, keeper
from domain.values import today
from infra.following.lag import Lagging, lagging
from infra.following.lease import NAME
from infra.following.projector import SETTINGS, Projector
from infra.following.replay import replay
from infra.log.reading import decode
from infra.postgres.database import engine
from infra.postgres.direct import direct
from infra.postgres.private import SetUpError
from infra.settings import Settings
from infra.views.parking import parked
from projections import VIEWS

PATIENCE = 10.0
"""Seconds that views which are behind are waited for."""

views = typer.Typer(help="Tell how far the views have come, and what of them waits.", invoke_without_command=True)


@views.callback()
def show(context: typer.Context, demonstration: Demonstration = False) -> None:
    """Tell how far each view has followed the record. Fails where one is behind and does not catch up soon."""
    if context.invoked_subcommand is not None:
        context.obj = demonstration
        return
    with keeper(Settings.read(), demonstration=demonstration) as url:
        head, found = _lagging(url)
    rows = [
        (
            each.title,
            f"{each.position} of {head}",
            f"{each.events} entries, {each.seconds:.1f} s",
            each.holder or "-",
            state(each),
        )
        for each in found
    ]
    typer.echo(_table(("view", "reached", "behind", "kept by", "state"), rows))
    if any(each.instead for each in found):
        raise SetUpError("Questions that rest on a view of another version are not answered before it is made anew.")
    if any(each.events for each in found if each.title in _TITLES):
        raise SetUpError("The views are behind the record: see that the projector runs, and what it says of them here.")


@views.command("parked")
def show_parked(context: typer.Context, demonstration: Demonstration = False) -> None:
    """List what waits because an entry could not be taken: in which view, since which record number, and why."""
    chosen = demonstration or bool(context.obj)
    with (
        keeper(Settings.read(), demonstration=chosen) as url,
        closing(direct(url, name=f"{NAME} (looking)")) as connection,
    ):
        begun = _begun(connection)
        rows = [
            (view.title, each.key, str(each.position), f"{each.since:%Y-%m-%d %H:%M:%SZ}", str(each.events), each.fault)
            for view in (VIEWS if begun else ())
            for each in parked(connection, view.name, view.version, view.stage)
        ]
    if rows:
        typer.echo(_table(("view", "what waits", "since number", "since", "entries", "fault"), rows))
    else:
        typer.echo("Nothing waits." if begun else "Nothing waits: no view has begun.")


@views.command("replay")
def try_again(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[VIEW]...", help="By default every view.")] = None,
    demonstration: Demonstration = False,
) -> None:
    """Try again what waits, after what was wrong is mended. Fails where something still cannot be taken."""
    by_name = {view.name: view for view in VIEWS}
    if unknown := [name for name in names or () if name not in by_name]:
        raise SetUpError(f"There is no view {unknown[0]}; the views are {', '.join(by_name)}.")
    chosen = [by_name[name] for name in dict.fromkeys(names or by_name)]
    stopped: list[str] = []
    tried = False
    with keeper(Settings.read(), demonstration=demonstration or bool(context.obj)) as url:
        with closing(direct(url, name=f"{NAME} (looking)")) as connection:
            if not _begun(connection):
                typer.echo("Nothing to try again: no view has begun.")
                return
        for view in chosen:
            with closing(direct(url, name=f"{NAME} (replay)", **SETTINGS)) as connection:
                done = replay(connection, view, decode, today)
            if done.released or done.waiting:
                typer.echo(f"{view.title}: {done.released} brought up to date, {done.waiting} still waiting")
                tried = True
            _, found = _lagging(url, patience=0)
            paused = any(each.paused for each in found if each.title == view.title)
            if paused:
                with Projector(url, [view]) as projector:
                    paused = not projector.step()
                typer.echo(f"{view.title}: {'still paused' if paused else 'goes on'}")
                tried = True
            if done.waiting or paused:
                stopped.append(view.title)
    if not tried:
        typer.echo("Nothing to try again: nothing waits.")
    if stopped:
        raise SetUpError(f"Not all could be taken: see {', '.join(stopped)} in `fellowtrace views`.")


def state(each: Lagging) -> str:
    """What there is to say of a build of a view, beside how far it is."""
    if each.remedy is not None:
        return each.remedy
    said: list[str] = []
    if each.paused is not None:
        said.append(f"paused before number {each.position + 1} since {each.paused:%Y-%m-%d %H:%M:%SZ}, {each.fault}")
    if each.waiting:
        said.append(f"{each.waiting} waiting since number {each.since}")
    if each.holder is None:
        said.append("nobody keeps it")
    return "; ".join(said) or "follows"


_TITLES = {view.title for view in VIEWS}


def _begun(connection: Connection[Any]) -> bool:
    """Whether a projector has ever kept views here: the tables that tell what waits are its own to make."""
    return connection.execute("SELECT to_regclass('views.paused') IS NOT NULL").fetchall() == [(True,)]


def _lagging(url: str, *, patience: float | None = None) -> tuple[int, list[Lagging]]:
    """Where the log ends, and how far each view has come; waits a while for those that are behind."""
    deadline = time.monotonic() + (PATIENCE if patience is None else patience)
    reading = engine(url, size=1)
    try:
        with reading.connect() as connection:
            head: int = connection.execute(text("SELECT log.head()")).scalar_one()
            while True:
                found = lagging(connection, VIEWS)
                behind = [each for each in found if each.title in _TITLES and each.position < head]
                if not behind or time.monotonic() > deadline:
                    return head, found
                connection.rollback()
                time.sleep(0.1)
    finally:
        reading.dispose()


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lines with columns as wide as what is in them."""
    widths = [max(map(len, column)) for column in zip(heading, *rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (heading, *rows)]
    return "\n".join(lines)
