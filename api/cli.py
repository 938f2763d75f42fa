"""The command line: `fellowtrace`. Each command says what it does; the work is done elsewhere."""

import signal
import sys
from contextlib import closing
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from pydantic import ValidationError
from rich.console import Console
from typer.core import TyperGroup

from api.catching_up import catch_up
from api.demo.telling import tell
from api.importing.problems import FilesRefused
from api.opening import Demonstration, empty, keeper, made_or_brought_up, named, opened, recorder, where
from api.oulad.load import load_folder
from api.processes import keep_views
from api.progress import progress
from api.rebuild_command import rebuild
from api.serving import WARNING, Broken, listening, serving, url, who_reaches
from api.sheets.likeness import another_kind
from api.sheets.load import SHEETS, load_sheet
from api.stopping import stopping
from api.views_command import views
from api.wording import wrong
from infra.log.combining import Busy
from infra.log.export import replaced, standard_output, write
from infra.migrate import installation
from infra.postgres.alone import AlreadyRunning
from infra.postgres.database import connect
from infra.postgres.private import SetUpError
from infra.settings import ROLES, Settings


class Commands(TyperGroup):
    """The commands; what is wrong with a value is said in plain words, and so is that one was broken off."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that is named."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            if isinstance(error.__cause__, ValidationError):
                error.message = f"{wrong(dict(error.__cause__.errors()[0])).rstrip('.')}."
            raise
        except KeyboardInterrupt:
            typer.echo("Stopped.", err=True)
            raise


app = typer.Typer(
    cls=Commands,
    help="The record of a fellowship programme, answerable for any date as known on any date.",
    epilog=f"{WARNING} What the environment sets is in README.md.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 110},
)
imports = typer.Typer(help="Load other people's data into the record.", no_args_is_help=True)
exports = typer.Typer(help="Write the record out.", no_args_is_help=True)
app.add_typer(views, name="views")
app.add_typer(imports, name="import")
app.add_typer(exports, name="export")

aside = Console(stderr=True, highlight=False)

Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="The port to listen on; by default FELLOWTRACE_PORT, else 8000.")
]


class SheetName(StrEnum):
    """A kind of file that `import csv` takes."""

    SECONDMENTS = "secondments"
    ATTENDANCE = "attendance"
    COACHING = "coaching"
    PROJECTS = "projects"
    CAREER = "career"


class Part(StrEnum):
    """A part of what serves."""

    API = "api"
    PROJECTOR = "projector"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a day: write it as 2014-04-12") from None


@app.command("demo")
def demo(
    serve: Annotated[bool, typer.Option(help="Go on serving after the story, until stopped.")] = True,
    port: Port = None,
    today: Annotated[
        date | None,
        typer.Option(
            parser=_day,
            metavar="YYYY-MM-DD",
            help="The day that the record takes for today; by default today in London.",
        ),
    ] = None,
) -> None:
    """Show an invented record of two programmes.

    Tells what can be asked of it, with the answers, and serves it until stopped. The record is made on the first run,
    in a database of its own, and keeps the day that it took for today.
    """
    settings = Settings.read()
    # Without serving, any free port will do.
    listened = port if port is not None else settings.port if serve else 0
    tell(settings, listened, on=today, serve=serve, say=typer.echo, aside=aside)


@app.command("serve")
def serve(
    port: Port = None,
    only: Annotated[
        Part | None, typer.Option(help="Run the api alone, or the projector, which keeps the views; by default both.")
    ] = None,
    demonstration: Demonstration = False,
) -> None:
    """Answer over HTTP until stopped."""
    settings = Settings.read()
    with stopping() as stop:
        if only is Part.PROJECTOR:
            with keeper(settings, demonstration=demonstration, make=not demonstration) as projector_url:
                typer.echo("The views are kept until you stop it with Ctrl-C.")
                keep_views(projector_url, stop)
            return
        both = only is None
        needs = ROLES if both else ("api", "vault")
        try:
            with (
                listening(settings.bind, settings.port if port is None else port) as listener,
                opened(settings, demonstration=demonstration, needs=needs, make=not demonstration) as (connections, _),
                serving(connections, listener, stop, aside.print, projector=both) as wait,
            ):
                if not stop.is_set():
                    typer.echo(f"Fellowtrace answers at {url(listener)} until you stop it with Ctrl-C.")
                    typer.echo(f"{who_reaches(listener)} {WARNING}")
                wait()
        except (SetUpError, Broken):
            if not stop.is_set():
                raise


@app.command("migrate")
def migrate_database(demonstration: Demonstration = False) -> None:
    """Make the database, or bring it up to date: roles, tables and functions.

    Needs an administrator's URL in DATABASE_URL, unless the embedded server is used.
    """
    settings = Settings.read()
    with named(settings, demonstration=demonstration) as connections:
        added = made_or_brought_up(settings, connections, demonstration=demonstration, dropping=True)
        made = installation(connections)
        what = "a demonstration" if made.demonstration else "ordinary use"
        typer.echo(f"The database {connections.database} is up to date; it was made for {what}.")
        if added:
            typer.echo(f"Rules newer than the record now hold for it too: {added:,} marks were added to its facts.")


app.command("rebuild")(rebuild)


@imports.command("oulad")
def import_oulad(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder with the CSV files.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Decide everything and record nothing.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="List the rows adjusted or refused, as CSV (.csv) or a line of JSON a row."),
    ] = None,
    demonstration: Demonstration = False,
) -> None:
    """Load the Open University Learning Analytics data set. What is on the record already is not entered again."""
    make = not (dry_run or demonstration)
    with opened(Settings.read(), demonstration=demonstration, make=make) as (connections, _):
        with recorder(connections) as (log, pool):
            load_folder(folder, log, pool, connections.secret, aside, dry_run=dry_run, list_to=report)
        if not dry_run:
            with progress(aside, "Bringing the views up to date") as told:
                catch_up(connections, told)


@imports.command("csv")
def import_csv(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The CSV file.")],
    sheet: Annotated[SheetName, typer.Option("--as", help="What kind of facts its rows tell.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Decide everything and record nothing.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="List the problems, as CSV (.csv) or a line of JSON a problem."),
    ] = None,
    demonstration: Demonstration = False,
) -> None:
    """Load a file of facts: all of it, or nothing where a row has a problem. What is there is not entered again."""
    if (other := another_kind(file, sheet)) is not None:
        raise SetUpError(f"{file.name} looks like a file of {other}, not of {sheet}: load it with --as {other}.")
    make = not (dry_run or demonstration)
    with opened(Settings.read(), demonstration=demonstration, make=make) as (connections, _):
        with recorder(connections) as (log, pool):
            secret = connections.secret
            loaded = load_sheet(file, SHEETS[sheet], log, pool, secret, dry_run=dry_run, list_to=report)
        typer.echo(loaded.summary())
        if loaded.entered and not dry_run:
            with progress(aside, "Bringing the views up to date") as told:
                catch_up(connections, told)


@imports.command("template")
def show_template(sheet: Annotated[SheetName, typer.Argument(help="The kind of facts.")]) -> None:
    """Print an example of such a file, with a row for each kind of fact."""
    typer.echo(SHEETS[sheet].template().read_text(encoding="utf-8"), nl=False)


@exports.command("log")
def export_log(
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="Where to; - is the standard output.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file where there is one.")] = False,
    demonstration: Demonstration = False,
) -> None:
    """Write every event out, one line of JSON each, in the order recorded. Personal fields stay encrypted."""
    if out != "-" and not force and Path(out).is_file():
        raise SetUpError(f"{out} is there already: name another file, or replace it with --force.")
    settings = Settings.read()
    with (
        opened(settings, demonstration=demonstration, make=False) as (connections, _),
        closing(connect(connections.api)) as connection,
        standard_output() if out == "-" else replaced(Path(out)) as file,
        progress(aside, "Writing") as told,
    ):
        written = write(connection, file, told)
    aside.print(f"{written:,} entries written.")
    if not written:
        aside.print(empty(where(settings, connections), demonstration=demonstration))


def main() -> None:
    """Run the command line. What is known to go wrong is one sentence on the standard error, and status 1."""
    # As from the keyboard: whatever is open is closed, the embedded server included.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app(prog_name="fellowtrace")
    except (SetUpError, Broken, FilesRefused) as error:
        _end(str(error))
    except AlreadyRunning as error:
        _end(f"{str(error).capitalize()}: wait until it is done.")
    except (Busy, psycopg.OperationalError) as error:
        _end(f"The database could not be worked with: {str(error).strip().splitlines()[-1]}.")
    except OSError as error:
        _end(f"{error.filename or 'A file'} cannot be used: {error.strerror}.")
    except KeyboardInterrupt:
        _end("Stopped.", 130)


def _end(sentence: str, status: int = 1) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    main()
