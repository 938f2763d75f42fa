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
    ReleaseRefused,
    ReleasingOrganisationChanged,
    ReturnMeetingHeld,
    SecondmentCancelled,
    SecondmentEndedAsPlanned,
    SecondmentEndedEarly,
    SecondmentEvent,
    SecondmentExtended,
    SecondmentPaused,
    SecondmentResumed,
    SecondmentStarted,
)
from domain.secondment_state import OVER, SecondmentStage, releases_on, return_meeting_due
from domain.values import FellowshipId, OrganisationId, PersonId, Precision, SecondmentId
from infra.views.reading import At
from infra.views.view import Routed, View
from projections.organisation import organisations

_RELEASING = Party.RELEASING_ORGANISATION.value


class Secondment(NamedTuple):
    """A secondment as the view holds it: WTE in thousandths, days inclusive. A refused one has neither WTE nor days."""

    fellowship_id: FellowshipId
    person_id: PersonId
    organisation_id: OrganisationId
    stage: SecondmentStage
    since: date
    precision: Precision
    contracted: int
    released: int
    starts_on: date | None
    planned_ends_on: date | None
    ends_on: date | None
    proposed_ends_on: date | None
    started_on: date | None
    paused: bool
    """Whether it is paused, or was when it ended."""
    last_day: date | None
    return_meeting_held_on: date | None
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
    if isinstance(event, ReleaseAgreed | ReleaseRefused):
        return _opened(event, fact)
    if secondment is None or secondment.stage is SecondmentStage.REFUSED:
        return secondment
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
            return now._replace(stage=SecondmentStage.ACTIVE, started_on=fact.day, paused=False)
        case SecondmentPaused(proposed_ends_on=proposed) | SecondmentResumed(proposed_ends_on=proposed):
            paused = isinstance(event, SecondmentPaused)
            stage = SecondmentStage.PAUSED if paused else SecondmentStage.ACTIVE
            proposal = proposed or secondment.proposed_ends_on
            return now._replace(stage=stage, paused=paused, proposed_ends_on=proposal)
        case FractionChanged(contracted_wte=contracted, released_wte=released, proposed_ends_on=proposed):
            return secondment._replace(
                contracted=_thousandths(contracted),
                released=_thousandths(released),
                proposed_ends_on=proposed or secondment.proposed_ends_on,
            )
        case SecondmentExtended(ends_on=ends_on):
            return secondment._replace(ends_on=ends_on, proposed_ends_on=None)
        case ReleasingOrganisationChanged(organisation_id=organisation_id):
            others = tuple(each for each in secondment.signatures if not each.startswith(f"{_RELEASING} "))
            return secondment._replace(organisation_id=organisation_id, backfill=False, signatures=others)
        case ReturnMeetingHeld():
            return secondment._replace(return_meeting_held_on=fact.day)
        case SecondmentEndedAsPlanned():
            return now._replace(stage=SecondmentStage.ENDED_AS_PLANNED, last_day=fact.day)
        case SecondmentEndedEarly():
            return now._replace(stage=SecondmentStage.ENDED_EARLY, last_day=fact.day)
        case SecondmentCancelled():
            return now._replace(stage=SecondmentStage.CANCELLED)
        case _:
            return secondment


def _opened(event: ReleaseAgreed | ReleaseRefused, fact: Recorded) -> Secondment:
    agreed = event if isinstance(event, ReleaseAgreed) else None
    return Secondment(
        event.fellowship_id,
        event.person_id,
        event.organisation_id,
        SecondmentStage.AGREED if agreed else SecondmentStage.REFUSED,
        fact.day,
        fact.happened.precision,
        contracted=_thousandths(agreed.contracted_wte) if agreed else 0,
        released=_thousandths(agreed.released_wte) if agreed else 0,
        starts_on=agreed and agreed.starts_on,
        planned_ends_on=agreed and agreed.ends_on,
        ends_on=agreed and agreed.ends_on,
        proposed_ends_on=None,
        started_on=None,
        paused=False,
        last_day=None,
        return_meeting_held_on=None,
        backfill=False,
        signatures=(),
    )


def _thousandths(wte: Decimal) -> int:
    return int(wte * 1000)


SECONDMENTS = View(
    name="secondment",
    version=2,
    key={"secondment_id": SecondmentId},
    state=Secondment,
    route=route,
    fold=fold,
    ever=("organisation_id", "fellowship_id"),
)


class SecondmentRow(NamedTuple):
    """A secondment as a reader sees it, and the position of the entry that made it so. WTE is decimal, days inclusive.

    `released_wte` is what is agreed; `released_now` what is released on the day, by `releases_on`: from the first to
    the last day inclusive, and nothing in a pause. `past_agreed_end`: the last day agreed has passed, and neither an
    end nor a cancellation is recorded; it releases nobody. `return_meeting_due` is eight weeks before the last day;
    `return_meeting_outstanding`: it started and is not over, that day has come, and no meeting about the return is
    recorded. A release that was refused has neither WTE nor days.
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
    and those whose last day it is: each names its fellow and its entry.
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
        if row.stage not in OVER or row.last_day == at.valid:
            found.setdefault(row.organisation_id, []).append(row)
    titles = {row.organisation_id: row.title for row in organisations(connection, at, found)}
    return [_of(each, titles.get(each), found[each]) for each in sorted(found)]


def _of(organisation_id: str, title: str | None, rows: Sequence[SecondmentRow]) -> OrganisationSecondees:
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
    )


_STORED = tuple(name for name in Secondment._fields if name in SecondmentRow._fields)


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
    released, until = Decimal(row.released) / 1000, row.last_day or row.ends_on
    releases = releases_on(valid, since=row.started_on, until=until, paused=row.paused)
    going = stage not in OVER
    due = None if until is None or stage is SecondmentStage.CANCELLED else return_meeting_due(until)
    unmet = going and row.started_on is not None and row.return_meeting_held_on is None
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
        return_meeting_outstanding=unmet and due is not None and valid >= due,
        cause=row.cause,
    )


def _signed(signatures: Collection[str]) -> bool:
    """Whether all parties signed one and the same document."""
    documents = {signature.partition(" ")[2] for signature in signatures}
    return any(all(f"{party} {document}" in signatures for party in Party) for document in documents)
