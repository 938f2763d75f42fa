"""The mutants of answers: what was so when, as known when, and what the program's own views make of it."""

from tests.mutant_list.mutant import Mutant

_EVERY_VIEW = "tests/projections/test_every_view_law.py::test_"
_JOINED = "tests/projections/test_joined_law.py::test_"
_HISTORY = "tests/infra/test_view_histories.py::test_"

READING = (
    Mutant(
        "known_to is one too late",
        "infra/views/answers.py",
        "in_force = [row.c.known_from <= position, row.c.known_to > position]",
        "in_force = [row.c.known_from <= position, row.c.known_to >= position]",
        _HISTORY + "a_fact_moves_between_keys_at_one_position",
    ),
    Mutant(
        "known_from is one too late",
        "infra/views/answers.py",
        "in_force = [row.c.known_from <= position, row.c.known_to > position]",
        "in_force = [row.c.known_from < position, row.c.known_to > position]",
        _HISTORY + "a_fact_moves_between_keys_at_one_position",
    ),
    Mutant(
        "a state holds from the day after its own",
        "infra/views/answers.py",
        "row.c.valid_from <= _typed(valid, sa.Date()),",
        "row.c.valid_from < _typed(valid, sa.Date()),",
        _HISTORY + "a_replaced_fact_counts_until_the_new_decision_and_not_after",
    ),
    Mutant(
        "a view's routing has forgotten a kind",
        "projections/register.py",
        "_OF_A_FELLOW = FellowExpected | ExpectationWaived | AttendanceRecorded",
        "_OF_A_FELLOW = FellowExpected | AttendanceRecorded",
        _EVERY_VIEW + "each_view_at_every_day_and_position_is_what_the_facts_that_stand_say",
    ),
    Mutant(
        "a view's fold counts the last milestone, not the first",
        "projections/milestone.py",
        "return reached._replace(lost_on=None)",
        "return fact",
        _EVERY_VIEW + "each_view_at_every_day_and_position_is_what_the_facts_that_stand_say",
    ),
    Mutant(
        "a corrected move is another one",
        "projections/career.py",
        "yield Routed((event.person_id, recorded.slot), recorded.day, state)",
        "yield Routed((event.person_id, recorded.position), recorded.day, state)",
        _EVERY_VIEW + "each_view_at_every_day_and_position_is_what_the_facts_that_stand_say",
    ),
    Mutant(
        "a joined answer takes the members of another day",
        "projections/project.py",
        "members = STANDING.as_of(valid=at.valid, known=at.known,",
        "members = STANDING.as_of(valid=date.max, known=at.known,",
        _JOINED + "each_joined_answer_is_what_its_sources_say_at_each_day_and_position",
    ),
    Mutant(
        "who has looked is woken by what was said before",
        "infra/views/waiting.py",
        "(turn > ticket and position >= wanted)",
        "position >= wanted",
        "tests/infra/test_waiting.py::test_who_has_looked_is_not_woken_by_what_was_said_before",
    ),
)
