"""One history corrected over and over: what a correction and a question cost does not grow with those before it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from domain.event import Recorded
from infra.log.event_rows import EventRows
from infra.log.reading import Row
from infra.postgres.server import Server
from infra.settings import Connections
from infra.views.engine import Engine
from tests.conftest import copied
from tests.infra.histories import A, History, day, fold_trail
from tests.infra.recording import Recording, recording

CORRECTIONS = 40


@pytest.fixture(scope="module")
def record(server: Server, templates: Callable[[bool], Connections]) -> Iterator[Recording]:
    """One database for all histories: each begins where the one before it ended."""
    with copied(server, templates(False)) as connections, recording(connections) as made:
        yield made


def again_and_again(record: Recording) -> History:
    """A thing of which something is said every day, and on one day corrected ever again, to the next day and back."""
    history = record.begin()
    said = [history.say(A, on=on) for on in range(6)][2]
    for number in range(CORRECTIONS):
        said = history.correct(said, on=2 + number % 2)
    return history


def to_and_fro(record: Recording) -> History:
    """A thing of which something is said every day, and on one day taken back, that taken back, that again."""
    history = record.begin()
    said = [history.say(A, on=on) for on in range(6)][2]
    for _ in range(CORRECTIONS):
        said = history.retract(said)
    return history


@pytest.mark.parametrize("storm", [again_and_again, to_and_fro])
def test_the_engine_reads_and_folds_as_little_for_the_last_correction_as_for_the_second(
    record: Recording, storm: Callable[[Recording], History]
) -> None:
    history = storm(record)
    record.record(history.entries)
    counted = {"read": 0, "folded": 0}

    def decode(row: Row) -> Recorded:
        counted["read"] += 1
        return record.decode(row)

    def fold(state: Any, fact: Any) -> Any:
        counted["folded"] += 1
        return fold_trail(state, fact)

    engine = Engine(replace(record.live[0], fold=fold), today=day(6))
    rows, costs = EventRows(record.projector, decode), list[tuple[int, int]]()
    for _ in history.entries:
        counted.update(read=0, folded=0)
        with record.projector.transaction():
            engine.apply(record.projector, rows.after(engine.reached(record.projector), 1))
        costs.append((counted["read"], counted["folded"]))
    assert {read for read, _ in costs[7:]} == {1}
    assert max(folded for _, folded in costs[-10:]) == max(folded for _, folded in costs[7:17]) <= 6
    record.build(record.live[1:], day(6))
    record.build(record.whole, day(6))
    record.check(history, day(6))


def test_segments_that_were_replaced_are_passed_over_without_being_looked_at(record: Recording) -> None:
    history = again_and_again(record)
    record.settle(history)
    view, head = record.live[0], history.base + len(history.entries)
    record.owner.execute("VACUUM ANALYZE")
    for known in (history.base + 5, history.base + CORRECTIONS // 2, head - 1, head):
        for on in range(7):
            scan = passed(record, view.as_of(day(on), known, keys=[(A,)]))
            assert (scan["Actual Rows"], scan.get("Rows Removed by Filter", 0)) in ((1, 0), (0, 0))
            assert scan["Shared Hit Blocks"] + scan["Shared Read Blocks"] <= 6


def passed(record: Recording, told: sa.FromClause) -> dict[str, Any]:
    """What the scan of the segments did to tell this."""
    with record.reader.begin() as reader:
        reader.execute(sa.text("SET LOCAL enable_seqscan = off"))
        reader.execute(sa.text("SET LOCAL enable_bitmapscan = off"))
        text = str(sa.select(told).compile(reader.engine, compile_kwargs={"literal_binds": True}))
        explained = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}".replace(":", r"\:")
        found = reader.execute(sa.text(explained)).scalar_one()
    plans = [(json.loads(found) if isinstance(found, str) else found)[0]["Plan"]]
    while plans:
        plan = plans.pop()
        if "Index Scan" in plan["Node Type"]:
            return plan
        plans += plan.get("Plans", ())
    raise AssertionError("no index was used")
