"""Secondees and the WTE their organisations release. WTE is stored in thousandths and told as a decimal."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from domain.event import Recorded
from domain.secondment_events import (
    AgreementSigned,
    BackfillConfirmed,
    BackfillWithdrawn,
    FractionChanged,
    Party,
    ReleaseAgreed,
    SecondmentCancelled,
    SecondmentEndedAsPlanned,
    SecondmentEndedEarly,
    SecondmentEvent,
    SecondmentExtended,
    SecondmentPaused,
    SecondmentResumed,
    SecondmentStarted,
)
from domain.secondment_state import OVER, SecondmentStage
from domain.values import FellowshipId, OrganisationId, PersonId, Precision, SecondmentId
from infra.views.reading import At
from infra.views.view import Routed, View
from projections.organisation import organisations


class Secondment(NamedTuple):
    """A secondment as the view holds it: WTE in thousandths, days inclusive."""

    fellowship_id: FellowshipId
    person_id: PersonId
    organisation_id: OrganisationId
    stage: SecondmentStage
    since: date
    precision: Precision
    contracted: int
    released: int
    starts_on: date
    planned_ends_on: date
    ends_on: date
    proposed_ends_on: date | None
    started_on: date | None
    last_day: date | None
    backfill: bool
    signatures: tuple[str, ...]
    """Who signed which document: party and SHA-256."""


def route(recorded: Recorded) -> Iterable[Routed]:
    """A secondment's facts go to that secondment."""
    if isinstance(recorded.event, SecondmentEvent):
        yield Routed((recorded.key,), recorded.day, recorded)


def fold(secondment: Secondment | None, fact: Recorded) -> Secondment | None:
    """The secondment after a fact."""
    event = fact.event
    if isinstance(event, ReleaseAgreed):
        return Secondment(
            event.fellowship_id,
            event.person_id,
            event.organisation_id,
            SecondmentStage.AGREED,
            fact.day,
            fact.happened.precision,
            _thousandths(event.contracted_wte),
            _thousandths(event.released_wte),
            event.starts_on,
            planned_ends_on=event.ends_on,
            ends_on=event.ends_on,
            proposed_ends_on=None,
            started_on=None,
            last_day=None,
            backfill=False,
            signatures=(),
        )
    if secondment is None:
        return None
    now = secondment._replace(since=fact.day, precision=fact.happened.precision)
    match event:
        case BackfillConfirmed():
            return secondment._replace(backfill=True)
        case BackfillWithdrawn():
            return secondment._replace(backfill=False)
        case AgreementSigned(parties=parties, sha256=document):
            added = {f"{party} {document or ''}" for party in parties}
            return secondment._replace(signatures=tuple(sorted({*secondment.signatures, *added})))
        case SecondmentStarted():
            return now._replace(stage=SecondmentStage.ACTIVE, started_on=fact.day)
        case SecondmentPaused(proposed_ends_on=proposed):
            return now._replace(stage=SecondmentStage.PAUSED, proposed_ends_on=proposed or secondment.proposed_ends_on)
        case SecondmentResumed(proposed_ends_on=proposed):
            return now._replace(stage=SecondmentStage.ACTIVE, proposed_ends_on=proposed or secondment.proposed_ends_on)
        case FractionChanged(contracted_wte=contracted, released_wte=released, proposed_ends_on=proposed):
            return secondment._replace(
                contracted=_thousandths(contracted),
                released=_thousandths(released),
                proposed_ends_on=proposed or secondment.proposed_ends_on,
            )
        case SecondmentExtended(ends_on=ends_on):
            return secondment._replace(ends_on=ends_on, proposed_ends_on=None)
        case SecondmentEndedAsPlanned():
            return now._replace(stage=SecondmentStage.ENDED_AS_PLANNED, last_day=fact.day)
        case SecondmentEndedEarly():
            return now._replace(stage=SecondmentStage.ENDED_EARLY, last_day=fact.day)
        case SecondmentCancelled():
            return now._replace(stage=SecondmentStage.CANCELLED)
        case _:
            return secondment


def _thousandths(wte: Decimal) -> int:
    return int(wte * 1000)


SECONDMENTS = View(
    name="secondment",
    version=1,
    key={"secondment_id": SecondmentId},
    state=Secondment,
    route=route,
    fold=fold,
    ever=("organisation_id", "fellowship_id"),
)


