"""Who has a say over a fellow, over HTTP: recorded, and asked for any day as known at any record number."""

from tests.api.edge import Edge, problem


def test_who_has_a_say_is_told_for_any_day_as_known_at_any_record_number(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    di, ed, flo = edge.person("Di"), edge.person("Ed"), edge.person("Flo")
    path = f"/v1/oversight/{fellowship}"
    response = edge.ask(path)
    answer = response.json()
    assert (answer["version"], response.headers["ETag"]) == (0, '"0"')
    assert (answer["line_manager"], answer["line_manager_declared_on"], answer["assessors"]) == (None, None, [])
    declared = edge.do(f"{path}/line-manager", "2013-09-02", line_manager_id=di, version=0)
    edge.do(f"{path}/assessor", "2014-01", assessor_id=ed, version=1)
    edge.do(f"{path}/assessor", "2013-11-01", assessor_id=flo, version=2)
    before = edge.entered()
    edge.do(f"{path}/assessor-standing-down", "2014-03-01", assessor_id=flo, version=3)
    edge.do(f"{path}/line-manager", "2014-05-01", line_manager_id=None, version=4)
    winter = edge.get(path, as_at="2014-02-01")
    assert (winter["line_manager"]["name"], winter["line_manager"]["since"]) == ("Di", "2013-09-02")
    assert [(each["name"], each["since"], each["precision"]) for each in winter["assessors"]] == [
        ("Flo", "2013-11-01", "day"),
        ("Ed", "2014-01-01", "month"),
    ]
    (entry,) = edge.get(winter["line_manager"]["entries"])["items"]
    assert entry["position"] == declared["position"]
    now = edge.get(path)
    assert (now["version"], now["line_manager"], now["line_manager_declared_on"]) == (5, None, "2014-05-01")
    assert [each["person_id"] for each in now["assessors"]] == [ed]
    then = edge.get(path, known_at=before)
    assert (then["version"], len(then["assessors"]), then["line_manager"]["person_id"]) == (3, 2, di)


def test_an_entry_in_error_gives_nobody_a_say(edge: Edge) -> None:
    fellowship = edge.started(edge.cohort(edge.programme()))
    edge.do(f"/v1/oversight/{fellowship}/assessor", "2013-11-01", assessor_id=edge.person("Ed"), version=0)
    path = f"/v1/entries/oversight/{fellowship}/1/retraction"
    edge.do(path, None, reason="wrong_person", version=1)
    answer = edge.get(f"/v1/oversight/{fellowship}")
    assert (answer["version"], answer["assessors"]) == (2, [])


def test_of_a_fellow_who_is_not_on_the_record_nothing_is_told(edge: Edge) -> None:
    problem(edge.ask(f"/v1/oversight/{edge.person()}"), 404, "nothing_recorded")
