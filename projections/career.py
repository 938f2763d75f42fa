"""Careers: the roles a person has held, the moves between bands and grades, and until when they were in sight."""

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection, select

from domain.career_events import (
    CareerEvent,
    CareerFollowUpEnded,
    LastContactConfirmed,
    PayFramework,
    Profession,
    ProgressionRecorded,
    PromotionRecorded,
    QiRemit,
    RemitSource,
    RoleAtEntryRecorded,
    RoleEnded,
    RoleRecorded,
)
from domain.event import Recorded
from domain.values import FellowshipId, OrganisationId, PersonId, Precision, RoleId
from infra.views.reading import At
from infra.views.view import Routed, View

PROMOTION = "promotion"


class Role(NamedTuple):
    """A role as the view holds it, WTE in thousandths."""

    person_id: PersonId
    entry_to: FellowshipId | None
    """The fellowship that was entered in this role."""
    since: date
    precision: Precision
    until: date | None
    """The day on which it ended."""
    organisation_id: OrganisationId | None
    profession: Profession
    framework: PayFramework
    band: str
    wte: int | None
    qi_remit: QiRemit
    qi_remit_source: RemitSource | None
    acting: bool


def route_role(recorded: Recorded) -> Iterable[Routed]:
    """A role's beginning and end go to that role."""
    event = recorded.event
    if isinstance(event, RoleAtEntryRecorded | RoleRecorded | RoleEnded):
        yield Routed((event.role_id,), recorded.day, recorded)


def fold_role(role: Role | None, fact: Recorded) -> Role | None:
    """The role after a fact."""
    event = fact.event
    if isinstance(event, RoleAtEntryRecorded | RoleRecorded):
        return Role(
            event.person_id,
            event.fellowship_id if isinstance(event, RoleAtEntryRecorded) else None,
            fact.day,
            fact.happened.precision,
            None,
            event.organisation_id,
            event.profession,
            event.framework,
            event.band,
            None if event.wte is None else int(event.wte * 1000),
            event.qi_remit,
            event.qi_remit_source,
            isinstance(event, RoleRecorded) and event.acting,
        )
    return role and role._replace(until=fact.day)


class Move(NamedTuple):
    """A promotion, or a progression that is none, to a band or grade."""

    moved_on: date
    precision: Precision
    move: str
    framework: PayFramework
    band: str
    role_id: RoleId | None


def route_move(recorded: Recorded) -> Iterable[Routed]:
    """Each move has its own place, that of the entry which first told of it."""
    event = recorded.event
    if isinstance(event, PromotionRecorded | ProgressionRecorded):
        move = PROMOTION if isinstance(event, PromotionRecorded) else event.progression.value
        state = Move(recorded.day, recorded.happened.precision, move, event.framework, event.band, event.role_id)
        yield Routed((event.person_id, recorded.slot), recorded.day, state)


def fold_move(move: Move | None, fact: Move) -> Move:
    """The move is what the fact says."""
    return fact


class RoleAtEntry(NamedTuple):
    """Since when it is known in which role a fellow entered a fellowship."""

    person_id: PersonId
    role_id: RoleId
    entered_on: date


def route_entry(recorded: Recorded) -> Iterable[Routed]:
    """A role at entry goes to the fellowship."""
    event = recorded.event
    if isinstance(event, RoleAtEntryRecorded):
        state = RoleAtEntry(event.person_id, event.role_id, recorded.day)
        yield Routed((event.fellowship_id,), recorded.day, state)


def fold_entry(entry: RoleAtEntry | None, fact: RoleAtEntry) -> RoleAtEntry:
    """The role at entry is what the fact says."""
    return fact


class Contact(NamedTuple):
    """When a person was last confirmed in their roles, and whether their career is still followed."""

    last_contact_on: date | None
    precision: Precision | None
    follow_up_ended_on: date | None


def route_contact(recorded: Recorded) -> Iterable[Routed]:
    """A confirmed contact, and the end of the follow-up, go to the person."""
    event = recorded.event
    if isinstance(event, CareerEvent) and isinstance(event, LastContactConfirmed | CareerFollowUpEnded):
        ends = isinstance(event, CareerFollowUpEnded)
        yield Routed((event.person_id,), recorded.day, (ends, recorded.day, recorded.happened.precision))


def fold_contact(contact: Contact | None, fact: tuple[bool, date, Precision]) -> Contact:
    """The contact after a fact."""
    ends, day, precision = fact
    before = contact or Contact(None, None, None)
    return before._replace(follow_up_ended_on=day) if ends else Contact(day, precision, before.follow_up_ended_on)


