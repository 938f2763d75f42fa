"""When a secondment releases somebody: its first and its last day, the end that nobody recorded, the reminder."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from domain.event import Event
from domain.overlap import releases
from domain.refusal import Refusal
from domain.secondment import SECONDMENT
from domain.secondment_decisions import (
    change_fraction,
    end_secondment_early,
    pause_secondment,
)
from domain.secondment_events import (
    Authority,
    ReleasingOrganisationChanged,
    ReturnMeetingHeld,
    SecondmentEndedAsPlanned,
    SecondmentExtended,
    SecondmentResumed,
    SecondmentStarted,
)
from domain.secondment_state import Secondment, SecondmentStage
from domain.stream import Timeline
from domain.values import Happened, OrganisationId, SecondmentId
from infra.log.desk import Desk
from infra.log.entries import of_streams
from infra.views.reading import At
from projections.secondees import secondees, secondment, secondments
from tests.office import Office
from tests.projections.seconded import DAY, END, START, organisation, seconded, state

WINDOW = tuple(END + number * DAY for number in range(-9, 13))
OTHER = OrganisationId.new()
BEFALLING: tuple[Callable[[Secondment, date], Event], ...] = (
    lambda held, day: pause_secondment(held),
    lambda held, day: SecondmentResumed(),
    lambda held, day: change_fraction(held, on=day, released_wte=Decimal("0.2")),
    lambda held, day: SecondmentExtended(ends_on=day, agreed_by=Authority.DIRECTOR),
    lambda held, day: ReleasingOrganisationChanged(organisation_id=OTHER, agreed_by=Authority.DIRECTOR),
    lambda held, day: end_secondment_early(held),
    lambda held, day: SecondmentEndedAsPlanned(),
)


def test_the_last_day_releases_and_the_day_after_does_not_whether_or_not_the_end_was_recorded(office: Office) -> None:
    trust = organisation(office, "Fenland")
    _, planned = seconded(office, trust)
    _, early = seconded(office, trust)
    for each in (planned, early):
        state(office, each, START, SecondmentStarted())
    before = office.known()
    state(office, planned, END, SecondmentEndedAsPlanned())

    def ending(desk: Desk) -> None:
        event = end_secondment_early(desk.fold(SECONDMENT, early, on=date(2014, 1, 31)))
        desk.record(SECONDMENT, early, event, Happened(date(2014, 1, 31)))

    office.do(ending)
    with office.reading() as connection:

        def told(valid: date, known: int) -> tuple[int, Decimal, int, int]:
            (found,) = secondees(connection, At(valid, known), trust)
            return found.secondees, found.released_wte, found.past_agreed_end, len(found.secondments)

        known = office.known()
        one, two, none = Decimal("0.3"), Decimal("0.6"), Decimal(0)
        assert told(date(2014, 1, 31), known) == (2, two, 0, 2)
        assert told(date(2014, 2, 1), known) == (1, one, 0, 1)
        assert told(END, known) == (1, one, 0, 1)
        assert told(END + DAY, known) == (0, none, 0, 0)
        assert told(END, before) == (2, two, 0, 2)
        assert told(END + DAY, before) == (0, none, 2, 2)
        overdue = secondment(connection, At(END + DAY, before), planned)
        assert overdue is not None
        assert (overdue.stage, overdue.released_now, overdue.last_day) == (SecondmentStage.ACTIVE, none, None)
        over = secondment(connection, At(END, known), planned)
        assert over is not None
        assert (over.stage, over.released_now) == (SecondmentStage.ENDED_AS_PLANNED, one)


def test_one_that_neither_started_nor_was_cancelled_is_past_its_agreed_end_too(office: Office) -> None:
    trust = organisation(office, "Fenland")
    seconded(office, trust)
    with office.reading() as connection:
        for day, overdue in ((END, 0), (END + DAY, 1)):
            (found,) = secondees(connection, At(day, office.known()), trust)
            assert (found.agreed, found.past_agreed_end, found.released_wte) == (1, overdue, 0)


def test_the_meeting_about_the_return_is_outstanding_from_its_day_until_it_is_held_or_the_end_is_over(
    office: Office,
) -> None:
    trust = organisation(office, "Fenland")
    fellow, ours = seconded(office, trust)
    due = date(2014, 7, 6)
    agreed = office.known()
    state(office, ours, START, SecondmentStarted())
    before = office.known()
    held = state(office, ours, date(2014, 7, 20), ReturnMeetingHeld())
    state(office, ours, END, SecondmentEndedAsPlanned())
    _, theirs = seconded(office, trust)
    state(office, theirs, START, SecondmentStarted())
    state(office, theirs, END, SecondmentEndedAsPlanned())
    late = state(office, theirs, END + 400 * DAY, ReturnMeetingHeld())
    with office.reading() as connection:

        def outstanding(valid: date, known: int) -> int:
            (found,) = secondees(connection, At(valid, known), trust)
            return found.return_meeting_outstanding

        def missed(valid: date, known: int) -> list[str]:
            (found,) = secondees(connection, At(valid, known), trust)
            assert found.return_meeting_missed == len(found.missed)
            return [row.secondment_id for row in found.missed]

        assert [outstanding(day, before) for day in (due - DAY, due, END, END + DAY)] == [0, 1, 1, 1]
        assert [outstanding(day, held) for day in (due, date(2014, 7, 19), date(2014, 7, 20), END)] == [1, 1, 0, 0]
        assert outstanding(END, agreed) == 0
        # What is missed is told from the end on, for as long as no meeting is recorded, however late one was held.
        assert [missed(day, late) for day in (END - DAY, END, END + DAY, END + 400 * DAY)] == [
            [],
            [theirs],
            [theirs],
            [],
        ]
        assert [missed(day, late - 1) for day in (END + 400 * DAY,)] == [[theirs]]
        (row,) = secondments(connection, At(END, held), fellow)
        assert (row.return_meeting_due, row.return_meeting_held_on) == (due, date(2014, 7, 20))


def test_on_every_day_what_is_told_as_released_is_what_the_rule_of_overlaps_counts(office: Office) -> None:
    trust, random, taken = organisation(office, "Fenland"), Random(7), set[str]()
    ours = [seconded(office, trust)[1] for _ in range(8)]
    for each in ours:
        state(office, each, START, SecondmentStarted())
        for _ in range(9):
            fact, day, other = random.choice(BEFALLING), *random.choices(WINDOW, k=2)

            def act(
                desk: Desk, each: SecondmentId = each, fact: Any = fact, day: date = day, other: date = other
            ) -> None:
                held = desk.fold(SECONDMENT, each, on=day)
                event = fact(held, other)
                desk.record(SECONDMENT, each, event, Happened(day))
                taken.add(event.kind)

            with suppress(Refusal):
                office.do(act)
    with office.reading() as connection:
        known = office.known()
        counted = {
            each: releases(Timeline(SECONDMENT, of_streams(connection, [SECONDMENT.of(each)], known))) for each in ours
        }
        for day in WINDOW:
            told = {
                (row.secondment_id, row.organisation_id, row.released_now)
                for found in secondees(connection, At(day, known))
                for row in found.secondments
                if row.released_now
            }
            assert told == {
                (each, release.organisation_id, release.released_wte)
                for each, found in counted.items()
                for release in found
                if release.since <= day < release.until and release.released_wte
            }, day
    assert len(taken) == len(BEFALLING), taken
