"""Events that a view cannot take: what fails waits alone and in order, the rest goes on, and nothing is lost."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from domain.event import Recorded
from infra.following.projector import Projector
from infra.following.replay import Replayed, replay
from infra.log.reading import Row
from infra.views import parking
from infra.views.incomplete import Incomplete, incomplete
from infra.views.view import Routed, View
from tests.infra.followers import eventually, following, reached, some
from tests.infra.histories import A, B, C, Fact, History, Trail, day, fold_trail, thing
from tests.infra.recording import Recording


class Broken:
    """A view whose fold fails at facts with these serial numbers, until it is mended."""

    def __init__(self, view: View[Any], *serials: int, error: Exception | None = None) -> None:
        self._fold, self._error = view.fold, error or ZeroDivisionError("Ada Fenner")
        self.serials = set(serials)
        self.view = replace(view, fold=self.fold)

    def fold(self, state: Any, fact: Any) -> Any:
        """As the view's own, or the failure."""
        if fact[0].serial in self.serials:
            raise self._error
        return self._fold(state, fact)


def waiting(record: Recording, view: View[Any]) -> Mapping[str, tuple[int, str, int]]:
    """The keys that wait: since which position, why, and for how many events."""
    found = parking.parked(record.projector, view.name, view.version, view.stage)
    return {each.key: (each.position, each.fault.partition(" in ")[0], each.events) for each in found}


def replayed(record: Recording, view: View[Any]) -> Replayed:
    """Try again what waits."""
    return replay(record.projector, view, record.decode, lambda: day(3))


def as_built(record: Recording, history: History) -> None:
    """The live views are what they would be, had nothing ever failed."""
    record.build(record.whole, day(3))
    record.check(history, day(3))


def paused(record: Recording) -> list[tuple[Any, ...]]:
    """The views that are paused: before which position, and why."""
    return record.projector.execute(
        "SELECT view, paused.position, split_part(error, ' in ', 1) FROM views.paused"
        " JOIN views.checkpoint c USING (build) WHERE paused.position = c.position + 1 ORDER BY view"
    ).fetchall()


