"""Slips of the pen: what names nothing, says two things or nothing new is refused, and told where and what to do."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api.edge import ACTOR, Edge, problem
from tests.api.steps import refused

KEYING = {"reason": "keying_error"}
ANEW = {"reason": "decided_anew"}


@pytest.mark.parametrize(
    ("path", "parameter", "named"),
    [
        ("/v1/projects", "cohort_id", "cohort"),
        ("/v1/projects", "fellowship_id", "fellowship"),
        ("/v1/projects/missing", "cohort_id", "cohort"),
        ("/v1/careers", "cohort_id", "cohort"),
        ("/v1/fellowships/{}/attendance", "cohort_id", "cohort"),
        ("/v1/retention", "programme", "programme"),
    ],
)
def test_a_question_about_what_is_not_on_the_record_names_the_parameter(
    edge: Edge, path: str, parameter: str, named: str
) -> None:
    fellowship, unknown = edge.started(edge.cohort(edge.programme())), str(uuid4())
    told = problem(edge.ask(path.format(fellowship), **{parameter: unknown}), 404, "nothing_recorded")
    assert [(error["where"], error["field"]) for error in told["errors"]] == [("query", parameter)]
    assert named in told["detail"]
    assert unknown in told["detail"]


def test_a_question_about_a_cohort_of_which_there_is_nothing_to_tell_is_answered(edge: Edge) -> None:
    programme = edge.programme()
    fellowship, other = edge.started(edge.cohort(programme)), edge.cohort(programme, 2014)
    for path in ("/v1/projects", "/v1/projects/missing", "/v1/careers"):
        assert edge.get(path, cohort_id=other)["items"] == []
        # It is not known on that day yet; that is no slip.
        assert edge.get(path, cohort_id=other, known_at=1)["items"] == []
    assert edge.get(f"/v1/fellowships/{fellowship}/attendance", cohort_id=other)["sessions"] == []


def test_projects_of_a_cohort_and_a_fellow_are_those_of_the_fellow_in_the_cohort(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    first, second = edge.started(cohort), edge.started(cohort)
    project = edge.do("/v1/projects", "2013-10-01", title="Falls")["project_id"]
    edge.do(f"/v1/projects/{project}/fellow", "2013-10-02", fellowship_id=first)
    assert [
        each["project_id"] for each in edge.get("/v1/projects", cohort_id=cohort, fellowship_id=first)["items"]
    ] == [project]
    assert edge.get("/v1/projects", cohort_id=cohort, fellowship_id=second)["items"] == []


@pytest.mark.parametrize(
    "path", ["/v1/fellowships/{}/withdrawal", "/v1/entries/fellowship/{}/1/retraction", "/v1/sessions/{}/register"]
)
def test_a_command_to_what_is_not_there_is_told_so_whatever_version_it_names(edge: Edge, path: str) -> None:
    unknown = str(uuid4())
    said: dict[str, Any] = {"reason": "wrong_person"} if "entries" in path else {}
    happened = "2014-01-10" if "withdrawal" in path else None
    told = refused(edge, 404, "nothing_recorded", path.format(unknown), happened, version=1, **said)
    assert unknown in told["detail"]


def test_a_record_that_may_be_empty_is_stale_where_another_version_of_it_was_seen(edge: Edge) -> None:
    path = f"/v1/careers/{edge.person()}/contact"
    assert refused(edge, 412, "stale", path, "2014-01-10", version=1)["current_version"] == 0


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ('"actor": "{actor}", "happened": "2014"', "actor", "this is given more than once: give one value"),
        (
            '"happened": "2014", "evidence": [{{"document": "{actor}", "document": "{actor}"}}]',
            "evidence.0.document",
            "this is given more than once: give one value",
        ),
        ('"happened": 2014', "happened", 'this is a number: write it in quotes, "2014"'),
        ('"happened": null', "happened", 'this is neither a day, a month or a year such as "2014-04", nor '),
        ('"happened": NaN', "happened", "this is not a number that can be kept"),
        ('"happened": "2014", "role": "a\\u0000b"', "role", "this holds a control character"),
        ('"happened": "2014", "ro\\u0000le": "a"', "ro\0le", "this holds a control character"),
    ],
)
def test_a_field_that_cannot_be_taken_is_named(edge: Edge, body: str, field: str, message: str) -> None:
    sent = f'{{"actor": "{ACTOR}", "code": "QIF", "title": "Quality", {body.format(actor=ACTOR)}}}'
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    told = problem(edge.client.post("/v1/programmes", content=sent, headers=headers), 422, "invalid")
    (error,) = told["errors"]
    assert (error["where"], error["field"]) == ("body", field)
    assert error["message"].startswith(message)
    assert edge.entered() == 0


def test_a_kind_of_entry_that_there_is_not_is_told_with_those_there_are(edge: Edge) -> None:
    path = f"/v1/entries/fellowship/{edge.accepted(edge.cohort(edge.programme()))}"
    for kind, known in (("fellowship.nonsense", "fellowship.started"), ("nonsense", "fellowship")):
        told = problem(edge.ask(path, kind=kind), 422, "invalid")
        assert "there is no such kind of entry; " in told["detail"]
        assert f", {known}," in told["detail"]


def test_a_key_that_is_none_is_told_with_one_that_is(edge: Edge) -> None:
    told = problem(edge.send("/v1/people", name="Ada", key="abc"), 400, "idempotency_key_unreadable")
    assert "for example 0b7f7c53-5b2e-4f0a-9a61-3f6d2c1b0a99" in told["detail"]


def test_what_an_answer_must_hold_is_on_the_record(edge: Edge) -> None:
    edge.programme()
    told = problem(edge.ask("/v1/programmes", min_position=999_999), 422, "beyond_the_record")
    assert told["detail"] == "The record ends at 2; record number 999999 does not exist."
    assert [error["field"] for error in told["errors"]] == ["min_position"]


def test_who_has_a_place_in_a_full_cohort_is_told_that(edge: Edge) -> None:
    cohort, person = edge.cohort(edge.programme(), capacity=1), edge.person()
    edge.accepted(cohort, person)
    place = {"person_id": person, "cohort_id": cohort}
    told = refused(edge, 409, "two_places_in_one_cohort", "/v1/fellowships/acceptance", "2013-05-02", **place)
    assert "Go on with the place that the person has there already." in told["detail"]


def test_a_correction_says_something_else_than_the_entry(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    path = f"/v1/entries/fellowship/{fellowship}/3/correction"
    refused(edge, 409, "corrects_nothing", path, "2013-09-02", fact={}, **KEYING)
    edge.do(path, "2013-09-03", fact={}, **KEYING)
    # The correction is now what the entry says.
    refused(edge, 409, "corrects_nothing", path.replace("/3/", "/4/"), "2013-09-03", fact={}, **KEYING)
    again = path.replace("/3/", "/4/")
    edge.do(again, {"day": "2013-09-03", "precision": "month"}, fact={}, **KEYING)
    letter = {"document": str(uuid4()), "sha256": "0" * 64}
    edge.do(path.replace("/3/", "/5/"), "2013-09", fact={}, evidence=[letter], **KEYING)


def test_a_personal_field_may_be_all_that_a_correction_changes(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    edge.do(f"/v1/fellowships/{fellowship}/withdrawal", "2014-01-10", circumstance="moved_job")
    fact = edge.get(f"/v1/entries/fellowship/{fellowship}")["items"][-1]["fields"]
    path = f"/v1/entries/fellowship/{fellowship}/4/correction"
    edge.do(path, "2014-01-10", fact=fact | {"note": "To a hospice."}, **KEYING)


def test_a_later_decision_is_another_than_the_one_it_replaces(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    path = f"/v1/entries/fellowship/{fellowship}/3/supersession"
    told = refused(edge, 409, "decides_nothing", path, "2013-10-01", kind="fellowship.started", fact={}, **ANEW)
    assert "If its day is wrong, correct that instead." in told["detail"]
