"""An improvement project from proposal to what lasts."""

from datetime import date
from typing import get_args

import pytest
from pydantic import ValidationError

from domain.event import Event
from domain.fellowship_state import Fellowship, PlaceNotAccepted
from domain.patient_data import LooksLikePatientData
from domain.project import (
    PROJECT,
    SHORT_BASELINE,
    AlreadyAdoptedThere,
    AlreadyAssessed,
    AlreadyOnProject,
    BaselineAlreadyFrozen,
    CharterAlreadyApproved,
    CycleAlreadyConcluded,
    NotAdoptedThere,
    NothingToLastYet,
    NotOnProject,
    Project,
    ProjectAlreadyHandedOver,
    ProjectAlreadyProposed,
    ProjectAlreadyReported,
    ProjectIsAbandoned,
    ProjectNotProposed,
    assess_sustainability,
    irregularities,
    join_project,
    leave_project,
    sustainability_due,
)
from domain.project_events import (
    BaselineFrozen,
    BaselineReason,
    CharterApproved,
    CycleDecision,
    FellowJoinedProject,
    FollowUp,
    ImprovementAbandoned,
    ImprovementAdopted,
    Outcome,
    PdsaCycleConcluded,
    Prediction,
    ProjectAbandoned,
    ProjectHandedOver,
    ProjectProposed,
    ProjectReported,
    Sustainability,
    SustainabilityAssessed,
)
from domain.values import FellowshipId, OrganisationId, SiteId
from tests.domain.fellows import ADA, a_fellow, withdrawal
from tests.domain.irregular import irregular
from tests.scenario import Entry, Scenario, correcting, given, on, superseding

ADAS, BENS = FellowshipId.new(), FellowshipId.new()
WARD, CLINIC = SiteId.new(), SiteId.new()
FELLOW = a_fellow().history.at(None)

PROPOSED = on("2013-09-15", ProjectProposed(title="Sepsis six within the hour", organisation_id=OrganisationId.new()))
JOINED = on("2013-09-15", lambda _: join_project(FELLOW, fellowship_id=ADAS))
CHARTERED = on("2013-11-01", CharterApproved(aim="Antibiotics within one hour for nine in ten by June"))
BASELINE = on("2014-01-15", BaselineFrozen(points=12, reason=BaselineReason.ENOUGH_POINTS))
REPORTED = on("2014-08-15", ProjectReported())
HANDED_OVER = on("2014-09-30", ProjectHandedOver())
ABANDONED = on("2014-10-01", ProjectAbandoned())


def cycle(number: int, decision: CycleDecision = CycleDecision.ADAPT) -> PdsaCycleConcluded:
    return PdsaCycleConcluded(
        cycle=number, prediction=Prediction.IMPROVEMENT, outcome=Outcome.NO_CHANGE, decision=decision
    )


def assessed(day: str, months: FollowUp, cohort_ends_on: date | None = None) -> Entry:
    return on(
        day,
        lambda p: assess_sustainability(
            p,
            on=date.fromisoformat(day),
            months=months,
            sustainability=Sustainability.SUSTAINED,
            cohort_ends_on=cohort_ends_on,
        ),
    )


def a_project(*more: Entry) -> Scenario[Project]:
    return given(PROJECT, PROPOSED, JOINED, *more)


def test_a_project_comes_to_all_its_milestones() -> None:
    a_project(
        CHARTERED,
        BASELINE,
        on("2014-03-01", cycle(1)),
        REPORTED,
        HANDED_OVER,
        on("2015-01-10", ImprovementAdopted(site_id=WARD)),
        assessed("2015-09-30", 12),
    ).then(
        proposed_on=date(2013, 9, 15),
        chartered_on=date(2013, 11, 1),
        baseline_on=date(2014, 1, 15),
        cycles=frozenset({1}),
        reported_on=date(2014, 8, 15),
        handed_over_on=date(2014, 9, 30),
        sites=frozenset({WARD}),
        assessed={12: Sustainability.SUSTAINED},
    )


def test_nothing_befalls_a_project_that_was_not_proposed() -> None:
    for entry in (JOINED, CHARTERED, BASELINE, REPORTED, HANDED_OVER, ABANDONED, on("2014-03-01", cycle(1))):
        given(PROJECT).when(entry).refused(ProjectNotProposed)
    a_project().when(PROPOSED).refused(ProjectAlreadyProposed)


