"""The mutants of the fold: what stands, in which order, and which rows of a view follow from it."""

from tests.mutant_list.mutant import Mutant

_HISTORY = "tests/infra/test_view_histories.py::test_"

FOLDING = (
    Mutant(
        "a correction is ordered by its own position",
        "infra/views/slots.py",
        "Entry(day, own, slot, ordinal, 0, content.position, fact)",
        "Entry(day, own, content.position, ordinal, 0, content.position, fact)",
        _HISTORY + "a_correction_keeps_its_place_among_the_facts_of_its_day",
    ),
    Mutant(
        "a retraction leaves corrections standing",
        "domain/standing.py",
        "(link is None or link.how is not How.CORRECTS or link.version in stood)",
        "True",
        _HISTORY + "a_retraction_takes_every_correction_along",
    ),
    Mutant(
        "a retraction cannot be retracted",
        "domain/standing.py",
        "link.how is How.RETRACTS and version not in struck_out",
        "link.how is How.RETRACTS",
        _HISTORY + "a_fact_brought_back_is_there_when_what_corrected_it_later_is_taken_away",
    ),
    Mutant(
        "supersession points do not follow their target to another key",
        "infra/views/slots.py",
        "for other in self._dropped_by.get(slot, ()):",
        "for other in self._dropped_by.get(-1, ()):",
        _HISTORY + "a_point_of_replacement_follows_its_target_to_another_key",
    ),
    Mutant(
        "the decisions that replace a corrected fact are not read",
        "infra/views/slots.py",
        "self.needed |= {slot for slot, target in ends.items() if target in linked}",
        "pass",
        _HISTORY + "a_point_of_replacement_follows_its_target_to_another_key",
    ),
    Mutant(
        "a superseding entry does not remember its target",
        "infra/views/slots.py",
        "if (target := self._drops.get(slot)) is not None",
        "if (target := self._drops.get(-1)) is not None",
        _HISTORY + "retracting_a_decision_gives_back_what_it_replaced",
    ),
    Mutant(
        "a fact before a supersession point counts as in order",
        "infra/views/refold.py",
        "for entries in (self._deep(), self.points) if entries]",
        "for entries in (self._deep(),) if entries]",
        _HISTORY + "a_fact_before_a_point_of_replacement_is_not_in_order",
    ),
    Mutant(
        "a fold from the middle forgets what was left out before",
        "infra/views/refold.py",
        "left_out = {point.drops for point in points if point.day < first}",
        "left_out: set[int] = set()",
        _HISTORY + "a_decision_of_an_earlier_day_leaves_the_replaced_fact_out_altogether",
    ),
    Mutant(
        "at a supersession point the state is not folded again",
        "infra/views/refold.py",
        "if again != state:",
        "if again is None and state is None:",
        _HISTORY + "a_replaced_fact_counts_until_the_new_decision_and_not_after",
    ),
    Mutant(
        "a same-day change leaves the old row open",
        "infra/views/refold.py",
        "closed.append(top)",
        "pass",
        _HISTORY + "a_second_fact_of_a_day_replaces_the_row_of_that_day",
    ),
    Mutant(
        "a fold again leaves old rows open",
        "infra/views/refold.py",
        "closed = list(old.values())",
        "closed: list[Segment] = []",
        _HISTORY + "a_late_fact_takes_its_place_before_later_ones_and_only_from_then_on",
    ),
    Mutant(
        "every fact counts as in order",
        "infra/views/refold.py",
        "return self.last is None or entry.order > self.last",
        "return True",
        _HISTORY + "a_late_fact_takes_its_place_before_later_ones_and_only_from_then_on",
    ),
    Mutant(
        "the day that a fact has left is not folded again",
        "infra/views/refold.py",
        "first = min(first, entry.day)\n            entries = self._entries(entry)",
        "entries = self._entries(entry)",
        _HISTORY + "a_correction_that_moves_the_date_is_folded_from_the_earlier_of_both_days",
    ),
    Mutant(
        "the row of the first day touched is taken for an earlier one",
        "infra/views/refold.py",
        "since = bisect_left(self.segments, first, key=_valid_from)",
        "since = len([segment for segment in self.segments if segment.valid_from <= first])",
        _HISTORY + "a_correction_keeps_its_place_among_the_facts_of_its_day",
    ),
    Mutant(
        "a fact that brings the earlier state back leaves a row, in order",
        "infra/views/refold.py",
        "if after != (top.state if top else None):",
        "if True:",
        _HISTORY + "a_day_that_ends_as_the_one_before_has_no_row",
    ),
    Mutant(
        "a fact that changes nothing makes a row, folded again",
        "infra/views/refold.py",
        "if state != opening:",
        "if True:",
        _HISTORY + "what_a_late_fact_leaves_as_it_was_needs_no_new_row",
    ),
    Mutant(
        "a row is kept though another entry says it now",
        "infra/views/refold.py",
        "segment.state == state and segment.cause == cause",
        "segment.state == state",
        _HISTORY + "the_cause_of_a_state_is_the_entry_that_says_so",
    ),
    Mutant(
        "only one segment is remembered",
        "infra/views/refold.py",
        "len(self.segments) - 2",
        "len(self.segments) - 1",
        _HISTORY + "an_engine_that_remembers_only_the_end_of_a_key_goes_on_from_it",
    ),
)
