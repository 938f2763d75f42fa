"""The command line: what it says, what it refuses in a sentence, and how its processes begin and end."""

import json
import os
import re
import select
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from api.opening import named
from domain.programme import PROGRAMME, ProgrammeEstablished
from domain.values import Happened, ProgrammeId
from infra.postgres.database import connect
from infra.postgres.server import Server
from infra.settings import Connections, Settings
from tests.api.command_line import SECRET, Line, Running, Said, get, of_roles, running
from tests.infra.server_process import is_alive
from tests.office import Office
from tests.oulad_folder import write

REFUSED = "postgresql://nobody:wrong@127.0.0.1:1/nothing"
"""A server that is not there."""


@pytest.fixture
def installed(line: Line, database: Connections) -> Connections:
    """A migrated database, which the environment names by the URLs of its roles."""
    line.sets(**of_roles(database))
    return database


def establish(database: Connections, code: str) -> ProgrammeId:
    """Put a programme on the record."""
    programme_id = ProgrammeId.new()
    with closing(Office(database)) as office:
        event = ProgrammeEstablished(code=code, title="Quality Improvement Fellowship")
        office.do(lambda desk: desk.record(PROGRAMME, programme_id, event, Happened(date(2013, 1, 1))))
    return programme_id


def one_sentence(said: Said) -> str:
    """What a command says that cannot go on: nothing but a sentence on the standard error, and status 1."""
    assert (said.status, said.out) == (1, "")
    assert said.err.count("\n") == 1
    assert said.err.endswith(".\n")
    return said.err


def test_help_names_every_command_and_warns(line: Line) -> None:
    said = line.run("--help")
    assert said.status == 0
    for command in ("demo", "serve", "migrate", "rebuild", "import", "export"):
        assert re.search(rf"^  {command} +[A-Z].*\.$", said.out, re.MULTILINE), command
    assert "Enter no real people." in " ".join(said.out.split())


