"""The mutants of the engine and of views: one place changed in each, and the test that shows what goes wrong."""

from typing import NamedTuple

_EVERY_VIEW = "tests/projections/test_every_view_law.py::test_"
_JOINED = "tests/projections/test_joined_law.py::test_"
_REBUILD = "tests/infra/test_rebuild.py::test_"
_PARKING = "tests/infra/test_parking.py::test_"
_HISTORY, _PROJECTOR = "tests/infra/test_view_histories.py::test_", "tests/infra/test_projector.py::test_"


class Mutant(NamedTuple):
    """In `file`, `old` becomes `new`; it must occur there once. `shown_by` is the test written for it."""

    name: str
    file: str
    old: str
    new: str
    shown_by: str

    def applied(self, source: str) -> str:
        """The source with the mutant in it. Raises ValueError where its place is not there, or not the only one."""
        if source.count(self.old) != 1:
            raise ValueError(f"mutant {self.name}: {self.file} has its place {source.count(self.old)} times")
        return source.replace(self.old, self.new)


MUTANTS = (
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
        _HISTORY + "retracting_a_retraction_brings_the_fact_back",
    ),
    Mutant(
        "a superseding decision replaces nothing",
        "infra/views/engine.py",
        "new = superseded(batch)",
        "new = dict[int, int]()",
        _HISTORY + "a_replaced_fact_counts_until_the_new_decision_and_not_after",
    ),
    Mutant(
        "which slot leaves out which is not kept",
        "infra/views/engine.py",
        "changes.drops += new.items()",
        "pass",
        _HISTORY + "a_corrected_decision_still_replaces_and_from_its_new_day",
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
        "the in-order path takes supersession points for facts",
        "infra/views/engine.py",
        "change = timeline.refold(gone, come, self.view.fold, event.position)",
        "in_order = come and not gone and timeline.follows(min(come, key=_order))\n"
        "                change = (\n"
        "                    timeline.append(sorted(come, key=_order), self.view.fold, event.position)\n"
        "                    if in_order\n"
        "                    else timeline.refold(gone, come, self.view.fold, event.position)\n"
        "                )",
        _HISTORY + "a_replaced_fact_restored_into_an_empty_key_comes_with_its_point",
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
        "the phase is ignored",
        "infra/views/engine.py",
        "own, position = phase(event.event), event.position\n        if len(routed) == 1:",
        "own, position = 1, event.position\n        if len(routed) == 1:",
        _HISTORY + "openings_come_first_and_endings_last_whenever_they_were_entered",
    ),
    Mutant(
        "the ordinal runs backwards",
        "infra/views/engine.py",
        "Entry(day, own, position, ordinal, 0, position, fact)",
        "Entry(day, own, position, len(routed) - 1 - ordinal, 0, position, fact)",
        _HISTORY + "facts_of_one_entry_and_day_keep_the_order_of_the_routing",
    ),
    Mutant(
        "facts of one entry are folded in the order of the routing, not of their days",
        "infra/views/engine.py",
        "[(key, sorted(entries, key=_order)) for key, entries",
        "[(key, entries) for key, entries",
        _HISTORY + "an_entry_may_concern_two_days_in_any_order",
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
        "only one segment is read back",
        "infra/views/loads.py",
        "HEAD = 2",
        "HEAD = 1",
        _HISTORY + "a_day_that_ends_as_the_one_before_has_no_row",
    ),
    Mutant(
        "only one segment is remembered",
        "infra/views/refold.py",
        "len(self.segments) - 2",
        "len(self.segments) - 1",
        _HISTORY + "an_engine_that_remembers_only_the_end_of_a_key_goes_on_from_it",
    ),
    Mutant(
        "late facts do not have their keys read whole",
        "infra/views/engine.py",
        "deep |= self._late(plain, waiting)",
        "pass",
        _HISTORY + "a_late_fact_takes_its_place_before_later_ones_and_only_from_then_on",
    ),
    Mutant(
        "what was remembered outlives a lost transaction",
        "infra/views/engine.py",
        "if self._stood != (build, batch.after):",
        "if self._stood is None:",
        _HISTORY + "a_lost_transaction_leaves_nothing_behind_in_the_engine",
    ),
    Mutant(
        "an entry undone within its batch is written all the same",
        "infra/views/writes.py",
        "if self.facts.pop(place, None) is None:",
        "if self.facts.get(place, None) is None:",
        _HISTORY + "a_correction_and_what_it_corrects_may_lie_in_one_batch",
    ),
    Mutant(
        "entries that went stay in the order that is kept",
        "infra/views/writes.py",
        "self.gone.append(place)",
        "pass",
        _HISTORY + "a_fact_moves_between_keys_at_one_position",
    ),
    Mutant(
        "values that were once held are not kept",
        "infra/views/writes.py",
        "held.add((value, *key))",
        "pass",
        _HISTORY + "a_value_that_was_once_held_is_found_after_it_was_corrected_away",
    ),
    Mutant(
        "the present is not written",
        "infra/views/writes.py",
        "self.touched.add(key)",
        "pass",
        _HISTORY + "what_is_dated_in_the_future_is_not_so_now",
    ),
    Mutant(
        "the present does not say when it ends",
        "infra/views/writes.py",
        "next_from = segments[current + 1].valid_from if current + 1 < len(segments) else None",
        "next_from = None",
        _HISTORY + "what_is_dated_in_the_future_is_not_so_now",
    ),
    Mutant(
        "several futures hide the present",
        "infra/views/engine.py",
        "if last is not None and len(segments) == HEAD and segments[0].valid_from > self._today:",
        "if False:",
        _HISTORY + "many_futures_do_not_hide_the_present",
    ),
    Mutant(
        "the present is not brought to a new day",
        "infra/views/engine.py",
        "        if due:",
        "        if False:",
        _PROJECTOR + "the_present_moves_on_with_the_day",
    ),
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
        "the checkpoint is moved whoever moved it before",
        "infra/views/writes.py",
        "AND stage = %s AND position = %s::bigint RETURNING build",
        "AND stage = %s AND %s::bigint >= 0 RETURNING build",
        _PROJECTOR + "of_two_projectors_of_one_view_the_later_is_told",
    ),
    Mutant(
        "what was remembered of one build is taken for the other",
        "infra/views/engine.py",
        "if self._stood != (build, batch.after):",
        "if self._stood is None or self._stood[1] != batch.after:",
        _REBUILD + "what_was_remembered_of_one_build_is_not_taken_for_the_other",
    ),
    Mutant(
        "a block is summed up one position late",
        "infra/views/counting.py",
        "(last + 1) // self._block)",
        "last // self._block)",
        _HISTORY + "counts_are_right_on_either_side_of_a_closed_block_and_of_a_month",
    ),
    Mutant(
        "a block begins with nothing of those before it",
        "infra/views/counting.py",
        "SELECT max(block) FROM {totals} WHERE {same} AND block < %(block)s::int)",
        "SELECT max(block) FROM {totals} WHERE false)",
        _HISTORY + "counts_are_right_on_either_side_of_a_closed_block_and_of_a_month",
    ),
    Mutant(
        "a group that a key leaves keeps it",
        "infra/views/counting.py",
        "for of, n in ((group, sign), (held, -sign)):",
        "for of, n in ((group, sign),):",
        _HISTORY + "counts_are_right_on_either_side_of_a_closed_block_and_of_a_month",
    ),
    Mutant(
        "rows that differ in what one build alone holds are not seen",
        "infra/following/compare.py",
        "UNION ALL ({other} EXCEPT ALL {live})",
        "UNION ALL ({other} EXCEPT ALL {other})",
        _REBUILD + "what_only_one_build_holds_differs_as_well",
    ),
    Mutant(
        "a gap in the log is passed over",
        "infra/log/event_rows.py",
        "if events and events[-1].position != position + len(events):",
        "if False:",
        _PROJECTOR + "nothing_is_read_past_a_missing_position",
    ),
    Mutant(
        "the batch and the checkpoint are two transactions",
        "infra/following/taking.py",
        "with connection.transaction():\n                self._pass(",
        "if True:\n                self._pass(",
        _PROJECTOR + "a_connection_cut_in_the_middle_of_a_batch_changes_nothing",
    ),
    Mutant(
        "a correction that concerns a key that waits is forgotten",
        "infra/views/engine.py",
        "waiting.pass_over(key, event.position)",
        "pass",
        _PARKING + "a_correction_that_moves_a_fact_between_a_key_that_waits_and_one_that_does_not_is_right_in_both",
    ),
    Mutant(
        "a key that waits is remembered as it was",
        "infra/views/engine.py",
        "self._kept.drop(key)",
        "pass",
        _PARKING + "it_goes_on_following_whatever_fails",
    ),
    Mutant(
        "a replay takes entries with links together with others",
        "infra/following/replay.py",
        "if run and (event.link is not None or run[-1].link is not None):",
        "if False:",
        _PARKING + "every_key_that_fails_in_a_batch_waits_from_its_own_position",
    ),
    Mutant(
        "the event that cannot be taken is taken for done",
        "infra/views/parking.py",
        "return since is not None and position >= since",
        "return since is not None and position > since",
        _PARKING + "a_fact_that_cannot_be_folded_stops_its_own_key_alone",
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
)
