"""Coaching: minutes held against minutes the fellow is entitled to."""

from datetime import date
from enum import StrEnum
from typing import Any, get_args

import pytest

from domain import coaching_events
from domain.coaching import (
    COACHING,
    OVER_ENTITLEMENT,
    CarriesMoreThanIsLeft,
    Coaching,
    CoachingAlreadyContracted,
    CoachingIsOver,
    CoachingNotContracted,
    CoachingStage,
    NoMinutesUsed,
    OwnCoach,
    SameEngagement,
    irregularities,
)
from domain.coaching_decisions import change_coach, contract_coaching, hold_coaching_session
from domain.coaching_events import (
    CoachChanged,
    CoachingCompleted,
    CoachingContracted,
    CoachingEndedEarly,
    CoachingEvent,
    CoachingSessionCancelled,
    CoachingSessionHeld,
    EntitlementExtended,
    Mode,
    Notice,
    Side,
)
from domain.event import Event
from domain.fellowship_state import Fellowship, PlaceNotAccepted
from domain.participation import AfterTheLastDay
from domain.refusal import InTheFuture
from domain.values import CoachingId, FellowshipId, Id, PersonId
from tests.domain.fellows import ADA, PAUSED, a_fellow, deferral, withdrawal
from tests.domain.irregular import irregular
from tests.scenario import Entry, Scenario, correcting, given, on, retracting

ADAS = FellowshipId.new()
COACH, OTHER_COACH = PersonId.new(), PersonId.new()
ONE, NEXT = CoachingId.new(), CoachingId.new()
FELLOW = a_fellow().history.at(None)
TODAY = date(2014, 12, 1)
OCTOBER, JANUARY = date(2013, 10, 1), date(2014, 1, 10)


def contracted(minutes: int = 540) -> Entry:
    return on(
        "2013-10-01",
        lambda _: contract_coaching(
            FELLOW, fellowship_id=ADAS, coach_id=COACH, on=OCTOBER, entitlement_minutes=minutes
        ),
    )


def held(day: str, minutes: int = 90, fellow: Fellowship = FELLOW, today: date = TODAY) -> Entry:
    return on(
        day,
        lambda _: hold_coaching_session(fellow, on=date.fromisoformat(day), today=today, minutes=minutes),
    )


def coached(*more: Entry, minutes: int = 540) -> Scenario[Coaching]:
    return given(COACHING, contracted(minutes), *more)


def odd(scenario: Scenario[Coaching]) -> list[tuple[int, str]]:
    return irregular(scenario, irregularities)


def test_coaching_is_agreed_with_an_entitlement() -> None:
    coached().then(
        stage=CoachingStage.CONTRACTED, fellowship_id=ADAS, coach_id=COACH, entitled=540, held=0, used=0, left=540
    )
    coached().when(contracted()).refused(CoachingAlreadyContracted)


def test_only_whoever_has_a_place_is_coached() -> None:
    with pytest.raises(PlaceNotAccepted):
        contract_coaching(Fellowship(), fellowship_id=ADAS, coach_id=COACH, on=OCTOBER, entitlement_minutes=540)


def test_nobody_is_their_own_coach() -> None:
    with pytest.raises(OwnCoach):
        contract_coaching(FELLOW, fellowship_id=ADAS, coach_id=ADA, on=OCTOBER, entitlement_minutes=540)
    with pytest.raises(OwnCoach):
        change_coach(coached().history.at(None), FELLOW, on=JANUARY, coaching_id=ONE, continued_by=NEXT, coach_id=ADA)


def test_no_coach_begins_after_the_fellow_s_last_day_though_on_it_one_may() -> None:
    left, last, after = a_fellow(withdrawal("2014-01-10")).history, date(2014, 1, 10), date(2014, 1, 11)
    told: dict[str, Any] = {"fellowship_id": ADAS, "coach_id": COACH, "entitlement_minutes": 540}
    assert contract_coaching(left.at(last), on=last, **told).fellowship_id == ADAS
    with pytest.raises(AfterTheLastDay, match="2014-01-10"):
        contract_coaching(left.at(after), on=after, **told)
    going_on: dict[str, Any] = {"coaching_id": ONE, "continued_by": NEXT, "coach_id": OTHER_COACH}
    state = coached().history.at(None)
    assert change_coach(state, left.at(last), on=last, **going_on)[1].coach_id == OTHER_COACH
    with pytest.raises(AfterTheLastDay):
        change_coach(state, left.at(after), on=after, **going_on)


