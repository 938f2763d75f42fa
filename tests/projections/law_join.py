"""What a joined answer is: what it rests on, how it is asked, and the plain answer that it must equal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from domain.event import Event
from infra.views.view import View
from tests.projections.law_events import Days
from tests.projections.law_histories import Story
from tests.projections.law_world import Question, World

CLOSE: Days = tuple(date(2014, 1, number) for number in range(1, 8))
"""A week: facts meet on its days."""
WIDE: Days = (
    date(2013, 8, 31),
    date(2013, 11, 30),
    date(2014, 2, 28),
    date(2014, 8, 31),
    date(2015, 2, 28),
    date(2015, 8, 31),
    date(2016, 2, 29),
)
"""Days so many months after one another, some of them the last of a shorter month."""


def first(*kinds: type[Event]) -> Story:
    """A story in which one of each kind happens, in this order."""
    return tuple((kind, 1) for kind in kinds)


@dataclass(frozen=True, eq=False)
class Join:
    """One joined answer. Its histories are made of the streams that concern its views and of `streams`; most begin with
    a `story`, without which there is little to answer.
    """

    name: str
    views: tuple[View[Any], ...]
    days: Days
    ask: Callable[[Connection, Question], Any]
    plain: Callable[[World, Question], Any]
    streams: tuple[str, ...] = ()
    story: Story = ()
