"""When Python's cyclic garbage is looked for."""

import gc
from collections.abc import Generator
from contextlib import contextmanager

MANY = 2_000
"""Objects that a batch leaves behind from which on it counts as large."""


@contextmanager
def collecting_later(*, when: bool = True, kept: bool = False) -> Generator[None]:
    """Leave cyclic garbage until afterwards, if `when`: what a large batch makes is kept, or goes by itself.

    With `kept`, what a large batch leaves is kept for sure, and taken for old without a look at each object; garbage
    among it is found when all is looked through.
    """
    collecting = when and gc.isenabled()
    if when:
        gc.disable()
    try:
        yield
    finally:
        if collecting:
            if kept and gc.get_count()[0] > MANY:
                gc.freeze()
                gc.unfreeze()
            gc.enable()
