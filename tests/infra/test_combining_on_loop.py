"""Work done together for callers on an event loop, which goes on meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from threading import get_ident
from typing import TypeVar

import pytest

from infra.log.combining import Busy
from tests.infra.test_combining import Bench

T = TypeVar("T")


def on_a_loop(work: Callable[[Bench], Awaitable[T]]) -> tuple[Bench, T]:
    bench = Bench()

    async def run() -> T:
        return await work(bench)

    with closing(bench.combining):
        try:
            return bench, asyncio.run(run())
        finally:
            bench.go.set()


async def waiting(bench: Bench, *items: str) -> list[asyncio.Task[str]]:
    """Callers of whom the first is at work and the others wait."""
    callers: list[asyncio.Task[str]] = []
    for number, item in enumerate(items):
        callers.append(asyncio.create_task(bench.combining.doing(item, 20)))
        while not bench.begun.is_set() or bench.combining.waiting < number:
            await asyncio.sleep(0)
            assert not callers[-1].done()
    return callers


def test_the_loop_goes_on_while_the_work_is_done_in_another_thread() -> None:
    async def work(bench: Bench) -> list[str]:
        callers = await waiting(bench, "a")
        bench.go.set()
        return await asyncio.gather(*callers)

    bench, told = on_a_loop(work)
    assert told == ["A"]
    assert get_ident() not in bench.workers


def test_those_of_a_loop_are_served_together_in_the_order_they_came() -> None:
    async def work(bench: Bench) -> list[str]:
        callers = await waiting(bench, "a", "b", "c", "d")
        bench.go.set()
        return await asyncio.gather(*callers)

    bench, told = on_a_loop(work)
    assert told == ["A", "B", "C", "D"]
    assert bench.pieces == [["a"], ["b", "c", "d"]]


def test_what_those_who_were_told_want_next_is_done_with_what_came_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.log.combining.MOMENT", 20)

    async def twice(bench: Bench, item: str) -> list[str]:
        return [await bench.combining.doing(item, 20), await bench.combining.doing(item + item, 20)]

    async def work(bench: Bench) -> list[list[str]]:
        callers = [asyncio.create_task(twice(bench, "a"))]
        while not bench.begun.is_set():
            await asyncio.sleep(0)
        callers += [asyncio.create_task(twice(bench, item)) for item in "bc"]
        while bench.combining.waiting < 2:
            await asyncio.sleep(0)
        bench.go.set()
        return await asyncio.gather(*callers)

    bench, told = on_a_loop(work)
    assert told == [["A", "AA"], ["B", "BB"], ["C", "CC"]]
    assert bench.pieces == [["a"], ["b", "c", "aa"], ["bb", "cc"]]


def test_a_thread_and_a_loop_share_a_piece_whoever_of_them_leads() -> None:
    async def work(bench: Bench) -> list[str]:
        (first,) = await waiting(bench, "a")
        loop = asyncio.get_running_loop()
        others: list[Awaitable[str]] = []
        for number, item in enumerate(("b", "c", "d", "e"), 1):
            others.append(bench.combining.doing(item, 20) if number % 2 else loop.run_in_executor(None, bench.do, item))
            others[-1] = asyncio.ensure_future(others[-1])
            while bench.combining.waiting < number:
                await asyncio.sleep(0)
        bench.go.set()
        return [await first, *(await asyncio.gather(*others))]

    bench, told = on_a_loop(work)
    assert told == ["A", "B", "C", "D", "E"]
    assert bench.pieces == [["a"], ["b", "c", "d", "e"]]


def test_an_error_reaches_only_the_caller_on_the_loop_whose_item_raises_it() -> None:
    async def work(bench: Bench) -> list[str | BaseException]:
        bench.fails["c"] = KeyError("c")
        callers = await waiting(bench, "a", "b", "c")
        bench.go.set()
        return await asyncio.gather(*callers, return_exceptions=True)

    bench, (a, b, c) = on_a_loop(work)
    assert (a, b) == ("A", "B")
    assert c is bench.fails["c"]


def test_who_has_waited_long_enough_on_a_loop_goes_and_its_work_is_not_done() -> None:
    async def work(bench: Bench) -> str:
        (first,) = await waiting(bench, "a")
        with pytest.raises(Busy, match="too long"):
            await bench.combining.doing("b", 0.01)
        bench.go.set()
        return await first

    bench, told = on_a_loop(work)
    assert told == "A"
    assert bench.pieces == [["a"]]


def test_whose_work_is_under_way_for_too_long_goes_without_knowing_whether_it_was_done() -> None:
    async def work(bench: Bench) -> None:
        with pytest.raises(Busy, match="not known"):
            await bench.combining.doing("a", 0.01)
        bench.go.set()

    bench, _ = on_a_loop(work)
    assert bench.pieces == [["a"]]


def test_a_caller_that_is_cancelled_leaves_the_queue_and_holds_nobody_up() -> None:
    async def work(bench: Bench) -> list[str]:
        first, gone, last = await waiting(bench, "a", "b", "c")
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        assert bench.combining.waiting == 1
        bench.go.set()
        return [await first, await last]

    bench, told = on_a_loop(work)
    assert told == ["A", "C"]
    assert bench.pieces == [["a"], ["c"]]


def test_those_on_a_loop_who_wait_when_it_is_closed_are_served_and_nobody_else_is_taken() -> None:
    async def work(bench: Bench) -> list[str]:
        callers = await waiting(bench, "a", "b", "c")
        closed = asyncio.get_running_loop().run_in_executor(None, bench.combining.close)
        told = ""
        while "being closed" not in told:
            with pytest.raises(Busy) as busy:
                await bench.combining.doing("late", 0.01)
            told = str(busy.value)
        bench.go.set()
        await closed
        return await asyncio.gather(*callers)

    _, told = on_a_loop(work)
    assert told == ["A", "B", "C"]
