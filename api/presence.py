"""Whom and what a fact may name: people and organisations that are on the record."""

from domain.organisation import ORGANISATION, OrganisationNotRecorded
from domain.person import PERSON, PersonNotRecorded
from domain.values import OrganisationId, PersonId
from infra.log.desk import Desk


def person_must_be_recorded(desk: Desk, person_id: PersonId | None) -> None:
    """Refuse a person who is not on the record: NothingRecorded, PersonNotRecorded. None names nobody."""
    if person_id is not None and desk.fold(PERSON, person_id).person_id is None:
        raise PersonNotRecorded


def organisation_must_be_recorded(desk: Desk, organisation_id: OrganisationId | None) -> None:
    """Refuse an organisation that is not on the record: NothingRecorded, OrganisationNotRecorded. None names none."""
    if organisation_id is not None and desk.fold(ORGANISATION, organisation_id).title is None:
        raise OrganisationNotRecorded
