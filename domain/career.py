"""Careers: the roles a person holds and the promotions they have, from their entry to a fellowship on, for life.

That nobody was promoted is never a fact of its own: it is known up to the last confirmed contact, and no further.

A promotion is a move to a higher band of the same framework, or of one that the published order places above it
(`higher_band`); to a named higher grade, where no order tells (`higher_grade`); or what the person declares to be one,
with evidence: within a framework whose bands have an order, never to one that is not higher. Progress in training is
none, whoever declares it. Acting up is none by
default: where since entry the band was held in an acting capacity alone, it is one from the day on which that has
lasted six months, or once the role is recorded as substantive, or if declared with evidence. The role at entry is the
substantive one. Source: domain.md 2.4, role history and promotion.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple, assert_never

from domain.career_bands import ORDERS, Reached, has_band, is_higher, is_progress_in_training
from domain.career_events import (
    CareerEvent,
    CareerFollowUpEnded,
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
from domain.months import months_after
from domain.refusal import Refusal
from domain.stream import Stream
from domain.values import FellowshipId, OrganisationId, PersonId, RoleId

ACTING_MONTHS = 6
"""After how many months of acting up it may be a promotion."""


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


class NoSuchBand(Refusal):
    """That framework has no such band or grade. Write it as the framework does, such as 8a, ST5 or consultant."""


class BandsNotOrdered(Refusal):
    """No published order tells which of the two is higher. Name a higher grade, or declare it with evidence."""


class DeclaredWithoutEvidence(Refusal):
    """What is declared with evidence names the document: its identifier and the SHA-256 of its bytes."""


class NoSuchOrder(Refusal):
    """There is no published order of bands of that version."""


class OnlyActingUp(Refusal):
    """Acting up for less than six months is no promotion. Record it once six months are reached, or it is for good."""


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
    acting: bool


@dataclass(frozen=True, slots=True)
class Career:
    """A person's career as it stood on a day."""

    person_id: PersonId | None = None
    roles: Mapping[RoleId, Role] = field(default_factory=dict[RoleId, Role])
    """The roles held."""
    left: tuple[tuple[Role, date], ...] = ()
    """The roles that have ended since the latest entry, with the last day of each."""
    entries: frozenset[FellowshipId] = frozenset()
    """The fellowships for which the role at entry is recorded."""
    reached: Reached | None = None
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
            reached = (event.framework, event.band)
            return replace(entered, entries=career.entries | {fellowship_id}, reached=reached, left=())
        case RoleRecorded():
            return _take_up(career, event, day)
        case RoleEnded(role_id=role_id):
            _must_hold(career, role_id)
            still = {held: role for held, role in career.roles.items() if held != role_id}
            return replace(career, roles=still, left=(*career.left, (career.roles[role_id], day)))
        case PromotionRecorded(framework=framework, band=band, basis=basis, role_id=role_id):
            if not career.entries:
                raise NoRoleAtEntry
            if event.order not in ORDERS:
                raise NoSuchOrder
            _must_have_band(framework, band, event.order)
            _must_hold(career, role_id)
            if basis is PromotionBasis.DECLARED_WITH_EVIDENCE:
                _must_not_progress(career, event)
                _must_not_fall(career, event)
            else:
                _must_rise(career, event)
                _must_do_more_than_act(career, event, day)
            return replace(career, reached=(framework, band), promotions=career.promotions + 1)
        case ProgressionRecorded(framework=framework, band=band, role_id=role_id):
            _must_have_band(framework, band)
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
    _must_have_band(event.framework, event.band)
    must_have_source(event.qi_remit, event.qi_remit_source)
    role = Role(
        day,
        event.organisation_id,
        event.profession,
        event.framework,
        event.band,
        event.wte,
        event.qi_remit,
        event.qi_remit_source,
        isinstance(event, RoleRecorded) and event.acting,
    )
    return replace(career, roles={**career.roles, event.role_id: role})


def _must_hold(career: Career, role_id: RoleId | None) -> None:
    if role_id is not None and role_id not in career.roles:
        raise RoleNotHeld


def _must_have_band(framework: PayFramework, band: str, order: int | None = None) -> None:
    if not has_band(framework, band, order):
        raise NoSuchBand(f"There is no {band} in {framework.value.replace('_', ' ')}.")


def _must_rise(career: Career, event: PromotionRecorded) -> None:
    if career.reached is None:
        return
    reached_in, reached = career.reached
    framework, band = event.framework, event.band
    if framework is reached_in and band.lower() == reached.lower():
        raise NotAPromotion(f"{reached} had been reached.")
    _must_not_progress(career, event)
    _must_not_fall(career, event, other_frameworks=True)
    higher = is_higher((framework, band), career.reached, event.order)
    if higher is None and event.basis is PromotionBasis.HIGHER_BAND:
        raise BandsNotOrdered(f"{reached} had been reached; this says {band}.")


def _must_not_progress(career: Career, event: PromotionRecorded) -> None:
    """Refuse progress in training, however it is declared: ProgressionInTraining."""
    if career.reached is not None and is_progress_in_training((event.framework, event.band), career.reached):
        raise ProgressionInTraining(f"{career.reached[1]} had been reached in training.")


def _must_not_fall(career: Career, event: PromotionRecorded, *, other_frameworks: bool = False) -> None:
    """Refuse a band that the order calls no higher, within the framework or `other_frameworks` too: NotAHigherBand."""
    reached = career.reached
    if reached is None or (event.framework is not reached[0] and not other_frameworks):
        return
    if is_higher((event.framework, event.band), reached, event.order) is False:
        raise NotAHigherBand(f"{reached[1]} had been reached; this says {event.band}.")


def _must_do_more_than_act(career: Career, event: PromotionRecorded, day: date) -> None:
    """Refuse where the band was held in roles that are acting ones, none of them for six months: OnlyActingUp.

    Those that ended before count as those still held, so that it is the same in whichever order the two are recorded.
    """
    reached = (event.framework, event.band.lower())
    concerned = (
        [(career.roles[event.role_id], day)]
        if event.role_id is not None
        else [
            (role, until)
            for role, until in (
                *((role, day) for role in career.roles.values()),
                *((role, last + timedelta(days=1)) for role, last in career.left),
            )
            if (role.framework, role.band.lower()) == reached
        ]
    )
    if concerned and all(role.acting and until < months_after(role.since, ACTING_MONTHS) for role, until in concerned):
        since = min(role.since for role, _ in concerned)
        raise OnlyActingUp(f"It began on {since}; six months end on {months_after(since, ACTING_MONTHS)}.")


def must_have_source(remit: QiRemit, source: RemitSource | None) -> None:
    """Refuse a remit without its source, and a source of one that is not known: RemitNeedsASource."""
    if (remit is QiRemit.NOT_KNOWN) is not (source is None):
        raise RemitNeedsASource


CAREER = Stream("career", Career(), evolve)
"""One for each person, identified by the person."""
