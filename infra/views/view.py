"""A view, as its author declares it: whom a fact concerns, how a state follows from it, and what is asked of it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar, get_type_hints
from weakref import WeakSet

import sqlalchemy as sa

from domain.event import Recorded
from domain.values import today as today_in_london
from infra.views.answers import Coordinate, Values, at_coordinates, at_present, count_at, one_key, throughout
from infra.views.columns import Column, columns
from infra.views.counts import BLOCK
from infra.views.counts import RESERVED as RESERVED_OF_COUNTS
from infra.views.tables import CHECKPOINT, RESERVED, RESERVED_OF_KEYS, Tables, based, tables

S_co = TypeVar("S_co", covariant=True)

Key: TypeAlias = tuple[Any, ...]

LONGEST = 63
"""Bytes of a name, of which PostgreSQL keeps no more."""
_BEGUN = sa.text("SELECT to_regclass('views.checkpoint')")
_begun: WeakSet[sa.Engine] = WeakSet()
"""Databases in which a projector has made the table of checkpoints."""


class Routed(NamedTuple):
    """What an event does to one key of a view: the day from which on it counts, and what the fold is given."""

    key: Key
    day: date
    fact: Any


@dataclass(frozen=True, eq=False)
class View(Generic[S_co]):
    """A question that is answered for any date, as known at any position.

    `key` names the columns of the key and their types, `state` is a NamedTuple of what is told of a key. `route` names
    the keys that an event concerns, from the event alone. `fold` takes the state before (None: absent) and what `route`
    gave, and returns the state after; it is total, and must treat states as values. `ever` names the columns that keys
    are looked up by: every key that ever held the value, at any date and position, is found. `now_indexes` names the
    columns that the present is looked up by besides. `counted` names the groupings, each some columns of the state, by
    which all keys are counted; sums are kept for every `block` positions. A changed declaration, fold or routing is a
    new `version`.

    `stage` tells one build of a version from another: none is the live one, which questions are asked of; `NEXT` is one
    that is filled beside it, and `FORMER` the one that it took the place of.
    """

    name: str
    version: int
    key: Mapping[str, type[Any]]
    state: type[S_co]
    route: Callable[[Recorded], Iterable[Routed]]
    fold: Callable[[Any, Any], S_co | None]
    ever: tuple[str, ...] = ()
    now_indexes: tuple[str, ...] = ()
    counted: tuple[tuple[str, ...], ...] = ()
    block: int = BLOCK
    stage: str = ""

    def __post_init__(self) -> None:
        state = [column.name for column in self.state_columns]
        names = [*self.key, *state]
        for name in (self.name, *names):
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
                raise ValueError(f"view {self.name}: {name!r} is not a name of lower-case letters, digits and _")
        taken = {name for name in names if name in RESERVED or names.count(name) > 1}
        if clash := taken | RESERVED_OF_KEYS.intersection(self.key):
            raise ValueError(f"view {self.name}: the engine or another column uses the name {min(clash)!r}")
        counted = {name for by in self.counted for name in by}
        if clash := counted & RESERVED_OF_COUNTS:
            raise ValueError(f"view {self.name}: counts use the name {min(clash)!r}")
        if unknown := (set(self.ever) | counted) - set(state) | set(self.now_indexes) - set(names):
            raise ValueError(f"view {self.name}: it has no column {min(unknown)!r}")
        longest = max(self._names, key=lambda name: len(name.encode()))
        if len(longest.encode()) > LONGEST:
            raise ValueError(f"view {self.name}: {longest!r} would be the name of a table or index, and is too long")

    @cached_property
    def key_columns(self) -> tuple[Column, ...]:
        """The columns of the key."""
        return columns(self.key, f"{self.name} key")

    @cached_property
    def state_columns(self) -> tuple[Column, ...]:
        """The columns of the state."""
        return columns(get_type_hints(self.state), f"{self.name} state")

    @cached_property
    def tables(self) -> Tables:
        """The tables it lives in."""
        return tables(
            self.base, self.key_columns, self.state_columns, self.ever, self.now_indexes, self.counted, self.block
        )

    @property
    def _names(self) -> list[str]:
        """The names of its tables and indexes, as they are longest: of a build that was live before."""
        tables = self.tables.own
        given = [index.name for table in tables for index in table.indexes]
        names = [*(table.name for table in tables), *(f"{table.name}_pkey" for table in tables), *map(str, given)]
        former = based(self.name, self.version, "former")
        return [name.replace(self.base, former, 1) for name in names]

    @property
    def base(self) -> str:
        """What the names of its tables begin with: `standing_1`, and `standing_1_next` for a build beside it."""
        return based(self.name, self.version, self.stage)

    @property
    def title(self) -> str:
        """The view and its version, as shown to people: `standing 1`, and `standing 1 (next)` for a build beside it."""
        return f"{self.name} {self.version}" + (f" ({self.stage})" if self.stage else "")

    def staged(self, stage: str) -> "View[S_co]":
        """The same view, as a build of that stage."""
        return replace(self, stage=stage)

    def as_of(
        self,
        valid: Coordinate[date],
        known: Coordinate[int],
        *,
        where: Mapping[str, Values] | None = None,
        keys: Iterable[Key] | str | None = None,
    ) -> sa.FromClause:
        """What is so at the end of day `valid`, as known at position `known`: a row for each key that is not absent.

        `where` holds columns and the value, or the values, that they have; `keys` names the keys. Coordinates and
        values may be parameters, so that a question is put together once; `keys` is then the name of one, and what is
        given for it names each key once. The result has the columns of key and state and `valid_from` (since when it is
        so), `known_from` (since which position that is known) and `cause` (the position of the entry that made it so).
        It can be selected from and joined, to another view's at the same coordinates. A coordinate that is a column is
        each row's own, of the tables it is joined to.
        """
        return at_coordinates(self.tables, valid, known, dict(where or {}), _listed(keys))

    def beside(
        self, key: Sequence[sa.ColumnElement[Any]], valid: Coordinate[date], known: Coordinate[int]
    ) -> sa.FromClause:
        """The same for the one key that columns of other tables hold: to be joined to those, ON true."""
        return one_key(self.tables, tuple(key), valid, known)

    def throughout(
        self, known: Coordinate[int], *, where: Mapping[str, Values] | None = None, keys: Iterable[Key] | None = None
    ) -> sa.FromClause:
        """What is so on every day, as known at position `known`: a row for each stretch of days of a key.

        A stretch runs from `valid_from` until before `valid_to`, which is null for the last one. Otherwise as `as_of`.
        """
        return throughout(self.tables, known, dict(where or {}), _listed(keys))

    def now(
        self,
        *,
        today: Coordinate[date] | None = None,
        where: Mapping[str, Values] | None = None,
        keys: Iterable[Key] | None = None,
    ) -> sa.FromClause:
        """What is so today (in London, unless given), as known at the view's checkpoint. Columns as in `as_of`."""
        return at_present(self.tables, today_in_london() if today is None else today, dict(where or {}), _listed(keys))

    def count(self, valid: Coordinate[date], known: Coordinate[int], *, by: tuple[str, ...]) -> sa.FromClause:
        """How many keys are in each group at the end of day `valid`, as known at position `known`.

        `by` is one of the groupings declared. The result has its columns and `n`, without groups that hold no key; a
        key of which a column of the grouping is None is in none. It takes as long, however long the log is.
        """
        return count_at(self.tables.counts[by], valid, known)

    def checkpoint(self, connection: sa.Connection) -> int:
        """The position up to which the view has followed the log; 0 before it has begun."""
        if connection.engine not in _begun:
            if connection.execute(_BEGUN).scalar() is None:
                return 0
            _begun.add(connection.engine)
        row = CHECKPOINT.c
        reached: int | None = connection.execute(
            sa.select(row.position).where(row.view == self.name, row.version == self.version, row.stage == self.stage)
        ).scalar()
        return reached or 0


def _listed(keys: Iterable[Key] | str | None) -> list[Key] | str | None:
    return keys if keys is None or isinstance(keys, str) else [tuple(key) for key in keys]
