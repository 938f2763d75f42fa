"""Work done together: by one caller at a time, for all who wait, each with an outcome of its own."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, get_ident
from typing import Any

import pytest

from infra.log.combining import MOST, Busy, Combining


class Bench:
    """Work that waits to be let go, and notes who did what together."""

    def __init__(self) -> None:
        self.begun, self.go = Event(), Event()
        self.pieces: list[list[str]] = []
        self.workers: list[int] = []
        self.fails: dict[str, BaseException] = {}
        self.combining = Combining(self._work)

    def _work(self, items: list[str]) -> Sequence[str]:
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


def test_no_more_are_served_at_once_than_the_first_may_be_kept_waiting_for() -> None:
    bench, names = Bench(), [f"{number:02}" for number in range(MOST + 3)]
    with gathered(bench, *names) as let_go:
        assert [caller.result() for caller in let_go()] == names
    assert bench.pieces == [names[:1], names[1 : MOST + 1], names[MOST + 1 :]]


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
        with pytest.raises(Busy, match="too long"):
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
    work = Combining[str, str](lambda items: _slow(items, bench, second))
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
    bench, names = Bench(), [f"{number:02}" for number in range(MOST)]
    bench.fails["b"] = KeyboardInterrupt()
    with gathered(bench, "a", "b", *names) as let_go:
        a, b, *others, later = let_go()
        assert isinstance(b.exception(), KeyboardInterrupt)
        assert {type(other.exception()) for other in others} == {Busy}
        assert (a.result(), later.result()) == ("A", names[-1])
    assert bench.do("d") == "D"


def test_nobody_is_taken_once_it_is_closed_and_those_who_wait_are_served() -> None:
    bench = Bench()
    with gathered(bench, "a", "b") as let_go:
        bench.combining.close()
        with pytest.raises(Busy, match="being closed"):
            bench.do("c")
        assert [caller.result() for caller in let_go()] == ["A", "B"]
    assert bench.pieces == [["a"], ["b"]]


def test_whose_patience_ends_while_the_lead_is_on_its_way_takes_it_and_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_up, give_up = Event(), vars(Combining)["_give_up"]

    def giving_up(combining: Combining[str, str], waiting: Any) -> None:
        give_up(combining, waiting)
        given_up.set()

    def late(waiting: Any) -> None:
        assert given_up.wait(20)
        waiting.gate.release()

    monkeypatch.setattr(Combining, "_give_up", giving_up)
    monkeypatch.setattr("infra.log.combining._InThread.take_lead", late)
    bench = Bench()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(bench.do, "a")
        assert bench.begun.wait(20)
        second = threads.submit(bench.do, "b", 0.5)
        while bench.combining.waiting < 1:
            assert not second.done()
        bench.go.set()
        assert (first.result(20), second.result(20)) == ("A", "B")
    assert bench.do("c") == "C"
    assert bench.pieces == [["a"], ["b"], ["c"]]
