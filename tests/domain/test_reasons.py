"""What is recorded with its reason: a neutral code in the open, or a personal one that reveals a circumstance."""

from domain.catalogue import kinds

SLICES = ("secondment", "session", "coaching", "project", "career", "oversight")
NEUTRAL = {
    "secondment.release_refused",
    "secondment.releasing_organisation_changed",
    "secondment.backfill_withdrawn",
    "secondment.fraction_changed",
    "secondment.extended",
    "session.rescheduled",
    "session.cancelled",
    "session.register_reopened",
    "coaching.entitlement_extended",
    "coaching.coach_changed",
    "coaching.ended_early",
    "project.abandoned_at_site",
    "project.abandoned",
}
PERSONAL = {
    "secondment.paused",
    "secondment.ended_early",
    "secondment.cancelled",
    "session.expectation_waived",
    "session.attendance_recorded",
    "career.follow_up_ended",
}


def test_a_turn_is_recorded_with_its_reason_and_a_circumstance_is_personal() -> None:
    found = {kind: event for kind, event in kinds().items() if kind.partition(".")[0] in SLICES}
    assert {kind for kind, event in found.items() if event.reasoned} == NEUTRAL
    assert {kind for kind, event in found.items() if "reason" in event.personal()} == PERSONAL


def test_a_baseline_says_why_it_was_frozen_and_a_session_that_fell_through_by_whom_and_when() -> None:
    found = kinds()
    assert found["project.baseline_frozen"].model_fields["reason"].is_required()
    for name in ("notice", "by"):
        assert found["coaching.session_cancelled"].model_fields[name].is_required()
