"""The answers to a small history are those worked out by hand."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from domain.coaching import COACHING
from domain.fellowship import FELLOWSHIP
from infra.settings import Connections
from infra.views.reading import At
from projections.attendance import attendance, attendance_matrix, register
from projections.coaching import coaching_use
from projections.cohort import cohort
from projections.counted import Counted
from projections.figure import Figure, behind
from projections.outcomes import outcomes
from projections.roster import roster
from projections.standing import Attribution, standing
from tests.office import Office
from tests.projections import by_hand
from tests.projections.by_hand_story import Story, Told


@pytest.fixture
def told(demonstration_database: Connections) -> Iterator[tuple[Office, Told]]:
    """The office with the history told, each part of it in its year."""
    with closing(Office(demonstration_database)) as office:
        yield office, Story(office, in_its_years=True).tell()


def test_three_days_each_as_known_at_three_points_are_as_worked_out_by_hand(told: tuple[Office, Told]) -> None:
    office, story = told
    names: dict[str, str] = {fellowship: name for name, fellowship in story.fellows.items()}
    sessions: dict[str, str] = {session: name for name, session in story.sessions.items()}
    with office.reading() as connection:
        for (day, known), counts in by_hand.COUNTS.items():
            at = At(by_hand.DAYS[day], story.known[known])
            found = standing(connection, at, story.cohort, Attribution.ORIGIN).counts
            assert {count: n for count, n in found.items() if n} == counts, (day, known)

            listed = roster(connection, at, story.cohort, Attribution.ORIGIN)
            seen = {names[row.fellowship_id]: (row.state.value, row.since) for row in listed}
            assert seen == by_hand.ROSTER[day, known], (day, known)

            attended = {
                names[fellow.fellowship_id]: by_hand.Attended(
                    fellow.attended_minutes,
                    fellow.expected_minutes,
                    fellow.planned_minutes,
                    None if fellow.percent_so_far is None else str(fellow.percent_so_far),
                    fellow.unknown_minutes,
                    fellow.caught_up_minutes,
                    tuple(sessions[cell.session_id] for cell in fellow.contradicted),
                )
                for fellow in attendance(connection, at, cohort_id=story.cohort)
            }
            assert attended == by_hand.ATTENDANCE[day, known], (day, known)
            for fellow in attendance_matrix(connection, at, story.cohort).fellows:
                assert attendance(connection, at, fellowship_id=fellow.fellowship_id) == [fellow], (day, known)

            coached = {
                names[fellow.fellowship_id]: by_hand.Coached(
                    fellow.entitled_minutes,
                    fellow.held_minutes,
                    fellow.used_by_cancelling,
                    fellow.left_minutes,
                    len(fellow.engagements),
                )
                for fellow in coaching_use(connection, at, cohort_id=story.cohort, attribution=Attribution.ORIGIN)
            }
            assert coached == by_hand.COACHING[day, known], (day, known)


def test_outcomes_are_as_worked_out_by_hand_and_each_figure_names_who_is_behind_it(
    told: tuple[Office, Told],
) -> None:
    office, story = told
    names: dict[str, str] = {fellowship: name for name, fellowship in story.fellows.items()}

    def who(figure: Figure | None) -> tuple[str, ...]:
        assert figure is not None
        assert figure.count == len(figure.fellowship_ids)
        assert bool(figure.causes) is bool(figure.count)
        return tuple(sorted(names[each] for each in figure.fellowship_ids))

    with office.reading() as connection:
        for known, position in story.known.items():
            for day in (by_hand.V1, by_hand.V2):
                row = cohort(connection, At(day, position), story.cohort)
                assert row is not None
                young = outcomes(connection, At(day, position), row)
                assert all(month.not_yet and month.promoted is None and month.n is None for month in young.months)
            row = cohort(connection, At(by_hand.V3, position), story.cohort)
            assert row is not None
            for month in outcomes(connection, At(by_hand.V3, position), row).months:
                wanted = by_hand.OUTCOMES[known][month.month]
                assert month.not_yet is (wanted is None), (known, month.month)
                if month.not_yet:
                    assert (month.n, month.promoted, month.milestones, month.people) == (None, None, None, ())
                    continue
                assert month.projects is not None
                assert (month.n, month.projects.count) == (5, 2)
                assert month.promoted is not None
                assert month.milestones is not None
                assert month.qi_remit is not None
                assert month.traced is not None
                assert month.qi_remit_known is not None
                assert month.qi_remit.n == month.qi_remit_known.count
                found = by_hand.Outcome(
                    who(month.promoted),
                    who(month.not_promoted),
                    who(month.not_known),
                    who(month.qi_remit),
                    who(month.qi_remit_known),
                    who(month.qi_remit_not_known),
                    who(month.traced),
                    {milestone.value: f.count for milestone, f in month.milestones.items() if f.count},
                    month.promoted.imprecise_dates,
                    sum(figure.imprecise_dates for figure in month.milestones.values()),
                )
                assert found == wanted, (known, month.month)
                for person in month.people:
                    beyond = person.last_contact_on is not None and person.last_contact_on < month.day
                    assert person.censored_on == (person.last_contact_on if beyond else None)


def test_a_mark_that_a_late_withdrawal_contradicts_is_listed_with_the_entries_that_say_so(
    told: tuple[Office, Told],
) -> None:
    office, story = told
    eve = story.fellows["Eve"]
    with office.reading() as connection:

        def seen(known: str) -> tuple[tuple[int, ...], Counted, tuple[int, ...]]:
            answer = register(connection, At(by_hand.V3, story.known[known]), story.sessions["S4"])
            assert answer is not None
            (line,) = (line for line in answer.lines if line.fellowship_id == eve)
            tallies = (answer.expected, answer.marked, answer.unknown, answer.waived, answer.taken_out)
            return (*tallies, answer.contradicted), line.counted, line.causes

        tallies, counted, _ = seen("K2")
        assert (tallies, counted) == ((4, 4, 0, 0, 0, 0), Counted.MARKED)
        tallies, counted, causes = seen("K3")
        assert (tallies, counted) == ((3, 3, 0, 0, 1, 1), Counted.CONTRADICTED)
        at = At(by_hand.V3, story.known["K3"])
        (withdrawal,) = behind(connection, at, [FELLOWSHIP.of(eve)], ["fellowship.withdrawn"])
        assert withdrawal.position in causes
        assert len(causes) == 3
        assert register(connection, at, eve) is None


def test_the_entries_behind_coaching_minutes_add_up_to_them(told: tuple[Office, Told]) -> None:
    office, story = told
    with office.reading() as connection:
        for day, known in by_hand.COACHING:
            at = At(by_hand.DAYS[day], story.known[known])
            (ada,) = coaching_use(connection, at, fellowship_id=story.fellows["Ada"])
            streams = [COACHING.of(each.coaching_id) for each in ada.engagements]
            held = behind(connection, at, streams, ["coaching.session_held"])
            assert sum(entry.fields["minutes"] for entry in held) == ada.held_minutes
            assert len(held) == ada.sessions
