"""The mutants of those who take views along: projectors, their leases, and views filled anew and released."""

from tests.mutant_list.mutant import Mutant

_REBUILD = "tests/infra/test_rebuild.py::test_"
_LEASES = "tests/infra/test_leases.py::test_"
_PARKING = "tests/infra/test_parking.py::test_"
_PROJECTOR = "tests/infra/test_projector.py::test_"

FOLLOWING = (
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
        "a replay takes entries with links together with others",
        "infra/following/replay.py",
        "if run and (event.link is not None or run[-1].link is not None):",
        "if False:",
        _PARKING + "a_key_taken_up_again_knows_what_its_fact_said_meanwhile_of_other_keys",
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
        "what a server lost of a view is taken for done",
        "infra/following/projector.py",
        "            engine.forget()\n        self._rolled.clear()",
        "            pass\n        self._rolled.clear()",
        "tests/infra/test_server_away.py::test_what_a_server_that_restarts_has_lost_of_a_view_is_done_again",
    ),
    Mutant(
        "a table that is locked holds up all views",
        "infra/following/taking.py",
        "        in_the_way.append(error)",
        "        raise",
        "tests/infra/test_one_view.py::test_a_table_that_is_locked_holds_up_its_own_view_alone",
    ),
)
