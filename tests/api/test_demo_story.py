"""The demonstration's story: on any day, told twice, its figures are those of the plan and its refusals are real."""

import json
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from threading import Event
from typing import Any, NamedTuple

import pytest
from httpx2 import Client

from api.catching_up import catch_up, head
from api.demo.asking import Api
from api.demo.clerk import working_day
from api.demo.national import RECRUITING, RUNNING
from api.demo.recording import record
from api.demo.seed import Seed
from api.demo.session import UNMARKED, WRONG
from api.demo.story import story
from api.opening import recorder
from api.serving import address, listening, serving, url
from infra.migrate import installation
from infra.postgres.database import connect
from infra.postgres.server import Server
from infra.settings import Connections
from projections.retention import months_after
from tests.api.command_line import get
from tests.api.demo_plan import RETAINED, attended, counted, counts, started, where
from tests.conftest import copied

DAYS = (date(2024, 2, 29), date(2025, 1, 1))
"""A leap day, and the turn of a year."""


_ATTENDED = r"^  [A-Z]+-[0-9]+ +([0-9.]+%) of [0-9,]+ minutes  (http\S+/cohorts/\S+/attendance\S*)"


class Told(NamedTuple):
    """A story told twice of one record, what it was made of, and where its addresses and commands led in between."""

    today: date
    first: str
    second: str
    followed: dict[str, float]
    pasted: list[int]
    seed: Seed
    database: Connections


@pytest.fixture(scope="module", params=DAYS, ids=str)
def told(request: pytest.FixtureRequest, server: Server, templates: Callable[[bool], Connections]) -> Iterator[Told]:
    """The story as the running program answers it, on a day."""
    today: date = request.param
    stop = Event()
    with copied(server, templates(True)) as database:
        record(database, str(installation(database).id), lambda done, total: True, today)
        catch_up(database, lambda reached, end: None)
        with recorder(database) as (log, _):
            seed = Seed(str(installation(database).id), log, today)
        with listening("127.0.0.1", 0) as listener, serving(database, listener, stop, print):
            api = Api(*address(listener), url(listener), stop)
            first = list(story(api, head(database), today))
            addresses = re.findall(_ATTENDED, "\n".join(first), re.MULTILINE)
            followed = {share: get(there)["total"]["percent"] for share, there in addresses}
            pasted = [answered(each) for each in curls("\n".join(first))]
            second = list(story(api, head(database), today))
        yield Told(today, "\n".join(first), "\n".join(second), followed, pasted, seed, database)


class Curl(NamedTuple):
    """A command line of curl, as the program reads it."""

    method: str
    url: str
    headers: dict[str, str]
    body: str | None


def curls(said: str) -> list[Curl]:
    """The command lines of a story, as a shell takes them apart."""
    found: list[Curl] = []
    for line in re.findall(r"^  (curl .*)$", said, re.MULTILINE):
        program, option, method, url, *more = shlex.split(line)
        assert (program, option) == ("curl", "-X")
        given = list(zip(more[::2], more[1::2], strict=True))
        headers = dict(value.split(": ", 1) for name, value in given if name == "-H")
        found.append(Curl(method, url, headers, next((value for name, value in given if name == "-d"), None)))
    return found


def answered(sent: Curl) -> int:
    """The status that a command line is answered with."""
    with Client() as client:
        return client.request(sent.method, sent.url, headers=sent.headers, content=sent.body).status_code


def after(said: str, words: str, lines: int = 1) -> str:
    """The line so many lines after the one with these words."""
    found = said.splitlines()
    return found[next(number for number, line in enumerate(found) if words in line) + lines]


def test_staff_are_told_where_the_fellows_of_today_are(told: Told) -> None:
    running, recruiting = (re.search(rf"of (NIF-{number})[ ,]", told.first) for number in (RUNNING, RECRUITING))
    assert running
    assert recruiting
    cohort = told.seed.intakes[-2]
    assert cohort.starts_on < told.today < cohort.ends_on
    planned = counts(told.seed, RUNNING, told.today)
    said = after(told.first, "STAFF", 2).strip(" .").split(", ")
    assert sorted(said) == sorted(f"{number} {state}" for state, number in planned.items())
    assert planned["in progress"] == 13
    entered = [
        fellow
        for fellow in told.seed.fellows.values()
        if fellow.intake.number == RECRUITING and not fellow.cases and working_day(fellow.accepted_on) < told.today
    ]
    assert 0 < len(entered) < 12
    assert after(told.first, "And of NIF-2", 2) == f"  {len(entered)} accepted; offers are not counted."


