"""Improvement projects over HTTP: milestones, spread, and whether an improvement has lasted."""

from typing import Any
from uuid import uuid4

from tests.api.edge import Edge
from tests.api.steps import entered_of, refused


def project_of(edge: Edge, *fellowships: str) -> str:
    """A project that these fellows work on."""
    project_id: str = edge.do("/v1/projects", "2013-10-01", title="Sepsis six within the hour")["project_id"]
    for fellowship in fellowships:
        edge.do(f"/v1/projects/{project_id}/fellow", "2013-10-01", fellowship_id=fellowship)
    return project_id


def test_a_project_goes_from_its_charter_to_other_sites(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    path = f"/v1/projects/{project_of(edge, fellowship)}"
    edge.do(f"{path}/charter", "2013-11-01", aim="Nine in ten within an hour")
    refused(edge, 409, "charter_already_approved", f"{path}/charter", "2013-11-02", aim="Ten in ten")
    assert edge.do(f"{path}/baseline", "2013-12-01", points=7, cause="change_begins")["irregularities"] == [
        "short_baseline"
    ]
    refused(edge, 409, "baseline_already_frozen", f"{path}/baseline", "2013-12-02", points=14, cause="other")
    cycle = {"cycle": 1, "prediction": "improvement", "outcome": "no_change", "decision": "adapt"}
    edge.do(f"{path}/cycle", "2014-01-10", **cycle)
    refused(edge, 409, "cycle_already_concluded", f"{path}/cycle", "2014-01-11", **cycle)
    edge.do(f"{path}/report", "2014-08-01")
    edge.do(f"{path}/handover", "2014-08-31")
    adopted = edge.do(f"{path}/adoption", "2015-01-01")
    refused(edge, 409, "already_adopted_there", f"{path}/adoption", "2015-01-02", site_id=adopted["site_id"])
    edge.do(f"{path}/site-abandonment", "2016-01-01", site_id=adopted["site_id"], reason="ward_closed")
    unknown = str(uuid4())
    refused(edge, 409, "not_adopted_there", f"{path}/site-abandonment", "2016-01-02", site_id=unknown, reason="x")


def test_whether_it_lasted_is_asked_from_the_handover_the_report_or_the_cohorts_end(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    alone, project = project_of(edge), project_of(edge, fellowship)
    lasted: dict[str, Any] = {"months": 12, "sustainability": "sustained"}
    refused(edge, 409, "nothing_to_last_yet", f"/v1/projects/{alone}/sustainability", "2015-09-01", **lasted)
    path = f"/v1/projects/{project}/sustainability"
    body = refused(edge, 409, "nothing_to_last_yet", path, "2014-08-30", **lasted)
    assert body["detail"].startswith("The months count from 2014-08-31.")
    edge.do(path, "2015-08-31", **lasted)
    refused(edge, 409, "already_assessed", path, "2015-09-02", **lasted)
    (assessed,) = entered_of(edge, "project", project, "project.sustainability_assessed")
    correction = f"/v1/entries/project/{project}/{assessed['version']}/correction"
    refused(edge, 409, "nothing_to_last_yet", correction, "2014-08-01", fact=lasted, reason="keying_error")
    edge.do(correction, "2015-08-31", fact=lasted | {"sustainability": "partly"}, reason="keying_error")


def test_what_looks_like_patient_data_is_refused(edge: Edge) -> None:
    title = "Falls of 943 476 5919"
    body = refused(edge, 409, "looks_like_patient_data", "/v1/projects", "2013-10-01", title=title)
    assert body["title"] == "This holds what looks like an NHS number."
    project = project_of(edge)
    refused(edge, 409, "looks_like_patient_data", f"/v1/projects/{project}/charter", "2013-11-01", aim=title)
    path = f"/v1/entries/project/{project}/1/correction"
    fact = {"title": title, "organisation_id": None}
    refused(edge, 409, "looks_like_patient_data", path, "2013-10-01", fact=fact, reason="keying_error")


def test_only_who_took_a_project_on_leaves_it_and_an_abandoned_one_is_not_worked_on(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship, other = edge.started(cohort), edge.started(cohort)
    project = project_of(edge, fellowship)
    path = f"/v1/projects/{project}"
    refused(edge, 409, "already_on_project", f"{path}/fellow", "2013-10-02", fellowship_id=fellowship)
    refused(edge, 409, "not_on_project", f"{path}/fellow-departure", "2013-11-01", fellowship_id=other)
    (joined,) = entered_of(edge, "project", project, "project.fellow_joined")
    wrong = joined["fields"] | {"fellowship_id": other}
    correction = f"/v1/entries/project/{project}/{joined['version']}/correction"
    refused(edge, 409, "another_person", correction, "2013-10-01", fact=wrong, reason="keying_error")
    edge.do(f"{path}/abandonment", "2014-01-10", reason="sponsor_withdrew")
    refused(edge, 409, "project_is_abandoned", f"{path}/report", "2014-02-01")
    edge.do(f"{path}/fellow-departure", "2014-02-01", fellowship_id=fellowship)
