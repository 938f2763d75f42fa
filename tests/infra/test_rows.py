"""Rows written as arrays: what comes back is what was given."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.postgres.rows import Rows
from infra.settings import Connections

KINDS = {
    "number": "bigint",
    "small": "smallint",
    "flag": "boolean",
    "day": "date",
    "moment": "timestamptz",
    "name": "text",
    "sealed": "bytea",
    "who": "uuid",
    "names": "text[]",
    "whos": "uuid[]",
    "numbers": "bigint[]",
}
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["", "NULL", "null", "None", "{a,b}", '"', "\\", "\\x00", '\\"', " ", "a,b", "\n\t"]
)
WHO = st.uuids().map(str)
NUMBERS = st.integers(-(2**63), 2**63 - 1)
VALUES = st.tuples(
    *(
        values | st.none()
        for values in (
            NUMBERS,
            st.integers(-(2**15), 2**15 - 1),
            st.booleans(),
            st.dates(date(1900, 1, 1), date(2199, 12, 31)),
            st.integers(-(2**41), 2**42).map(lambda milliseconds: EPOCH + timedelta(milliseconds=milliseconds)),
            TEXTS,
            st.binary(max_size=12),
            WHO,
            st.lists(TEXTS | st.none(), max_size=3),
            st.lists(WHO, max_size=3),
            st.lists(NUMBERS, max_size=3),
        )
    )
)


@pytest.fixture
def connection(database: Connections) -> Iterator[psycopg.Connection]:
    with closing(psycopg.connect(database.admin or "")) as made:
        columns = ", ".join(f"{name} {kind}" for name, kind in KINDS.items())
        made.execute(f"CREATE TEMPORARY TABLE written (key int PRIMARY KEY, {columns})".encode())
        yield made


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(VALUES, max_size=6))
def test_every_kind_of_value_comes_back_as_it_was(
    connection: psycopg.Connection, values: list[tuple[object, ...]]
) -> None:
    rows = Rows("written", [("key", "bigint"), *KINDS.items()])
    connection.execute("TRUNCATE written")
    given_rows = [(number, *row) for number, row in enumerate(values)]
    connection.execute(rows.insert.encode(), rows.arrays(given_rows))
    found = connection.execute("SELECT * FROM written ORDER BY key").fetchall()
    assert [tuple(map(plain, row)) for row in found] == given_rows


def test_a_row_takes_the_place_of_one_of_the_same_key(connection: psycopg.Connection) -> None:
    rows = Rows("written", [("key", "bigint"), ("name", "text"), ("number", "bigint")], key=["key"])
    for given_rows in ([(1, "a", 1), (2, "b", 2)], [(2, None, 3), (3, "c", 4)]):
        connection.execute(rows.insert.encode(), rows.arrays(given_rows))
    found = connection.execute("SELECT key, name, number FROM written ORDER BY key").fetchall()
    assert found == [(1, "a", 1), (2, None, 3), (3, "c", 4)]


def plain(value: Any) -> Any:
    """A value as it was given: identifiers as text."""
    if isinstance(value, UUID):
        return str(value)
    return list(map(plain, cast("list[Any]", value))) if isinstance(value, list) else value
