"""When Python's cyclic garbage is looked for."""

import gc
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager

MANY = 2_000
"""Objects that a batch leaves behind from which on it counts as large."""
IN_HAND = 10_000
"""Objects that requests under way have in hand, and let go of when they are answered."""
SELDOM = 1_000 * MANY
"""Blocks of memory in use up to whose double it is never worth it to look all through."""


@contextmanager
def serving() -> Generator[None]:
    """Take what outlives a look through everything for old, and look only through what came since.

    For a process that keeps much and answers many: each look through all that it keeps would hold up whoever asks
    meanwhile, for hundreds of milliseconds. It is done all the same each time that the memory in use has doubled.
    What came is looked through when there is more of it than requests under way have in hand: that goes by itself.
    """
    _Kept.old = 0
    usual = gc.get_threshold()
    gc.set_threshold(IN_HAND, *usual[1:])
    gc.callbacks.append(_age)
    try:
        yield
    finally:
        gc.callbacks.remove(_age)
        gc.set_threshold(*usual)
        gc.unfreeze()


def _age(phase: str, found: Mapping[str, int]) -> None:
    """Called by Python's collector around each of its looks."""
    if phase == "stop" and found["generation"] == 2:
        # Blocks of memory tell how much there is; to count the objects that are old takes tens of milliseconds.
        now = sys.getallocatedblocks()
        if not _Kept.old:  # this look was through everything
            _Kept.old = now
        if now < 2 * _Kept.old:
            gc.freeze()
        else:
            gc.unfreeze()
            _Kept.old = 0


class _Kept:
    """How many blocks of memory were in use when all was last looked through: while serving, and by large batches."""

    old = 0
    blocks = 0


@contextmanager
def collecting_later(*, when: bool = True, kept: bool = False) -> Generator[None]:
    """Leave cyclic garbage until afterwards, if `when`: what a large batch makes is kept, or goes by itself.

    With `kept`, what a large batch leaves is taken for old without a look at each object; garbage among it is found
    when all is looked through, which is done here each time the memory in use has doubled.
    """
    collecting = when and gc.isenabled()
    if when:
        gc.disable()
    try:
        yield
    finally:
        if collecting:
            if kept and gc.get_count()[0] > MANY:
                _take_for_old()
            gc.enable()


def _take_for_old() -> None:
    """Take all there is for old, after a look through it where that has doubled.

    Python looks all through when a quarter has come, which in a process that only fills what it keeps takes two fifths
    of its time; and it does not count what was frozen, so that while large batches go on it would never look. Blocks of
    memory tell what has come to stay, at no cost: most of what a batch makes may go right after it, as pages of the log
    do that are read and let go.
    """
    now = sys.getallocatedblocks()
    _Kept.blocks = min(_Kept.blocks, now)
    if now > 2 * max(_Kept.blocks, SELDOM):
        gc.collect()
        _Kept.blocks = sys.getallocatedblocks()
    gc.freeze()
    gc.unfreeze()
