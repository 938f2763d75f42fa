"""What readers once found wrong in the answers, and must not find again."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime

import pytest

from domain.cohort import COHORT, CohortCancelled, CohortPlanned
from domain.cohort_cancellation import FellowsHoldPlaces
from domain.fellowship import FELLOWSHIP
from domain.fellowship_decisions import withdraw
from domain.refusal import StillReliedOn
from domain.values import CohortId, FellowshipId, Happened, PersonId, Purpose
from infra.log.command import Entering
from infra.log.desk import Act, Desk
from infra.log.vault import Vault
from infra.postgres.database import pool
from infra.settings import Connections
from infra.views.reading import At
from projections.cohort import cohorts
from projections.retention import retention
from projections.roster import changes
from projections.standing import Attribution
from projections.timeline import timeline
from tests.office import EARLY, Office

SEPTEMBER, JANUARY, MARCH, JUNE = date(2013, 9, 1), date(2014, 1, 10), date(2014, 3, 1), date(2014, 6, 10)


def withdrawn(office: Office, cohort: CohortId) -> FellowshipId:
    fellowship = FellowshipId.new()
    office.do(office.accepting(fellowship, office.person(), cohort, SEPTEMBER))
    office.do(office.confirming(fellowship, SEPTEMBER))
    office.do(office.starting(fellowship, cohort, SEPTEMBER))
    office.do(office.withdrawing(fellowship, JANUARY))
    return fellowship


def moving(fellowship: FellowshipId, version: int, day: date) -> Act:
    """Correct the day of a withdrawal."""

    def act(desk: Desk) -> None:
        event = withdraw(desk.fold(FELLOWSHIP, fellowship, on=SEPTEMBER))
        desk.correct(FELLOWSHIP, fellowship, version, event, Happened(day))

    return act


def test_changes_name_what_undid_a_correction_and_what_undid_that(office: Office) -> None:
    cohort = office.cohort(office.programme(), 2013)
    fellowship = withdrawn(office, cohort)
    corrected = office.do(moving(fellowship, 4, JUNE)).position
    undone = office.do(office.retracting(fellowship, 5)).position
    redone = office.do(office.retracting(fellowship, 6)).position
    with office.reading() as connection:
        for known_from, known_to in ((corrected, undone), (undone, redone)):
            (change,) = changes(connection, cohort, MARCH, known_from, known_to, Attribution.ORIGIN)
            assert [entry.position for entry in change.entries] == [known_to]


def test_a_correction_that_moved_a_fact_beyond_the_day_is_shown_with_it(office: Office) -> None:
    fellowship = withdrawn(office, office.cohort(office.programme(), 2013))
    office.do(moving(fellowship, 4, JUNE))
    with office.reading() as connection:
        shown = timeline(connection, At(MARCH, office.known()), fellowship)
    assert [(entry.version, entry.status) for entry in shown][-2:] == [(4, "corrected"), (5, "stands")]


def test_a_month_that_had_not_come_while_that_was_all_that_was_known_is_not_yet(
    demonstration_database: Connections,
) -> None:
    known: list[int] = []
    with closing(Office(demonstration_database)) as office:
        office.recording_at = datetime(2014, 3, 1, 12, tzinfo=UTC)
        programme = office.programme()
        withdrawn(office, office.cohort(programme, 2013))
        known.append(office.known())
        for day in (datetime(2014, 3, 2, 12, tzinfo=UTC), datetime(2019, 3, 1, 12, tzinfo=UTC)):
            office.recording_at = day
            office.person()
            known.append(office.known())
        with office.reading() as connection:
            asked = [At(date(2020, 1, 1), position) for position in known]
            rows = cohorts(connection, asked[0], programme_id=programme)
            found = [retention(connection, at, rows, months=(3, 12))[0] for at in asked]
    # The first was all until the day after; the second until 2019, since nobody recorded anything meanwhile.
    assert [[month.not_yet for month in each.months] for each in found] == [
        [False, True],
        [False, False],
        [False, False],
    ]


def test_a_cohort_with_fellows_stays_in_its_programme(office: Office) -> None:
    first, second = office.programme(), office.programme()
    cohort = office.cohort(first, 2013)
    withdrawn(office, cohort)

    def to_another(desk: Desk) -> None:
        plan = desk.history(COHORT, cohort).entry(1).event
        assert isinstance(plan, CohortPlanned)
        desk.correct(COHORT, cohort, 1, plan.model_copy(update={"programme_id": second}), EARLY)

    with pytest.raises(StillReliedOn):
        office.do(to_another)


def test_a_cohort_cancelled_under_its_fellows_is_noted_where_that_is_learned_late(office: Office) -> None:
    cohort = office.cohort(office.programme(), 2013)
    office.do(office.accepting(FellowshipId.new(), office.person(), cohort, SEPTEMBER))

    def cancelled(desk: Desk) -> None:
        desk.record(COHORT, cohort, CohortCancelled(), Happened(SEPTEMBER))

    with pytest.raises(FellowsHoldPlaces):
        office.do(cancelled)
    assert office.do(cancelled, entering=Entering.LATE).irregularities == ("place_in_a_cancelled_cohort",)


def test_two_who_make_the_same_keys_at_once_get_the_same_ones(office: Office, database: Connections) -> None:
    people = [PersonId.new() for _ in range(400)]
    uses = [(str(person), purpose) for person in people for purpose in (Purpose.IDENTITY, Purpose.CONTACT)]
    with closing(pool(database.vault)) as keys, ThreadPoolExecutor(2) as threads:
        vaults = (office.vault, Vault(keys, database.secret))
        made = [threads.submit(vault.keys, wanted) for vault, wanted in zip(vaults, (uses, uses[::-1]), strict=True)]
        first, second = (each.result() for each in made)
    assert first == second
