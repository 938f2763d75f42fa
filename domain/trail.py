"""A sequence that is not changed once it is known, and from which a longer one is made without copying it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import is_
from typing import Generic, Self, TypeVar, overload

T = TypeVar("T")


class Trail(Sequence[T], Generic[T]):
    """The first so many items of a list that only ever grows, and that longer trails made from this one share."""

    __slots__ = ("_items", "_length")

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._items = list(items)
        self._length = len(self._items)

    def adding(self, new: Sequence[T]) -> Self:
        """The trail with these items at its end: the same list, if nothing has been added to it there before."""
        items, length = self._items, self._length
        if len(items) == length:
            # In one step: of two threads that come this far, one finds what it added where it belongs.
            items.extend(new)
            if not new or items[length] is new[0]:
                return self._of(items, length + len(new))
        return self._of([*items[:length], *new], length + len(new))

    def continues(self, other: "Trail[T]") -> bool:
        """Whether this was made from the other, without copying it."""
        return self._items is other._items and self._length >= other._length

    def settle(self, new: Sequence[T]) -> None:
        """Put items into the place of as many at its end: for who made it, before others read it as far as that."""
        self._items[self._length - len(new) : self._length] = new

    def shared(self, other: Sequence[T]) -> int:
        """How many items at the beginning of both are the very same."""
        shortest = min(self._length, len(other))
        if isinstance(other, Trail) and other._items is self._items:
            return shortest
        alike = enumerate(map(is_, islice(self._items, shortest), other))
        return next((number for number, same in alike if not same), shortest)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[T]:
        return islice(self._items, self._length)

    def __reversed__(self) -> Iterator[T]:
        return map(self._items.__getitem__, range(self._length - 1, -1, -1))

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            start, stop, step = index.indices(self._length)
            return self._items[start:stop:step] if step > 0 else [self._items[at] for at in range(start, stop, step)]
        at = index + self._length if index < 0 else index
        if not 0 <= at < self._length:
            raise IndexError(index)
        return self._items[at]

    def _of(self, items: list[T], length: int) -> Self:
        made = object.__new__(type(self))
        made._items, made._length = items, length
        return made
