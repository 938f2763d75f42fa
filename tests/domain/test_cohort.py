"""Cohorts, from their planning to their closing."""

from datetime import date

import pytest

from domain.cohort import (
    COHORT,
    CohortCancelled,
    CohortCapacityChanged,
    CohortClosed,
    CohortConfirmed,
    CohortDatesChanged,
    CohortEnded,
    CohortReopened,
    CohortStarted,
    ProgrammeVersionAssigned,
    RecruitmentClosed,
    RecruitmentOpened,
    WorkForm,
    WorkSet,
)
from domain.cohort_decisions import assign_version, plan_cohort
from domain.cohort_state import (
    Cohort,
    CohortAlreadyPlanned,
    CohortHasStarted,
    CohortIsCancelled,
    CohortIsClosed,
    CohortIsFurtherOn,
    CohortNotClosed,
    CohortNotEnded,
    CohortNotPlanned,
    CohortNotRunning,
    DatesOutOfOrder,
    Stage,
    WorkAlreadySet,
    WorkNotSet,
)
from domain.event import Event
from domain.programme import Programme, ProgrammeNotEstablished, VersionNotAdopted
from domain.refusal import WouldContradict
from domain.values import ProgrammeId, WorkId
from tests.scenario import Entry, Scenario, correcting, given, on, retracting

QIF = ProgrammeId.new()
PROGRAMME = Programme("QIF", "Quality Improvement Fellowship", frozenset({"2013", "2013a"}))
REPORT = WorkId.new()


def plan(
    programme: Programme = PROGRAMME,
    *,
    programme_version: str = "2013",
    starts_on: date = date(2013, 9, 2),
    ends_on: date = date(2014, 8, 31),
) -> Event:
    return plan_cohort(
        programme,
        programme_id=QIF,
        programme_version=programme_version,
        code="QIF-2013",
        starts_on=starts_on,
        ends_on=ends_on,
        capacity=18,
    )


PLANNED = on("2013-01-10", plan())
OPENED = on("2013-02-01", RecruitmentOpened())
SHUT = on("2013-04-30", RecruitmentClosed())
CONFIRMED = on("2013-06-01", CohortConfirmed())
STARTED = on("2013-09-02", CohortStarted())
ENDED = on("2014-08-31", CohortEnded())
CLOSED = on("2014-12-01", CohortClosed())
WORK = WorkSet(work_id=REPORT, title="Report", form=WorkForm.PROJECT_REPORT, due_on=date(2014, 7, 31))


def a_cohort(*more: Entry) -> Scenario[Cohort]:
    return given(COHORT, PLANNED, *more)


def test_a_cohort_passes_from_stage_to_stage() -> None:
    stages = a_cohort(OPENED, SHUT, CONFIRMED, STARTED, ENDED, CLOSED)
    for day, stage in (
        ("2013-01-09", Stage.UNKNOWN),
        ("2013-01-10", Stage.PLANNED),
        ("2013-02-01", Stage.RECRUITMENT_OPEN),
        ("2013-04-30", Stage.RECRUITMENT_CLOSED),
        ("2013-06-01", Stage.CONFIRMED),
        ("2013-09-02", Stage.RUNNING),
        ("2014-08-31", Stage.ENDED),
        ("2014-12-01", Stage.CLOSED),
    ):
        stages.then(day, stage=stage)


def test_a_planned_cohort_keeps_what_was_planned() -> None:
    a_cohort().then(
        programme_id=QIF,
        programme_version="2013",
        code="QIF-2013",
        starts_on=date(2013, 9, 2),
        ends_on=date(2014, 8, 31),
        capacity=18,
    )


def test_stages_without_a_record_are_passed_over_and_none_is_gone_back_to() -> None:
    a_cohort(STARTED).then(stage=Stage.RUNNING)
    a_cohort(STARTED).when(on("2013-10-01", RecruitmentOpened())).refused(CohortIsFurtherOn)
    a_cohort(STARTED).when(on("2013-10-01", CohortStarted())).refused(CohortIsFurtherOn)
    a_cohort(CONFIRMED).when(on("2013-07-01", RecruitmentClosed())).refused(CohortIsFurtherOn)
    a_cohort(CONFIRMED).when(on("2013-07-01", CohortConfirmed())).refused(CohortIsFurtherOn)
    assert Stage.RECRUITMENT_OPEN.words == "recruitment open"


def test_a_late_opening_of_recruitment_is_taken() -> None:
    a_cohort(CONFIRMED, STARTED).when(OPENED).then("2013-03-01", stage=Stage.RECRUITMENT_OPEN)


