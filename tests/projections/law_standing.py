"""What the facts of fellowships, secondments and coaching mean, said without the views' folds."""

from typing import Any

from domain.coaching import CoachingStage
from domain.fellowship_state import Standing
from domain.secondment_events import Party
from domain.secondment_state import SecondmentStage
from projections.coaching import Engagement
from projections.secondment import Secondment
from projections.standing import Fellow
from tests.projections.law_facts import Facts, day, last, name, of, said, since, told

_LEAVING = {
    "place_declined": Standing.DECLINED,
    "offer_lapsed": Standing.LAPSED,
    "place_given_up": Standing.PLACE_GIVEN_UP,
    "withdrawn": Standing.WITHDRAWN,
    "completed": Standing.COMPLETED,
    "not_completed": Standing.NOT_COMPLETED,
    "ended_by_programme": Standing.ENDED_BY_PROGRAMME,
}
_GOING_ON = {
    "place_offered": Standing.OFFERED,
    "place_accepted": Standing.ACCEPTED,
    "place_confirmed": Standing.CONFIRMED,
    "started": Standing.IN_PROGRESS,
    "resumed": Standing.IN_PROGRESS,
    "paused": Standing.PAUSED,
    "deferred": Standing.DEFERRED,
}
_REVERSALS = ("withdrawal_reversed", "completion_rescinded")


def fellow(facts: Facts) -> Fellow | None:
    """Where a fellow is: an acceptance begins anew, an offer only where nothing was before."""
    accepted = since(facts, "place_accepted")
    offered = since(facts, "place_offered", first=True)
    begun = accepted or offered
    if begun is None:
        return None
    lived = [begun[0], *(fact for fact in begun[1:] if name(fact) != "place_offered")]
    first, now = said(lived[0]), lived[-1]
    cohort = first.cohort_id if accepted else None
    return Fellow(
        person_id=first.person_id,
        programme_id=first.programme_id,
        origin_cohort_id=cohort,
        current_cohort_id=told(lived, "cohort_id", "taken_up") or cohort,
        target_cohort_id=_target(lived),
        state=_state(lived),
        since=now.day,
        precision=now.happened.precision,
        started_on=day(lived, "started"),
        before=_before(lived),
    )


def _state(lived: Facts) -> Standing:
    """Where they are after the last of these facts."""
    what = name(lived[-1])
    if what in _REVERSALS:
        return _before(lived[:-1]) or _state(lived[:-1])
    if what == "taken_up":
        return Standing.IN_PROGRESS if of(lived, "started") else Standing.CONFIRMED
    return _LEAVING[what] if what in _LEAVING else _GOING_ON[what]


def _before(lived: Facts) -> Standing | None:
    """How they stood before the last end, unless that was reversed since."""
    end = since(lived, *_LEAVING, *_REVERSALS)
    if end is None or name(end[0]) in _REVERSALS:
        return None
    return _state(lived[: len(lived) - len(end)])


def _target(lived: Facts) -> Any:
    moved = of(lived, "deferred", "taken_up")
    return said(moved[-1]).to_cohort_id if moved and name(moved[-1]) == "deferred" else None


_ASKED = ("release_agreed", "release_refused")
_STAGES = {
    "release_agreed": SecondmentStage.AGREED,
    "started": SecondmentStage.ACTIVE,
    "paused": SecondmentStage.PAUSED,
    "resumed": SecondmentStage.ACTIVE,
    "ended_as_planned": SecondmentStage.ENDED_AS_PLANNED,
    "ended_early": SecondmentStage.ENDED_EARLY,
    "cancelled": SecondmentStage.CANCELLED,
}


def secondment(facts: Facts) -> Secondment | None:
    """A secondment, from the last release agreed on; one that was refused last stays so, whatever follows."""
    if (here := since(facts, *_ASKED)) is None:
        return None
    if name(here[0]) == "release_refused":
        return _refused(here[0])
    agreed, stage = said(here[0]), of(here, *_STAGES)[-1]
    wte = last(here, "release_agreed", "fraction_changed")
    unanswered = since(here, "release_agreed", "extended")
    assert unanswered is not None
    proposed = [
        said(fact).proposed_ends_on
        for fact in of(unanswered, "paused", "resumed", "fraction_changed")
        if said(fact).proposed_ends_on is not None
    ]
    theirs = since(here, "releasing_organisation_changed") or here
    signed = {
        f"{party.value} {said(fact).sha256 or ''}"
        for fact in of(here, "agreement_signed")
        for party in said(fact).parties
        if party is not Party.RELEASING_ORGANISATION or fact in theirs
    }
    backfill = of(theirs, "backfill_confirmed", "backfill_withdrawn")
    running = of(here, "started", "paused", "resumed")
    return Secondment(
        fellowship_id=agreed.fellowship_id,
        person_id=agreed.person_id,
        organisation_id=last(here, "release_agreed", "releasing_organisation_changed").organisation_id,
        stage=_STAGES[name(stage)],
        since=stage.day,
        precision=stage.happened.precision,
        contracted=round(1000 * wte.contracted_wte),
        released=round(1000 * wte.released_wte),
        starts_on=agreed.starts_on,
        planned_ends_on=agreed.ends_on,
        ends_on=last(here, "release_agreed", "extended").ends_on,
        proposed_ends_on=proposed[-1] if proposed else None,
        started_on=day(here, "started"),
        paused=bool(running) and name(running[-1]) == "paused",
        last_day=day(here, "ended_as_planned", "ended_early"),
        return_meeting_held_on=day(here, "return_meeting_held"),
        backfill=bool(backfill) and name(backfill[-1]) == "backfill_confirmed",
        signatures=tuple(sorted(signed)),
    )


def _refused(fact: Any) -> Secondment:
    refused = said(fact)
    return Secondment(
        refused.fellowship_id,
        refused.person_id,
        refused.organisation_id,
        SecondmentStage.REFUSED,
        fact.day,
        fact.happened.precision,
        contracted=0,
        released=0,
        starts_on=None,
        planned_ends_on=None,
        ends_on=None,
        proposed_ends_on=None,
        started_on=None,
        paused=False,
        last_day=None,
        return_meeting_held_on=None,
        backfill=False,
        signatures=(),
    )


_ENDS = {
    "coach_changed": CoachingStage.COACH_CHANGED,
    "completed": CoachingStage.COMPLETED,
    "ended_early": CoachingStage.ENDED_EARLY,
}


def coaching(facts: Facts) -> Engagement | None:
    """A coaching engagement, from the last contract on."""
    if (here := since(facts, "contracted")) is None:
        return None
    contract, ends = said(here[0]), of(here, *_ENDS)
    held, fallen = of(here, "session_held"), of(here, "session_cancelled")
    added = sum(said(fact).minutes for fact in of(here, "entitlement_extended"))
    carried = sum(said(fact).carried_minutes for fact in of(here, "coach_changed"))
    return Engagement(
        contract.fellowship_id,
        contract.coach_id,
        _ENDS[name(ends[-1])] if ends else CoachingStage.CONTRACTED,
        ends[-1].day if ends else here[0].day,
        entitled=contract.entitlement_minutes + added - carried,
        held=sum(said(fact).minutes for fact in held),
        used_by_cancelling=sum(said(fact).minutes_used for fact in fallen),
        sessions=len(held),
        cancelled=len(fallen),
        imprecise_dates=sum(fact.happened.precision.value != "day" for fact in (*held, *fallen)),
        continues=contract.continues,
        continued_by=told(here, "continued_by", "coach_changed"),
    )
