"""Careers: the roles a person holds and the promotions they have, from their entry to a fellowship on, for life.

That nobody was promoted is never a fact of its own: it is known up to the last confirmed contact, and no further.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol, assert_never

from domain.career_bands import is_higher
from domain.career_events import (
    CareerEvent,
    CareerFollowUpEnded,
    FollowUpEnd,
    LastContactConfirmed,
    PayFramework,
    Profession,
    ProgressionRecorded,
    PromotionBasis,
    PromotionRecorded,
    QiRemit,
    RemitSource,
    RoleAtEntryRecorded,
    RoleEnded,
    RoleRecorded,
)
from domain.refusal import Refusal
from domain.stream import Stream
from domain.values import FellowshipId, OrganisationId, PersonId, RoleId


class RoleAlreadyRecorded(Refusal):
    """This role is recorded already."""


class EntryAlreadyRecorded(Refusal):
    """The role at entry to this fellowship is recorded already. Correct that entry."""


class NoRoleAtEntry(Refusal):
    """No role at entry was recorded by that day. A promotion is told from the role at entry: record that first."""


class NotAPromotion(Refusal):
    """The person was in that band or grade already, by the latest promotion or else at entry."""


class NotAHigherBand(Refusal):
    """A promotion leads to a higher band than the one reached by then. Another move is recorded as what it is."""


class ProgressionInTraining(Refusal):
    """Progress within a training programme, or from its end to consultant, is no promotion. Record it as progress."""


class RoleNotHeld(Refusal):
    """The person did not hold that role on that day."""


class RemitNeedsASource(Refusal):
    """Whether a role includes improving quality is recorded with its source; without one it is not known."""


class FollowUpHasEnded(Refusal):
    """The person's career was followed no longer by that day."""


class CareerOfAnotherPerson(Refusal):
    """That entry is about another person than this record."""


class Role(NamedTuple):
    """A role as it was taken up."""

    since: date
    organisation_id: OrganisationId | None
    profession: Profession
    framework: PayFramework
    band: str
    wte: Decimal | None
    qi_remit: QiRemit
    qi_remit_source: RemitSource | None


@dataclass(frozen=True, slots=True)
class Career:
    """A person's career as it stood on a day."""

    person_id: PersonId | None = None
    roles: Mapping[RoleId, Role] = field(default_factory=dict[RoleId, Role])
    """The roles held."""
    entries: frozenset[FellowshipId] = frozenset()
    """The fellowships for which the role at entry is recorded."""
    reached: tuple[PayFramework, str] | None = None
    """The band or grade at the latest entry, or reached since by promotion or progression."""
    promotions: int = 0
    last_contact_on: date | None = None
    follow_up_ended_on: date | None = None


def evolve(career: Career, event: CareerEvent, day: date) -> Career:
    """The career after a fact. Raises a Refusal where the fact cannot have happened."""
    if career.person_id not in (None, event.person_id):
        raise CareerOfAnotherPerson
    if career.follow_up_ended_on is not None:
        raise FollowUpHasEnded(f"It ended on {career.follow_up_ended_on}.")
    career = replace(career, person_id=event.person_id)
    match event:
        case RoleAtEntryRecorded(fellowship_id=fellowship_id):
            if fellowship_id in career.entries:
                raise EntryAlreadyRecorded
            entered = _take_up(career, event, day)
            return replace(entered, entries=career.entries | {fellowship_id}, reached=(event.framework, event.band))
        case RoleRecorded():
            return _take_up(career, event, day)
        case RoleEnded(role_id=role_id):
            _must_hold(career, role_id)
            return replace(career, roles={held: role for held, role in career.roles.items() if held != role_id})
        case PromotionRecorded(framework=framework, band=band, basis=basis, role_id=role_id):
            if not career.entries:
                raise NoRoleAtEntry
            _must_hold(career, role_id)
            if basis is not PromotionBasis.DECLARED_WITH_EVIDENCE:
                _must_rise(career, framework, band)
            return replace(career, reached=(framework, band), promotions=career.promotions + 1)
        case ProgressionRecorded(framework=framework, band=band, role_id=role_id):
            _must_hold(career, role_id)
            return replace(career, reached=(framework, band))
        case LastContactConfirmed():
            return replace(career, last_contact_on=day)
        case CareerFollowUpEnded():
            return replace(career, follow_up_ended_on=day)
        case _:
            assert_never(event)


