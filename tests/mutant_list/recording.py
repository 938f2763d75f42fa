"""The mutants of the log: how commands are decided, combined and appended."""

from tests.mutant_list.mutant import Mutant

_DESK = "tests/infra/test_desk.py::test_"
_APPEND = "tests/infra/test_append.py::test_"
_LOST_END = "tests/infra/test_lost_end.py::test_"
_COMBINING = "tests/infra/test_combining.py::test_"

RECORDING = (
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
        "*(type(error)(*error.args) for _ in together[1:])",
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
        "recording times follow a clock that goes back",
        "infra/migrations/versions/0001_append.sql",
        "    at := greatest(clock_timestamp(), at);",
        "    at := clock_timestamp();",
        "tests/infra/test_moments.py::test_recording_times_never_fall_though_the_clock_goes_back",
    ),
    Mutant(
        "what was read of a server that is gone is appended on",
        "infra/migrations/versions/0001_append.sql",
        " OR timeline <> log.timeline()",
        "",
        _LOST_END + "the_last_place_is_given_once_whatever_was_at_hand",
    ),
    Mutant(
        "what was read of a server that is gone is refused for",
        "infra/migrations/versions/0001_verdicts.sql",
        " OR timeline <> log.timeline()",
        "",
        _LOST_END + "nobody_is_refused_for_what_was_lost",
    ),
    Mutant(
        "a lost call is taken for one that recorded nothing",
        "infra/log/append.py",
        "return [verdict or Unheard() for verdict in found]",
        "return [Unheard() for _ in found]",
        "tests/infra/test_append_races.py::test_a_connection_lost_around_the_commit_is_resolved",
    ),
    Mutant(
        "each command that misses a history waits for a query of its own",
        "infra/log/ahead.py",
        "for attempt in self._behind():",
        "for attempt in ():",
        "tests/infra/test_ahead.py::test_what_several_commands_miss_is_read_by_one_query_for_each_kind",
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
)
