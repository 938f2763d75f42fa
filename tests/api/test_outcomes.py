"""The questions about the five kinds of facts: figures, and the people and entries that each leads to."""

from typing import Any

from tests.api.edge import Edge
from tests.api.steps import (
    HELD_ON,
    coaching_of,
    days,
    entered_of,
    mark,
    opened,
    organisation_of,
    person_of,
    release_of,
    session_of,
)

NURSE: dict[str, Any] = {"profession": "nurse", "framework": "agenda_for_change", "band": "7"}
PROMOTED: dict[str, Any] = {"framework": "agenda_for_change", "band": "8a", "basis": "higher_band"}


def test_each_count_of_a_standing_leads_to_the_people_whom_it_counts(edge: Edge) -> None:
    programme = edge.programme()
    first, second = edge.cohort(programme), edge.cohort(programme, 2014)
    edge.accepted(first, happened="2013-05")
    left, moved = edge.started(first), edge.started(first)
    edge.do(f"/v1/fellowships/{left}/withdrawal", "2014-01-10")
    edge.do(f"/v1/fellowships/{moved}/deferral", "2014-01-10", to_cohort_id=second, circumstance="bereavement")
    edge.do(f"/v1/fellowships/{moved}/taking-up", "2014-09-02")
    for cohort in (first, second):
        for attribution in ("origin", "current"):
            answer = edge.get(f"/v1/cohorts/{cohort}/standing", attribution=attribution)
            told = answer["counts"] | {name: answer[name] for name in ("imprecise_dates", "moved_in", "moved_out")}
            assert set(answer["hrefs"]) == set(told)
            for name, count in told.items():
                listed = edge.get(answer["hrefs"][name])
                assert len(listed["items"]) == count, name
                assert (listed["as_at"], listed["position"]) == (answer["as_at"], answer["position"])
    gone = edge.get(f"/v1/cohorts/{first}/roster", state="withdrawn")["hrefs"]
    assert list(gone) == [left]
    edge.do(f"/v1/entries/fellowship/{left}/4/retraction", None, reason="wrong_person")
    timeline = edge.get(gone[left])
    assert (timeline["fellowship_id"], timeline["items"][-1]["status"]) == (left, "stands")


