"""Secondments over HTTP: what is agreed, what moves the last day, and what cannot be released."""

from uuid import uuid4

from tests.api.edge import Edge
from tests.api.steps import entered_of, organisation_of, refused, release_of

YEAR = {"starts_on": "2013-09-02", "ends_on": "2014-08-31", "agreed_by": "chief_nurse"}


def test_half_of_the_contract_is_released_unless_it_is_said_otherwise(edge: Edge) -> None:
    fellowship, organisation = edge.started(edge.cohort(edge.programme())), organisation_of(edge)
    release_of(edge, fellowship, organisation, contracted_wte="0.6")
    other = release_of(edge, edge.started(edge.cohort(edge.programme("B"))), organisation, contracted_wte="1.2")
    (agreed,) = entered_of(edge, "secondment", other, "secondment.release_agreed")
    assert (agreed["fields"]["contracted_wte"], agreed["fields"]["released_wte"]) == ("1.2", "0.6")


def test_more_than_contracted_is_not_released(edge: Edge) -> None:
    fellowship, organisation = edge.started(edge.cohort(edge.programme())), organisation_of(edge)
    told = YEAR | {"fellowship_id": fellowship, "organisation_id": organisation, "contracted_wte": "0.5"}
    body = refused(edge, 409, "released_above_contracted", "/v1/secondments", "2013-07-01", released_wte="0.6", **told)
    assert body["title"] == "No more WTE can be released than the fellow is contracted for."
    assert body["detail"].startswith("0.6 WTE of 0.5 WTE would be released.")
    secondment = release_of(edge, fellowship, organisation, contracted_wte="0.5")
    path = f"/v1/secondments/{secondment}/fraction"
    refused(edge, 409, "released_above_contracted", path, "2014-01-01", released_wte="0.501", reason="job_plan")


def test_two_secondments_from_one_organisation_do_not_overlap(edge: Edge) -> None:
    fellowship, organisation = edge.started(edge.cohort(edge.programme())), organisation_of(edge)
    first = release_of(edge, fellowship, organisation, released_wte="0.4")
    told = {"fellowship_id": fellowship, "contracted_wte": "1", "released_wte": "0.4", "agreed_by": "chief_nurse"}
    again = told | {"organisation_id": organisation, "starts_on": "2014-08-31", "ends_on": "2015-01-31"}
    body = refused(edge, 409, "secondments_overlap", "/v1/secondments", "2014-05-01", **again)
    assert body["title"] == "One organisation cannot second a person twice at a time."
    assert body["detail"].startswith("On 2014-08-31, 2 secondments from one organisation would run.")
    refused(edge, 409, "secondments_overlap", "/v1/secondments", "2014-05-01", late_entry=True, reason="x", **again)
    edge.do("/v1/secondments", "2014-05-01", **(again | {"starts_on": "2014-09-01"}))
    path = f"/v1/secondments/{first}/extension"
    longer = {"ends_on": "2014-09-30", "agreed_by": "chief_nurse", "reason": "pause"}
    refused(edge, 409, "secondments_overlap", path, "2014-06-01", **longer)
    other = told | {"organisation_id": organisation_of(edge), "starts_on": "2014-01-01", "ends_on": "2014-02-28"}
    edge.do("/v1/secondments", "2013-12-01", **other)
    more = other | {"organisation_id": organisation_of(edge), "released_wte": "0.3"}
    refused(edge, 409, "released_beyond_contract", "/v1/secondments", "2013-12-01", **more)


