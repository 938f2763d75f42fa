"""What can befall a fellowship, from offer to end."""

from collections.abc import Iterable
from typing import TypeAlias

from domain.event import Event
from domain.fellowship_reasons import (
    Circumstance,
    DeferralReason,
    Finding,
    Ground,
    LeavingReason,
    PauseReason,
    ReversalReason,
)
from domain.grants import START
from domain.values import CohortId, PersonId, Phase, ProgrammeId

_PERSON = "5b0e6a0e-54f1-4c37-8f3a-6f0f3c1f9a01"
_COHORT, _LATER_COHORT = "0d7c2f9e-2b6f-4f5b-9b43-1f7f5b6f1c02", "c2a7e4d0-1d35-4a3e-a2a4-9c8a1e5d7f04"
_PLACE = {"person_id": _PERSON, "cohort_id": _COHORT, "programme_id": "3f0d1c52-6d1c-4a53-9d44-0c5f4d6f2a11"}


class PlaceOffered(Event):
    """A place in a cohort was offered."""

    kind = "fellowship.place_offered"
    observed = True
    phase = Phase.OPENS
    examples = (_PLACE,)

    person_id: PersonId
    cohort_id: CohortId
    programme_id: ProgrammeId


class PlaceAccepted(Event):
    """A place in a cohort was accepted."""

    kind = "fellowship.place_accepted"
    observed = True
    phase = Phase.OPENS
    fixed = ("person_id",)
    examples = (_PLACE,)

    person_id: PersonId
    cohort_id: CohortId
    programme_id: ProgrammeId


class PlaceConfirmed(Event):
    """An accepted place was confirmed."""

    kind = "fellowship.place_confirmed"
    observed = True
    phase = Phase.OPENS


class FellowshipStarted(Event):
    """The fellowship started."""

    kind = "fellowship.started"
    observed = True

    def grants(self) -> Iterable[str]:
        """The start: what the fellow took part in rests on it."""
        yield START


class FellowshipPaused(Event):
    """The fellowship was paused."""

    kind = "fellowship.paused"
    observed = True
    examples = ({"person_id": _PERSON, "reason": "parental_leave", "note": None},)

    person_id: PersonId
    reason: Circumstance[PauseReason]
    note: Circumstance[str | None] = None


class FellowshipResumed(Event):
    """The fellowship was taken up again after a pause."""

    kind = "fellowship.resumed"
    observed = True


class FellowshipDeferred(Event):
    """The fellow was deferred from one cohort to another of the same programme."""

    kind = "fellowship.deferred"
    observed = True
    examples = (
        {
            "person_id": _PERSON,
            "from_cohort_id": _COHORT,
            "to_cohort_id": _LATER_COHORT,
            "reason": "not_on_track",
            "note": "Project paused by the ward's move.",
        },
    )

    person_id: PersonId
    from_cohort_id: CohortId
    to_cohort_id: CohortId
    reason: Circumstance[DeferralReason]
    note: Circumstance[str | None] = None


class FellowshipTakenUp(Event):
    """The cohort that a fellow was deferred to has taken them up."""

    kind = "fellowship.taken_up"
    observed = True
    examples = ({"cohort_id": _LATER_COHORT},)

    cohort_id: CohortId


class PlaceDeclined(Event):
    """The offer of a place was declined."""

    kind = "fellowship.place_declined"
    observed = True
    phase = Phase.ENDS
    placed = "last"
    examples = ({"person_id": _PERSON, "reason": "workload", "note": None},)

    person_id: PersonId
    reason: Circumstance[LeavingReason]
    note: Circumstance[str | None] = None


class OfferLapsed(Event):
    """The offer of a place lapsed."""

    kind = "fellowship.offer_lapsed"
    observed = True
    phase = Phase.ENDS
    placed = "last"


class PlaceGivenUp(Event):
    """A place was given up before the fellowship had started."""

    kind = "fellowship.place_given_up"
    observed = True
    phase = Phase.ENDS
    placed = "last"
    examples = ({"person_id": _PERSON, "reason": "moved_job", "note": None},)

    person_id: PersonId
    reason: Circumstance[LeavingReason]
    note: Circumstance[str | None] = None


class FellowshipWithdrawn(Event):
    """The fellow withdrew after the fellowship had started."""

    kind = "fellowship.withdrawn"
    observed = True
    phase = Phase.ENDS
    placed = "last"
    examples = ({"person_id": _PERSON, "reason": "employer_withdrew_release", "note": None},)

    person_id: PersonId
    reason: Circumstance[LeavingReason]
    note: Circumstance[str | None] = None


class WithdrawalReversed(Event):
    """A withdrawal was reversed by a new decision: the fellow stands where they stood before it."""

    kind = "fellowship.withdrawal_reversed"
    observed = True
    phase = Phase.ENDS
    placed = "last"
    examples = ({"person_id": _PERSON, "reason": "employer_agreed_release", "note": None},)

    person_id: PersonId
    reason: Circumstance[ReversalReason]
    note: Circumstance[str | None] = None


class FellowshipCompleted(Event):
    """The fellowship was completed."""

    kind = "fellowship.completed"
    observed = True
    phase = Phase.ENDS
    placed = "last"


class CompletionRescinded(Event):
    """A completion was rescinded by a new decision: the fellow stands where they stood before it."""

    kind = "fellowship.completion_rescinded"
    observed = True
    phase = Phase.ENDS
    placed = "last"
    examples = ({"person_id": _PERSON, "ground": "criteria_misread", "note": None},)

    person_id: PersonId
    ground: Finding[Ground]
    note: Finding[str | None] = None


class FellowshipNotCompleted(Event):
    """The fellowship ran to its end and was not completed."""

    kind = "fellowship.not_completed"
    observed = True
    phase = Phase.ENDS
    placed = "last"
    examples = ({"person_id": _PERSON, "ground": "project_not_reported", "note": None},)

    person_id: PersonId
    ground: Finding[Ground]
    note: Finding[str | None] = None


class FellowshipEndedByProgramme(Event):
    """The programme ended the fellowship."""

    kind = "fellowship.ended_by_programme"
    observed = True
    phase = Phase.ENDS
    placed = "last"
    examples = ({"person_id": _PERSON, "ground": "assessment_not_met", "note": None},)

    person_id: PersonId
    ground: Finding[Ground]
    note: Finding[str | None] = None


FellowshipEvent: TypeAlias = (
    PlaceOffered
    | PlaceAccepted
    | PlaceConfirmed
    | FellowshipStarted
    | FellowshipPaused
    | FellowshipResumed
    | FellowshipDeferred
    | FellowshipTakenUp
    | PlaceDeclined
    | OfferLapsed
    | PlaceGivenUp
    | FellowshipWithdrawn
    | WithdrawalReversed
    | FellowshipCompleted
    | CompletionRescinded
    | FellowshipNotCompleted
    | FellowshipEndedByProgramme
)
