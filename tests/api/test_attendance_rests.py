"""What attendance and cohorts rest on: a start and a version are not taken away under them; what is moved is listed."""

from typing import Any

from tests.api.edge import Edge
from tests.api.steps import coaching_of, days, entered_of, mark, opened, person_of, refused

WRONG = {"reason": "wrong_person"}


def retraction(record: str, identifier: str, entry: dict[str, Any]) -> str:
    return f"/v1/entries/{record}/{identifier}/{entry['version']}/retraction"


def contradicted(edge: Edge, **asked: Any) -> list[dict[str, Any]]:
    items = edge.get("/v1/irregularities", **asked)["items"]
    return [entry for entry in items if "mark_contradicted" in entry["irregularities"]]


def test_a_start_is_not_taken_away_under_marks_and_one_moved_after_them_lists_them(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellow, other = edge.started(cohort), edge.started(cohort)
    session = opened(edge, cohort)
    edge.do(f"/v1/sessions/{session}/delivery", None)
    marked = mark(edge, session, fellow, "present")
    (start,) = entered_of(edge, "fellowship", fellow, "fellowship.started")
    taking_away = retraction("fellowship", fellow, start)
    body = refused(edge, 409, "still_relied_on", taking_away, None, **WRONG)
    assert [(fact["kind"], fact["stream"]) for fact in body["facts"]] == [
        ("session.attendance_recorded", f"session:{session}")
    ]
    assert contradicted(edge) == []
    path = f"/v1/entries/fellowship/{fellow}/{start['version']}/correction"
    moved = edge.do(path, "2013-11-01", fact={}, reason="keying_error")
    (listed,) = contradicted(edge)
    assert (listed["position"], listed["kind"]) == (marked["position"], "session.attendance_recorded")
    (line,) = edge.get(listed["href"])["items"]
    assert (line["fellowship_id"], line["counted"], line["standing"]) == (fellow, "contradicted", "confirmed")
    assert contradicted(edge, known_at=moved["position"] - 1) == []
    assert contradicted(edge, after=listed["position"]) == []
    assert edge.get(f"/v1/fellowships/{fellow}/attendance")["attendance"]["expected_minutes"] == 0
    (theirs,) = entered_of(edge, "fellowship", other, "fellowship.started")
    edge.do(retraction("fellowship", other, theirs), None, **WRONG)
    (mark_of,) = entered_of(edge, "session", session, "session.attendance_recorded")
    edge.do(retraction("session", session, mark_of), None, **WRONG)
    edge.do(f"{path.rsplit('/', 2)[0]}/{edge.versions[fellow]}/retraction", None, **WRONG)
    assert contradicted(edge) == []


def test_a_mark_that_a_withdrawal_learned_later_contradicts_is_listed(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellow = edge.started(cohort)
    session = opened(edge, cohort)
    marked = mark(edge, session, fellow, "late")
    edge.do(f"/v1/fellowships/{fellow}/withdrawal", "2013-10-06", circumstance="workload")
    (listed,) = contradicted(edge)
    assert listed["position"] == marked["position"]
    kinds = {entry["kind"] for entry in edge.get(listed["entries"])["items"]}
    assert kinds == {"session.attendance_recorded", "session.register_opened", "fellowship.withdrawn"}


def test_a_version_that_a_cohort_or_a_programme_follows_is_not_taken_away(edge: Edge) -> None:
    programme, adopting = edge.programme(), edge.programme("NAT")
    for version in ("2", "3", "4"):
        edge.do(f"/v1/programmes/{programme}/versions", "2011-01-01", programme_version=version)
    cohort = edge.cohort(programme)
    edge.do(f"/v1/cohorts/{cohort}/version", "2012-02-01", programme_version="2")
    taken_over = {"source_programme_id": programme, "source_version": "3"}
    edge.do(f"/v1/programmes/{adopting}/adoption", "2012-01-01", **taken_over)
    adopted = entered_of(edge, "programme", programme, "programme.version_adopted")
    resting = {
        entry["fields"]["programme_version"]: [
            fact["kind"]
            for fact in refused(edge, 409, "still_relied_on", retraction("programme", programme, entry), None, **WRONG)[
                "facts"
            ]
        ]
        for entry in adopted[:3]
    }
    assert resting == {
        "1": ["cohort.planned"],
        "2": ["cohort.programme_version_assigned"],
        "3": ["programme.adopted_from"],
    }
    edge.do(retraction("programme", programme, adopted[3]), None, **WRONG)


def test_the_adoption_of_a_version_is_not_moved_past_what_was_decided_by_it(edge: Edge) -> None:
    programme, adopting = edge.programme(), edge.programme("NAT")
    edge.do(f"/v1/programmes/{programme}/versions", "2011-01-01", programme_version="2")
    edge.cohort(programme)
    cohort = edge.cohort(programme, 2014)
    edge.do(f"/v1/cohorts/{cohort}/version", "2012-02-01", programme_version="2")
    taken_over = {"source_programme_id": programme, "source_version": "2"}
    edge.do(f"/v1/programmes/{adopting}/adoption", "2012-03-01", **taken_over)
    first, second = entered_of(edge, "programme", programme, "programme.version_adopted")

    def moved(adopted: dict[str, Any], day: str) -> list[str]:
        path = f"/v1/entries/programme/{programme}/{adopted['version']}/correction"
        said = {"fact": adopted["fields"], "reason": "keying_error"}
        return [fact["kind"] for fact in refused(edge, 409, "still_relied_on", path, day, **said)["facts"]]

    assert moved(first, "2012-01-02") == ["cohort.planned", "cohort.planned"]
    assert moved(second, "2012-02-02") == ["cohort.programme_version_assigned"]
    assert moved(second, "2012-03-02") == ["cohort.programme_version_assigned", "programme.adopted_from"]
    path = f"/v1/entries/programme/{programme}/{second['version']}/correction"
    edge.do(path, "2012-02-01", fact=second["fields"], reason="keying_error")


def test_a_cohort_is_not_cancelled_under_fellows_who_started_and_nobody_starts_in_a_cancelled_one(edge: Edge) -> None:
    programme = edge.programme()
    cohort, other = edge.cohort(programme), edge.cohort(programme, 2014)
    edge.started(cohort)
    path = f"/v1/cohorts/{cohort}/cancellation"
    body = refused(edge, 409, "fellows_have_started", path, "2013-08-01", reason="too_few")
    assert [fact["kind"] for fact in body["facts"]] == ["fellowship.started"]
    late = {"late_entry": True, "reason": "learned_late"}
    refused(edge, 409, "fellows_have_started", path, "2013-08-01", **late)
    waiting = edge.accepted(other)
    edge.do(f"/v1/fellowships/{waiting}/confirmation", "2013-06-01")
    edge.do(f"/v1/cohorts/{other}/cancellation", "2014-06-01", **late)
    started = f"/v1/fellowships/{waiting}/start"
    refused(edge, 409, "cancelled_before_it_began", started, "2014-05-01", **late)
    refused(edge, 409, "cohort_is_cancelled", started, "2014-09-01")


def test_nobody_is_taken_up_into_a_cohort_that_was_cancelled_later(edge: Edge) -> None:
    programme = edge.programme()
    deferred, target = edge.started(edge.cohort(programme)), edge.cohort(programme, 2014)
    edge.do(f"/v1/fellowships/{deferred}/deferral", "2014-01-10", to_cohort_id=target, circumstance="not_on_track")
    edge.do(f"/v1/cohorts/{target}/cancellation", "2014-06-01", late_entry=True, reason="too_few")
    refused(edge, 409, "cancelled_before_it_began", f"/v1/fellowships/{deferred}/taking-up", "2014-03-01")
    for act in ("start", "taking-up"):
        told = edge.get("/openapi.json")["paths"][f"/v1/fellowships/{{fellowship_id}}/{act}"]["post"]["responses"]
        assert "cancelled_before_it_began" in str(told["409"])


def test_a_cohort_is_not_cancelled_over_fellows_who_hold_places_and_it_is_said_who_they_are(edge: Edge) -> None:
    programme = edge.programme()
    cohort, later = edge.cohort(programme), edge.cohort(programme, 2014)
    confirmed, accepted = edge.accepted(cohort), edge.accepted(cohort)
    edge.do(f"/v1/fellowships/{confirmed}/confirmation", "2013-06-01")
    path, told = f"/v1/cohorts/{cohort}/cancellation", {"reason": "too_few"}
    body = refused(edge, 409, "fellows_hold_places", path, "2013-07-01", **told)
    assert {fact["stream"] for fact in body["facts"]} == {f"fellowship:{each}" for each in (confirmed, accepted)}
    assert "Fellows who would still hold a place in QIF-2013: 2." in body["detail"]
    moved = {"to_cohort_id": later, "circumstance": "other"}
    edge.do(f"/v1/fellowships/{confirmed}/deferral", "2013-07-01", **moved)
    body = refused(edge, 409, "fellows_hold_places", path, "2013-07-01", **told)
    assert [fact["stream"] for fact in body["facts"]] == [f"fellowship:{accepted}"]
    done = edge.do(path, "2013-07-01", late_entry=True, **told)
    assert done["irregularities"] == ["place_in_a_cancelled_cohort"]
    place = {"person_id": edge.person("Cy"), "cohort_id": cohort}
    refused(edge, 409, "cohort_is_cancelled", "/v1/fellowships/acceptance", "2013-06-30", **place)
    edge.do(f"/v1/fellowships/{accepted}/giving-up", "2013-07-02", circumstance="other")


def test_nobody_is_offered_a_place_where_they_hold_one_or_have_an_offer_to_answer(edge: Edge) -> None:
    programme = edge.programme()
    cohort, later, offer = edge.cohort(programme), edge.cohort(programme, 2014), "/v1/fellowships/offer"
    ada = edge.person()
    place = {"person_id": ada, "cohort_id": cohort}
    first = edge.do(offer, "2013-04-01", **place)["fellowship_id"]
    body = refused(edge, 409, "offered_there_already", offer, "2013-04-02", **place)
    assert [fact["stream"] for fact in body["facts"]] == [f"fellowship:{first}"]
    edge.do(offer, "2013-04-02", person_id=ada, cohort_id=later)
    edge.do(offer, "2013-04-02", person_id=edge.person("Bo"), cohort_id=cohort)
    edge.do(f"/v1/fellowships/{first}/decline", "2013-04-10")
    second = edge.do(offer, "2013-04-10", **place)["fellowship_id"]
    edge.do(f"/v1/fellowships/{second}/acceptance", "2013-05-01")
    refused(edge, 409, "offered_there_already", offer, "2013-05-02", **place)
    # An offer is put right as it was made, and not so that it is made twice.
    path = f"/v1/entries/fellowship/{second}/1/correction"
    fact = place | {"programme_id": programme}
    refused(edge, 409, "offered_there_already", path, "2013-04-09", fact=fact, reason="keying_error")
    edge.do(path, "2013-04-11", fact=fact, reason="keying_error")


def test_one_person_holds_one_place_of_a_cohort(edge: Edge) -> None:
    programme = edge.programme()
    cohort = edge.cohort(programme)
    fellow = edge.started(cohort)
    place = {"person_id": person_of(edge, fellow), "cohort_id": cohort}
    again, late = "/v1/fellowships/acceptance", {"late_entry": True, "reason": "learned_late"}
    refused(edge, 409, "two_places_in_one_cohort", again, "2013-07-01", **place)
    refused(edge, 409, "two_places_in_one_cohort", again, "2013-07-01", **place, **late)
    edge.do(f"/v1/fellowships/{fellow}/withdrawal", "2013-12-01", circumstance="workload")
    refused(edge, 409, "two_places_in_one_cohort", again, "2013-11-30", **place)
    edge.do(again, "2013-12-02", **place)
    back = f"/v1/fellowships/{fellow}/withdrawal-reversal"
    refused(edge, 409, "two_places_in_one_cohort", back, "2014-01-10", reason="decided_anew")


def test_what_took_place_this_month_or_year_is_placed_on_a_day_that_has_come(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    late = {"late_entry": True, "reason": "learned_late"}
    for period, latest, said in (
        (days(0)[:7], days(0), {}),
        (days(0)[:4], days(0), {}),
        (days(-1)[:7], days(-1), late),
        (days(-1)[:4], days(-1), late),
    ):
        fellow = edge.started(cohort)
        path = f"/v1/fellowships/{fellow}/completion"
        refused(edge, 409, "in_the_future", path, days(370)[:4])
        edge.do(path, period, **said)
        (completed,) = entered_of(edge, "fellowship", fellow, "fellowship.completed")
        assert completed["happened"] == latest


def test_what_took_place_is_not_of_a_day_to_come_and_what_is_planned_may_be(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellow, waiting = edge.started(cohort), edge.accepted(cohort)
    edge.do(f"/v1/fellowships/{waiting}/confirmation", "2013-06-01")
    session = opened(edge, cohort, days(3))
    coaching = coaching_of(edge, fellow, edge.person("Bo"))
    for path, said in (
        (f"/v1/fellowships/{waiting}/start", {}),
        (f"/v1/fellowships/{fellow}/completion", {}),
        (f"/v1/fellowships/{fellow}/non-completion", {"ground": "project_not_reported"}),
        (f"/v1/cohorts/{cohort}/start", {}),
        (f"/v1/sessions/{session}/signature", {}),
        (f"/v1/coaching/{coaching}/session", {"minutes": 60}),
        (f"/v1/coaching/{coaching}/session-cancellation", {"notice": "none", "by": "fellow"}),
        (f"/v1/coaching/{coaching}/completion", {}),
    ):
        refused(edge, 409, "in_the_future", path, days(4), **said)
    refused(edge, 409, "in_the_future", f"/v1/sessions/{session}/guests", None, person_id=edge.person("Cy"))
    (start,) = entered_of(edge, "fellowship", fellow, "fellowship.started")
    path = f"/v1/entries/fellowship/{fellow}/{start['version']}/correction"
    refused(edge, 409, "in_the_future", path, days(1), fact={}, reason="keying_error")


def test_no_coaching_is_agreed_after_the_fellow_left(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellow = edge.started(cohort)
    coach, other = edge.person("Bo"), edge.person("Cy")
    edge.do(f"/v1/fellowships/{fellow}/withdrawal", "2013-12-01", circumstance="workload")
    told = {"fellowship_id": fellow, "entitlement_minutes": 60}
    refused(edge, 409, "after_the_last_day", "/v1/coaching", "2013-12-02", coach_id=coach, **told)
    coaching = edge.do("/v1/coaching", "2013-12-01", coach_id=coach, **told)["coaching_id"]
    changing = f"/v1/coaching/{coaching}/coach"
    refused(edge, 409, "after_the_last_day", changing, "2013-12-02", coach_id=other, reason="coach_moved_away")
    path = f"/v1/entries/coaching/{coaching}/1/correction"
    fact = {**told, "coach_id": coach, "continues": None}
    refused(edge, 409, "after_the_last_day", path, "2013-12-03", fact=fact, reason="keying_error")
    edge.do(path, "2013-12-01", fact=fact | {"entitlement_minutes": 90}, reason="keying_error")


def test_guests_are_on_the_register_and_in_no_figure(edge: Edge) -> None:
    programme = edge.programme()
    cohort = edge.cohort(programme)
    fellow, elsewhere = edge.started(cohort), edge.started(edge.cohort(programme, 2014))
    cy = edge.person("Cy")
    session = opened(edge, cohort)
    path = f"/v1/sessions/{session}/guests"
    refused(edge, 409, "is_expected", path, None, fellowship_id=fellow)
    refused(edge, 422, "invalid", path, None, fellowship_id=fellow, person_id=cy)
    before = edge.get(f"/v1/cohorts/{cohort}/attendance")
    edge.do(path, None, person_id=cy, minutes=30)
    edge.do(path, None, fellowship_id=elsewhere)
    refused(edge, 409, "already_a_guest", path, None, person_id=cy)
    register = edge.get(f"/v1/sessions/{session}/register")
    told = [(each["name"], each["fellowship_id"], each["minutes"]) for each in register["guests"]]
    assert told == [("Cy", None, 30), ("Ada Fenner", elsewhere, None)]
    assert (register["expected"], len(register["items"])) == (1, 1)
    (entry,) = edge.get(register["guests"][0]["entries"])["items"]
    assert entry["says"].startswith("Somebody attended the session as a guest")
    after = edge.get(f"/v1/cohorts/{cohort}/attendance")
    assert (after["total"]["expected_minutes"], len(after["items"])) == (0, len(before["items"]))
    timeline = edge.get(f"/v1/fellowships/{elsewhere}/timeline")["items"]
    assert "session.guest_attendance_recorded" in [each["kind"] for each in timeline]
    edge.do(f"/v1/sessions/{session}/cancellation", "2013-10-08", reason="speaker_unavailable")
    assert edge.get(f"/v1/sessions/{session}/register")["guests"] == []
