"""One fellow's timeline: what was entered, when it happened, and what became of it."""

from datetime import date

from sqlalchemy import Connection

from domain.accreditation import ACCREDITATION, register_for_credit
from domain.fellowship import FELLOWSHIP
from domain.fellowship_events import FellowshipWithdrawn, WithdrawalReversed
from domain.fellowship_reasons import LeavingReason, ReversalReason
from domain.values import AccreditationId, CohortId, FellowshipId, Happened, Sealed
from infra.log.command import Entering
from infra.log.desk import Desk
from infra.views.reading import At
from projections.entry import Entry
from projections.irregularity import irregularities
from projections.person import people
from projections.timeline import timeline
from tests.office import Office

SEPTEMBER, MAY, JUNE = date(2013, 9, 1), date(2014, 5, 1), date(2014, 6, 1)
LATER = date(2020, 1, 1)


def started(office: Office, cohort: CohortId) -> FellowshipId:
    fellowship, person = FellowshipId.new(), office.person()
    office.do(office.accepting(fellowship, person, cohort, SEPTEMBER))
    office.do(office.confirming(fellowship, SEPTEMBER))
    office.do(office.starting(fellowship, cohort, SEPTEMBER))
    office.do(office.withdrawing(fellowship, MAY))
    return fellowship


def withdrawn(office: Office, fellowship: FellowshipId) -> FellowshipWithdrawn:
    with office.reading() as connection:
        person = next(e.fields["person_id"] for e in timeline(connection, At(LATER, office.known()), fellowship))
    return FellowshipWithdrawn(person_id=person, reason=LeavingReason.MOVED_JOB)


def seen(connection: Connection, fellowship: FellowshipId, valid: date, known: int) -> list[tuple[int, str, str]]:
    entries = timeline(connection, At(valid, known), fellowship)
    return [(entry.version, entry.kind.partition(".")[2], entry.status) for entry in entries]


def test_it_tells_what_happened_in_the_order_it_happened(office: Office) -> None:
    fellowship = started(office, office.cohort(office.programme(), 2013))
    with office.reading() as connection:
        assert seen(connection, fellowship, LATER, office.known()) == [
            (1, "place_accepted", "stands"),
            (2, "place_confirmed", "stands"),
            (3, "started", "stands"),
            (4, "withdrawn", "stands"),
        ]
        assert [kind for _, kind, _ in seen(connection, fellowship, date(2014, 1, 1), office.known())] == [
            "place_accepted",
            "place_confirmed",
            "started",
        ]


def test_a_correction_shows_beside_what_it_corrects(office: Office) -> None:
    fellowship = started(office, office.cohort(office.programme(), 2013))
    event = withdrawn(office, fellowship)
    office.do(lambda desk: desk.correct(FELLOWSHIP, fellowship, 4, event, Happened(JUNE)))
    with office.reading() as connection:
        known = office.known()
        assert seen(connection, fellowship, LATER, known)[-2:] == [
            (4, "withdrawn", "corrected"),
            (5, "withdrawn", "stands"),
        ]
        corrected, correction = timeline(connection, At(LATER, known), fellowship)[-2:]
        assert corrected.changed_by == (correction.position,)
        assert (correction.happened, correction.link_version) == (JUNE, 4)
        assert seen(connection, fellowship, LATER, known - 1)[-1] == (4, "withdrawn", "stands")


def test_an_entry_in_error_is_shown_as_such_and_so_is_one_taken_back(office: Office) -> None:
    fellowship = started(office, office.cohort(office.programme(), 2013))
    office.do(office.retracting(fellowship, 4))
    with office.reading() as connection:
        assert seen(connection, fellowship, LATER, office.known())[-2:] == [
            (4, "withdrawn", "entered_in_error"),
            (5, "retracted", "stands"),
        ]
    office.do(office.retracting(fellowship, 5))
    with office.reading() as connection:
        assert [status for *_, status in seen(connection, fellowship, LATER, office.known())[-3:]] == [
            "stands",
            "entered_in_error",
            "stands",
        ]


