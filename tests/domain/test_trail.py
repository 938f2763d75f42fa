"""A trail is not changed once it is known, however many are made from it."""

from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.trail import Trail

ITEMS = st.lists(st.integers())


@given(st.lists(st.tuples(st.integers(0), ITEMS)))
def test_every_trail_stays_what_it_was_when_longer_ones_are_made_from_it(growth: list[tuple[int, list[int]]]) -> None:
    made: list[tuple[Trail[int], list[int]]] = [(Trail(), [])]
    for origin, new in growth:
        trail, held = made[origin % len(made)]
        made.append((trail.adding(new), [*held, *new]))
    for trail, held in made:
        assert (list(trail), len(trail), list(reversed(trail))) == (held, len(held), held[::-1])


@given(ITEMS, ITEMS, st.integers(-12, 12), st.integers(-12, 12), st.sampled_from([None, 1, 2, -1, -3]))
def test_a_trail_is_read_as_a_list_is(held: list[int], beyond: list[int], at: int, to: int, by: int | None) -> None:
    trail = Trail(held)
    trail.adding(beyond)
    assert trail[at:to:by] == held[at:to:by]
    assert (trail[at:], trail[:to]) == (held[at:], held[:to])
    if -len(held) <= at < len(held):
        assert trail[at] == held[at]
    else:
        with pytest.raises(IndexError):
            trail[at]


def test_two_trails_share_the_items_up_to_the_first_that_is_not_the_same() -> None:
    first, second, third = object(), object(), object()
    trail = Trail([first, second])
    longer, other = trail.adding([third]), trail.adding([first])
    assert [trail.shared(longer), longer.shared(trail), longer.shared(other)] == [2, 2, 2]
    assert [longer.shared([first, third]), longer.shared([]), trail.shared([first, second, third])] == [1, 0, 2]


@given(ITEMS, st.lists(st.integers(), min_size=1), ITEMS)
def test_what_is_put_into_the_place_of_its_end_changes_no_trail_that_ends_before(
    held: list[int], new: list[int], more: list[int]
) -> None:
    trail = Trail(held)
    longer = trail.adding(new)
    longest = longer.adding(more)
    other = trail.adding(new)
    assert [each.continues(trail) for each in (trail, longer, longest, other)] == [True, True, True, False]
    assert not trail.continues(longer)
    settled = [-1 - number for number in new]
    longer.settle(settled)
    assert [list(each) for each in (trail, longer, longest, other)] == [
        held,
        held + settled,
        held + settled + more,
        held + new,
    ]


def test_threads_that_add_to_one_trail_at_once_each_get_their_own() -> None:
    trail: Trail[str] = Trail()
    made: dict[str, Trail[str]] = {}

    def grow(name: str) -> None:
        for number in range(2_000):
            items = [f"{name}{number}", f"{name}{number}, again"]
            made[name] = trail.adding(items)
            assert list(made[name]) == items

    threads = [Thread(target=grow, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: list(each) for name, each in made.items()} == {
        name: [f"{name}1999", f"{name}1999, again"] for name in "abcd"
    }
