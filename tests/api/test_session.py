"""Sessions and registers over HTTP: who is due, who was there, what is changed and what is refused."""

from uuid import uuid4

from tests.api.edge import Edge
from tests.api.steps import HELD_ON, days, entered_of, mark, opened, person_of, refused, session_of


def test_a_register_opens_with_everyone_of_the_cohort_who_is_due_that_day(edge: Edge) -> None:
    programme = edge.programme()
    cohort, later = edge.cohort(programme), edge.cohort(programme, 2014)
    there, left, paused = edge.started(cohort), edge.started(cohort), edge.started(cohort)
    away, elsewhere, waiting = edge.started(cohort), edge.started(later), edge.accepted(cohort)
    edge.do(f"/v1/fellowships/{left}/withdrawal", "2013-10-06")
    edge.do(f"/v1/fellowships/{paused}/pause", "2013-10-01", circumstance="parental_leave")
    edge.do(f"/v1/fellowships/{away}/deferral", HELD_ON, to_cohort_id=later, circumstance="bereavement")
    session = opened(edge, cohort)
    expected = entered_of(edge, "session", session, "session.fellow_expected")
    assert {entry["fields"]["fellowship_id"] for entry in expected} == {there, away}
    assert {entry["happened"] for entry in expected} == {HELD_ON}
    assert not {left, paused, elsewhere, waiting} & {entry["fields"]["fellowship_id"] for entry in expected}
    refused(edge, 409, "register_already_open", f"/v1/sessions/{session}/register", None)


def test_a_fellow_taken_up_by_the_cohort_is_due_there(edge: Edge) -> None:
    programme = edge.programme()
    first, second = edge.cohort(programme), edge.cohort(programme, 2014)
    fellowship = edge.started(first)
    edge.do(f"/v1/fellowships/{fellowship}/deferral", "2014-01-10", to_cohort_id=second, circumstance="bereavement")
    edge.do(f"/v1/fellowships/{fellowship}/taking-up", "2014-09-02")
    session = opened(edge, second, "2014-10-06")
    assert len(entered_of(edge, "session", session, "session.fellow_expected")) == 1


