"""Commands: one key is one command, a change names the version it has seen, a receipt says what was done."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from tests.api.edge import ACTOR, Edge, problem


def test_something_new_is_answered_with_its_identifier_and_where_to_find_it(edge: Edge) -> None:
    response = edge.send("/v1/programmes", code="QIF", title="Quality")
    receipt = response.json()
    assert response.status_code == 201
    assert response.headers["Location"] == f"/v1/programmes/{receipt['programme_id']}"
    assert response.headers["ETag"] == '"1"'
    assert response.headers["Position"] == str(receipt["position"]) == "1"
    assert receipt["streams"] == [{"stream": f"programme:{receipt['programme_id']}", "version": 1}]
    assert receipt["recorded_at"].endswith("Z")
    found = edge.ask(response.headers["Location"])
    assert found.headers["ETag"] == '"1"'
    assert found.json()["programme"]["title"] == "Quality"


def test_everything_new_is_found_where_its_receipt_says(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship = edge.accepted(cohort, edge.person())
    bodies = {
        "/v1/people": {"name": "Bo"},
        "/v1/fellowships/offer": {"person_id": edge.person(), "cohort_id": cohort},
        "/v1/accreditations": {"fellowship_id": fellowship},
    }
    for path, body in bodies.items():
        place = edge.send(path, "2013-06-01", **body).headers["Location"]
        assert edge.ask(place).headers["ETag"] == '"1"', place


def test_the_same_key_sent_fifty_times_at_once_gives_one_event_and_one_answer(edge: Edge) -> None:
    key = str(uuid4())

    def post(_: int) -> tuple[int, str, str | None]:
        response = edge.send("/v1/people", name="Ada Fenner", key=key)
        return response.status_code, response.text, response.headers.get("location")

    with ThreadPoolExecutor(50) as threads:
        answers = set(threads.map(post, range(50)))
    assert len(answers) == 1, answers
    assert next(iter(answers))[0] == 201
    assert edge.entered() == 1


def test_a_repeat_is_answered_alike_after_the_record_has_moved_on(edge: Edge) -> None:
    cohort, key = edge.cohort(edge.programme()), str(uuid4())
    first = edge.send(f"/v1/cohorts/{cohort}/capacity", capacity=5, reason="room", key=key, version=1)
    edge.do(f"/v1/cohorts/{cohort}/capacity", capacity=6, reason="room", version=2)
    again = edge.send(f"/v1/cohorts/{cohort}/capacity", capacity=5, reason="room", key=key, version=1)
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert first.headers["ETag"] == again.headers["ETag"] == '"2"'


def test_a_piece_of_work_keeps_its_identifier_when_the_command_is_repeated(edge: Edge) -> None:
    cohort, key = edge.cohort(edge.programme()), str(uuid4())
    work = {"title": "Report", "form": "project_report", "due_on": "2014-06-01"}
    first = edge.send(f"/v1/cohorts/{cohort}/works", key=key, version=1, **work)
    again = edge.send(f"/v1/cohorts/{cohort}/works", key=key, version=1, **work)
    assert first.json() == again.json()
    entries = edge.get(f"/v1/entries/cohort/{cohort}")["items"]
    assert entries[1]["fields"]["work_id"] == first.json()["work_id"]


def test_a_repeated_plan_is_not_taken_for_another_cohort_of_that_code(edge: Edge) -> None:
    programme, key = edge.programme(), str(uuid4())
    plan = {"programme_id": programme, "programme_version": "1", "code": "QIF-2013"}
    days = {"starts_on": "2013-09-02", "ends_on": "2014-08-31"}

    def post(_: int) -> tuple[int, str, str]:
        response = edge.send("/v1/cohorts", key=key, **plan, **days)
        return response.status_code, response.text, response.headers["location"]

    with ThreadPoolExecutor(8) as threads:
        ((status, _, place),) = {*threads.map(post, range(8)), post(8)}
    assert status == 201
    assert [f"/v1/cohorts/{row['cohort_id']}" for row in edge.get("/v1/cohorts")["items"]] == [place]


def test_another_body_under_the_same_key_is_refused(edge: Edge) -> None:
    key = str(uuid4())
    edge.send("/v1/people", name="Ada Fenner", key=key)
    problem(edge.send("/v1/people", name="Bo Marsh", key=key), 422, "another_request")
    problem(edge.send("/v1/programmes", code="A", title="B", key=key), 422, "another_request")
    assert edge.entered() == 1


def test_a_command_needs_a_key_that_is_a_uuid(edge: Edge) -> None:
    body = {"actor": ACTOR, "happened": "2013-01-01", "name": "Ada"}
    problem(edge.client.post("/v1/people", json=body), 400, "idempotency_key_required")
    named = edge.client.post("/v1/people", json=body, headers={"Idempotency-Key": "one"})
    problem(named, 400, "idempotency_key_unreadable")
    assert edge.entered() == 0


def test_a_change_needs_the_version_it_has_seen(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    before = edge.entered()
    path = f"/v1/cohorts/{cohort}/capacity"
    problem(edge.send(path, capacity=5, reason="room"), 428, "version_required")
    for unreadable in ("1", 'W/"1"', "*", '"1", "2"', '"x"'):
        problem(edge.send(path, capacity=5, reason="room", version=unreadable), 400, "version_unreadable")
    assert edge.entered() == before


def test_a_change_to_what_has_moved_on_is_told_the_current_version(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    edge.do(f"/v1/cohorts/{cohort}/capacity", capacity=5, reason="room")
    response = edge.send(f"/v1/cohorts/{cohort}/capacity", capacity=6, reason="room", version=1)
    body = problem(response, 412, "stale")
    assert body["current_version"] == 2
    assert response.headers["ETag"] == '"2"'
    assert edge.ask(f"/v1/cohorts/{cohort}").headers["ETag"] == '"2"'


def test_the_version_of_an_answer_is_that_of_what_it_shows_though_the_record_has_gone_on(edge: Edge) -> None:
    person = edge.person("Ada Fenner")
    path = f"/v1/people/{person}"
    edge.get(path)
    edge.do(f"{path}/name", "2013-01-01", name="Ada Lovell")

    def shown(**asked: Any) -> tuple[str, int, str]:
        response = edge.client.get(path, params=asked)
        answer = response.json()
        return answer["person"]["name"], answer["version"], response.headers["ETag"]

    # The views have not followed, and a command that rests on what they show is not taken.
    assert shown() == ("Ada Fenner", 1, '"1"')
    problem(edge.send(f"{path}/contact", email="ada@example.org", version=1), 412, "stale")
    edge.projector.catch_up()
    assert shown() == ("Ada Lovell", 2, '"2"')
    assert shown(known_at=edge.entered() - 1) == ("Ada Fenner", 1, '"1"')
    edge.do(f"{path}/contact", email="ada@example.org", version=2)


def test_a_key_is_asked_for_before_anything_else(edge: Edge) -> None:
    problem(edge.client.post("/v1/people", content=b"not json"), 400, "idempotency_key_required")


UNSUITABLE: list[tuple[dict[str, Any], str]] = [
    ({"happened": "2014-13"}, "happened"),
    ({"happened": "12/04/2014"}, "happened"),
    ({"happened": "0204-04-12"}, "happened"),
    ({"happened": {"day": "2014-02-30"}}, "happened.day"),
    ({"happened": {"precision": "unknown"}}, "happened.day"),
    ({"happened": 1397260800}, "happened"),
    ({"actor": "me"}, "actor"),
    ({"name": ""}, "name"),
    ({"name": "A\u0000B"}, "name"),
    ({"email": "nowhere"}, "email"),
    ({"colour": "red"}, "colour"),
    ({"late_entry": True}, "reason"),
    ({"late_entry": "yes"}, "late_entry"),
    ({"reason": "He was ill"}, "reason"),
    ({"source_dated": 0}, "source_dated"),
    ({"evidence": [{"document": str(uuid4()), "sha256": "abc"}]}, "evidence.0.sha256"),
]


def test_a_body_that_does_not_say_what_it_should_names_the_field(edge: Edge) -> None:
    for said, field in UNSUITABLE:
        body = problem(edge.send("/v1/people", **({"name": "Ada"} | said)), 422, "invalid")
        assert [(error["where"], error["field"]) for error in body["errors"]] == [("body", field)], said
    assert edge.entered() == 0


def test_a_body_that_is_no_json_is_said_to_be_none(edge: Edge) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    broken = edge.client.post("/v1/people", content=b"{", headers=key | {"Content-Type": "application/json"})
    problem(broken, 400, "unreadable")
    deep = edge.client.post("/v1/people", content=b"[" * 100_000, headers=key | {"Content-Type": "application/json"})
    problem(deep, 400, "unreadable")
    form = edge.client.post("/v1/people", data={"name": "Ada"}, headers=key)
    problem(form, 415, "not_json")


def test_a_body_of_more_than_a_megabyte_is_refused(edge: Edge) -> None:
    problem(edge.send("/v1/people", name="A" * 1_100_000), 413, "too_large")

    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    problem(edge.client.post("/v1/people", content=chunks(), headers=headers), 413, "too_large")


def test_what_is_stated_is_recorded_as_it_was_stated(edge: Edge) -> None:
    document, principal, second = str(uuid4()), str(uuid4()), str(uuid4())
    said = {
        "role": "administrator",
        "on_behalf_of": principal,
        "approved_by": second,
        "reason": "found_in_archive",
        "source": "box_12",
        "source_dated": "2013-01-04",
        "evidence": [{"document": document, "sha256": "ab" * 32}],
        "late_entry": True,
    }
    person = edge.do("/v1/people", {"day": "2013-02-10", "precision": "month"}, name="Ada Fenner", **said)["person_id"]
    (entry,) = edge.get(f"/v1/entries/person/{person}")["items"]
    assert entry["actor"] == ACTOR
    assert {name: entry[name] for name in said if name != "late_entry"} == {
        name: value for name, value in said.items() if name != "late_entry"
    }
    assert (entry["happened"], entry["precision"]) == ("2013-02-10", "month")
    assert entry["fields"] == {"person_id": person, "name": "Ada Fenner", "email": None}


PLACED: list[tuple[Any, str, str]] = [
    ("2014-04-12", "2014-04-12", "day"),
    ("2014-02", "2014-02-28", "month"),
    ("2014", "2014-12-31", "year"),
    ({"day": "2014-02-03", "precision": "unknown"}, "2014-02-03", "unknown"),
    ({"day": "2014-02-03"}, "2014-02-03", "day"),
]


def test_a_date_is_placed_as_its_kind_of_fact_is(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    for happened, day, precision in PLACED:
        fellowship = edge.started(cohort)
        edge.do(f"/v1/fellowships/{fellowship}/completion", happened)
        last = edge.get(f"/v1/fellowships/{fellowship}/timeline")["items"][-1]
        assert (last["kind"], last["happened"], last["precision"]) == ("fellowship.completed", day, precision)
