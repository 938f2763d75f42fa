"""When Python's cyclic garbage is looked for."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def collecting_later(*, when: bool = True) -> Generator[None]:
    """Leave cyclic garbage until afterwards, if `when`: what a large batch makes is kept, or goes by itself."""
    collecting = when and gc.isenabled()
    if when:
        gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
