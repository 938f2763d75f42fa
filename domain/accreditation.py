"""Accreditation: one fellow's registration with the university, and the work laid before it."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Protocol, TypeAlias, TypeVar, assert_never

from pydantic import Field

from domain.event import Event
from domain.refusal import Refusal
from domain.stream import Stream
from domain.values import AccreditationId, CohortId, FellowshipId, Personal, PersonId, Phase, Purpose, WorkId

T = TypeVar("T")
AwardIdentity: TypeAlias = Annotated[Personal[T], Purpose.AWARD_IDENTITY]
Circumstance: TypeAlias = Annotated[Personal[T], Purpose.CIRCUMSTANCES]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Reference = Annotated[str, Field(min_length=1, max_length=80)]

_PERSON = "5b0e6a0e-54f1-4c37-8f3a-6f0f3c1f9a01"
_WORK = {"cohort_id": "0d7c2f9e-2b6f-4f5b-9b43-1f7f5b6f1c02", "work_id": "77c1b3a8-92a5-4b0e-8f0a-4a8b6f1f7c10"}


class DeregistrationReason(StrEnum):
    """Why a fellow's registration with the university ended."""

    LEFT_THE_FELLOWSHIP = "left_the_fellowship"
    OWN_REQUEST = "own_request"
    UNIVERSITY_DECISION = "university_decision"
    OTHER = "other"
    NOT_RECORDED = "not_recorded"


class RegisteredForCredit(Event):
    """A fellow was registered with the university for credit, under the approval named or with none recorded."""

    kind = "accreditation.registered"
    observed = True
    phase = Phase.OPENS
    examples = (
        {
            "fellowship_id": "9a4d1e70-8a39-4d5e-b1c8-2f9e1d7c3b03",
            "person_id": _PERSON,
            "approval": "LQEH-2013-07",
            "student_number": "M00123456",
        },
    )

    fellowship_id: FellowshipId
    person_id: PersonId
    approval: Reference | None = None
    student_number: AwardIdentity[Reference | None] = None


