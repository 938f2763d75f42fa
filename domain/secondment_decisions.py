"""What can be decided about a secondment, each refusing only what concerns the act itself.

What concerns the order of things is judged by the secondment's whole history (`domain.secondment.evolve`), and what
concerns the same person's other secondments by `domain.overlap`. Facts with nothing to decide are recorded as they are:
`BackfillConfirmed()`, `BackfillWithdrawn()`, `AgreementSigned(...)`, `SecondmentStarted()`, `SecondmentExtended(...)`,
`ReleasingOrganisationChanged(...)`, `ReturnMeetingHeld()`, `SecondmentEndedAsPlanned()`. States are those of the fact's
own day, as known now.
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
    SecondmentResumed,
)
from domain.secondment_state import ReleaseNotAgreed, Secondment, SecondmentStage
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
    on: date,
    released_wte: Decimal | None = None,
    contracted_wte: Decimal | None = None,
    proposed_ends_on: date | None = None,
) -> FractionChanged:
    """Change the contracted or the released WTE from a day on; what is not given stays.

    The last day does not move by it. Another is proposed: the one given, else `pro_rata_end`. Refuses where no release
    was agreed (ReleaseNotAgreed), and more released than contracted.
    """
    if secondment.stage is None:
        raise ReleaseNotAgreed
    contracted = secondment.contracted_wte if contracted_wte is None else contracted_wte
    released = secondment.released_wte if released_wte is None else released_wte
    must_fit(released, contracted)
    return FractionChanged(
        contracted_wte=contracted,
        released_wte=released,
        proposed_ends_on=proposed_ends_on or pro_rata_end(secondment, on, released),
    )


def pause_secondment(
    secondment: Secondment,
    *,
    reason: SecondmentReason = SecondmentReason.NOT_RECORDED,
    note: str | None = None,
    proposed_ends_on: date | None = None,
) -> SecondmentPaused:
    """Pause a secondment. Refuses where no release was agreed: ReleaseNotAgreed."""
    return SecondmentPaused(person_id=secondment.person(), reason=reason, note=note, proposed_ends_on=proposed_ends_on)


def resume_secondment(secondment: Secondment, *, on: date, proposed_ends_on: date | None = None) -> SecondmentResumed:
    """Take a secondment up again. Another last day is proposed: the one given, else `end_after_pause`."""
    return SecondmentResumed(proposed_ends_on=proposed_ends_on or end_after_pause(secondment, on))


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


def end_after_pause(secondment: Secondment, resumed_on: date) -> date | None:
    """The last day to propose at a resumption: the one proposed, else agreed, later by as many days as the pause took.

    `secondment` is as it stood while paused. None where no other is to be proposed: one that counts the pause was
    proposed with it or agreed during it, or the secondment would be over by then.
    """
    until = secondment.proposed_ends_on or secondment.ends_on
    paused = secondment.stage is SecondmentStage.PAUSED and not secondment.pause_counted
    if not paused or until is None or secondment.since is None or resumed_on <= secondment.since:
        return None
    ends_on = until + (resumed_on - secondment.since)
    return ends_on if ends_on > resumed_on else None


def pro_rata_end(secondment: Secondment, changed_on: date, released_wte: Decimal) -> date | None:
    """The last day to propose at a change of fraction, so that as much time is released in all.

    From the day of the change on, the days left to the last day proposed, else agreed, are multiplied by the old
    release and divided by the new, rounded up. They are counted from the first day where that is to come, and from the
    beginning of a pause that lasts: `end_after_pause` adds its length. None where no other is to be proposed: as much
    is released as before, or the secondment would be over by then. The source is the rule for training grades: for
    others it is a starting point of talks.
    """
    until = secondment.proposed_ends_on or secondment.ends_on
    if until is None or released_wte == secondment.released_wte:
        return None
    first = _released_from(secondment, changed_on)
    left = (until - first).days + 1
    days = int((left * secondment.released_wte / released_wte).to_integral_value(ROUND_CEILING))
    if days > (date.max - first).days:
        return None
    ends_on = first + timedelta(days=days - 1)
    return ends_on if ends_on > changed_on else None


def _released_from(secondment: Secondment, changed_on: date) -> date:
    if secondment.stage is SecondmentStage.AGREED and secondment.starts_on is not None:
        return max(changed_on, secondment.starts_on)
    if secondment.stage is SecondmentStage.PAUSED and secondment.since is not None:
        return secondment.since
    return changed_on
