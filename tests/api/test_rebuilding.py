"""`fellowtrace rebuild`: what is found the same is released, what differs only with a reason; and the way back."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from rich.console import Console

from api.opening import recorder
from api.rebuilding import LONGEST_REASON, Releases, make_anew, reason
from domain.event import LARGEST
from domain.installation import INSTALLATION, BuildId, DifferencesUnexplained, InstallationId, ViewReleased
from domain.programme import PROGRAMME, ProgrammeEstablished
from domain.values import Happened, ProgrammeId
from infra.following.compare import Comparison, Digest
from infra.following.rebuild import Rebuild
from infra.following.releasing import left_out
from infra.log.entries import of_streams
from infra.migrate import installation
from infra.postgres.database import connect
from infra.postgres.private import SetUpError
from infra.settings import Connections
from infra.views.builds import FORMER, LIVE, NEXT, builds
from infra.views.parking import Parked
from projections import VIEWS
from projections.programme import PROGRAMMES
from projections.standing import STANDING
from tests.api.command_line import Line, of_roles
from tests.api.edge import Edge, problem
from tests.office import Office

SPOIL = "UPDATE views.programme_1 SET title = 'spoilt'"
QUIET = Console(quiet=True)


@pytest.fixture
def office(database: Connections) -> Iterator[Office]:
    with closing(Office(database)) as opened:
        yield opened


@pytest.fixture
def programme(line: Line, database: Connections, office: Office) -> ProgrammeId:
    """A programme whose views have been followed, in the database that the environment names."""
    line.sets(**of_roles(database))
    identity = ProgrammeId.new()
    event = ProgrammeEstablished(code="QIF", title="Quality Improvement Fellowship")
    office.do(lambda desk: desk.record(PROGRAMME, identity, event, Happened(date(2013, 1, 1))))
    office.projector.catch_up()
    return identity


def titles(database: Connections, stage: str = "") -> list[str]:
    """The titles that a build of the view holds."""
    table = PROGRAMMES.staged(stage).tables.segments.name
    with closing(connect(database.api)) as connection:
        return [title for (title,) in connection.execute(f"SELECT title FROM views.{table}".encode())]


def spoil(database: Connections) -> None:
    """Write into the live build what the log does not say."""
    with closing(connect(database.projector)) as connection:
        connection.execute(SPOIL.encode())


def stages(database: Connections) -> set[str]:
    """The stages of the builds that there are."""
    with closing(connect(database.projector)) as connection:
        return {stage for _, stage in builds(connection, PROGRAMMES.name)}


def released(database: Connections, office: Office) -> list[ViewReleased]:
    """What is recorded of releases of the view."""
    stream = INSTALLATION.of(InstallationId(installation(database).id))
    with office.engine.connect() as connection:
        events = [entry.event for entry in of_streams(connection, [stream], 10**9)]
    return [event for event in events if isinstance(event, ViewReleased) and event.view == PROGRAMMES.name]


def test_what_is_found_the_same_is_released_and_recorded(
    line: Line, database: Connections, programme: ProgrammeId, office: Office
) -> None:
    said = line.run("rebuild")
    assert said.status == 0
    assert re.search(
        r"^programme 1: compared with version 1 as known at record number 1: \d+ rows, all the same\.$"
        r"\nprogramme 1: released, record number 2\.$",
        said.out,
        re.MULTILINE,
    )
    (event,) = released(database, office)
    assert (event.view_version, event.compared_with, event.differing, event.why) == (1, 1, 0, None)
    assert event.compared > 0
    with closing(connect(database.projector)) as connection:
        there = builds(connection, PROGRAMMES.name)
        assert there[1, LIVE].id == event.build
        rows = connection.execute("SELECT version, differing, why FROM views.release WHERE position = 2").fetchall()
        assert rows == [(1, 0, None)]
    office.projector.catch_up()
    assert stages(database) == {LIVE, FORMER}
    assert line.run("rebuild", "programme").status == 0
    assert len(released(database, office)) == 2


def test_what_differs_is_not_released_without_a_reason_and_can_be_gone_back_from(
    line: Line, database: Connections, programme: ProgrammeId, office: Office
) -> None:
    spoil(database)
    said = line.run("rebuild", "programme")
    assert said.status == 1
    assert re.search(rf"rows that differ: 1 of \d+\. Keys: 1 \({programme}\)\.$", said.out, re.MULTILINE)
    assert re.search(r"^Not released, as rows differ: programme 1\. .*--accept REASON.*\.$", said.err, re.MULTILINE)
    assert (titles(database), stages(database)) == (["spoilt"], {LIVE, NEXT})
    assert released(database, office) == []

    assert line.run("rebuild", "programme", "--accept", "The title had been overwritten by hand.").status == 0
    assert titles(database) == ["Quality Improvement Fellowship"]
    (event,) = released(database, office)
    assert (event.differing, event.why) == (1, "The title had been overwritten by hand.")

    assert line.run("rebuild", "programme", "--back").status == 1
    assert titles(database) == ["Quality Improvement Fellowship"]
    assert line.run("rebuild", "programme", "--back", "--accept", "It was right after all.").status == 0
    assert (titles(database), titles(database, FORMER)) == (["spoilt"], ["Quality Improvement Fellowship"])
    assert line.run("rebuild", "programme", "--drop-former").status == 0
    assert stages(database) == {LIVE}
    for option in ("--drop-former", "--back"):
        assert "There is no former build of programme 1" in line.run("rebuild", "programme", option).err


def test_a_defect_in_the_new_fold_is_caught_and_questions_are_answered_as_before(
    database: Connections, programme: ProgrammeId, office: Office
) -> None:
    def defective(state: object, fact: object) -> object:
        after = PROGRAMMES.fold(state, fact)
        return after and after._replace(title=after.title.upper())

    said: list[str] = []
    view = replace(PROGRAMMES, fold=defective)
    with pytest.raises(SetUpError, match="Not released, as rows differ: programme 1"):
        make_anew(database, installation(database), [view], said.append, QUIET)
    assert str(programme) in said[0]
    assert titles(database) == ["Quality Improvement Fellowship"]
    # The same declaration, mended: what was built with the defect must not be gone on with.
    with pytest.raises(SetUpError):
        make_anew(database, installation(database), [PROGRAMMES], said.append, QUIET)
    make_anew(database, installation(database), [PROGRAMMES], said.append, QUIET, afresh=True)
    assert (titles(database), stages(database)) == (["Quality Improvement Fellowship"], {LIVE, FORMER})
    assert [event.differing for event in released(database, office)] == [0]


def test_how_many_keys_of_a_build_wait_is_said_when_it_is_released_and_on_the_record(
    database: Connections, programme: ProgrammeId, office: Office
) -> None:
    def unfoldable(state: object, fact: object) -> object:
        raise ValueError("not today")

    said: list[str] = []
    view = replace(PROGRAMMES, fold=unfoldable)
    longest = "It will be mended.".ljust(LONGEST_REASON, "!")
    make_anew(database, installation(database), [view], said.append, QUIET, accept=reason(longest))
    waits = "Not all is in it: 1 of its keys wait, since record number 1."
    assert f"programme 1: {waits}" in said
    assert [event.why for event in released(database, office)] == [f"{longest} {waits}"]


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


def test_the_longest_reason_leaves_room_for_how_many_keys_wait() -> None:
    waiting = [Parked("x", LARGEST, datetime(2014, 1, 1, tzinfo=UTC), "x", 1)] * 1_000_000
    why = f"{'x' * LONGEST_REASON} {left_out(waiting)}"
    event = ViewReleased(view="standing", view_version=1, build=BuildId.new(), why=why)
    assert event.why == why


def test_a_release_that_was_recorded_and_not_carried_out_is_carried_out_by_the_next_run(
    line: Line, database: Connections, programme: ProgrammeId, office: Office
) -> None:
    Rebuild(database.projector, [PROGRAMMES]).fill(lambda reached, to: None)
    with closing(connect(database.projector)) as connection:
        build = builds(connection, PROGRAMMES.name)[1, NEXT]
    with recorder(database) as (log, _):
        releases = Releases(log, database, installation(database))
        release = releases.record(PROGRAMMES, build, None, None)
        assert releases.record(PROGRAMMES, build, None, None).position > release.position
    (_, event) = released(database, office)
    assert stages(database) == {LIVE, NEXT}
    said = line.run("rebuild", "programme")
    assert said.status == 0
    assert f"released, as record number {release.position + 1} says" in said.out
    with closing(connect(database.projector)) as connection:
        assert builds(connection, PROGRAMMES.name)[1, FORMER].id == event.build


def test_nothing_that_differs_is_released_without_a_word_of_why(
    database: Connections, programme: ProgrammeId, office: Office
) -> None:
    with closing(connect(database.projector)) as connection:
        live = builds(connection, PROGRAMMES.name)[1, LIVE]
    one = Digest(1, "00")
    differing = Comparison(1, 1, {"segments": (one, one)}, 1, 1, ("x",))
    with recorder(database) as (log, _), pytest.raises(DifferencesUnexplained):
        Releases(log, database, installation(database)).record(PROGRAMMES, live, differing, None)
    assert released(database, office) == []


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


def test_a_question_that_cites_an_answer_is_told_what_was_released_since(edge: Edge, database: Connections) -> None:
    cohort = edge.cohort(edge.programme())
    edge.started(cohort)
    path = f"/v1/cohorts/{cohort}/standing"
    before = edge.get(path)
    citation = {"known_at": before["position"], "cited": before["views"]}
    assert "released" not in edge.get(path, **citation)
    spoiling = "UPDATE views.standing_2 SET since = since + 1"
    with closing(connect(database.projector)) as connection:
        rows = connection.execute(spoiling).rowcount
    make_anew(database, installation(database), [STANDING], lambda said: None, QUIET, accept="Dates were a day late.")
    position = before["position"] + 1
    after = edge.get(before["citation"])
    assert after["released"] == [
        {
            "view": "standing 2",
            "position": position,
            "compared_with": "standing 2",
            "differing": rows,
            "why": "Dates were a day late.",
        }
    ]
    assert after["views"] == [f"standing 2@{position}"]
    assert (after["counts"], after["position"]) == (before["counts"], before["position"])
    assert after == edge.get(path, **citation)
    assert after["released"] == edge.get(path, cited="standing 1")["released"]
    assert "released" not in edge.get(path, known_at=before["position"])


def test_what_is_cited_after_a_release_names_it_and_gets_its_answer_again_as_known_before_it(
    edge: Edge, database: Connections
) -> None:
    cohort = edge.cohort(edge.programme())
    path, known = f"/v1/cohorts/{cohort}/standing", edge.entered()
    released: list[int] = []
    for _ in range(2):
        make_anew(database, installation(database), [STANDING], lambda said: None, QUIET)
        released.append(edge.entered())
    answer = edge.get(path, known_at=known)
    assert answer["views"] == [f"standing 2@{released[1]}"]
    assert answer["citation"].endswith(f"&cited=standing+2@{released[1]}")
    assert "released" not in answer
    assert edge.get(answer["citation"]) == answer
    since = edge.get(path, cited=f"standing 2@{released[0]}")["released"]
    assert [each["position"] for each in since] == released[1:]


@pytest.mark.parametrize(
    ("cited", "words"),
    [
        ("standing", "is not a view and its version"),
        ("standing 2@", "is not a view and its version"),
        ("person 1", "does not rest on the view 'person'"),
        ("standing 99", "there is no version 99 of standing: the last is 2"),
        ("standing 2@1", "record number 1 is no release of standing 2"),
    ],
)
def test_only_what_an_answer_rests_on_can_be_cited(edge: Edge, cited: str, words: str) -> None:
    cohort = edge.cohort(edge.programme())
    refused = problem(edge.ask(f"/v1/cohorts/{cohort}/standing", cited=cited), 422, "invalid")
    assert words in refused["detail"]
    assert [each["field"] for each in refused["errors"]] == ["cited"]
