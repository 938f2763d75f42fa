"""No day on which one organisation seconds a person twice, or all together release more than the contract."""

from datetime import date
from decimal import Decimal
from typing import Any

from domain.career import CAREER
from domain.overlap import RELEASES, Release, ReleasedBeyondContract, SecondmentsOverlap, releases
from domain.refusal import Refusal
from domain.secondment import SECONDMENT
from domain.secondment_decisions import cancel_secondment, change_fraction, end_secondment_early, pause_secondment
from domain.secondment_events import (
    Authority,
    ReleaseAgreed,
    ReleasingOrganisationChanged,
    SecondmentExtended,
    SecondmentResumed,
    SecondmentStarted,
)
from domain.secondment_state import Secondment
from domain.stream import Timeline
from domain.values import FellowshipId, OrganisationId
from tests.domain.fellows import ADA, BEN
from tests.scenario import Entry, Scenario, given, on

TRUST, SURGERY = OrganisationId.new(), OrganisationId.new()
NOBODY: Scenario[Secondment] = given(SECONDMENT)
HALF = Decimal("0.5")


def seconded(
    starts_on: str,
    ends_on: str,
    *more: Entry,
    by: OrganisationId = TRUST,
    contracted: str = "1",
    released: str = "0.5",
    person: Any = ADA,
) -> Scenario[Secondment]:
    agreed = ReleaseAgreed(
        fellowship_id=FellowshipId.new(),
        person_id=person,
        organisation_id=by,
        starts_on=date.fromisoformat(starts_on),
        ends_on=date.fromisoformat(ends_on),
        contracted_wte=Decimal(contracted),
        released_wte=Decimal(released),
        agreed_by=Authority.DIRECTOR,
    )
    return given(SECONDMENT, on("2013-01-01", agreed), *more)


YEAR = ("2013-09-01", "2014-08-31")


def clash(*after: Scenario[Secondment], before: tuple[Scenario[Secondment], ...] = ()) -> Refusal | None:
    """What the rule says when a person's secondments go from `before` to `after`."""
    person: Timeline[Any] = given(CAREER).history
    return RELEASES.breaks(ADA, person, person, [s.history for s in before], [s.history for s in after])


def test_one_secondment_clashes_with_nothing() -> None:
    assert clash(seconded(*YEAR, released="1")) is None
    assert RELEASES.applies(given(CAREER).history)


def test_two_secondments_from_one_organisation_do_not_overlap() -> None:
    refusal = clash(seconded(*YEAR), seconded("2014-08-31", "2015-03-31"))
    assert isinstance(refusal, SecondmentsOverlap)
    assert refusal.detail == "On 2014-08-31, 2 secondments from one organisation would run."


def test_they_may_follow_on_one_another_the_last_day_being_inclusive() -> None:
    assert clash(seconded(*YEAR), seconded("2014-09-01", "2015-03-31")) is None


def test_an_overlap_within_the_contract_is_refused_all_the_same() -> None:
    first, second = seconded(*YEAR, released="0.2"), seconded(*YEAR, released="0.2")
    assert isinstance(clash(first, second, before=(first,)), SecondmentsOverlap)


def test_another_person_s_secondment_is_no_overlap() -> None:
    assert clash(seconded(*YEAR), seconded(*YEAR, person=BEN)) is None


def test_a_cancelled_secondment_is_no_overlap() -> None:
    cancelled = seconded(*YEAR, on("2013-02-01", cancel_secondment))
    assert clash(cancelled, seconded(*YEAR)) is None
    assert releases(cancelled.history) == []
    assert releases(NOBODY.history) == []


def test_an_early_end_makes_room_from_the_next_day_on() -> None:
    ended = seconded(*YEAR, on("2013-09-01", SecondmentStarted()), on("2014-01-31", end_secondment_early))
    assert clash(ended, seconded("2014-02-01", "2014-08-31")) is None
    assert isinstance(clash(ended, seconded("2014-01-31", "2014-08-31")), SecondmentsOverlap)


def test_an_extension_into_the_next_secondment_is_refused() -> None:
    extended = SecondmentExtended(ends_on=date(2014, 9, 1), agreed_by=Authority.DIRECTOR)
    first, after = seconded(*YEAR), seconded("2014-09-01", "2015-03-31")
    assert clash(first, after) is None
    longer = first.when(on("2014-05-01", extended)).then()
    assert isinstance(clash(longer, after, before=(first, after)), SecondmentsOverlap)


def test_across_employers_the_released_wte_fits_the_contracted() -> None:
    assert clash(seconded(*YEAR), seconded(*YEAR, by=SURGERY)) is None
    refusal = clash(seconded(*YEAR, released="0.6"), seconded("2014-01-01", "2014-12-31", by=SURGERY))
    assert isinstance(refusal, ReleasedBeyondContract)
    assert refusal.detail == "On 2014-01-01, 1.1 WTE would be released of 1 WTE."


def test_half_of_each_contract_always_fits_the_greater_one() -> None:
    assert clash(seconded(*YEAR, contracted="0.6", released="0.3"), seconded(*YEAR, by=SURGERY)) is None