def test_staff_are_told_which_register_nobody_signed(told: Told) -> None:
    (unsigned,) = (
        meeting for meeting, _ in told.seed.meetings[RUNNING] if not meeting.signed and meeting.instead is None
    )
    due = len(counted(told.seed, unsigned, told.today))
    unmarked = len([place for place in UNMARKED if place[:2] == (RUNNING, unsigned.week)])
    assert after(told.first, "Whose register", 2) == (
        f'  "{unsigned.module}" of {unsigned.held_on}: the register is open; {unmarked} of {due} fellows have no mark.'
    )


def test_attendance_is_that_of_the_marks_before_and_after_the_correction(told: Told) -> None:
    for said, put_right in ((told.first, False), (told.second, True)):
        for intake in told.seed.intakes[:-1]:
            share = attended(told.seed, intake, told.today, put_right=put_right).told
            assert re.search(rf"^  {intake.code} +{re.escape(share)}  http", said, re.MULTILINE), (intake.code, share)


def test_the_addresses_of_attendance_lead_to_the_same_figures_after_the_correction(told: Told) -> None:
    assert len(told.followed) == len(told.seed.intakes) - 1
    assert {share: f"{percent}%" for share, percent in told.followed.items()} == {each: each for each in told.followed}


def test_what_else_may_be_asked_is_asked_of_the_day_that_the_record_takes_for_today(told: Told) -> None:
    more = told.first.partition("Ask it more:\n")[2].splitlines()
    assert len(more) == 8
    assert [line for line in more[:-1] if not line.endswith(f"?as_at={told.today}")] == []
    assert more[-1].endswith("/openapi.json")


def test_a_mark_is_put_right_by_a_command_and_counts_at_once_and_only_once(told: Told) -> None:
    wrong = next(each for each in WRONG if each.corrected_on is None)
    fellow = told.seed.fellows[wrong.cohort, wrong.fellow]
    intake = fellow.intake
    shares = [
        attended(told.seed, intake, told.today, put_right=put_right, only=fellow).told for put_right in (False, True)
    ]
    once, again = (curls(said)[0] for said in (told.first, told.second))
    assert once.headers["Idempotency-Key"] == again.headers["Idempotency-Key"]
    assert (once.method, once.url, once.body) == (again.method, again.url, again.body)
    assert json.loads(once.body or "")["fact"]["fellowship_id"] == fellow.fellowship_id
    for said in (told.first, told.second):
        assert f"{fellow.someone.name} was marked absent on {intake.week(wrong.week, 1)}" in said
        assert (
            re.findall(r"^ +([0-9.]+% of [0-9,]+ minutes)  http\S+/fellowships/\S+/attendance", said, re.MULTILINE)
            == shares
        )
    assert "the first answer is repeated" not in told.first
    assert "the first answer is repeated" in told.second
    mine = "SELECT count(*) FROM log.command WHERE principal = 'local'"
    assert rows(told.database, mine) == [(1,)]


def test_its_command_lines_can_be_pasted_and_are_answered_as_was_told(told: Told) -> None:
    assert [each.method for each in curls(told.first)] == ["POST", "POST", "PUT", "DELETE"]
    assert told.pasted == [200, 412, 405, 405]


def test_evaluators_are_told_what_was_known_then_and_now_and_what_made_the_difference(told: Told) -> None:
    then, today = re.findall(r"As known (?:then|today): +(\d+ in progress.*)\.", told.first)
    assert then == "2 in progress, 2 paused, 12 completed, 1 not completed, 1 place given up"
    assert today == "1 in progress, 1 paused, 13 completed, 2 not completed, 1 withdrawn, 1 place given up"
    day = date(2014, 9, 2)
    for said, known in ((then, day), (today, told.today)):
        by_state = Counter(
            there.state
            for fellow in told.seed.fellows.values()
            if (there := where(fellow, day, known)) is not None and there.cohort == 2013
        )
        assert said == ", ".join(f"{by_state[state]} {state}" for state in STATES if by_state[state])
    assert len(re.findall(r"^  - .*: .*, now .*$", told.first, re.MULTILINE)) == 5


