"""One coach at a time, who neither manages the fellow nor assesses their work."""

from domain.coaching import COACHING, Coaching
from domain.coaching_events import CoachChanged, CoachingCompleted, CoachingContracted
from domain.independence import INDEPENDENCE, ONE_COACH, CoachAssesses, CoachIsLineManager, TwoCoaches
from domain.oversight import (
    OVERSIGHT,
    AlreadyAssesses,
    AssessorAppointed,
    AssessorStoodDown,
    DoesNotAssess,
    LineManagerDeclared,
    Oversight,
    OversightOfAnotherFellow,
)
from domain.refusal import Refusal
from domain.stream import Timeline
from domain.values import CoachingId, FellowshipId, PersonId
from tests.scenario import Entry, Scenario, given, on

ADAS, BENS = FellowshipId.new(), FellowshipId.new()
COACH, OTHER = PersonId.new(), PersonId.new()
NOBODY: Timeline[Oversight] = given(OVERSIGHT).history


def engaged(day: str, *more: Entry, coach: PersonId = COACH, fellow: FellowshipId = ADAS) -> Scenario[Coaching]:
    fact = CoachingContracted(fellowship_id=fellow, coach_id=coach, entitlement_minutes=540)
    return given(COACHING, on(day, fact), *more)


def until(day: str) -> Entry:
    return on(day, CoachingCompleted())


def assessor(day: str, person: PersonId = COACH) -> Entry:
    return on(day, AssessorAppointed(fellowship_id=ADAS, assessor_id=person))


def stood_down(day: str, person: PersonId = COACH) -> Entry:
    return on(day, AssessorStoodDown(fellowship_id=ADAS, assessor_id=person))


def manager(day: str, person: PersonId | None = COACH) -> Entry:
    return on(day, LineManagerDeclared(fellowship_id=ADAS, line_manager_id=person))


def oversight(*entries: Entry) -> Timeline[Oversight]:
    return given(OVERSIGHT, *entries).history


def coaches(*after: Scenario[Coaching], before: tuple[Scenario[Coaching], ...] = ()) -> Refusal | None:
    """What the rule of one coach says when the coaching of Ada goes from `before` to `after`."""
    return ONE_COACH.breaks(ADAS, NOBODY, NOBODY, [s.history for s in before], [s.history for s in after])


def dependence(
    now: Timeline[Oversight],
    *after: Scenario[Coaching],
    was: Timeline[Oversight] = NOBODY,
    before: tuple[Scenario[Coaching], ...] = (),
) -> Refusal | None:
    """What the rule of independence says when oversight and coaching go from what they were to what they are."""
    return INDEPENDENCE.breaks(ADAS, was, now, [s.history for s in before], [s.history for s in after])


def test_a_fellow_has_one_coach_at_a_time() -> None:
    assert coaches(engaged("2013-10-01")) is None
    refusal = coaches(engaged("2013-10-01"), engaged("2014-01-10", coach=OTHER))
    assert isinstance(refusal, TwoCoaches)
    assert refusal.detail == "On 2014-01-10, 2 would coach the fellow."
    assert ONE_COACH.applies(NOBODY)


def test_the_same_coach_twice_at_a_time_is_two_all_the_same() -> None:
    assert isinstance(coaches(engaged("2013-10-01"), engaged("2014-01-10")), TwoCoaches)


def test_another_fellow_s_coach_is_no_second_one() -> None:
    assert coaches(engaged("2013-10-01"), engaged("2014-01-10", coach=OTHER, fellow=BENS)) is None


def test_one_coach_may_follow_another_on_the_same_day() -> None:
    changed = on("2014-01-10", CoachChanged(continued_by=CoachingId.new(), carried_minutes=100))
    assert coaches(engaged("2013-10-01", changed), engaged("2014-01-10", coach=OTHER)) is None
    assert coaches(engaged("2013-10-01", until("2014-01-10")), engaged("2014-01-10", coach=OTHER)) is None
    assert isinstance(
        coaches(engaged("2013-10-01", until("2014-01-10")), engaged("2014-01-09", coach=OTHER)), TwoCoaches
    )


def test_an_engagement_learned_late_is_judged_on_its_own_days() -> None:
    running = engaged("2014-01-10", coach=OTHER)
    assert coaches(engaged("2013-10-01", until("2014-01-01")), running, before=(running,)) is None
    assert isinstance(coaches(engaged("2013-10-01"), running, before=(running,)), TwoCoaches)


