"""The demonstration: an invented record made by the ordinary decisions, its story, and its end."""

import re
import signal
import socket
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.catching_up import catch_up
from api.demo.plan import INTAKES
from api.demo.recording import record
from api.demo.seed import Seed
from api.opening import recorder
from domain import RULES, STREAMS
from domain.values import today
from infra.log.command import Command
from infra.log.guarding import recomputed
from infra.migrate import installation
from infra.postgres.database import connect, engine
from infra.postgres.private import SetUpError
from infra.postgres.server import Server
from infra.settings import Connections
from infra.views.reading import resolve
from projections.cohort import cohorts
from projections.retention import months_after
from projections.standing import STANDING, Attribution, standing
from tests.api.command_line import Said, get, running
from tests.conftest import copied
from tests.infra.server_process import discard, is_alive, postmaster

PLANNED = {"QIF-2012": 14, "QIF-2013": 18, "QIF-2014": 19, "QIF-2015": 19}
TODAY = date(2025, 6, 11)
WEEK = [TODAY + timedelta(days=days) for days in range(7)]


def recording(database: Connections, stop_at: int = 10_000, on: date | None = TODAY) -> int:
    """Record what is missing, up to about so many commands; returns how many those were."""
    return record(database, str(installation(database).id), lambda done, total: done < stop_at, on).commands


def rows(database: Connections, query: str) -> list[Any]:
    """What the api role reads."""
    with closing(connect(database.api)) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def recorded(server: Server, templates: Callable[[bool], Connections]) -> Iterator[Connections]:
    """A database with the demonstration's record, the views up to date. Nobody records more in it."""
    with copied(server, templates(True)) as database:
        recording(database)
        catch_up(database, lambda reached, end: None)
        yield database


def counts(database: Connections, *, as_known_then: bool) -> dict[str, dict[str, int]]:
    """The counts of each of the first programme's cohorts at month 12, as known on that day or as known now."""
    views = engine(database.api)
    try:
        with views.connect() as connection:
            found: dict[str, dict[str, int]] = {}
            for cohort in cohorts(connection, resolve(connection, (STANDING,))):
                if cohort.code not in PLANNED:
                    continue
                day = months_after(cohort.starts_on, 12)
                at = resolve(connection, (STANDING,), valid=day, known=str(day) if as_known_then else None)
                found[cohort.code] = dict(standing(connection, at, cohort.cohort_id, Attribution.ORIGIN).counts)
            return found
    finally:
        views.dispose()


def test_its_cohorts_are_of_14_18_19_and_19_from_september_2012_to_2015(recorded: Connections) -> None:
    assert {intake.code: intake.fellows for intake in INTAKES} == PLANNED
    assert [f"{intake.starts_on:%Y-%m}" for intake in INTAKES] == ["2012-09", "2013-09", "2014-09", "2015-09"]
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


def test_what_stands_beside_the_log_of_sets_and_names_is_what_the_log_says(recorded: Connections) -> None:
    assert recorded.admin is not None
    with closing(psycopg.connect(recorded.admin)) as connection:
        stored = connection.execute("SELECT guard, position FROM log.event_guard").fetchall()
        assert sorted(recomputed(connection, STREAMS, RULES)) == sorted(stored)
    assert len(stored) > 1_000


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
    found = Counter(code for *_, irregular in changed for code in irregular or ())
    assert found["over_capacity"] == found["started_without_agreement"] == 1
    assert found["short_baseline"]
    assert found["started_without_backfill"]


def days(earlier: str, later: str) -> int:
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days


def test_it_is_the_same_each_time(demonstration_database: Connections) -> None:
    with recorder(demonstration_database) as (log, _):
        once, again = (Seed("3f0d1c52-6d1c-4a53-9d44-0c5f4d6f2a11", log, TODAY) for _ in range(2))
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
        whole = Seed(str(installation(demonstration_database).id), log, TODAY)
    assert first + second == len(whole.items)
    commands = rows(demonstration_database, "SELECT command_id::text FROM log.command ORDER BY first_position")
    assert [command_id for (command_id,) in commands] == [item.command.id for item in whole.items]


def test_one_that_others_recorded_in_is_not_taken_up(demonstration_database: Connections) -> None:
    recording(demonstration_database, stop_at=250)
    with recorder(demonstration_database) as (log, _):
        item = Seed(str(installation(demonstration_database).id), log, TODAY).items[400]
        stranger = Command("somebody", item.command.id, b"", item.command.stated)
        log.decide(stranger, Seed("3f0d1c52-6d1c-4a53-9d44-0c5f4d6f2a11", log, TODAY).items[0].act)
    with pytest.raises(SetUpError, match=r"^Something else was recorded in .*: name an empty folder in FELLOWTRACE_"):
        recording(demonstration_database)