def test_the_last_day_moves_by_an_extension_alone(edge: Edge) -> None:
    secondment = release_of(edge, edge.started(edge.cohort(edge.programme())), organisation_of(edge))
    path = f"/v1/secondments/{secondment}"
    started = edge.do(f"{path}/start", "2013-09-02")
    assert started["irregularities"] == ["started_without_agreement", "started_without_backfill"]
    refused(edge, 409, "secondment_already_started", f"{path}/start", "2013-09-03")
    edge.do(f"{path}/pause", "2014-01-01", circumstance="parental_leave", proposed_ends_on="2014-10-31")
    refused(edge, 409, "secondment_is_paused", f"{path}/pause", "2014-01-02", circumstance="other")
    edge.do(f"{path}/resumption", "2014-03-03", proposed_ends_on="2014-10-31")
    refused(edge, 409, "not_as_planned", f"{path}/end", "2014-10-31")
    longer = {"ends_on": "2014-10-31", "agreed_by": "chief_nurse"}
    refused(edge, 422, "invalid", f"{path}/extension", "2014-06-01", **longer)
    edge.do(f"{path}/extension", "2014-06-01", reason="time_lost", **longer)
    refused(edge, 409, "not_early", f"{path}/early-end", "2014-10-31")
    edge.do(f"{path}/end", "2014-10-31")
    refused(edge, 409, "secondment_is_over", f"{path}/pause", "2014-11-01", circumstance="other")


def test_where_no_last_day_is_proposed_the_one_that_follows_is_recorded_and_shown(edge: Edge) -> None:
    secondment = release_of(edge, edge.started(edge.cohort(edge.programme())), organisation_of(edge))
    path = f"/v1/secondments/{secondment}"
    edge.do(f"{path}/start", "2013-09-02")
    edge.do(f"{path}/pause", "2014-01-10", circumstance="parental_leave")
    edge.do(f"{path}/resumption", "2014-02-10")
    (resumed,) = entered_of(edge, "secondment", secondment, "secondment.resumed")
    assert resumed["fields"]["proposed_ends_on"] == "2014-10-01"
    edge.do(f"{path}/fraction", "2014-02-10", released_wte="0.25", reason="job_plan")
    (changed,) = entered_of(edge, "secondment", secondment, "secondment.fraction_changed")
    assert changed["fields"]["proposed_ends_on"] == "2015-05-23"
    shown = edge.get(path)["secondment"]
    assert [shown[end] for end in ("planned_ends_on", "ends_on", "proposed_ends_on")] == [
        "2014-08-31",
        "2014-08-31",
        "2015-05-23",
    ]


def test_an_agreement_signed_by_all_and_a_backfill_make_a_start_regular(edge: Edge) -> None:
    secondment = release_of(edge, edge.started(edge.cohort(edge.programme())), organisation_of(edge))
    path = f"/v1/secondments/{secondment}"
    edge.do(f"{path}/backfill", "2013-08-01")
    refused(edge, 409, "backfill_already_confirmed", f"{path}/backfill", "2013-08-02")
    edge.do(f"{path}/signature", "2013-08-01", parties=["fellow", "programme"])
    refused(edge, 409, "party_has_signed", f"{path}/signature", "2013-08-02", parties=["fellow"])
    edge.do(f"{path}/signature", "2013-08-02", parties=["releasing_organisation"])
    assert edge.do(f"{path}/start", "2013-09-02")["irregularities"] == []
    edge.do(f"{path}/backfill-withdrawal", "2013-10-01", reason="post_not_filled")
    edge.do(f"{path}/fraction", "2013-11-01", contracted_wte="0.8", reason="job_plan")
    edge.do(f"{path}/early-end", "2014-01-31", circumstance="moved_job")


def test_a_secondment_that_has_not_started_can_be_cancelled(edge: Edge) -> None:
    fellowship, organisation = edge.started(edge.cohort(edge.programme())), organisation_of(edge)
    secondment = release_of(edge, fellowship, organisation)
    edge.do(f"/v1/secondments/{secondment}/cancellation", "2013-08-01", circumstance="employer_withdrew_release")
    release_of(edge, fellowship, organisation)
    refused(edge, 409, "secondment_is_over", f"/v1/secondments/{secondment}/start", "2013-09-02")


