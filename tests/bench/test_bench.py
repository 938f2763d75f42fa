"""The measurements run, at sizes at which their figures say nothing, and the record that is measured is a real one."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import psycopg
import pytest
from rich.console import Console

from domain.event import Stated
from domain.person import PERSON
from infra.log.command import Command, Entering, Receipt
from infra.log.desk import Act, Desk
from infra.postgres.server import Server
from infra.settings import Connections
from tests.bench.__main__ import ALONE, measured
from tests.bench.backlog import BACKLOG
from tests.bench.load import ROOT
from tests.bench.measured import Goal, Round, interleaved, keep, line, markdown, tell
from tests.bench.ours import Ours
from tests.bench.record import Fact, facts
from tests.bench.scale import TINY
from tests.bench.storm import STORM
from tests.bench.written import ACTOR, Writer
from tests.conftest import copied

Templates: TypeAlias = Callable[[bool], Connections]


@pytest.mark.parametrize("lines", [{1, 2, 3, 4, 5}, {6, 11}, {7, 8, 9, 10}, {12, 13, 14}, {STORM, BACKLOG}], ids=str)
def test_every_line_is_measured(server: Server, lines: set[int], tmp_path: Path) -> None:
    quiet = Console(quiet=True)
    found = list(measured(server, TINY, frozenset(lines), peers=False, say=quiet))
    assert [each.line for each in found] == sorted(lines)
    assert lines <= ALONE
    for each in found:
        assert each.ours > 0
        assert all(figure > 0 for figure in each.against.values())
        assert set(each.missing) <= {"emmett", "MariaDB"}
        assert not (each.missing and each.reached)
    tell(found, quiet)
    keep(found, tmp_path / "bench.json")
    written = json.loads((tmp_path / "bench.json").read_text())
    asked = {"line", "name", "unit", "ours", "against", "ratio", "goal", "stretch", "reached", "size"}
    assert all(asked <= entry.keys() for entry in written)


def test_the_bench_runs_as_a_program(tmp_path: Path) -> None:
    told = tmp_path / "bench.json"
    command = [sys.executable, "-m", "tests.bench", "--tiny", "--lines", "8,9", "--out", str(told)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    assert [entry["line"] for entry in json.loads(told.read_text(encoding="utf-8"))] == [8, 9]


def test_a_record_of_ten_times_the_size_is_measured_beside_the_other(server: Server) -> None:
    (found,) = measured(server, replace(TINY, record=150), frozenset({16}), peers=False, say=Console(quiet=True))
    assert found.line == 16
    assert found.missing == []
    assert all(figure > 0 for figure in found.further.values())


def test_the_record_is_what_commands_would_have_written(
    server: Server, database: Connections, templates: Templates
) -> None:
    with Writer(database) as writer:
        assert writer.write(facts(700, seed=3)) == 700
    with copied(server, templates(False)) as other:
        with closing(Ours(other)) as ours:
            before = stored(other)
            outcomes = ours.log.decide_all(list(deciding(facts(700, seed=3))))
        assert all(isinstance(outcome, Receipt) for outcome in outcomes)
        assert stored(other) - before == stored(database)


def test_writing_goes_on_where_it_was_broken_off(server: Server, database: Connections, templates: Templates) -> None:
    with Writer(database) as writer:
        writer.write(islice(facts(200, seed=5), 120))
    with Writer(database) as writer:
        assert writer.written() == 120
        assert writer.write(facts(200, seed=5), skip=120) == 80
    with copied(server, templates(False)) as other:
        with Writer(other) as writer:
            writer.write(facts(200, seed=5))
        assert stored(other) == stored(database)


def test_two_in_a_hundred_facts_come_late_and_one_is_corrected() -> None:
    found = list(facts(20_000))
    late = sum(fact.recorded >= fact.day + timedelta(days=20) for fact in found if fact.corrects is None)
    assert len(found) == 20_000
    assert 0.015 < late / len(found) < 0.03
    assert 0.007 < sum(fact.corrects is not None for fact in found) / len(found) < 0.013
    assert 380 < len({fact.identifier for fact in found if fact.stream is PERSON}) < 440
    assert all(one.recorded <= other.recorded for one, other in pairwise(found))


def test_the_same_seed_gives_the_same_facts() -> None:
    one, same, other = (
        [(fact.identifier, fact.event, fact.day) for fact in facts(300, seed=seed)] for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


def test_a_goal_is_held_against_a_ratio_or_a_figure() -> None:
    goals = [Goal("peer", 2, 4), Goal("p99 ms", 10, most=True)]
    found = {"ours": [30.0, 10.0, 20.0], "peer": [5.0]}
    rates = line(1, "it", "events/s", found, goals, size="", further={"p99 ms": 9})
    assert (rates.ours, rates.ratio, rates.reached, rates.stretch_reached) == (20, {"peer": 4}, True, True)
    assert not line(1, "it", "events/s", found, goals, size="", further={"p99 ms": 11}).reached
    times = line(1, "it", "ms", found, [Goal("peer", 2)], size="")
    assert (times.ratio, times.reached) == ({"peer": 0.25}, False)
    most = line(1, "it", "ms", found, [Goal("peer", 4, 3, most=True)], size="")
    assert (most.ratio, most.reached, most.stretch_reached) == ({"peer": 4}, True, False)


def test_a_line_is_not_reached_while_a_goal_of_it_is_not_measured() -> None:
    found = line(2, "it", "events/s", {"ours": [9.0], "one": [1.0]}, [Goal("one", 8), Goal("other", 4)], size="")
    assert (found.reached, found.missing) == (False, ["other"])


def test_candidates_run_in_turn_and_each_round_begins_with_another() -> None:
    ran: list[str] = []

    def running(name: str) -> Round:
        def run() -> float:
            ran.append(name)
            return float(len(ran))

        return run

    found = interleaved({name: running(name) for name in "ab"}, 2)
    assert ran == ["a", "b", "b", "a", "a", "b"]
    assert found == {"a": [4, 5], "b": [3, 6]}


def test_the_file_keeps_the_lines_of_earlier_runs(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    for number, ours in ((1, 1.0), (2, 2.0), (1, 3.0)):
        keep([line(number, "it", "events/s", {"ours": [ours]}, [], size="")], file)
    assert [(entry["line"], entry["ours"]) for entry in json.loads(file.read_text())] == [(1, 3), (2, 2)]
    assert [row.split(" | ")[:3] for row in markdown(file).splitlines()[2:]] == [
        ["| 1", "it; ", "3.00 events/s"],
        ["| 2", "it; ", "2.00 events/s"],
    ]


def deciding(coming: Iterable[Fact]) -> Iterator[tuple[Command, Act]]:
    """The facts as commands that are decided: imported, as whoever has the papers of ten years does it."""
    versions: dict[str, int] = {}
    of_fact: dict[Fact, int] = {}
    for fact in coming:
        name = fact.stream.of(fact.identifier)
        of_fact[fact] = versions[name] = versions.get(name, 0) + 1
        reason = "entered_wrongly" if fact.corrects else None
        stated = Stated(actor=ACTOR, source="bench", reason=reason)
        yield Command("test", str(uuid4()), b"", stated, Entering.IMPORT), acting(fact, of_fact)


def acting(fact: Fact, versions: Mapping[Fact, int]) -> Act:
    """Enter a fact at a desk."""

    def act(desk: Desk) -> None:
        place = (fact.stream, fact.identifier)
        if fact.corrects is None:
            desk.record(*place, fact.event, fact.happened)
        else:
            desk.correct(*place, versions[fact.corrects], fact.event, fact.happened)

    return act


def stored(database: Connections) -> Counter[str]:
    """All that the log holds, but for what is random: salts, ciphertexts, command ids; and where in it that lies."""
    with closing(psycopg.connect(database.admin or "")) as connection:
        rows = connection.execute(
            "SELECT e.stream, e.version, e.kind, e.schema_version, s.version, e.envelope, e.state,"
            " ARRAY(SELECT guard FROM log.event_guard g WHERE g.position = e.position ORDER BY guard)"
            " FROM log.event e JOIN log.event s ON s.position = e.slot"
        ).fetchall()
    return Counter(json.dumps([*row[:5], *_said(row[5], row[6]), row[7]]) for row in rows)


def _said(envelope: bytes, state: bytes) -> tuple[Any, ...]:
    stated, body = json.loads(envelope), json.loads(state[1:-16])
    sealed = {name: held["of"] for name, held in body.pop("sealed", {}).items()}
    return {name: stated[name] for name in sorted(stated.keys() - {"salt", "command"})}, list(stated), body, sealed
