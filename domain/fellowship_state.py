"""A fellowship as it stands on a day, and why its record may say no."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.refusal import Refusal
from domain.values import CohortId, PersonId, ProgrammeId


class Standing(StrEnum):
    """Where a fellow is."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    IN_PROGRESS = "in_progress"
    PAUSED = "paused"
    DEFERRED = "deferred"
    COMPLETED = "completed"
    NOT_COMPLETED = "not_completed"
    ENDED_BY_PROGRAMME = "ended_by_programme"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    LAPSED = "lapsed"
    PLACE_GIVEN_UP = "place_given_up"

    @property
    def words(self) -> str:
        """The state as a reader knows it."""
        return self.value.replace("_", " ")


class PlaceNotAccepted(Refusal):
    """No place had been accepted by that day."""


class AlreadyOffered(Refusal):
    """This place is offered already."""


class AlreadyAccepted(Refusal):
    """The place had been accepted already by that day."""


class NotOffered(Refusal):
    """No offer was on record by that day."""


class AnotherPlaceWasOffered(Refusal):
    """The place accepted is not the one that was offered: the person, the cohort and the programme must be the same."""


class AlreadyConfirmed(Refusal):
    """The place had been confirmed already by that day."""


class PlaceNotConfirmed(Refusal):
    """The place had not been confirmed by that day. A fellowship starts after its place is confirmed."""


class NotStarted(Refusal):
    """The fellowship had not started by that day."""


class AlreadyStarted(Refusal):
    """The fellowship had started already by that day."""


class NeverStarted(Refusal):
    """Nobody can be withdrawn who never started: that is a place given up."""


class StartedIsWithdrawn(Refusal):
    """Who has started cannot give up the place: that is a withdrawal."""


class IsPaused(Refusal):
    """The fellowship was paused on that day."""


class NotPaused(Refusal):
    """The fellowship was not paused on that day."""


class IsDeferred(Refusal):
    """The fellowship was deferred on that day; the cohort it was deferred to must take the fellow up first."""


class NotDeferred(Refusal):
    """The fellowship was not deferred on that day."""


class DeferredToAnotherCohort(Refusal):
    """The fellowship was deferred to another cohort than this one."""


class NotInThatCohort(Refusal):
    """The fellow was not in that cohort on that day."""


class SameCohort(Refusal):
    """A deferral leads to another cohort than the one it leaves."""


class AnotherProgramme(Refusal):
    """A deferral leads to a cohort of the same programme; this cohort belongs to another."""


class HasEnded(Refusal):
    """The fellowship had ended by that day."""


class WasNotWithdrawn(Refusal):
    """The fellow was not withdrawn by that day, so there is no withdrawal to reverse."""


class WasNotCompleted(Refusal):
    """The fellowship was not completed by that day, so there is no completion to rescind."""


class AnotherPerson(Refusal):
    """That entry names another person than the one who holds this place."""


@dataclass(frozen=True, slots=True)
class Fellowship:
    """One person's place as it stood on a day."""

    standing: Standing | None = None
    since: date | None = None
    """The day from which it stood so."""
    person_id: PersonId | None = None
    programme_id: ProgrammeId | None = None
    origin: CohortId | None = None
    """The cohort of the offer or acceptance; it never changes."""
    current: CohortId | None = None
    """The cohort whose member the fellow is or was last; while deferred, the one deferred from."""
    target: CohortId | None = None
    """The cohort deferred to, while deferred."""
    started_on: date | None = None
    last_day: date | None = None
    """The last day on the programme, inclusive: that of the deferral if the fellow left while deferred."""
    left: "Fellowship | None" = None
    """How the fellowship stood before it ended; a reversal returns to it."""

    @property
    def occupies(self) -> CohortId | None:
        """The cohort in which it takes a place: the target while deferred, none once ended or while only offered."""
        match self.standing:
            case Standing.ACCEPTED | Standing.CONFIRMED | Standing.IN_PROGRESS | Standing.PAUSED:
                return self.current
            case Standing.DEFERRED:
                return self.target
            case _:
                return None

    @property
    def ended(self) -> bool:
        """Whether it had come to its end, by whatever way."""
        return self.standing in ENDINGS

    def holder(self) -> PersonId:
        """The person who holds or held the place. Refuses where none was accepted: PlaceNotAccepted."""
        if self.person_id is None or self.standing in (Standing.OFFERED, Standing.DECLINED, Standing.LAPSED):
            raise PlaceNotAccepted
        return self.person_id


ENDINGS = frozenset(
    {
        Standing.COMPLETED,
        Standing.NOT_COMPLETED,
        Standing.ENDED_BY_PROGRAMME,
        Standing.WITHDRAWN,
        Standing.DECLINED,
        Standing.LAPSED,
        Standing.PLACE_GIVEN_UP,
    }
)