ROLES = View(
    name="role",
    version=2,
    key={"role_id": RoleId},
    state=Role,
    route=route_role,
    fold=fold_role,
    ever=("person_id",),
)
MOVES = View(
    name="move", version=1, key={"person_id": PersonId, "entry": int}, state=Move, route=route_move, fold=fold_move
)
ENTRIES = View(
    name="role_at_entry",
    version=1,
    key={"fellowship_id": FellowshipId},
    state=RoleAtEntry,
    route=route_entry,
    fold=fold_entry,
)
CONTACTS = View(
    name="contact", version=1, key={"person_id": PersonId}, state=Contact, route=route_contact, fold=fold_contact
)


class RoleRow(NamedTuple):
    """A role as a reader sees it, and the position of the entry that made it so. WTE is decimal."""

    role_id: str
    person_id: str
    entry_to: str | None
    since: date
    precision: Precision
    until: date | None
    organisation_id: str | None
    profession: Profession
    framework: PayFramework
    band: str
    wte: Decimal | None
    qi_remit: QiRemit
    qi_remit_source: RemitSource | None
    acting: bool
    cause: int


class MoveRow(NamedTuple):
    """A move as a reader sees it: `promotion`, or which progression. `entry` first told of it, `cause` last."""

    person_id: str
    entry: int
    moved_on: date
    precision: Precision
    move: str
    framework: PayFramework
    band: str
    role_id: str | None
    cause: int


class ContactRow(NamedTuple):
    """When a person was last confirmed in their roles: beyond that day, that nothing is recorded says nothing."""

    person_id: str
    last_contact_on: date | None
    precision: Precision | None
    follow_up_ended_on: date | None
    cause: int


class RoleHistory(NamedTuple):
    """A person's roles and moves, by day, and the last confirmed contact."""

    person_id: str
    roles: tuple[RoleRow, ...]
    moves: tuple[MoveRow, ...]
    contact: ContactRow | None


def roles(connection: Connection, at: At, person_id: str) -> RoleHistory:
    """A person's role history up to the day; empty for somebody of whom no role is recorded."""
    return RoleHistory(
        person_id,
        tuple(roles_of(connection, at, [person_id])),
        tuple(moves_of(connection, at, [person_id])),
        contacts_of(connection, at, [person_id]).get(person_id),
    )


def roles_of(connection: Connection, at: At, person_ids: Collection[str]) -> list[RoleRow]:
    """The roles of these people, held or ended, by day."""
    if not person_ids:
        return []
    rows = ROLES.as_of(valid=at.valid, known=at.known, where={"person_id": list(person_ids)})
    ordered = select(*(rows.c[name] for name in RoleRow._fields)).order_by(rows.c.since, rows.c.role_id)
    return [_role(RoleRow(*row)) for row in connection.execute(ordered)]


def moves_of(connection: Connection, at: At, person_ids: Collection[str]) -> list[MoveRow]:
    """The promotions and progressions of these people, by day."""
    if not person_ids:
        return []
    rows = MOVES.as_of(valid=at.valid, known=at.known, where={"person_id": list(person_ids)})
    ordered = select(*(rows.c[name] for name in MoveRow._fields)).order_by(rows.c.moved_on, rows.c.entry)
    found = (MoveRow(*row) for row in connection.execute(ordered))
    return [row._replace(precision=Precision(row.precision), framework=PayFramework(row.framework)) for row in found]


def contacts_of(connection: Connection, at: At, person_ids: Collection[str]) -> dict[str, ContactRow]:
    """The last confirmed contact with these people, by person."""
    if not person_ids:
        return {}
    rows = CONTACTS.as_of(valid=at.valid, known=at.known, keys=[(each,) for each in person_ids])
    found = (ContactRow(*row) for row in connection.execute(select(*(rows.c[n] for n in ContactRow._fields))))
    return {
        row.person_id: row._replace(precision=None if row.precision is None else Precision(row.precision))
        for row in found
    }


def _role(row: RoleRow) -> RoleRow:
    source = row.qi_remit_source
    return row._replace(
        precision=Precision(row.precision),
        profession=Profession(row.profession),
        framework=PayFramework(row.framework),
        wte=None if row.wte is None else row.wte / Decimal(1000),
        qi_remit=QiRemit(row.qi_remit),
        qi_remit_source=None if source is None else RemitSource(source),
    )
