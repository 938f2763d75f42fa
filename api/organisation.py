"""Organisations: those that release fellows, employ them or take improvements over."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.answers import Answer, Receipt
from api.codes import claim
from api.deps import Asked, Reading, Recording, Seen
from api.examples import answered, opened, said
from api.presence import organisation_must_be_recorded
from api.problems import KEY_TAKEN, changing, opening, reading
from api.routes import Routes
from api.statement import Dated
from domain.organisation import (
    ORGANISATION,
    Code,
    MergedIntoItself,
    Organisation,
    OrganisationHasMerged,
    OrganisationMerged,
    OrganisationNotRecorded,
    OrganisationRecorded,
    OrganisationRenamed,
    Title,
    merge,
)
from domain.refusal import NothingRecorded, WouldContradict
from domain.values import OrganisationId
from infra.log.desk import Desk
from projections.organisation import ORGANISATIONS, organisations

router = Routes(prefix="/v1/organisations", tags=["organisations"])

_ROW = {
    "organisation_id": examples.ORGANISATION,
    "title": "Fenland Acute NHS Foundation Trust",
    "code": "ZZF01",
    "merged_into": None,
    "cause": 12,
}
_THERE = (OrganisationNotRecorded, OrganisationHasMerged)


class NewlyNamed(Dated):
    """An organisation to put on the record."""

    model_config = said(title="Fenland Acute NHS Foundation Trust", code="ZZF01")

    title: Title = Field(description="What it is called.")
    code: Code | None = Field(None, description="Its code in the national register, where it has one.")


class Renaming(Dated):
    """The name that an organisation has taken."""

    model_config = said(title="Fenland University Hospitals NHS Foundation Trust")

    title: Title = Field(description="What it is called now.")


class Merging(Dated):
    """The organisation that another one was merged into."""

    model_config = said(merged_into=examples.ORGANISATION)

    merged_into: OrganisationId = Field(description="The identifier of the organisation that it became a part of.")


class OrganisationOut(BaseModel):
    """An organisation, and the record number of the entry that made it so."""

    model_config = ConfigDict(from_attributes=True)

    organisation_id: OrganisationId
    title: str
    code: str | None
    merged_into: OrganisationId | None
    cause: int


class Organisations(Answer):
    """The organisations there were."""

    model_config = answered("organisation 1", items=[_ROW])

    items: list[OrganisationOut]


class OneOrganisation(Answer):
    """One organisation, and the version of its record."""

    model_config = answered("organisation 1", version=1, organisation=_ROW)

    version: int = Field(description="The version of its record, for If-Match.")
    organisation: OrganisationOut | None = Field(description="Null where it was not on the record by then.")


class NewOrganisation(Receipt):
    """The receipt for an organisation."""

    model_config = opened("organisation", examples.ORGANISATION)

    organisation_id: OrganisationId


@router.post("", status_code=201, summary="Record an organisation", responses=opening(KEY_TAKEN))
async def record_organisation(body: NewlyNamed, recording: Recording) -> NewOrganisation:
    """Put an organisation on the record, under a code that no other one has or under none."""
    organisation_id = OrganisationId.new()

    def recorded(desk: Desk, day: date) -> OrganisationRecorded:
        event = OrganisationRecorded(title=body.title, code=body.code)
        claim(recording.log, desk, ORGANISATION.of(organisation_id), event)
        return event

    place = "/v1/organisations"
    return await recording.begin(NewOrganisation, organisation_id, place, body, OrganisationRecorded, recorded)


@router.post("/{organisation_id}/name", summary="Change an organisation's name", responses=changing(*_THERE))
async def rename_organisation(
    organisation_id: OrganisationId, body: Renaming, seen: Seen, recording: Recording
) -> Receipt:
    """Record that an organisation has taken another name. A name that was misspelt is corrected instead."""
    return await recording.enter(ORGANISATION, organisation_id, seen, body, OrganisationRenamed(title=body.title))


@router.post(
    "/{organisation_id}/merger",
    summary="Merge an organisation",
    responses=changing(*_THERE, MergedIntoItself, WouldContradict),
)
async def merge_organisation(
    organisation_id: OrganisationId, body: Merging, seen: Seen, recording: Recording
) -> Receipt:
    """Record that an organisation was merged into another one. What it did before stays its own."""

    def merged(state: Organisation, desk: Desk, day: date) -> OrganisationMerged:
        organisation_must_be_recorded(desk, body.merged_into)
        return merge(organisation_id, merged_into=body.merged_into)

    return await recording.change(ORGANISATION, organisation_id, seen, body, OrganisationMerged, merged)


@router.get("", summary="List the organisations", responses=reading())
def list_organisations(asked: Asked, reader: Reading) -> Organisations:
    """The organisations there were on a day, by name."""
    with reader.at(asked, ORGANISATIONS) as snapshot:
        rows = organisations(snapshot.connection, snapshot.at)
        return snapshot.answer(Organisations, items=[OrganisationOut.model_validate(row) for row in rows])


@router.get("/{organisation_id}", summary="Show an organisation", responses=reading(NothingRecorded, versioned=True))
def show_organisation(organisation_id: OrganisationId, asked: Asked, reader: Reading) -> OneOrganisation:
    """One organisation; `ETag` is the version of its record, for the next command."""
    with reader.at(asked, ORGANISATIONS) as snapshot:
        version = snapshot.version(ORGANISATION, organisation_id)
        found = organisations(snapshot.connection, snapshot.at, [organisation_id])
        row = OrganisationOut.model_validate(found[0]) if found else None
        return snapshot.answer(OneOrganisation, version=version, organisation=row)
