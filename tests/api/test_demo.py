"""The demonstration: an invented record made by the ordinary decisions, its story, and its end."""

import re
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from api.demo.plan import INTAKES
from api.demo.recording import record
from api.demo.seed import Seed
from api.record import catch_up, recorder
from infra.command import Command
from infra.database import connect, engine
from infra.migrate import installation
from infra.private import SetUpError
from infra.reading import resolve
from infra.settings import Connections
from projections.cohort import cohorts
from projections.retention import months_after
from projections.standing import STANDING, Attribution, standing
from tests.api.command_line import Said, get, running
from tests.infra.server_process import discard, is_alive, postmaster

PLANNED = {"QIF-2012": 14, "QIF-2013": 18, "QIF-2014": 19, "QIF-2015": 19}


def recording(database: Connections, stop_at: int = 10_000) -> int:
    """Record what is missing, up to about so many commands; returns how many those were."""
    return record(database, str(installation(database).id), lambda done, total: done < stop_at)


def rows(database: Connections, query: str) -> list[Any]:
    """What the api role reads."""
    with closing(connect(database.api)) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.fixture
def recorded(demonstration_database: Connections) -> Connections:
    """A database with the demonstration's record, the views up to date."""
    recording(demonstration_database)
    catch_up(demonstration_database, lambda reached, end: None)
    return demonstration_database


def counts(database: Connections, *, as_known_then: bool) -> dict[str, dict[str, int]]:
    """Each cohort's counts twelve months after its start, as known on that day or as known now."""
    views = engine(database.api)
    try:
        with views.connect() as connection:
            found: dict[str, dict[str, int]] = {}
            for cohort in cohorts(connection, resolve(connection, (STANDING,))):
                day = months_after(cohort.starts_on, 12)
                at = resolve(connection, (STANDING,), valid=day, known=str(day) if as_known_then else None)
                found[cohort.code] = dict(standing(connection, at, cohort.cohort_id, Attribution.ORIGIN).counts)
            return found
    finally:
        views.dispose()


def test_its_cohorts_are_of_14_18_19_and_19_from_september_2012_to_2015(recorded: Connections) -> None:
    assert {intake.code: intake.fellows for intake in INTAKES} == PLANNED
    assert [(intake.starts_on.year, intake.starts_on.month) for intake in INTAKES] == [
        (y, 9) for y in range(2012, 2016)
    ]
    assert {code: sum(each.values()) for code, each in counts(recorded, as_known_then=False).items()} == PLANNED


def test_every_cohort_at_month_12_was_known_otherwise_then_than_it_is_today(recorded: Connections) -> None:
    then, today = counts(recorded, as_known_then=True), counts(recorded, as_known_then=False)
    assert then.keys() == today.keys() == PLANNED.keys()
    assert [code for code in PLANNED if then[code] == today[code]] == []
    assert then["QIF-2012"]["deferred"] == 0
    assert today["QIF-2013"]["withdrawn"] == 1
    assert then["QIF-2013"]["withdrawn"] == 0


def test_its_first_event_says_what_it_is_and_recording_times_never_fall(recorded: Connections) -> None:
    log = rows(recorded, "SELECT kind, stream, recorded_at FROM log.event ORDER BY position")
    kind, stream, first = log[0]
    assert (kind, stream) == ("record.demonstration_declared", f"installation:{installation(recorded).id}")
    times: list[datetime] = [recorded_at for *_, recorded_at in log]
    assert times == sorted(times)
    assert first.year == 2011
    assert Counter(kind for kind, *_ in log)["record.demonstration_declared"] == 1


def test_it_holds_late_entries_corrections_retractions_a_later_decision_and_a_late_deferral(
    recorded: Connections,
) -> None:
    changed = rows(
        recorded,
        """
        SELECT kind, said->>'happened', recorded_at::date::text, said ? 'corrects', said ? 'retracts',
               said ? 'supersedes', irregularities
        FROM log.event, LATERAL (SELECT convert_from(envelope, 'UTF8')::jsonb AS said) AS stated
        """,
    )
    late = [kind for kind, happened, entered, *_ in changed if days(happened, entered) > 150]
    assert "fellowship.deferred" in late
    assert "fellowship.withdrawn" in late
    assert sum(corrects for *_, corrects, _, _, _ in changed) >= 3
    assert sum(retracts for *_, retracts, _, _ in changed) >= 2
    assert sum(supersedes for *_, supersedes, _ in changed) == 1
    assert [irregular for *_, irregular in changed if irregular] == [["over_capacity"]]