def test_attendance_is_told_so_far_and_of_planned_with_what_is_unknown_apart(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship, other = edge.started(cohort), edge.started(cohort)
    unsigned = opened(edge, cohort)
    edge.do(f"/v1/sessions/{unsigned}/delivery", None)
    marked = mark(edge, unsigned, fellowship, "part", minutes=30)
    coming = session_of(edge, cohort, days(30))
    matrix = edge.get(f"/v1/cohorts/{cohort}/attendance")
    assert [row["session_id"] for row in matrix["sessions"]] == [unsigned, coming]
    assert [row["register"] for row in matrix["sessions"]] == ["open", None]
    row = next(row for row in matrix["items"] if row["fellowship_id"] == fellowship)
    assert (row["percent_so_far"], row["percent_of_planned"], row["unknown_sessions"]) == (50.0, 25.0, 0)
    absent = next(row for row in matrix["items"] if row["fellowship_id"] == other)
    assert (absent["percent_so_far"], absent["percent_of_planned"], absent["unknown_sessions"]) == (None, 0.0, 1)
    total = matrix["total"]
    assert (total["attended_minutes"], total["expected_minutes"], total["percent"]) == (30, 60, 50.0)
    assert edge.get(total["hrefs"]["attended_minutes"])["total"] == total
    assert edge.get(row["href"])["attendance"] == row
    behind = edge.get(row["cells"][0]["entries"])["items"]
    assert marked["position"] in [entry["position"] for entry in behind]
    fact = entered_of(edge, "session", unsigned, "session.attendance_recorded")[0]["fields"]
    version = marked["streams"][0]["version"]
    path = f"/v1/entries/session/{unsigned}/{version}/correction"
    edge.do(path, HELD_ON, fact=fact | {"mark": "present", "minutes": None}, reason="keying_error")
    now = edge.get(f"/v1/fellowships/{fellowship}/attendance")["attendance"]
    assert now["percent_so_far"] == 100.0
    assert edge.get(row["href"])["attendance"]["percent_so_far"] == 50.0


def test_each_count_of_a_register_leads_to_the_lines_that_it_counts(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    there, left, waived, unknown = (edge.started(cohort) for _ in range(4))
    session = opened(edge, cohort)
    mark(edge, session, there, "present")
    mark(edge, session, left, "late")
    edge.do(f"/v1/sessions/{session}/waiver", None, fellowship_id=waived, circumstance="exempt")
    edge.do(f"/v1/sessions/{session}/delivery", None)
    edge.do(f"/v1/fellowships/{left}/withdrawal", "2013-10-06")
    answer = edge.get(f"/v1/sessions/{session}/register")
    told = {name: answer[name] for name in answer["hrefs"]}
    assert told == {"expected": 2, "marked": 1, "unknown": 1, "waived": 1, "taken_out": 1, "contradicted": 1}
    for name, count in told.items():
        assert len(edge.get(answer["hrefs"][name])["items"]) == count, name
    (missing,) = edge.get(answer["hrefs"]["unknown"])["items"]
    assert missing["fellowship_id"] == unknown
    assert missing["mark"] is None
    (listed,) = edge.get(f"/v1/cohorts/{cohort}/sessions")["items"]
    assert (listed["stage"], listed["register"]) == ("delivered", "open")
    assert edge.get(f"/v1/sessions/{session}")["session"] == listed


def test_secondees_and_what_is_released_of_them_are_told_by_organisation(edge: Edge) -> None:
    cohort, organisation = edge.cohort(edge.programme()), organisation_of(edge, "ZZF01")
    first, second, third = (release_of(edge, edge.started(cohort), organisation) for _ in range(3))
    for secondment in (first, second):
        edge.do(f"/v1/secondments/{secondment}/start", "2013-09-02")
    edge.do(f"/v1/secondments/{second}/pause", "2014-01", circumstance="parental_leave")
    (row,) = edge.get("/v1/secondees", as_at="2014-02-01")["items"]
    told = {name: row[name] for name in row["hrefs"]}
    assert told == {
        "secondees": 1,
        "released_wte": "0.5",
        "contracted_wte": "1",
        "imprecise_dates": 1,
        "agreed": 1,
        "paused": 1,
        "past_agreed_end": 0,
        "return_meeting_outstanding": 0,
        "contracts_disagree": 0,
        "return_meeting_missed": 0,
    }
    for name, who in (("secondees", first), ("agreed", third), ("paused", second), ("imprecise_dates", second)):
        (listed,) = edge.get(row["hrefs"][name])["items"]
        assert listed["secondment_id"] == who, name
    assert edge.get(row["hrefs"]["past_agreed_end"])["items"] == []
    (listed,) = edge.get(row["hrefs"]["paused"])["items"]
    assert edge.get(f"/v1/secondments/{second}", as_at="2014-02-01")["secondment"]["stage"] == "paused"
    mine = edge.get(f"/v1/fellowships/{listed['fellowship_id']}/secondments", as_at="2014-02-01")["items"]
    assert [each["secondment_id"] for each in mine] == [second]
    assert edge.get(listed["entries"])["items"][-1]["kind"] == "secondment.paused"
    (found,) = edge.get("/v1/organisations")["items"]
    assert edge.get(f"/v1/organisations/{organisation}")["organisation"] == found


def test_coaching_is_told_against_the_entitlement_across_coaches(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship = edge.started(cohort)
    edge.started(cohort)
    coaching = coaching_of(edge, fellowship, edge.person("Bo"))
    edge.do(f"/v1/coaching/{coaching}/session", "2013-11-01", minutes=90)
    told = {"coach_id": edge.person("Cy"), "reason": "moved"}
    continued = edge.do(f"/v1/coaching/{coaching}/coach", "2014-01-10", **told)["coaching_id"]
    edge.do(f"/v1/coaching/{continued}/session", "2014-02", minutes=90)
    answer = edge.get(f"/v1/cohorts/{cohort}/coaching")
    assert answer["fellows"] == len(edge.get(answer["hrefs"]["fellows"])["items"]) == 2
    (row,) = answer["items"]
    assert (row["entitled_minutes"], row["held_minutes"], row["left_minutes"]) == (540, 180, 360)
    assert (row["percent_used"], row["sessions"], row["imprecise_dates"]) == (33.3, 2, 1)
    behind = edge.get(row["href"])
    assert behind["coaching"] == row
    held = [entry for entry in behind["entries"] if entry["kind"] == "coaching.session_held"]
    assert sum(entry["fields"]["minutes"] for entry in held) == row["held_minutes"]
    first, second = sorted(row["engagements"], key=lambda each: each["continued_by"] is None)
    told = edge.get(first["hrefs"]["entitled"])["minutes"]
    assert told["entitlement_minutes"] - told["carried_minutes"] == first["entitled"] == 90
    for each in (first, second):
        there = edge.get(each["hrefs"]["held"])
        assert (
            (there["count"], there["minutes"]) == (each["sessions"], {"minutes": each["held"]}) == (1, {"minutes": 90})
        )
    assert edge.get(second["hrefs"]["used_by_cancelling"])["minutes"] == {}


def test_outcomes_lead_to_people_projects_and_entries_and_a_young_cohort_is_not_yet(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    promoted, same, silent = edge.started(cohort), edge.started(cohort), edge.started(cohort)
    for fellowship in (promoted, same):
        person = person_of(edge, fellowship)
        edge.do(f"/v1/careers/{person}/role-at-entry", "2013-09-02", fellowship_id=fellowship, version=0, **NURSE)
        edge.do(f"/v1/careers/{person}/contact", "2015-10-01", version=1)
    before = edge.entered()
    person = person_of(edge, promoted)
    late = edge.do(f"/v1/careers/{person}/promotion", "2015-06", version=2, **PROMOTED)
    project = edge.do("/v1/projects", "2013-10-01", title="Sepsis six")["project_id"]
    edge.do(f"/v1/projects/{project}/fellow", "2013-10-01", fellowship_id=same)
    edge.do(f"/v1/projects/{project}/report", "2014-08-01")
    path, asked = f"/v1/cohorts/{cohort}/outcomes", {"as_at": "2016-01-01"}
    end, year, later, latest = edge.get(path, **asked)["months"]
    assert [month["not_yet"] for month in (end, year, later, latest)] == [False, False, True, True]
    assert (later["n"], later["promoted"], later["milestones"], later["href"]) == (None, None, None, None)
    figures = ("promoted", "not_promoted", "not_known", "traced")
    assert [year[name]["count"] for name in figures] == [1, 1, 1, 2]
    assert (year["n"], year["promoted"]["percent"], year["promoted"]["imprecise_dates"]) == (3, 33.3, 1)
    behind = edge.get(year["promoted"]["href"])
    assert [each["fellowship_id"] for each in behind["people"]] == [promoted]
    told = {name: late[name] for name in ("position", "recorded_at")}
    assert behind["people"][0]["known_since"] == told
    met = edge.get(year["not_promoted"]["href"])["people"][0]["known_since"]
    assert met["position"] < late["position"]
    assert late["position"] in [entry["position"] for entry in edge.get(behind["entries"])["items"]]
    exact = edge.get(year["traced"]["hrefs"]["imprecise_dates"])
    assert (year["traced"]["count"], exact["count"], exact["people"], exact["entries"]) == (2, 0, [], None)
    vague = edge.get(year["promoted"]["hrefs"]["imprecise_dates"])
    assert (vague["count"], vague["people"]) == (1, behind["people"])
    assert late["position"] in [entry["position"] for entry in edge.get(vague["entries"])["items"]]
    assert [each["fellowship_id"] for each in edge.get(year["not_known"]["href"])["people"]] == [silent]
    assert len(edge.get(year["href"])["people"]) == year["n"]
    reported = year["milestones"]["reported"]
    assert (reported["count"], reported["n"]) == (1, year["projects_n"])
    (counted,) = edge.get(reported["href"])["projects"]
    (entry,) = edge.get(f"/v1/entries/project/{project}", kind="project.reported")["items"]
    assert counted["known_since"] == {name: entry[name] for name in ("position", "recorded_at")}
    assert edge.get(year["not_known"]["href"])["people"][0]["known_since"] is None
    exact = edge.get(reported["hrefs"]["imprecise_dates"])
    assert [exact[name] for name in ("count", "projects", "people", "entries")] == [0, [], [], None]
    assert edge.get(counted["href"])["project"]["milestones"][0]["milestone"] == "reported"
    (then,) = edge.get(path, known_at=before, months=12, **asked)["months"]
    assert (then["promoted"]["count"], then["not_promoted"]["count"]) == (0, 2)
    (not_yet,) = edge.get(path, months=60, **asked)["months"]
    assert not_yet["not_yet"]
    assert edge.get(f"{path}/60/promoted", **asked)["count"] is None


def test_of_whoever_took_up_a_higher_role_it_is_not_known_whether_they_were_promoted_until_it_is_told(
    edge: Edge,
) -> None:
    cohort = edge.cohort(edge.programme())
    risen, rebanded, acting, aside = fellows = [edge.started(cohort) for _ in range(4)]
    people = {fellowship: person_of(edge, fellowship) for fellowship in fellows}
    for fellowship, band, capacity in (
        (risen, "8a", False),
        (rebanded, "8a", False),
        (acting, "8a", True),
        (aside, "7", False),
    ):
        path = f"/v1/careers/{people[fellowship]}"
        edge.do(f"{path}/role-at-entry", "2013-09-02", fellowship_id=fellowship, version=0, **NURSE)
        edge.do(f"{path}/role", "2015-04-01", version=1, **(NURSE | {"band": band, "acting": capacity}))
        edge.do(f"{path}/contact", "2015-10-01", version=2)
    move = {"progression": "rebanding", "framework": "agenda_for_change", "band": "8a"}
    edge.do(f"/v1/careers/{people[rebanded]}/progression", "2015-04-01", version=3, **move)

    def told(as_at: str) -> dict[str, set[str]]:
        (year,) = edge.get(f"/v1/cohorts/{cohort}/outcomes", months=12, as_at=as_at)["months"]
        behind = {name: edge.get(year[name]["href"])["people"] for name in ("promoted", "not_promoted", "not_known")}
        since = {each["fellowship_id"] for each in behind["not_known"] if each["higher_role_since"] == "2015-04-01"}
        assert since == {each["fellowship_id"] for each in behind["not_known"]}
        return {name: {each["fellowship_id"] for each in found} for name, found in behind.items()}

    assert told("2016-01-01") == {"promoted": set(), "not_promoted": {rebanded, acting, aside}, "not_known": {risen}}
    edge.do(f"/v1/careers/{people[risen]}/promotion", "2015-04-01", version=3, **PROMOTED)
    assert told("2016-01-01") == {"promoted": {risen}, "not_promoted": {rebanded, acting, aside}, "not_known": set()}


def test_a_remit_is_counted_of_those_of_whom_it_is_known_and_the_unknown_are_told_apart(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    improving, none, unknown, silent = (edge.started(cohort) for _ in range(4))
    for fellowship, remit in ((improving, "improvement"), (none, "none"), (unknown, "not_known")):
        source = None if remit == "not_known" else "employer"
        role = NURSE | {"fellowship_id": fellowship, "qi_remit": remit, "qi_remit_source": source}
        person = person_of(edge, fellowship)
        edge.do(f"/v1/careers/{person}/role-at-entry", "2013-09-02", version=0, **role)
        edge.do(f"/v1/careers/{person}/contact", "2015-10-01", version=1)
    (year,) = edge.get(f"/v1/cohorts/{cohort}/outcomes", months=12, as_at="2016-01-01")["months"]
    told = {name: [year[name][part] for part in ("count", "n", "percent")] for name in year if name.startswith("qi_")}
    assert told == {"qi_remit": [1, 2, 50.0], "qi_remit_known": [2, 4, 50.0], "qi_remit_not_known": [2, 4, 50.0]}

    def behind(href: str) -> set[str]:
        return {each["fellowship_id"] for each in edge.get(href)["people"]}

    assert behind(year["qi_remit"]["href"]) == {improving}
    assert behind(year["qi_remit"]["hrefs"]["n"]) == behind(year["qi_remit_known"]["href"]) == {improving, none}
    assert behind(year["qi_remit_not_known"]["href"]) == {unknown, silent}


def test_projects_are_listed_by_cohort_and_by_fellow(edge: Edge) -> None:
    programme = edge.programme()
    cohort, other = edge.cohort(programme), edge.cohort(programme, 2014)
    fellowship = edge.started(cohort)
    project = edge.do("/v1/projects", "2013-10-01", title="Sepsis six")["project_id"]
    edge.do(f"/v1/projects/{project}/fellow", "2013-10-01", fellowship_id=fellowship)
    edge.do(f"/v1/projects/{project}/charter", "2013-11-01", aim="Nine in ten")
    (row,) = edge.get("/v1/projects", cohort_id=cohort)["items"]
    assert row == edge.get("/v1/projects", fellowship_id=fellowship)["items"][0]
    assert row == edge.get(f"/v1/projects/{project}")["project"]
    assert edge.get("/v1/projects", cohort_id=other)["items"] == []
    assert [each["fellowship_id"] for each in row["fellows"]] == [fellowship]
    (entry,) = edge.get(row["milestones"][0]["entries"])["items"]
    assert entry["kind"] == "project.charter_approved"


def test_fellows_whose_role_at_entry_is_not_recorded_are_listed_as_work_to_do(edge: Edge) -> None:
    programme = edge.programme()
    cohort, other = edge.cohort(programme), edge.cohort(programme, 2014)
    told, missing, elsewhere = edge.started(cohort), edge.started(cohort), edge.started(other, "2014-09-02")
    edge.accepted(cohort)
    person = person_of(edge, told)
    edge.do(f"/v1/careers/{person}/role-at-entry", "2013-09-02", fellowship_id=told, version=0, **NURSE)

    def listed(**asked: str) -> list[str]:
        return [each["fellowship_id"] for each in edge.get("/v1/careers", **asked)["items"]]

    assert sorted(listed(cohort_id=cohort)) == sorted([told, missing])
    assert listed(cohort_id=cohort, only="missing") == [missing]
    assert listed(only="missing") == [missing, elsewhere]
    assert listed(only="missing", as_at="2013-09-01") == []
    (row,) = [each for each in edge.get("/v1/careers")["items"] if each["fellowship_id"] == told]
    (role,) = edge.get(f"/v1/careers/{person}")["roles"]
    assert (row["role_id"], row["entered_on"], row["cause"]) == (role["role_id"], "2013-09-02", role["cause"])


def test_a_career_tells_the_version_for_its_first_entry(edge: Edge) -> None:
    person = edge.person()
    response = edge.ask(f"/v1/careers/{person}")
    assert (response.json()["version"], response.headers["ETag"]) == (0, '"0"')
    edge.do(f"/v1/careers/{person}/role", "2013-09-02", version=0, **NURSE)
    edge.do(f"/v1/careers/{person}/contact", "2016-09", version=1)
    answer = edge.get(f"/v1/careers/{person}")
    assert [role["band"] for role in answer["roles"]] == ["7"]
    assert (answer["version"], answer["last_contact_on"], answer["last_contact_precision"]) == (
        2,
        "2016-09-01",
        "month",
    )
