"""The mutants of what an engine keeps of a view: what it reads back, remembers and writes, and the counts."""

from tests.mutant_list.mutant import Mutant

_REBUILD = "tests/infra/test_rebuild.py::test_"
_PARKING = "tests/infra/test_parking.py::test_"
_HISTORY = "tests/infra/test_view_histories.py::test_"
_PROJECTOR = "tests/infra/test_projector.py::test_"

KEEPING = (
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
        "the in-order path takes supersession points for facts",
        "infra/views/engine.py",
        "change = timeline.refold(gone, come, self.view.fold, event.position)",
        "in_order = come and not gone and timeline.follows(min(come))\n"
        "                change = (\n"
        "                    timeline.append(sorted(come), self.view.fold, event.position)\n"
        "                    if in_order\n"
        "                    else timeline.refold(gone, come, self.view.fold, event.position)\n"
        "                )",
        _HISTORY + "a_replaced_fact_restored_into_an_empty_key_comes_with_its_point",
    ),
    Mutant(
        "the phase is ignored",
        "infra/views/routing.py",
        "own, position = phase(event.event), event.position\n        if len(routed) == 1:",
        "own, position = 1, event.position\n        if len(routed) == 1:",
        _HISTORY + "openings_come_first_and_endings_last_whenever_they_were_entered",
    ),
    Mutant(
        "the ordinal runs backwards",
        "infra/views/routing.py",
        "Entry(day, own, position, ordinal, 0, position, fact)",
        "Entry(day, own, position, len(routed) - 1 - ordinal, 0, position, fact)",
        _HISTORY + "facts_of_one_entry_and_day_keep_the_order_of_the_routing",
    ),
    Mutant(
        "facts of one entry are folded in the order of the routing, not of their days",
        "infra/views/routing.py",
        "[(key, sorted(entries, key=_order)) for key, entries",
        "[(key, entries) for key, entries",
        _HISTORY + "an_entry_may_concern_two_days_in_any_order",
    ),
    Mutant(
        "only one segment is read back",
        "infra/views/loads.py",
        "HEAD = 2",
        "HEAD = 1",
        _HISTORY + "a_day_that_ends_as_the_one_before_has_no_row",
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
        "the event that cannot be taken is taken for done",
        "infra/views/parking.py",
        "return since is not None and position >= since",
        "return since is not None and position > since",
        _PARKING + "a_fact_that_cannot_be_folded_stops_its_own_key_alone",
    ),
    Mutant(
        "what was remembered is good for another build after a batch that passed the view by",
        "infra/views/engine.py",
        "if self._stood not in (None, (build, batch.after)):",
        "if False:",
        _REBUILD + "nor_where_a_batch_that_does_not_concern_the_view_comes_in_between",
    ),
)
