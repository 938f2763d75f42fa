"""Marking an entry as entered in error: what says now what it said, and which changes go with it."""

from uuid import uuid4

from tests.api.edge import Edge, problem

PAUSED = {"circumstance": "career_break"}
WHY = {"reason": "keying_error"}


def corrected(edge: Edge) -> str:
    """The address of the entries of a fellow whose fourth is a pause, corrected by the fifth, and that by the sixth."""
    fellowship = edge.started(edge.cohort(edge.programme()))
    edge.do(f"/v1/fellowships/{fellowship}/pause", "2014-03-01", **PAUSED)
    entries = f"/v1/entries/fellowship/{fellowship}"
    (paused,) = edge.get(entries, kind="fellowship.paused")["items"]
    for version, day in ((4, "2014-03-05"), (5, "2014-03-15")):
        edge.do(f"{entries}/{version}/correction", day, fact=paused["fields"], **WHY)
    return entries


def test_the_receipt_names_what_stands_again(edge: Edge) -> None:
    entries = corrected(edge)
    assert edge.do(f"{entries}/6/retraction", None, **WHY)["stands"] == 5
    key, version = str(uuid4()), edge.versions[entries.rpartition("/")[2]]
    taken = edge.do(f"{entries}/4/retraction", None, key=key, version=version, **WHY)
    assert taken["stands"] is None
    assert edge.do(f"{entries}/8/retraction", None, **WHY)["stands"] == 5
    assert edge.send(f"{entries}/4/retraction", None, key=key, version=version, **WHY).json() == taken


def test_an_entry_that_was_corrected_is_not_corrected_again_and_it_is_said_which_to_change(edge: Edge) -> None:
    entries = corrected(edge)
    (first, *_) = edge.get(entries, kind="fellowship.paused")["items"]
    version = edge.versions[entries.rpartition("/")[2]]
    response = edge.send(f"{entries}/4/correction", "2014-03-20", version=version, fact=first["fields"], **WHY)
    refused = problem(response, 409, "not_standing")
    assert "Entry 6 says now what it said: change that one." in refused["detail"]


def test_what_is_struck_out_names_the_mark_that_did_it_on_each_of_its_corrections(edge: Edge) -> None:
    entries = corrected(edge)
    mark = edge.do(f"{entries}/4/retraction", None, **WHY)["position"]
    items = edge.get(entries)["items"][3:6]
    positions = [each["position"] for each in items]
    assert [each["status"] for each in items] == ["entered_in_error"] * 3
    assert [each["changed_by"] for each in items] == [[mark]] * 3
    assert [each["taken_back"] for each in items] == [[positions[1]], [positions[2]], []]
