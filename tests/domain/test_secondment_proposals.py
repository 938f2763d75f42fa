"""The last day that a resumption and a change of fraction propose: the one given, else the one that follows."""

from datetime import date
from decimal import Decimal

import pytest

from domain.secondment import SECONDMENT
from domain.secondment_decisions import change_fraction, pause_secondment, resume_secondment
from domain.secondment_events import Authority, SecondmentExtended
from tests.domain.secondments import PAUSED, agreed, release, running
from tests.scenario import Entry, given, on

END = date(2014, 8, 31)
"""The last day agreed."""


def resumed(day: str = "2014-02-10", proposed: date | None = None) -> Entry:
    on_day = date.fromisoformat(day)
    return on(day, lambda s: resume_secondment(s, on=on_day, proposed_ends_on=proposed))


def changed(day: str, released: str, proposed: date | None = None) -> Entry:
    on_day, wte = date.fromisoformat(day), Decimal(released)
    return on(day, lambda s: change_fraction(s, on=on_day, released_wte=wte, proposed_ends_on=proposed))


def test_a_resumption_proposes_an_end_later_by_the_length_of_the_pause() -> None:
    running(PAUSED, resumed()).then(ends_on=END, planned_ends_on=END, proposed_ends_on=date(2014, 10, 1))
    again = (on("2014-03-01", pause_secondment), resumed("2014-03-11"))
    running(PAUSED, resumed(), *again).then(ends_on=END, proposed_ends_on=date(2014, 10, 11))


@pytest.mark.parametrize(
    ("released", "proposed"),
    [("0.25", date(2014, 9, 10)), ("0.3", date(2014, 9, 7)), ("1", date(2014, 8, 26))],
)
def test_a_change_of_fraction_proposes_an_end_by_which_as_much_is_released_in_all(
    released: str, proposed: date
) -> None:
    running(changed("2014-08-22", released)).then(ends_on=END, planned_ends_on=END, proposed_ends_on=proposed)


def test_the_end_that_is_given_counts() -> None:
    told = date(2014, 12, 24)
    running(PAUSED, resumed(proposed=told)).then(ends_on=END, proposed_ends_on=told)
    running(changed("2014-08-22", "0.25", told)).then(ends_on=END, proposed_ends_on=told)


def test_an_end_proposed_before_is_what_moves() -> None:
    running(changed("2013-12-01", "0.4", date(2014, 10, 31)), PAUSED, resumed()).then(
        proposed_ends_on=date(2014, 12, 1)
    )


def test_a_pause_and_a_change_of_fraction_come_to_the_same_in_either_order() -> None:
    for entries in (
        (PAUSED, resumed(), changed("2014-02-10", "0.25")),
        (PAUSED, changed("2014-01-20", "0.25"), resumed()),
        (changed("2014-01-10", "0.25"), PAUSED, resumed()),
    ):
        running(*entries).then(ends_on=END, proposed_ends_on=date(2015, 5, 23))


def test_before_the_start_all_that_is_released_is_left() -> None:
    agreed(changed("2013-08-01", "0.25")).then(ends_on=END, proposed_ends_on=date(2015, 8, 30))


def test_a_pause_that_is_counted_already_is_not_counted_again() -> None:
    later = date(2014, 10, 31)
    paused = on("2014-01-10", lambda s: pause_secondment(s, proposed_ends_on=later))
    running(paused, resumed()).then(proposed_ends_on=later)
    extended = on("2014-01-20", SecondmentExtended(ends_on=later, agreed_by=Authority.CHIEF_NURSE))
    running(PAUSED, extended, resumed()).then(ends_on=later, proposed_ends_on=None)
    sooner = on("2014-01-05", SecondmentExtended(ends_on=later, agreed_by=Authority.CHIEF_NURSE))
    running(sooner, PAUSED, resumed()).then(ends_on=later, proposed_ends_on=date(2014, 12, 1))


def test_where_no_other_end_follows_none_is_proposed() -> None:
    day = date(2014, 1, 10)
    contract = on("2014-01-10", lambda s: change_fraction(s, on=day, contracted_wte=Decimal("0.8")))
    overrun = (on("2014-08-31", pause_secondment), resumed("2014-09-10"))
    for entries in ((contract,), (changed("2014-08-31", "1"),), (PAUSED, resumed("2014-01-10")), overrun):
        running(*entries).then(ends_on=END, proposed_ends_on=None)
    long = on("2013-06-01", lambda _: release(ends_on=date(2199, 12, 31)))
    given(SECONDMENT, long, changed("2013-08-01", "0.001")).then(proposed_ends_on=None)
