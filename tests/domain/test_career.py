"""A career: roles held, promotions, and how long it is followed."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from domain import career, career_bands
from domain.career import (
    CAREER,
    BandsNotOrdered,
    Career,
    CareerOfAnotherPerson,
    EntryAlreadyRecorded,
    FollowUpHasEnded,
    NoRoleAtEntry,
    NoSuchBand,
    NoSuchOrder,
    NotAHigherBand,
    NotAPromotion,
    OnlyActingUp,
    ProgressionInTraining,
    RemitNeedsASource,
    RoleAlreadyRecorded,
    RoleNotHeld,
)
from domain.career_bands import LATEST, ORDERS, Order, is_higher
from domain.career_decisions import end_follow_up, promote, record_role_at_entry
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
    RemitSource,
    RoleAtEntryRecorded,
    RoleEnded,
    RoleRecorded,
)
from domain.career_placing import place_within_period
from domain.event import Recorded
from domain.fellowship_state import Fellowship, PlaceNotAccepted
from domain.refusal import Refusal, WouldContradict
from domain.values import FellowshipId, Happened, OrganisationId, Precision, RoleId
from tests.domain.fellows import ADA, BEN, a_fellow
from tests.scenario import Entry, Scenario, correcting, given, on, retracting, superseding

ADAS, SECOND = FellowshipId.new(), FellowshipId.new()
TRUST = OrganisationId.new()
SISTER, MATRON = RoleId.new(), RoleId.new()
FELLOW = a_fellow().history.at(None)
AFC = PayFramework.AGENDA_FOR_CHANGE


def role(day: str, band: str = "8a", role_id: RoleId = MATRON, **other: Any) -> Entry:
    said: dict[str, Any] = {
        "person_id": ADA,
        "role_id": role_id,
        "organisation_id": TRUST,
        "profession": Profession.NURSE,
        "framework": AFC,
        "band": band,
        "wte": Decimal("1.00"),
    }
    return on(day, RoleRecorded(**(said | other)))


def entry(day: str = "2013-09-01", fellowship_id: FellowshipId = ADAS, role_id: RoleId = SISTER, **other: Any) -> Entry:
    said: dict[str, Any] = {"profession": Profession.NURSE, "framework": AFC, "band": "7"}
    return on(
        day,
        lambda _: record_role_at_entry(FELLOW, fellowship_id=fellowship_id, role_id=role_id, **(said | other)),
    )


def promoted(day: str, band: str = "8a", basis: PromotionBasis = PromotionBasis.HIGHER_BAND, **other: Any) -> Entry:
    said: dict[str, Any] = {"framework": AFC, "band": band, "basis": basis, "evidenced": True}
    return on(day, lambda c: promote(c, person_id=ADA, **(said | other)))


def contact(day: str) -> Entry:
    return on(day, LastContactConfirmed(person_id=ADA))


FOLLOW_UP_ENDED = on("2016-06-01", lambda _: end_follow_up(person_id=ADA, reason=FollowUpEnd.DIED))


def a_career(*more: Entry) -> Scenario[Career]:
    return given(CAREER, entry(), *more)


def test_a_role_at_entry_says_profession_framework_and_band() -> None:
    state = a_career().then(entries=frozenset({ADAS}), person_id=ADA).history.at(None)
    held = state.roles[SISTER]
    assert (held.profession, held.framework, held.band, held.since) == (Profession.NURSE, AFC, "7", date(2013, 9, 1))
    for name in ("profession", "framework", "band"):
        assert RoleAtEntryRecorded.model_fields[name].is_required()
        assert RoleRecorded.model_fields[name].is_required()


def test_only_whoever_has_a_place_has_a_role_at_entry() -> None:
    with pytest.raises(PlaceNotAccepted):
        record_role_at_entry(
            Fellowship(), fellowship_id=ADAS, role_id=SISTER, profession=Profession.NURSE, framework=AFC, band="7"
        )


def test_a_role_at_entry_is_recorded_once_for_each_fellowship() -> None:
    a_career().when(entry("2013-10-01", role_id=MATRON)).refused(EntryAlreadyRecorded)
    a_career(entry("2016-09-01", SECOND, MATRON, band="8a")).then(entries=frozenset({ADAS, SECOND}))


def test_roles_may_overlap_each_with_its_own_wte_and_end() -> None:
    two = a_career(role("2014-04-01", wte=Decimal("0.40")))
    assert {r.wte for r in two.history.at(None).roles.values()} == {None, Decimal("0.40")}
    ended = two.when(on("2014-06-30", RoleEnded(person_id=ADA, role_id=SISTER))).then()
    assert set(ended.history.at(None).roles) == {MATRON}
    assert set(ended.history.at(date(2014, 6, 29)).roles) == {SISTER, MATRON}


def test_a_role_is_recorded_once_and_ends_once() -> None:
    a_career().when(role("2014-04-01", role_id=SISTER)).refused(RoleAlreadyRecorded)
    a_career().when(on("2014-06-30", RoleEnded(person_id=ADA, role_id=MATRON))).refused(RoleNotHeld)
    gone = a_career(on("2014-06-30", RoleEnded(person_id=ADA, role_id=SISTER)))
    gone.when(on("2014-07-30", RoleEnded(person_id=ADA, role_id=SISTER))).refused(RoleNotHeld)


def test_a_qi_remit_is_recorded_with_its_source() -> None:
    known = role("2014-04-01", qi_remit=QiRemit.IMPROVEMENT, qi_remit_source=RemitSource.EMPLOYER)
    held = a_career(known).history.at(None).roles[MATRON]
    assert (held.qi_remit, held.qi_remit_source) == (QiRemit.IMPROVEMENT, RemitSource.EMPLOYER)
    for remit in (QiRemit.IMPROVEMENT, QiRemit.TRAINING_OTHERS, QiRemit.BOTH, QiRemit.NONE):
        a_career().when(role("2014-04-01", qi_remit=remit)).refused(RemitNeedsASource)
        given(CAREER).when(entry(qi_remit=remit)).refused(RemitNeedsASource)
    a_career().when(role("2014-04-01", qi_remit_source=RemitSource.SURVEY)).refused(RemitNeedsASource)


def test_a_promotion_without_a_role_at_entry_is_refused() -> None:
    given(CAREER).when(promoted("2014-04-01")).refused(NoRoleAtEntry)
    given(CAREER, role("2013-01-01", "7")).when(promoted("2014-04-01")).refused(NoRoleAtEntry)
    fact = PromotionRecorded(person_id=ADA, framework=AFC, band="8a", basis=PromotionBasis.HIGHER_BAND)
    given(CAREER, role("2013-01-01", "7")).when(on("2014-04-01", fact)).refused(NoRoleAtEntry)
    a_career().when(promoted("2013-08-31")).refused(NoRoleAtEntry)
    a_career(promoted("2013-09-01")).then(promotions=1)


def test_a_role_at_entry_is_not_taken_back_under_a_promotion() -> None:
    a_career(promoted("2014-04-01")).when(retracting(1)).refused(WouldContradict, "career.promotion_recorded")


def test_a_promotion_leads_to_another_band() -> None:
    a_career().when(promoted("2014-04-01", "7")).refused(NotAPromotion)
    once = a_career(promoted("2014-04-01")).then(promotions=1, reached=(AFC, "8a"))
    once.when(promoted("2014-05-01")).refused(NotAPromotion)
    once.when(promoted("2016-05-01", "8b")).then(promotions=2)


def test_a_promotion_to_a_higher_band_is_to_a_higher_one_of_the_same_framework() -> None:
    a_career().when(promoted("2014-04-01", "6")).refused(NotAHigherBand)
    a_career(promoted("2014-04-01", "8A")).when(promoted("2015-04-01", "7")).refused(NotAHigherBand)
    a_career(promoted("2014-04-01", "8A")).when(promoted("2015-04-01", "8a")).refused(NotAPromotion)
    late = a_career(promoted("2015-04-01", "8a"))
    late.when(promoted("2014-04-01", "8b")).refused(WouldContradict, "career.promotion_recorded")
    for framework, ladder in ORDERS[LATEST].ladders.items():
        bands = [rung[0] for rung in ladder]
        for lower, higher in pairwise(bands):
            assert is_higher((framework, higher), (framework, lower)) is True
            assert is_higher((framework, lower), (framework, higher)) is False
        for rung in ladder:
            assert is_higher((framework, rung[0]), (framework, rung[-1])) is False


def test_what_is_declared_leads_to_a_higher_band_too_where_the_framework_has_an_order() -> None:
    declared = PromotionBasis.DECLARED_WITH_EVIDENCE
    for band in ("6", "7"):
        a_career().when(promoted("2014-04-01", band, declared)).refused(NotAHigherBand)
    a_career().when(promoted("2014-04-01", "8a", declared)).then(promotions=1)
    manager = given(CAREER, entry(framework=PayFramework.VERY_SENIOR_MANAGER, band="director"))
    wider = PromotionRecorded(
        person_id=ADA, framework=PayFramework.VERY_SENIOR_MANAGER, band="director", basis=declared
    )
    manager.when(on("2014-04-01", wider)).then(promotions=1)


@pytest.mark.parametrize("basis", list(PromotionBasis))
@pytest.mark.parametrize(
    ("framework", "band"), [(PayFramework.MEDICAL_TRAINING, "ST5"), (PayFramework.MEDICAL_CAREER, "consultant")]
)
def test_progress_in_training_is_no_promotion_whatever_evidence_it_is_declared_with(
    framework: PayFramework, band: str, basis: PromotionBasis
) -> None:
    trainee = given(CAREER, entry(framework=PayFramework.MEDICAL_TRAINING, band="ST4"))
    trainee.when(promoted("2014-04-01", band, basis, framework=framework)).refused(ProgressionInTraining)


def test_what_was_declared_in_training_before_that_was_refused_can_be_put_right_and_gone_on_from() -> None:
    training = PayFramework.MEDICAL_TRAINING
    declared = PromotionRecorded(
        person_id=ADA, framework=training, band="ST5", basis=PromotionBasis.DECLARED_WITH_EVIDENCE
    )
    stood = given(CAREER, entry(framework=training, band="ST4")).history
    placed, moment = Happened(date(2014, 4, 1)), datetime(2015, 1, 1, tzinfo=UTC)
    formerly = Scenario(stood.adding(Recorded(CAREER.of("one"), 2, declared, placed, 2, 2, moment)))
    assert not formerly.history.sound
    formerly.when(contact("2016-01-10")).then(last_contact_on=date(2016, 1, 10))
    formerly.when(correcting(2, "2014-05-01", declared)).then(promotions=0)
    formerly.when(retracting(2)).then(promotions=0)


@pytest.mark.parametrize("band", ["17", "8", "8a local", "ST5"])
def test_a_band_is_one_of_its_framework(band: str) -> None:
    for tried in (
        entry("2016-09-01", SECOND, MATRON, band=band),
        role("2014-04-01", band),
        promoted("2014-04-01", band),
        promoted("2014-04-01", band, PromotionBasis.DECLARED_WITH_EVIDENCE),
        on(
            "2014-04-01",
            ProgressionRecorded(person_id=ADA, progression=Progression.REBANDING, framework=AFC, band=band),
        ),
        correcting(1, "2013-09-01", a_career().history.entry(1).event.model_copy(update={"band": band})),
    ):
        a_career().when(tried).refused(NoSuchBand)


def test_a_framework_without_published_bands_takes_any() -> None:
    managing = entry("2016-09-01", SECOND, MATRON, framework=PayFramework.VERY_SENIOR_MANAGER, band="director")
    a_career(managing).then(reached=(PayFramework.VERY_SENIOR_MANAGER, "director"))


@pytest.mark.parametrize(
    ("framework", "band", "basis", "refused"),
    [
        # The published order places very senior managers above Agenda for Change.
        (PayFramework.VERY_SENIOR_MANAGER, "director", PromotionBasis.HIGHER_BAND, None),
        (PayFramework.MEDICAL_CAREER, "specialist", PromotionBasis.HIGHER_BAND, BandsNotOrdered),
        (PayFramework.OTHER, "head of service", PromotionBasis.HIGHER_BAND, BandsNotOrdered),
        (PayFramework.OTHER, "head of service", PromotionBasis.HIGHER_GRADE, None),
        (PayFramework.OTHER, "head of service", PromotionBasis.DECLARED_WITH_EVIDENCE, None),
    ],
)
def test_a_higher_band_of_another_framework_is_one_that_the_published_order_calls_higher(
    framework: PayFramework, band: str, basis: PromotionBasis, refused: type[Refusal] | None
) -> None:
    said = PromotionRecorded(person_id=ADA, framework=framework, band=band, basis=basis)
    scenario = a_career().when(on("2014-04-01", said))
    if refused is None:
        scenario.then(promotions=1)
    else:
        scenario.refused(refused)


def test_from_a_framework_that_is_above_there_is_no_promotion_to_one_below() -> None:
    manager = given(CAREER, entry(framework=PayFramework.VERY_SENIOR_MANAGER, band="director"))
    for basis in (PromotionBasis.HIGHER_BAND, PromotionBasis.HIGHER_GRADE):
        manager.when(promoted("2014-04-01", "9", basis)).refused(NotAHigherBand)
    another = PromotionRecorded(
        person_id=ADA,
        framework=PayFramework.VERY_SENIOR_MANAGER,
        band="chief executive",
        basis=PromotionBasis.HIGHER_BAND,
    )
    manager.when(on("2014-04-01", another)).refused(BandsNotOrdered)


def test_a_promotion_names_the_version_of_the_order_it_is_judged_by() -> None:
    event = a_career(promoted("2014-04-01")).history.entry(2).event
    assert isinstance(event, PromotionRecorded)
    assert event.order == LATEST
    unknown = event.model_copy(update={"order": LATEST + 1})
    a_career().when(on("2014-04-01", unknown)).refused(NoSuchOrder)


def test_a_band_that_one_order_has_stays_a_band_by_that_order(monkeypatch: pytest.MonkeyPatch) -> None:
    rungs = ORDERS[LATEST].ladders[AFC]
    another = Order(
        {**ORDERS[LATEST].ladders, AFC: (*(rung for rung in rungs if rung != ("9",)), ("10",))}, frozenset()
    )
    monkeypatch.setattr(career, "ORDERS", {**ORDERS, LATEST + 1: another})
    monkeypatch.setattr(career_bands, "ORDERS", career.ORDERS)

    def to(band: str, order: int) -> Entry:
        basis = PromotionBasis.HIGHER_BAND
        return on("2014-04-01", PromotionRecorded(person_id=ADA, framework=AFC, band=band, basis=basis, order=order))

    for band, order, other in (("9", LATEST, LATEST + 1), ("10", LATEST + 1, LATEST)):
        a_career().when(to(band, order)).then(reached=(AFC, band))
        a_career().when(to(band, other)).refused(NoSuchBand)
        a_career().when(role("2014-04-01", band)).then(promotions=0)
    a_career().when(role("2014-04-01", "11")).refused(NoSuchBand)


def test_acting_up_for_less_than_six_months_is_no_promotion() -> None:
    acting = a_career(role("2014-03-01", acting=True))
    for role_id in (None, MATRON):
        acting.when(promoted("2014-08-31", role_id=role_id)).refused(OnlyActingUp)
        acting.when(promoted("2014-09-01", role_id=role_id)).then(promotions=1)
        declared = promoted("2014-03-01", basis=PromotionBasis.DECLARED_WITH_EVIDENCE, role_id=role_id)
        acting.when(declared).then(promotions=1)
    acting.then(reached=(AFC, "7"), promotions=0)
    a_career(promoted("2014-04-01")).when(role("2014-03-01", acting=True)).refused(
        WouldContradict, "career.promotion_recorded"
    )


def test_acting_up_that_ended_within_six_months_is_no_promotion_in_whatever_order_it_is_told() -> None:
    acted = role("2014-03-01", acting=True)
    ended, early = (on(day, RoleEnded(person_id=ADA, role_id=MATRON)) for day in ("2014-08-31", "2014-06-30"))
    a_career(acted, early).when(promoted("2014-09-01")).refused(OnlyActingUp)
    for told in ((acted, promoted("2014-09-01")), (promoted("2014-09-01"), acted)):
        a_career(*told).when(early).refused(WouldContradict, "career.promotion_recorded")
        a_career(*told).when(ended).then(promotions=1)
    declared = promoted("2014-09-01", basis=PromotionBasis.DECLARED_WITH_EVIDENCE)
    a_career(acted, early, declared).then(promotions=1)
    a_career(acted, early, entry("2016-09-01", SECOND, RoleId.new()), promoted("2017-04-01")).then(promotions=1)


def test_a_role_made_substantive_may_be_a_promotion_at_once() -> None:
    a_career(
        role("2014-03-01", acting=True),
        on("2014-04-30", RoleEnded(person_id=ADA, role_id=MATRON)),
        role("2014-05-01", role_id=RoleId.new()),
    ).when(promoted("2014-05-01")).then(promotions=1)


@pytest.mark.parametrize(
    ("framework", "band", "refused"),
    [
        (PayFramework.MEDICAL_TRAINING, "ST6", True),
        (PayFramework.MEDICAL_CAREER, "Consultant", True),
        (PayFramework.MEDICAL_CAREER, "associate specialist", False),
    ],
)
def test_progress_in_training_and_to_consultant_is_not_recorded_as_a_promotion(
    framework: PayFramework, band: str, refused: bool
) -> None:
    trainee = given(CAREER, entry(framework=PayFramework.MEDICAL_TRAINING, band="ST5"))
    said = PromotionRecorded(person_id=ADA, framework=framework, band=band, basis=PromotionBasis.HIGHER_GRADE)
    scenario = trainee.when(on("2014-08-01", said))
    if refused:
        scenario.refused(ProgressionInTraining)
    else:
        scenario.then(promotions=1)


def test_a_promotion_may_name_the_role_it_came_with() -> None:
    a_career(role("2014-04-01"), promoted("2014-04-01", role_id=MATRON)).then(promotions=1)
    a_career().when(promoted("2014-04-01", role_id=MATRON)).refused(RoleNotHeld)


def test_a_promotion_learned_two_years_late_is_an_ordinary_late_entry() -> None:
    followed = a_career(contact("2014-09-01"), contact("2016-01-10"))
    followed.when(promoted("2014-04-01")).then("2014-03-31", promotions=0).then("2014-04-01", promotions=1).then(
        promotions=1, last_contact_on=date(2016, 1, 10)
    )


def test_a_promotion_learned_late_comes_before_a_later_one() -> None:
    a_career(promoted("2015-04-01", "8b")).when(promoted("2014-04-01", "8a")).then(promotions=2, reached=(AFC, "8b"))


def test_the_date_of_a_promotion_is_corrected() -> None:
    once = a_career(promoted("2014-04-01"))
    once.when(correcting(2, "2014-07-01", once.history.entry(2).event)).then("2014-06-30", promotions=0).then(
        promotions=1
    )


@pytest.mark.parametrize("progression", list(Progression))
def test_progression_in_training_to_consultant_and_rebanding_are_no_promotions(progression: Progression) -> None:
    fact = ProgressionRecorded(
        person_id=ADA, progression=progression, framework=PayFramework.MEDICAL_TRAINING, band="ST6"
    )
    a_career(on("2014-08-01", fact)).then(promotions=0, reached=(PayFramework.MEDICAL_TRAINING, "ST6"))
    assert ProgressionRecorded.kind != PromotionRecorded.kind


def test_contact_is_confirmed_again_and_again() -> None:
    a_career(contact("2014-09-01"), contact("2016-01-10")).then("2015-12-31", last_contact_on=date(2014, 9, 1)).then(
        last_contact_on=date(2016, 1, 10)
    )


def test_when_a_career_is_followed_no_longer_nothing_later_is_recorded_of_it() -> None:
    over = a_career(FOLLOW_UP_ENDED).then(follow_up_ended_on=date(2016, 6, 1))
    over.when(contact("2016-06-02")).refused(FollowUpHasEnded)
    over.when(promoted("2016-07-01")).refused(FollowUpHasEnded)
    over.when(on("2016-07-01", FOLLOW_UP_ENDED.fact)).refused(FollowUpHasEnded)
    over.when(promoted("2015-04-01")).then(promotions=1)
    over.when(contact("2016-06-01")).then()


def test_whoever_is_found_again_is_followed_again_by_a_later_decision() -> None:
    a_career(FOLLOW_UP_ENDED).when(
        superseding(2, "2017-01-10", LastContactConfirmed(person_id=ADA)), promoted("2017-04-01")
    ).then("2016-12-31", follow_up_ended_on=date(2016, 6, 1)).then(follow_up_ended_on=None, promotions=1)


def test_why_a_career_is_followed_no_longer_is_personal_and_its_kind_neutral() -> None:
    assert set(CareerFollowUpEnded.personal()) == {"reason", "note"}
    assert CareerFollowUpEnded.kind == "career.follow_up_ended"


def test_an_entry_is_about_one_person() -> None:
    a_career().when(on("2014-09-01", LastContactConfirmed(person_id=BEN))).refused(CareerOfAnotherPerson)


@pytest.mark.parametrize("band", ["", "a" * 41, "Band 7\nand more", "-7"])
def test_a_band_is_a_short_code(band: str) -> None:
    with pytest.raises(ValidationError):
        PromotionRecorded(person_id=ADA, framework=AFC, band=band, basis=PromotionBasis.HIGHER_BAND)


def placed(scenario: Scenario[Career], happened: Happened, latest: date = date(2020, 1, 1)) -> date:
    """Where a promotion to band 8a is placed that is known so exactly."""
    return place_within_period(
        scenario.history,
        happened,
        lambda c, day: promote(c, person_id=ADA, framework=AFC, band="8a", basis=PromotionBasis.HIGHER_BAND),
        latest=latest,
    ).day


def test_a_promotion_known_to_the_year_is_placed_where_it_is_legal_within_it() -> None:
    year = Happened(date(2013, 1, 1), Precision.YEAR)
    # The default, 1 January, is before the role at entry of 1 September.
    assert placed(a_career(), year) == date(2013, 9, 1)
    assert placed(a_career(), Happened(date(2014, 1, 1), Precision.YEAR)) == date(2014, 1, 1)
    assert placed(a_career(), Happened(date(2013, 9, 1), Precision.MONTH)) == date(2013, 9, 1)
    # Nowhere in the period is it legal: it stays where it is, and is refused there.
    assert placed(a_career(), Happened(date(2012, 1, 1), Precision.YEAR)) == date(2012, 1, 1)
    assert placed(a_career(), year, latest=date(2013, 8, 1)) == date(2013, 1, 1)


def test_an_end_known_to_the_year_is_placed_before_what_followed_it() -> None:
    over = a_career(FOLLOW_UP_ENDED)
    ended = place_within_period(
        over.history,
        Happened(date(2016, 12, 31), Precision.YEAR),
        lambda c, day: RoleEnded(person_id=ADA, role_id=SISTER),
        latest=date(2020, 1, 1),
    )
    assert ended == Happened(date(2016, 1, 1), Precision.YEAR)
