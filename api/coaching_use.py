"""Questions about coaching: minutes held, used and left, of what fellows are entitled to."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import Query
from pydantic import ConfigDict, Field

from api import examples
from api.answers import Answer, EntryOut, Percent
from api.deps import Asked, Reading
from api.entry_bodies import Only
from api.examples import answered
from api.fellowship_bodies import ENTRY
from api.figures import Figures, figure
from api.outside import outside
from api.problems import reading
from api.reader import Snapshot
from api.routes import Routes
from api.standing import StandingQuery
from domain.coaching import COACHING, CoachingStage
from domain.coaching_events import (
    CoachChanged,
    CoachingContracted,
    CoachingSessionCancelled,
    CoachingSessionHeld,
    EntitlementExtended,
)
from domain.cohort import COHORT
from domain.event import Event
from domain.fellowship import FELLOWSHIP
from domain.refusal import NothingRecorded
from domain.values import CoachingId, CohortId, FellowshipId, PersonId
from projections.coaching import COACHING_USE, EngagementRow, FellowCoaching, coaching_use
from projections.cohort import COHORTS
from projections.figure import behind
from projections.person import PEOPLE
from projections.roster import roster
from projections.standing import STANDING, Attribution, fellow

router = Routes(prefix="/v1", tags=["coaching"])

_HELD = (CoachingSessionHeld,)
_CANCELLED = (CoachingSessionCancelled,)
KINDS: Mapping[str, tuple[type[Event], ...]] = {
    "entitled": (CoachingContracted, EntitlementExtended, CoachChanged),
    "held": _HELD,
    "used_by_cancelling": _CANCELLED,
    "sessions": _HELD,
    "cancelled": _CANCELLED,
    "imprecise_dates": (*_HELD, *_CANCELLED),
}
"""The kinds of the entries behind each figure of an engagement."""
SUMS: Mapping[str, tuple[str, ...]] = {
    "entitled_minutes": ("entitled",),
    "held_minutes": ("held",),
    "used_by_cancelling": ("used_by_cancelling",),
    "left_minutes": ("entitled", "-held", "-used_by_cancelling"),
    "sessions": ("sessions",),
    "imprecise_dates": ("imprecise_dates",),
}
"""What is added up of engagements for each figure of a fellow's coaching."""
_ENTRIES = f"/v1/entries/coaching/{examples.COACHING}?as_at=2014-04-12&known_at=1204"
_BEHIND = f"/v1/fellowships/{examples.FELLOWSHIP}/coaching?as_at=2014-04-12&known_at=1204"
_ENGAGEMENT = {
    "coaching_id": examples.COACHING,
    "coach_id": examples.COACH,
    "stage": "contracted",
    "since": "2013-10-01",
    "entitled": 540,
    "held": 270,
    "used_by_cancelling": 90,
    "sessions": 3,
    "cancelled": 1,
    "imprecise_dates": 0,
    "continues": None,
    "continued_by": None,
    "cause": 811,
    "href": _ENTRIES,
    "hrefs": dict.fromkeys(KINDS, f"{_ENTRIES}&only=stands"),
}
_FELLOW: dict[str, Any] = {
    "fellowship_id": examples.FELLOWSHIP,
    "person_id": examples.PERSON,
    "name": "Ada Fenner",
    "entitled_minutes": 540,
    "held_minutes": 270,
    "used_by_cancelling": 90,
    "left_minutes": 180,
    "sessions": 3,
    "percent_used": 66.7,
    "over_entitlement": False,
    "imprecise_dates": 0,
    "href": _BEHIND,
    "hrefs": dict.fromkeys(SUMS, _BEHIND),
    "engagements": [_ENGAGEMENT],
}


class EngagementOut(Figures):
    """One coach's engagement with a fellow, in minutes."""

    model_config = ConfigDict(from_attributes=True)

    coaching_id: CoachingId
    coach_id: PersonId
    stage: CoachingStage
    since: date
    entitled: int = figure(
        "What a new coach takes over is taken off.",
        sums=("fields.entitlement_minutes", "fields.minutes", "-fields.carried_minutes"),
    )
    held: int = figure(sums=("fields.minutes",))
    used_by_cancelling: int = figure(sums=("fields.minutes_used",))
    sessions: int = figure()
    cancelled: int = figure()
    imprecise_dates: int = figure("Sessions, held or fallen through, not known to the day.")
    continues: CoachingId | None
    continued_by: CoachingId | None
    cause: int
    href: str = Field(description="All entries of its record.")


def _sum(name: str, description: str | None = None) -> Any:
    return figure(description, rows="coaching.engagements", sums=SUMS[name], least=0)


class FellowCoachingOut(Figures):
    """One fellow's coaching, in minutes: held, or lost by cancelling late, of what they are entitled to."""

    fellowship_id: FellowshipId
    person_id: PersonId | None
    name: str | None
    entitled_minutes: int = _sum("entitled_minutes")
    held_minutes: int = _sum("held_minutes")
    used_by_cancelling: int = _sum("used_by_cancelling")
    left_minutes: int = _sum("left_minutes", "With an engagement that is overdrawn, nothing is left.")
    sessions: int = _sum("sessions")
    percent_used: Percent | None = Field(description="Above 100 where more was used; null of nothing.")
    over_entitlement: bool
    imprecise_dates: int = _sum("imprecise_dates", "Sessions, held or fallen through, not known to the day.")
    href: str = Field(description="The engagements and entries behind these figures.")
    engagements: list[EngagementOut]