def _take_up(career: Career, event: RoleAtEntryRecorded | RoleRecorded, day: date) -> Career:
    if event.role_id in career.roles:
        raise RoleAlreadyRecorded
    _must_have_source(event.qi_remit, event.qi_remit_source)
    role = Role(
        day,
        event.organisation_id,
        event.profession,
        event.framework,
        event.band,
        event.wte,
        event.qi_remit,
        event.qi_remit_source,
    )
    return replace(career, roles={**career.roles, event.role_id: role})


def _must_hold(career: Career, role_id: RoleId | None) -> None:
    if role_id is not None and role_id not in career.roles:
        raise RoleNotHeld


def _must_rise(career: Career, framework: PayFramework, band: str) -> None:
    if career.reached is None:
        return
    reached_in, reached = career.reached
    if (framework, band) == career.reached:
        raise NotAPromotion(f"{band} had been reached.")
    consultant = framework is PayFramework.MEDICAL_CAREER and band.lower() == "consultant"
    if reached_in is PayFramework.MEDICAL_TRAINING and (framework is reached_in or consultant):
        raise ProgressionInTraining(f"{reached} had been reached in training.")
    if framework is reached_in and is_higher(framework, band, reached) is False:
        raise NotAHigherBand(f"{reached} had been reached; this says {band}.")


def _must_have_source(remit: QiRemit, source: RemitSource | None) -> None:
    if (remit is QiRemit.NOT_KNOWN) is not (source is None):
        raise RemitNeedsASource


CAREER = Stream("career", Career(), evolve)
"""One for each person, identified by the person."""


class Entering(Protocol):
    """What a role at entry asks of a fellowship, as it stood on the day."""

    def holder(self) -> PersonId:
        """The person who holds or held the place; refuses where none was accepted."""
        ...


def record_role_at_entry(
    fellowship: Entering,
    *,
    fellowship_id: FellowshipId,
    role_id: RoleId,
    profession: Profession,
    framework: PayFramework,
    band: str,
    organisation_id: OrganisationId | None = None,
    wte: Decimal | None = None,
    qi_remit: QiRemit = QiRemit.NOT_KNOWN,
    qi_remit_source: RemitSource | None = None,
) -> RoleAtEntryRecorded:
    """Record the role that a fellow holds at entry, on the day of entry.

    Refuses where no place was accepted by the day, and a remit without its source: RemitNeedsASource.
    """
    _must_have_source(qi_remit, qi_remit_source)
    return RoleAtEntryRecorded(
        fellowship_id=fellowship_id,
        person_id=fellowship.holder(),
        role_id=role_id,
        organisation_id=organisation_id,
        profession=profession,
        framework=framework,
        band=band,
        wte=wte,
        qi_remit=qi_remit,
        qi_remit_source=qi_remit_source,
    )


def promote(
    career: Career,
    *,
    person_id: PersonId,
    framework: PayFramework,
    band: str,
    basis: PromotionBasis,
    role_id: RoleId | None = None,
) -> PromotionRecorded:
    """Record a promotion; `career` is as it stood on the day. Refuses it without a role at entry: NoRoleAtEntry."""
    if not career.entries:
        raise NoRoleAtEntry
    return PromotionRecorded(person_id=person_id, framework=framework, band=band, basis=basis, role_id=role_id)


def end_follow_up(
    *, person_id: PersonId, reason: FollowUpEnd = FollowUpEnd.NOT_RECORDED, note: str | None = None
) -> CareerFollowUpEnded:
    """Follow a person's career no longer."""
    return CareerFollowUpEnded(person_id=person_id, reason=reason, note=note)
