"""Secondees and released WTE by organisation, at any day as known at any position."""

from datetime import date
from decimal import Decimal

from domain.fellowship import FELLOWSHIP
from domain.organisation import ORGANISATION, OrganisationMerged, OrganisationRenamed
from domain.secondment import SECONDMENT
from domain.secondment_decisions import (
    change_fraction,
    pause_secondment,
    refuse_release,
)
from domain.secondment_events import (
    AgreementSigned,
    Authority,
    BackfillConfirmed,
    FractionChanged,
    Party,
    ReleasingOrganisationChanged,
    SecondmentResumed,
    SecondmentStarted,
)
from domain.secondment_state import SecondmentStage
from domain.values import Happened, Precision, SecondmentId
from infra.log.desk import Desk
from infra.views.reading import At
from projections.organisation import organisations
from projections.secondees import secondees, secondment, secondments
from tests.office import Office
from tests.projections.seconded import END, START, organisation, seconded, state


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


def test_figures_by_organisation_follow_the_day_on_which_another_one_took_the_release_over(office: Office) -> None:
    trust, surgery = organisation(office, "Fenland"), organisation(office, "Marsh Lane")
    _, ours = seconded(office, trust)
    state(office, ours, START, SecondmentStarted())
    before = office.known()
    moved = ReleasingOrganisationChanged(organisation_id=surgery, agreed_by=Authority.PRACTICE_PARTNER)
    state(office, ours, date(2014, 2, 1), moved)
    with office.reading() as connection:

        def told(valid: date, known: int) -> list[tuple[str | None, int, Decimal]]:
            return [(each.title, each.secondees, each.released_wte) for each in secondees(connection, At(valid, known))]

        known, wte = office.known(), Decimal("0.3")
        assert told(date(2014, 1, 31), known) == [("Fenland", 1, wte)]
        assert told(date(2014, 2, 1), known) == [("Marsh Lane", 1, wte)]
        assert told(date(2014, 2, 1), before) == [("Fenland", 1, wte)]
        (left,) = secondees(connection, At(date(2014, 2, 1), known), trust)
        assert (left.secondees, left.secondments) == (0, ())


def test_a_refused_release_is_told_of_the_fellow_and_is_nobody_s_secondee(office: Office) -> None:
    trust = organisation(office, "Fenland")
    fellow, _ = seconded(office, trust)
    refused = SecondmentId.new()

    def refusing(desk: Desk) -> None:
        day = date(2013, 6, 5)
        place = desk.fold(FELLOWSHIP, fellow, on=day)
        refusal = refuse_release(place, fellowship_id=fellow, organisation_id=trust, refused_by=Authority.DIRECTOR)
        desk.record(SECONDMENT, refused, refusal, Happened(day))

    office.do(refusing)
    with office.reading() as connection:
        at = At(date(2015, 1, 1), office.known())
        agreed, row = secondments(connection, at, fellow)
        assert (row.secondment_id, row.stage, row.since) == (refused, SecondmentStage.REFUSED, date(2013, 6, 5))
        assert (row.starts_on, row.ends_on, row.return_meeting_due, row.released_now) == (None, None, None, 0)
        assert agreed.stage is SecondmentStage.AGREED
        (found,) = secondees(connection, at, trust)
        assert [each.secondment_id for each in found.secondments] == [agreed.secondment_id]


def test_a_changed_fraction_counts_from_its_day_and_a_corrected_one_is_told_as_corrected(office: Office) -> None:
    trust = organisation(office, "Fenland")
    _, ours = seconded(office, trust)
    state(office, ours, START, SecondmentStarted())
    known = office.known()
    changed = date(2014, 1, 1)

    def change(desk: Desk) -> None:
        event = change_fraction(desk.fold(SECONDMENT, ours, on=changed), on=changed, released_wte=Decimal("0.2"))
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
