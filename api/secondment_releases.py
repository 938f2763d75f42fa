"""Releases: an organisation agrees to release part of a fellow's job, refuses to, or takes a release over."""

from datetime import date

from api.answers import Receipt
from api.deps import Recording, Seen
from api.presence import organisation_must_be_recorded
from api.problems import changing, opening
from api.routes import Routes
from api.secondment import CLASHES, GOES_ON
from api.secondment_bodies import NewSecondment, Refusing, Releasing, TakingOver
from domain import secondment_decisions as decisions
from domain.fellowship import FELLOWSHIP
from domain.fellowship_state import PlaceNotAccepted
from domain.organisation import OrganisationNotRecorded
from domain.refusal import InTheFuture, NothingRecorded
from domain.secondment import SECONDMENT
from domain.secondment_events import ReleaseAgreed, ReleaseRefused, ReleasingOrganisationChanged
from domain.secondment_state import (
    ReleasedAboveContracted,
    ReleaseDatesOutOfOrder,
    ReleasedByThisOrganisation,
    Secondment,
)
from domain.values import SecondmentId
from infra.log.desk import Desk

router = Routes(prefix="/v1/secondments", tags=["secondments"])


@router.post(
    "",
    status_code=201,
    summary="Agree a release",
    responses=opening(
        NothingRecorded,
        InTheFuture,
        OrganisationNotRecorded,
        PlaceNotAccepted,
        ReleaseDatesOutOfOrder,
        ReleasedAboveContracted,
        *CLASHES,
    ),
)
async def agree_a_release(body: Releasing, recording: Recording) -> NewSecondment:
    """Record that an organisation agreed to release a fellow between two days, for half of the contract or as said."""

    def agreed(desk: Desk, day: date) -> ReleaseAgreed:
        organisation_must_be_recorded(desk, body.organisation_id)
        return decisions.agree_release(
            desk.fold(FELLOWSHIP, body.fellowship_id, on=day),
            fellowship_id=body.fellowship_id,
            organisation_id=body.organisation_id,
            starts_on=body.starts_on,
            ends_on=body.ends_on,
            contracted_wte=body.contracted_wte,
            agreed_by=body.agreed_by,
            released_wte=body.released_wte,
        )

    return await recording.begin(NewSecondment, SecondmentId.new(), "/v1/secondments", body, ReleaseAgreed, agreed)


@router.post(
    "/refusal",
    status_code=201,
    summary="Refuse a release",
    responses=opening(NothingRecorded, InTheFuture, OrganisationNotRecorded, PlaceNotAccepted),
)
async def refuse_a_release(body: Refusing, recording: Recording) -> NewSecondment:
    """Record that an organisation refused to release a fellow. If it agrees later, that is another secondment."""

    def refused(desk: Desk, day: date) -> ReleaseRefused:
        organisation_must_be_recorded(desk, body.organisation_id)
        return decisions.refuse_release(
            desk.fold(FELLOWSHIP, body.fellowship_id, on=day),
            fellowship_id=body.fellowship_id,
            organisation_id=body.organisation_id,
            refused_by=body.refused_by,
        )

    return await recording.begin(NewSecondment, SecondmentId.new(), "/v1/secondments", body, ReleaseRefused, refused)


@router.post(
    "/{secondment_id}/releasing-organisation",
    summary="Change the releasing organisation",
    responses=changing(*GOES_ON, OrganisationNotRecorded, ReleasedByThisOrganisation, *CLASHES),
)
async def change_the_releasing_organisation(
    secondment_id: SecondmentId, body: TakingOver, seen: Seen, recording: Recording
) -> Receipt:
    """Record that another organisation releases the fellow from a day on. Its signature and backfill are its own."""

    def taken_over(state: Secondment, desk: Desk, day: date) -> ReleasingOrganisationChanged:
        organisation_must_be_recorded(desk, body.organisation_id)
        return ReleasingOrganisationChanged(organisation_id=body.organisation_id, agreed_by=body.agreed_by)

    return await recording.change(SECONDMENT, secondment_id, seen, body, ReleasingOrganisationChanged, taken_over)
