"""What can be decided about a secondment, each refusing only what concerns the act itself.

What concerns the order of things is judged by the secondment's whole history (`domain.secondment.evolve`), and what
concerns the same person's other secondments by `domain.overlap`. Facts with nothing to decide are recorded as they are:
`BackfillConfirmed()`, `BackfillWithdrawn()`, `AgreementSigned(...)`, `SecondmentStarted()`, `SecondmentResumed(...)`,
`SecondmentExtended(...)`, `ReleasingOrganisationChanged(...)`, `ReturnMeetingHeld()`, `SecondmentEndedAsPlanned()`.
States are those of the fact's own day, as known now.
"""

from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Protocol

from domain.secondment import must_fit
from domain.secondment_events import (
    Authority,
    FractionChanged,
    ReleaseAgreed,
    ReleaseRefused,
    SecondmentCancelled,
    SecondmentEndedEarly,
    SecondmentPaused,
    SecondmentReason,
)
from domain.secondment_state import ReleaseNotAgreed, Secondment
from domain.values import FellowshipId, OrganisationId, PersonId


class Released(Protocol):
    """What a secondment asks of a fellowship, as it stood on the day."""

    def holder(self) -> PersonId:
        """The person who holds or held the place; refuses where none was accepted."""
        ...


def agree_release(
    fellowship: Released,
    *,
    fellowship_id: FellowshipId,
    organisation_id: OrganisationId,
    starts_on: date,
    ends_on: date,
    contracted_wte: Decimal,
    agreed_by: Authority,
    released_wte: Decimal | None = None,
) -> ReleaseAgreed:
    """Agree a release between two days, both inclusive; unless said otherwise, half of the contracted WTE.

    `contracted_wte` is what the fellow is contracted for with all employers together. Refuses where no place was
    accepted by the day, and more released than contracted: ReleasedAboveContracted.
    """
    released = contracted_wte / 2 if released_wte is None else released_wte
    must_fit(released, contracted_wte)
    return ReleaseAgreed(
        fellowship_id=fellowship_id,
        person_id=fellowship.holder(),
        organisation_id=organisation_id,
        starts_on=starts_on,
        ends_on=ends_on,
        contracted_wte=contracted_wte,
        released_wte=released,
        agreed_by=agreed_by,
    )


def refuse_release(
    fellowship: Released, *, fellowship_id: FellowshipId, organisation_id: OrganisationId, refused_by: Authority
) -> ReleaseRefused:
    """Refuse to release a fellow. Refuses where no place was accepted by the day."""
    return ReleaseRefused(
        fellowship_id=fellowship_id,
        person_id=fellowship.holder(),
        organisation_id=organisation_id,
        refused_by=refused_by,
    )


def change_fraction(
    secondment: Secondment,
    *,
    released_wte: Decimal | None = None,
    contracted_wte: Decimal | None = None,
    proposed_ends_on: date | None = None,
) -> FractionChanged:
    """Change the contracted or the released WTE; what is not given stays. The last day does not move by it.

    Refuses where no release was agreed (ReleaseNotAgreed), and more released than contracted.
    """
    if secondment.stage is None:
        raise ReleaseNotAgreed
    contracted = secondment.contracted_wte if contracted_wte is None else contracted_wte
    released = secondment.released_wte if released_wte is None else released_wte
    must_fit(released, contracted)
    return FractionChanged(contracted_wte=contracted, released_wte=released, proposed_ends_on=proposed_ends_on)


def pause_secondment(
    secondment: Secondment,
    *,
    reason: SecondmentReason = SecondmentReason.NOT_RECORDED,
    note: str | None = None,
    proposed_ends_on: date | None = None,
) -> SecondmentPaused:
    """Pause a secondment. Refuses where no release was agreed: ReleaseNotAgreed."""
    return SecondmentPaused(person_id=secondment.person(), reason=reason, note=note, proposed_ends_on=proposed_ends_on)


def end_secondment_early(
    secondment: Secondment, *, reason: SecondmentReason = SecondmentReason.NOT_RECORDED, note: str | None = None
) -> SecondmentEndedEarly:
    """End a secondment before the last day agreed. Refuses where no release was agreed: ReleaseNotAgreed."""
    return SecondmentEndedEarly(person_id=secondment.person(), reason=reason, note=note)


def cancel_secondment(
    secondment: Secondment, *, reason: SecondmentReason = SecondmentReason.NOT_RECORDED, note: str | None = None
) -> SecondmentCancelled:
    """Cancel a secondment before it starts. Refuses where no release was agreed: ReleaseNotAgreed."""
    return SecondmentCancelled(person_id=secondment.person(), reason=reason, note=note)


def end_after_pause(secondment: Secondment, resumed_on: date) -> date:
    """The last day to propose at a resumption: the one agreed, later by as many days as the pause has taken.

    `secondment` is as it stood while paused. Raises ReleaseNotAgreed.
    """
    if secondment.ends_on is None or secondment.since is None:
        raise ReleaseNotAgreed
    return secondment.ends_on + (resumed_on - secondment.since)


def pro_rata_end(secondment: Secondment, changed_on: date, released_wte: Decimal) -> date:
    """The last day to propose at a change of fraction, so that as much time is released in all.

    From the day of the change on, the days left are multiplied by the old release and divided by the new, rounded up.
    The source is the rule for training grades: for others it is a starting point of talks. Raises ReleaseNotAgreed.
    """
    if secondment.ends_on is None:
        raise ReleaseNotAgreed
    left = (secondment.ends_on - changed_on).days + 1
    days = (left * secondment.released_wte / released_wte).to_integral_value(ROUND_CEILING)
    return changed_on + timedelta(days=int(days) - 1)
