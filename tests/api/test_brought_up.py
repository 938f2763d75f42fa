"""What was recorded before a rule over a set came is brought under it by the migration, and once only."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date

import pytest

from api.opening import brought_up
from domain import RULES
from domain.cohort import COHORT, CohortCancelled
from domain.cohort_cancellation import FellowsHaveStarted
from domain.fellowship_holder import TwoPlacesInOneCohort
from domain.values import FellowshipId, Happened
from infra.migrate import installation
from infra.postgres.private import SetUpError
from infra.settings import Connections
from tests.infra.submissions import accepted, appending, fresh, rows, submission
from tests.office import Office

RECORDED = "SELECT guard, position FROM log.event_guard ORDER BY guard, position"
UNDER = "SELECT rule FROM log.guarded"
NEWER = "starts_with(guard, 'holder:') OR starts_with(guard, 'starts:')"


@contextmanager
def opened(database: Connections) -> Generator[Office]:
    """An office that has seen nothing of the record yet."""
    office = Office(database)
    try:
        yield office
    finally:
        office.close()


def older(database: Connections) -> None:
    """Make of a record what a program would have left that knew neither of two rules."""
    rows(database, f"SET session_replication_role = replica; DELETE FROM log.event_guard WHERE {NEWER}")


def test_a_record_older_than_a_rule_is_brought_under_it(database: Connections) -> None:
    fellowship = FellowshipId.new()
    with opened(database) as office:
        programme, person = office.programme(), office.person()
        planned, started = office.cohort(programme, 2014), office.cohort(programme, 2013)
        office.do(office.accepting(fellowship, person, planned, date(2013, 4, 1)))
        office.do(office.confirming(fellowship, date(2013, 5, 1)))
        office.do(office.deferring(fellowship, started, date(2013, 6, 1)))
        office.do(office.retracting(fellowship, 3))
        other = FellowshipId.new()
        office.do(office.accepting(other, office.person(), started, date(2013, 4, 1)))
        office.do(office.confirming(other, date(2013, 5, 1)))
        office.do(office.starting(other, started, date(2013, 9, 1)))
    before = rows(database, RECORDED)
    older(database)
    rows(database, "DROP TABLE log.guarded; UPDATE log.revision SET version_num = '0001'")
    with pytest.raises(SetUpError, match="older version"):
        installation(database)
    lost = len(before) - len(rows(database, RECORDED))
    assert lost > 0
    assert brought_up(database, demonstration=False) == lost
    assert rows(database, RECORDED) == before
    with opened(database) as office:
        with pytest.raises(TwoPlacesInOneCohort):
            office.do(office.accepting(FellowshipId.new(), person, planned, date(2013, 4, 2)))
        cancelled = CohortCancelled()
        with pytest.raises(FellowsHaveStarted):
            office.do(lambda desk: desk.record(COHORT, started, cancelled, Happened(date(2013, 10, 1))))
    older(database)
    assert brought_up(database, demonstration=False) == 0, "the log is gone through once for each rule"
    rows(database, "DELETE FROM log.guarded WHERE rule = 'starts'")
    assert brought_up(database, demonstration=False) > 0
    assert rows(database, RECORDED) == before


def test_rules_that_a_program_lacks_are_taken_off_the_record_only_when_that_is_said(database: Connections) -> None:
    rows(database, "INSERT INTO log.guarded VALUES ('of_a_newer_program')")
    newer = rows(database, UNDER)
    for start in (lambda: brought_up(database, demonstration=False), lambda: installation(database, RULES)):
        with pytest.raises(SetUpError, match="run the newer version that brought them"):
            start()
    rows(database, "DELETE FROM log.guarded WHERE rule = 'starts'")
    with pytest.raises(SetUpError, match="run the newer version that brought them"):
        brought_up(database, demonstration=False)
    assert {*rows(database, UNDER)} == {*newer} - {("starts",)}
    brought_up(database, demonstration=False, dropping=True)
    assert {*rows(database, UNDER)} == {*newer} - {("of_a_newer_program",)}
    installation(database, RULES)


def test_a_record_that_cannot_be_read_is_not_taken_to_be_under_a_rule(database: Connections) -> None:
    with appending(database) as appender:
        accepted(appender.append([submission(fresh("fellowship"))])[0])
    rows(database, "DELETE FROM log.guarded")
    with pytest.raises(SetUpError, match="cannot be read"):
        brought_up(database, demonstration=False)
    assert rows(database, "SELECT rule FROM log.guarded") == []