def test_two_coaches_of_before_are_not_held_against_another_fact() -> None:
    both = (engaged("2013-10-01"), engaged("2014-01-10", coach=OTHER))
    assert coaches(*both, before=both) is None
    assert isinstance(coaches(*both, engaged("2014-02-01"), before=both), TwoCoaches)


def test_an_assessor_does_not_become_the_coach() -> None:
    appointed = oversight(assessor("2013-09-15"))
    refusal = dependence(appointed, engaged("2013-10-01"), was=appointed)
    assert isinstance(refusal, CoachAssesses)
    assert refusal.detail == "It would be so on 2013-10-01."
    assert dependence(appointed, engaged("2013-10-01", coach=OTHER), was=appointed) is None


def test_a_coach_does_not_become_an_assessor_then_or_later() -> None:
    for coached in (engaged("2013-10-01"), engaged("2013-10-01", until("2014-03-01"))):
        now = oversight(assessor("2014-06-01"))
        assert isinstance(dependence(now, coached, before=(coached,)), CoachAssesses)


def test_an_assessor_who_stood_down_may_become_the_coach() -> None:
    stepped = oversight(assessor("2013-09-01"), stood_down("2013-09-30"))
    assert dependence(stepped, engaged("2013-10-01"), was=stepped) is None
    assert isinstance(dependence(stepped, engaged("2013-09-29"), was=stepped), CoachAssesses)


def test_an_assessor_of_another_fellow_may_coach() -> None:
    appointed = oversight(assessor("2013-09-15"))
    assert dependence(appointed, engaged("2013-10-01", fellow=BENS), was=appointed) is None


def test_the_line_manager_is_not_the_coach_while_they_are_both() -> None:
    declared = oversight(manager("2013-09-01"))
    assert isinstance(dependence(declared, engaged("2013-10-01"), was=declared), CoachIsLineManager)
    coached = engaged("2013-10-01")
    assert isinstance(dependence(oversight(manager("2014-01-10")), coached, before=(coached,)), CoachIsLineManager)


def test_a_coach_may_become_the_line_manager_afterwards_and_a_former_one_may_coach() -> None:
    coached = engaged("2013-10-01", until("2014-03-01"))
    assert dependence(oversight(manager("2014-03-01")), coached, before=(coached,)) is None
    former = oversight(manager("2013-09-01"), manager("2013-09-30", None))
    assert dependence(former, engaged("2013-10-01"), was=former) is None


def test_dependence_of_before_is_not_held_against_another_fact() -> None:
    declared, coached = oversight(manager("2013-09-01")), engaged("2013-10-01")
    appointed = oversight(manager("2013-09-01"), assessor("2014-01-01", OTHER))
    assert dependence(appointed, coached, was=declared, before=(coached,)) is None


def test_where_nobody_has_a_say_no_coaching_need_be_read() -> None:
    assert not INDEPENDENCE.applies(NOBODY)
    assert not INDEPENDENCE.applies(oversight(manager("2013-09-01", None)))
    assert INDEPENDENCE.applies(oversight(manager("2013-09-01")))
    assert INDEPENDENCE.applies(oversight(assessor("2013-09-01"), stood_down("2013-09-02")))


def test_what_is_refused_is_the_giving_of_coaching_and_the_appointment() -> None:
    assert ONE_COACH.acts == (CoachingContracted,)
    assert INDEPENDENCE.acts == (CoachingContracted, AssessorAppointed)
    assert (ONE_COACH.irregularity, INDEPENDENCE.irregularity) == ("two_coaches", "coach_not_independent")


def test_oversight_knows_the_line_manager_and_the_assessors_of_a_day() -> None:
    given(OVERSIGHT, manager("2013-09-01"), assessor("2013-10-01", OTHER), stood_down("2014-01-01", OTHER)).then(
        "2013-12-31", line_manager_id=COACH, assessors=frozenset({OTHER})
    ).then(line_manager_id=COACH, assessors=frozenset(), fellowship_id=ADAS)


def test_an_assessor_is_appointed_once_and_stands_down_once() -> None:
    given(OVERSIGHT, assessor("2013-10-01")).when(assessor("2013-11-01")).refused(AlreadyAssesses)
    given(OVERSIGHT).when(stood_down("2013-11-01")).refused(DoesNotAssess)


def test_one_fellow_s_oversight_is_not_another_s() -> None:
    theirs = AssessorAppointed(fellowship_id=BENS, assessor_id=COACH)
    given(OVERSIGHT, assessor("2013-10-01")).when(on("2013-11-01", theirs)).refused(OversightOfAnotherFellow)
