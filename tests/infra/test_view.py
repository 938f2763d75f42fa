"""What a view may declare, and how its values become columns."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from domain.event import Recorded
from domain.values import Phase, Precision, Sealed
from infra.views.columns import columns
from infra.views.view import Routed, View
from tests.infra.histories import A, ThingId


class Everything(NamedTuple):
    """A column of each type."""

    thing: ThingId
    things: tuple[ThingId, ...] | None
    precision: Precision
    phase: Phase
    number: int
    words: tuple[str, ...]
    yes: bool
    on: date
    at: datetime
    sealed: Sealed | None


class Clashing(NamedTuple):
    """A column that the engine has itself."""

    cause: int


class Summed(NamedTuple):
    """A column that counts have themselves."""

    month: date


class Money(NamedTuple):
    """A column of a type that views do not have."""

    amount: Decimal


def declared(**changed: Any) -> View[Any]:
    def route(recorded: Recorded) -> Iterable[Routed]:
        return ()

    def fold(state: Any, fact: Any) -> Any:
        return state

    given: dict[str, Any] = {
        "name": "everything",
        "version": 1,
        "key": {"thing_id": ThingId},
        "state": Everything,
        "route": route,
        "fold": fold,
    }
    return View(**given | changed)


def test_each_type_has_its_column() -> None:
    types = {column.name: column.sql for column in declared().state_columns}
    assert types == {
        "thing": "uuid",
        "things": "uuid[]",
        "precision": "text",
        "phase": "bigint",
        "number": "bigint",
        "words": "text[]",
        "yes": "boolean",
        "on": "date",
        "at": "timestamptz",
        "sealed": "bytea",
    }


def test_what_is_read_back_is_what_a_fold_gave() -> None:
    state = Everything(
        thing=A,
        things=(A,),
        precision=Precision.MONTH,
        phase=Phase.ENDS,
        number=7,
        words=("a", "b"),
        yes=True,
        on=date(2014, 4, 12),
        at=datetime(2014, 4, 12, tzinfo=UTC),
        sealed=Sealed(b"\x00\xff"),
    )
    stored = [column.dump(v) if column.dump else v for column, v in zip(declared().state_columns, state, strict=True)]
    read = Everything(*(column.parse(v) for column, v in zip(declared().state_columns, stored, strict=True)))
    assert read == state
    assert [type(value) for value in read] == [type(value) for value in state]
    assert columns({"on": date | None}, "test")[0].parse(None) is None


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"state": Money}, TypeError, "everything state.amount"),
        ({"state": Clashing}, ValueError, "'cause'"),
        ({"key": {"day": ThingId}}, ValueError, "'day'"),
        ({"key": {"thing": ThingId}}, ValueError, "'thing'"),
        ({"name": "Every thing"}, ValueError, "is not a name"),
        ({"ever": ("colour",)}, ValueError, "no column 'colour'"),
        ({"now_indexes": ("colour",)}, ValueError, "no column 'colour'"),
        ({"counted": (("number", "colour"),)}, ValueError, "no column 'colour'"),
        ({"state": Summed, "counted": (("month",),)}, ValueError, "counts use the name 'month'"),
        ({"name": "e" * 34}, ValueError, "'ix_views_e+_1_former_drop_target' .* is too long"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused_when_it_is_made(
    changed: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        declared(**changed)


def test_a_name_may_be_so_long_that_those_of_all_tables_and_indexes_of_all_builds_are_whole() -> None:
    assert declared(name="e" * 33).staged("former").tables.segments.name == "e" * 33 + "_1_former"