def test_sessions_held_use_up_minutes() -> None:
    coached(held("2013-11-01"), held("2013-12-01", 60)).then(held=150, used=150, left=390, sessions=2).then(
        "2013-11-30", used=90
    )
    fact = CoachingSessionHeld(minutes=60, mode=Mode.VIDEO)
    assert hold_coaching_session(FELLOW, on=date(2013, 11, 1), today=TODAY, minutes=60, mode=Mode.VIDEO) == fact


def test_minutes_beyond_the_entitlement_are_recorded_as_irregular() -> None:
    assert odd(coached(held("2013-11-01", 540))) == []
    over = coached(held("2013-11-01", 500), held("2013-12-01", 90)).then(used=590, left=0)
    assert odd(over) == [(3, OVER_ENTITLEMENT)]
    assert odd(over.when(held("2014-01-01", 30))) == [(3, OVER_ENTITLEMENT), (4, OVER_ENTITLEMENT)]


def test_a_session_learned_late_makes_a_later_one_go_beyond_the_entitlement() -> None:
    before = coached(held("2013-12-01", 500))
    assert odd(before) == []
    assert odd(before.when(held("2013-11-01", 90))) == [(2, OVER_ENTITLEMENT)]


def test_a_correction_to_fewer_minutes_makes_it_regular() -> None:
    over = coached(held("2013-11-01", 600))
    assert odd(over) == [(2, OVER_ENTITLEMENT)]
    assert odd(over.when(correcting(2, "2013-11-01", CoachingSessionHeld(minutes=60)))) == []
    assert odd(over.when(retracting(2))) == []


def test_an_entitlement_extended_by_then_covers_what_is_held() -> None:
    extended = on("2013-11-01", EntitlementExtended(minutes=60))
    assert odd(coached(held("2013-11-01", 600), extended).then(entitled=600)) == []
    late = on("2013-11-02", EntitlementExtended(minutes=60))
    assert odd(coached(held("2013-11-01", 600), late)) == [(2, OVER_ENTITLEMENT)]


def test_the_entitlement_survives_a_pause_and_a_deferral() -> None:
    paused = a_fellow(PAUSED).history.at(None)
    coached(held("2013-11-15", fellow=paused)).then(left=450)
    on_the_day = a_fellow(deferral("2013-12-01")).history.at(None)
    coached(held("2013-12-01", fellow=on_the_day)).then(left=450)


def test_no_session_is_held_after_the_last_day_nor_in_the_future() -> None:
    left = a_fellow(withdrawal("2014-01-10")).history.at(None)
    coached().when(held("2014-01-11", fellow=left)).refused(AfterTheLastDay)
    coached().when(held("2014-01-10", fellow=left)).then(held=90)
    coached().when(held("2014-12-02")).refused(InTheFuture)
    coached().when(held("2014-12-01")).then()


def test_a_session_cancelled_in_time_or_by_the_coach_uses_nothing_up() -> None:
    for notice in Notice:
        for side in Side:
            free = CoachingSessionCancelled(notice=notice, by=side)
            coached(on("2013-11-01", free)).then(used=0, sessions=0)
            costly = on("2013-11-01", free.model_copy(update={"minutes_used": 90}))
            if side is Side.FELLOW and notice is not Notice.IN_TIME:
                coached(costly).then(used=90, held=0, left=450)
            else:
                coached().when(costly).refused(NoMinutesUsed)


def test_minutes_lost_by_cancelling_late_count_against_the_entitlement() -> None:
    lost = on("2013-11-02", CoachingSessionCancelled(notice=Notice.LATE, by=Side.FELLOW, minutes_used=60))
    assert odd(coached(held("2013-11-01", 500), lost)) == [(3, OVER_ENTITLEMENT)]


def test_a_change_of_coach_carries_the_minutes_that_are_left() -> None:
    ended, begun = change_coach(
        coached(held("2013-11-01", 240)).history.at(None),
        FELLOW,
        on=JANUARY,
        coaching_id=ONE,
        continued_by=NEXT,
        coach_id=OTHER_COACH,
    )
    assert ended == CoachChanged(continued_by=NEXT, carried_minutes=300)
    assert begun == CoachingContracted(fellowship_id=ADAS, coach_id=OTHER_COACH, entitlement_minutes=300, continues=ONE)
    coached(held("2013-11-01", 240), on("2014-01-10", ended)).then(
        stage=CoachingStage.COACH_CHANGED, entitled=240, used=240, left=0
    )
    given(COACHING, on("2014-01-10", begun)).then(entitled=300)
    assert f"coaching:{NEXT}" in set(ended.names())
    assert f"coaching:{ONE}" in set(begun.names())


