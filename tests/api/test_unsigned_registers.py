"""Which registers await a signature: those of sessions held by the day, not cancelled, that nobody has signed."""

from typing import Any

from tests.api.edge import Edge


def scheduled(edge: Edge, cohort_id: str, held_on: str) -> str:
    session_id: str = edge.do(
        "/v1/sessions", "2013-09-20", cohort_id=cohort_id, module="Leadership", held_on=held_on, minutes=60
    )["session_id"]
    return session_id


def unsigned(edge: Edge, cohort_id: str, as_at: str) -> list[str]:
    found: list[dict[str, Any]] = edge.get(f"/v1/cohorts/{cohort_id}/sessions", only="unsigned", as_at=as_at)["items"]
    return [each["session_id"] for each in found]


def test_a_register_awaits_a_signature_from_the_session_s_day_until_it_is_signed_and_again_once_reopened(
    edge: Edge,
) -> None:
    cohort_id = edge.cohort(edge.programme())
    edge.started(cohort_id)
    never_opened, signed, cancelled, to_come = (
        scheduled(edge, cohort_id, day) for day in ("2013-10-07", "2013-10-14", "2013-10-21", "2013-12-02")
    )
    edge.do(f"/v1/sessions/{cancelled}/cancellation", "2013-10-18", reason="speaker_unavailable")
    edge.do(f"/v1/sessions/{signed}/register", None)
    edge.do(f"/v1/sessions/{signed}/delivery", None)
    edge.do(f"/v1/sessions/{signed}/signature", "2013-10-16")
    edge.do(f"/v1/sessions/{signed}/reopening", "2013-11-04", reason="mark_left_out")
    assert unsigned(edge, cohort_id, "2013-10-06") == []
    assert unsigned(edge, cohort_id, "2013-10-07") == [never_opened]
    assert unsigned(edge, cohort_id, "2013-10-15") == [never_opened, signed]
    assert unsigned(edge, cohort_id, "2013-11-01") == [never_opened]
    assert unsigned(edge, cohort_id, "2013-11-04") == [never_opened, signed]
    assert unsigned(edge, cohort_id, "2013-12-02") == [never_opened, signed, to_come]
    assert len(edge.get(f"/v1/cohorts/{cohort_id}/sessions", as_at="2013-12-02")["items"]) == 4
