"""Coaching over HTTP: minutes against entitlement, one independent coach at a time, and no field for what was said."""

from typing import Any
from uuid import uuid4

from tests.api.edge import Edge
from tests.api.steps import coaching_of, days, entered_of, person_of, refused

PATH = "/v1/coaching"


def test_nobody_coaches_a_fellow_whose_work_they_assess(edge: Edge) -> None:
    fellowship, assessor, coach = edge.started(edge.cohort(edge.programme())), edge.person("Bo"), edge.person("Cy")
    appointed = f"/v1/oversight/{fellowship}/assessor"
    edge.do(appointed, "2013-09-10", assessor_id=assessor, version=0)
    told: dict[str, Any] = {"fellowship_id": fellowship, "coach_id": assessor, "entitlement_minutes": 540}
    body = refused(edge, 409, "coach_assesses", PATH, "2013-10-01", version=None, **told)
    assert body["title"] == "A fellow's coach cannot assess that fellow's work, then or later."
    assert body["detail"].startswith("It would be so on 2013-10-01.")
    coaching_of(edge, fellowship, coach)
    refused(edge, 409, "coach_assesses", appointed, "2014-02-01", assessor_id=coach, version=1)
    refused(edge, 409, "already_assesses", appointed, "2014-02-01", assessor_id=assessor, version=1)
    late = edge.do(appointed, "2014-02-01", assessor_id=coach, version=1, late_entry=True, reason="found_in_archive")
    assert late["irregularities"] == ["coach_not_independent"]
    edge.do(f"/v1/oversight/{fellowship}/assessor-standing-down", "2014-03-01", assessor_id=coach, version=2)
    path = f"/v1/oversight/{fellowship}/assessor-standing-down"
    refused(edge, 409, "does_not_assess", path, "2014-03-02", assessor_id=coach, version=3)


def test_nobody_coaches_a_fellow_whom_they_manage(edge: Edge) -> None:
    fellowship, manager = edge.started(edge.cohort(edge.programme())), edge.person("Bo")
    path = f"/v1/oversight/{fellowship}/line-manager"
    refused(edge, 404, "nothing_recorded", path, "2013-09-10", line_manager_id=str(uuid4()), version=0)
    edge.do(path, "2013-09-10", line_manager_id=manager, version=0)
    told: dict[str, Any] = {"fellowship_id": fellowship, "coach_id": manager, "entitlement_minutes": 540}
    refused(edge, 409, "coach_is_line_manager", PATH, "2013-10-01", version=None, **told)
    edge.do(path, "2013-11-01", line_manager_id=None, version=1)
    edge.do(PATH, "2013-11-01", **told)


def test_a_fellow_has_one_coach_at_a_time_who_is_somebody_else(edge: Edge) -> None:
    fellowship, coach = edge.started(edge.cohort(edge.programme())), edge.person("Bo")
    told: dict[str, Any] = {"fellowship_id": fellowship, "entitlement_minutes": 540}
    refused(edge, 409, "own_coach", PATH, "2013-10-01", coach_id=person_of(edge, fellowship), **told)
    refused(edge, 404, "nothing_recorded", PATH, "2013-10-01", coach_id=str(uuid4()), **told)
    coaching_of(edge, fellowship, coach)
    refused(edge, 409, "two_coaches", PATH, "2013-11-01", coach_id=edge.person("Cy"), **told)


