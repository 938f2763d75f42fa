"""README.md: its commands are there, its tables are whole, and its six lines for a new event kind do what they say."""

import json
import os
import pickle
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from infra.settings import Connections, Settings
from tests.api.command_line import Line
from tests.api.edge import edge_of

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
COMMANDS = [line.strip() for line in README.splitlines() if re.match(r"    (make|fellowtrace) ", line)]


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Line:
    """`fellowtrace` in this process, in a bare environment."""
    return Line(monkeypatch, capsys)


def section(heading: str) -> str:
    """The text under a heading."""
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", README, re.DOTALL | re.MULTILINE)
    assert found, heading
    return found[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_are_there(command: str, line: Line) -> None:
    program, *words = shlex.split(command)
    if program == "make":
        assert re.search(rf"^{words[0]}:.*## ", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
        return
    while words and words[-1] not in (
        "log",
        "oulad",
        "csv",
        "template",
        "serve",
        "migrate",
        "rebuild",
        "demo",
        "views",
    ):
        words.pop()
    said = line.run(*words, "--help")
    assert said.status == 0
    for option in re.findall(r"--[a-z-]+", command):
        assert option in said.out


def test_its_command_for_curl_is_taken_as_it_stands(database: Connections) -> None:
    shown = re.search(r"^    (curl .*?\n)\n", README, re.DOTALL | re.MULTILINE)
    assert shown
    program, _, method, url, *more = shlex.split(shown[1].replace("\\\n", ""))
    given = list(zip(more[::2], more[1::2], strict=True))
    headers = dict(value.split(": ", 1) for option, value in given if option == "-H")
    assert headers["Idempotency-Key"] == "$(python3 -c 'import uuid; print(uuid.uuid4())')"
    (body,) = (value for option, value in given if option == "-d")
    with edge_of(database) as edge:
        sent = headers | {"Idempotency-Key": str(uuid4())}
        answer = edge.client.request(method, urlsplit(url).path, content=body, headers=sent)
    assert (program, answer.status_code) == ("curl", 201), answer.text


def test_it_shows_the_two_commands_first() -> None:
    assert COMMANDS[:2] == ["make demo", "make test"]


def test_what_its_commands_write_is_not_taken_for_a_part_of_the_project() -> None:
    written = {file for command in COMMANDS for file in re.findall(r"--(?:out|report) (\S+)", command)}
    assert len(written) == 3
    assert written <= set((REPOSITORY / ".gitignore").read_text(encoding="utf-8").splitlines())


def test_its_variables_are_those_that_are_read() -> None:
    named = re.findall(r"^\| `([A-Z_]+)` \|", section("Use it"), re.MULTILINE)
    read = {f"FELLOWTRACE_{name.upper()}" for name in Settings.model_fields} - {"FELLOWTRACE_DATABASE_URL"}
    assert set(named) == read | {"DATABASE_URL"}
    assert len(named) == len(set(named))


def test_its_map_names_every_folder() -> None:
    named = set(re.findall(r"^\| `(\w+)/` \|", section("The folders"), re.MULTILINE))
    there = {
        path.name for path in REPOSITORY.iterdir() if (path.is_dir() and any(path.glob("*/*.md"))) or is_code(path)
    }
    assert named == there | {"docs"}


def is_code(path: Path) -> bool:
    """Whether a folder of the project holds its code."""
    return path.is_dir() and (path / "__init__.py").exists()


def test_every_file_that_it_links_to_is_there_and_every_decision_is_linked_to() -> None:
    links = {target for target in re.findall(r"\]\(([^)]+)\)", README) if "://" not in target}
    assert [target for target in links if not (REPOSITORY / target).exists()] == []
    decisions = {f"docs/decisions/{path.name}" for path in (REPOSITORY / "docs" / "decisions").glob("*.md")}
    assert decisions == {target for target in links if target.startswith("docs/decisions/")}


def test_decisions_are_short_and_numbered_without_gaps() -> None:
    decisions = sorted((REPOSITORY / "docs" / "decisions").glob("*.md"))
    for number, path in enumerate(decisions, 1):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert path.name.startswith(f"{number:04}-")
        assert lines[0].startswith(f"# {number}. ")
        assert len(lines) <= 40


def test_every_promise_names_tests_that_are_there() -> None:
    guarantees = (REPOSITORY / "docs" / "guarantees.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", guarantees)
    assert named
    for file, test in named:
        assert (REPOSITORY / file).exists(), file
        text = (REPOSITORY / file).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in text or f"class {test}(" in text, f"{file}::{test}"


SLICE, ITS_TEST = Path("domain/programme.py"), Path("tests/domain/test_programme.py")

CLASS = '''

class ProgrammeRenamed(Event):
    """The programme was given another title."""

    kind = "programme.renamed"
    examples = ({"title": "Improvement Fellowship"},)

    title: Annotated[str, Field(min_length=1, max_length=200)]

'''
EVOLVES = """        case ProgrammeRenamed(title=title):
            if programme.code is None:
                raise ProgrammeNotEstablished
            return replace(programme, title=title)
"""
DECISION = '''

class NothingRenamed(Refusal):
    """The programme has that title already."""


def rename(programme: Programme, *, title: str) -> ProgrammeRenamed:
    """Give the programme another title. Refuses the one it has."""
    if title == programme.title:
        raise NothingRenamed
    return ProgrammeRenamed(title=title)
'''
TEST = """

def test_a_programme_is_renamed() -> None:
    from domain.programme import NothingRenamed, rename

    given(PROGRAMME, ESTABLISHED).when(on("2013-01-01", lambda state: rename(state, title="New"))).then(title="New")
    with pytest.raises(NothingRenamed):
        rename(given(PROGRAMME, ESTABLISHED).history.at(None), title="Quality Improvement Fellowship")
"""
"""What a newcomer writes who follows the six lines."""

USED = """
import json, pickle, sys
from contextlib import closing
from datetime import date

from domain.catalogue import kinds
from domain.programme import PROGRAMME, ProgrammeEstablished, rename
from domain.values import Happened, ProgrammeId
from infra.log.entries import of_streams
from tests.office import Office

connections = pickle.load(sys.stdin.buffer)
programme_id = ProgrammeId.new()
established = ProgrammeEstablished(code="QIF", title="Old")
day = date(2014, 1, 1)


def act(desk):
    programme = desk.fold(PROGRAMME, programme_id, on=day)
    desk.record(PROGRAMME, programme_id, rename(programme, title="New"), Happened(day))


with closing(Office(connections)) as office:
    office.do(lambda desk: desk.record(PROGRAMME, programme_id, established, Happened(date(2013, 1, 1))))
    receipt = office.do(act)
with closing(Office(connections)) as another, another.engine.connect() as connection:
    reached = another.projector.catch_up()
    read = of_streams(connection, [PROGRAMME.of(programme_id)], receipt.position)
print(json.dumps({
    "recorded": receipt.position,
    "reached": reached,
    "read": [(entry.event.kind, entry.event.title) for entry in read],
    "in the catalogue": "programme.renamed" in kinds(),
}))
"""
"""Decides and records it, and reads it back through another log; the views pass over it."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project's code."""
    made = tmp_path / "copy"
    unwanted = shutil.ignore_patterns("__pycache__")
    for folder in filter(is_code, REPOSITORY.iterdir()):
        shutil.copytree(folder, made / folder.name, ignore=unwanted)
    shutil.copy(REPOSITORY / "pyproject.toml", made)
    return made


def contents(folder: Path) -> dict[Path, str]:
    """The text of every file."""
    return {
        path.relative_to(folder): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def edit(path: Path, *changes: tuple[str, str]) -> None:
    """Put something new after each of these places, each of which the file has once."""
    text = path.read_text(encoding="utf-8")
    for place, new in changes:
        assert text.count(place) == 1, place
        text = text.replace(place, place + new)
    path.write_text(text, encoding="utf-8")


def run(copy: Path, *arguments: str, given: bytes = b"") -> str:
    """What Python says when run in the copy."""
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, input=given, capture_output=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return done.stdout.decode()


def test_its_six_lines_add_an_event_kind_that_is_decided_recorded_read_and_in_the_catalogue(
    copy: Path, database: Connections
) -> None:
    lines = re.findall(r"^\d\. (.+)$", section("How to add an event kind"), re.MULTILINE)
    says = (f"`{SLICE}`", "`kind`", "`ProgrammeEvent`", "`evolve`", "decision", f"`{ITS_TEST}`")
    assert len(lines) == len(says)
    for line, said in zip(lines, says, strict=True):
        assert said in line
    before = contents(copy)

    edit(
        copy / SLICE,
        ("    source_programme_id: ProgrammeId\n    source_version: Label\n", CLASS),
        ("ProgrammeVersionAdopted | ProgrammeAdoptedFrom", " | ProgrammeRenamed"),
        ("    match event:\n", EVOLVES),
        ("PROGRAMME = Stream(ProgrammeId.stream, Programme(), evolve)\n", DECISION),
    )
    edit(copy / ITS_TEST, (before[ITS_TEST], TEST))
    assert "`.venv/bin/python -m domain.catalogue`" in lines[5]
    run(copy, "-m", "domain.catalogue")

    after = contents(copy)
    published = Path("domain/schemas/programme.renamed.v1.json")
    assert after.keys() - before.keys() == {published}
    changed = {path for path in before if before[path] != after[path]}
    assert {path for path in changed if path.suffix == ".py"} == {SLICE, ITS_TEST}
    assert changed - {SLICE, ITS_TEST} == {Path("domain/EVENTS.md")}
    assert "The programme was given another title." in after[Path("domain/EVENTS.md")]
    run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(ITS_TEST), "tests/contract/test_catalogue.py")
    assert json.loads(run(copy, "-c", USED, given=pickle.dumps(database))) == {
        "recorded": 2,
        "reached": 2,
        "read": [["programme.established", "Old"], ["programme.renamed", "New"]],
        "in the catalogue": True,
    }
