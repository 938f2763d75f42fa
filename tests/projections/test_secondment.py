"""Secondees and released WTE by organisation, at any day as known at any position."""

from datetime import date
from decimal import Decimal

from domain.event import Event
from domain.fellowship import FELLOWSHIP
from domain.organisation import ORGANISATION, OrganisationMerged, OrganisationRecorded, OrganisationRenamed
from domain.secondment import SECONDMENT
from domain.secondment_decisions import agree_release, change_fraction, pause_secondment
from domain.secondment_events import (
    AgreementSigned,
    Authority,
    BackfillConfirmed,
    FractionChanged,
    Party,
    SecondmentEndedAsPlanned,
    SecondmentResumed,
    SecondmentStarted,
)
from domain.secondment_state import SecondmentStage
from domain.values import FellowshipId, Happened, OrganisationId, Precision, SecondmentId
from infra.log.desk import Desk
from infra.views.reading import At
from projections.organisation import organisations
from projections.secondment import secondees, secondment, secondments
from tests.office import Office

START, END = date(2013, 9, 2), date(2014, 8, 31)


def organisation(office: Office, title: str) -> OrganisationId:
    identifier = OrganisationId.new()
    recorded = OrganisationRecorded(title=title)
    office.do(lambda desk: desk.record(ORGANISATION, identifier, recorded, Happened(date(2010, 1, 1))))
    return identifier


def seconded(office: Office, trust: OrganisationId, *, contracted: str = "0.60") -> tuple[FellowshipId, SecondmentId]:
    fellowship, identifier = FellowshipId.new(), SecondmentId.new()
    cohort = office.cohort(office.programme(), 2013)
    office.do(office.accepting(fellowship, office.person(), cohort, date(2013, 6, 1)))

    def act(desk: Desk) -> None:
        release = agree_release(
            desk.fold(FELLOWSHIP, fellowship, on=date(2013, 6, 10)),
            fellowship_id=fellowship,
            organisation_id=trust,
            starts_on=START,
            ends_on=END,
            contracted_wte=Decimal(contracted),
            agreed_by=Authority.CHIEF_NURSE,
        )
        desk.record(SECONDMENT, identifier, release, Happened(date(2013, 6, 10)))

    office.do(act)
    return fellowship, identifier


def state(office: Office, identifier: SecondmentId, day: date, event: Event, precision: Precision | None = None) -> int:
    happened = Happened(day, precision or Precision.DAY)
    return office.do(lambda desk: desk.record(SECONDMENT, identifier, event, happened)).position


def test_who_is_released_by_whom_and_how_much_on_a_day(office: Office) -> None:
    trust, surgery = organisation(office, "Fenland"), organisation(office, "Marsh Lane")
    fellow, ours = seconded(office, trust)
    _, another = seconded(office, trust, contracted="1.25")
    seconded(office, surgery)
    state(office, ours, date(2013, 7, 1), BackfillConfirmed())
    state(office, ours, date(2013, 8, 1), AgreementSigned(parties=tuple(Party), sha256=None))
    for each in (ours, another):
        state(office, each, START, SecondmentStarted())
    before = office.known()

    def pausing(desk: Desk) -> None:
        day = date(2014, 1, 10)
        held = desk.fold(SECONDMENT, another, on=day)
        event = pause_secondment(held, proposed_ends_on=date(2014, 9, 30))
        desk.record(SECONDMENT, another, event, Happened(day))

    pause = office.do(pausing).position
    state(office, another, date(2014, 2, 10), SecondmentResumed(), Precision.MONTH)
    with office.reading() as connection:
        known = office.known()

        def figures(valid: date, position: int = known) -> list[tuple[object, ...]]:
            return [
                (each.title, each.secondees, each.released_wte, each.contracted_wte, each.agreed, each.paused)
                for each in secondees(connection, At(valid, position), trust)
            ]

        agreed = ("Fenland", 0, Decimal(0), Decimal(0), 2, 0)
        both = ("Fenland", 2, Decimal("0.925"), Decimal("1.85"), 0, 0)
        assert figures(date(2013, 6, 1)) == [("Fenland", 0, Decimal(0), Decimal(0), 0, 0)]
        assert figures(date(2013, 9, 1)) == [agreed]
        assert figures(START) == [both]
        assert figures(date(2014, 1, 20)) == [("Fenland", 1, Decimal("0.3"), Decimal("0.6"), 0, 1)]
        assert figures(date(2014, 1, 20), before) == [both]
        assert figures(date(2014, 3, 1)) == [both]
        everyone = secondees(connection, At(date(2014, 3, 1), known))
        assert sorted((each.title, each.imprecise_dates) for each in everyone) == [("Fenland", 1), ("Marsh Lane", 0)]
        (mine,) = secondments(connection, At(START, known), fellow)
        assert (mine.secondment_id, mine.agreement_signed, mine.backfill) == (ours, True, True)
        paused = secondment(connection, At(date(2014, 1, 20), known), another)
        assert paused is not None
        assert (paused.stage, paused.released_wte, paused.released_now) == (
            SecondmentStage.PAUSED,
            Decimal("0.625"),
            Decimal(0),
        )
        assert (paused.ends_on, paused.proposed_ends_on, paused.cause) == (END, date(2014, 9, 30), pause)
        assert secondment(connection, At(START, known), SecondmentId.new()) is None


