"""A fellow's timeline over HTTP: one list of all that any record tells of them."""

from typing import Any

from tests.api.edge import Edge
from tests.api.steps import coaching_of, mark, opened, organisation_of, person_of, release_of


def told(edge: Edge, fellowship: str, **asked: Any) -> list[dict[str, Any]]:
    """The entries of a fellow's timeline."""
    items: list[dict[str, Any]] = edge.get(f"/v1/fellowships/{fellowship}/timeline", **asked)["items"]
    return items


def test_what_other_records_tell_of_a_fellow_is_in_the_timeline_and_names_its_record(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship, other = edge.started(cohort), edge.started(cohort)
    secondment = release_of(edge, fellowship, organisation_of(edge))
    coaching = coaching_of(edge, fellowship, edge.person("Bo"))
    session = opened(edge, cohort)
    for each in (fellowship, other):
        mark(edge, session, each, "present")
    edge.do(f"/v1/oversight/{fellowship}/line-manager", "2013-09-02", line_manager_id=edge.person("Di"), version=0)
    accreditation = edge.do("/v1/accreditations", "2013-10-01", fellowship_id=fellowship)["accreditation_id"]
    person = person_of(edge, fellowship)
    role = {"fellowship_id": fellowship, "profession": "nurse", "framework": "agenda_for_change", "band": "7"}
    edge.do(f"/v1/careers/{person}/role-at-entry", "2013-09-02", version=0, qi_remit="not_known", **role)
    items = told(edge, fellowship)
    days = [(item["happened"], item["stream"].partition(":")[0]) for item in items]
    assert [day for day, _ in days] == sorted(day for day, _ in days)
    assert {item["stream"] for item in items} == {
        f"fellowship:{fellowship}",
        f"secondment:{secondment}",
        f"coaching:{coaching}",
        f"session:{session}",
        f"oversight:{fellowship}",
        f"accreditation:{accreditation}",
        f"career:{person}",
    }
    marks = [item["fields"] for item in items if item["kind"] == "session.attendance_recorded"]
    assert [(each["fellowship_id"], each["mark"]) for each in marks] == [(fellowship, "present")]
    before = told(edge, fellowship, as_at="2013-09-30")
    assert before == [item for item in items if item["happened"] <= "2013-09-30"]


def test_a_corrected_mark_of_a_signed_register_is_seen_by_the_fellow(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship = edge.started(cohort)
    session = opened(edge, cohort)
    marked = mark(edge, session, fellowship, "present")
    edge.do(f"/v1/sessions/{session}/signature", "2013-10-08")
    version = marked["streams"][0]["version"]
    (before,) = (each for each in told(edge, fellowship) if each["kind"] == "session.attendance_recorded")
    fact = before["fields"] | {"mark": "absent_unauthorised"}
    path = f"/v1/entries/session/{session}/{version}/correction"
    corrected = edge.do(path, "2013-10-07", fact=fact, reason="keying_error")
    was, now = (each for each in told(edge, fellowship) if each["kind"] == "session.attendance_recorded")
    assert (was["status"], was["changed_by"]) == ("corrected", [corrected["position"]])
    assert (now["fields"]["mark"], now["reason"], now["link_version"]) == (
        "absent_unauthorised",
        "keying_error",
        version,
    )
