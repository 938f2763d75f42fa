"""Where fellows are: the state, the origin and the current cohort of every fellowship, and a cohort's counts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, func, select

from domain.event import Recorded
from domain.fellowship_events import (
    CompletionRescinded,
    FellowshipCompleted,
    FellowshipDeferred,
    FellowshipEndedByProgramme,
    FellowshipEvent,
    FellowshipNotCompleted,
    FellowshipPaused,
    FellowshipResumed,
    FellowshipStarted,
    FellowshipTakenUp,
    FellowshipWithdrawn,
    OfferLapsed,
    PlaceAccepted,
    PlaceConfirmed,
    PlaceDeclined,
    PlaceGivenUp,
    PlaceOffered,
    WithdrawalReversed,
)
from domain.fellowship_state import Standing
from domain.values import CohortId, FellowshipId, PersonId, Precision, ProgrammeId
from infra.postgres.prepared import Prepared
from infra.views.reading import KNOWN, VALID, At
from infra.views.view import Routed, View


class Fellow(NamedTuple):
    """Where a fellow is. The cohorts are set once a place is accepted: an offer belongs to no cohort's counts."""

    person_id: PersonId
    programme_id: ProgrammeId
    origin_cohort_id: CohortId | None
    current_cohort_id: CohortId | None
    target_cohort_id: CohortId | None
    state: Standing
    since: date
    precision: Precision
    started_on: date | None
    before: Standing | None
    """How the fellow stood before the end; a reversal returns to it."""


def route(recorded: Recorded) -> Iterable[Routed]:
    """A fellowship's facts go to that fellowship."""
    if isinstance(recorded.event, FellowshipEvent):
        yield Routed((recorded.key,), recorded.day, recorded)


def fold(fellow: Fellow | None, fact: Recorded) -> Fellow | None:
    """Where the fellow is after a fact."""
    event = fact.event
    if isinstance(event, PlaceOffered) and fellow is not None:
        return fellow
    if isinstance(event, PlaceOffered | PlaceAccepted):
        accepted = isinstance(event, PlaceAccepted)
        cohort = event.cohort_id if accepted else None
        return Fellow(
            person_id=event.person_id,
            programme_id=event.programme_id,
            origin_cohort_id=cohort,
            current_cohort_id=cohort,
            target_cohort_id=None,
            state=Standing.ACCEPTED if accepted else Standing.OFFERED,
            since=fact.day,
            precision=fact.happened.precision,
            started_on=None,
            before=None,
        )
    if fellow is None:
        return None
    now = fellow._replace(since=fact.day, precision=fact.happened.precision)
    match event:
        case FellowshipStarted():
            return now._replace(state=Standing.IN_PROGRESS, started_on=fact.day)
        case FellowshipDeferred():
            return now._replace(state=Standing.DEFERRED, target_cohort_id=event.to_cohort_id)
        case FellowshipTakenUp():
            state = Standing.IN_PROGRESS if fellow.started_on else Standing.CONFIRMED
            return now._replace(state=state, current_cohort_id=event.cohort_id, target_cohort_id=None)
        case WithdrawalReversed() | CompletionRescinded():
            return now._replace(state=fellow.before or fellow.state, before=None)
        case _ if (state := _WHILE.get(type(event))) is not None:
            return now._replace(state=state)
        case _ if (state := _END.get(type(event))) is not None:
            return now._replace(state=state, before=fellow.state)
        case _:
            return fellow


_WHILE: Mapping[type, Standing] = {
    PlaceConfirmed: Standing.CONFIRMED,
    FellowshipPaused: Standing.PAUSED,
    FellowshipResumed: Standing.IN_PROGRESS,
}
_END: Mapping[type, Standing] = {
    PlaceDeclined: Standing.DECLINED,
    OfferLapsed: Standing.LAPSED,
    PlaceGivenUp: Standing.PLACE_GIVEN_UP,
    FellowshipWithdrawn: Standing.WITHDRAWN,
    FellowshipCompleted: Standing.COMPLETED,
    FellowshipNotCompleted: Standing.NOT_COMPLETED,
    FellowshipEndedByProgramme: Standing.ENDED_BY_PROGRAMME,
}

STANDING = View(
    name="standing",
    version=2,
    key={"fellowship_id": FellowshipId},
    state=Fellow,
    route=route,
    fold=fold,
    ever=("origin_cohort_id", "current_cohort_id"),
    counted=(("programme_id", "state"),),
)