def test_it_takes_for_today_a_day_from_2022_on_and_keeps_it(demonstration_database: Connections) -> None:
    for day in (date(2021, 12, 31), today() + timedelta(days=1)):
        with pytest.raises(SetUpError, match=f"not {day}"):
            recording(demonstration_database, on=day)
    assert recording(demonstration_database, stop_at=250) > 0
    with pytest.raises(SetUpError, match=f"takes {TODAY} for today, not 2025-06-12: name an empty folder"):
        recording(demonstration_database, on=TODAY + timedelta(days=1))
    assert recording(demonstration_database, on=None, stop_at=400) > 0
    with recorder(demonstration_database) as (log, _):
        seed = Seed(str(installation(demonstration_database).id), log, TODAY)
    (latest,) = rows(
        demonstration_database, "SELECT command_id::text FROM log.command ORDER BY first_position DESC LIMIT 1"
    )
    assert latest[0] in [item.command.id for item in seed.items[250:600]]


@pytest.mark.parametrize("day", [date(2022, 1, 1), date(2024, 2, 29), date(2024, 12, 31), *WEEK], ids=str)
def test_on_any_day_one_cohort_is_half_way_and_another_is_recruiting(recorded: Connections, day: date) -> None:
    with recorder(recorded) as (log, _):
        seed = Seed(str(installation(recorded).id), log, day)
    running, recruiting = seed.intakes[-2:]
    assert 180 <= (day - running.starts_on).days <= 190
    assert recruiting.recruits_from < day < recruiting.recruits_until
    assert all(item.recorded_at.date() < day for item in seed.items)
    said = [item.command.body.decode() for item in seed.items]
    for entered in ("NIF-2/1 offered", "NIF-1 session 19 signed", "NIF-1 session 23 marked"):
        assert f"{day} {entered}" in said


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A data directory's place for the demonstrations of this file, which find one another's record."""
    made = Path(tempfile.mkdtemp(prefix="ft-"))
    made.chmod(0o711)
    yield made / "data"
    discard(made)


@pytest.fixture(scope="module")
def busy() -> Iterator[int]:
    """A port that another program listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        yield other.getsockname()[1]


@pytest.fixture(scope="module")
def first(folder: Path, busy: int) -> Said:
    """What `make demo SERVE=no` says the first time, while another program listens where it would serve."""
    variables = {"FELLOWTRACE_DATA_DIR": str(folder), "FELLOWTRACE_PORT": str(busy)}
    with running("demo", "--no-serve", variables=variables) as demo:
        return demo.ends()


def test_a_story_whose_addresses_another_program_would_answer_says_so_before_and_after(first: Said, busy: int) -> None:
    assert f"http://127.0.0.1:{busy}/v1/" in first.out
    said = " ".join(first.err.split())
    assert said.count(f"Port {busy} is in use: unless the demonstration is what is served there") == 2
    assert f"FELLOWTRACE_PORT={busy + 1}" in said
    assert re.search(r"A new, empty record for the demonstration was made in \S+/data\.", said)


@pytest.mark.parametrize(("number", "names_the_day"), [(signal.SIGINT, False), (signal.SIGTERM, True)])
def test_the_next_time_it_records_nothing_tells_the_same_and_serves_until_a_signal(
    first: Said, folder: Path, number: int, names_the_day: bool
) -> None:
    assert first.status == 0
    made_for = re.search(r"in which today is ([-\d]+)\.", first.out)
    assert made_for
    day = ["--today", made_for[1]] if names_the_day else []
    with running("demo", "--port", "0", *day, variables={"FELLOWTRACE_DATA_DIR": str(folder)}) as demo:
        url = demo.url()
        assert get(f"{url}/v1/cohorts")["demonstration"] is True
        server, children = postmaster(folder / "pg"), demo.children()
        assert children.keys() == {"api", "projector"}
        assert all(map(is_alive, [server, *children.values()]))
        said = demo.ends(number)
    assert (said.status, said.err) == (0, "")
    assert "Recording the demonstration" in first.err
    assert told(said.out)[: len(told(first.out))] == told(first.out)
    assert "the first answer is repeated" in said.out
    assert "Enter no real people" in said.out
    assert not any(map(is_alive, [server, *children.values()]))


def told(said: str) -> list[str]:
    """The lines of a story without what differs the next time: the ports, and what its one correction changes."""
    lines = re.sub(r":\d+/|If-Match: \S+|known_at=\d+", "/", said).splitlines()
    return [line for line in lines if not re.search(r"^  NIF-1 |the first answer is repeated", line)]