class SecondmentRow(NamedTuple):
    """A secondment as a reader sees it, and the position of the entry that made it so. WTE is decimal, days inclusive.

    `released_wte` is what is agreed; `released_now` what is released on the day: nothing before the start, during a
    pause and once it is over. `past_agreed_end`: it started, its last day has passed, and no end is recorded.
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
    starts_on: date
    planned_ends_on: date
    ends_on: date
    proposed_ends_on: date | None
    started_on: date | None
    last_day: date | None
    backfill: bool
    agreement_signed: bool
    past_agreed_end: bool
    cause: int


@dataclass(frozen=True, slots=True)
class OrganisationSecondees:
    """Whom an organisation releases on the day, and how much of them.

    `secondees` are the people with a secondment that is active, `released_wte` what is released of them and
    `contracted_wte` what they are contracted for. `agreed`, `paused` and `past_agreed_end` count secondments;
    `imprecise_dates` those whose state holds since a day not known exactly. `secondments` are all that are not over:
    each names its fellow and its entry.
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
    secondments: tuple[SecondmentRow, ...]


def secondment(connection: Connection, at: At, secondment_id: str) -> SecondmentRow | None:
    """One secondment, or None where there was none then."""
    return next(iter(_secondments(connection, at, keys=[(secondment_id,)])), None)


def secondments(connection: Connection, at: At, fellowship_id: str) -> list[SecondmentRow]:
    """The secondments for a fellowship, over or not, by their first day."""
    return _secondments(connection, at, where={"fellowship_id": fellowship_id})


def secondees(connection: Connection, at: At, organisation_id: str | None = None) -> list[OrganisationSecondees]:
    """Secondees and released WTE of one organisation, or of each that has a secondment not over; by organisation."""
    where = None if organisation_id is None else {"organisation_id": organisation_id}
    found: dict[str, list[SecondmentRow]] = {} if organisation_id is None else {organisation_id: []}
    for row in _secondments(connection, at, where=where):
        if row.stage not in OVER:
            found.setdefault(row.organisation_id, []).append(row)
    titles = {row.organisation_id: row.title for row in organisations(connection, at, found)}
    return [_of(each, titles.get(each), found[each]) for each in sorted(found)]


def _of(organisation_id: str, title: str | None, rows: Sequence[SecondmentRow]) -> OrganisationSecondees:
    active = [row for row in rows if row.stage is SecondmentStage.ACTIVE]
    contracted: dict[str, Decimal] = {}
    for row in active:
        contracted[row.person_id] = max(row.contracted_wte, contracted.get(row.person_id, Decimal(0)))
    return OrganisationSecondees(
        organisation_id=organisation_id,
        title=title,
        secondees=len(contracted),
        released_wte=sum((row.released_now for row in active), Decimal(0)),
        contracted_wte=sum(contracted.values(), Decimal(0)),
        imprecise_dates=sum(row.precision is not Precision.DAY for row in rows),
        agreed=sum(row.stage is SecondmentStage.AGREED for row in rows),
        paused=sum(row.stage is SecondmentStage.PAUSED for row in rows),
        past_agreed_end=sum(row.past_agreed_end for row in rows),
        secondments=tuple(rows),
    )


_STORED = tuple(name for name in Secondment._fields if name not in ("contracted", "released", "signatures"))


def _secondments(
    connection: Connection,
    at: At,
    *,
    where: dict[str, str] | None = None,
    keys: Collection[tuple[str, ...]] | None = None,
) -> list[SecondmentRow]:
    rows = SECONDMENTS.as_of(valid=at.valid, known=at.known, where=where, keys=keys)
    ordered = select(rows).order_by(rows.c.starts_on, rows.c.secondment_id)
    return [_row(row, at.valid) for row in connection.execute(ordered)]


def _row(row: Any, valid: date) -> SecondmentRow:
    stage = SecondmentStage(row.stage)
    released = Decimal(row.released) / 1000
    return SecondmentRow(
        **{name: getattr(row, name) for name in _STORED if name not in ("stage", "precision")},
        secondment_id=row.secondment_id,
        stage=stage,
        precision=Precision(row.precision),
        contracted_wte=Decimal(row.contracted) / 1000,
        released_wte=released,
        released_now=released if stage is SecondmentStage.ACTIVE else Decimal(0),
        agreement_signed=_signed(row.signatures),
        past_agreed_end=row.started_on is not None and stage not in OVER and valid > row.ends_on,
        cause=row.cause,
    )


def _signed(signatures: Collection[str]) -> bool:
    """Whether all parties signed one and the same document."""
    documents = {signature.partition(" ")[2] for signature in signatures}
    return any(all(f"{party} {document}" in signatures for party in Party) for document in documents)
