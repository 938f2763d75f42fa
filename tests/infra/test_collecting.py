"""When garbage is looked for: large batches leave it until later, but not for ever."""

import gc
import sys
from weakref import ref

from infra.postgres.collecting import IN_HAND, MANY, SELDOM, collecting_later, serving


class Ring:
    """Garbage that only a look through all finds: it refers to itself."""

    def __init__(self) -> None:
        self.ring = self


def batch() -> "ref[Ring]":
    """A large batch that leaves nothing but garbage; the first piece of it, for as long as it is not found."""
    with collecting_later(kept=True):
        lost = ref(Ring())
        for _ in range(2 * MANY):
            Ring()
    return lost


def test_garbage_is_found_while_large_batches_go_on_but_not_looked_for_after_each() -> None:
    most = (SELDOM + sys.getallocatedblocks()) // MANY
    lost, batches = batch(), 1
    while lost() is not None:
        batch()
        batches += 1
        assert batches < most, "there is twice as much as there was before, and none of it was found"
    assert batch()() is not None


def test_while_serving_what_requests_have_in_hand_is_not_looked_through() -> None:
    usual = gc.get_threshold()
    with serving():
        gc.collect()
        looks = gc.get_stats()[0]["collections"]
        in_hand: list[list[object]] = [[] for _ in range(IN_HAND // 2)]
        assert gc.get_stats()[0]["collections"] == looks, f"looked through {len(in_hand)} objects"
    assert gc.get_threshold() == usual


def test_while_serving_what_outlives_a_look_is_not_looked_through_again_until_it_has_doubled() -> None:
    kept: list[list[object]] = []
    with serving():
        ring = Ring()
        lost = ref(ring)
        gc.collect()
        old = sys.getallocatedblocks()
        del ring
        gc.collect()
        assert lost() is not None, "it was old, and looked through all the same"
        while lost() is not None:
            assert sys.getallocatedblocks() < 3 * old, "what is old has more than doubled, and was not looked through"
            kept.append([[] for _ in range(10 * MANY)])
            gc.collect()
    assert gc.get_freeze_count() == 0
