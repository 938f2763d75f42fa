"""Registration with the university, and the work laid before it."""

from datetime import date

import pytest

from domain.accreditation import (
    ACCREDITATION,
    Accreditation,
    AlreadyRegistered,
    DeregisteredForCredit,
    DeregistrationReason,
    DeregistrationReversed,
    EarlierStudyRecognised,
    ForAnotherFellowship,
    NoLongerRegistered,
    NotRegistered,
    RegisteredForAnotherPerson,
    RegisteredForCredit,
    Registration,
    StillRegistered,
    WorkSubmitted,
    deregister,
    recognise_earlier_study,
    register_for_credit,
    submit_work,
)
from domain.cohort_state import Cohort, WorkNotSet
from domain.fellowship_state import Fellowship, PlaceNotAccepted, Standing
from domain.refusal import WouldContradict
from domain.values import CohortId, FellowshipId, PersonId, WorkId
from tests.scenario import Scenario, correcting, given, on, retracting

ADA, BEN = PersonId.new(), PersonId.new()
FELLOWSHIP, OTHER_FELLOWSHIP = FellowshipId.new(), FellowshipId.new()
COHORT, REPORT = CohortId.new(), WorkId.new()
ASKING = Cohort(works=frozenset({REPORT}))
PLACE = Fellowship(Standing.ACCEPTED, person_id=ADA)

REGISTERED = on(
    "2013-09-01",
    register_for_credit(PLACE, fellowship_id=FELLOWSHIP, approval="LQEH-2013-07", student_number="M00123456"),
)
SUBMISSION = submit_work(ASKING, cohort_id=COHORT, work_id=REPORT, sha256="0" * 64)
DEREGISTERED = on("2014-03-01", deregister)
RECOGNISED = recognise_earlier_study(ASKING, fellowship_id=FELLOWSHIP, cohort_id=COHORT, work_id=REPORT)


def registered() -> Scenario[Accreditation]:
    return given(ACCREDITATION, REGISTERED)


def deregistered() -> Scenario[Accreditation]:
    return given(ACCREDITATION, REGISTERED, DEREGISTERED)


def test_a_fellow_is_registered_and_deregistered() -> None:
    deregistered().then("2014-02-28", registration=Registration.REGISTERED, deregistered_on=None).then(
        registration=Registration.DEREGISTERED,
        registered_on=date(2013, 9, 1),
        deregistered_on=date(2014, 3, 1),
        person_id=ADA,
        fellowship_id=FELLOWSHIP,
    )


def test_a_registration_may_have_no_approval_recorded() -> None:
    fact = register_for_credit(PLACE, fellowship_id=FELLOWSHIP)
    assert (fact.approval, fact.student_number) == (None, None)


@pytest.mark.parametrize("standing", [None, Standing.OFFERED, Standing.DECLINED, Standing.LAPSED])
def test_only_who_accepted_a_place_is_registered(standing: Standing | None) -> None:
    with pytest.raises(PlaceNotAccepted):
        register_for_credit(Fellowship(standing, person_id=ADA if standing else None), fellowship_id=FELLOWSHIP)


def test_a_registration_is_made_once() -> None:
    registered().when(on("2013-10-01", REGISTERED.fact)).refused(AlreadyRegistered)
    deregistered().when(on("2014-10-01", REGISTERED.fact)).refused(AlreadyRegistered)


def test_a_submission_of_the_leaving_day_entered_after_the_leaving_is_taken() -> None:
    deregistered().when(on("2014-03-01", SUBMISSION)).then(registration=Registration.DEREGISTERED)


def test_a_late_submission_before_the_leaving_is_taken_and_one_after_it_refused() -> None:
    deregistered().when(on("2014-02-28", SUBMISSION)).then(registration=Registration.DEREGISTERED)
    deregistered().when(on("2014-03-02", SUBMISSION)).refused(NoLongerRegistered)


def test_a_submission_before_the_registration_is_refused() -> None:
    registered().when(on("2013-08-31", SUBMISSION)).refused(NotRegistered)
    registered().when(on("2013-09-01", SUBMISSION)).then(registration=Registration.REGISTERED)


