"""What took place is of today or earlier, whichever record tells it; what is agreed for later may lie ahead."""

from typing import Any

import pytest

from domain.fellowship_events import FellowshipWithdrawn
from tests.api.edge import Edge
from tests.api.steps import coaching_of, days, organisation_of, person_of, refused, release_of

TOMORROW = days(1)
WHY = {"circumstance": "other"}


def test_nothing_befalls_a_fellowship_tomorrow(edge: Edge) -> None:
    programme = edge.programme()
    cohort, later = edge.cohort(programme), edge.cohort(programme, 2014)
    fellow, waiting = edge.started(cohort), edge.accepted(cohort)
    place = {"person_id": edge.person("Bo"), "cohort_id": cohort}
    refused(edge, 409, "in_the_future", "/v1/fellowships/offer", TOMORROW, **place)
    for fellowship, act, said in (
        (waiting, "confirmation", {}),
        (waiting, "giving-up", WHY),
        (fellow, "pause", WHY),
        (fellow, "deferral", WHY | {"to_cohort_id": later}),
        (fellow, "withdrawal", WHY),
        (fellow, "ending-by-programme", {"ground": "misconduct"}),
    ):
        refused(edge, 409, "in_the_future", f"/v1/fellowships/{fellowship}/{act}", TOMORROW, **said)
    edge.do(f"/v1/fellowships/{fellow}/pause", days(0), circumstance="parental_leave")
    body = refused(edge, 409, "in_the_future", f"/v1/fellowships/{fellow}/resumption", TOMORROW)
    assert f"dated {TOMORROW}. The day it happened is today or earlier" in body["detail"]


def test_a_fellow_is_not_taken_up_and_no_ending_is_taken_back_tomorrow(edge: Edge) -> None:
    programme = edge.programme()
    cohort, later = edge.cohort(programme), edge.cohort(programme, 2014)
    gone, done, deferred = (edge.started(cohort) for _ in range(3))
    edge.do(f"/v1/fellowships/{gone}/withdrawal", "2014-01-10", **WHY)
    edge.do(f"/v1/fellowships/{done}/completion", "2014-08-31")
    edge.do(f"/v1/fellowships/{deferred}/deferral", "2014-01-10", to_cohort_id=later, **WHY)
    back = {"reason": "decided_anew"}
    for fellowship, act, said in (
        (gone, "withdrawal-reversal", back),
        (done, "completion-rescission", {"ground": "criteria_misread"}),
        (deferred, "taking-up", {}),
    ):
        refused(edge, 409, "in_the_future", f"/v1/fellowships/{fellowship}/{act}", TOMORROW, **said)


def test_no_coaching_is_agreed_extended_passed_on_or_ended_tomorrow(edge: Edge) -> None:
    fellow, coach = edge.started(edge.cohort(edge.programme())), edge.person("Bo")
    told = {"fellowship_id": fellow, "coach_id": coach, "entitlement_minutes": 540}
    refused(edge, 409, "in_the_future", "/v1/coaching", TOMORROW, **told)
    path = f"/v1/coaching/{coaching_of(edge, fellow, coach)}"
    for act, said in (
        ("entitlement", {"minutes": 90}),
        ("coach", {"coach_id": edge.person("Cy")}),
        ("early-end", {}),
    ):
        refused(edge, 409, "in_the_future", f"{path}/{act}", TOMORROW, reason="other", **said)


def test_no_registration_submission_or_recognition_is_of_tomorrow(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellow = edge.started(cohort)
    work = {"title": "Project report", "form": "project_report", "due_on": "2014-06-30"}
    work_id = edge.do(f"/v1/cohorts/{cohort}/works", "2013-09-02", **work)["work_id"]
    handed_in = {"cohort_id": cohort, "work_id": work_id}
    earlier = handed_in | {"fellowship_id": fellow}
    refused(edge, 409, "in_the_future", "/v1/accreditations", TOMORROW, fellowship_id=fellow)
    refused(edge, 409, "in_the_future", "/v1/accreditations/earlier-study", TOMORROW, **earlier)
    registered = edge.do("/v1/accreditations", "2013-10-01", fellowship_id=fellow)["accreditation_id"]
    path = f"/v1/accreditations/{registered}"
    for act, said in (("submission", handed_in), ("earlier-study", earlier), ("deregistration", {})):
        refused(edge, 409, "in_the_future", f"{path}/{act}", TOMORROW, **said)
    edge.do(f"{path}/deregistration", days(0))
    refused(edge, 409, "in_the_future", f"{path}/deregistration-reversal", TOMORROW)


def test_a_change_of_fraction_may_be_agreed_ahead_and_what_befalls_a_secondment_is_not(edge: Edge) -> None:
    fellow = edge.started(edge.cohort(edge.programme()))
    path = f"/v1/secondments/{release_of(edge, fellow, organisation_of(edge), ends_on=days(300))}"
    edge.do(f"{path}/backfill", "2013-09-01")
    told: dict[str, dict[str, Any]] = {
        "backfill-withdrawal": {"reason": "nobody_found"},
        "cancellation": WHY,
    }
    for act, said in told.items():
        refused(edge, 409, "in_the_future", f"{path}/{act}", TOMORROW, **said)
    edge.do(f"{path}/start", "2013-09-02")
    for act in ("pause", "early-end"):
        refused(edge, 409, "in_the_future", f"{path}/{act}", TOMORROW, **WHY)
    edge.do(f"{path}/fraction", TOMORROW, reason="service_need", released_wte="0.4")
    edge.do(f"{path}/pause", days(0), **WHY)
    refused(edge, 409, "in_the_future", f"{path}/resumption", TOMORROW)


def test_what_was_dated_ahead_before_that_was_refused_is_put_right_or_struck_out(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    cohort = edge.cohort(edge.programme())
    one, other = edge.started(cohort), edge.started(cohort)
    with monkeypatch.context() as formerly:
        formerly.setattr(FellowshipWithdrawn, "observed", False)
        for fellow in (one, other):
            edge.do(f"/v1/fellowships/{fellow}/withdrawal", days(30), **WHY)
    edge.do(f"/v1/fellowships/{one}/pause", days(-30), circumstance="parental_leave")
    edge.do(f"/v1/entries/fellowship/{one}/4/retraction", None, reason="not_yet")
    fact = {"person_id": person_of(edge, other), "reason": "workload", "note": None}
    path = f"/v1/entries/fellowship/{other}/4/correction"
    refused(edge, 409, "in_the_future", path, days(30), fact=fact, reason="keying_error")
    edge.do(path, days(-1), fact=fact, reason="keying_error")
    standing = [edge.get(f"/v1/fellowships/{fellow}")["fellowship"]["state"] for fellow in (one, other)]
    assert standing == ["paused", "withdrawn"]