class CohortCoaching(Figures, Answer):
    """The coaching of a cohort's fellows; who has none is in no row."""

    model_config = answered(
        "coaching 1",
        "standing 2",
        "person 1",
        "cohort 1",
        cohort_id=examples.COHORT,
        attribution="origin",
        fellows=17,
        hrefs={"fellows": f"/v1/cohorts/{examples.COHORT}/roster?as_at=2014-04-12&known_at=1204"},
        items=[_FELLOW],
    )

    cohort_id: CohortId
    attribution: Attribution
    fellows: int = figure("How many fellows the cohort has, coached or not.")
    items: list[FellowCoachingOut]


class FellowsCoaching(Answer):
    """One fellow's coaching, and the entries behind it."""

    model_config = answered(
        "coaching 1",
        "standing 2",
        "person 1",
        fellowship_id=examples.FELLOWSHIP,
        coaching=_FELLOW,
        entries=[{**ENTRY, "kind": "coaching.session_held", "fields": {"minutes": 90, "mode": None}}],
    )

    fellowship_id: FellowshipId
    coaching: FellowCoachingOut | None = Field(description="Null where no coaching was agreed by then.")
    entries: list[EntryOut]


@router.get(
    "/cohorts/{cohort_id}/coaching",
    summary="Show a cohort's coaching",
    responses=reading(NothingRecorded, versioned=True),
)
def cohort_coaching(cohort_id: CohortId, asked: Annotated[StandingQuery, Query()], reader: Reading) -> CohortCoaching:
    """How much coaching each fellow of a cohort has used, of what they are entitled to."""
    with reader.at(asked, COACHING_USE, STANDING, PEOPLE, COHORTS) as snapshot:
        snapshot.version(COHORT, cohort_id)
        members = roster(snapshot.connection, snapshot.at, cohort_id, asked.attribution)
        persons = {row.fellowship_id: row.person_id for row in members}
        names = snapshot.names(persons.values())
        found = coaching_use(snapshot.connection, snapshot.at, cohort_id=cohort_id, attribution=asked.attribution)
        path = f"/v1/cohorts/{cohort_id}/roster"
        return snapshot.answer(
            CohortCoaching,
            asides=outside(snapshot, cohort_id),
            cohort_id=cohort_id,
            attribution=asked.attribution,
            fellows=len(members),
            hrefs={"fellows": snapshot.href(path, attribution=asked.attribution.value)},
            items=[_fellow(snapshot, each, persons, names) for each in found],
        )


@router.get(
    "/fellowships/{fellowship_id}/coaching",
    summary="Show a fellow's coaching",
    responses=reading(NothingRecorded, versioned=True),
)
def fellow_coaching(fellowship_id: FellowshipId, asked: Asked, reader: Reading) -> FellowsCoaching:
    """One fellow's coaching, engagement by engagement, and the entries behind it. Nothing tells what was said."""
    with reader.at(asked, COACHING_USE, STANDING, PEOPLE) as snapshot:
        snapshot.version(FELLOWSHIP, fellowship_id)
        row = fellow(snapshot.connection, snapshot.at, fellowship_id)
        persons = {} if row is None else {row.fellowship_id: row.person_id}
        found = coaching_use(snapshot.connection, snapshot.at, fellowship_id=fellowship_id)
        streams = [COACHING.of(each.coaching_id) for one in found for each in one.engagements]
        entries = behind(snapshot.connection, snapshot.at, streams)
        names = snapshot.names(persons.values())
        return snapshot.answer(
            FellowsCoaching,
            fellowship_id=fellowship_id,
            coaching=_fellow(snapshot, found[0], persons, names) if found else None,
            entries=snapshot.entries(entries),
        )


def _fellow(
    snapshot: Snapshot, found: FellowCoaching, persons: Mapping[str, str], names: Mapping[str, str]
) -> FellowCoachingOut:
    person_id = persons.get(found.fellowship_id)
    own = ("fellowship_id", "person_id", "name", "href", "hrefs", "engagements")
    href = snapshot.href(f"/v1/fellowships/{found.fellowship_id}/coaching")
    fields: dict[str, Any] = {name: getattr(found, name) for name in FellowCoachingOut.model_fields if name not in own}
    return FellowCoachingOut(
        fellowship_id=FellowshipId(found.fellowship_id),
        person_id=None if person_id is None else PersonId(person_id),
        name=names.get(str(person_id)),
        href=href,
        hrefs=dict.fromkeys(SUMS, href),
        engagements=[_engagement(snapshot, each) for each in found.engagements],
        **fields,
    )


def _engagement(snapshot: Snapshot, row: EngagementRow) -> EngagementOut:
    path = f"/v1/entries/coaching/{row.coaching_id}"

    def of(name: str) -> str:
        only = [Only.STANDS.value, *([Only.IMPRECISE.value] if name == "imprecise_dates" else [])]
        return snapshot.href(path, kind=[each.kind for each in KINDS[name]], only=only)

    return EngagementOut.model_validate(
        row._asdict() | {"href": snapshot.href(path), "hrefs": {name: of(name) for name in KINDS}}
    )