class WorkSubmitted(Event):
    """A piece of work was submitted; its document is named by its SHA-256, or is not held."""

    kind = "accreditation.work_submitted"
    observed = True
    examples = (
        {**_WORK, "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
        {**_WORK, "sha256": None},
    )

    cohort_id: CohortId
    work_id: WorkId
    sha256: Sha256 | None = None


class EarlierStudyRecognised(Event):
    """Study done earlier was recognised in place of a piece of work: recognised prior learning."""

    kind = "accreditation.earlier_study_recognised"
    observed = True
    examples = ({**_WORK, "fellowship_id": "9a4d1e70-8a39-4d5e-b1c8-2f9e1d7c3b03"},)

    fellowship_id: FellowshipId
    cohort_id: CohortId
    work_id: WorkId


class DeregisteredForCredit(Event):
    """A fellow's registration with the university ended."""

    kind = "accreditation.deregistered"
    observed = True
    phase = Phase.ENDS
    placed = "last"
    examples = ({"person_id": _PERSON, "reason": "left_the_fellowship", "note": None},)

    person_id: PersonId
    reason: Circumstance[DeregistrationReason]
    note: Circumstance[str | None] = None


class DeregistrationReversed(Event):
    """The end of a registration was reversed: the fellow is registered for credit again."""

    kind = "accreditation.deregistration_reversed"
    observed = True
    phase = Phase.ENDS
    placed = "last"


AccreditationEvent: TypeAlias = (
    RegisteredForCredit | WorkSubmitted | EarlierStudyRecognised | DeregisteredForCredit | DeregistrationReversed
)


class NotRegistered(Refusal):
    """The fellow was not registered for credit by that day."""


class AlreadyRegistered(Refusal):
    """The fellow is registered for credit already."""


class NoLongerRegistered(Refusal):
    """The fellow's registration for credit had ended by that day."""


class StillRegistered(Refusal):
    """The registration had not ended by that day, so there is no end to reverse."""


class RegisteredForAnotherPerson(Refusal):
    """That registration is another person's."""


class ForAnotherFellowship(Refusal):
    """That entry belongs to another fellowship than the registration does."""


class Registration(StrEnum):
    """Where a registration stands."""

    REGISTERED = "registered"
    DEREGISTERED = "deregistered"


@dataclass(frozen=True, slots=True)
class Accreditation:
    """A fellow's registration with the university as it stood on a day."""

    registration: Registration | None = None
    fellowship_id: FellowshipId | None = None
    person_id: PersonId | None = None
    registered_on: date | None = None
    deregistered_on: date | None = None


def evolve(accreditation: Accreditation, event: AccreditationEvent, day: date) -> Accreditation:
    """The registration after a fact. Raises a Refusal where the fact cannot have happened."""
    match event:
        case RegisteredForCredit(fellowship_id=fellowship_id, person_id=person_id):
            if accreditation.registration is not None:
                raise AlreadyRegistered(f"Registered on {accreditation.registered_on}.")
            _same_fellowship(accreditation, fellowship_id)
            return Accreditation(Registration.REGISTERED, fellowship_id, person_id, registered_on=day)
        case WorkSubmitted():
            _must_be_registered(accreditation)
            return accreditation
        case EarlierStudyRecognised(fellowship_id=fellowship_id):
            if accreditation.registration is not None:
                _must_be_registered(accreditation)
            _same_fellowship(accreditation, fellowship_id)
            return replace(accreditation, fellowship_id=fellowship_id)
        case DeregisteredForCredit(person_id=person_id):
            _must_be_registered(accreditation)
            if person_id != accreditation.person_id:
                raise RegisteredForAnotherPerson
            return replace(accreditation, registration=Registration.DEREGISTERED, deregistered_on=day)
        case DeregistrationReversed():
            if accreditation.registration is not Registration.DEREGISTERED:
                raise StillRegistered
            return replace(accreditation, registration=Registration.REGISTERED, deregistered_on=None)
        case _:
            assert_never(event)


def _must_be_registered(accreditation: Accreditation) -> None:
    if accreditation.registration is None:
        raise NotRegistered
    if accreditation.registration is Registration.DEREGISTERED:
        raise NoLongerRegistered(f"The registration ended on {accreditation.deregistered_on}.")


def _same_fellowship(accreditation: Accreditation, fellowship_id: FellowshipId) -> None:
    if accreditation.fellowship_id not in (None, fellowship_id):
        raise ForAnotherFellowship


ACCREDITATION = Stream(AccreditationId.stream, Accreditation(), evolve)


class Place(Protocol):
    """What a registration asks of a fellowship, as it stood on the day."""

    def holder(self) -> PersonId:
        """The person who holds or held the place; refuses where none was accepted."""
        ...


class Syllabus(Protocol):
    """What a submission asks of a cohort, as it stood on the day."""

    def must_have_set(self, work_id: WorkId) -> None:
        """Refuse a piece of work that the cohort was not asked for."""
        ...


def register_for_credit(
    fellowship: Place, *, fellowship_id: FellowshipId, approval: str | None = None, student_number: str | None = None
) -> RegisteredForCredit:
    """Register a fellow with the university; `approval` None means that no approval is recorded.

    Refuses where no place was accepted by the day.
    """
    return RegisteredForCredit(
        fellowship_id=fellowship_id, person_id=fellowship.holder(), approval=approval, student_number=student_number
    )


def submit_work(cohort: Syllabus, *, cohort_id: CohortId, work_id: WorkId, sha256: str | None = None) -> WorkSubmitted:
    """Submit a piece of work of a cohort; `sha256` (hex) None means that the document is not held.

    Refuses work that the cohort was not asked for. A resubmission is a new submission.
    """
    cohort.must_have_set(work_id)
    return WorkSubmitted(cohort_id=cohort_id, work_id=work_id, sha256=sha256)


def recognise_earlier_study(
    cohort: Syllabus, *, fellowship_id: FellowshipId, cohort_id: CohortId, work_id: WorkId
) -> EarlierStudyRecognised:
    """Recognise earlier study in place of a cohort's piece of work. Refuses work that the cohort was not asked for."""
    cohort.must_have_set(work_id)
    return EarlierStudyRecognised(fellowship_id=fellowship_id, cohort_id=cohort_id, work_id=work_id)


def deregister(
    accreditation: Accreditation,
    *,
    reason: DeregistrationReason = DeregistrationReason.NOT_RECORDED,
    note: str | None = None,
) -> DeregisteredForCredit:
    """End a registration. Refuses one that is not there by the day: NotRegistered."""
    if accreditation.person_id is None:
        raise NotRegistered
    return DeregisteredForCredit(person_id=accreditation.person_id, reason=reason, note=note)
