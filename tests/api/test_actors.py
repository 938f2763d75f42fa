"""Who said what an entry says: an identifier as it was declared, and the name of one who is on the record."""

from uuid import uuid4

import pytest

from tests.api.edge import ACTOR, Edge, problem


def test_an_actor_on_the_record_is_shown_by_name_wherever_entries_are(edge: Edge) -> None:
    clerk, head = edge.person("Di Marsh"), edge.person("Jo Reed")
    cohort = edge.cohort(edge.programme())
    fellowship = edge.started(cohort)
    edge.do(f"/v1/fellowships/{fellowship}/pause", "2014-01-10", actor=clerk, approved_by=head, circumstance="other")
    for path in (f"/v1/entries/fellowship/{fellowship}", f"/v1/fellowships/{fellowship}/timeline"):
        first, *_, last = edge.get(path)["items"]
        assert (first["actor"], first["actor_name"]) == (ACTOR, None)
        assert (last["actor"], last["actor_name"]) == (clerk, "Di Marsh")
        assert (last["approved_by_name"], last["on_behalf_of_name"]) == ("Jo Reed", None)


def test_an_actor_is_named_as_they_were_on_the_day_as_known_there(edge: Edge) -> None:
    clerk = edge.do("/v1/people", "2013-01-01", name="Di Marsh")["person_id"]
    entered = edge.do("/v1/programmes", "2012-01-01", actor=clerk, code="QIF", title="Quality")["position"]
    married = edge.do(f"/v1/people/{clerk}/name", "2014-05-01", name="Di Fenner")["position"]
    wrongly = edge.do(f"/v1/people/{clerk}/name", "2014-06-01", name="Di Finner")["position"]
    edge.do(
        f"/v1/entries/person/{clerk}/3/correction",
        "2014-06-01",
        reason="keying_error",
        fact={"person_id": clerk, "name": "Di Fennor"},
    )

    def named(**asked: object) -> str | None:
        (entry,) = edge.get("/v1/entries", number=entered, **asked)["items"]
        name: str | None = entry["actor_name"]
        return name

    assert named(as_at="2012-06-01") is None
    assert named(as_at="2014-04-30") == named(known_at=married - 1) == "Di Marsh"
    assert named(as_at="2014-05-31") == "Di Fenner"
    assert named(known_at=wrongly) == "Di Finner"
    assert named() == "Di Fennor"


def test_a_name_that_a_later_decision_replaces_is_the_actors_until_its_day(edge: Edge) -> None:
    clerk = edge.do("/v1/people", "2013-01-01", name="Di Marsh")["person_id"]
    entered = edge.do("/v1/programmes", "2012-01-01", actor=clerk, code="QIF", title="Quality")["position"]
    edge.do(f"/v1/people/{clerk}/name", "2014-05-01", name="Di Fenner")
    path, fact = f"/v1/entries/person/{clerk}", {"person_id": clerk, "name": "Di Fennor"}
    edge.do(f"{path}/2/supersession", "2020-01-01", kind="person.name_changed", fact=fact, reason="decided_anew")

    def named(day: str) -> str | None:
        (entry,) = edge.get("/v1/entries", number=entered, as_at=day)["items"]
        name: str | None = entry["actor_name"]
        return name

    assert [named(day) for day in ("2013-06-01", "2019-12-31", "2020-01-01")] == ["Di Marsh", "Di Fenner", "Di Fennor"]
    edge.do(f"{path}/3/retraction", None, reason="keying_error")
    assert named("2020-01-01") == "Di Fenner"


@pytest.mark.parametrize("field", ["role", "source", "reason"])
def test_what_is_stated_in_the_open_is_a_code_and_no_free_text(edge: Edge, field: str) -> None:
    for text in ("Letter of Ada Fenner", "letter of 12 April", "", "Letter", "x" * 65, "née"):
        body = problem(edge.send("/v1/people", name="Ada", **{field: text}), 422, "invalid")
        (error,) = body["errors"]
        assert (error["where"], error["field"]) == ("body", field)
        assert error["message"].startswith("this is a code, not free text: small letters, digits and underscores")
    assert edge.entered() == 0
    edge.do("/v1/people", name="Ada", **{field: "letter_of_12_april"})


def test_an_actor_nobody_knows_is_shown_by_identifier_alone(edge: Edge) -> None:
    stranger = str(uuid4())
    programme = edge.do("/v1/programmes", actor=stranger, code="QIF", title="Quality")["programme_id"]
    (entry,) = edge.get(f"/v1/entries/programme/{programme}")["items"]
    assert (entry["actor"], entry["actor_name"]) == (stranger, None)
