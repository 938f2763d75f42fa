"""Coaching used against what fellows are entitled to, engagement by engagement and fellow by fellow. In minutes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection, select

from domain.coaching import CoachingStage
from domain.coaching_events import (
    CoachChanged,
    CoachingCompleted,
    CoachingContracted,
    CoachingEndedEarly,
    CoachingEvent,
    CoachingSessionCancelled,
    CoachingSessionHeld,
    EntitlementExtended,
)
from domain.event import Recorded
from domain.values import CoachingId, FellowshipId, PersonId, Precision
from infra.views.reading import At
from infra.views.view import Routed, View
from projections.figure import percent
from projections.standing import STANDING, Attribution


class Engagement(NamedTuple):
    """A coaching engagement as the view holds it. Times are minutes."""

    fellowship_id: FellowshipId
    coach_id: PersonId
    stage: CoachingStage
    since: date
    entitled: int
    """What a new coach takes over is taken off."""
    held: int
    used_by_cancelling: int
    sessions: int
    cancelled: int
    imprecise_dates: int
    """How many sessions, held or fallen through, are not known to the day."""
    continues: CoachingId | None
    continued_by: CoachingId | None


def route(recorded: Recorded) -> Iterable[Routed]:
    """An engagement's facts go to that engagement."""
    if isinstance(recorded.event, CoachingEvent):
        yield Routed((recorded.key,), recorded.day, recorded)


def fold(engagement: Engagement | None, fact: Recorded) -> Engagement | None:
    """The engagement after a fact."""
    event = fact.event
    if isinstance(event, CoachingContracted):
        return Engagement(
            event.fellowship_id,
            event.coach_id,
            CoachingStage.CONTRACTED,
            fact.day,
            entitled=event.entitlement_minutes,
            held=0,
            used_by_cancelling=0,
            sessions=0,
            cancelled=0,
            imprecise_dates=0,
            continues=event.continues,
            continued_by=None,
        )
    if engagement is None:
        return None
    imprecise = engagement.imprecise_dates + (fact.happened.precision is not Precision.DAY)
    match event:
        case EntitlementExtended(minutes=minutes):
            return engagement._replace(entitled=engagement.entitled + minutes)
        case CoachingSessionHeld(minutes=minutes):
            return engagement._replace(
                held=engagement.held + minutes, sessions=engagement.sessions + 1, imprecise_dates=imprecise
            )
        case CoachingSessionCancelled(minutes_used=minutes):
            return engagement._replace(
                used_by_cancelling=engagement.used_by_cancelling + minutes,
                cancelled=engagement.cancelled + 1,
                imprecise_dates=imprecise,
            )
        case CoachChanged(continued_by=continued_by, carried_minutes=carried):
            ended = engagement._replace(entitled=engagement.entitled - carried, continued_by=continued_by)
            return ended._replace(stage=CoachingStage.COACH_CHANGED, since=fact.day)
        case CoachingCompleted():
            return engagement._replace(stage=CoachingStage.COMPLETED, since=fact.day)
        case CoachingEndedEarly():
            return engagement._replace(stage=CoachingStage.ENDED_EARLY, since=fact.day)
        case _:
            return engagement


COACHING_USE = View(
    name="coaching",
    version=1,
    key={"coaching_id": CoachingId},
    state=Engagement,
    route=route,
    fold=fold,
    ever=("fellowship_id",),
)


class EngagementRow(NamedTuple):
    """One engagement as a reader sees it, in minutes, and the position of the entry that made it so."""

    coaching_id: str
    fellowship_id: str
    coach_id: str
    stage: CoachingStage
    since: date
    entitled: int
    held: int
    used_by_cancelling: int
    sessions: int
    cancelled: int
    imprecise_dates: int
    continues: str | None
    continued_by: str | None
    cause: int


@dataclass(frozen=True, slots=True)
class FellowCoaching:
    """One fellow's coaching, in minutes: the sums of their engagements.

    `percent_used` is what was held or lost by cancelling late, of what the fellow is entitled to; above 100 where more
    was used. All entries behind it are those of the engagements (`projections.figure.behind`).
    """

    fellowship_id: str
    entitled_minutes: int
    held_minutes: int
    used_by_cancelling: int
    left_minutes: int
    sessions: int
    percent_used: Decimal | None
    over_entitlement: bool
    imprecise_dates: int
    engagements: tuple[EngagementRow, ...]


def coaching_use(
    connection: Connection,
    at: At,
    *,
    cohort_id: str | None = None,
    fellowship_id: str | None = None,
    attribution: Attribution = Attribution.CURRENT,
) -> list[FellowCoaching]:
    """Coaching of one fellow, of a cohort's fellows, or of everybody, by fellowship; who has none is left out.

    Engagements are in the order of the days since when they are as they are, then of the entries that made them so.
    """
    fellows = [fellowship_id] if fellowship_id is not None else None
    if fellows is None and cohort_id is not None:
        members = STANDING.as_of(valid=at.valid, known=at.known, where={attribution.column: cohort_id})
        fellows = [row[0] for row in connection.execute(select(members.c.fellowship_id))]
    if fellows == []:
        return []
    where = None if fellows is None else {"fellowship_id": fellows}
    rows = COACHING_USE.as_of(valid=at.valid, known=at.known, where=where)
    columns = [rows.c[name] for name in EngagementRow._fields]
    by_fellow: dict[str, list[EngagementRow]] = {}
    # What a coach handed over, and what another took over, are since the same day.
    order = (rows.c.fellowship_id, rows.c.since, rows.c.continued_by.is_(None), rows.c.cause)
    for row in connection.execute(select(*columns).order_by(*order)):
        engagement = EngagementRow(*row)
        engagement = engagement._replace(stage=CoachingStage(engagement.stage))
        by_fellow.setdefault(engagement.fellowship_id, []).append(engagement)
    return [_summed(fellow, engagements) for fellow, engagements in by_fellow.items()]


def _summed(fellowship_id: str, engagements: Sequence[EngagementRow]) -> FellowCoaching:
    entitled = sum(each.entitled for each in engagements)
    held = sum(each.held for each in engagements)
    lost = sum(each.used_by_cancelling for each in engagements)
    return FellowCoaching(
        fellowship_id=fellowship_id,
        entitled_minutes=entitled,
        held_minutes=held,
        used_by_cancelling=lost,
        left_minutes=sum(max(0, each.entitled - each.held - each.used_by_cancelling) for each in engagements),
        sessions=sum(each.sessions for each in engagements),
        percent_used=percent(held + lost, entitled),
        over_entitlement=any(each.held + each.used_by_cancelling > each.entitled for each in engagements),
        imprecise_dates=sum(each.imprecise_dates for each in engagements),
        engagements=tuple(engagements),
    )
