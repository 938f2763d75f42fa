"""What is said of careers over HTTP: the bodies of commands."""

from pydantic import Field, StrictBool

from api import examples
from api.answers import Receipt
from api.examples import said, shown
from api.statement import Dated, Note
from domain.career_events import (
    Band,
    FollowUpEnd,
    PayFramework,
    Profession,
    Progression,
    PromotionBasis,
    QiRemit,
    RemitSource,
    Wte,
)
from domain.values import FellowshipId, OrganisationId, RoleId

_ROLE = {
    "organisation_id": examples.ORGANISATION,
    "profession": "nurse",
    "framework": "agenda_for_change",
    "band": "7",
    "wte": "1.00",
    "qi_remit": "none",
    "qi_remit_source": "job_description",
}


class RoleHeld(Dated):
    """A role, as it was taken up."""

    organisation_id: OrganisationId | None = None
    profession: Profession
    framework: PayFramework
    band: Band = Field(description="The band or grade, as its framework calls it.")
    wte: Wte | None = Field(None, description="Whole-time equivalents of it.")
    qi_remit: QiRemit = Field(
        QiRemit.NOT_KNOWN, description="Whether it includes improving quality, or training others to."
    )
    qi_remit_source: RemitSource | None = Field(None, description="What tells; needed where it is known.")


class RoleIn(RoleHeld):
    """A role that a person took up."""

    model_config = said(**_ROLE, acting=False)

    acting: StrictBool = Field(
        False, description="Whether it is held in an acting capacity, as long as it is not made permanent."
    )


class RoleAtEntry(RoleHeld):
    """The role that a fellow held at entry, on the day of entry: the substantive one, where they were acting up."""

    model_config = said(happened="2013-09-02", fellowship_id=examples.FELLOWSHIP, **_ROLE)

    fellowship_id: FellowshipId


class EndingRole(Dated):
    """A role that ended."""

    model_config = said(role_id=examples.ROLE)

    role_id: RoleId


class Promoting(Dated):
    """A promotion."""

    model_config = said(happened="2015-11", framework="agenda_for_change", band="8a", basis="higher_band", role_id=None)

    framework: PayFramework
    band: Band = Field(description="The band or grade reached.")
    basis: PromotionBasis = Field(
        description="What makes it a promotion. `declared_with_evidence` needs a document in `evidence`."
    )
    role_id: RoleId | None = Field(None, description="The role held then, if it is recorded.")


class Progressing(Dated):
    """A move to another band or grade that is no promotion."""

    model_config = said(progression="in_training", framework="medical_training", band="ST6", role_id=None)

    progression: Progression
    framework: PayFramework
    band: Band = Field(description="The band or grade moved to.")
    role_id: RoleId | None = None


class Confirming(Dated):
    """That a person was found in the roles recorded."""

    model_config = said(happened="2016-09-01")


class EndingFollowUp(Dated):
    """That a person's career is followed no longer."""

    model_config = said(happened="2018-09-01", circumstance="retired")

    circumstance: FollowUpEnd = Field(FollowUpEnd.NOT_RECORDED, description="Why. Personal; kept encrypted.")
    note: Note = None


class NewRole(Receipt):
    """The receipt for a role."""

    model_config = shown({**examples.RECEIPT, "role_id": examples.ROLE})

    role_id: RoleId