def test_a_contract_of_more_than_one_wte_has_room_for_more() -> None:
    first = seconded(*YEAR, contracted="1.2", released="0.6")
    assert clash(first, seconded(*YEAR, by=SURGERY, contracted="1.2", released="0.6")) is None


def test_a_raised_fraction_is_judged_from_its_day_on() -> None:
    raised = seconded(
        *YEAR, on("2014-03-01", lambda s: change_fraction(s, on=date(2014, 3, 1), released_wte=Decimal("0.6")))
    )
    assert clash(raised, seconded("2013-09-01", "2014-02-28", by=SURGERY)) is None
    refusal = clash(raised, seconded(*YEAR, by=SURGERY))
    assert isinstance(refusal, ReleasedBeyondContract)
    assert refusal.detail.startswith("On 2014-03-01, 1.1 WTE")


def test_a_pause_releases_nothing_and_a_resumption_does_again() -> None:
    paused = seconded(
        *YEAR,
        on("2013-09-01", SecondmentStarted()),
        on("2014-01-01", pause_secondment),
        on("2014-03-01", SecondmentResumed()),
        released="0.8",
    )
    assert releases(paused.history) == [
        Release(TRUST, date(2013, 9, 1), date(2014, 1, 1), Decimal(1), Decimal("0.8")),
        Release(TRUST, date(2014, 1, 1), date(2014, 3, 1), Decimal(1), Decimal(0)),
        Release(TRUST, date(2014, 3, 1), date(2014, 9, 1), Decimal(1), Decimal("0.8")),
    ]
    assert clash(paused, seconded("2014-01-01", "2014-02-28", by=SURGERY)) is None
    assert isinstance(clash(paused, seconded("2014-01-01", "2014-03-01", by=SURGERY)), ReleasedBeyondContract)


def test_one_that_ends_in_a_pause_releases_nothing_on_its_last_day() -> None:
    ended = seconded(
        *YEAR,
        on("2013-09-01", SecondmentStarted()),
        on("2014-01-01", pause_secondment),
        on("2014-02-28", end_secondment_early),
        released="0.8",
    )
    assert [each.released_wte for each in releases(ended.history)] == [Decimal("0.8"), 0, 0]
    assert releases(ended.history)[-1].until == date(2014, 3, 1)
    assert clash(ended, seconded("2014-02-28", "2014-06-30", by=SURGERY)) is None


def test_nothing_is_released_between_the_last_day_agreed_and_a_later_extension() -> None:
    extended = SecondmentExtended(ends_on=date(2014, 12, 31), agreed_by=Authority.DIRECTOR)
    late = seconded(*YEAR, on("2013-09-01", SecondmentStarted()), on("2014-09-15", extended))
    assert [(each.since, each.until) for each in releases(late.history)] == [
        (date(2013, 9, 1), date(2014, 9, 1)),
        (date(2014, 9, 15), date(2015, 1, 1)),
    ]
    assert clash(late, seconded("2014-09-01", "2014-09-14")) is None
    assert isinstance(clash(late, seconded("2014-09-01", "2014-09-15")), SecondmentsOverlap)


def test_from_the_day_another_organisation_releases_the_fellow_it_is_that_one_s() -> None:
    moved = ReleasingOrganisationChanged(organisation_id=SURGERY, agreed_by=Authority.PRACTICE_PARTNER)
    changed = seconded(*YEAR, on("2013-09-01", SecondmentStarted()), on("2014-02-01", moved))
    assert [(each.organisation_id, each.until) for each in releases(changed.history)] == [
        (TRUST, date(2014, 2, 1)),
        (SURGERY, date(2014, 9, 1)),
    ]
    assert clash(changed, seconded("2014-02-01", "2014-08-31", released="0.2")) is None
    assert isinstance(clash(changed, seconded("2014-02-01", "2014-08-31", by=SURGERY)), SecondmentsOverlap)
    before = seconded("2013-10-01", "2014-01-31", by=SURGERY, released="0.2")
    assert clash(changed, before) is None


def test_an_early_end_that_leaves_more_released_than_the_others_state_as_contracted_is_a_clash() -> None:
    wide = seconded(*YEAR, on("2013-09-01", SecondmentStarted()), contracted="2", released="0.1")
    others = [seconded("2013-10-01", "2014-06-30", by=OrganisationId.new(), released="0.6") for _ in range(2)]
    assert clash(wide, *others) is None
    ended = wide.when(on("2014-01-31", end_secondment_early)).then()
    refusal = clash(ended, *others, before=(wide, *others))
    assert isinstance(refusal, ReleasedBeyondContract)
    assert refusal.detail.startswith("On 2014-02-01, 1.2 WTE")


def test_what_clashed_before_is_not_held_against_another_fact() -> None:
    first, second = seconded(*YEAR), seconded(*YEAR)
    later = seconded("2016-01-01", "2016-12-31")
    assert clash(first, second, later, before=(first, second)) is None


def test_a_secondment_agreed_after_its_first_day_counts_from_that_day() -> None:
    late = seconded("2012-09-01", "2013-08-31")
    assert releases(late.history)[0] == Release(TRUST, date(2012, 9, 1), date(2013, 1, 1), Decimal(1), HALF)
