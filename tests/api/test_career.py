"""Careers over HTTP: roles, promotions that are told from the role at entry, and the last confirmed contact."""

from typing import Any
from uuid import uuid4

from tests.api.edge import Edge
from tests.api.steps import days, entered_of, person_of, refused

NURSE: dict[str, Any] = {"profession": "nurse", "framework": "agenda_for_change", "band": "7"}
PROMOTED: dict[str, Any] = {"framework": "agenda_for_change", "band": "8a", "basis": "higher_band"}


def test_a_promotion_is_not_recorded_without_a_role_at_entry(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    person = person_of(edge, fellowship)
    path = f"/v1/careers/{person}"
    body = refused(edge, 409, "no_role_at_entry", f"{path}/promotion", "2015-11", version=0, **PROMOTED)
    assert body["title"] == "No role at entry was recorded by that day."
    edge.do(f"{path}/role-at-entry", "2013-09-02", fellowship_id=fellowship, version=0, **NURSE)
    refused(edge, 409, "no_role_at_entry", f"{path}/promotion", "2013-09-01", version=1, **PROMOTED)
    same = PROMOTED | {"band": "7"}
    refused(edge, 409, "not_a_promotion", f"{path}/promotion", "2015-11", version=1, **same)
    edge.do(f"{path}/promotion", "2015-11", version=1, **PROMOTED)
    (promoted,) = entered_of(edge, "career", person, "career.promotion_recorded")
    assert (promoted["happened"], promoted["precision"]) == ("2015-11-01", "month")


def test_a_promotion_declared_with_evidence_names_the_document(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    path = f"/v1/careers/{person_of(edge, fellowship)}"
    edge.do(f"{path}/role-at-entry", "2013-09-02", fellowship_id=fellowship, version=0, **NURSE)
    declared = PROMOTED | {"basis": "declared_with_evidence"}
    refused(edge, 409, "declared_without_evidence", f"{path}/promotion", "2015-11", version=1, **declared)
    document = {"document": str(uuid4()), "sha256": "0" * 64}
    lower = declared | {"band": "6", "evidence": [document]}
    refused(edge, 409, "not_a_higher_band", f"{path}/promotion", "2015-11", version=1, **lower)
    edge.do(f"{path}/promotion", "2015-11", version=1, evidence=[document], **declared)


def test_what_is_restated_as_declared_with_evidence_names_the_document_too(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    person = person_of(edge, fellowship)
    path = f"/v1/careers/{person}"
    edge.do(f"{path}/role-at-entry", "2013-09-02", fellowship_id=fellowship, version=0, **NURSE)
    edge.do(f"{path}/promotion", "2015-11", version=1, **PROMOTED)
    (promoted,) = entered_of(edge, "career", person, "career.promotion_recorded")
    fact = promoted["fields"] | {"basis": "declared_with_evidence"}
    restated, evidence = {"fact": fact, "reason": "keying_error"}, [{"document": str(uuid4()), "sha256": "0" * 64}]
    correction = f"/v1/entries/career/{person}/2/correction"
    refused(edge, 409, "declared_without_evidence", correction, "2015-11", version=2, **restated)
    later = f"/v1/entries/career/{person}/2/supersession"
    kind = {"kind": "career.promotion_recorded"}
    refused(edge, 409, "declared_without_evidence", later, "2015-12", version=2, **restated, **kind)
    edge.do(correction, "2015-11", version=2, evidence=evidence, **restated)
    # The document was named already; that the day is put right takes nothing from it.
    edge.do(f"/v1/entries/career/{person}/3/correction", "2015-10", version=3, **restated)


def test_a_role_at_entry_is_of_the_person_who_holds_the_place(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship, other = edge.started(cohort), edge.started(cohort)
    path = f"/v1/careers/{person_of(edge, fellowship)}/role-at-entry"
    wrong = NURSE | {"fellowship_id": other}
    refused(edge, 409, "career_of_another_person", path, "2013-09-02", version=0, **wrong)
    refused(edge, 404, "nothing_recorded", f"/v1/careers/{uuid4()}/role", "2013-09-02", version=0, **NURSE)
    right = NURSE | {"fellowship_id": fellowship}
    remit = right | {"qi_remit": "improvement"}
    refused(edge, 409, "remit_needs_a_source", path, "2013-09-02", version=0, **remit)
    edge.do(path, "2013-09-02", version=0, **right)
    refused(edge, 409, "entry_already_recorded", path, "2013-09-03", version=1, **right)


def test_roles_progress_and_contact_are_recorded_until_the_career_is_followed_no_longer(edge: Edge) -> None:
    person = edge.person()
    path = f"/v1/careers/{person}"
    role = edge.do(f"{path}/role", "2013-09-02", version=0, **NURSE)["role_id"]
    moved = {"progression": "rebanding", "framework": "agenda_for_change", "band": "8a", "role_id": role}
    edge.do(f"{path}/progression", "2014-04-01", version=1, **moved)
    edge.do(f"{path}/role-end", "2015-01-31", version=2, role_id=role)
    refused(edge, 409, "role_not_held", f"{path}/role-end", "2015-02-01", version=3, role_id=role)
    edge.do(f"{path}/contact", "2016-09-01", version=3)
    edge.do(f"{path}/follow-up-end", "2018-09-01", version=4, circumstance="retired")
    refused(edge, 409, "follow_up_has_ended", f"{path}/contact", "2019-09-01", version=5)
    refused(edge, 412, "stale", f"{path}/contact", "2017-09-01", version=3)


def test_what_befalls_a_career_is_not_told_before_it_has_taken_place(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    person = person_of(edge, fellowship)
    path, tomorrow = f"/v1/careers/{person}", days(1)
    role = edge.do(f"{path}/role", "2013-09-02", version=0, **NURSE)["role_id"]
    moved = {"progression": "rebanding", "framework": "agenda_for_change", "band": "8a"}
    told: dict[str, dict[str, Any]] = {
        "role-at-entry": NURSE | {"fellowship_id": fellowship},
        "role": NURSE,
        "role-end": {"role_id": role},
        "progression": moved,
        "contact": {},
        "follow-up-end": {},
    }
    for fact, said in told.items():
        body = refused(edge, 409, "in_the_future", f"{path}/{fact}", tomorrow, version=1, **said)
        assert body["title"] == "What lies in the future cannot have taken place yet."
    edge.do(f"{path}/role-at-entry", "2013-09-02", version=1, fellowship_id=fellowship, **NURSE)
    refused(edge, 409, "in_the_future", f"{path}/promotion", tomorrow, version=2, **PROMOTED)
    edge.do(f"{path}/contact", days(0), version=2)


def test_a_promotion_known_to_the_year_of_entry_is_placed_after_it_and_counted(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship = edge.started(cohort)
    person = person_of(edge, fellowship)
    path = f"/v1/careers/{person}"
    edge.do(f"{path}/role-at-entry", "2013-09-02", version=0, fellowship_id=fellowship, **NURSE)
    chosen = {"day": "2013-01-01", "precision": "year"}
    refused(edge, 409, "no_role_at_entry", f"{path}/promotion", chosen, version=1, **PROMOTED)
    edge.do(f"{path}/promotion", "2013", version=1, **PROMOTED)
    (move,) = edge.get(path)["moves"]
    assert (move["moved_on"], move["precision"]) == ("2013-09-02", "year")
    (end,) = edge.get(f"/v1/cohorts/{cohort}/outcomes", months=0)["months"]
    assert (end["promoted"]["count"], end["promoted"]["imprecise_dates"]) == (1, 1)


def test_bands_are_those_of_their_framework_and_acting_up_is_no_promotion(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    path = f"/v1/careers/{person_of(edge, fellowship)}"
    entry = NURSE | {"fellowship_id": fellowship}
    body = refused(
        edge, 409, "no_such_band", f"{path}/role-at-entry", "2013-09-02", version=0, **(entry | {"band": "17"})
    )
    assert body["detail"].startswith("There is no 17 in agenda for change.")
    edge.do(f"{path}/role-at-entry", "2013-09-02", version=0, **entry)
    other = PROMOTED | {"framework": "other", "band": "head of service"}
    refused(edge, 409, "bands_not_ordered", f"{path}/promotion", "2014-01-01", version=1, **other)
    acting = NURSE | {"band": "8a", "acting": True}
    edge.do(f"{path}/role", "2014-02-01", version=1, **acting)
    body = refused(edge, 409, "only_acting_up", f"{path}/promotion", "2014-07-31", version=2, **PROMOTED)
    assert body["detail"].startswith("It began on 2014-02-01; six months end on 2014-08-01.")
    edge.do(f"{path}/promotion", "2014-08-01", version=2, **PROMOTED)
    assert [role["acting"] for role in edge.get(path)["roles"]] == [False, True]
