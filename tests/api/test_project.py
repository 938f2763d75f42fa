"""Improvement projects over HTTP: milestones, spread, and whether an improvement has lasted."""

from typing import Any
from uuid import uuid4

from tests.api.edge import Edge, problem
from tests.api.steps import days, entered_of, refused


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


def test_the_sites_of_a_project_are_told_with_those_that_abandoned_it_again(edge: Edge) -> None:
    project = project_of(edge)
    path = f"/v1/projects/{project}"
    ward = edge.do(f"{path}/adoption", "2014-10", site_id=None)["site_id"]
    other = edge.do(f"{path}/adoption", "2015-01-02", site_id=None)["site_id"]
    edge.do(f"{path}/site-abandonment", "2015-06-30", site_id=ward, reason="staff_moved")
    back = edge.do(f"{path}/adoption", "2016-02-01", site_id=ward)
    sites = edge.get(f"{path}/sites")["items"]
    assert [(each["site_id"], each["adopted_on"], each["abandoned_on"]) for each in sites] == [
        (ward, "2014-10-01", "2015-06-30"),
        (other, "2015-01-02", None),
        (ward, "2016-02-01", None),
    ]
    assert [entry["kind"] for entry in edge.get(sites[0]["entries"])["items"]] == [
        "project.adopted_at_site",
        "project.abandoned_at_site",
    ]
    (in_autumn,) = edge.get(f"{path}/sites", as_at="2015-09-01", only="there")["items"]
    assert in_autumn["site_id"] == other
    row = edge.get(path)["project"]
    assert row["sites"] == len(edge.get(row["hrefs"]["sites"])["items"]) == 2
    edge.do(f"/v1/entries/project/{project}/{back['streams'][0]['version']}/retraction", None, reason="wrong_site")
    assert [each["site_id"] for each in edge.get(f"{path}/sites", only="there")["items"]] == [other]


def test_entries_are_listed_by_kind_and_by_what_is_so_of_them(edge: Edge) -> None:
    project = edge.do("/v1/projects", "2013-10", title="Sepsis six")["project_id"]
    reported = edge.do(f"/v1/projects/{project}/report", "2014-08-01")
    edge.do(f"/v1/entries/project/{project}/2/retraction", None, reason="too_early")
    path = f"/v1/entries/project/{project}"
    assert [entry["version"] for entry in edge.get(path)["items"]] == [1, 2, 3]
    assert [entry["position"] for entry in edge.get(path, kind="project.reported")["items"]] == [reported["position"]]
    assert edge.get(path, kind="project.reported", only="stands")["items"] == []
    assert [entry["version"] for entry in edge.get(path, only="imprecise")["items"]] == [1]
    assert edge.get(path, only=["imprecise", "stands"], as_at="2013-09-30")["items"] == []
    body = problem(edge.ask(path, kind="project.paused"), 422, "invalid")
    assert [(error["where"], error["field"]) for error in body["errors"]] == [("query", "kind")]


def test_what_a_project_comes_to_is_not_told_before_it_has_taken_place(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    tomorrow = days(1)
    refused(edge, 409, "in_the_future", "/v1/projects", tomorrow, title="Sepsis six")
    project = project_of(edge)
    path = f"/v1/projects/{project}"
    site = edge.do(f"{path}/adoption", "2014-01-01")["site_id"]
    told: dict[str, dict[str, Any]] = {
        "charter": {"aim": "Nine in ten"},
        "baseline": {"points": 14, "cause": "other"},
        "cycle": {"cycle": 1, "prediction": "improvement", "outcome": "no_change", "decision": "adapt"},
        "report": {},
        "handover": {},
        "adoption": {},
        "site-abandonment": {"site_id": site, "reason": "ward_closed"},
        "abandonment": {"reason": "sponsor_withdrew"},
    }
    for fact, said in told.items():
        refused(edge, 409, "in_the_future", f"{path}/{fact}", tomorrow, **said)
    edge.do(f"{path}/report", days(0))
    (reported,) = entered_of(edge, "project", project, "project.reported")
    correction = f"/v1/entries/project/{project}/{reported['version']}/correction"
    refused(edge, 409, "in_the_future", correction, tomorrow, fact={"sha256": None}, reason="keying_error")
    lasted = {"months": 12, "sustainability": "sustained"}
    refused(edge, 409, "in_the_future", f"{path}/sustainability", tomorrow, **lasted)
    refused(edge, 409, "in_the_future", f"{path}/fellow", tomorrow, fellowship_id=fellowship)
    edge.do(f"{path}/fellow", days(0), fellowship_id=fellowship)
    refused(edge, 409, "in_the_future", f"{path}/fellow-departure", tomorrow, fellowship_id=fellowship)


def test_who_completed_without_a_project_is_listed_until_one_is_told(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    busy, idle, late = (edge.started(cohort) for _ in range(3))
    project_of(edge, busy)
    for fellowship in (busy, idle, late):
        edge.do(f"/v1/fellowships/{fellowship}/completion", "2014-08-31")
    project = edge.do("/v1/projects", "2013-10-01", title="Discharge before noon")["project_id"]
    edge.do(f"/v1/projects/{project}/fellow", "2014-09-01", fellowship_id=late)

    def listed(**asked: Any) -> set[str]:
        return {each["fellowship_id"] for each in edge.get("/v1/projects/missing", **asked)["items"]}

    assert listed(as_at="2014-08-30") == set()
    # Who took a project on only after completing had none before it.
    assert listed() == listed(cohort_id=cohort) == {idle, late}
    edge.do(f"/v1/projects/{project}/fellow", "2014-01-10", fellowship_id=idle)
    assert listed() == {late}
    assert listed(cohort_id=edge.cohort(edge.programme("OTHER"))) == set()
