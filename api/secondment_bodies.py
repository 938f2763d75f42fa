"""What is said of secondments over HTTP: the bodies of commands."""

from typing import Annotated

from pydantic import Field

from api import examples
from api.answers import Receipt
from api.examples import opened, said
from api.statement import Dated, Day, Note, Reasoned
from domain.secondment_events import Authority, ContractedWte, Party, ReleasedWte, SecondmentReason, Sha256
from domain.values import FellowshipId, OrganisationId, SecondmentId

PROPOSED = "A last day to propose. The one agreed does not move by it."


class Releasing(Dated):
    """A release that an organisation agreed to. Both days are part of it."""

    model_config = said(
        fellowship_id=examples.FELLOWSHIP,
        organisation_id=examples.ORGANISATION,
        starts_on="2013-09-02",
        ends_on="2014-08-31",
        contracted_wte="0.60",
        released_wte=None,
        agreed_by="medical_director",
    )

    fellowship_id: FellowshipId
    organisation_id: OrganisationId
    starts_on: Day = Field(description="The first day of the release.")
    ends_on: Day = Field(description="Its last day, inclusive.")
    contracted_wte: ContractedWte = Field(
        description="Whole-time equivalents that the fellow is contracted for, with all employers together."
    )
    released_wte: ReleasedWte | None = Field(None, description="Of these, released. By default half of them.")
    agreed_by: Authority = Field(description="The role at the organisation whose holder agreed.")


class Refusing(Reasoned):
    """That an organisation refused to release a fellow."""

    model_config = said(
        reason="service_pressure",
        fellowship_id=examples.FELLOWSHIP,
        organisation_id=examples.ORGANISATION,
        refused_by="clinical_director",
    )

    fellowship_id: FellowshipId
    organisation_id: OrganisationId
    refused_by: Authority = Field(description="The role at the organisation whose holder refused.")


class Signing(Dated):
    """Who signed the secondment agreement."""

    model_config = said(parties=["fellow", "releasing_organisation", "programme"], sha256="9f86d081884c7d65" * 4)

    parties: Annotated[tuple[Party, ...], Field(min_length=1, max_length=3, description="Who signed it.")]
    sha256: Sha256 | None = Field(None, description="SHA-256 of the document, in hex; null: the document is not held.")


class Turning(Reasoned):
    """That a secondment has taken a turn for which there is a reason."""

    model_config = said(reason="post_not_filled")


class Pausing(Dated):
    """That a secondment was paused."""

    model_config = said(circumstance="parental_leave", proposed_ends_on="2015-01-31")

    circumstance: SecondmentReason = Field(SecondmentReason.NOT_RECORDED, description="Why. Personal; kept encrypted.")
    note: Note = None
    proposed_ends_on: Day | None = Field(None, description=PROPOSED)


class Resuming(Dated):
    """That a secondment was resumed."""

    model_config = said(proposed_ends_on="2014-11-30")

    proposed_ends_on: Day | None = Field(
        None,
        description=f"{PROPOSED} By default the one proposed or agreed before, later by as many days as the pause "
        "took, unless another was proposed with the pause or agreed during it.",
    )


class Changing(Reasoned):
    """The contracted and the released WTE from a day on; what is left out stays."""

    model_config = said(
        reason="job_plan_changed", contracted_wte="0.80", released_wte="0.30", proposed_ends_on="2014-10-31"
    )

    contracted_wte: ContractedWte | None = Field(
        None, description="Whole-time equivalents contracted for from then on, with all employers together."
    )
    released_wte: ReleasedWte | None = Field(None, description="Of these, released from then on.")
    proposed_ends_on: Day | None = Field(
        None,
        description=f"{PROPOSED} By default as much time as was left is released in all: the days left, multiplied by "
        "the old release and divided by the new, rounded up.",
    )


class Extending(Reasoned):
    """The later last day to which the releasing organisation agreed."""

    model_config = said(reason="time_lost_to_a_pause", ends_on="2014-10-31", agreed_by="chief_nurse")

    ends_on: Day = Field(description="The last day from now on, inclusive.")
    agreed_by: Authority


class TakingOver(Reasoned):
    """The organisation that releases the fellow from then on."""

    model_config = said(reason="moved_job", organisation_id=examples.ORGANISATION, agreed_by="director")

    organisation_id: OrganisationId
    agreed_by: Authority = Field(description="The role at that organisation whose holder agreed.")


class Ending(Dated):
    """That a secondment ended early or was cancelled."""

    model_config = said(circumstance="moved_job")

    circumstance: SecondmentReason = Field(SecondmentReason.NOT_RECORDED, description="Why. Personal; kept encrypted.")
    note: Note = None


class NewSecondment(Receipt):
    """The receipt for a secondment."""

    model_config = opened("secondment", examples.SECONDMENT)

    secondment_id: SecondmentId
