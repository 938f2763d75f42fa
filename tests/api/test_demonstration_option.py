"""Every command that opens a record opens the demonstration's in the same way: with --demonstration."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from typer.main import get_command

from api import cli
from api.catching_up import catch_up
from api.codes import claim
from api.opening import opened
from domain.programme import PROGRAMME, ProgrammeEstablished
from domain.values import Happened, ProgrammeId
from infra.log.desk import Desk
from infra.postgres.server import Server
from infra.settings import Connections, Settings
from tests.api.command_line import SECRET, Line, of_roles
from tests.infra.submissions import rows
from tests.office import Office

OPENS_NONE = {"demo", "import template"}
"""Commands that open no record, or the demonstration's alone."""
NAME = "beside"


@pytest.fixture
def demonstrated(line: Line, server: Server) -> Iterator[Connections]:
    """A demonstration with one entry, beside a database that nobody has made."""
    line.sets(DATABASE_URL=server.url(NAME), FELLOWTRACE_SECRET=SECRET)
    with opened(Settings.read(), demonstration=True) as (connections, _):
        with closing(Office(connections)) as office:
            office.do(lambda desk: _established(office, desk))
        catch_up(connections, lambda reached, end: None)
        yield connections


def _established(office: Office, desk: Desk) -> None:
    programme_id, event = ProgrammeId.new(), ProgrammeEstablished(code="QIF", title="Quality Improvement Fellowship")
    claim(office.log, desk, PROGRAMME.of(programme_id), event)
    desk.record(PROGRAMME, programme_id, event, Happened(date(2013, 1, 1)))


def commands(group: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, set[str]]]:
    """Every command that does something, with its options."""
    inside: dict[str, object] = getattr(group, "commands", {})
    if not inside or getattr(group, "invoke_without_command", False):
        parameters: list[object] = getattr(group, "params", [])
        yield " ".join(path), {option for each in parameters for option in getattr(each, "opts", [])}
    for name, each in inside.items():
        yield from commands(each, (*path, name))


def test_every_command_that_opens_a_record_takes_the_option() -> None:
    found = dict(commands(get_command(cli.app)))
    assert {"serve", "migrate", "rebuild", "views", "views parked", "import csv", "export log"} <= found.keys()
    assert {name for name, options in found.items() if "--demonstration" not in options} == OPENS_NONE


def test_a_record_under_rules_that_the_program_lacks_is_left_alone_until_it_is_migrated(
    line: Line, server: Server
) -> None:
    line.sets(DATABASE_URL=server.url("lacking"), FELLOWTRACE_SECRET=SECRET)
    with opened(Settings.read(), demonstration=True) as (connections, _):
        rows(connections, "INSERT INTO log.guarded VALUES ('of_a_newer_program')")
    for command in (["views"], ["export", "log", "--out", "-"], ["serve", "--port", "0"]):
        said = line.run(*command, "--demonstration")
        assert (said.status, said.out) == (1, "")
        assert "run the newer version that brought them" in said.err
    assert line.run("migrate", "--demonstration").status == 0
    assert line.run("rebuild", "--demonstration").status == 0


def test_the_commands_work_on_the_demonstration_alone(line: Line, demonstrated: Connections, tmp_path: Path) -> None:
    assert demonstrated.database == f"{NAME}_demo"
    said = line.run("export", "log", "--demonstration", "--out", "-")
    assert [json.loads(each)["kind"] for each in said.out.splitlines()] == ["programme.established"]
    assert "1 entries written." in said.err
    assert line.run("export", "log", "--out", "-").status == 1

    for order in (["views", "--demonstration", "parked"], ["views", "parked", "--demonstration"]):
        assert line.run(*order).out == "Nothing waits.\n"
    assert "1 of 1" in line.run("views", "--demonstration").out
    assert line.run("views").status == 1

    sheet = tmp_path / "sessions.csv"
    assert line.run("import", "template", "attendance").status == 0
    sheet.write_text(line.run("import", "template", "attendance").out)
    said = line.run("import", "csv", sheet, "--as", "attendance", "--demonstration", "--dry-run")
    assert "there is no cohort of QIF with the code" in said.err
    assert "there is no programme" not in said.err


def test_an_empty_record_is_said_to_be_one(line: Line, database: Connections) -> None:
    line.sets(**of_roles(database))
    said = line.run("export", "log", "--out", "-")
    assert (said.status, said.out) == (0, "")
    assert "0 entries written." in said.err
    assert f"The record in the database {database.database} is empty." in " ".join(said.err.split())


@pytest.mark.parametrize("command", [["views"], ["export", "log", "--out", "-"], ["rebuild"], ["serve", "--port", "0"]])
def test_a_demonstration_that_was_never_made_is_not_made_empty(line: Line, tmp_path: Path, command: list[str]) -> None:
    said = line.run(*command, "--demonstration")
    place = tmp_path / "data"
    assert (said.status, said.out) == (1, "")
    assert said.err == f"There is no demonstration in {place} yet: make it with `make demo`.\n"
    assert not place.exists()


def test_one_that_was_never_made_beside_a_database_is_not_made_either(line: Line, server: Server) -> None:
    line.sets(DATABASE_URL=server.url("unmade"), FELLOWTRACE_SECRET=SECRET)
    said = line.run("views", "--demonstration")
    assert said.err == "There is no demonstration in the database unmade_demo yet: make it with `make demo`.\n"
