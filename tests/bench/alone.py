"""Measuring in a process of its own: whatever was done before, nothing of it lies in the memory that is measured."""

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def alone(work: Callable[P, Iterable[T]], *args: P.args, **kwargs: P.kwargs) -> list[T]:
    """What a piece of work yields, done in a fresh process, which ends with it. Raises what the work raises."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        return process.submit(_gathered, work, *args, **kwargs).result()


def _gathered(work: Callable[P, Iterable[T]], *args: P.args, **kwargs: P.kwargs) -> list[T]:
    return list(work(*args, **kwargs))
