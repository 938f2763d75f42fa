"""Which organisations there are, under which names."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import Connection, select

from domain.event import Recorded
from domain.organisation import OrganisationEvent, OrganisationMerged, OrganisationRecorded, OrganisationRenamed
from domain.values import OrganisationId
from infra.views.reading import At
from infra.views.view import Routed, View


class Organisation(NamedTuple):
    """An organisation as the view holds it."""

    title: str
    code: str | None
    merged_into: OrganisationId | None


def route(recorded: Recorded) -> Iterable[Routed]:
    """An organisation's facts go to that organisation."""
    if isinstance(recorded.event, OrganisationEvent):
        yield Routed((recorded.key,), recorded.day, recorded.event)


def fold(organisation: Organisation | None, event: object) -> Organisation | None:
    """The organisation after a fact."""
    match event:
        case OrganisationRecorded(title=title, code=code):
            return Organisation(title, code, organisation.merged_into if organisation else None)
        case OrganisationRenamed(title=title) if organisation:
            return organisation._replace(title=title)
        case OrganisationMerged(merged_into=merged_into) if organisation:
            return organisation._replace(merged_into=merged_into)
        case _:
            return organisation


ORGANISATIONS = View(
    name="organisation",
    version=1,
    key={"organisation_id": OrganisationId},
    state=Organisation,
    route=route,
    fold=fold,
)


class OrganisationRow(NamedTuple):
    """An organisation as a reader sees it, and the position of the entry that made it so."""

    organisation_id: str
    title: str
    code: str | None
    merged_into: str | None
    cause: int


def organisations(
    connection: Connection, at: At, organisation_ids: Collection[str] | None = None
) -> list[OrganisationRow]:
    """The organisations there were, by name; of these identifiers, if they are given."""
    keys = None if organisation_ids is None else [(each,) for each in organisation_ids]
    if keys == []:
        return []
    rows = ORGANISATIONS.as_of(valid=at.valid, known=at.known, keys=keys)
    columns = [rows.c[name] for name in OrganisationRow._fields]
    ordered = select(*columns).order_by(rows.c.title, rows.c.organisation_id)
    return [OrganisationRow(*row) for row in connection.execute(ordered)]