def days(earlier: str, later: str) -> int:
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days


def test_it_is_the_same_each_time(demonstration_database: Connections) -> None:
    with recorder(demonstration_database) as (log, _):
        once, again = (Seed("3f0d1c52-6d1c-4a53-9d44-0c5f4d6f2a11", log) for _ in range(2))
        commands: list[Command] = [item.command for item in once.items]
        assert commands == [item.command for item in again.items]
        assert once.fellows == again.fellows
        assert len({command.id for command in commands}) == len(commands)


def test_recording_it_a_second_time_records_nothing(recorded: Connections) -> None:
    before = rows(recorded, "SELECT max(position) FROM log.event")
    assert recording(recorded) == 0
    assert rows(recorded, "SELECT max(position) FROM log.event") == before


def test_one_broken_off_is_taken_up_where_it_ended(demonstration_database: Connections) -> None:
    first = recording(demonstration_database, stop_at=250)
    assert 0 < first < 500
    second = recording(demonstration_database)
    with recorder(demonstration_database) as (log, _):
        whole = Seed(str(installation(demonstration_database).id), log)
    assert first + second == len(whole.items)
    commands = rows(demonstration_database, "SELECT command_id::text FROM log.command ORDER BY first_position")
    assert [command_id for (command_id,) in commands] == [item.command.id for item in whole.items]


def test_one_that_others_recorded_in_is_not_taken_up(demonstration_database: Connections) -> None:
    recording(demonstration_database, stop_at=250)
    with recorder(demonstration_database) as (log, _):
        item = Seed(str(installation(demonstration_database).id), log).items[400]
        stranger = Command("somebody", item.command.id, b"", item.command.stated)
        log.decide(stranger, Seed("3f0d1c52-6d1c-4a53-9d44-0c5f4d6f2a11", log).items[0].act)
    with pytest.raises(SetUpError, match="name an empty folder in FELLOWTRACE_DATA_DIR"):
        recording(demonstration_database)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A data directory's place for the demonstrations of this file, which find one another's record."""
    made = Path(tempfile.mkdtemp(prefix="ft-"))
    made.chmod(0o711)
    yield made / "data"
    discard(made)


@pytest.fixture(scope="module")
def first(folder: Path) -> Said:
    """What `make demo SERVE=no` says the first time."""
    with running("demo", "--no-serve", variables={"FELLOWTRACE_DATA_DIR": str(folder)}) as demo:
        return demo.ends()


def test_the_story_answers_staff_evaluators_and_auditors_with_addresses(first: Said, folder: Path) -> None:
    assert first.status == 0
    assert re.search(
        r"STAFF ask.*\n  http://\S+/standing\n  15 completed, 1 not completed, 1 withdrawn, 1 place", first.out
    )
    then, today = re.findall(r"As known (?:then|today): +(.*)\.", first.out)
    assert then == "2 in progress, 2 paused, 12 completed, 1 not completed, 1 place given up"
    assert today == "1 in progress, 1 paused, 13 completed, 2 not completed, 1 withdrawn, 1 place given up"
    assert len(re.findall(r"^  - .*: .*, now .*$", first.out, re.MULTILINE)) == 5
    assert re.search(r"AUDITORS ask.*\n  http://\S+/timeline\n", first.out)
    assert re.search(r"corrected by record number \d+\n +\d+  correction: paused 2014-09-08", first.out)
    assert not (folder / "pg" / "postmaster.pid").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_next_time_it_records_nothing_tells_the_same_and_serves_until_a_signal(
    first: Said, folder: Path, number: int
) -> None:
    with running("demo", "--port", "0", variables={"FELLOWTRACE_DATA_DIR": str(folder)}) as demo:
        url = demo.url()
        assert get(f"{url}/v1/cohorts")["demonstration"] is True
        server, children = postmaster(folder / "pg"), demo.children()
        assert children.keys() == {"api", "projector"}
        assert all(map(is_alive, [server, *children.values()]))
        said = demo.ends(number)
    assert (said.status, said.err) == (0, "")
    assert "Recording the demonstration" in first.err
    assert without_ports(said.out).startswith(without_ports(first.out))
    assert "Enter no real people" in said.out
    assert not any(map(is_alive, [server, *children.values()]))


def without_ports(said: str) -> str:
    return re.sub(r":\d+/", "/", said)