STATES = ("in progress", "paused", "completed", "not completed", "withdrawn", "place given up")
"""In the order of the story."""


def test_promotions_are_counted_as_they_were_learned(told: Told) -> None:
    intake = next(intake for intake in told.seed.intakes if intake.number == 2013)
    day = months_after(intake.ends_on, 24)
    fellows = [fellow for fellow in told.seed.fellows.values() if fellow.intake is intake and started(fellow)]
    entries = rows(
        told.database,
        """
        SELECT split_part(stream, ':', 2), kind, (convert_from(envelope, 'UTF8')::jsonb->>'happened')::date,
               recorded_at::date
        FROM log.event WHERE kind IN ('career.promotion_recorded', 'career.last_contact_confirmed')
        """,
    )
    for words, known in (("then: ", day), ("today:", told.today)):
        heard = [entry for entry in entries if entry[3] <= known]
        promoted = {person for person, kind, happened, _ in heard if "promotion" in kind and happened <= day}
        met = {person for person, kind, happened, _ in heard if "contact" in kind and happened >= day}
        ours = {fellow.someone.id for fellow in fellows}
        not_known = len(ours - promoted - met)
        found = re.search(rf"As known {words} (\d+) of (\d+) .* were; (\d+) were not; of (\d+) it", told.first)
        assert found
        n, counted_here = len(ours), len(promoted & ours)
        assert tuple(map(int, found.groups())) == (counted_here, n, n - counted_here - not_known, not_known)
    late = told.seed.fellows[2013, 12].someone.name
    assert f"  - {late}: promoted 2015-05; recorded 2018-04-17" in told.first


def test_retention_is_compared_between_cohorts_and_not_yet_where_they_are_too_young(told: Told) -> None:
    expected: list[str] = []
    for intake in told.seed.intakes:
        day = months_after(intake.starts_on, 12)
        fellows = [fellow for fellow in told.seed.fellows.values() if fellow.intake is intake and started(fellow)]
        kept = [fellow for fellow in fellows if (there := where(fellow, day, told.today)) and there.state in RETAINED]
        young = day > told.today
        expected.append(f"{intake.code} not yet" if young else f"{intake.code} {len(kept)} of {len(fellows)} starters")
    assert after(told.first, "did each cohort still have", 2) == f"  {', '.join(expected)}."


def test_auditors_are_told_who_changed_what_and_why_and_overwriting_is_refused(told: Told) -> None:
    asked = re.search(
        r"AUDITORS ask: what is behind (.*)'s completion, .*\n  http://\S+/fellowship/(\S+)\n", told.first
    )
    fellow = told.seed.fellows[2013, 6]
    assert asked
    assert asked.groups() == (fellow.someone.name, fellow.fellowship_id)
    corrected, by = re.findall(
        r"^ +(\d+)  paused 2014-08-04; .* - corrected by record number (\d+)$", told.first, re.M
    )[0]
    assert re.search(rf"^ +{by}  correction: paused 2014-09-08; .* because of \"wrong date\"$", told.first, re.M)
    assert f"number={corrected}&number={by}" in told.first
    assert f"record number {corrected} stays as it was, and from record number {by} on" in told.first
    assert re.search(r"completed 2015-07-31; recorded 2015-07-31", told.first)
    assert len(re.findall(r"by Nell Farrow, the programme office \([-0-9a-f]{36}\)$", told.first, re.M)) == 2
    refused = re.findall(r"^  Refused, (\d+): (.+)$", told.first, re.M)
    assert [status for status, _ in refused] == ["412", "405", "405"]
    assert "Read it again" in refused[0][1]


def test_told_again_it_differs_by_the_correction_alone(told: Told) -> None:
    def without(said: str) -> list[str]:
        return [
            re.sub(r'If-Match: "\d+"|known_at=\d+', "", line)
            for line in said.splitlines()
            if not line.startswith(f"  NIF-{RUNNING}  ") and "first answer is repeated" not in line
        ]

    assert without(told.first) == without(told.second)


def rows(database: Connections, query: str) -> list[Any]:
    """What the api role reads."""
    with closing(connect(database.api)) as connection:
        return connection.execute(query.encode()).fetchall()
