"""Questions about secondments: whom organisations release, how much of them, and since when."""

from typing import Annotated, Any

from fastapi import Query

from api.deps import Asked, Reading
from api.problems import reading
from api.reader import Snapshot
from api.routes import Routes
from api.secondees_answers import (
    COUNTED,
    OneSecondment,
    OrganisationSecondments,
    Released,
    Secondees,
    SecondeesOut,
    SecondeesQuery,
    SecondmentOut,
    Secondments,
)
from domain.fellowship import FELLOWSHIP
from domain.organisation import ORGANISATION
from domain.refusal import NothingRecorded
from domain.secondment import SECONDMENT
from domain.values import FellowshipId, OrganisationId, Precision, SecondmentId
from projections.organisation import ORGANISATIONS
from projections.person import PEOPLE
from projections.secondees import OrganisationSecondees, SecondmentRow, secondees, secondment, secondments
from projections.secondment import SECONDMENTS

router = Routes(prefix="/v1", tags=["secondments"])


@router.get("/secondees", summary="Count secondees by organisation", responses=reading())
def count_secondees(asked: Asked, reader: Reading) -> Secondees:
    """How many people each organisation releases on a day, and how much of them."""
    with reader.at(asked, SECONDMENTS, ORGANISATIONS) as snapshot:
        found = secondees(snapshot.connection, snapshot.at)
        return snapshot.answer(Secondees, items=[_secondees(snapshot, each) for each in found])


@router.get(
    "/organisations/{organisation_id}/secondees",
    summary="List an organisation's secondees",
    responses=reading(NothingRecorded, versioned=True),
)
def list_secondees(
    organisation_id: OrganisationId, asked: Annotated[SecondeesQuery, Query()], reader: Reading
) -> OrganisationSecondments:
    """The secondments not over, those whose last day it is, or those that one count counts: who, how much, since when.

    They are the organisation's of that day: one that another organisation has taken over is listed there.
    """
    with reader.at(asked, SECONDMENTS, ORGANISATIONS, PEOPLE) as snapshot:
        snapshot.version(ORGANISATION, organisation_id)
        (found,) = secondees(snapshot.connection, snapshot.at, organisation_id)
        rows = _chosen(found, asked.only)
        return snapshot.answer(
            OrganisationSecondments, organisation=_secondees(snapshot, found), items=_listed(snapshot, rows)
        )


@router.get(
    "/fellowships/{fellowship_id}/secondments",
    summary="List a fellow's secondments",
    responses=reading(NothingRecorded, versioned=True),
)
def list_secondments(fellowship_id: FellowshipId, asked: Asked, reader: Reading) -> Secondments:
    """A fellow's secondments, over or not, by their first day."""
    with reader.at(asked, SECONDMENTS, PEOPLE) as snapshot:
        snapshot.version(FELLOWSHIP, fellowship_id)
        rows = secondments(snapshot.connection, snapshot.at, fellowship_id)
        return snapshot.answer(Secondments, fellowship_id=fellowship_id, items=_listed(snapshot, rows))


@router.get(
    "/secondments/{secondment_id}", summary="Show a secondment", responses=reading(NothingRecorded, versioned=True)
)
def show_secondment(secondment_id: SecondmentId, asked: Asked, reader: Reading) -> OneSecondment:
    """One secondment; `ETag` is the version of its record, for the next command."""
    with reader.at(asked, SECONDMENTS, PEOPLE) as snapshot:
        version = snapshot.version(SECONDMENT, secondment_id)
        row = secondment(snapshot.connection, snapshot.at, secondment_id)
        listed = _listed(snapshot, [] if row is None else [row])
        return snapshot.answer(OneSecondment, version=version, secondment=listed[0] if listed else None)


def _chosen(found: OrganisationSecondees, only: Released | None) -> list[SecondmentRow]:
    """The secondments of the part that is asked for."""
    match only:
        case Released.RETURN_MEETING_MISSED:
            return [*found.missed]
        case Released.CONTRACTS_DISAGREE:
            return [*found.disagreeing]
        case _:
            return [row for row in found.secondments if _counted(row, only)]


def _counted(row: SecondmentRow, only: Released | None) -> bool:
    match only:
        case None:
            return True
        case Released.RELEASED:
            return row.released_now > 0
        case Released.PAST_AGREED_END:
            return row.past_agreed_end
        case Released.RETURN_MEETING_OUTSTANDING:
            return row.return_meeting_outstanding
        case Released.IMPRECISE:
            return row.precision is not Precision.DAY
        case _:
            return row.stage.value == only.value


def _listed(snapshot: Snapshot, rows: list[SecondmentRow]) -> list[SecondmentOut]:
    names = snapshot.names(row.person_id for row in rows)
    return [
        SecondmentOut.model_validate(
            row._asdict()
            | {
                "name": names.get(str(row.person_id)),
                "href": snapshot.timeline(row.fellowship_id),
                "entries": snapshot.href(f"/v1/entries/secondment/{row.secondment_id}"),
            }
        )
        for row in rows
    ]


def _secondees(snapshot: Snapshot, found: OrganisationSecondees) -> SecondeesOut:
    path = f"/v1/organisations/{found.organisation_id}/secondees"
    fields: dict[str, Any] = {name: getattr(found, name) for name in SecondeesOut.model_fields if name != "hrefs"}
    hrefs = {name: snapshot.href(path, only=only.value) for name, only in COUNTED.items()}
    return SecondeesOut(**fields, hrefs=hrefs)
