"""Work done together: by one caller at a time, for all who wait, each with an outcome of its own."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, get_ident

import pytest

from infra.log.combining import Busy, Combining


class Everybody:
    """Company that admits everybody but those named after one who is there already."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def admits(self, item: str) -> bool:
        if item == "odd":
            raise TypeError(item)
        there = item[:1] in self._names
        self._names.add(item[:1])
        return not there


class Bench:
    """Work that waits to be let go, and notes who did what together."""

    def __init__(self) -> None:
        self.begun, self.go = Event(), Event()
        self.pieces: list[list[str]] = []
        self.workers: list[int] = []
        self.fails: dict[str, BaseException] = {}
        self.combining = Combining(self._work, Everybody)

    def _work(self, items: list[str], hand_on: Callable[[], None]) -> Sequence[str]:
        self.pieces.append(items)
        self.workers.append(get_ident())
        self.begun.set()
        assert self.go.wait(20)
        for item in items:
            if item in self.fails:
                raise self.fails[item]
        return [item.upper() for item in items]

    def do(self, item: str, patience: float = 20) -> str:
        return self.combining.do(item, patience)


@contextmanager
def gathered(bench: Bench, first: str, *others: str) -> Generator[Callable[[], list[Future[str]]]]:
    """Callers of whom the first is at work and the others wait; the function lets the work go."""
    with ThreadPoolExecutor(1 + len(others)) as threads:
        try:
            callers = [threads.submit(bench.do, first)]
            assert bench.begun.wait(20)
            for number, item in enumerate(others, 1):
                callers.append(threads.submit(bench.do, item))
                while bench.combining.waiting < number:
                    assert not callers[-1].done()

            def let_go() -> list[Future[str]]:
                bench.go.set()
                for caller in callers:
                    caller.exception(20)
                return callers

            yield let_go
        finally:
            bench.go.set()


def test_a_lone_caller_does_its_work_itself() -> None:
    bench = Bench()
    bench.go.set()
    assert [bench.do("a"), bench.do("b")] == ["A", "B"]
    assert bench.pieces == [["a"], ["b"]]
    assert set(bench.workers) == {get_ident()}


def test_those_who_wait_are_served_together_in_the_order_they_came() -> None:
    bench = Bench()
    with gathered(bench, "a", "b", "c", "d") as let_go:
        assert [caller.result() for caller in let_go()] == ["A", "B", "C", "D"]
    assert bench.pieces == [["a"], ["b", "c", "d"]]
    assert bench.combining.waiting == 0


def test_who_is_not_admitted_keeps_its_place_and_is_served_next() -> None:
    bench = Bench()
    with gathered(bench, "a", "b1", "c1", "b2", "d", "c2", "b3") as let_go:
        assert [caller.result() for caller in let_go()] == ["A", "B1", "C1", "B2", "D", "C2", "B3"]
    assert bench.pieces == [["a"], ["b1", "c1", "d"], ["b2", "c2"], ["b3"]]


def test_whose_item_cannot_be_judged_goes_alone_and_holds_nobody_up() -> None:
    bench = Bench()
    with gathered(bench, "a", "b", "odd", "c") as let_go:
        assert [caller.result() for caller in let_go()] == ["A", "B", "ODD", "C"]
    assert bench.pieces == [["a"], ["b", "c"], ["odd"]]


def test_an_error_reaches_only_the_caller_whose_item_raises_it() -> None:
    bench = Bench()
    bench.fails["c"] = KeyError("c")
    with gathered(bench, "a", "b", "c", "d") as let_go:
        a, b, c, d = let_go()
        assert (a.result(), b.result(), d.result()) == ("A", "B", "D")
        assert c.exception() is bench.fails["c"]
    assert bench.pieces == [["a"], ["b", "c", "d"], ["b"], ["c"], ["d"]]


def test_everybody_is_told_that_the_log_is_busy_in_an_exception_of_its_own() -> None:
    bench = Bench()
    bench.fails["c"] = Busy("locked")
    with gathered(bench, "a", "b", "c", "d") as let_go:
        _, *told = [caller.exception() for caller in let_go()]
    assert [str(error) for error in told] == ["locked"] * 3
    assert len({id(error) for error in told}) == 3
    assert bench.pieces == [["a"], ["b", "c", "d"]]


def test_who_has_waited_long_enough_goes_and_its_work_is_not_done() -> None:
    bench = Bench()
    with gathered(bench, "a", "b") as let_go:
        with pytest.raises(Busy, match="nothing was recorded"):
            bench.do("c", patience=0.01)
        assert [caller.result() for caller in let_go()] == ["A", "B"]
    assert bench.pieces == [["a"], ["b"]]


def test_when_work_done_one_by_one_finds_the_log_busy_the_rest_are_told_and_not_tried() -> None:
    bench = Bench()
    bench.fails |= {"b": KeyError("b"), "c": Busy("away")}
    with gathered(bench, "a", "b", "c", "d", "e") as let_go:
        _, *told = [caller.exception() for caller in let_go()]
    assert told[0] is bench.fails["b"]
    assert [(type(error), str(error)) for error in told[1:]] == [(Busy, "away")] * 3
    assert len({id(error) for error in told}) == 4
    assert bench.pieces == [["a"], ["b", "c", "d", "e"], ["b"], ["c"]]


def test_who_has_waited_long_enough_while_another_does_its_work_goes_without_knowing_and_is_not_tried_alone() -> None:
    bench = Bench()
    second = Event()
    work = Combining[str, str](lambda items, hand_on: _slow(items, bench, second), Everybody)
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(work.do, "a", 20)
        assert bench.begun.wait(20)
        leader = threads.submit(work.do, "b", 20)
        while work.waiting < 1:
            assert not leader.done()
        waiting = threads.submit(work.do, "c", 1)
        while work.waiting < 2:
            assert not waiting.done()
        bench.go.set()
        assert isinstance(waiting.exception(20), Busy)
        assert not leader.done()
        second.set()
        assert (first.result(20), leader.result(20)) == ("A", "B")
    assert bench.pieces == [["a"], ["b", "c"], ["b"]]


def _slow(items: list[str], bench: Bench, second: Event) -> list[str]:
    """Work that fails for those who are together."""
    bench.pieces.append(items)
    bench.begun.set()
    assert (second if "b" in items else bench.go).wait(20)
    if len(items) > 1:
        raise KeyError
    return [item.upper() for item in items]


def test_where_the_one_at_work_is_broken_off_the_others_are_told_and_the_next_goes_on() -> None:
    bench = Bench()
    bench.fails["b1"] = KeyboardInterrupt()
    with gathered(bench, "a", "b1", "c", "b2") as let_go:
        a, b, c, later = let_go()
        assert isinstance(b.exception(), KeyboardInterrupt)
        assert isinstance(c.exception(), Busy)
        assert (a.result(), later.result()) == ("A", "B2")
    assert bench.do("d") == "D"


def test_the_next_begins_before_the_end_of_one_who_hands_the_lead_on() -> None:
    begun, ended = Event(), Event()

    def work(items: list[str], hand_on: Callable[[], None]) -> list[str]:
        if "a" in items:
            hand_on()
            begun.set()
            assert ended.wait(20)
        return [item.upper() for item in items]

    combining = Combining[str, str](work, Everybody)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(combining.do, "a", 20)
        assert begun.wait(20)
        assert combining.do("b", 20) == "B"
        assert not first.done()
        ended.set()
        assert first.result(20) == "A"
    assert combining.do("c", 20) == "C"
