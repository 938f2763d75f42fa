"""A batch that the server is still writing while the next one is read."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest

from domain.event import Recorded
from infra.following.lease import NAME
from infra.following.projector import Projector
from infra.log.reading import Row
from infra.settings import Connections
from tests.infra.followers import CUT, some
from tests.infra.histories import Fact, History, Trail, day, fold_trail
from tests.infra.recording import Recording
from tests.infra.test_parking import as_built, replayed, waiting

REACHED = "SELECT position FROM views.checkpoint WHERE view = 'trail' AND version = 1"


def right(record: Recording, history: History) -> None:
    """Both views are as if each had been built in one batch."""
    record.build(record.live, day(3))
    record.build(record.whole, day(3))
    record.check(history, day(3))


def test_the_next_batch_is_read_before_the_last_one_is_committed(
    record: Recording, projector: Callable[..., Projector], database: Connections
) -> None:
    history = some(record)
    seen: dict[int, int] = {}
    with closing(psycopg.connect(database.projector, autocommit=True)) as beside:

        def decode(row: Row) -> Recorded:
            (found,) = beside.execute(REACHED).fetchall()
            seen.setdefault(row[0] - history.base, found[0] - history.base)
            return record.decode(row)

        with projector(record.live[:1], batch=4, decode=decode) as followed:
            assert followed.catch_up() == history.base + 12
    assert [seen[position] for position in range(1, 13)] == [0] * 8 + [4] * 4
    right(record, history)


def test_a_step_leaves_nothing_under_way(record: Recording, projector: Callable[..., Projector]) -> None:
    history = some(record)
    with projector(record.live[:1], batch=4) as followed:
        for reached in (4, 8, 12):
            assert followed.step() == 4
            assert record.projector.execute(REACHED).fetchall() == [(history.base + reached,)]


def test_what_the_server_refuses_of_a_batch_under_way_waits(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history = some(record)
    view = record.live[0]

    def fold(state: Trail | None, fact: Fact) -> Trail:
        after = fold_trail(state, fact)
        return after._replace(times=2**80) if fact[0].serial == 4 else after

    with projector((replace(view, fold=fold), record.live[1]), batch=2) as followed:
        assert followed.catch_up() == history.base + 12
    assert [error for _, error, _ in waiting(record, view).values()] == ["NumericValueOutOfRange"]
    assert replayed(record, view).waiting == 0
    as_built(record, history)


def test_a_connection_cut_while_a_batch_is_under_way_takes_that_batch_with_it(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history = some(record)
    cut = True

    def decode(row: Row) -> Recorded:
        nonlocal cut
        if cut and row[0] == history.base + 7:
            cut = False
            record.owner.execute(CUT, (NAME,))
        return record.decode(row)

    with projector(record.live[:1], batch=4, decode=decode) as followed:
        with pytest.raises(psycopg.OperationalError):
            followed.catch_up()
        assert record.projector.execute(REACHED).fetchall() == [(history.base,)]
        assert followed.catch_up() == history.base + 12
    right(record, history)
