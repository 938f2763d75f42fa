"""What happened and should not have is taken and listed; what cannot have happened is refused."""

from typing import Any

from tests.api.edge import Edge
from tests.api.steps import coaching_of, mark, opened, organisation_of, release_of

LATE = {"late_entry": True, "reason": "learned_late"}


def listed(edge: Edge) -> dict[str, dict[str, Any]]:
    """The irregular entries, by their codes."""
    items = edge.get("/v1/irregularities")["items"]
    return {code: entry for entry in items for code in entry["irregularities"]}


def test_each_irregularity_of_the_five_kinds_of_facts_is_recorded_and_listed(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship, other = edge.started(cohort), edge.started(cohort)
    secondment = release_of(edge, fellowship, organisation_of(edge))
    edge.do(f"/v1/secondments/{secondment}/start", "2013-09-02")
    session = opened(edge, cohort, accredited=True)
    mark(edge, session, fellowship, "present")
    edge.do(f"/v1/sessions/{session}/signature", "2013-10-07")
    bo, cy = edge.person("Bo"), edge.person("Cy")
    coaching = coaching_of(edge, fellowship, bo, 60)
    edge.do(f"/v1/coaching/{coaching}/session", "2013-11-01", minutes=90)
    told = {"fellowship_id": fellowship, "entitlement_minutes": 60}
    edge.do("/v1/coaching", "2013-12-01", coach_id=cy, **told, **LATE)
    edge.do(f"/v1/oversight/{fellowship}/assessor", "2014-01-10", assessor_id=bo, version=0, **LATE)
    project = edge.do("/v1/projects", "2013-10-01", title="Sepsis six")["project_id"]
    edge.do(f"/v1/projects/{project}/baseline", "2013-12-01", points=9, cause="enough_points")
    found = listed(edge)
    assert {code: entry["kind"] for code, entry in found.items()} == {
        "started_without_agreement": "secondment.started",
        "started_without_backfill": "secondment.started",
        "signed_by_only_editor": "session.register_signed",
        "over_entitlement": "coaching.session_held",
        "two_coaches": "coaching.contracted",
        "coach_not_independent": "oversight.assessor_appointed",
        "short_baseline": "project.baseline_frozen",
    }
    assert all(entry["actor"] and entry["recorded_at"] for entry in found.values())
    assert other not in str(found)


def test_what_was_irregular_stays_listed_with_what_put_it_right(edge: Edge) -> None:
    project = edge.do("/v1/projects", "2013-10-01", title="Sepsis six")["project_id"]
    edge.do(f"/v1/projects/{project}/baseline", "2013-12-01", points=9, cause="enough_points")
    short = listed(edge)["short_baseline"]
    path = f"/v1/entries/project/{project}/{short['version']}/correction"
    fact = short["fields"] | {"points": 12}
    corrected = edge.do(path, "2013-12-01", fact=fact, reason="keying_error")
    assert corrected["irregularities"] == []
    now = listed(edge)["short_baseline"]
    assert (now["status"], now["changed_by"]) == ("corrected", [corrected["position"]])
