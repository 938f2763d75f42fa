"""`fellowtrace rebuild` at the command line: what it says before and after, and what it refuses to begin with."""

import re

import pytest

from api.rebuilding import LONGEST_REASON
from domain.values import ProgrammeId
from infra.following.rebuild import Rebuild
from infra.settings import Connections
from infra.views.builds import LIVE
from projections import VIEWS
from tests.api.command_line import Line, of_roles
from tests.api.rebuilt import released, spoil, stages, titles
from tests.office import Office


@pytest.mark.parametrize(
    ("accept", "words"),
    [
        ("x" * (LONGEST_REASON + 1), "it must be a line of 1 to 280 characters"),
        ("", "it must be a line of 1 to 280 characters"),
        ("Of 943 476 5919.", "this holds what looks like an NHS number"),
    ],
)
def test_a_reason_that_cannot_be_recorded_is_refused_before_anything_is_built(
    line: Line, database: Connections, programme: ProgrammeId, accept: str, words: str
) -> None:
    spoil(database)
    said = line.run("rebuild", "programme", "--accept", accept)
    assert said.status == 1
    assert words in said.err
    assert (titles(database), stages(database)) == (["spoilt"], {LIVE})


def test_a_dry_run_tells_events_bytes_and_time_and_builds_nothing(
    line: Line, database: Connections, programme: ProgrammeId
) -> None:
    said = line.run("rebuild", "programme", "--dry-run")
    assert said.status == 0
    assert re.fullmatch(r"programme 1: 1 events, about [\d.]+ kB, about 1 s\n", said.out)
    assert stages(database) == {LIVE}


@pytest.mark.parametrize("option", [[], ["--dry-run"], ["--back"], ["--drop-former"]])
def test_of_an_empty_record_nothing_is_made_anew(
    line: Line, database: Connections, office: Office, option: list[str]
) -> None:
    line.sets(**of_roles(database))
    said = line.run("rebuild", *option)
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"The record in the database {database.database} is empty.")
    assert said.out.endswith("Nothing was done.\n")
    assert released(database, office) == []


def test_whoever_rebuilds_is_told_of_the_former_builds_and_can_drop_them_all_or_go_back(
    line: Line, database: Connections, programme: ProgrammeId
) -> None:
    said = line.run("rebuild")
    assert said.out.splitlines()[-1] == (
        "The builds that were live before go on beside the new ones, to go back to; "
        "`fellowtrace rebuild --drop-former` takes them away."
    )
    assert line.run("rebuild", "--back").status == 0
    assert line.run("rebuild", "--drop-former").out.count("the former build is dropped") == len(VIEWS)
    assert stages(database) == {LIVE}
    assert (
        line.run("rebuild", "--drop-former").err == line.run("rebuild", "--back").err == "No view has a former build.\n"
    )


def test_whoever_stops_a_rebuild_is_told_how_to_go_on(
    line: Line, programme: ProgrammeId, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(work: Rebuild, told: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Rebuild, "fill", stopped)
    said = line.run("rebuild", "programme")
    assert said.status == 130
    assert said.err.endswith("Stopped: run it again to go on where it was, or with --afresh to begin anew.\n")


def test_what_cannot_be_done_at_once_is_refused(line: Line) -> None:
    said = line.run("rebuild", "--back", "--drop-former", "programme")
    assert said.err == "One at a time: --dry-run, --back or --drop-former.\n"