def test_a_new_coach_takes_over_no_more_than_is_left() -> None:
    state = coached(held("2013-11-01", 240)).history.at(None)
    fewer, _ = change_coach(
        state, FELLOW, on=JANUARY, coaching_id=ONE, continued_by=NEXT, coach_id=OTHER_COACH, carried_minutes=200
    )
    coached(held("2013-11-01", 240), on("2014-01-10", fewer)).then(entitled=340, left=100)
    more = on("2014-01-10", CoachChanged(continued_by=NEXT, carried_minutes=301))
    refusal = coached(held("2013-11-01", 240)).when(more).refused(CarriesMoreThanIsLeft).refusal
    assert refusal is not None
    assert refusal.detail == "300 minutes are left; 301 would be taken over."


def test_after_too_many_minutes_nothing_is_left_to_carry() -> None:
    ended, begun = change_coach(
        coached(held("2013-11-01", 600)).history.at(None),
        FELLOW,
        on=JANUARY,
        coaching_id=ONE,
        continued_by=NEXT,
        coach_id=OTHER_COACH,
    )
    assert (ended.carried_minutes, begun.entitlement_minutes) == (0, 0)


def test_a_session_learned_late_contradicts_what_was_carried() -> None:
    ended = CoachChanged(continued_by=NEXT, carried_minutes=540)
    scenario = coached(on("2014-01-10", ended)).when(held("2013-11-01"))
    assert scenario.refusal is not None
    assert [fact.kind for fact in scenario.refusal.facts] == ["coaching.coach_changed"]


def test_an_engagement_does_not_continue_itself() -> None:
    with pytest.raises(SameEngagement):
        change_coach(
            coached().history.at(None), FELLOW, on=JANUARY, coaching_id=ONE, continued_by=ONE, coach_id=OTHER_COACH
        )


def test_coaching_is_completed_or_ends_early_and_nothing_follows() -> None:
    for end, stage in (
        (CoachingCompleted(), CoachingStage.COMPLETED),
        (CoachingEndedEarly(), CoachingStage.ENDED_EARLY),
        (CoachChanged(continued_by=NEXT, carried_minutes=0), CoachingStage.COACH_CHANGED),
    ):
        over = coached(on("2014-06-01", end)).then(stage=stage, since=date(2014, 6, 1))
        over.when(held("2014-06-02")).refused(CoachingIsOver)
        for fact in (EntitlementExtended(minutes=10), CoachingCompleted(), CoachingEndedEarly()):
            over.when(on("2014-06-02", fact)).refused(CoachingIsOver)
        over.when(held("2014-05-01")).then(held=90)
        over.when(held("2014-06-01")).then(held=90)


def test_nothing_befalls_coaching_that_was_not_agreed() -> None:
    given(COACHING).when(held("2013-11-01")).refused(CoachingNotContracted)
    for fact in (CoachingCompleted(), CoachingEndedEarly(), EntitlementExtended(minutes=10)):
        given(COACHING).when(on("2013-11-01", fact)).refused(CoachingNotContracted)
    with pytest.raises(CoachingNotContracted):
        change_coach(Coaching(), FELLOW, on=JANUARY, coaching_id=ONE, continued_by=NEXT, coach_id=OTHER_COACH)


def test_no_field_for_what_was_talked_about_exists() -> None:
    kinds: tuple[type[Event], ...] = get_args(CoachingEvent)
    declared = {c for c in vars(coaching_events).values() if isinstance(c, type) and issubclass(c, Event)} - {Event}
    assert set(kinds) == declared
    for kind in kinds:
        assert not kind.personal()
        for name, field in kind.model_fields.items():
            types = [t for t in (get_args(field.annotation) or (field.annotation,)) if t is not type(None)]
            for t in types:
                assert isinstance(t, type), (kind, name)
                assert t is int or issubclass(t, Id | StrEnum), (kind, name)


def test_an_engagement_writes_the_guards_of_its_fellow_when_it_begins_and_ends() -> None:
    scenario = coached(
        held("2013-11-01"),
        on("2013-11-02", CoachingSessionCancelled(notice=Notice.NONE, by=Side.FELLOW)),
        on("2013-11-03", EntitlementExtended(minutes=10)),
        on("2014-06-01", CoachingCompleted()),
    )
    both = frozenset({f"coaches:{ADAS}", f"independence:{ADAS}"})
    none: frozenset[str] = frozenset()
    assert [scenario.history.guards([version]) for version in range(1, 6)] == [both, none, none, none, both]
