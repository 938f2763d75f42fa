"""What can be decided about a fellowship, each refusing only what concerns the act itself.

What concerns the order of things is judged by the fellowship's whole history (`domain.fellowship.evolve`). Facts with
nothing to decide are recorded as they are: `PlaceConfirmed()`, `OfferLapsed()`, `FellowshipResumed()`,
`FellowshipCompleted()`. States are those of the fact's own day, as known now.
"""

from typing import Protocol

from domain.fellowship_events import (
    CompletionRescinded,
    FellowshipDeferred,
    FellowshipEndedByProgramme,
    FellowshipNotCompleted,
    FellowshipPaused,
    FellowshipStarted,
    FellowshipTakenUp,
    FellowshipWithdrawn,
    PlaceAccepted,
    PlaceDeclined,
    PlaceGivenUp,
    PlaceOffered,
    WithdrawalReversed,
)
from domain.fellowship_reasons import DeferralReason, Ground, LeavingReason, PauseReason, ReversalReason
from domain.fellowship_state import AnotherProgramme, Fellowship, NotDeferred, NotOffered
from domain.values import CohortId, PersonId, ProgrammeId


class Intake(Protocol):
    """What a place asks of a cohort."""

    def takes_people(self) -> ProgrammeId:
        """The cohort's programme; refuses where the cohort takes nobody: not planned yet, closed or cancelled."""
        ...


def offer_place(cohort: Intake, *, person_id: PersonId, cohort_id: CohortId) -> PlaceOffered:
    """Offer a person a place. Refuses a cohort that takes nobody."""
    return PlaceOffered(person_id=person_id, cohort_id=cohort_id, programme_id=cohort.takes_people())


def accept_place(cohort: Intake, *, person_id: PersonId, cohort_id: CohortId) -> PlaceAccepted:
    """Accept a place, offered on the record or not. Refuses a cohort that takes nobody."""
    return PlaceAccepted(person_id=person_id, cohort_id=cohort_id, programme_id=cohort.takes_people())


def start(cohort: Intake) -> FellowshipStarted:
    """Start a fellowship in its current cohort. Refuses a cohort that takes nobody."""
    cohort.takes_people()
    return FellowshipStarted()


def decline_place(
    fellowship: Fellowship, *, reason: LeavingReason = LeavingReason.NOT_RECORDED, note: str | None = None
) -> PlaceDeclined:
    """Decline an offer. Refuses where none is on record: NotOffered."""
    if fellowship.person_id is None:
        raise NotOffered
    return PlaceDeclined(person_id=fellowship.person_id, reason=reason, note=note)


def give_up_place(
    fellowship: Fellowship, *, reason: LeavingReason = LeavingReason.NOT_RECORDED, note: str | None = None
) -> PlaceGivenUp:
    """Give up a place before the start. Refuses where none was accepted: PlaceNotAccepted."""
    return PlaceGivenUp(person_id=fellowship.holder(), reason=reason, note=note)


def pause(fellowship: Fellowship, *, reason: PauseReason, note: str | None = None) -> FellowshipPaused:
    """Pause a fellowship. Refuses where no place was accepted: PlaceNotAccepted."""
    return FellowshipPaused(person_id=fellowship.holder(), reason=reason, note=note)


def defer(
    fellowship: Fellowship,
    target: Intake,
    *,
    to_cohort_id: CohortId,
    reason: DeferralReason,
    note: str | None = None,
) -> FellowshipDeferred:
    """Defer a fellow from the cohort they are in to another of the same programme.

    Refuses where no place was accepted (PlaceNotAccepted), a cohort that takes nobody, and one of another programme
    (AnotherProgramme).
    """
    person_id = fellowship.holder()
    assert fellowship.current is not None
    if target.takes_people() != fellowship.programme_id:
        raise AnotherProgramme
    return FellowshipDeferred(
        person_id=person_id, from_cohort_id=fellowship.current, to_cohort_id=to_cohort_id, reason=reason, note=note
    )


def take_up(fellowship: Fellowship, target: Intake) -> FellowshipTakenUp:
    """Let the target cohort take a deferred fellow up.

    Refuses a fellowship that is not deferred (NotDeferred) and a cohort that takes nobody.
    """
    if fellowship.target is None:
        raise NotDeferred
    target.takes_people()
    return FellowshipTakenUp(cohort_id=fellowship.target)


def withdraw(
    fellowship: Fellowship, *, reason: LeavingReason = LeavingReason.NOT_RECORDED, note: str | None = None
) -> FellowshipWithdrawn:
    """Withdraw a fellow who had started. Refuses where no place was accepted: PlaceNotAccepted."""
    return FellowshipWithdrawn(person_id=fellowship.holder(), reason=reason, note=note)


def reverse_withdrawal(
    fellowship: Fellowship, *, reason: ReversalReason = ReversalReason.NOT_RECORDED, note: str | None = None
) -> WithdrawalReversed:
    """Reverse a withdrawal by a new decision. Refuses where no place was accepted: PlaceNotAccepted."""
    return WithdrawalReversed(person_id=fellowship.holder(), reason=reason, note=note)


def rescind_completion(
    fellowship: Fellowship, *, ground: Ground = Ground.NOT_RECORDED, note: str | None = None
) -> CompletionRescinded:
    """Rescind a completion by a new decision. Refuses where no place was accepted: PlaceNotAccepted."""
    return CompletionRescinded(person_id=fellowship.holder(), ground=ground, note=note)


def not_complete(
    fellowship: Fellowship, *, ground: Ground = Ground.NOT_RECORDED, note: str | None = None
) -> FellowshipNotCompleted:
    """State that a fellowship ran to its end uncompleted. Refuses where no place was accepted: PlaceNotAccepted."""
    return FellowshipNotCompleted(person_id=fellowship.holder(), ground=ground, note=note)


def end_by_programme(
    fellowship: Fellowship, *, ground: Ground = Ground.NOT_RECORDED, note: str | None = None
) -> FellowshipEndedByProgramme:
    """End a fellowship by the programme's decision. Refuses where no place was accepted: PlaceNotAccepted."""
    return FellowshipEndedByProgramme(person_id=fellowship.holder(), ground=ground, note=note)