def test_several_fellows_work_on_one_project_and_may_leave_it() -> None:
    both = a_project(on("2013-10-01", lambda _: join_project(FELLOW, fellowship_id=BENS))).then(
        fellows=frozenset({ADAS, BENS})
    )
    both.when(on("2014-01-10", lambda _: leave_project(FELLOW, fellowship_id=ADAS))).then(fellows=frozenset({BENS}))
    both.when(on("2013-10-02", JOINED.fact)).refused(AlreadyOnProject)
    a_project().when(on("2014-01-10", lambda _: leave_project(FELLOW, fellowship_id=BENS))).refused(NotOnProject)
    assert join_project(FELLOW, fellowship_id=ADAS) == FellowJoinedProject(fellowship_id=ADAS, person_id=ADA)


def test_only_whoever_has_a_place_takes_a_project_on() -> None:
    with pytest.raises(PlaceNotAccepted):
        join_project(Fellowship(), fellowship_id=ADAS)


def test_follow_up_goes_on_after_a_fellow_has_left() -> None:
    left = a_fellow(withdrawal("2014-01-10")).history.at(None)
    a_project(
        CHARTERED,
        on("2014-01-10", lambda _: leave_project(left, fellowship_id=ADAS)),
        HANDED_OVER,
        on("2015-01-10", ImprovementAdopted(site_id=WARD)),
        assessed("2016-10-01", 24),
    ).then(fellows=frozenset(), sites=frozenset({WARD}))


def test_a_charter_a_report_and_a_handover_come_once() -> None:
    a_project(CHARTERED).when(on("2013-12-01", CHARTERED.fact)).refused(CharterAlreadyApproved)
    a_project(REPORTED).when(on("2014-12-01", ProjectReported())).refused(ProjectAlreadyReported)
    a_project(HANDED_OVER).when(on("2014-12-01", ProjectHandedOver())).refused(ProjectAlreadyHandedOver)


def test_a_report_is_replaced_by_a_later_decision() -> None:
    later = ProjectReported(sha256="a" * 64)
    a_project(REPORTED).when(superseding(3, "2014-12-01", later)).then(reported_on=date(2014, 12, 1)).then(
        "2014-11-30", reported_on=date(2014, 8, 15)
    )


def test_a_baseline_is_frozen_once_for_a_reason() -> None:
    a_project(BASELINE).when(on("2014-02-01", BASELINE.fact)).refused(BaselineAlreadyFrozen)
    assert BaselineFrozen.model_fields["reason"].is_required()
    assert BaselineFrozen.model_fields["reason"].annotation is BaselineReason


def test_a_baseline_of_fewer_than_ten_points_is_recorded_as_irregular() -> None:
    def points(number: int) -> Scenario[Project]:
        return a_project(on("2014-01-15", BaselineFrozen(points=number, reason=BaselineReason.CHANGE_BEGINS)))

    assert irregular(points(10), irregularities) == []
    assert irregular(points(9).then(baseline_on=date(2014, 1, 15)), irregularities) == [(3, SHORT_BASELINE)]
    corrected = points(9).when(
        correcting(3, "2014-01-15", BaselineFrozen(points=19, reason=BaselineReason.CHANGE_BEGINS))
    )
    assert irregular(corrected, irregularities) == []


def test_each_pdsa_cycle_is_concluded_once() -> None:
    a_project(on("2014-03-01", cycle(2)), on("2014-04-01", cycle(1))).then(cycles=frozenset({1, 2})).when(
        on("2014-05-01", cycle(1))
    ).refused(CycleAlreadyConcluded)


def test_a_pdsa_cycle_holds_codes_and_no_text() -> None:
    assert {name: field.annotation for name, field in PdsaCycleConcluded.model_fields.items()} == {
        "cycle": int,
        "prediction": Prediction,
        "outcome": Outcome,
        "decision": CycleDecision,
    }
    with pytest.raises(ValidationError):
        PdsaCycleConcluded.model_validate(cycle(1).payload() | {"note": "bed 4 did well"})


@pytest.mark.parametrize("text", ["Falls of patient 943 476 5919", "Falls of 9434765919", "Falls, 943-476-5919."])
def test_titles_and_aims_take_no_nhs_numbers(text: str) -> None:
    facts: tuple[type[Event], ...] = (ProjectProposed, CharterApproved)
    for fact, name in zip(facts, ("title", "aim"), strict=True):
        with pytest.raises(LooksLikePatientData):
            fact.model_validate({name: text})


