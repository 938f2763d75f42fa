"""Two processes that race for a cohort's last place: one gets it, every time."""

import multiprocessing
from collections.abc import Iterator
from datetime import date
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest

from domain.capacity import CohortFull
from domain.values import CohortId, FellowshipId, PersonId
from infra.log.command import Receipt
from infra.settings import Connections
from tests.office import Office

DAY = date(2013, 9, 1)
SPAWNED = multiprocessing.get_context("spawn")


@pytest.fixture
def office(database: Connections) -> Iterator[Office]:
    opened = Office(database)
    yield opened
    opened.close()


def race(database: Connections, cohorts: list[CohortId], person: PersonId, line: Barrier, told: Any) -> None:
    """One racer: at each start it asks for the place, and tells at the end what it was answered."""
    office = Office(database)
    try:
        answers: list[str] = []
        for cohort in cohorts:
            line.wait(60)
            answer = office.attempt(office.accepting(FellowshipId.new(), person, cohort, DAY))
            answers.append(type(answer).__name__)
        told.put(answers)
    finally:
        office.close()


def winners(office: Office, database: Connections, rounds: int) -> list[tuple[str, ...]]:
    programme, people = office.programme(), [office.person(), office.person()]
    cohorts = [office.cohort(programme, 2013, capacity=1) for _ in range(rounds)]
    line, told = SPAWNED.Barrier(2), SPAWNED.Queue()
    racers = [SPAWNED.Process(target=race, args=(database, cohorts, person, line, told)) for person in people]
    for racer in racers:
        racer.start()
    answers = [told.get(timeout=120) for _ in racers]
    for racer in racers:
        racer.join(30)
    return [tuple(sorted(each)) for each in zip(*answers, strict=True)]


def test_two_processes_race_for_the_last_place_and_one_wins(office: Office, database: Connections) -> None:
    rounds = 60
    assert winners(office, database, rounds) == [(CohortFull.__name__, Receipt.__name__)] * rounds


@pytest.mark.acceptance
def test_two_processes_race_a_thousand_times_and_one_wins_each(office: Office, database: Connections) -> None:
    rounds = 1_000
    assert winners(office, database, rounds) == [(CohortFull.__name__, Receipt.__name__)] * rounds