def test_another_coach_takes_over_the_minutes_left(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    coaching = coaching_of(edge, fellowship, edge.person("Bo"))
    edge.do(f"{PATH}/{coaching}/session", "2013-11-01", minutes=90, mode="video")
    path, coach = f"{PATH}/{coaching}/coach", edge.person("Cy")
    body = refused(
        edge, 409, "carries_more_than_is_left", path, "2014-01-10", coach_id=coach, carried_minutes=451, reason="moved"
    )
    assert body["detail"].startswith("450 minutes are left; 451 would be taken over.")
    receipt = edge.do(path, "2014-01-10", coach_id=coach, reason="moved")
    continued = receipt["coaching_id"]
    (contracted,) = entered_of(edge, "coaching", continued, "coaching.contracted")
    assert contracted["fields"]["entitlement_minutes"] == 450
    assert contracted["fields"]["continues"] == coaching
    assert {written["stream"] for written in receipt["streams"]} == {f"coaching:{coaching}", f"coaching:{continued}"}
    refused(edge, 409, "coaching_is_over", f"{PATH}/{coaching}/session", "2014-02-01", minutes=60)
    edge.do(f"{PATH}/{continued}/session", "2014-02-01", minutes=60)


def test_a_coach_who_handed_over_comes_before_the_one_who_took_over(edge: Edge) -> None:
    cohort, taker = edge.cohort(edge.programme()), edge.person("Cy")
    chains: list[list[str]] = []
    for _ in range(6):
        coaching = coaching_of(edge, edge.started(cohort), edge.person("Bo"))
        path = f"{PATH}/{coaching}"
        taken = edge.do(f"{path}/coach", "2014-01-10", coach_id=taker, carried_minutes=60, reason="moved")
        edge.do(f"{path}/session", "2014-01-09", minutes=30)
        chains.append([coaching, taken["coaching_id"]])
    found = edge.get(f"/v1/cohorts/{cohort}/coaching")["items"]
    assert sorted([each["coaching_id"] for each in fellow["engagements"]] for fellow in found) == sorted(chains)


def test_a_change_of_coach_sent_twice_changes_once(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    coaching = coaching_of(edge, fellowship, edge.person("Bo"))
    told: dict[str, Any] = {"coach_id": edge.person("Cy"), "reason": "moved", "key": str(uuid4()), "version": 1}
    first = edge.send(f"{PATH}/{coaching}/coach", "2014-01-10", **told).json()
    again = edge.send(f"{PATH}/{coaching}/coach", "2014-01-10", **told).json()
    assert first["coaching_id"] == again["coaching_id"]
    assert first["position"] == again["position"] == edge.entered()


def test_coaching_beyond_the_entitlement_is_recorded_and_listed(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    coaching = coaching_of(edge, fellowship, edge.person("Bo"), 120)
    path = f"{PATH}/{coaching}"
    cancelled = f"{path}/session-cancellation"
    refused(edge, 409, "no_minutes_used", cancelled, "2013-10-20", notice="in_time", by="fellow", minutes_used=60)
    edge.do(cancelled, "2013-10-20", notice="late", by="fellow", minutes_used=60)
    assert edge.do(f"{path}/session", "2013-11-01", minutes=90)["irregularities"] == ["over_entitlement"]
    edge.do(f"{path}/entitlement", "2013-11-02", minutes=120, reason="complex_project")
    assert edge.do(f"{path}/session", "2013-11-05", minutes=60)["irregularities"] == []
    edge.do(f"{path}/completion", "2014-06-01")
    refused(edge, 409, "coaching_is_over", f"{path}/early-end", "2014-06-02", reason="no_longer_wanted")


def test_coaching_is_not_held_in_the_future_or_after_leaving(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    coaching = coaching_of(edge, fellowship, edge.person("Bo"))
    path = f"{PATH}/{coaching}/session"
    refused(edge, 409, "in_the_future", path, days(1), minutes=60)
    held = edge.do(path, "2013-12-01", minutes=60)
    edge.do(f"/v1/fellowships/{fellowship}/withdrawal", "2014-01-10")
    edge.do(path, "2014-01-10", minutes=60)
    refused(edge, 409, "after_the_last_day", path, "2014-01-11", minutes=60)
    correction = f"/v1/entries/coaching/{coaching}/{held['streams'][0]['version']}/correction"
    fact = {"minutes": 60, "mode": None}
    refused(edge, 409, "after_the_last_day", correction, "2014-01-11", fact=fact, reason="keying_error")
    edge.do(correction, "2014-01-09", fact=fact, reason="keying_error")


def test_there_is_no_field_for_what_was_talked_about(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    coaching = coaching_of(edge, fellowship, edge.person("Bo"))
    body = refused(edge, 422, "invalid", f"{PATH}/{coaching}/session", "2013-11-01", minutes=60, note="her worries")
    assert [error["field"] for error in body["errors"]] == ["note"]