class FellowRow(NamedTuple):
    """Where one fellow is, as a reader sees it, and the position of the entry that made it so."""

    fellowship_id: str
    person_id: str
    programme_id: str
    state: Standing
    since: date
    precision: Precision
    origin_cohort_id: str | None
    current_cohort_id: str | None
    target_cohort_id: str | None
    started_on: date | None
    cause: int


_NAMED = STANDING.as_of(VALID, KNOWN, keys="fellowships")
_FELLOW = Prepared(select(*(_NAMED.c[name] for name in FellowRow._fields)))


def fellow(connection: Connection, at: At, fellowship_id: str) -> FellowRow | None:
    """Where one fellow is, or None where there was no such fellowship then."""
    found = _FELLOW.rows(connection, at.given(fellowships=[fellowship_id]), FellowRow._make)
    if not found:
        return None
    (row,) = found
    state = Standing(row.state)
    target = row.target_cohort_id if state is Standing.DEFERRED else None
    return row._replace(state=state, precision=Precision(row.precision), target_cohort_id=target)


class Attribution(StrEnum):
    """Which cohort a fellow is counted in.

    `origin`: the one whose place they accepted, wherever they are. `current`: the one they are a member of on the day,
    ended in, or were deferred from until the other has taken them up.
    """

    ORIGIN = "origin"
    CURRENT = "current"

    @property
    def column(self) -> str:
        """The column of the view that holds it."""
        return f"{self.value}_cohort_id"


COUNTED: Mapping[Standing, str] = {
    Standing.ACCEPTED: "accepted",
    Standing.CONFIRMED: "accepted",
    Standing.IN_PROGRESS: "in_progress",
    Standing.PAUSED: "paused",
    Standing.DEFERRED: "deferred",
    Standing.COMPLETED: "completed",
    Standing.NOT_COMPLETED: "not_completed",
    Standing.ENDED_BY_PROGRAMME: "not_completed",
    Standing.WITHDRAWN: "withdrawn",
    Standing.PLACE_GIVEN_UP: "place_given_up",
}
"""Under which count each state goes; offers, and what became of those not accepted, are not counted."""


@dataclass(frozen=True, slots=True)
class CohortStanding:
    """A cohort's counts, all always there; how many rest on a date not known to the day; who moved in and out."""

    counts: Mapping[str, int]
    imprecise_dates: int
    moved_in: int
    moved_out: int


def _groups(attribution: Attribution) -> Select[Any, bool, bool, int]:
    rows = STANDING.as_of(VALID, KNOWN, where={attribution.column: bindparam("cohort_id")})
    exact = rows.c.precision == Precision.DAY
    stayed = rows.c.origin_cohort_id == rows.c.current_cohort_id
    grouped = select(rows.c.state, exact.label("exact"), stayed.label("stayed"), func.count())
    return grouped.group_by(rows.c.state, "exact", "stayed")


_GROUPS = {attribution: Prepared(_groups(attribution)) for attribution in Attribution}


def standing(connection: Connection, at: At, cohort_id: str, attribution: Attribution) -> CohortStanding:
    """How a cohort's fellows stand. `moved_in`: members who accepted elsewhere; `moved_out`: those now elsewhere."""
    counts = dict.fromkeys(COUNTED.values(), 0)
    imprecise = 0
    moved: dict[Attribution, int] = {}
    given = at.given(cohort_id=cohort_id)
    for member in Attribution:
        moved[member] = 0
        for state, precise, remained, people in _GROUPS[member].rows(connection, given, tuple):
            moved[member] += 0 if remained else people
            if member is attribution and (count := COUNTED.get(Standing(state))) is not None:
                counts[count] += people
                imprecise += 0 if precise else people
    return CohortStanding(counts, imprecise, moved_in=moved[Attribution.CURRENT], moved_out=moved[Attribution.ORIGIN])


_COUNTED = Prepared(select(STANDING.count(VALID, KNOWN, by=("programme_id", "state"))))


def of_programmes(connection: Connection, at: At) -> dict[str, Mapping[str, int]]:
    """How the fellows of each programme stand, over all its cohorts: its counts, all always there, by identifier.

    It takes as long, however many fellows there are and however long the record is.
    """
    counted: dict[str, Counter[str]] = {}
    for programme_id, state, people in _COUNTED.rows(connection, at.given(), tuple):
        counts = counted.setdefault(str(programme_id), Counter(dict.fromkeys(COUNTED.values(), 0)))
        if (count := COUNTED.get(Standing(state))) is not None:
            counts[count] += people
    return {programme_id: dict(counts) for programme_id, counts in counted.items()}
