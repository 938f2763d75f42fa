"""Whoever ever came under a guard can be read at the desk, and the command rests on them."""

from collections.abc import Iterator
from datetime import date

import pytest

from domain.capacity import PLACES
from domain.fellowship import FELLOWSHIP
from domain.fellowship_state import Standing
from domain.programme import PROGRAMME, ProgrammeVersionAdopted
from domain.values import CohortId, FellowshipId, Happened
from infra.log.desk import Desk
from infra.settings import Connections
from tests.office import Office

ACCEPTED, PAUSED, LATER = date(2013, 5, 1), date(2013, 10, 1), Happened(date(2014, 1, 1))


@pytest.fixture
def office(database: Connections) -> Iterator[Office]:
    """A programme office over a fresh database."""
    opened = Office(database)
    yield opened
    opened.close()


def started(office: Office, cohort: CohortId) -> FellowshipId:
    """A fellowship that has started."""
    fellowship = FellowshipId.new()
    office.do(office.accepting(fellowship, office.person(), cohort, ACCEPTED))
    office.do(office.confirming(fellowship, ACCEPTED))
    office.do(office.starting(fellowship, cohort, date(2013, 9, 2)))
    return fellowship


def test_members_are_those_who_ever_took_a_place_with_their_whole_histories(office: Office) -> None:
    programme = office.programme()
    first, second = office.cohort(programme, 2013), office.cohort(programme, 2014)
    here, away, elsewhere = started(office, first), started(office, first), started(office, second)
    office.do(office.deferring(away, second, PAUSED))
    found: dict[str, dict[str, Standing | None]] = {}

    def act(desk: Desk) -> None:
        for cohort in (first, second):
            members = desk.members(FELLOWSHIP, PLACES.of(cohort))
            found[cohort] = {name: history.at(None).standing for name, history in members.items()}
        desk.record(PROGRAMME, programme, ProgrammeVersionAdopted(programme_version="2"), LATER)

    office.do(act)
    assert found[first] == {here: Standing.IN_PROGRESS, away: Standing.DEFERRED}
    assert found[second] == {elsewhere: Standing.IN_PROGRESS, away: Standing.DEFERRED}


@pytest.mark.parametrize("joins", [True, False])
def test_a_command_is_decided_again_when_somebody_joins_the_members_or_changes_meanwhile(
    office: Office, database: Connections, joins: bool
) -> None:
    programme = office.programme()
    cohort = office.cohort(programme, 2013)
    fellowship, person, another = started(office, cohort), office.person(), Office(database)
    seen: list[list[str]] = []

    def act(desk: Desk) -> None:
        members = desk.members(FELLOWSHIP, PLACES.of(cohort))
        seen.append(sorted(history.at(None).standing or "" for history in members.values()))
        desk.record(PROGRAMME, programme, ProgrammeVersionAdopted(programme_version="2"), LATER)
        if len(seen) == 1:
            meanwhile = another.accepting(FellowshipId.new(), person, cohort, ACCEPTED)
            another.do(meanwhile if joins else another.pausing(fellowship, PAUSED))

    office.do(act)
    another.close()
    assert seen == [["in_progress"], ["accepted", "in_progress"] if joins else ["paused"]]
