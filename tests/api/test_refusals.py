"""What the record refuses, in its users' words, with nothing written."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from tests.api.edge import Edge, problem
from tests.api.steps import refused


def test_a_place_in_an_unknown_cohort(edge: Edge) -> None:
    unknown = str(uuid4())
    body = refused(
        edge, 404, "nothing_recorded", "/v1/fellowships/offer", "2013-01-01", person_id=edge.person(), cohort_id=unknown
    )
    assert body["detail"] == f"There is no cohort {unknown} on the record."


def test_a_place_for_an_unknown_person(edge: Edge) -> None:
    place = {"person_id": str(uuid4()), "cohort_id": edge.cohort(edge.programme())}
    refused(edge, 404, "nothing_recorded", "/v1/fellowships/acceptance", "2013-05-01", **place)


def test_a_change_to_what_was_never_recorded(edge: Edge) -> None:
    refused(edge, 404, "nothing_recorded", f"/v1/fellowships/{uuid4()}/start", "2013-09-02", version=0)


def test_a_cohort_whose_dates_are_out_of_order(edge: Edge) -> None:
    programme = edge.programme()
    plan = {"programme_id": programme, "programme_version": "1", "code": "QIF-2013"}
    body = refused(
        edge,
        409,
        "dates_out_of_order",
        "/v1/cohorts",
        "2012-01-01",
        starts_on="2014-09-02",
        ends_on="2013-08-31",
        **plan,
    )
    assert body["title"] == "A cohort's first day comes before its last day."
    assert body["detail"] == "The first day is 2014-09-02, the last day 2013-08-31."


def test_a_code_that_another_cohort_of_the_programme_has(edge: Edge) -> None:
    programme = edge.programme()
    first = edge.cohort(programme)
    plan = {"programme_id": programme, "programme_version": "1", "starts_on": "2013-09-02", "ends_on": "2014-08-31"}
    body = refused(edge, 409, "key_taken", "/v1/cohorts", "2012-01-01", code="QIF-2013", **plan)
    assert body["identifier"] == first
    assert first in body["detail"]
    other = edge.programme("OTHER")
    assert edge.cohort(other) != first


def test_a_code_that_another_programme_has(edge: Edge) -> None:
    programme = edge.programme()
    body = refused(edge, 409, "key_taken", "/v1/programmes", "2012-01-01", code="QIF", title="Again")
    assert body["identifier"] == programme


def test_a_code_that_a_correction_would_take_from_another(edge: Edge) -> None:
    programme = edge.programme()
    edge.cohort(programme, 2013)
    later = edge.cohort(programme, 2014)
    plan = edge.get(f"/v1/entries/cohort/{later}")["items"][0]["fields"]
    path, common = f"/v1/entries/cohort/{later}/1/correction", {"reason": "keying_error"}
    refused(edge, 409, "key_taken", path, "2012-01-01", fact=plan | {"code": "QIF-2013"}, **common)
    edge.do(path, "2012-01-01", fact=plan | {"code": "QIF-14"}, **common)
    edge.do(f"/v1/entries/cohort/{later}/2/correction", "2012-01-01", fact=plan, **common)
    plan_again = {name: value for name, value in plan.items() if name != "code"}
    refused(edge, 409, "key_taken", "/v1/cohorts", "2012-01-01", code="QIF-14", **plan_again)


def test_a_deferral_to_another_programme(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    elsewhere = edge.cohort(edge.programme("OTHER"), 2014)
    said = {"to_cohort_id": elsewhere, "circumstance": "not_on_track"}
    refused(edge, 409, "another_programme", f"/v1/fellowships/{fellowship}/deferral", "2014-01-10", **said)


def test_a_deferral_that_a_correction_would_lead_to_another_programme(edge: Edge) -> None:
    programme = edge.programme()
    fellowship = edge.started(edge.cohort(programme))
    later, elsewhere = edge.cohort(programme, 2014), edge.cohort(edge.programme("OTHER"), 2014)
    edge.do(f"/v1/fellowships/{fellowship}/deferral", "2014-01-10", to_cohort_id=later, circumstance="not_on_track")
    fact = edge.get(f"/v1/entries/fellowship/{fellowship}")["items"][-1]["fields"]
    path = f"/v1/entries/fellowship/{fellowship}/4/correction"
    wrong = fact | {"to_cohort_id": elsewhere}
    refused(edge, 409, "another_programme", path, "2014-01-10", fact=wrong, reason="keying_error")
    edge.do(path, "2014-01-12", fact=fact | {"reason": "bereavement"}, reason="keying_error")


def test_a_withdrawal_of_someone_who_never_started(edge: Edge) -> None:
    fellowship = edge.accepted(edge.cohort(edge.programme()))
    body = refused(edge, 409, "never_started", f"/v1/fellowships/{fellowship}/withdrawal", "2013-08-01")
    assert body["title"] == "Nobody can be withdrawn who never started: that is a place given up."
    assert body["detail"] == "State on that day: accepted, since 2013-05-01."


def test_retracting_the_start_of_someone_who_completed_names_the_completion(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    edge.do(f"/v1/fellowships/{fellowship}/completion", "2014-08-31")
    path = f"/v1/entries/fellowship/{fellowship}/3/retraction"
    before = edge.entered()
    body = problem(edge.send(path, None, version=4, reason="wrong_person"), 409, "would_contradict")
    assert body["facts"] == [
        {
            "stream": f"fellowship:{fellowship}",
            "version": 4,
            "kind": "fellowship.completed",
            "says": "The fellowship was completed.",
            "happened": "2014-08-31",
        }
    ]
    assert edge.entered() == before


def test_a_late_pause_is_taken_before_a_recorded_withdrawal_and_refused_after_it(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    edge.do(f"/v1/fellowships/{fellowship}/withdrawal", "2014-03-01", circumstance="moved_job")
    path = f"/v1/fellowships/{fellowship}/pause"
    late: dict[str, Any] = {"late_entry": True, "reason": "found_in_archive", "circumstance": "parental_leave"}
    refused(edge, 409, "has_ended", path, "2014-03-02", **late)
    edge.do(path, "2014-02-01", **late)
    asked = f"/v1/fellowships/{fellowship}"
    assert edge.get(asked, as_at="2014-02-15")["fellowship"]["state"] == "paused"
    assert edge.get(asked, as_at="2014-03-01")["fellowship"]["state"] == "withdrawn"


def test_a_withdrawal_whose_place_was_refilled_can_be_taken_back_and_is_listed(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme(), capacity=1)
    fellowship = edge.started(cohort)
    edge.do(f"/v1/fellowships/{fellowship}/withdrawal", "2014-01-10", circumstance="moved_job")
    edge.accepted(cohort, happened="2014-01-20")
    assert edge.get("/v1/irregularities")["items"] == []
    taken_back = edge.do(f"/v1/entries/fellowship/{fellowship}/4/retraction", None, reason="wrong_person")
    assert taken_back["irregularities"] == ["over_capacity"]
    (listed,) = edge.get("/v1/irregularities")["items"]
    assert (listed["stream"], listed["version"]) == (f"fellowship:{fellowship}", 5)
    assert edge.get(f"/v1/fellowships/{fellowship}", as_at="2014-02-01")["fellowship"]["state"] == "in_progress"


def test_a_full_cohort_takes_nobody_more_unless_it_happened_already(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme(), capacity=1)
    edge.accepted(cohort)
    person = edge.person("Bo")
    place = {"person_id": person, "cohort_id": cohort}
    body = refused(edge, 409, "cohort_full", "/v1/fellowships/acceptance", "2013-05-02", **place)
    assert "2 places of QIF-2013 would be taken; it has 1" in body["detail"]
    late = edge.do("/v1/fellowships/acceptance", "2013-05-02", late_entry=True, reason="found_in_archive", **place)
    assert late["irregularities"] == ["over_capacity"]


def test_fifty_acceptances_at_once_into_sixty_places_all_succeed(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme(), capacity=60)
    people = [edge.person() for _ in range(50)]

    def accept(number: int) -> int:
        place = {"person_id": people[number], "cohort_id": cohort}
        return edge.send("/v1/fellowships/acceptance", "2013-05-01", **place).status_code

    with ThreadPoolExecutor(50) as threads:
        assert list(threads.map(accept, range(50))) == [201] * 50
    assert edge.get(f"/v1/cohorts/{cohort}/standing")["counts"]["accepted"] == 50


def test_work_of_the_leaving_day_is_taken_and_of_the_day_after_refused(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    work = edge.do(f"/v1/cohorts/{cohort}/works", title="Report", form="project_report", due_on="2014-06-01")["work_id"]
    fellowship = edge.started(cohort)
    registered = edge.do("/v1/accreditations", "2013-10-01", fellowship_id=fellowship)["accreditation_id"]
    edge.do(f"/v1/accreditations/{registered}/deregistration", "2014-02-01")
    handed_in = {"cohort_id": cohort, "work_id": work}
    path = f"/v1/accreditations/{registered}/submission"
    edge.do(path, "2014-02-01", **handed_in)
    refused(edge, 409, "no_longer_registered", path, "2014-02-02", **handed_in)
    refused(edge, 409, "work_not_set", path, "2014-02-01", cohort_id=cohort, work_id=str(uuid4()))


def test_a_restated_fact_is_held_to_what_its_kind_has(edge: Edge) -> None:
    programme = edge.programme()
    cohort = edge.cohort(programme)
    plan = edge.get(f"/v1/entries/cohort/{cohort}")["items"][0]["fields"]
    path = f"/v1/entries/cohort/{cohort}/1/correction"
    unsuitable: list[tuple[dict[str, Any], str]] = [
        ({"capacity": 0}, "fact.capacity"),
        ({"capacity": "5"}, "fact.capacity"),
        ({"starts_on": 0}, "fact.starts_on"),
        ({"ends_on": "9999-12-31"}, "fact.ends_on"),
        ({"programme_id": "none"}, "fact.programme_id"),
        ({"colour": "red"}, "fact.colour"),
    ]
    for said, field in unsuitable:
        body = refused(edge, 422, "invalid", path, "2012-01-01", fact=plan | said, reason="keying_error")
        assert [error["field"] for error in body["errors"]] == [field]
    body = refused(edge, 422, "invalid", path, "2012-01-01", fact=plan)
    assert [error["field"] for error in body["errors"]] == ["reason"]
    unknown = edge.get(f"/v1/entries/cohort/{cohort}")["items"][0]["fields"] | {"programme_id": str(uuid4())}
    refused(edge, 404, "nothing_recorded", path, "2012-01-01", fact=unknown, reason="keying_error")
    refused(edge, 409, "programme_not_established", path, "2009-01-01", fact=plan, reason="keying_error")


def test_an_entry_that_is_not_there_cannot_be_changed(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    before = edge.entered()
    path = f"/v1/entries/cohort/{cohort}/7/retraction"
    problem(edge.send(path, None, version=1, reason="wrong_person"), 404, "no_such_entry")
    unknown = f"/v1/entries/treasure/{cohort}/1/retraction"
    body = problem(edge.send(unknown, None, version=1, reason="wrong_person"), 422, "invalid")
    assert [(error["where"], error["field"]) for error in body["errors"]] == [("path", "record")]
    assert edge.entered() == before


def test_a_later_decision_replaces_an_entry_from_its_own_day_on(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    edge.do(f"/v1/fellowships/{fellowship}/completion", "2014-08-31")
    person = edge.get(f"/v1/fellowships/{fellowship}")["fellowship"]["person_id"]
    path = f"/v1/entries/fellowship/{fellowship}/4/supersession"
    fact = {"person_id": person, "ground": "project_not_reported", "note": None}
    another = "cohort.closed"
    body = refused(edge, 422, "invalid", path, "2014-10-01", kind=another, fact={}, reason="decided_anew")
    assert [error["field"] for error in body["errors"]] == ["kind"]
    edge.do(path, "2014-10-01", kind="fellowship.not_completed", fact=fact, reason="decided_anew")
    asked = f"/v1/fellowships/{fellowship}"
    assert edge.get(asked, as_at="2014-09-30")["fellowship"]["state"] == "completed"
    assert edge.get(asked, as_at="2014-10-01")["fellowship"]["state"] == "not_completed"
    completed = next(
        entry for entry in edge.get(f"{asked}/timeline")["items"] if entry["kind"] == "fellowship.completed"
    )
    assert (completed["status"], len(completed["changed_by"])) == ("replaced", 1)
