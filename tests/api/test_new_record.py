"""Where a record is made that there was none of: only by what is to be recorded in, and never without a word."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.command_line import Line
from tests.infra.server_process import discard
from tests.oulad_folder import write


@pytest.fixture
def folder(line: Line) -> Iterator[Path]:
    """The place of a data directory that is not there yet, named in the environment."""
    made = Path(tempfile.mkdtemp(prefix="ft-"))
    made.chmod(0o711)
    line.sets(FELLOWTRACE_DATA_DIR=str(made / "data"))
    yield made / "data"
    discard(made)


def test_what_only_reads_makes_no_record_and_says_that_there_is_none(line: Line, folder: Path, tmp_path: Path) -> None:
    rows = write(tmp_path / "oulad")
    for command in (
        ["views"],
        ["views", "parked"],
        ["views", "replay"],
        ["rebuild"],
        ["rebuild", "--dry-run"],
        ["export", "log", "--out", "-"],
        ["import", "oulad", rows, "--dry-run"],
    ):
        said = line.run(*command)
        assert (said.status, said.out) == (1, "")
        assert said.err.startswith(f"There is no record in {folder}: `fellowtrace migrate` makes a new one there")
    assert not folder.exists()


def test_a_new_record_is_said_to_be_made_and_where_and_the_demonstration_is_another_s(line: Line, folder: Path) -> None:
    made, again = line.run("migrate"), line.run("migrate")
    assert (made.status, made.err) == (0, f"A new, empty record was made in {folder}.\n")
    assert (again.status, again.err) == (0, "")
    assert line.run("views", "--demonstration").err == (
        f"There is no demonstration in {folder} yet: make it with `make demo`.\n"
    )
    exported = line.run("export", "log", "--out", "-")
    assert f"The record in {folder} is empty." in " ".join(exported.err.split())
    assert line.run("rebuild").out.startswith(f"The record in {folder} is empty.")
