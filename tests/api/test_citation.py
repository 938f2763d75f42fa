"""The address of an answer: what always gets it again, and what is said of a question that is not final or unclear."""

from datetime import date, timedelta
from typing import Any

import pytest

from api.demo.recording import record
from domain.values import today
from infra.migrate import installation
from infra.settings import Connections
from tests.api.edge import Edge, edge_of, problem


def remarks(answer: dict[str, Any]) -> dict[str, str]:
    """What is remarked of how a question was read, by what it is about."""
    return {each["about"]: each["says"] for each in answer.get("remarks", ())}


def test_an_answer_as_known_today_is_not_final_and_its_citation_is(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    edge.accepted(cohort)
    path = f"/v1/cohorts/{cohort}/standing"
    asked = {"known_at": str(today()), "as_at": "2014-04-12", "attribution": "current"}
    first = edge.get(path, **asked)
    assert "this day is not over" in remarks(first)["not_final"]
    edge.accepted(cohort)
    second = edge.get(path, **asked)
    assert (first["counts"]["accepted"], second["counts"]["accepted"]) == (1, 2)
    for answer in (first, second):
        again = edge.get(answer["citation"])
        assert f"known_at={answer['position']}&" in answer["citation"]
        assert again == {name: value for name, value in answer.items() if name != "remarks"}


@pytest.mark.parametrize(
    "path", ["standing", "roster?state=accepted&state=in_progress", "attendance", "outcomes?months=12"]
)
def test_every_citation_gets_the_answer_again_after_more_was_recorded(edge: Edge, path: str) -> None:
    cohort = edge.cohort(edge.programme())
    edge.accepted(cohort)
    answer = edge.get(f"/v1/cohorts/{cohort}/{path}")
    edge.accepted(cohort)
    assert edge.get(answer["citation"]) == answer


def test_a_citation_of_what_changed_between_two_days_names_both_record_numbers(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    before = edge.entered()
    edge.accepted(cohort)
    path = f"/v1/cohorts/{cohort}/changes"
    answer = edge.get(path, known_from=before)
    assert answer["items"]
    whole = edge.get(path, known_from=str(today() - timedelta(days=1)), known_to=str(today()))
    assert "known_to" in remarks(whole)["not_final"]
    edge.accepted(cohort)
    assert edge.get(answer["citation"]) == answer
    assert edge.get(whole["citation"])["items"] == whole["items"]


def test_an_answer_of_a_day_that_is_over_or_by_a_number_is_final(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    path = f"/v1/cohorts/{cohort}/standing"
    for known in (str(today() - timedelta(days=1)), str(edge.entered()), None):
        asked = {} if known is None else {"known_at": known}
        assert "remarks" not in edge.get(path, as_at="2014-04-12", **asked)


def test_a_year_is_not_a_record_number_and_it_is_said_how_it_was_read(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    path = f"/v1/cohorts/{cohort}/standing"
    refused = problem(edge.ask(path, known_at="2014"), 422, "beyond_the_record")
    assert "For the end of the year write 2014-12-31." in refused["detail"]
    assert "year" not in problem(edge.ask(path, known_at="99999"), 422, "beyond_the_record")["detail"]


def test_a_number_that_may_be_meant_as_a_year_is_read_as_a_number_and_the_answer_says_so(
    demonstration_database: Connections,
) -> None:
    day = date(2024, 2, 29)
    record(demonstration_database, str(installation(demonstration_database).id), lambda done, total: True, day)
    with edge_of(demonstration_database) as edge:
        number = edge.get("/v1/entries", number=2014, known_at=2014)
        assert number["position"] == number["items"][0]["position"] == 2014
        assert "read as record number 2014" in remarks(number)["read_as_a_number"]
        assert "known_at=2014-12-31" in remarks(number)["read_as_a_number"]
        assert "read_as_a_number" not in remarks(edge.get("/v1/entries", number=2014, known_at=2300))

        undated = edge.get("/v1/cohorts")
        assert undated["as_at"] == str(day)
        assert f"in this demonstration today is {day}" in remarks(undated)["today"]
        assert "today" not in remarks(edge.get("/v1/cohorts", as_at="2014-04-12"))
        assert "ahead" not in remarks(undated)
        ahead = edge.get("/v1/retention", as_at="2024-03-01")
        assert "2024-03-01 is after 2024-02-29, today in this demonstration" in remarks(ahead)["ahead"]
        assert f"as_at=2024-03-01&asked_on={day}&" in ahead["citation"]
        assert edge.get(ahead["citation"]) == ahead
        assert edge.client.get("/").json()["today"] == str(day)

        (entered,) = edge.get("/v1/entries", number=2014)["items"]
        assert entered["actor_name"] in ("Nell Farrow", "Tom Ashdown", "Grace Whitlock", "Owen Tarrant")


def test_a_record_in_use_answers_for_today_without_a_remark(edge: Edge) -> None:
    edge.programme()
    answer = edge.get("/v1/cohorts")
    assert answer["as_at"] == str(today())
    assert "remarks" not in answer
    assert "today" not in edge.client.get("/").json()


def test_record_numbers_that_are_not_there_are_refused(edge: Edge) -> None:
    edge.cohort(edge.programme())
    end = edge.entered()
    refused = problem(edge.ask("/v1/entries", number=999999), 422, "beyond_the_record")
    assert refused["detail"] == f"The record ends at {end}; record number 999999 does not exist."
    assert [(error["where"], error["field"]) for error in refused["errors"]] == [("query", "number")]
    refused = problem(edge.ask("/v1/entries", number=[1, end], known_at=1), 422, "beyond_the_record")
    assert f"Record number {end} is later than record number 1" in refused["detail"]
    assert [each["position"] for each in edge.get("/v1/entries", number=[1, end])["items"]] == [1, end]


def test_a_parameter_of_one_value_that_is_given_twice_is_refused(edge: Edge) -> None:
    edge.cohort(edge.programme())
    for name, values in (("known_at", (1, 2)), ("as_at", ("2014-01-01", "2014-01-01")), ("min_position", (0, 1))):
        refused = problem(edge.ask("/v1/cohorts", **{name: values}), 422, "invalid")
        assert [(error["where"], error["field"]) for error in refused["errors"]] == [("query", name)]
        assert "more than once" in refused["detail"]
    path = f"/v1/cohorts/{edge.get('/v1/cohorts')['items'][0]['cohort_id']}/changes"
    refused = problem(edge.ask(path, known_from=[1, 2]), 422, "invalid")
    assert [(error["where"], error["field"]) for error in refused["errors"]] == [("query", "known_from")]
    assert len(edge.get("/v1/entries", number=[1, 2])["items"]) == 2


def test_an_answer_of_views_that_are_behind_says_by_how_much(edge: Edge) -> None:
    programme = edge.programme()
    edge.get("/v1/cohorts")
    edge.cohort(programme)
    answer = edge.client.get("/v1/cohorts").json()
    assert answer["items"] == []
    said = remarks(answer)["behind"]
    assert f"1 entry after record number {answer['position']}" in said
    assert "behind" not in remarks(edge.client.get(answer["citation"]).json())
    assert "remarks" not in edge.get("/v1/cohorts")


def test_a_day_that_has_not_come_is_answered_with_a_remark(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme(), today().year - 1)
    path = f"/v1/cohorts/{cohort}/standing"
    assert "ahead" not in remarks(edge.get(path, as_at=str(today())))
    tomorrow = today() + timedelta(days=1)
    answer = edge.get(path, as_at=str(tomorrow))
    assert f"{tomorrow} is after {today()}, the day this was asked on, and had not come" in remarks(answer)["ahead"]
    assert f"?as_at={tomorrow}&asked_on={today()}&known_at=" in answer["hrefs"]["accepted"]
    assert "asked_on" not in edge.get(path)["citation"]


def test_nothing_was_asked_on_a_day_that_has_not_come(edge: Edge) -> None:
    edge.programme()
    refused = problem(edge.ask("/v1/cohorts", asked_on=str(today() + timedelta(days=1))), 422, "beyond_the_record")
    assert [(error["where"], error["field"]) for error in refused["errors"]] == [("query", "asked_on")]
    yesterday = str(today() - timedelta(days=1))
    assert edge.get("/v1/cohorts", asked_on=yesterday)["as_at"] == yesterday


def test_an_address_ends_with_what_it_asks_for(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    found = edge.get(f"/v1/fellowships/{fellowship}/attendance")["attendance"]
    assert found["href"].endswith(f"&known_at={edge.entered()}")


@pytest.mark.parametrize(
    ("cited", "words"),
    [
        ("standing", "is not a view and its version"),
        ("standing 2@", "is not a view and its version"),
        ("person 1", "does not rest on the view 'person'"),
        ("standing 99", "there is no version 99 of standing: the last is 2"),
        ("standing 2@1", "record number 1 is no release of standing 2"),
    ],
)
def test_only_what_an_answer_rests_on_can_be_cited(edge: Edge, cited: str, words: str) -> None:
    cohort = edge.cohort(edge.programme())
    refused = problem(edge.ask(f"/v1/cohorts/{cohort}/standing", cited=cited), 422, "invalid")
    assert words in refused["detail"]
    assert [each["field"] for each in refused["errors"]] == ["cited"]
