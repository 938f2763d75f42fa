"""The application answers the small history as worked out by hand: each question, at a day and a record number."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date
from typing import Any

import pytest

from infra.settings import Connections
from tests.api.edge import Edge, edge_of
from tests.office import Office
from tests.projections import by_hand
from tests.projections.by_hand_story import Story, Told

Json = dict[str, Any]


class Asking:
    """The questions about the history, in the names that the list worked out by hand has."""

    def __init__(self, edge: Edge, story: Told) -> None:
        self._edge, self._story = edge, story
        self._names = {identifier: name for name, identifier in story.fellows.items()}
        self._sessions = {identifier: name for name, identifier in story.sessions.items()}

    def at(self, question: str, day: date, known: str, **asked: Any) -> Json:
        """What is answered of the cohort, and that it is said where the answer stands."""
        position = self._story.known[known]
        path = f"/v1/cohorts/{self._story.cohort}/{question}"
        answer = self._edge.get(path, as_at=day.isoformat(), known_at=position, **asked)
        assert (answer["as_at"], answer["position"]) == (day.isoformat(), position)
        return answer

    def who(self, found: Mapping[str, Any]) -> str:
        """The name of a fellow in an answer."""
        return self._names[found["fellowship_id"]]

    def session(self, found: Mapping[str, Any]) -> str:
        """The name of a session in an answer."""
        return self._sessions[found["session_id"]]

    def behind(self, figure: Json) -> tuple[str, ...]:
        """The names of those whom a figure of the outcomes counts."""
        people = self._edge.get(figure["href"])["people"]
        assert len(people) == figure["count"]
        return tuple(sorted(map(self.who, people)))


@pytest.fixture
def asking(demonstration_database: Connections) -> Iterator[Asking]:
    """The history told by an office, and the application over its record."""
    with closing(Office(demonstration_database)) as office:
        story = Story(office, in_its_years=True).tell()
    with edge_of(demonstration_database) as edge:
        yield Asking(edge, story)


def attended(asking: Asking, found: Json) -> by_hand.Attended:
    """One fellow's attendance as the list has it."""
    percent = found["percent_so_far"]
    return by_hand.Attended(
        found["attended_minutes"],
        found["expected_minutes"],
        found["planned_minutes"],
        None if percent is None else str(percent),
        found["unknown_minutes"],
        found["caught_up_minutes"],
        tuple(asking.session(cell) for cell in found["cells"] if cell["counted"] == "contradicted"),
    )


def coached(found: Json) -> by_hand.Coached:
    """One fellow's coaching as the list has it."""
    sums = (found[name] for name in ("entitled_minutes", "held_minutes", "used_by_cancelling", "left_minutes"))
    return by_hand.Coached(*sums, engagements=len(found["engagements"]))


def test_three_days_each_as_known_at_three_numbers_are_answered_as_worked_out_by_hand(asking: Asking) -> None:
    for (day, known), counts in by_hand.COUNTS.items():
        at = (by_hand.DAYS[day], known)
        found = asking.at("standing", *at)["counts"]
        assert {name: count for name, count in found.items() if count} == counts, at

        roster = asking.at("roster", *at)["items"]
        seen = {asking.who(each): (each["state"], date.fromisoformat(each["since"])) for each in roster}
        assert seen == by_hand.ROSTER[day, known], at

        attendance = asking.at("attendance", *at)["items"]
        marked = {asking.who(each): attended(asking, each) for each in attendance}
        assert marked == by_hand.ATTENDANCE[day, known], at
        for each in attendance:
            assert each["contradicted"] == len(marked[asking.who(each)].contradicted), at
            whole = each["planned_minutes"]
            share = round(100 * each["attended_minutes"] / whole, 1) if whole else None
            assert each["percent_of_planned"] == share, at

        coaching = asking.at("coaching", *at)["items"]
        assert {asking.who(each): coached(each) for each in coaching} == by_hand.COACHING[day, known], at


def test_outcomes_are_answered_as_worked_out_by_hand_with_who_is_behind_each_figure(asking: Asking) -> None:
    for known, by_month in by_hand.OUTCOMES.items():
        for day in (by_hand.V1, by_hand.V2):
            young = asking.at("outcomes", day, known)["months"]
            assert [month["month"] for month in young] == list(by_month)
            assert all(month["not_yet"] and month["n"] is None and month["promoted"] is None for month in young)
        for month in asking.at("outcomes", by_hand.V3, known)["months"]:
            wanted = by_month[month["month"]]
            assert month["not_yet"] is (wanted is None), (known, month["month"])
            if month["not_yet"]:
                assert (month["n"], month["promoted"], month["href"]) == (None, None, None)
                continue
            assert (month["n"], month["projects_n"]) == (5, 2)
            assert month["qi_remit"]["n"] == month["qi_remit_known"]["count"]
            milestones = month["milestones"]
            found = by_hand.Outcome(
                *(asking.behind(month[name]) for name in by_hand.PEOPLE_COUNTED),
                milestones={name: figure["count"] for name, figure in milestones.items() if figure["count"]},
                imprecise_promotions=month["promoted"]["imprecise_dates"],
                imprecise_milestones=sum(figure["imprecise_dates"] for figure in milestones.values()),
            )
            assert found == wanted, (known, month["month"])