@pytest.mark.parametrize(
    ("variables", "arguments", "sentence"),
    [
        ({"FELLOWTRACE_PORT": "eight"}, ["serve"], "FELLOWTRACE_PORT cannot be used: .*"),
        (
            {"FELLOWTRACE_BIND": "nowhere.invalid"},
            ["serve", "--port", "0"],
            "FELLOWTRACE_BIND=nowhere.invalid is not .*",
        ),
        ({"DATABASE_URL": "mysql://here"}, ["migrate"], "DATABASE_URL cannot be used: .*"),
        ({"DATABASE_URL": REFUSED}, ["migrate"], "FELLOWTRACE_SECRET is not set: .*"),
        ({"DATABASE_URL": REFUSED, "FELLOWTRACE_SECRET": SECRET}, ["migrate"], "No PostgreSQL server answers .*"),
        ({"DATABASE_URL": REFUSED, "FELLOWTRACE_SECRET": SECRET}, ["serve", "--port", "0"], "No PostgreSQL server .*"),
        ({"DATABASE_URL": REFUSED, "FELLOWTRACE_SECRET": SECRET}, ["demo", "--no-serve"], "No PostgreSQL server .*"),
        ({}, ["rebuild", "horoscope"], "There is no view horoscope; the views are .*standing.*"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(
    line: Line, variables: Mapping[str, str], arguments: list[str], sentence: str
) -> None:
    line.sets(**variables)
    said = one_sentence(line.run(*arguments))
    assert re.fullmatch(f"{sentence}\\.\n", said)
    assert "wrong" not in said


def test_a_wrong_password_is_said_without_showing_it(line: Line, server: Server) -> None:
    line.sets(DATABASE_URL=server.url("nothing", "postgres", "guessed"), FELLOWTRACE_SECRET=SECRET)
    said = one_sentence(line.run("migrate"))
    assert "refuses the password of postgres" in said
    assert "guessed" not in said


def test_a_database_that_is_not_there_yet_is_to_be_migrated_first(line: Line, server: Server) -> None:
    line.sets(DATABASE_URL=server.url("never_made"), FELLOWTRACE_SECRET=SECRET)
    assert "migrate" in one_sentence(line.run("export", "log", "--out", "-"))


def test_the_demonstration_is_not_made_where_only_the_roles_are_named(line: Line, installed: Connections) -> None:
    assert "The demonstration makes a database of its own" in one_sentence(line.run("demo", "--no-serve"))


@pytest.mark.parametrize("name", ["own", "own_demo"])
def test_the_demonstration_is_made_beside_the_database_that_is_named(line: Line, server: Server, name: str) -> None:
    line.sets(DATABASE_URL=server.url(name), FELLOWTRACE_SECRET=SECRET)
    with named(Settings.read(), demonstration=True) as connections:
        assert connections.database == "own_demo"
        assert "own_demo_api" in connections.api


def test_migrate_says_what_it_has_done_and_may_be_run_again(line: Line, database: Connections) -> None:
    assert database.admin is not None
    line.sets(DATABASE_URL=database.admin, **of_roles(database))
    said = [line.run("migrate") for _ in range(2)]
    assert said == [Said(0, f"The database {database.database} is up to date; it was made for ordinary use.\n", "")] * 2


def test_a_busy_port_is_said_in_a_sentence_before_anything_is_started(line: Line, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        for command in ("serve", "demo"):
            said = one_sentence(line.run(command, "--port", str(port)))
            assert said.startswith(
                f"Port {port} on 127.0.0.1 is in use by another program: name another one with --port"
            )
            assert "or as FELLOWTRACE_PORT=" in said
    assert not (tmp_path / "data").exists()


def test_the_log_is_exported_to_a_file_or_to_the_standard_output(
    line: Line, installed: Connections, tmp_path: Path
) -> None:
    programme_id = establish(installed, "QIF")
    path = tmp_path / "log.jsonl"
    assert line.run("export", "log", "--out", path).status == 0
    (event,) = map(json.loads, path.read_text().splitlines())
    assert (event["position"], event["stream"]) == (1, f"programme:{programme_id}")
    assert line.run("export", "log", "--out", "-").out == path.read_text()


def test_a_file_that_is_there_is_not_written_over_unless_that_is_asked_for(
    line: Line, installed: Connections, tmp_path: Path
) -> None:
    establish(installed, "QIF")
    path = tmp_path / "log.jsonl"
    path.write_text("mine")
    said = one_sentence(line.run("export", "log", "--out", path))
    assert said == f"{path} is there already: name another file, or replace it with --force.\n"
    assert path.read_text() == "mine"
    assert line.run("export", "log", "--out", path, "--force").status == 0
    assert json.loads(path.read_text())["position"] == 1


def test_a_folder_of_open_university_data_is_tried_then_loaded_then_found_there(
    line: Line, installed: Connections, tmp_path: Path
) -> None:
    folder = write(tmp_path / "oulad")
    assert "would be recorded" in line.run("import", "oulad", folder, "--dry-run").err
    assert log_length(installed) == 0
    said = line.run("import", "oulad", folder, "--report", tmp_path / "rows.csv")
    assert said.status == 0
    assert "recorded" in said.err
    assert (tmp_path / "rows.csv").read_text().startswith("file,row,fate,code,why\n")
    loaded = log_length(installed)
    assert loaded > 0
    with closing(connect(installed.api)) as connection:
        reached = connection.execute("SELECT min(position), max(position) FROM views.checkpoint").fetchone()
    assert reached == (loaded, loaded)
    assert line.run("import", "oulad", folder).status == 0
    assert log_length(installed) == loaded


@pytest.mark.parametrize("named", ["secondments", "attendance", "coaching", "projects", "career"])
def test_a_file_of_another_kind_is_said_to_be_one_in_a_sentence(
    line: Line, installed: Connections, tmp_path: Path, named: str
) -> None:
    is_one = "coaching" if named == "attendance" else "attendance"
    file = tmp_path / "att.csv"
    file.write_text(line.run("import", "template", is_one).out)
    said = one_sentence(line.run("import", "csv", file, "--as", named))
    assert said == f"att.csv looks like a file of {is_one}, not of {named}: load it with --as {is_one}.\n"


def log_length(database: Connections) -> int:
    with closing(connect(database.api)) as connection:
        return connection.execute("SELECT count(*) FROM log.event").fetchall()[0][0]


def test_what_is_wrong_in_a_folder_of_data_is_listed_and_nothing_is_loaded(
    line: Line, installed: Connections, tmp_path: Path
) -> None:
    folder = write(tmp_path / "oulad")
    (folder / "courses.csv").unlink()
    said = line.run("import", "oulad", folder)
    assert (said.status, said.out) == (1, "")
    assert "courses.csv: there is no such file in the folder" in said.err
    assert "Traceback" not in said.err
    assert log_length(installed) == 0


@pytest.fixture
def served(database: Connections) -> Iterator[Running]:
    """`fellowtrace serve` on a free port."""
    with running("serve", "--port", "0", variables=of_roles(database)) as serve:
        yield serve


def test_serve_answers_on_this_machine_alone_warns_and_ends_by_a_signal_with_all_its_processes(served: Running) -> None:
    url = served.url()
    assert urlsplit(url).hostname == "127.0.0.1"
    assert get(f"{url}/health/ready")
    assert get(f"{url}/v1/cohorts")["items"] == []
    children = served.children()
    assert children.keys() == {"api", "projector"}
    said = served.ends(signal.SIGTERM)
    assert (said.status, said.err) == (0, "")
    assert "It listens on 127.0.0.1, which this machine alone can reach. Nobody signs in yet" in said.out
    assert "Enter no real people." in said.out
    assert not any(map(is_alive, children.values()))


@pytest.mark.parametrize("name", ["api", "projector"])
def test_serve_ends_when_one_of_its_processes_does_and_says_which(served: Running, name: str) -> None:
    served.url()
    children = served.children()
    os.kill(children[name], signal.SIGKILL)
    said = served.ends()
    assert said.status == 1
    assert said.err == f"The process of the {name} was killed by signal 9, so everything was stopped.\n"
    assert not any(map(is_alive, children.values()))


def test_its_processes_end_by_themselves_when_serve_is_killed(served: Running) -> None:
    served.url()
    descriptors = [os.pidfd_open(number) for number in served.children().values()]
    served.ends(signal.SIGKILL)
    for descriptor in descriptors:
        # Readable once the process has ended.
        assert select.select([descriptor], [], [], 60)[0]
        os.close(descriptor)
