"""An answer about a cohort says so where its day is before the cohort's first, or after its last."""

from typing import Any

import pytest

from tests.api.edge import Edge

PATHS = ("standing", "roster", "changes", "sessions", "attendance", "coaching")
"""What is asked of a cohort."""


def said(answer: dict[str, Any]) -> str | None:
    """What an answer says of its day and the cohort's."""
    return next((each["says"] for each in answer.get("remarks", ()) if each["about"] == "outside"), None)


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_about_a_cohort_before_its_first_day_or_after_its_last_says_so(edge: Edge, path: str) -> None:
    cohort = edge.cohort(edge.programme())
    edge.started(cohort)
    known = {"known_from": 1} if path == "changes" else {}

    def at(day: str) -> str | None:
        return said(edge.get(f"/v1/cohorts/{cohort}/{path}", as_at=day, **known))

    assert at("1914-08-04") == "1914-08-04 is before the first day of QIF-2013, 2013-09-02."
    assert at("2013-09-01") == "2013-09-01 is before the first day of QIF-2013, 2013-09-02."
    assert at("2013-09-02") is None
    assert at("2014-08-31") is None
    after = "is after the last day of QIF-2013, 2014-08-31."
    assert at("2014-09-01") == f"2014-09-01 {after}"
    assert at("2199-12-31") == f"2199-12-31 {after}"


def test_the_days_of_a_cohort_are_those_that_were_known_then(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    before = edge.entered()
    edge.do(f"/v1/cohorts/{cohort}/dates", "2014-06-01", starts_on="2013-09-02", ends_on="2014-10-31", reason="venue")
    path = f"/v1/cohorts/{cohort}/standing"
    assert said(edge.get(path, as_at="2014-09-15")) is None
    assert "2014-08-31" in str(said(edge.get(path, as_at="2014-09-15", known_at=before)))
    answer = edge.get(path, as_at="2014-11-01")
    assert "2014-10-31" in str(said(answer))
    assert edge.get(answer["citation"]) == answer


def test_of_a_cohort_of_which_nothing_was_known_yet_no_days_are_told(edge: Edge) -> None:
    programme = edge.programme()
    before = edge.entered()
    cohort = edge.cohort(programme)
    answer = edge.get(f"/v1/cohorts/{cohort}/standing", as_at="1914-08-04", known_at=before)
    assert "remarks" not in answer
    assert "as known at record number" in answer["notice"]
