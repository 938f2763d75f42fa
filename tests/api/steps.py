"""What tests of the five kinds of facts share: a cohort with fellows, and the records that follow from them."""

from datetime import timedelta
from typing import Any

from domain.values import today
from tests.api.edge import Edge, problem

HELD_ON = "2013-10-07"


def days(number: int) -> str:
    """The day so many days from today."""
    return (today() + timedelta(days=number)).isoformat()


def refused(edge: Edge, status: int, code: str, path: str, happened: Any, /, **said: Any) -> dict[str, Any]:
    """The problem that a command must be answered with, nothing having been written; and it must be explained."""
    before = edge.entered()
    known = next((edge.versions[part] for part in path.split("/") if part in edge.versions), None)
    body = problem(edge.send(path, happened, version=said.pop("version", known), **said), status, code)
    assert edge.entered() == before
    assert edge.client.get(body["type"]).json()["title"] == body["title"]
    return body


def person_of(edge: Edge, fellowship: str) -> str:
    """Whose fellowship it is."""
    person_id: str = edge.get(f"/v1/fellowships/{fellowship}")["fellowship"]["person_id"]
    return person_id


def session_of(edge: Edge, cohort: str, held_on: str = HELD_ON, **said: Any) -> str:
    """A session of a cohort, an hour long."""
    plan = {"cohort_id": cohort, "module": "Improvement science", "held_on": held_on, "minutes": 60}
    session_id: str = edge.do("/v1/sessions", "2013-06-01", **(plan | said))["session_id"]
    return session_id


def opened(edge: Edge, cohort: str, held_on: str = HELD_ON, **said: Any) -> str:
    """A session whose register is open."""
    session_id = session_of(edge, cohort, held_on, **said)
    edge.do(f"/v1/sessions/{session_id}/register", None)
    return session_id


def mark(edge: Edge, session: str, fellowship: str, which: str, **said: Any) -> dict[str, Any]:
    """Mark one fellow."""
    return edge.do(f"/v1/sessions/{session}/marks", None, marks=[{"fellowship_id": fellowship, "mark": which, **said}])


def entered_of(edge: Edge, record: str, identifier: str, kind: str) -> list[dict[str, Any]]:
    """The entries of one kind in a record, in the order they were recorded."""
    items = edge.get(f"/v1/entries/{record}/{identifier}")["items"]
    return [entry for entry in items if entry["kind"] == kind]


def organisation_of(edge: Edge, code: str | None = None) -> str:
    """An organisation on the record."""
    told = {"title": "Fenland Acute NHS Foundation Trust", "code": code}
    organisation_id: str = edge.do("/v1/organisations", "2010-01-01", **told)["organisation_id"]
    return organisation_id


def release_of(edge: Edge, fellowship: str, organisation: str, **said: Any) -> str:
    """A release of half of a contract for a year."""
    told: dict[str, Any] = {
        "fellowship_id": fellowship,
        "organisation_id": organisation,
        "starts_on": "2013-09-02",
        "ends_on": "2014-08-31",
        "contracted_wte": "1",
        "agreed_by": "medical_director",
    }
    secondment_id: str = edge.do("/v1/secondments", "2013-07-01", **(told | said))["secondment_id"]
    return secondment_id


def coaching_of(edge: Edge, fellowship: str, coach: str, minutes: int = 540) -> str:
    """A coaching engagement."""
    told = {"fellowship_id": fellowship, "coach_id": coach, "entitlement_minutes": minutes}
    coaching_id: str = edge.do("/v1/coaching", "2013-10-01", **told)["coaching_id"]
    return coaching_id
