"""Facts of the five kinds that files tell too: each is entered as a row of such a file would be."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from api.demo.clerk import OFFICE, Clerk, Item, in_turn, working_day
from api.sheets.sheet import ON, Row, Sheet
from infra.log.desk import Act


def told(sheet: Sheet, word: str, on: date | str | None = None, **said: Any) -> Act:
    """Enter the fact that a row with this word in its column `fact` tells. Raises the Refusal of its decision."""
    telling = next(each for each in sheet.tellings if each.word == word)
    row = Row(0, telling, said | {ON: None if on is None else str(on)})
    return lambda desk: telling.enter(desk, row)


class Told(NamedTuple):
    """A fact, the day it happened, and the day it was entered; `why` where it needs a reason."""

    day: date
    entered: date
    act: Act
    source: str
    why: str = ""


def entered(clerk: Clerk, said: str, facts: Iterable[Told], *, role: str = OFFICE) -> Iterator[Item]:
    """The commands that enter these facts of one record, those of one day together, in the order they happened."""
    for day, together in groupby(sorted(facts, key=_when), key=lambda fact: working_day(fact.entered)):
        facts_of_a_day = list(together)
        yield clerk.item(
            f"{said} {day}",
            day,
            in_turn(*(fact.act for fact in facts_of_a_day)),
            source=facts_of_a_day[0].source,
            why=next((fact.why for fact in facts_of_a_day if fact.why), ""),
            late=any(fact.day < day for fact in facts_of_a_day),
            role=role,
        )


def _when(fact: Told) -> tuple[date, date]:
    return working_day(fact.entered), fact.day
