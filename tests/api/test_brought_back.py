"""What was marked as entered in error comes back only onto what it rested on."""

from contextlib import closing
from datetime import date
from typing import Any

import pytest

from api.reinstating import judge_brought_back
from domain.fellowship import FELLOWSHIP
from domain.person import PERSON
from domain.refusal import NoLongerThere
from domain.values import FellowshipId
from infra.log.desk import Desk
from infra.settings import Connections
from tests.api.edge import Edge
from tests.api.steps import coaching_of, entered_of, mark, opened, refused
from tests.office import Office

WRONG = {"reason": "wrong_person"}


def retraction(record: str, identifier: str, version: int) -> str:
    return f"/v1/entries/{record}/{identifier}/{version}/retraction"


def strike(edge: Edge, record: str, identifier: str, version: int) -> int:
    """Mark an entry as entered in error, or take that back. Returns the version of the mark."""
    edge.do(retraction(record, identifier, version), None, **WRONG)
    return edge.versions[identifier]


def facts(body: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(fact["kind"], fact["stream"], fact["version"]) for fact in body["facts"]]


def test_what_named_somebody_who_is_struck_out_does_not_come_back_before_they_do(edge: Edge) -> None:
    coach = edge.person("Bo")
    coaching = coaching_of(edge, edge.started(edge.cohort(edge.programme())), coach)
    error = strike(edge, "coaching", coaching, 1)
    struck = strike(edge, "person", coach, 1)
    body = refused(edge, 409, "no_longer_there", retraction("coaching", coaching, error), None, **WRONG)
    assert facts(body) == [("person.recorded", f"person:{coach}", 1)]
    assert body["detail"].startswith(
        "What coaching.contracted on 2013-10-01 rests on is no longer so: person.recorded on 2012-01-01."
    )
    strike(edge, "person", coach, struck)
    strike(edge, "coaching", coaching, error)


def test_what_a_correction_let_go_does_not_come_back_with_the_entry_that_was_corrected(edge: Edge) -> None:
    coach, other = edge.person("Bo"), edge.person("Cy")
    coaching = coaching_of(edge, edge.started(edge.cohort(edge.programme())), coach)
    (contracted,) = entered_of(edge, "coaching", coaching, "coaching.contracted")
    correction = f"/v1/entries/coaching/{coaching}/1/correction"
    edge.do(correction, "2013-10-01", fact=contracted["fields"] | {"coach_id": other}, reason="keying_error")
    strike(edge, "person", coach, 1)
    body = refused(edge, 409, "no_longer_there", retraction("coaching", coaching, 2), None, **WRONG)
    assert facts(body) == [("person.recorded", f"person:{coach}", 1)]


def test_a_mark_does_not_come_back_where_the_start_is_struck_out_that_it_needs(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellow, session = edge.started(cohort), opened(edge, cohort)
    mark(edge, session, fellow, "present")
    (marked,) = entered_of(edge, "session", session, "session.attendance_recorded")
    (start,) = entered_of(edge, "fellowship", fellow, "fellowship.started")
    error = strike(edge, "session", session, marked["version"])
    strike(edge, "fellowship", fellow, start["version"])
    body = refused(edge, 409, "no_longer_there", retraction("session", session, error), None, **WRONG)
    assert facts(body) == [("fellowship.started", f"fellowship:{fellow}", start["version"])]


def test_work_is_not_handed_in_again_that_is_no_longer_set_or_set_later(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    work = {"title": "Project report", "form": "project_report", "due_on": "2014-06-30"}
    work_id = edge.do(f"/v1/cohorts/{cohort}/works", "2013-09-02", **work)["work_id"]
    registered = edge.do("/v1/accreditations", "2013-10-01", fellowship_id=edge.started(cohort))["accreditation_id"]
    path = f"/v1/accreditations/{registered}/submission"
    edge.do(path, "2014-05-01", cohort_id=cohort, work_id=work_id)
    (submitted,) = entered_of(edge, "accreditation", registered, "accreditation.work_submitted")
    (was_set,) = entered_of(edge, "cohort", cohort, "cohort.work_set")
    error = strike(edge, "accreditation", registered, submitted["version"])
    again = retraction("accreditation", registered, error)
    correction = f"/v1/entries/cohort/{cohort}/{was_set['version']}/correction"
    edge.do(correction, "2014-05-02", fact=was_set["fields"], reason="keying_error")
    moved = refused(edge, 409, "no_longer_there", again, None, **WRONG)
    assert moved["detail"].startswith(
        "What accreditation.work_submitted on 2014-05-01 rests on is of a later day by now: cohort.work_set on 2013-09"
    )
    back = strike(edge, "cohort", cohort, edge.versions[cohort])
    struck = strike(edge, "cohort", cohort, was_set["version"])
    assert facts(refused(edge, 409, "no_longer_there", again, None, **WRONG)) == facts(moved)
    strike(edge, "cohort", cohort, struck)
    edge.do(again, None, **WRONG)
    assert back < struck


def test_what_rests_on_nothing_that_went_comes_back(edge: Edge) -> None:
    programme = edge.programme()
    cohort = edge.cohort(programme)
    fellow = edge.started(cohort)
    edge.do(f"/v1/cohorts/{cohort}/dates", starts_on="2013-09-09", ends_on="2014-09-01", reason="venue")
    (start,) = entered_of(edge, "fellowship", fellow, "fellowship.started")
    error = strike(edge, "fellowship", fellow, start["version"])
    edge.do(f"/v1/cohorts/{cohort}/capacity", capacity=5, reason="room")
    strike(edge, "fellowship", fellow, error)


def test_what_is_struck_out_while_something_comes_back_that_rests_on_it_stays_struck_out_alone(
    office: Office, database: Connections
) -> None:
    person, fellowship = office.person(), FellowshipId.new()
    office.do(office.accepting(fellowship, person, office.cohort(office.programme(), 2013), date(2013, 4, 1)))
    office.do(office.retracting(fellowship, 1))

    def back(desk: Desk) -> None:
        before = desk.history(FELLOWSHIP, fellowship)
        desk.retract(FELLOWSHIP, fellowship, 2)
        judge_brought_back(desk, FELLOWSHIP, fellowship, before)
        if not struck:
            struck.append(other.do(lambda desk: desk.retract(PERSON, person, 1)).position)

    struck: list[int] = []
    with closing(Office(database)) as other, pytest.raises(NoLongerThere):
        office.do(back)
    assert len(struck) == 1