def test_a_cohort_is_planned_once() -> None:
    a_cohort().when(on("2013-02-01", plan())).refused(CohortAlreadyPlanned)


@pytest.mark.parametrize("ends_on", [date(2013, 9, 1), date(2013, 9, 2)])
def test_a_cohort_starts_before_it_ends(ends_on: date) -> None:
    with pytest.raises(DatesOutOfOrder, match="The first day is 2013-09-02"):
        plan(ends_on=ends_on)
    a_cohort().when(on("2013-02-01", CohortDatesChanged(starts_on=date(2013, 9, 2), ends_on=ends_on))).refused(
        DatesOutOfOrder
    )


def test_a_correction_of_the_plan_keeps_its_dates_in_order() -> None:
    fact = plan().model_copy(update={"ends_on": date(2012, 1, 1)})
    a_cohort().when(correcting(1, "2013-01-10", fact)).refused(DatesOutOfOrder)


def test_a_cohort_follows_a_version_that_its_programme_has() -> None:
    with pytest.raises(VersionNotAdopted):
        plan(programme_version="1999")
    with pytest.raises(ProgrammeNotEstablished):
        plan(Programme())
    with pytest.raises(VersionNotAdopted):
        assign_version(PROGRAMME, programme_version="1999")


def test_the_version_is_fixed_once_the_cohort_runs() -> None:
    a_cohort().when(on("2013-03-01", assign_version(PROGRAMME, programme_version="2013a"))).then(
        programme_version="2013a"
    )
    a_cohort(STARTED).when(on("2013-10-01", ProgrammeVersionAssigned(programme_version="2013a"))).refused(
        CohortHasStarted
    )


def test_dates_and_capacity_change_from_their_day_on() -> None:
    moved = CohortDatesChanged(starts_on=date(2013, 9, 16), ends_on=date(2014, 9, 14))
    a_cohort(on("2013-03-01", moved), on("2013-04-01", CohortCapacityChanged(capacity=None))).then(
        starts_on=date(2013, 9, 16), ends_on=date(2014, 9, 14), capacity=None
    ).then("2013-03-31", capacity=18)


def test_only_what_runs_ends_and_only_what_has_ended_is_closed() -> None:
    a_cohort(CONFIRMED).when(ENDED).refused(CohortNotRunning)
    a_cohort(STARTED, ENDED).when(on("2014-09-01", CohortEnded())).refused(CohortNotRunning)
    a_cohort(STARTED).when(CLOSED).refused(CohortNotEnded)
    a_cohort(STARTED, ENDED).when(retracting(2)).refused(WouldContradict, "cohort.ended")


def test_a_closed_cohort_takes_late_entries_only_until_it_is_reopened() -> None:
    closed = a_cohort(STARTED, ENDED, CLOSED)
    closed.when(on("2015-01-10", WORK)).refused(CohortIsClosed)
    closed.when(on("2014-01-10", WORK)).then(works=frozenset({REPORT}))
    closed.when(on("2015-01-05", CohortReopened()), on("2015-01-10", WORK)).then(stage=Stage.ENDED)
    a_cohort(STARTED).when(on("2014-01-10", CohortReopened())).refused(CohortNotClosed)


def test_a_cohort_is_cancelled_before_it_starts_and_nothing_follows() -> None:
    cancelled = a_cohort(OPENED).when(on("2013-05-01", CohortCancelled())).then(stage=Stage.CANCELLED)
    cancelled.when(STARTED).refused(CohortIsCancelled)
    a_cohort(STARTED).when(on("2013-10-01", CohortCancelled())).refused(CohortHasStarted)


def test_nothing_happens_to_a_cohort_that_is_not_planned() -> None:
    for fact in (RecruitmentOpened(), CohortStarted(), CohortCancelled(), WORK, CohortCapacityChanged(capacity=1)):
        given(COHORT).when(on("2013-01-01", fact)).refused(CohortNotPlanned)
    given(COHORT).when(on("2013-01-01", CohortReopened())).refused(CohortNotClosed)


def test_a_piece_of_work_is_set_once_and_known_from_its_day_on() -> None:
    cohort = a_cohort(on("2013-10-01", WORK))
    cohort.when(on("2013-11-01", WORK)).refused(WorkAlreadySet)
    cohort.history.at(date(2013, 10, 1)).must_have_set(REPORT)
    with pytest.raises(WorkNotSet):
        cohort.history.at(date(2013, 9, 30)).must_have_set(REPORT)
