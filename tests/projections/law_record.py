"""A log that takes histories of the record's own facts, and the program's views over it held against the law."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import sqlalchemy as sa
from hypothesis import note

from domain.event import Recorded
from infra.log.reading import Row, decode
from infra.views.engine import Engine
from infra.views.view import View
from tests.infra.brute_force import Known
from tests.infra.histories import History, day
from tests.infra.recording import DAYS, Expected, Recording, everything, grid, parse, present
from tests.projections.law_histories import DomainHistory, Drafted
from tests.projections.law_states import STATES, effective

_ENTRY = (
    "INSERT INTO log.event (position, stream, version, kind, schema_version, slot, recorded_at, envelope, state,"
    " irregularities) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_GUARD = "INSERT INTO log.event_guard (guard, position) VALUES (%s, %s)"
_OTHER = 1_000
"""What is added to a view's version for the build in one batch."""


class DomainRecording(Recording):
    """The log, and some of the program's views, each built twice."""

    def __init__(self, shared: Recording, views: Sequence[View[Any]], *, twice: bool = True) -> None:
        super().__init__(shared.owner, shared.projector, shared.reader)
        self.live = tuple(views)
        self.whole = tuple(replace(view, version=view.version + _OTHER) for view in views) if twice else ()
        self._everything = [everything(view) for view in self.live]
        self._present = [present(view) for view in self.live]
        self._stretches = [sa.select(view.throughout(sa.bindparam("known", type_=sa.BigInteger))) for view in self.live]
        self._by_value = [
            [(name, everything(view, **{name: sa.bindparam("value")})) for name in _looked_up_by(view)]
            for view in self.live
        ]
        for connection in (self.owner, self.projector):
            connection.execute("SET synchronous_commit = off")
        for view in (*self.live, *self.whole):
            Engine(view, today=day(0)).create(self.projector)

    def enter(self, drafted: Sequence[Drafted]) -> DomainHistory:
        """Write a history into the log; the views are empty and stand where it begins."""
        history = DomainHistory(self.begin().base, drafted)
        note(f"\n{history}")
        with self.owner.cursor() as cursor:
            cursor.executemany(
                _ENTRY,
                [
                    (*row, list(entry.stated.irregularities) or None)
                    for row, entry in zip(history.rows, history.entries, strict=True)
                ],
            )
            cursor.executemany(_GUARD, history.guards)
        return history

    def decode(self, row: Row) -> Recorded:
        """The entry of a row, out of its bytes."""
        return decode(row)

    def take(self, random: Random, today: date) -> None:
        """Take every live view to the head in batches of any size, with what befalls them on the way."""
        hold = random.choice((0, 3, 1_000))
        for view in self.live:
            engine = Engine(view, today=today, hold=hold)
            size = 1
            while self.follow(engine, size):
                size = random.choice((1, 1, 2, 3, 5))
                if random.random() < 0.3:
                    engine = Engine(view, today=today, hold=hold)
                if random.random() < 0.2:
                    self.lose(engine, random.choice((1, 3)))

    def check(self, history: History, today: date) -> None:
        """Hold the live views against the law, against what facts mean, and against the build in one batch."""
        expected = told(self.live, history)
        self.check_answers(history, expected)
        self.check_stretches(history, expected)
        self.check_present(history, today, expected)
        for live, whole in zip(self.live, self.whole, strict=True):
            self.check_rows(live)
            assert self.dump(live) == self.dump(whole), f"{live.title} is not what it is when built in one batch"

    def check_answers(self, history: History, expected: Expected) -> None:
        """Every view at every (V, K) is what the brute force says; also where it is looked up by a value."""
        for view, statement, by_value in zip(self.live, self._everything, self._by_value, strict=True):
            wanted = {(v, k, key): answer for (name, v, k, key), answer in expected.items() if name == view.name}
            rows = self.ask(statement, **grid(history))
            assert {(row.v, row.k, key): a for row in rows for key, a in [parse(view, row[2:])]} == wanted
            for name, chosen in by_value:
                values = {at: _value(view, name, at[2], answer.state) for at, answer in wanted.items()}
                for value in sorted({value for value in values.values() if value is not None}):
                    rows = self.ask(chosen, value=value, **grid(history))
                    found = {(row.v, row.k, key): a for row in rows for key, a in [parse(view, row[2:])]}
                    assert found == {at: a for at, a in wanted.items() if values[at] == value}, (name, value)
                    assert len(rows) == len(found)


def told(views: Sequence[View[Any]], history: History) -> Expected:
    """What the law says of views, by view, day, position and key; it agrees with what the facts mean."""
    found: Expected = {}
    for view in views:
        for k in range(history.base, history.base + len(history.entries) + 1):
            known = Known(history.entries, view.route, k)
            for v in (day(number) for number in DAYS):
                answers = known.at(view.fold, v)
                meant = STATES[view.name](effective(known, v))
                assert {key: answer.state for key, answer in answers.items()} == meant, (view.name, v, k)
                found |= {(view.name, v, k, key): answer for key, answer in answers.items()}
    return found


def _looked_up_by(view: View[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*view.ever, *view.now_indexes, *view.key)))


def _value(view: View[Any], name: str, key: tuple[Any, ...], state: Any) -> Any:
    return key[list(view.key).index(name)] if name in view.key else getattr(state, name)