def test_a_release_names_an_organisation_and_a_fellow_on_the_record(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    told = YEAR | {"contracted_wte": "1", "fellowship_id": edge.started(cohort)}
    refused(edge, 404, "nothing_recorded", "/v1/secondments", "2013-07-01", organisation_id=str(uuid4()), **told)
    organisation = organisation_of(edge)
    unknown = told | {"fellowship_id": str(uuid4()), "organisation_id": organisation}
    refused(edge, 404, "nothing_recorded", "/v1/secondments", "2013-07-01", **unknown)
    early = told | {"organisation_id": organisation}
    refused(edge, 409, "place_not_accepted", "/v1/secondments", "2013-01-01", **early)
    wrong = early | {"ends_on": "2013-09-01"}
    refused(edge, 409, "release_dates_out_of_order", "/v1/secondments", "2013-07-01", **wrong)


def test_a_corrected_release_is_judged_as_a_new_one(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    secondment = release_of(edge, edge.started(cohort), organisation_of(edge))
    (agreed,) = entered_of(edge, "secondment", secondment, "secondment.release_agreed")
    path = f"/v1/entries/secondment/{secondment}/1/correction"
    fact, other = agreed["fields"], edge.started(cohort)
    reason = {"reason": "keying_error"}
    refused(edge, 409, "another_person", path, "2013-07-01", fact=fact | {"fellowship_id": other}, **reason)
    unknown = fact | {"organisation_id": str(uuid4())}
    refused(edge, 404, "nothing_recorded", path, "2013-07-01", fact=unknown, **reason)
    above = fact | {"released_wte": "1.1"}
    refused(edge, 409, "released_above_contracted", path, "2013-07-01", fact=above, **reason)
    edge.do(path, "2013-07-01", fact=fact | {"released_wte": "0.4"}, **reason)


def test_an_organisation_has_its_code_alone_and_merges_once(edge: Edge) -> None:
    first, second = organisation_of(edge, "ZZF01"), organisation_of(edge)
    told = {"title": "Fenland", "code": "ZZF01"}
    assert refused(edge, 409, "key_taken", "/v1/organisations", "2011-01-01", **told)["identifier"] == first
    edge.do(f"/v1/organisations/{first}/name", "2012-01-01", title="Fenland University Hospitals")
    refused(edge, 404, "nothing_recorded", f"/v1/organisations/{first}/merger", "2013-01-01", merged_into=str(uuid4()))
    path = f"/v1/organisations/{first}/merger"
    refused(edge, 409, "merged_into_itself", path, "2013-01-01", merged_into=first)
    edge.do(path, "2013-01-01", merged_into=second)
    corrected, itself = f"/v1/entries/organisation/{first}/3/correction", {"merged_into": first}
    refused(edge, 409, "merged_into_itself", corrected, "2013-01-01", fact=itself, reason="keying_error")
    refused(edge, 409, "organisation_has_merged", f"/v1/organisations/{first}/name", "2013-02-01", title="Marsh")


def test_what_an_organisation_released_before_it_was_merged_stays_its_own(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    first, second = organisation_of(edge, "ZZF01"), organisation_of(edge, "ZZM02")
    secondment = release_of(edge, fellowship, first)
    edge.do(f"/v1/secondments/{secondment}/start", "2013-09-02")
    edge.do(f"/v1/organisations/{first}/merger", "2014-04-01", merged_into=second)
    assert edge.get(f"/v1/secondments/{secondment}", as_at="2014-05-01")["secondment"]["organisation_id"] == first
    rows = edge.get("/v1/secondees", as_at="2014-05-01")["items"]
    assert [(row["organisation_id"], row["secondees"]) for row in rows] == [(first, 1)]


def test_on_its_last_day_a_secondment_is_counted_and_past_an_end_not_recorded_it_is_listed_as_overdue(
    edge: Edge,
) -> None:
    organisation = organisation_of(edge)
    secondment = release_of(edge, edge.started(edge.cohort(edge.programme())), organisation)
    path = f"/v1/secondments/{secondment}"
    edge.do(f"{path}/start", "2013-09-02")

    def told(day: str) -> tuple[int, str, int]:
        (row,) = edge.get("/v1/secondees", as_at=day)["items"]
        for name in ("secondees", "past_agreed_end"):
            behind = edge.get(row["hrefs"][name])["items"]
            assert [each["secondment_id"] for each in behind] == [secondment] * row[name]
        return row["secondees"], row["released_wte"], row["past_agreed_end"]

    assert (told("2014-08-31"), told("2014-09-01")) == ((1, "0.5", 0), (0, "0", 1))
    body = refused(edge, 409, "not_early", f"{path}/early-end", "2014-09-15")
    assert body["detail"].startswith("The last day agreed is 2014-08-31; this says 2014-09-15.")
    edge.do(f"{path}/return-meeting", "2014-07-04")
    edge.do(f"{path}/end", "2014-08-31")
    assert told("2014-08-31") == (1, "0.5", 0)
    assert edge.get("/v1/secondees", as_at="2014-09-01")["items"] == []


def test_a_release_is_refused_with_a_neutral_reason_and_stays_so(edge: Edge) -> None:
    fellowship, organisation = edge.started(edge.cohort(edge.programme())), organisation_of(edge)
    told = {"fellowship_id": fellowship, "organisation_id": organisation, "refused_by": "clinical_director"}
    path = "/v1/secondments/refusal"
    refused(edge, 422, "invalid", path, "2013-07-01", **told)
    refused(edge, 409, "place_not_accepted", path, "2013-01-01", reason="service_pressure", **told)
    strange = told | {"organisation_id": str(uuid4())}
    refused(edge, 404, "nothing_recorded", path, "2013-07-01", reason="service_pressure", **strange)
    secondment = edge.do(path, "2013-07-01", reason="service_pressure", **told)["secondment_id"]
    (row,) = edge.get(f"/v1/fellowships/{fellowship}/secondments")["items"]
    assert (row["secondment_id"], row["stage"], row["starts_on"]) == (secondment, "refused", None)
    refused(edge, 409, "release_was_refused", f"/v1/secondments/{secondment}/start", "2013-09-02")
    (entry,) = edge.get(row["entries"])["items"]
    assert (entry["kind"], entry["reason"]) == ("secondment.release_refused", "service_pressure")
    other = entry["fields"] | {"fellowship_id": edge.started(edge.cohort(edge.programme("B")))}
    corrected = f"/v1/entries/secondment/{secondment}/1/correction"
    refused(edge, 409, "another_person", corrected, "2013-07-01", fact=other, reason="keying_error")
    release_of(edge, fellowship, organisation)


def test_another_organisation_takes_a_release_over_and_is_one_on_the_record(edge: Edge) -> None:
    first, second = organisation_of(edge, "ZZF01"), organisation_of(edge, "ZZM02")
    secondment = release_of(edge, edge.started(edge.cohort(edge.programme())), first)
    edge.do(f"/v1/secondments/{secondment}/start", "2013-09-02")
    path = f"/v1/secondments/{secondment}/releasing-organisation"
    told = {"agreed_by": "director", "reason": "moved_job"}
    refused(edge, 404, "nothing_recorded", path, "2014-02-01", organisation_id=str(uuid4()), **told)
    refused(edge, 409, "released_by_this_organisation", path, "2014-02-01", organisation_id=first, **told)
    edge.do(path, "2014-02-01", organisation_id=second, **told)
    for day, organisation in (("2014-01-31", first), ("2014-02-01", second)):
        rows = edge.get("/v1/secondees", as_at=day)["items"]
        assert [(row["organisation_id"], row["secondees"]) for row in rows] == [(organisation, 1)]
    fact = {"organisation_id": str(uuid4()), "agreed_by": "director"}
    corrected = f"/v1/entries/secondment/{secondment}/3/correction"
    refused(edge, 404, "nothing_recorded", corrected, "2014-02-01", fact=fact, reason="keying_error")


def test_staff_are_reminded_of_the_meeting_about_the_return(edge: Edge) -> None:
    organisation = organisation_of(edge)
    secondment = release_of(edge, edge.started(edge.cohort(edge.programme())), organisation)
    path = f"/v1/secondments/{secondment}"
    refused(edge, 409, "secondment_not_started", f"{path}/return-meeting", "2013-08-01")
    edge.do(f"{path}/start", "2013-09-02")
    reminders = f"/v1/organisations/{organisation}/secondees"

    def listed(day: str) -> list[tuple[str, str | None]]:
        rows = edge.get(reminders, as_at=day, only="return_meeting_outstanding")["items"]
        return [(row["return_meeting_due"], row["return_meeting_held_on"]) for row in rows]

    assert (listed("2014-07-05"), listed("2014-07-06")) == ([], [("2014-07-06", None)])
    edge.do(f"{path}/extension", "2014-06-20", ends_on="2014-10-31", agreed_by="director", reason="time_lost")
    assert (listed("2014-09-04"), listed("2014-09-05")) == ([], [("2014-09-05", None)])
    edge.do(f"{path}/return-meeting", "2014-09-10")
    assert (listed("2014-09-09"), listed("2014-09-10")) == ([("2014-09-05", None)], [])


def test_staff_see_that_the_meeting_about_the_return_was_missed_after_the_end(edge: Edge) -> None:
    organisation = organisation_of(edge)
    secondment = release_of(edge, edge.started(edge.cohort(edge.programme())), organisation)
    path = f"/v1/secondments/{secondment}"
    edge.do(f"{path}/start", "2013-09-02")
    edge.do(f"{path}/end", "2014-08-31")

    def missed(day: str) -> list[str]:
        (counted,) = edge.get("/v1/secondees", as_at=day)["items"]
        found = edge.get(counted["hrefs"]["return_meeting_missed"])
        rows = [row["secondment_id"] for row in found["items"] if row["return_meeting_missed"]]
        assert counted["return_meeting_missed"] == len(rows) == len(found["items"])
        return rows

    assert (missed("2014-08-30"), missed("2014-08-31"), missed("2016-01-01")) == ([], [secondment], [secondment])
    only = {"as_at": "2016-01-01", "only": "return_meeting_outstanding"}
    assert edge.get(f"/v1/organisations/{organisation}/secondees", **only)["items"] == []
    edge.do(f"{path}/return-meeting", "2014-09-10")
    assert missed("2014-09-09") == [secondment]
    assert edge.get("/v1/secondees", as_at="2016-01-01")["items"] == []


def test_what_two_employers_state_differently_of_one_contract_is_said_with_the_figure(edge: Edge) -> None:
    fellow = edge.started(edge.cohort(edge.programme()))
    first, second = organisation_of(edge, "ZZF01"), organisation_of(edge, "ZZM02")
    alike = {"contracted_wte": "0.8", "released_wte": "0.2"}
    releases = [release_of(edge, fellow, each, **alike) for each in (first, second)]
    for each in releases:
        edge.do(f"/v1/secondments/{each}/start", "2013-09-02")
    edge.do(f"/v1/secondments/{releases[1]}/fraction", "2014-02-01", reason="moved_job", contracted_wte="0.6")

    def told(day: str) -> list[tuple[str, int]]:
        rows = edge.get("/v1/secondees", as_at=day)["items"]
        for row in rows:
            behind = edge.get(row["hrefs"]["contracts_disagree"])["items"]
            assert len({each["person_id"] for each in behind}) == row["contracts_disagree"]
        return sorted((row["contracted_wte"], row["contracts_disagree"]) for row in rows)

    assert told("2014-01-31") == [("0.8", 0), ("0.8", 0)]
    assert told("2014-02-01") == [("0.6", 1), ("0.8", 1)]
    edge.do(f"/v1/secondments/{releases[0]}/pause", "2014-03-01", circumstance="other")
    assert told("2014-03-01") == [("0", 0), ("0.6", 0)]