def test_an_end_that_was_agreed_and_not_recorded_is_told_until_it_is(office: Office) -> None:
    trust = organisation(office, "Fenland")
    _, ours = seconded(office, trust)
    state(office, ours, START, SecondmentStarted())
    before = office.known()
    state(office, ours, END, SecondmentEndedAsPlanned())
    with office.reading() as connection:
        later = date(2014, 9, 1)
        (open_ended,) = secondees(connection, At(later, before), trust)
        assert (open_ended.secondees, open_ended.past_agreed_end) == (1, 1)
        (over,) = secondees(connection, At(later, office.known()), trust)
        assert (over.secondees, over.past_agreed_end, over.secondments) == (0, 0, ())
        (last,) = secondees(connection, At(date(2014, 8, 30), office.known()), trust)
        assert (last.secondees, last.past_agreed_end) == (1, 0)


def test_a_changed_fraction_counts_from_its_day_and_a_corrected_one_is_told_as_corrected(office: Office) -> None:
    trust = organisation(office, "Fenland")
    _, ours = seconded(office, trust)
    state(office, ours, START, SecondmentStarted())
    known = office.known()
    changed = date(2014, 1, 1)

    def change(desk: Desk) -> None:
        event = change_fraction(desk.fold(SECONDMENT, ours, on=changed), released_wte=Decimal("0.2"))
        desk.record(SECONDMENT, ours, event, Happened(changed))

    def correct(desk: Desk) -> None:
        event = FractionChanged(contracted_wte=Decimal("0.6"), released_wte=Decimal("0.25"))
        desk.correct(SECONDMENT, ours, 3, event, Happened(date(2014, 2, 1)))

    wrong = office.do(change).position
    right = office.do(correct).position
    with office.reading() as connection:

        def released(valid: date, position: int) -> Decimal:
            (found,) = secondees(connection, At(valid, position), trust)
            assert [row.cause for row in found.secondments] == [found.secondments[0].cause]
            return found.released_wte

        assert [released(date(2014, 1, 15), each) for each in (known, wrong, right)] == [
            Decimal("0.3"),
            Decimal("0.2"),
            Decimal("0.3"),
        ]
        assert released(date(2014, 2, 1), right) == Decimal("0.25")


def test_an_organisation_bears_the_name_of_the_day(office: Office) -> None:
    trust = organisation(office, "Fenland")
    renamed = OrganisationRenamed(title="Fenland University Hospitals")
    office.do(lambda desk: desk.record(ORGANISATION, trust, renamed, Happened(date(2014, 4, 1))))
    other = organisation(office, "Another")
    merged = OrganisationMerged(merged_into=trust)
    office.do(lambda desk: desk.record(ORGANISATION, other, merged, Happened(date(2015, 4, 1))))
    with office.reading() as connection:
        known = office.known()

        def titles(valid: date) -> list[tuple[str, str | None]]:
            return [(row.title, row.merged_into) for row in organisations(connection, At(valid, known))]

        assert titles(date(2014, 3, 31)) == [("Another", None), ("Fenland", None)]
        assert titles(date(2015, 4, 1)) == [("Another", trust), ("Fenland University Hospitals", None)]
        assert organisations(connection, At(date(2014, 1, 1), known), []) == []