def test_an_improvement_is_adopted_at_sites_and_abandoned_there() -> None:
    adopted = a_project(on("2015-01-10", ImprovementAdopted(site_id=WARD)))
    adopted.when(on("2015-02-10", ImprovementAdopted(site_id=CLINIC))).then(sites=frozenset({WARD, CLINIC}))
    adopted.when(on("2015-02-10", ImprovementAdopted(site_id=WARD))).refused(AlreadyAdoptedThere)
    gone = adopted.when(on("2016-01-10", ImprovementAbandoned(site_id=WARD))).then(sites=frozenset())
    gone.when(on("2016-02-10", ImprovementAdopted(site_id=WARD))).then(sites=frozenset({WARD}))
    adopted.when(on("2016-01-10", ImprovementAbandoned(site_id=CLINIC))).refused(NotAdoptedThere)


def test_what_lasts_is_assessed_at_12_24_and_60_months_and_unknown_is_an_answer() -> None:
    assert get_args(FollowUp) == (12, 24, 60)
    unknown = SustainabilityAssessed(months=60, sustainability=Sustainability.UNKNOWN)
    a_project(HANDED_OVER, on("2019-10-01", unknown)).then(assessed={60: Sustainability.UNKNOWN})
    a_project(HANDED_OVER).then(assessed={})
    with pytest.raises(ValidationError):
        SustainabilityAssessed.model_validate({"months": 36, "sustainability": "sustained"})


def test_what_lasts_is_assessed_once_for_each_number_of_months() -> None:
    a_project(HANDED_OVER, assessed("2015-10-01", 12), assessed("2016-10-01", 24)).when(
        assessed("2015-11-01", 12)
    ).refused(AlreadyAssessed)


def test_months_count_from_the_handover_else_the_report_else_the_end_of_the_cohort() -> None:
    ends_on = date(2014, 8, 31)
    assert sustainability_due(a_project(REPORTED, HANDED_OVER).history.at(None), 12, ends_on) == date(2015, 9, 30)
    assert sustainability_due(a_project(REPORTED).history.at(None), 24, ends_on) == date(2016, 8, 15)
    assert sustainability_due(a_project().history.at(None), 60, ends_on) == date(2019, 8, 31)
    assert sustainability_due(a_project().history.at(None), 12) is None
    leap = a_project(on("2016-02-29", ProjectHandedOver())).history.at(None)
    assert sustainability_due(leap, 12) == date(2017, 2, 28)


def test_what_lasts_is_not_assessed_before_its_months_begin_to_count() -> None:
    a_project(HANDED_OVER).when(assessed("2014-09-29", 12)).refused(NothingToLastYet)
    a_project(REPORTED).when(assessed("2014-08-14", 12)).refused(NothingToLastYet)
    a_project(REPORTED).when(assessed("2014-08-15", 12)).then()
    a_project().when(assessed("2014-08-30", 12, date(2014, 8, 31))).refused(NothingToLastYet)
    a_project().when(assessed("2015-09-01", 12)).refused(NothingToLastYet)
    a_project().when(assessed("2015-09-01", 12, date(2014, 8, 31))).then()


def test_an_abandoned_project_is_worked_on_no_longer_but_what_it_left_is_followed() -> None:
    adopted = on("2014-09-01", ImprovementAdopted(site_id=WARD))
    gone = a_project(HANDED_OVER, adopted, ABANDONED).then(abandoned_on=date(2014, 10, 1))
    for fact in (CHARTERED.fact, BASELINE.fact, cycle(1), ProjectReported(), ProjectAbandoned()):
        gone.when(on("2014-11-01", fact)).refused(ProjectIsAbandoned)
    gone.when(
        on("2015-01-10", ImprovementAbandoned(site_id=WARD)),
        on("2015-02-10", ImprovementAdopted(site_id=CLINIC)),
        on("2015-03-10", lambda _: leave_project(FELLOW, fellowship_id=ADAS)),
        assessed("2015-10-01", 12),
    ).then(sites=frozenset({CLINIC}))


def test_steps_without_a_record_may_be_passed_over() -> None:
    a_project(on("2014-03-01", cycle(1)), REPORTED).then(chartered_on=None, baseline_on=None)