def test_attendance_is_not_marked_without_expectation(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    there = edge.started(cohort)
    session = session_of(edge, cohort)
    path = f"/v1/sessions/{session}/marks"
    marks = [{"fellowship_id": there, "mark": "present"}]
    refused(edge, 409, "not_expected", path, None, marks=marks)
    edge.do(f"/v1/sessions/{session}/register", None)
    late = edge.accepted(cohort)
    wrong = [*marks, {"fellowship_id": late, "mark": "present"}]
    body = refused(edge, 409, "not_expected", path, None, marks=wrong)
    assert body["title"] == "The fellow was not expected at this session."
    edge.do(f"/v1/sessions/{session}/expectation", None, fellowship_id=late)
    edge.do(path, None, marks=wrong)
    refused(edge, 409, "already_marked", path, None, marks=marks)
    refused(edge, 404, "nothing_recorded", path, None, marks=[{"fellowship_id": str(uuid4()), "mark": "late"}])


def test_attendance_is_not_marked_in_the_future(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship = edge.started(cohort)
    session = opened(edge, cohort, days(3))
    marks = [{"fellowship_id": fellowship, "mark": "present"}]
    body = refused(edge, 409, "in_the_future", f"/v1/sessions/{session}/marks", None, marks=marks)
    assert body["detail"].startswith(f"{days(3)} is later than today, {days(0)}.")
    refused(edge, 409, "in_the_future", f"/v1/sessions/{session}/delivery", None)
    refused(edge, 409, "signed_before_the_session", f"/v1/sessions/{session}/signature", days(0))
    assert {entry["happened"] for entry in edge.get(f"/v1/entries/session/{session}")["items"][1:]} == {days(0)}


def test_attendance_is_not_marked_after_leaving(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship, other = edge.started(cohort), edge.started(cohort)
    session = opened(edge, cohort)
    edge.do(f"/v1/fellowships/{fellowship}/withdrawal", "2013-10-06")
    marks = [{"fellowship_id": other, "mark": "present"}, {"fellowship_id": fellowship, "mark": "present"}]
    body = refused(edge, 409, "after_the_last_day", f"/v1/sessions/{session}/marks", None, marks=marks)
    assert body["detail"].startswith("The last day was 2013-10-06; this is of 2013-10-07.")
    refused(edge, 409, "after_the_last_day", f"/v1/sessions/{session}/expectation", None, fellowship_id=fellowship)


def test_a_mark_made_before_the_withdrawal_was_known_can_still_be_put_right(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship, other = edge.started(cohort), edge.started(cohort)
    session = opened(edge, cohort)
    marked = mark(edge, session, fellowship, "present")
    edge.do(f"/v1/fellowships/{fellowship}/withdrawal", "2013-10-06")
    fact = entered_of(edge, "session", session, "session.attendance_recorded")[0]["fields"]
    path = f"/v1/entries/session/{session}/{marked['streams'][0]['version']}/correction"
    edge.do(path, HELD_ON, fact=fact | {"mark": "absent_unauthorised"}, reason="keying_error")
    edge.do(f"/v1/fellowships/{other}/withdrawal", "2013-10-06")
    moved = fact | {"fellowship_id": other, "person_id": person_of(edge, other)}
    refused(edge, 409, "after_the_last_day", path, HELD_ON, fact=moved, reason="keying_error")


def test_a_signed_register_takes_corrections_and_once_reopened_marks(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    first, second = edge.started(cohort), edge.started(cohort)
    session = opened(edge, cohort, accredited=True)
    path = f"/v1/sessions/{session}"
    marked = mark(edge, session, first, "absent_authorised", circumstance="leave")
    assert edge.do(f"{path}/signature", HELD_ON)["irregularities"] == ["signed_by_only_editor"]
    (listed,) = edge.get("/v1/irregularities")["items"]
    assert listed["irregularities"] == ["signed_by_only_editor"]
    missing = [{"fellowship_id": second, "mark": "present"}]
    refused(edge, 409, "register_is_signed", f"{path}/marks", None, marks=missing)
    refused(edge, 409, "register_is_signed", f"{path}/waiver", None, fellowship_id=second)
    fact = entered_of(edge, "session", session, "session.attendance_recorded")[0]["fields"]
    wrong = fact | {"mark": "present", "reason": None}
    version = marked["streams"][0]["version"]
    edge.do(f"/v1/entries/session/{session}/{version}/correction", HELD_ON, fact=wrong, reason="keying_error")
    edge.do(f"{path}/reopening", "2013-10-08", reason="mark_left_out")
    edge.do(f"{path}/marks", None, marks=missing)
    edge.do(f"{path}/signature", "2013-10-09")
    refused(edge, 409, "register_already_signed", f"{path}/signature", "2013-10-09")


def test_cancelling_a_session_marks_its_marks_as_entered_in_error(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship = edge.started(cohort)
    session = opened(edge, cohort)
    path = f"/v1/sessions/{session}"
    mark(edge, session, fellowship, "part", minutes=30)
    edge.do(f"{path}/delivery", None, minutes=45)
    edge.do(f"{path}/catch-up", "2013-10-20", fellowship_id=fellowship, minutes=15)
    edge.do(f"{path}/signature", "2013-10-20")
    before = edge.entered()
    receipt = edge.do(f"{path}/cancellation", "2013-10-06", reason="never_took_place")
    assert receipt["position"] == before + 5
    entries = edge.get(f"/v1/entries/session/{session}")["items"]
    became = {entry["kind"]: entry["status"] for entry in entries if entry["position"] <= before}
    assert became == {
        "session.scheduled": "stands",
        "session.register_opened": "stands",
        "session.fellow_expected": "stands",
        "session.attendance_recorded": "entered_in_error",
        "session.delivered": "entered_in_error",
        "session.catch_up_completed": "entered_in_error",
        "session.register_signed": "entered_in_error",
    }
    marks = [{"fellowship_id": fellowship, "mark": "present"}]
    refused(edge, 409, "session_is_cancelled", f"{path}/marks", None, marks=marks)
    refused(edge, 404, "nothing_recorded", f"{path}/cancellation", "2013-10-06", reason="x", replaced_by=str(uuid4()))


def test_a_session_is_rescheduled_until_it_is_marked(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship = edge.started(cohort)
    session = session_of(edge, cohort)
    path = f"/v1/sessions/{session}"
    refused(edge, 422, "invalid", f"{path}/rescheduling", "2013-09-20", held_on="2013-10-14")
    edge.do(f"{path}/rescheduling", "2013-09-20", held_on="2013-10-14", reason="venue_lost")
    edge.do(f"{path}/register", None)
    mark(edge, session, fellowship, "late")
    (marked,) = entered_of(edge, "session", session, "session.attendance_recorded")
    assert marked["happened"] == "2013-10-14"
    refused(edge, 409, "would_contradict", f"{path}/rescheduling", "2013-09-21", held_on="2013-10-21", reason="again")
    refused(edge, 409, "register_not_open", f"{path}/signature", "2013-10-13")


def test_what_is_marked_must_fit_the_session(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    fellowship, waived = edge.started(cohort), edge.started(cohort)
    session = opened(edge, cohort)
    path = f"/v1/sessions/{session}"
    part = {"fellowship_id": fellowship, "mark": "part"}
    refused(edge, 409, "part_needs_minutes", f"{path}/marks", None, marks=[part])
    refused(edge, 409, "longer_than_the_session", f"{path}/marks", None, marks=[part | {"minutes": 61}])
    refused(edge, 422, "invalid", f"{path}/marks", None, marks=[])
    edge.do(f"{path}/waiver", None, fellowship_id=waived, circumstance="exempt")
    refused(edge, 409, "not_expected", f"{path}/marks", None, marks=[{"fellowship_id": waived, "mark": "present"}])
    mark(edge, session, fellowship, "present")
    refused(edge, 409, "fellow_is_marked", f"{path}/waiver", None, fellowship_id=fellowship)
    refused(edge, 409, "nothing_to_catch_up", f"{path}/catch-up", "2013-11-01", fellowship_id=fellowship, minutes=9)


def test_a_session_of_an_unknown_or_closed_cohort_is_not_scheduled(edge: Edge) -> None:
    told = {"module": "Improvement science", "held_on": HELD_ON, "minutes": 60}
    refused(edge, 404, "nothing_recorded", "/v1/sessions", "2013-06-01", cohort_id=str(uuid4()), **told)
    cohort = edge.cohort(edge.programme())
    refused(edge, 409, "scheduled_after_its_day", "/v1/sessions", "2013-10-08", cohort_id=cohort, **told)
    edge.do(f"/v1/cohorts/{cohort}/cancellation", "2013-05-01", reason="no_funding")
    refused(edge, 409, "cohort_is_cancelled", "/v1/sessions", "2013-06-01", cohort_id=cohort, **told)
