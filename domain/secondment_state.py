"""A secondment as it stands on a day, and why its record may say no."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from domain.refusal import Refusal
from domain.secondment_events import Party
from domain.values import FellowshipId, OrganisationId, PersonId


class SecondmentStage(StrEnum):
    """Where a secondment stands."""

    AGREED = "agreed"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED_AS_PLANNED = "ended_as_planned"
    ENDED_EARLY = "ended_early"
    CANCELLED = "cancelled"
    REFUSED = "refused"

    @property
    def words(self) -> str:
        """The stage as a reader knows it."""
        return self.value.replace("_", " ")


OVER = frozenset(
    {
        SecondmentStage.ENDED_AS_PLANNED,
        SecondmentStage.ENDED_EARLY,
        SecondmentStage.CANCELLED,
        SecondmentStage.REFUSED,
    }
)
_BEFORE_THE_END = timedelta(weeks=8)


class ReleaseNotAgreed(Refusal):
    """No release had been agreed by that day."""


class ReleaseAlreadyAgreed(Refusal):
    """This release is agreed already. Record an extension or a change of fraction, or correct the entry."""


class ReleaseWasRefused(Refusal):
    """This release was refused. If the organisation agreed to one later, that is another secondment."""


class ReleasedByThisOrganisation(Refusal):
    """That organisation releases the fellow already."""


class ReleaseDatesOutOfOrder(Refusal):
    """A secondment's first day comes no later than its last day."""


class ReleasedAboveContracted(Refusal):
    """No more WTE can be released than the fellow is contracted for."""


class BackfillAlreadyConfirmed(Refusal):
    """The backfill had been confirmed already by that day."""


class BackfillNotConfirmed(Refusal):
    """No backfill was confirmed by that day, so none can be withdrawn."""


class PartyHasSigned(Refusal):
    """A party had signed this document already by that day."""


class SecondmentNotStarted(Refusal):
    """The secondment had not started by that day."""


class SecondmentAlreadyStarted(Refusal):
    """The secondment had started by that day."""


class StartedAfterItsEnd(Refusal):
    """A secondment starts on or before its last day. If the dates were moved, record that first."""


class SecondmentIsPaused(Refusal):
    """The secondment was paused on that day."""


class SecondmentNotPaused(Refusal):
    """The secondment was not paused on that day."""


class SecondmentIsOver(Refusal):
    """The secondment had ended or been cancelled by that day."""


class NotAnExtension(Refusal):
    """An extension moves the last day to a later one."""


class ProposedEndHasPassed(Refusal):
    """A proposed last day lies after the day on which it is proposed."""


class NotAsPlanned(Refusal):
    """A secondment ends as planned on the last day agreed. Sooner is an early end; for later, extend it first."""


class NotEarly(Refusal):
    """An early end comes before the last day agreed. On that day it ends as planned; for later, extend it first."""


class SecondmentOfAnotherPerson(Refusal):
    """That entry names another person than the one who is seconded."""


@dataclass(frozen=True, slots=True)
class Secondment:
    """A release of a fellow as it stood on a day. Days are inclusive."""

    stage: SecondmentStage | None = None
    since: date | None = None
    fellowship_id: FellowshipId | None = None
    person_id: PersonId | None = None
    organisation_id: OrganisationId | None = None
    contracted_wte: Decimal = Decimal(0)
    released_wte: Decimal = Decimal(0)
    """What is released while it runs; `releases_on` says whether it does."""
    starts_on: date | None = None
    """The first day as agreed."""
    planned_ends_on: date | None = None
    """The last day as first agreed; it never changes."""
    ends_on: date | None = None
    """The last day as agreed now: the planned one, or that of the latest extension."""
    proposed_ends_on: date | None = None
    """The last day proposed since, on which the releasing organisation has not agreed."""
    backfill: bool = False
    signatures: frozenset[tuple[Party, str | None]] = frozenset()
    """Who signed which document."""
    started_on: date | None = None
    paused: bool = False
    """Whether it was paused, or was when it ended."""
    pause_counted: bool = False
    """Of one that is paused: whether its last day was proposed with the pause, or agreed during it."""
    last_day: date | None = None
    """The last day of a secondment that has ended."""
    return_meeting_held_on: date | None = None
    """When the return was last talked over."""

    @property
    def until(self) -> date | None:
        """The last day: that of the recorded end, else the one agreed."""
        return self.last_day or self.ends_on

    @property
    def over(self) -> bool:
        """Whether it had ended, or been cancelled or refused."""
        return self.stage in OVER

    @property
    def agreement_signed(self) -> bool:
        """Whether the fellow, the releasing organisation and the programme had signed one and the same document."""
        documents = {document for _, document in self.signatures}
        return any(all((party, document) in self.signatures for party in Party) for document in documents)

    def person(self) -> PersonId:
        """The person who is seconded. Refuses where no release was agreed: ReleaseNotAgreed."""
        if self.person_id is None:
            raise ReleaseNotAgreed
        return self.person_id


def releases_on(day: date, *, since: date | None, until: date | None, paused: bool) -> bool:
    """Whether a secondment releases anybody on a day, by what held on that day.

    It does from its first day `since` to its last day `until`, both inclusive, except while it is paused; on the day of
    a resumption it does again. The last day is that of the recorded end, else the one agreed, as first planned or as
    extended by then. Past that day it releases nobody, whether or not its end was recorded. `since` is None before it
    starts, `until` where nothing was agreed.
    """
    return since is not None and until is not None and since <= day <= until and not paused


def return_meeting_due(until: date) -> date:
    """The day by which the return from a secondment with this last day is to be talked over: eight weeks before it.

    The source is practice with external secondments: the manager meets the fellow before the end.
    """
    return until - _BEFORE_THE_END