def test_a_resubmission_is_a_new_submission() -> None:
    registered().when(on("2014-01-01", SUBMISSION), on("2014-02-01", SUBMISSION)).then()


def test_earlier_study_is_recognised_before_the_registration_too() -> None:
    given(ACCREDITATION, on("2013-08-20", RECOGNISED), REGISTERED).then(registration=Registration.REGISTERED)
    registered().when(on("2013-08-20", RECOGNISED)).then(registration=Registration.REGISTERED)


def test_earlier_study_is_recognised_until_the_leaving_day_and_not_after_it() -> None:
    deregistered().when(on("2014-03-01", RECOGNISED)).then(registration=Registration.DEREGISTERED)
    deregistered().when(on("2014-03-02", RECOGNISED)).refused(NoLongerRegistered)


def test_a_registration_keeps_to_one_fellowship_and_one_person() -> None:
    other = EarlierStudyRecognised(fellowship_id=OTHER_FELLOWSHIP, cohort_id=COHORT, work_id=REPORT)
    registered().when(on("2013-10-01", other)).refused(ForAnotherFellowship)
    registered().when(on("2013-08-01", other)).refused(WouldContradict, "accreditation.registered")
    given(ACCREDITATION, on("2013-08-01", other)).when(REGISTERED).refused(ForAnotherFellowship)
    theirs = DeregisteredForCredit(person_id=BEN, reason=DeregistrationReason.OTHER)
    registered().when(on("2014-03-01", theirs)).refused(RegisteredForAnotherPerson)


def test_only_who_is_registered_is_deregistered() -> None:
    given(ACCREDITATION).when(DEREGISTERED).refused(NotRegistered)
    deregistered().when(on("2014-04-01", deregister)).refused(NoLongerRegistered)


def test_a_reversed_deregistration_lets_work_be_submitted_again() -> None:
    back = deregistered().when(on("2014-05-01", DeregistrationReversed()))
    back.when(on("2014-05-02", SUBMISSION)).then(registration=Registration.REGISTERED, deregistered_on=None)
    back.when(on("2014-04-30", SUBMISSION)).refused(NoLongerRegistered)
    registered().when(on("2014-05-01", DeregistrationReversed())).refused(StillRegistered)


def test_a_registration_with_submissions_is_not_retracted() -> None:
    registered().when(on("2014-01-01", SUBMISSION)).when(retracting(1)).refused(
        WouldContradict, "accreditation.work_submitted"
    )


def test_a_leaving_day_is_not_corrected_to_before_a_submission() -> None:
    given(ACCREDITATION, REGISTERED, on("2014-02-01", SUBMISSION), DEREGISTERED).when(
        correcting(3, "2014-01-15", deregister)
    ).refused(WouldContradict, "accreditation.work_submitted")


def test_only_work_that_the_cohort_was_asked_for_is_submitted_or_recognised() -> None:
    with pytest.raises(WorkNotSet):
        submit_work(Cohort(), cohort_id=COHORT, work_id=REPORT)
    with pytest.raises(WorkNotSet):
        recognise_earlier_study(Cohort(), fellowship_id=FELLOWSHIP, cohort_id=COHORT, work_id=REPORT)


def test_a_submission_names_the_cohort_and_may_lack_its_document() -> None:
    fact = submit_work(ASKING, cohort_id=COHORT, work_id=REPORT)
    assert fact.sha256 is None
    assert list(fact.names()) == [f"cohort:{COHORT}", f"work:{REPORT}"]
    with pytest.raises(ValueError, match="sha256"):
        WorkSubmitted(cohort_id=COHORT, work_id=REPORT, sha256="not a hash")


def test_a_registration_names_its_fellowship_and_person() -> None:
    assert isinstance(REGISTERED.fact, RegisteredForCredit)
    assert set(REGISTERED.fact.names()) == {f"fellowship:{FELLOWSHIP}", f"person:{ADA}"}
