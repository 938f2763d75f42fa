"""Role histories: roles, moves and the last contact, and how all four ways of change show in them."""

from datetime import date
from decimal import Decimal

from domain.career import CAREER
from domain.career_events import (
    CareerFollowUpEnded,
    FollowUpEnd,
    LastContactConfirmed,
    PayFramework,
    Profession,
    Progression,
    ProgressionRecorded,
    PromotionBasis,
    PromotionRecorded,
    QiRemit,
    RoleAtEntryRecorded,
    RoleEnded,
    RoleRecorded,
)
from domain.event import Event
from domain.values import FellowshipId, Happened, PersonId, Precision, RoleId
from infra.views.reading import At
from projections.career import roles
from tests.office import Office

BAND = PayFramework.AGENDA_FOR_CHANGE


def promotion(person: PersonId, band: str) -> PromotionRecorded:
    return PromotionRecorded(person_id=person, framework=BAND, band=band, basis=PromotionBasis.HIGHER_BAND)


def entered(office: Office) -> tuple[PersonId, RoleId]:
    """Somebody who entered a fellowship in band 7."""
    person, role, fellowship = office.person(), RoleId.new(), FellowshipId.new()
    cohort = office.cohort(office.programme(), 2013)
    office.do(office.accepting(fellowship, person, cohort, date(2013, 6, 1)))
    at_entry = RoleAtEntryRecorded(
        fellowship_id=fellowship,
        person_id=person,
        role_id=role,
        profession=Profession.MIDWIFE,
        framework=BAND,
        band="7",
        wte=Decimal("0.8"),
    )
    record(office, person, date(2013, 9, 1), at_entry)
    return person, role


def record(office: Office, person: PersonId, day: date, event: Event, precision: Precision = Precision.DAY) -> int:
    return office.do(lambda desk: desk.record(CAREER, person, event, Happened(day, precision))).position


def test_a_role_history_tells_roles_moves_and_the_last_contact(office: Office) -> None:
    person, first = entered(office)
    second = RoleId.new()
    record(office, person, date(2015, 2, 28), RoleEnded(person_id=person, role_id=first))
    taken_up = RoleRecorded(person_id=person, role_id=second, profession=Profession.MANAGER, framework=BAND, band="8a")
    record(office, person, date(2015, 3, 1), taken_up)
    record(office, person, date(2015, 3, 1), promotion(person, "8a"), Precision.YEAR)
    rebanded = ProgressionRecorded(person_id=person, progression=Progression.REBANDING, framework=BAND, band="8b")
    record(office, person, date(2016, 1, 1), rebanded)
    contact = record(office, person, date(2016, 2, 1), LastContactConfirmed(person_id=person))
    ended = CareerFollowUpEnded(person_id=person, reason=FollowUpEnd.RETIRED)
    record(office, person, date(2017, 1, 1), ended)
    with office.reading() as connection:
        known = office.known()
        found = roles(connection, At(date(2016, 6, 1), known), person)
        assert [(row.role_id, row.since, row.until, row.wte) for row in found.roles] == [
            (first, date(2013, 9, 1), date(2015, 2, 28), Decimal("0.8")),
            (second, date(2015, 3, 1), None, None),
        ]
        assert found.roles[0].qi_remit is QiRemit.NOT_KNOWN
        assert [(row.move, row.band, row.precision) for row in found.moves] == [
            ("promotion", "8a", Precision.YEAR),
            ("rebanding", "8b", Precision.DAY),
        ]
        assert found.contact is not None
        assert (found.contact.last_contact_on, found.contact.cause) == (date(2016, 2, 1), contact)
        assert found.contact.follow_up_ended_on is None
        later = roles(connection, At(date(2017, 1, 1), known), person).contact
        assert later is not None
        assert (later.last_contact_on, later.follow_up_ended_on) == (date(2016, 2, 1), date(2017, 1, 1))
        assert roles(connection, At(date(2013, 8, 31), known), person).roles == ()
        assert roles(connection, At(date(2017, 1, 1), known), PersonId.new()).contact is None


def test_a_promotion_corrected_replaced_or_entered_in_error_is_one_promotion_or_none(office: Office) -> None:
    person, _ = entered(office)
    told = record(office, person, date(2014, 1, 1), promotion(person, "8a"))
    version = 2

    def moves(known: int, valid: date = date(2019, 1, 1)) -> list[tuple[date, str, int]]:
        with office.reading() as connection:
            found = roles(connection, At(valid, known), person).moves
            return [(row.moved_on, row.band, row.cause) for row in found]

    day = Happened(date(2014, 6, 1))
    corrected = office.do(lambda desk: desk.correct(CAREER, person, version, promotion(person, "8b"), day)).position
    later = Happened(date(2015, 1, 1))
    replaced = office.do(lambda desk: desk.supersede(CAREER, person, 3, promotion(person, "8c"), later)).position
    error = office.do(lambda desk: desk.retract(CAREER, person, 4)).position
    office.do(lambda desk: desk.retract(CAREER, person, 3))
    assert moves(told) == [(date(2014, 1, 1), "8a", told)]
    assert moves(corrected) == [(date(2014, 6, 1), "8b", corrected)]
    assert moves(replaced) == [(date(2015, 1, 1), "8c", replaced)]
    assert moves(replaced, date(2014, 12, 31)) == [(date(2014, 6, 1), "8b", corrected)]
    assert moves(error) == [(date(2014, 6, 1), "8b", corrected)]
    # The correction itself was an error: what was told at first holds again.
    assert moves(office.known()) == [(date(2014, 1, 1), "8a", told)]
