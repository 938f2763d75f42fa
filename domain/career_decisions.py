"""What can be decided about a career, each refusing only what concerns the act itself.

What concerns the order of things is judged by the whole career (`domain.career.evolve`). Facts with nothing to decide
are recorded as they are: `RoleEnded(...)`, `LastContactConfirmed(...)`.
"""

from decimal import Decimal
from typing import Protocol

from domain.career import Career, DeclaredWithoutEvidence, NoRoleAtEntry, must_have_source
from domain.career_bands import LATEST
from domain.career_events import (
    CareerFollowUpEnded,
    FollowUpEnd,
    PayFramework,
    Profession,
    PromotionBasis,
    PromotionRecorded,
    QiRemit,
    RemitSource,
    RoleAtEntryRecorded,
)
from domain.values import FellowshipId, OrganisationId, PersonId, RoleId


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
    must_have_source(qi_remit, qi_remit_source)
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
    evidenced: bool = False,
) -> PromotionRecorded:
    """Record a promotion, judged by the latest order of bands; `career` is as it stood on the day.

    Refuses it without a role at entry (NoRoleAtEntry), and one declared with evidence that names no document, which
    `evidenced` tells (DeclaredWithoutEvidence). What it leads to is judged with the whole career.
    """
    if not career.entries:
        raise NoRoleAtEntry
    must_have_evidence(basis, evidenced=evidenced)
    return PromotionRecorded(
        person_id=person_id, framework=framework, band=band, basis=basis, role_id=role_id, order=LATEST
    )


def must_have_evidence(basis: PromotionBasis, *, evidenced: bool) -> None:
    """Refuse what is declared with evidence where no document is named: DeclaredWithoutEvidence."""
    if basis is PromotionBasis.DECLARED_WITH_EVIDENCE and not evidenced:
        raise DeclaredWithoutEvidence


def end_follow_up(
    *, person_id: PersonId, reason: FollowUpEnd = FollowUpEnd.NOT_RECORDED, note: str | None = None
) -> CareerFollowUpEnded:
    """Follow a person's career no longer."""
    return CareerFollowUpEnded(person_id=person_id, reason=reason, note=note)