def test_each_entry_names_what_struck_it_out_and_what_was_taken_back(office: Office) -> None:
    fellowship = started(office, office.cohort(office.programme(), 2013))
    event = withdrawn(office, fellowship)

    def changes() -> list[tuple[int, list[int], list[int]]]:
        with office.reading() as connection:
            told = timeline(connection, At(LATER, office.known()), fellowship)
        versions = {entry.position: entry.version for entry in told}
        changed = [
            (
                entry.version,
                [versions[each] for each in entry.changed_by],
                [versions[each] for each in entry.taken_back],
            )
            for entry in told
        ]
        return sorted(changed)[3:]

    for corrected in (4, 5):
        office.do(lambda desk, of=corrected: desk.correct(FELLOWSHIP, fellowship, of, event, Happened(JUNE)))
    assert changes() == [(4, [5], []), (5, [6], []), (6, [], [])]
    office.do(office.retracting(fellowship, 4))
    assert changes() == [(4, [7], [5]), (5, [7], [6]), (6, [7], []), (7, [], [])]
    office.do(office.retracting(fellowship, 7))
    assert changes() == [(4, [5], [7]), (5, [6], []), (6, [], []), (7, [8], []), (8, [], [])]


def test_a_decision_that_a_later_one_replaced_is_so_from_that_ones_day_on(office: Office) -> None:
    fellowship = started(office, office.cohort(office.programme(), 2013))
    event = withdrawn(office, fellowship)
    office.do(lambda desk: desk.supersede(FELLOWSHIP, fellowship, 4, event, Happened(JUNE)))
    with office.reading() as connection:
        known = office.known()
        assert seen(connection, fellowship, MAY, known)[-1] == (4, "withdrawn", "stands")
        assert seen(connection, fellowship, JUNE, known)[-2:] == [
            (4, "withdrawn", "replaced"),
            (5, "withdrawn", "stands"),
        ]


def test_the_registration_for_credit_belongs_to_it(office: Office) -> None:
    fellowship = started(office, office.cohort(office.programme(), 2013))

    def register(desk: Desk) -> None:
        event = register_for_credit(desk.fold(FELLOWSHIP, fellowship, on=SEPTEMBER), fellowship_id=fellowship)
        desk.record(ACCREDITATION, AccreditationId.new(), event, Happened(SEPTEMBER))

    office.do(register)
    with office.reading() as connection:
        entries = timeline(connection, At(LATER, office.known()), fellowship)
    assert "accreditation.registered" in [entry.kind for entry in entries]


def test_reasons_stay_sealed_until_the_edge_opens_them(office: Office) -> None:
    fellowship = started(office, office.cohort(office.programme(), 2013))
    with office.reading() as connection:
        *_, withdrawal = timeline(connection, At(LATER, office.known()), fellowship)
    sealed = withdrawal.fields["reason"]
    assert isinstance(sealed, Sealed)
    assert office.vault.open(sealed, withdrawal.fields["person_id"]) == "not_recorded"


def test_a_person_is_who_they_were_called_then(office: Office) -> None:
    person = office.person()
    with office.reading() as connection:
        (row,) = people(connection, At(LATER, office.known()), [person]).values()
        assert people(connection, At(date(2009, 1, 1), office.known()), [person]) == {}
    assert row.name is not None
    assert office.vault.open(row.name, person) == "Ada Fenner"


def test_a_withdrawal_struck_out_after_its_place_was_refilled_is_taken_and_listed(office: Office) -> None:
    cohort = office.cohort(office.programme(), 2013, capacity=1)
    fellowship = started(office, cohort)
    office.do(office.accepting(FellowshipId.new(), office.person(), cohort, JUNE))
    receipt = office.do(office.retracting(fellowship, 4))
    assert receipt.irregularities == ("over_capacity",)
    with office.reading() as connection:
        (listed,) = irregularities(connection, At(LATER, office.known()))
    assert (listed.entry.position, listed.codes) == (receipt.position, ("over_capacity",))


def test_what_happened_already_is_taken_late_into_a_full_cohort_and_listed(office: Office) -> None:
    cohort = office.cohort(office.programme(), 2013, capacity=1)
    office.do(office.accepting(FellowshipId.new(), office.person(), cohort, SEPTEMBER))
    late = office.accepting(FellowshipId.new(), office.person(), cohort, SEPTEMBER)
    assert office.do(late, entering=Entering.LATE).irregularities == ("over_capacity",)


def test_a_reversal_by_a_new_decision_leaves_the_withdrawal_standing_in_its_own_time(office: Office) -> None:
    fellowship = started(office, office.cohort(office.programme(), 2013))
    person = withdrawn(office, fellowship).person_id
    reversal = WithdrawalReversed(person_id=person, reason=ReversalReason.NOT_RECORDED)
    office.do(lambda desk: desk.record(FELLOWSHIP, fellowship, reversal, Happened(JUNE)))
    with office.reading() as connection:
        entries: list[Entry] = timeline(connection, At(LATER, office.known()), fellowship)
    assert [entry.status for entry in entries] == ["stands"] * 5
