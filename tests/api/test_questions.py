"""Questions: for any date, as known at any record number, date or time; each answer says where it stands."""

from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

from domain.values import LONDON, today
from infra.settings import Connections
from tests.api.edge import Edge, edge_of, problem

COUNTS = {
    "accepted",
    "in_progress",
    "paused",
    "deferred",
    "completed",
    "not_completed",
    "withdrawn",
    "place_given_up",
}


def counted(answer: dict[str, Any]) -> dict[str, int]:
    """The counts that are not zero; all must be there."""
    assert set(answer["counts"]) == COUNTS
    return {state: people for state, people in answer["counts"].items() if people}


def test_a_standing_is_of_today_as_known_now_by_origin_unless_it_is_asked_otherwise(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    edge.started(cohort)
    edge.accepted(cohort, happened="2013-05")
    response = edge.ask(f"/v1/cohorts/{cohort}/standing")
    answer = response.json()
    assert answer["as_at"] == today().isoformat()
    assert answer["position"] == int(response.headers["Position"]) == edge.entered()
    assert answer["attribution"] == "origin"
    assert answer["views"] == ["standing 2", "cohort 1"]
    assert counted(answer) == {"accepted": 1, "in_progress": 1}
    assert (answer["imprecise_dates"], answer["moved_in"], answer["moved_out"]) == (1, 0, 0)
    assert answer["notice"] is None
    assert "demonstration" not in answer


def test_a_standing_is_counted_at_the_end_of_the_day_asked_about(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship = edge.started(cohort)
    edge.do(f"/v1/fellowships/{fellowship}/withdrawal", "2014-01-10", circumstance="health")
    path = f"/v1/cohorts/{cohort}/standing"
    assert counted(edge.get(path, as_at="2013-04-30")) == {}
    assert counted(edge.get(path, as_at="2013-09-01")) == {"accepted": 1}
    assert counted(edge.get(path, as_at="2014-01-09")) == {"in_progress": 1}
    assert counted(edge.get(path, as_at="2014-01-10")) == {"withdrawn": 1}


def test_a_deferral_moves_a_fellow_by_current_and_leaves_them_by_origin(edge: Edge) -> None:
    programme = edge.programme()
    first, second = edge.cohort(programme, 2013), edge.cohort(programme, 2014)
    fellowship = edge.started(first)
    edge.do(f"/v1/fellowships/{fellowship}/deferral", "2014-01-10", to_cohort_id=second, circumstance="bereavement")
    edge.do(f"/v1/fellowships/{fellowship}/taking-up", "2014-09-02")

    def at(cohort: str, attribution: str, day: str) -> tuple[dict[str, int], int, int]:
        answer = edge.get(f"/v1/cohorts/{cohort}/standing", as_at=day, attribution=attribution)
        return counted(answer), answer["moved_in"], answer["moved_out"]

    assert at(first, "origin", "2014-02-01") == ({"deferred": 1}, 0, 0)
    assert at(first, "current", "2014-02-01") == ({"deferred": 1}, 0, 0)
    assert at(second, "current", "2014-02-01") == ({}, 0, 0)
    assert at(first, "origin", "2014-10-01") == ({"in_progress": 1}, 0, 1)
    assert at(first, "current", "2014-10-01") == ({}, 0, 1)
    assert at(second, "origin", "2014-10-01") == ({}, 1, 0)
    assert at(second, "current", "2014-10-01") == ({"in_progress": 1}, 1, 0)


def test_what_was_known_is_asked_by_record_number_date_or_time(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    edge.accepted(cohort)
    receipt = edge.do(f"/v1/cohorts/{cohort}/dates", starts_on="2013-09-09", ends_on="2014-09-01", reason="venue")
    before = receipt["position"] - 1
    recorded = datetime.fromisoformat(receipt["recorded_at"])
    path = f"/v1/cohorts/{cohort}/standing"
    assert edge.get(path, known_at=before)["position"] == before
    assert edge.get(path, known_at=receipt["recorded_at"])["position"] == receipt["position"]
    earlier = (recorded - timedelta(microseconds=1)).astimezone(LONDON).isoformat()
    assert edge.get(path, known_at=earlier)["position"] == before
    assert edge.get(path, known_at=today().isoformat())["position"] == receipt["position"]
    assert edge.get(path, known_at=(today() - timedelta(days=1)).isoformat())["position"] == 0
    assert edge.get(path, known_at=0)["position"] == 0


def test_what_is_not_known_yet_is_refused(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    path = f"/v1/cohorts/{cohort}/standing"
    tomorrow, soon = today() + timedelta(days=1), datetime.now(UTC) + timedelta(hours=1)
    for beyond in (edge.entered() + 1, 10**17, tomorrow.isoformat(), soon.isoformat()):
        body = problem(edge.ask(path, known_at=beyond), 422, "beyond_the_record")
        assert [(error["where"], error["field"]) for error in body["errors"]] == [("query", "known_at")]
    for nonsense in ("soon", "2014-13-01", "2014-04-12T09:00:00", "-1", "1e3", ""):
        problem(edge.ask(path, known_at=nonsense), 422, "not_a_position")
    body = problem(edge.ask(path, known_at=1, min_position=2), 422, "beyond_the_record")
    assert [error["field"] for error in body["errors"]] == ["known_at"]
    problem(edge.ask(path, min_position=edge.entered() + 1), 422, "beyond_the_record")


def test_a_wrong_parameter_is_named(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    path = f"/v1/cohorts/{cohort}/standing"
    wrong: list[tuple[str, Any]] = [
        ("as_at", "2014"),
        ("as_at", "1397260800"),
        ("as_at", "2014-02-30"),
        ("as_of", "2014-04-12"),
        ("attribution", "both"),
        ("min_position", -1),
    ]
    for name, value in wrong:
        body = problem(edge.ask(path, **{name: value}), 422, "invalid")
        assert [(error["where"], error["field"]) for error in body["errors"]] == [("query", name)]
    body = problem(edge.ask("/v1/cohorts/first/standing"), 422, "invalid")
    assert [(error["where"], error["field"]) for error in body["errors"]] == [("path", "cohort_id")]


def test_before_a_cohort_was_recorded_its_counts_are_zero_and_say_since_when_it_is(edge: Edge) -> None:
    programme = edge.programme()
    cohort = edge.cohort(programme, source="plan_of_2011")
    edge.accepted(cohort)
    for path in ("standing", "roster"):
        answer = edge.get(f"/v1/cohorts/{cohort}/{path}", known_at=2)
        assert f"{today()}, record number 3, from plan of 2011" in answer["notice"]
    assert counted(edge.get(f"/v1/cohorts/{cohort}/standing", known_at=2)) == {}


def test_an_unknown_cohort_or_fellowship_is_not_found(edge: Edge) -> None:
    unknown = "0d7c2f9e-2b6f-4f5b-9b43-1f7f5b6f1c02"
    for path in ("", "/standing", "/roster", "/changes?known_from=0"):
        body = problem(edge.ask(f"/v1/cohorts/{unknown}{path}"), 404, "nothing_recorded")
        assert body["detail"] == f"There is no cohort {unknown} on the record."
    for path in (f"/v1/fellowships/{unknown}", f"/v1/fellowships/{unknown}/timeline", f"/v1/people/{unknown}"):
        problem(edge.ask(path), 404, "nothing_recorded")
    problem(edge.ask("/v1/retention", programme="NONE"), 404, "nothing_recorded")


def test_cohorts_are_listed_with_their_programme(edge: Edge) -> None:
    assert edge.get("/v1/cohorts")["items"] == []
    programme = edge.programme()
    later, first = edge.cohort(programme, 2014), edge.cohort(programme, 2013, capacity=18)
    items = edge.get("/v1/cohorts")["items"]
    assert [item["cohort_id"] for item in items] == [first, later]
    assert items[0] == {
        "cohort_id": first,
        "code": "QIF-2013",
        "programme_id": programme,
        "programme_code": "QIF",
        "programme_version": "1",
        "starts_on": "2013-09-02",
        "ends_on": "2014-08-31",
        "capacity": 18,
    }
    assert edge.get("/v1/cohorts", as_at="2011-12-31")["items"] == []
    assert [row["code"] for row in edge.get("/v1/programmes")["items"]] == ["QIF"]


def test_a_roster_names_the_fellows_whom_the_counts_count(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    person = edge.person("Ada Fenner")
    fellowship = edge.started(cohort, person_id=person)
    edge.do("/v1/fellowships/offer", "2013-05-01", person_id=edge.person("Bo Marsh"), cohort_id=cohort)
    (row,) = edge.get(f"/v1/cohorts/{cohort}/roster")["items"]
    cause = row.pop("cause")
    assert row == {
        "fellowship_id": fellowship,
        "person_id": person,
        "name": "Ada Fenner",
        "state": "in_progress",
        "since": "2013-09-02",
        "precision": "day",
        "origin_cohort_id": cohort,
        "current_cohort_id": cohort,
        "target_cohort_id": None,
    }
    last = edge.get(f"/v1/fellowships/{fellowship}/timeline")["items"][-1]
    assert (last["position"], last["kind"]) == (cause, "fellowship.started")


def test_changes_tell_who_stands_otherwise_than_was_known_and_why(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship = edge.started(cohort, person_id=edge.person("Ada Fenner"))
    edge.started(cohort)
    known = edge.entered()
    edge.do(f"/v1/fellowships/{fellowship}/withdrawal", "2014-01-10", circumstance="health")
    path = f"/v1/cohorts/{cohort}/changes"
    answer = edge.get(path, as_at="2014-02-01", known_from=known)
    assert (answer["known_from"], answer["position"]) == (known, known + 1)
    (change,) = answer["items"]
    assert (change["fellowship_id"], change["name"]) == (fellowship, "Ada Fenner")
    assert (change["before"]["state"], change["after"]["state"]) == ("in_progress", "withdrawn")
    (entry,) = change["entries"]
    assert (entry["position"], entry["kind"]) == (known + 1, "fellowship.withdrawn")
    assert entry["fields"]["reason"] == "health"
    assert edge.get(path, as_at="2014-01-09", known_from=known)["items"] == []
    joined = edge.get(path, as_at="2013-10-01", known_from=0, known_to=known)["items"]
    assert [change["before"] for change in joined] == [None, None]
    for wrong, field in (({}, "known_from"), ({"known_from": known + 1, "known_to": known}, "known_from")):
        body = problem(edge.ask(path, **wrong), 422, "invalid")
        assert [error["field"] for error in body["errors"]] == [field]
    body = problem(edge.ask(path, known_from=known + 9), 422, "beyond_the_record")
    assert [error["field"] for error in body["errors"]] == ["known_from"]


def test_a_timeline_tells_what_happened_in_order_and_what_became_of_each_entry(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship = edge.started(cohort)
    edge.do(f"/v1/fellowships/{fellowship}/pause", "2014-03-01", circumstance="parental_leave", note="until June")
    fields = edge.get(f"/v1/entries/fellowship/{fellowship}")["items"][-1]["fields"]
    assert (fields["reason"], fields["note"]) == ("parental_leave", "until June")
    path = f"/v1/entries/fellowship/{fellowship}/4/correction"
    edge.do(path, "2014-02-15", fact=fields, reason="keying_error")
    edge.do("/v1/accreditations", "2013-10-01", fellowship_id=fellowship, approval="A1")
    items = edge.get(f"/v1/fellowships/{fellowship}/timeline")["items"]
    told = [(item["kind"], item["happened"], item["status"]) for item in items]
    assert told == [
        ("fellowship.place_accepted", "2013-05-01", "stands"),
        ("fellowship.place_confirmed", "2013-06-01", "stands"),
        ("fellowship.started", "2013-09-02", "stands"),
        ("accreditation.registered", "2013-10-01", "stands"),
        ("fellowship.paused", "2014-02-15", "stands"),
        ("fellowship.paused", "2014-03-01", "corrected"),
    ]
    correction, corrected = items[4], items[5]
    assert (correction["link_how"], correction["link_version"]) == ("corrects", corrected["version"])
    assert corrected["changed_by"] == [correction["position"]]
    assert edge.get(f"/v1/fellowships/{fellowship}", as_at="2014-02-20")["fellowship"]["state"] == "paused"


def test_retention_compares_cohorts_at_equal_months_and_says_not_yet_of_the_young(edge: Edge) -> None:
    programme = edge.programme()
    old = edge.cohort(programme, 2013)
    young = edge.cohort(programme, 2014)
    stays, leaves = edge.started(old), edge.started(old)
    edge.do(f"/v1/fellowships/{leaves}/withdrawal", "2014-01-10", circumstance="health")
    edge.do(f"/v1/fellowships/{stays}/completion", "2014-08-31")
    answer = edge.get("/v1/retention", programme="QIF", as_at="2014-10-01", months=[0, 6, 12])
    assert [cohort["cohort_id"] for cohort in answer["items"]] == [old, young]
    figures = [(month["month"], month["started"], month["retained"]) for month in answer["items"][0]["months"]]
    assert figures == [(0, 2, 2), (6, 2, 1), (12, 2, 1)]
    assert [month["not_yet"] for month in answer["items"][1]["months"]] == [False, True, True]
    assert answer["items"][1]["months"][1]["started"] is None
    assert edge.get("/v1/retention", programme=programme)["items"] == edge.get("/v1/retention")["items"]


def test_irregular_entries_are_listed_page_by_page(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme(), capacity=1)
    edge.accepted(cohort)
    late = [edge.accepted(cohort, late_entry=True, reason="found_in_archive") for _ in range(3)]
    first = edge.get("/v1/irregularities", limit=2)
    second = edge.get("/v1/irregularities", limit=2, after=first["next"])
    assert second["next"] is None
    streams = [entry["stream"] for entry in first["items"] + second["items"]]
    assert streams == [f"fellowship:{fellowship}" for fellowship in late]


def test_an_answer_waits_for_the_record_number_it_must_hold(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    edge.projector.catch_up()
    position = edge.do("/v1/people", name="Ada")["position"]
    follower = Thread(target=lambda: edge.projector.catch_up())
    path = f"/v1/cohorts/{cohort}/standing"
    asked = edge.client.get(path, params={"known_at": position - 1})
    assert asked.headers["Position"] == str(position - 1)
    follower.start()
    waited = edge.client.get(path, params={"min_position": position - 1}, headers={"Min-Position": str(position)})
    follower.join()
    assert waited.status_code == 200
    assert waited.headers["Position"] == str(position)


def test_a_view_that_stays_behind_is_said_to_be(database: Connections) -> None:
    with edge_of(database, patience=0.01) as edge:
        cohort = edge.cohort(edge.programme())
        edge.projector.catch_up()
        position = edge.do("/v1/people", name="Ada")["position"]
        for asked in ({"min_position": position}, {"known_at": position}):
            response = edge.client.get(f"/v1/cohorts/{cohort}/standing", params=asked)
            body = problem(response, 503, "behind")
            assert body["position"] == position - 1
            assert response.headers["Retry-After"] == "1"
        assert edge.client.get(f"/v1/cohorts/{cohort}/standing").headers["Position"] == str(position - 1)
