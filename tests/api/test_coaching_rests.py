"""What coaching rests on: a start is not taken away under it, and none that uses time is of a day after the last."""

from tests.api.edge import Edge
from tests.api.steps import coaching_of, entered_of, refused

WRONG = {"reason": "wrong_person"}
LATE = {"notice": "late", "by": "fellow", "minutes_used": 60}


def test_a_start_is_not_taken_away_under_coaching_that_used_time(edge: Edge) -> None:
    fellow = edge.started(edge.cohort(edge.programme()))
    coaching = coaching_of(edge, fellow, edge.person("Bo"))
    path = f"/v1/coaching/{coaching}"
    edge.do(f"{path}/session", "2013-11-01", minutes=60)
    edge.do(f"{path}/session-cancellation", "2013-11-02", **LATE)
    edge.do(f"{path}/session-cancellation", "2013-11-03", notice="in_time", by="coach")
    (start,) = entered_of(edge, "fellowship", fellow, "fellowship.started")
    taking_away = f"/v1/entries/fellowship/{fellow}/{start['version']}/retraction"
    body = refused(edge, 409, "still_relied_on", taking_away, None, **WRONG)
    resting = sorted((fact["kind"], fact["stream"]) for fact in body["facts"])
    stream = f"coaching:{coaching}"
    assert resting == [("coaching.session_cancelled", stream), ("coaching.session_held", stream)]
    for kind in ("coaching.session_held", "coaching.session_cancelled"):
        entry = entered_of(edge, "coaching", coaching, kind)[0]
        edge.do(f"/v1/entries/coaching/{coaching}/{entry['version']}/retraction", None, **WRONG)
    edge.do(taking_away, None, **WRONG)


def test_no_coaching_uses_time_after_the_last_day(edge: Edge) -> None:
    fellow = edge.started(edge.cohort(edge.programme()))
    coaching = coaching_of(edge, fellow, edge.person("Bo"))
    edge.do(f"/v1/fellowships/{fellow}/withdrawal", "2013-12-01", circumstance="workload")
    path = f"/v1/coaching/{coaching}/session-cancellation"
    refused(edge, 409, "after_the_last_day", path, "2013-12-02", **LATE)
    edge.do(path, "2013-12-01", **LATE)
    edge.do(path, "2013-12-02", notice="in_time", by="fellow")
    used, free = entered_of(edge, "coaching", coaching, "coaching.session_cancelled")
    correcting = f"/v1/entries/coaching/{coaching}/{{}}/correction"
    for entry in (used, free):
        told = correcting.format(entry["version"])
        refused(edge, 409, "after_the_last_day", told, "2013-12-02", fact=LATE, reason="keying_error")
    edge.do(correcting.format(used["version"]), "2013-12-01", fact=LATE | {"minutes_used": 30}, reason="keying_error")


def test_coaching_that_a_withdrawal_or_a_moved_start_contradicts_is_listed(edge: Edge) -> None:
    fellow = edge.started(edge.cohort(edge.programme()))
    coaching = coaching_of(edge, fellow, edge.person("Bo"))
    held = edge.do(f"/v1/coaching/{coaching}/session", "2013-12-01", minutes=60)

    def listed() -> list[int]:
        items = edge.get("/v1/irregularities")["items"]
        return [each["position"] for each in items if "coaching_contradicted" in each["irregularities"]]

    assert listed() == []
    edge.do(f"/v1/fellowships/{fellow}/withdrawal", "2013-12-01", circumstance="workload")
    assert listed() == []
    (left,) = entered_of(edge, "fellowship", fellow, "fellowship.withdrawn")
    path = f"/v1/entries/fellowship/{fellow}"
    moved = {"fact": left["fields"], "reason": "keying_error"}
    edge.do(f"{path}/{left['version']}/correction", "2013-11-30", **moved)
    assert listed() == [held["position"]]
    (found,) = edge.get("/v1/irregularities")["items"]
    kinds = {entry["kind"] for entry in edge.get(found["entries"])["items"]}
    assert kinds == {"coaching.session_held", "fellowship.withdrawn"}
    edge.do(f"{path}/{left['version']}/retraction", None, **WRONG)
    assert listed() == []
    (start,) = entered_of(edge, "fellowship", fellow, "fellowship.started")
    edge.do(f"{path}/{start['version']}/correction", "2013-12-02", fact={}, reason="keying_error")
    assert listed() == [held["position"]]
