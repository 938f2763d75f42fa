"""Whom organisations release on a day, how much of them, and which meetings about a return are due or were missed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from domain.secondment_events import Party
from domain.secondment_state import OVER, SecondmentStage, releases_on, return_meeting_due
from domain.values import Precision
from infra.views.reading import At
from projections.organisation import organisations
from projections.secondment import SECONDMENTS, Secondment


class SecondmentRow(NamedTuple):
    """A secondment as a reader sees it, and the position of the entry that made it so. WTE is decimal, days inclusive.

    `released_wte` is what is agreed; `released_now` what is released on the day, by `releases_on`: from the first to
    the last day inclusive, and nothing in a pause. `past_agreed_end`: the last day agreed has passed, and neither an
    end nor a cancellation is recorded; it releases nobody. `return_meeting_due` is eight weeks before the last day;
    `return_meeting_outstanding`: it started and is not over, that day has come, and no meeting about the return is
    recorded; `return_meeting_missed`: it has ended, and none is. A release that was refused has
    neither WTE nor days.
    """

    secondment_id: str
    fellowship_id: str
    person_id: str
    organisation_id: str
    stage: SecondmentStage
    since: date
    precision: Precision
    contracted_wte: Decimal
    released_wte: Decimal
    released_now: Decimal
    starts_on: date | None
    planned_ends_on: date | None
    ends_on: date | None
    proposed_ends_on: date | None
    started_on: date | None
    last_day: date | None
    return_meeting_due: date | None
    return_meeting_held_on: date | None
    return_meeting_outstanding: bool
    return_meeting_missed: bool
    backfill: bool
    agreement_signed: bool
    past_agreed_end: bool
    cause: int


@dataclass(frozen=True, slots=True)
class OrganisationSecondees:
    """Whom an organisation releases on the day, and how much of them.

    `secondees` are the people of whom something is released, `released_wte` what that is and `contracted_wte` what
    they are contracted for. `agreed`, `paused`, `past_agreed_end` and `return_meeting_outstanding` count secondments;
    `imprecise_dates` those whose state holds since a day not known exactly. `secondments` are all that are not over,
    and those whose last day it is: each names its fellow and its entry. `missed` are those that ended without a meeting
    about the return, until one is recorded; `disagreeing` those by which it releases somebody whose secondments, here
    or elsewhere, state different contracts on the day.
    """

    organisation_id: str
    title: str | None
    secondees: int
    released_wte: Decimal
    contracted_wte: Decimal
    imprecise_dates: int
    agreed: int
    paused: int
    past_agreed_end: int
    return_meeting_outstanding: int
    secondments: tuple[SecondmentRow, ...]
    missed: tuple[SecondmentRow, ...]
    disagreeing: tuple[SecondmentRow, ...]

    @property
    def return_meeting_missed(self) -> int:
        """How many ended without a meeting about the return."""
        return len(self.missed)

    @property
    def contracts_disagree(self) -> int:
        """Of how many people it releases what releases them on the day states another contract elsewhere."""
        return len({row.person_id for row in self.disagreeing})


def secondment(connection: Connection, at: At, secondment_id: str) -> SecondmentRow | None:
    """One secondment, or None where there was none then."""
    return next(iter(_secondments(connection, at, keys=[(secondment_id,)])), None)


def secondments(connection: Connection, at: At, fellowship_id: str) -> list[SecondmentRow]:
    """The secondments for a fellowship, over or not, by their first day."""
    return _secondments(connection, at, where={"fellowship_id": fellowship_id})


def secondees(connection: Connection, at: At, organisation_id: str | None = None) -> list[OrganisationSecondees]:
    """Secondees and released WTE of one organisation, or of each that has a secondment to list; by organisation.

    A secondment is its organisation's of that day: where another one took the release over, it counts there from then.
    """
    where = None if organisation_id is None else {"organisation_id": organisation_id}
    found: dict[str, list[SecondmentRow]] = {} if organisation_id is None else {organisation_id: []}
    for row in _secondments(connection, at, where=where):
        if row.stage not in OVER or row.last_day == at.valid or row.return_meeting_missed:
            found.setdefault(row.organisation_id, []).append(row)
    titles = {row.organisation_id: row.title for row in organisations(connection, at, found)}
    contracts = _contracts(connection, at, [row for rows in found.values() for row in rows if row.released_now])
    return [_of(each, titles.get(each), found[each], contracts, at.valid) for each in sorted(found)]


def _contracts(connection: Connection, at: At, released: Sequence[SecondmentRow]) -> dict[str, set[Decimal]]:
    """What the secondments that release these people on the day, for one employer or several, state as contracted."""
    stated: dict[str, set[Decimal]] = {row.person_id: set() for row in released}
    if stated:
        for row in _secondments(connection, at, people=[*stated]):
            if row.released_now:
                stated[row.person_id].add(row.contracted_wte)
    return stated


def _of(
    organisation_id: str,
    title: str | None,
    known: Sequence[SecondmentRow],
    contracts: Mapping[str, Collection[Decimal]],
    valid: date,
) -> OrganisationSecondees:
    rows = [row for row in known if row.stage not in OVER or row.last_day == valid]
    released = [row for row in rows if row.released_now]
    contracted: dict[str, Decimal] = {}
    for row in released:
        contracted[row.person_id] = max(row.contracted_wte, contracted.get(row.person_id, Decimal(0)))
    return OrganisationSecondees(
        organisation_id=organisation_id,
        title=title,
        secondees=len(contracted),
        released_wte=sum((row.released_now for row in released), Decimal(0)),
        contracted_wte=sum(contracted.values(), Decimal(0)),
        imprecise_dates=sum(row.precision is not Precision.DAY for row in rows),
        agreed=sum(row.stage is SecondmentStage.AGREED for row in rows),
        paused=sum(row.stage is SecondmentStage.PAUSED for row in rows),
        past_agreed_end=sum(row.past_agreed_end for row in rows),
        return_meeting_outstanding=sum(row.return_meeting_outstanding for row in rows),
        secondments=tuple(rows),
        missed=tuple(row for row in known if row.return_meeting_missed),
        disagreeing=tuple(row for row in released if len(contracts[row.person_id]) > 1),
    )


_STORED = tuple(name for name in Secondment._fields if name in SecondmentRow._fields)


def _secondments(
    connection: Connection,
    at: At,
    *,
    where: dict[str, str] | None = None,
    keys: Collection[tuple[str, ...]] | None = None,
    people: Collection[str] | None = None,
) -> list[SecondmentRow]:
    rows = SECONDMENTS.as_of(valid=at.valid, known=at.known, where=where, keys=keys)
    ordered = select(rows).order_by(rows.c.starts_on, rows.c.secondment_id)
    if people is not None:
        ordered = ordered.where(rows.c.person_id.in_(people))
    return [_row(row, at.valid) for row in connection.execute(ordered)]


def _row(row: Any, valid: date) -> SecondmentRow:
    stage = SecondmentStage(row.stage)
    released, until = Decimal(row.released) / 1000, row.last_day or row.ends_on
    releases = releases_on(valid, since=row.started_on, until=until, paused=row.paused)
    going = stage not in OVER
    due = None if until is None or stage is SecondmentStage.CANCELLED else return_meeting_due(until)
    unmet = row.return_meeting_held_on is None
    return SecondmentRow(
        **{name: getattr(row, name) for name in _STORED if name not in ("stage", "precision")},
        secondment_id=row.secondment_id,
        stage=stage,
        precision=Precision(row.precision),
        contracted_wte=Decimal(row.contracted) / 1000,
        released_wte=released,
        released_now=released if releases else Decimal(0),
        agreement_signed=_signed(row.signatures),
        past_agreed_end=going and valid > row.ends_on,
        return_meeting_due=due,
        return_meeting_outstanding=unmet and going and row.started_on is not None and due is not None and valid >= due,
        return_meeting_missed=unmet and row.last_day is not None,
        cause=row.cause,
    )


def _signed(signatures: Collection[str]) -> bool:
    """Whether all parties signed one and the same document."""
    documents = {signature.partition(" ")[2] for signature in signatures}
    return any(all(f"{party} {document}" in signatures for party in Party) for document in documents)
