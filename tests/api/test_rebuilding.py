"""`fellowtrace rebuild`: what is found the same is released, what differs only with a reason; and the way back."""

import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from api.opening import recorder
from api.rebuilding import LONGEST_REASON, Releases, make_anew, reason
from domain.event import LARGEST
from domain.installation import BuildId, DifferencesUnexplained, ViewReleased
from domain.values import ProgrammeId
from infra.following.compare import Comparison, Digest
from infra.following.rebuild import Rebuild
from infra.following.releasing import left_out
from infra.migrate import installation
from infra.postgres.database import connect
from infra.postgres.private import SetUpError
from infra.settings import Connections
from infra.views.builds import FORMER, LIVE, NEXT, builds
from infra.views.parking import Parked
from projections.programme import PROGRAMMES
from projections.standing import STANDING
from tests.api.command_line import Line
from tests.api.edge import Edge
from tests.api.rebuilt import released, spoil, stages, titles
from tests.office import Office

QUIET = Console(quiet=True)


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
    assert after["views"] == [f"standing 2@{position}", "cohort 1"]
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
    assert answer["views"] == [f"standing 2@{released[1]}", "cohort 1"]
    assert answer["citation"].endswith(f"&cited=standing+2@{released[1]}&cited=cohort+1")
    assert "released" not in answer
    assert edge.get(answer["citation"]) == answer
    since = edge.get(path, cited=f"standing 2@{released[0]}")["released"]
    assert [each["position"] for each in since] == released[1:]
