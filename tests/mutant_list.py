"""The mutants of the log, the engine and the views: one place changed in each, and the test that shows the wrong."""

from typing import NamedTuple

_EVERY_VIEW = "tests/projections/test_every_view_law.py::test_"
_JOINED = "tests/projections/test_joined_law.py::test_"
_REBUILD = "tests/infra/test_rebuild.py::test_"
_DESK, _LEASES = "tests/infra/test_desk.py::test_", "tests/infra/test_leases.py::test_"
_APPEND, _COMBINING = "tests/infra/test_append.py::test_", "tests/infra/test_combining.py::test_"
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
    Mutant(
        "what a command only read may have changed since",
        "infra/log/desk.py",
        "for name, read in self._at_hand.read.items()}",
        "for name, read in self._at_hand.read.items() if read is not self._at_hand.now[name]}",
        _DESK + "what_a_command_only_read_is_as_it_read_it_when_it_is_recorded",
    ),
    Mutant(
        "an entry that has no position yet is corrected",
        "infra/log/desk.py",
        "if slot is not None and slot >= PROVISIONAL:",
        "if False:",
        _DESK + "an_entry_made_just_before_is_corrected_in_its_place",
    ),
    Mutant(
        "what changes another entry needs no reason",
        "infra/log/desk.py",
        "if (event.reasoned or link is not None) and not self._stated.reason:",
        "if event.reasoned and not self._stated.reason:",
        _DESK + "what_changes_another_entry_needs_a_reason",
    ),
    Mutant(
        "personal fields are held of entries",
        "infra/log/desk.py",
        "event.impersonal(),",
        "event,",
        _DESK + "nothing_personal_is_held_of_an_entry_not_even_at_the_desk_that_makes_it",
    ),
    Mutant(
        "who strikes an entry out does not rest on what names it",
        "infra/log/at_hand.py",
        "        self._rest(thing, seen)\n",
        "",
        _DESK + "what_comes_to_rest_on_an_entry_while_that_is_being_struck_out_is_seen",
    ),
    Mutant(
        "who has a place does not rest on who else has one",
        "infra/log/at_hand.py",
        "        self._rest(guard, seen)\n        before = dict(members)\n",
        "        before = dict(members)\n",
        "tests/infra/test_event_log.py::test_the_last_place_is_given_once_however_many_ask",
    ),
    Mutant(
        "who has waited long enough stays in the queue",
        "infra/log/combining.py",
        "                self._queue.remove(waiting)\n",
        "",
        _COMBINING + "who_has_waited_long_enough_goes_and_its_work_is_not_done",
    ),
    Mutant(
        "what is done one by one goes on although the log is busy",
        "infra/log/combining.py",
        "if busy is None and not waiting.gone:",
        "if not waiting.gone:",
        _COMBINING + "when_work_done_one_by_one_finds_the_log_busy_the_rest_are_told_and_not_tried",
    ),
    Mutant(
        "what is done one by one is done for those who have gone",
        "infra/log/combining.py",
        "if busy is None and not waiting.gone:",
        "if busy is None:",
        _COMBINING + "who_has_waited_long_enough_while_another_does_its_work_goes_without_knowing"
        "_and_is_not_tried_alone",
    ),
    Mutant(
        "all who wait are served at once",
        "infra/log/combining.py",
        "while self._queue and len(together) < MOST:",
        "while self._queue:",
        _COMBINING + "no_more_are_served_at_once_than_the_first_may_be_kept_waiting_for",
    ),
    Mutant(
        "all who are told that the log is busy share one exception",
        "infra/log/combining.py",
        "*(Busy(*error.args) for _ in together[1:])",
        "*(error for _ in together[1:])",
        _COMBINING + "everybody_is_told_that_the_log_is_busy_in_an_exception_of_its_own",
    ),
    Mutant(
        "the error of one is the error of all",
        "infra/log/combining.py",
        "if len(together) == 1:\n                return [error]",
        "if together:\n                return [error for _ in together]",
        _COMBINING + "an_error_reaches_only_the_caller_whose_item_raises_it",
    ),
    Mutant(
        "those on a loop are given no moment to go on",
        "infra/log/combining.py",
        "gone_on.acquire(timeout=MOMENT)",
        "pass",
        "tests/infra/test_combining_on_loop.py::test_"
        "what_those_who_were_told_want_next_is_done_with_what_came_before_it",
    ),
    Mutant(
        "who must try again is told that nothing came of it",
        "infra/log/turns.py",
        "while (outcome := self._combining.do(item, attempts.left())) is None:",
        "while (outcome := self._combining.do(item, attempts.left())) is attempts:",
        "tests/infra/test_turns.py::test_who_must_try_again_does_so_until_it_succeeds_or_fails",
    ),
    Mutant(
        "only the first append of a process is announced",
        "infra/log/append.py",
        "        self._announcing = False\n        with",
        "        with",
        _APPEND + "word_goes_out_after_each_append_that_comes_after_the_last_word",
    ),
    Mutant(
        "after a lost connection those that died with it are tried",
        "infra/log/append.py",
        "self._pool.drain()",
        "pass",
        _APPEND + "after_one_lost_connection_no_other_that_was_there_before_is_tried",
    ),
    Mutant(
        "a lock that is held for too long is an error of the database",
        "infra/log/append.py",
        "(errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected)",
        "(errors.QueryCanceled, errors.DeadlockDetected)",
        _APPEND + "a_lock_that_is_held_for_too_long_is_busy_and_nothing_is_recorded",
    ),
    Mutant(
        "a build that comes is behind the one that goes",
        "infra/following/release.py",
        "bring(coming.stage, live[0])",
        "pass",
        _REBUILD + "what_comes_is_never_behind_what_goes",
    ),
    Mutant(
        "a release is carried out once more",
        "infra/following/release.py",
        "if not done(connection, release):",
        "if True:",
        _REBUILD + "what_is_not_there_cannot_be_released_and_what_is_released_is_not_released_again",
    ),
    Mutant(
        "a build of another version is released",
        "infra/following/release.py",
        "if coming is None or coming.version != version:",
        "if coming is None:",
        _REBUILD + "what_is_not_there_cannot_be_released_and_what_is_released_is_not_released_again",
    ),
    Mutant(
        "what was remembered is good for another build after a batch that passed the view by",
        "infra/views/engine.py",
        "if self._stood not in (None, (build, batch.after)):",
        "if False:",
        _REBUILD + "nor_where_a_batch_that_does_not_concern_the_view_comes_in_between",
    ),
    Mutant(
        "of views passed over, the live build is locked last",
        "infra/following/taking.py",
        "ORDER BY nth FOR UPDATE",
        "ORDER BY nth DESC FOR UPDATE",
        "tests/infra/test_following.py::test_of_one_view_the_live_build_is_locked_before_the_one_that_was_live_before",
    ),
    Mutant(
        "what is doubted while leases are looked at is held",
        "infra/following/lease.py",
        "frozenset(held) - self._doubted",
        "frozenset(held)",
        _LEASES + "what_is_doubted_while_leases_are_looked_at_is_not_held_before_they_are_looked_at_again",
    ),
    Mutant(
        "a lease is held although its holder was not heard of",
        "infra/following/lease.py",
        "return self._held if time.monotonic() - self._heard_of < self._span else frozenset()",
        "return self._held",
        _LEASES + "a_lease_is_held_no_longer_than_its_holder_is_heard_of",
    ),
    Mutant(
        "who has looked is woken by what was said before",
        "infra/views/waiting.py",
        "(turn > ticket and position >= wanted)",
        "position >= wanted",
        "tests/infra/test_waiting.py::test_who_has_looked_is_not_woken_by_what_was_said_before",
    ),
)
