"""Fellowships: one person's place on a programme, from offer to end, through pauses, deferral and return."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple, TypeAlias, assert_never

from domain.fellowship_events import (
    CompletionRescinded,
    FellowshipCompleted,
    FellowshipDeferred,
    FellowshipEndedByProgramme,
    FellowshipEvent,
    FellowshipNotCompleted,
    FellowshipPaused,
    FellowshipResumed,
    FellowshipStarted,
    FellowshipTakenUp,
    FellowshipWithdrawn,
    OfferLapsed,
    PlaceAccepted,
    PlaceConfirmed,
    PlaceDeclined,
    PlaceGivenUp,
    PlaceOffered,
    WithdrawalReversed,
)
from domain.fellowship_state import (
    ENDINGS,
    AlreadyAccepted,
    AlreadyConfirmed,
    AlreadyOffered,
    AlreadyStarted,
    AnotherPerson,
    AnotherPlaceWasOffered,
    DeferredToAnotherCohort,
    Fellowship,
    HasEnded,
    IsDeferred,
    IsPaused,
    NeverStarted,
    NotDeferred,
    NotInThatCohort,
    NotOffered,
    NotPaused,
    NotStarted,
    PlaceNotAccepted,
    PlaceNotConfirmed,
    SameCohort,
    Standing,
    StartedIsWithdrawn,
    WasNotCompleted,
    WasNotWithdrawn,
)
from domain.refusal import Refusal
from domain.stream import Stream, Timeline
from domain.values import CohortId, FellowshipId

Otherwise: TypeAlias = Mapping[Standing | None, type[Refusal]]

_UNSTARTED = (Standing.ACCEPTED, Standing.CONFIRMED)
_STARTED = (Standing.IN_PROGRESS, Standing.PAUSED)
_HELD = (*_UNSTARTED, *_STARTED, Standing.DEFERRED)


def _otherwise(*others: tuple[type[Refusal], Iterable[Standing | None]]) -> Otherwise:
    """What to say in a state in which something cannot happen; `others` say otherwise for the states they name."""
    said: dict[Standing | None, type[Refusal]] = dict.fromkeys(ENDINGS, HasEnded)
    said |= dict.fromkeys((None, Standing.OFFERED), PlaceNotAccepted) | dict.fromkeys(_UNSTARTED, NotStarted)
    said |= {Standing.IN_PROGRESS: AlreadyStarted, Standing.PAUSED: IsPaused, Standing.DEFERRED: IsDeferred}
    for refusal, standings in others:
        said |= dict.fromkeys(standings, refusal)
    return said


_NO = _otherwise()
_NO_OFFER = _otherwise((AlreadyAccepted, _HELD), (AlreadyOffered, (Standing.OFFERED,)))
_NO_ANSWER = _otherwise((AlreadyAccepted, _HELD), (NotOffered, (None,)))
_NO_CONFIRMATION = _otherwise((AlreadyConfirmed, (Standing.CONFIRMED, *_STARTED)))
_NO_START = _otherwise((PlaceNotConfirmed, (Standing.ACCEPTED,)), (AlreadyStarted, (Standing.PAUSED,)))
_NO_RESUMPTION = _otherwise((NotPaused, (Standing.IN_PROGRESS,)))
_NO_TAKING_UP = _otherwise((NotDeferred, (*_UNSTARTED, *_STARTED)))


def evolve(fellowship: Fellowship, event: FellowshipEvent, day: date) -> Fellowship:
    """The fellowship after a fact. Raises a Refusal where the fact cannot have happened.

    The states and the ways between them are those of a place: offered, accepted, confirmed, in progress or paused, then
    one of the endings; a deferral waits for its target cohort, in which a fellow who never started is then confirmed
    and one who had started goes on.
    """
    if fellowship.person_id is not None and event.subject not in (None, fellowship.person_id):
        raise AnotherPerson
    match event:
        case PlaceOffered(person_id=person, cohort_id=cohort, programme_id=programme):
            place = (fellowship.person_id, fellowship.origin, fellowship.programme_id)
            if fellowship.since == day and fellowship.occupies and place == (person, cohort, programme):
                return fellowship  # learned after the acceptance of the same day
            _must_be(fellowship, (None,), _NO_OFFER)
            return Fellowship(Standing.OFFERED, day, person, programme, cohort)
        case PlaceAccepted(person_id=person, cohort_id=cohort, programme_id=programme):
            _must_be(fellowship, (None, Standing.OFFERED), _NO_OFFER)
            if fellowship.standing and (fellowship.origin, fellowship.programme_id) != (cohort, programme):
                raise AnotherPlaceWasOffered
            return Fellowship(Standing.ACCEPTED, day, person, programme, cohort, cohort)
        case PlaceConfirmed():
            _must_be(fellowship, (Standing.ACCEPTED,), _NO_CONFIRMATION)
            return _stand(fellowship, Standing.CONFIRMED, day)
        case FellowshipStarted():
            _must_be(fellowship, (Standing.CONFIRMED,), _NO_START)
            return replace(_stand(fellowship, Standing.IN_PROGRESS, day), started_on=day)
        case FellowshipPaused():
            _must_be(fellowship, (Standing.IN_PROGRESS,))
            return _stand(fellowship, Standing.PAUSED, day)
        case FellowshipResumed():
            _must_be(fellowship, (Standing.PAUSED,), _NO_RESUMPTION)
            return _stand(fellowship, Standing.IN_PROGRESS, day)
        case FellowshipDeferred(from_cohort_id=origin, to_cohort_id=target):
            _must_be(fellowship, _UNSTARTED + _STARTED)
            if origin != fellowship.current:
                raise NotInThatCohort
            if target == origin:
                raise SameCohort
            return replace(
                _stand(fellowship, Standing.DEFERRED, day), target=target, last_day=_last_day(fellowship, day)
            )
        case FellowshipTakenUp(cohort_id=cohort):
            _must_be(fellowship, (Standing.DEFERRED,), _NO_TAKING_UP)
            if cohort != fellowship.target:
                raise DeferredToAnotherCohort
            standing = Standing.IN_PROGRESS if fellowship.started_on else Standing.CONFIRMED
            return replace(_stand(fellowship, standing, day), current=cohort, target=None, last_day=None)
        case PlaceDeclined():
            _must_be(fellowship, (Standing.OFFERED,), _NO_ANSWER)
            return _end(fellowship, Standing.DECLINED, day)
        case OfferLapsed():
            _must_be(fellowship, (Standing.OFFERED,), _NO_ANSWER)
            return _end(fellowship, Standing.LAPSED, day)
        case PlaceGivenUp():
            if fellowship.started_on is not None and not fellowship.ended:
                raise StartedIsWithdrawn(_where(fellowship))
            _must_be(fellowship, (*_UNSTARTED, Standing.DEFERRED))
            return _end(fellowship, Standing.PLACE_GIVEN_UP, day)
        case FellowshipWithdrawn():
            if fellowship.occupies is not None and fellowship.started_on is None:
                raise NeverStarted(_where(fellowship))
            _must_be(fellowship, (*_STARTED, Standing.DEFERRED))
            return _end(fellowship, Standing.WITHDRAWN, day)
        case WithdrawalReversed():
            if fellowship.standing is not Standing.WITHDRAWN:
                raise WasNotWithdrawn(_where(fellowship))
            return _return(fellowship, day)
        case FellowshipCompleted():
            _must_be(fellowship, _STARTED)
            return _end(fellowship, Standing.COMPLETED, day)
        case CompletionRescinded():
            if fellowship.standing is not Standing.COMPLETED:
                raise WasNotCompleted(_where(fellowship))
            return _return(fellowship, day)
        case FellowshipNotCompleted():
            _must_be(fellowship, _STARTED)
            return _end(fellowship, Standing.NOT_COMPLETED, day)
        case FellowshipEndedByProgramme():
            _must_be(fellowship, _STARTED)
            return _end(fellowship, Standing.ENDED_BY_PROGRAMME, day)
        case _:
            assert_never(event)


def _must_be(fellowship: Fellowship, standings: tuple[Standing | None, ...], otherwise: Otherwise = _NO) -> None:
    if fellowship.standing not in standings:
        raise otherwise[fellowship.standing](_where(fellowship))


def _where(fellowship: Fellowship) -> str:
    if fellowship.standing is None:
        return ""
    return f"State on that day: {fellowship.standing.words}, since {fellowship.since}."


def _stand(fellowship: Fellowship, standing: Standing, day: date) -> Fellowship:
    return replace(fellowship, standing=standing, since=day)


def _last_day(fellowship: Fellowship, day: date) -> date | None:
    return day if fellowship.started_on else None


def _end(fellowship: Fellowship, standing: Standing, day: date) -> Fellowship:
    last_day = fellowship.last_day or _last_day(fellowship, day)
    return replace(_stand(fellowship, standing, day), target=None, last_day=last_day, left=fellowship)


def _return(fellowship: Fellowship, day: date) -> Fellowship:
    assert fellowship.left is not None
    return replace(fellowship.left, since=day)


def guards(before: Fellowship, event: FellowshipEvent) -> Iterable[str]:
    """The sets that a fact enters, leaves or changes: `places:<cohort>`, `holder:<person>` and `starts:<cohort>`."""
    starts: tuple[str, ...] = ()
    match event:
        case FellowshipStarted() if before.current is not None:
            return (f"starts:{before.current}",)
        case PlaceAccepted(cohort_id=cohort) | FellowshipTakenUp(cohort_id=cohort):
            cohorts: tuple[CohortId | None, ...] = (cohort,)
            if before.started_on is not None:
                starts = (f"starts:{cohort}",)
        case FellowshipDeferred(from_cohort_id=origin, to_cohort_id=target):
            cohorts = (origin, target)
        case (
            PlaceGivenUp()
            | FellowshipWithdrawn()
            | FellowshipCompleted()
            | FellowshipNotCompleted()
            | FellowshipEndedByProgramme()
        ):
            cohorts = (before.occupies,)
        case WithdrawalReversed() | CompletionRescinded():
            cohorts = (before.left.occupies if before.left else None,)
        case _:
            cohorts = ()
    taken = [f"places:{cohort}" for cohort in cohorts if cohort is not None]
    person = before.person_id or event.subject
    return (*taken, *starts, f"holder:{person}") if taken and person is not None else tuple(taken)


FELLOWSHIP = Stream(FellowshipId.stream, Fellowship(), evolve, guards)


class Holding(NamedTuple):
    """A place in a cohort, held from a day until another, which is no longer in it; None: held still."""

    cohort_id: CohortId
    since: date
    until: date | None


def held(timeline: Timeline[Fellowship]) -> list[Holding]:
    """Which cohort's place a fellowship takes on which days, in order of days.

    A place is taken from the acceptance on; a deferral takes one in its target at once and frees the one left.
    """
    by_day: dict[date, CohortId | None] = {step.place.day: step.after.occupies for step in timeline.steps}
    holdings: list[Holding] = []
    open_: tuple[CohortId, date] | None = None
    for day, cohort in by_day.items():
        if open_ is not None and open_[0] != cohort:
            holdings.append(Holding(*open_, day))
            open_ = None
        if open_ is None and cohort is not None:
            open_ = (cohort, day)
    if open_ is not None:
        holdings.append(Holding(*open_, None))
    return holdings
