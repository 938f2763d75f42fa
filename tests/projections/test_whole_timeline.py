"""One fellow's timeline holds what every record tells of them, and nothing of anybody else."""

from collections import Counter
from datetime import date

from domain.coaching import COACHING
from domain.project import PROJECT
from domain.values import FellowshipId
from infra.views.reading import At
from projections.entry import Entry
from projections.timeline import timeline
from tests.office import Office
from tests.projections import by_hand
from tests.projections.by_hand_story import Story


def told_of(office: Office, fellowship: FellowshipId, known: int, valid: date = by_hand.V3) -> list[Entry]:
    with office.reading() as connection:
        return timeline(connection, At(valid, known), fellowship)


def marks(found: list[Entry]) -> list[Entry]:
    return [entry for entry in found if entry.kind == "session.attendance_recorded"]


def kinds(found: list[Entry], record: str) -> list[str]:
    return [entry.kind.partition(".")[2] for entry in found if entry.stream.startswith(f"{record}:")]


def test_every_record_that_tells_of_the_fellow_is_in_it_in_the_order_things_happened(office: Office) -> None:
    story = Story(office)
    ada, known = story.fellows["Ada"], story.tell().known["K3"]
    found = told_of(office, ada, known)
    assert [entry.happened for entry in found] == sorted(entry.happened for entry in found)
    assert kinds(found, "fellowship") == ["place_accepted", "place_confirmed", "started", "completed"]
    of_sessions = {"fellow_expected": 4, "attendance_recorded": 4, "catch_up_completed": 1}
    assert Counter(kinds(found, "session")) == of_sessions
    assert {entry.fields["fellowship_id"] for entry in found if entry.stream.startswith("session:")} == {ada}
    coached = {COACHING.of(story.coaching[coach]) for coach in ("Gil", "Hal")}
    assert {entry.stream for entry in found if entry.stream.startswith("coaching:")} == coached
    assert kinds(found, "coaching").count("session_held") == 4
    assert kinds(found, "career") == [
        "role_at_entry_recorded",
        "role_ended",
        "role_recorded",
        "promotion_recorded",
        "last_contact_confirmed",
    ]
    assert kinds(found, "project")[:3] == ["proposed", "fellow_joined", "charter_approved"]


def test_it_stands_at_the_day_and_at_the_position_asked_for(office: Office) -> None:
    story = Story(office)
    known = story.tell().known
    eve, ben = story.fellows["Eve"], story.fellows["Ben"]
    assert "withdrawn" not in kinds(told_of(office, eve, known["K2"]), "fellowship")
    assert "withdrawn" in kinds(told_of(office, eve, known["K3"]), "fellowship")
    assert kinds(told_of(office, eve, known["K3"], date(2013, 10, 6)), "session") == []
    before, after = (marks(told_of(office, ben, known[each])) for each in ("K1", "K2"))
    assert [entry.status for entry in before] == ["stands"]
    assert [entry.status for entry in after] == ["corrected", "stands"]
    assert after[0].changed_by == (after[1].position,)
    his = PROJECT.of(story.projects[1])
    charter = [entry for entry in told_of(office, ben, known["K3"]) if entry.stream == his]
    assert [(entry.kind, entry.status) for entry in charter[-2:]] == [
        ("project.charter_approved", "entered_in_error"),
        ("record.retracted", "stands"),
    ]


def test_a_projects_other_fellows_are_not_in_it(office: Office) -> None:
    story = Story(office)
    dev, known = story.fellows["Dev"], story.tell().known["K3"]
    joined = [entry for entry in told_of(office, dev, known) if entry.kind == "project.fellow_joined"]
    assert [entry.fields["fellowship_id"] for entry in joined] == [dev]