def test_a_fact_that_cannot_be_folded_stops_its_own_key_alone(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history = record.begin()
    for number in range(9):
        history.say(thing(number % 3 + 1), on=number)
    record.record(history.entries)
    broken = Broken(record.live[0], 4)
    with projector((broken.view, record.live[1]), batch=2) as followed:
        assert followed.catch_up() == history.base + 9
        assert [record.trail(history, each, on=9) for each in (A, B, C)] == ["S0 S3 S6", "S1", "S2 S5 S8"]
        assert waiting(record, broken.view) == {f'["{B}"]': (history.base + 5, "ZeroDivisionError", 2)}
        assert replayed(record, broken.view) == Replayed(0, 1)
        assert record.trail(history, B, on=9) == "S1"
        broken.serials.clear()
        assert replayed(record, broken.view) == Replayed(1, 0)
        assert waiting(record, broken.view) == {}
        record.record([history.say(B, on=2)])
        followed.catch_up()
    as_built(record, history)


def test_a_correction_that_moves_a_fact_between_a_key_that_waits_and_one_that_does_not_is_right_in_both(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history = record.begin()
    first, second = history.say(A, on=1), history.say(B, on=1)
    history.say(A, on=2)
    there = history.correct(first, B, on=3)
    decided = history.supersede(second, A, B, on=2)
    history.retract(there)
    history.correct(decided, B, C, on=4)
    record.record(history.entries)
    broken = Broken(record.live[0], 2)
    with projector((broken.view, record.live[1]), batch=3) as followed:
        followed.catch_up()
        assert list(waiting(record, broken.view)) == [f'["{A}"]']
        assert record.trail(history, B, on=2, known=4) == "S1"
        assert record.trail(history, B, on=3, known=4) == "S1 S3"
        broken.serials.clear()
        assert replayed(record, broken.view) == Replayed(1, 0)
    as_built(record, history)


def test_every_key_that_fails_in_a_batch_waits_from_its_own_position(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history = some(record)
    broken = Broken(record.live[0], 3, 5, 7)
    with projector((broken.view, record.live[1])) as followed:
        assert followed.catch_up() == history.base + 12
        since = {key: position - history.base for key, (position, _, _) in waiting(record, broken.view).items()}
        assert since == {f'["{A}"]': 4, f'["{B}"]': 8, f'["{C}"]': 6}
        broken.serials = {5}
        assert replayed(record, broken.view) == Replayed(2, 1)
        broken.serials.clear()
        assert replayed(record, broken.view) == Replayed(1, 0)
    as_built(record, history)


def test_a_key_waits_from_where_it_fails_however_small_the_batch_in_which_it_does(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history = record.begin()
    for number in range(10):
        history.say(thing(number % 2 + 1), on=number)
    record.record(history.entries)
    broken, tried = Broken(record.live[0], 8), list[int]()

    def fold(state: Any, fact: Any) -> Any:
        after = broken.fold(state, fact)
        if fact[0].serial == 9:
            tried.append(9)
        # Once, when the other key is known to wait, what comes last cannot be written.
        return after._replace(times=2**80) if tried == [9] * 4 and fact[0].serial == 9 else after

    view = replace(broken.view, fold=fold)
    with projector((view,), batch=10) as followed:
        followed.catch_up()
        broken.serials.clear()
        replayed(record, view)
        record.record([history.say(A, on=20)])
        followed.catch_up()
    assert len(tried) > 4
    assert record.trail(history, A, on=20) == "S0 S2 S4 S6 S8 S10"


def test_what_fails_once_is_tried_again_and_nothing_waits(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history = some(record)
    broken = Broken(record.live[0], 5)

    def fold(state: Any, fact: Any) -> Any:
        try:
            return broken.fold(state, fact)
        except ZeroDivisionError:
            broken.serials.clear()
            raise

    with projector((replace(broken.view, fold=fold), record.live[1])) as followed:
        assert followed.catch_up() == history.base + 12
    assert waiting(record, broken.view) == {}
    as_built(record, history)


def test_what_cannot_be_written_waits_as_well(record: Recording, projector: Callable[..., Projector]) -> None:
    history = some(record)
    view = record.live[0]

    def fold(state: Trail | None, fact: Fact) -> Trail:
        after = fold_trail(state, fact)
        return after._replace(times=2**80) if fact[0].serial == 4 else after

    unwritable = replace(view, fold=fold)
    with projector((unwritable, record.live[1])) as followed:
        while followed.step():
            pass
        assert set(followed.positions().values()) == {history.base + 12}
        assert [error for _, error, _ in waiting(record, view).values()] == ["NumericValueOutOfRange"]
        assert replayed(record, unwritable) == Replayed(0, 1)
        assert replayed(record, view) == Replayed(1, 0)
    as_built(record, history)


def test_a_view_that_cannot_route_an_event_is_paused_before_it_and_the_others_go_on(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history = some(record)
    view, unroutable = record.live[0], {history.base + 7}

    def route(recorded: Recorded) -> list[Routed]:
        if recorded.position in unroutable:
            raise LookupError("Ada Fenner")
        return list(view.route(recorded))

    views = (replace(view, route=route), record.live[1])
    with projector(views) as followed:
        followed.catch_up()
        assert followed.positions() == {"trail 1": history.base + 6, "mark 1": history.base + 12}
        assert paused(record) == [("trail", history.base + 7, "LookupError")]
        unroutable.clear()
    with projector(views) as mended:
        assert mended.catch_up() == history.base + 12
    assert paused(record) == []
    as_built(record, history)


def test_an_event_that_cannot_be_read_pauses_every_view(record: Recording, projector: Callable[..., Projector]) -> None:
    history = some(record)
    unreadable = True

    def decode(row: Row) -> Recorded:
        if unreadable and row[0] == history.base + 3:
            raise ValueError("Ada Fenner")
        return record.decode(row)

    with projector(decode=decode, batch=5) as followed:
        assert followed.catch_up() == history.base + 2
        assert paused(record) == [(name, history.base + 3, "ValueError") for name in ("mark", "trail")]
        unreadable = False
    with projector() as mended:
        assert mended.catch_up() == history.base + 12
    as_built(record, history)


def test_what_an_error_says_is_written_nowhere(record: Recording, projector: Callable[..., Projector]) -> None:
    some(record)
    broken = Broken(record.live[0], 4)
    with projector((broken.view, record.live[1])) as followed:
        followed.catch_up()
    for table in ("parked", "waiting", "paused"):
        rows = record.projector.execute(f"SELECT t::text FROM views.{table} t".encode()).fetchall()
        assert "Fenner" not in str(rows)


def test_an_answer_says_how_many_wait_and_since_when(record: Recording, projector: Callable[..., Projector]) -> None:
    history = record.begin()
    for number in range(6):
        history.say(thing(number % 2 + 1), on=number)
    record.record(history.entries)
    broken = Broken(record.live[0], 2, 5)
    base = history.base

    def told(known: int, *views: View[Any]) -> Incomplete | None:
        with record.reader.begin() as reader:
            return incomplete(reader, views, base + known)

    with projector((broken.view, record.live[1])) as followed:
        followed.catch_up()
        assert told(2, record.live[0]) is None
        assert told(3, record.live[0]) == Incomplete(1, base + 3)
        assert told(6, *record.live) == Incomplete(2, base + 3)
        assert told(6, record.live[1]) is None
        broken.serials.clear()
        replayed(record, broken.view)
        assert told(6, *record.live) is None


def test_it_goes_on_following_whatever_fails(record: Recording, projector: Callable[..., Projector]) -> None:
    history = some(record)
    broken = Broken(record.live[0], 4)
    with following(projector((broken.view, record.live[1])), poll=0.01):
        assert eventually(lambda: reached(record, history.base + 12))
        record.record([history.say(C, on=6), history.say(B, on=6)])
        assert eventually(lambda: reached(record, history.base + 14))
        broken.serials.clear()
        assert replayed(record, broken.view).waiting == 0
        record.record([history.say(B, on=5)])
        assert eventually(lambda: reached(record, history.base + 15))
    as_built(record, history)


def test_a_key_taken_up_again_knows_what_its_fact_said_meanwhile_of_other_keys(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history = record.begin()
    first = history.say(A, on=1)
    there = history.correct(first, B, on=1)
    further = history.correct(there, C, on=1)
    history.correct(further, A, on=1)
    record.record(history.entries)
    broken = Broken(record.live[0], 0)
    with projector((broken.view, record.live[1])) as followed:
        followed.catch_up()
        assert waiting(record, broken.view)[f'["{A}"]'][2] == 3
        broken.serials.clear()
        assert replayed(record, broken.view) == Replayed(1, 0)
    as_built(record, history)
