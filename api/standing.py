"""Where a cohort's fellows are, who they are, and what made it differ from what was known before."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from api.cohort_bodies import Changes, CohortStandingOut, Counts, Roster
from api.deps import Reading
from api.handlers import invalid
from api.outside import outside, outside_of
from api.problems import reading
from api.reader import Coordinates, Known, Place, Snapshot
from api.routes import Routes
from domain.cohort import COHORT
from domain.refusal import NothingRecorded
from domain.values import LONDON, CohortId, Precision
from projections.cohort import COHORTS, first_recorded
from projections.person import PEOPLE
from projections.roster import RosterRow, changes, named_roster
from projections.standing import COUNTED, STANDING, Attribution, standing

router = Routes(prefix="/v1/cohorts", tags=["cohorts"])


Attributed = Annotated[
    Attribution,
    Field(
        description="`origin`: everyone who accepted a place here, wherever they are. `current`: members on the day, "
        "those who ended here, and those deferred from here until the other cohort has taken them up."
    ),
]


class StandingQuery(Coordinates):
    """Where an answer is to stand, and which cohort a fellow is counted in."""

    attribution: Attributed = Attribution.ORIGIN


class Counted(StrEnum):
    """The counts of a standing, by the name they have there."""

    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    PAUSED = "paused"
    DEFERRED = "deferred"
    COMPLETED = "completed"
    NOT_COMPLETED = "not_completed"
    WITHDRAWN = "withdrawn"
    PLACE_GIVEN_UP = "place_given_up"


class Only(StrEnum):
    """A part of a roster that is counted apart."""

    IMPRECISE = "imprecise"
    MOVED = "moved"
    STARTED = "started"


class RosterQuery(StandingQuery):
    """Where an answer is to stand, and which of a cohort's fellows are listed."""

    state: Annotated[list[Counted], Field(max_length=len(Counted))] = Field(
        [], description="Only those whom these counts count; by default all."
    )
    only: Annotated[list[Only], Field(max_length=len(Only))] = Field(
        [],
        description="`imprecise`: only those whose state rests on a date not known to the day. `moved`: only those "
        "who are members of another cohort than the one whose place they accepted. `started`: only those who have "
        "started. Of several, those of whom all is so.",
    )


class ChangesQuery(Place):
    """The day, and the two states of knowledge to compare."""

    known_from: Known = Field(description="As known then: a record number, a date or a time.")
    known_to: Known | None = Field(None, description="As known then; by default as known now.")
    attribution: Attributed = Attribution.ORIGIN


@router.get("/{cohort_id}/standing", summary="Count a cohort's fellows by state", responses=reading(NothingRecorded))
def cohort_standing(
    cohort_id: CohortId, asked: Annotated[StandingQuery, Query()], reader: Reading
) -> CohortStandingOut:
    """How many of a cohort's fellows were in each state at the end of a day, as known at a record number."""
    with reader.at(asked, STANDING, COHORTS) as snapshot:
        notice = _notice(snapshot, cohort_id)
        found = standing(snapshot.connection, snapshot.at, cohort_id, asked.attribution)
        return snapshot.answer(
            CohortStandingOut,
            asides=outside(snapshot, cohort_id),
            cohort_id=cohort_id,
            attribution=asked.attribution,
            counts=Counts.model_validate(found.counts),
            imprecise_dates=found.imprecise_dates,
            moved_in=found.moved_in,
            moved_out=found.moved_out,
            notice=notice,
            hrefs=_behind(snapshot, cohort_id, asked.attribution),
        )


@router.get("/{cohort_id}/roster", summary="List a cohort's fellows", responses=reading(NothingRecorded))
def cohort_roster(cohort_id: CohortId, asked: Annotated[RosterQuery, Query()], reader: Reading) -> Roster:
    """The fellows whom the counts count, or one of them: who they are, and where they were at the end of a day."""
    with reader.at(asked, STANDING, PEOPLE, COHORTS) as snapshot:
        found, days = named_roster(snapshot.connection, snapshot.at, cohort_id, asked.attribution)
        # Whoever is there joined a cohort that was on the record by then.
        notice = None if found else _notice(snapshot, cohort_id)
        names = snapshot.opened({row.person_id: name for row, name in found})
        items = [_fellow(row, names) for row, _ in found if _chosen(row, asked.state, asked.only)]
        return snapshot.answer(
            Roster,
            asides=outside_of(days, snapshot.at.valid),
            cohort_id=cohort_id,
            attribution=asked.attribution,
            items=items,
            notice=notice,
            hrefs=snapshot.timelines(each["fellowship_id"] for each in items),
        )


@router.get("/{cohort_id}/changes", summary="Compare a cohort with what was known", responses=reading(NothingRecorded))
def cohort_changes(cohort_id: CohortId, asked: Annotated[ChangesQuery, Query()], reader: Reading) -> Changes:
    """Each fellow who, as at one day, stands otherwise as known later: before, after, and the entries behind it."""
    with reader.at(asked, STANDING, PEOPLE, COHORTS, parameter="known_to") as snapshot:
        _notice(snapshot, cohort_id)
        known_from = reader.known(snapshot.connection, (STANDING,), asked.known_from, "known_from")
        if known_from > snapshot.at.known:
            raise invalid("query", "known_from", f"this is record number {known_from}, after that of known_to")
        found = changes(
            snapshot.connection, cohort_id, snapshot.at.valid, known_from, snapshot.at.known, asked.attribution
        )
        names = snapshot.names(change.person_id for change in found)
        shown = {
            entry.position: entry for entry in snapshot.entries([entry for each in found for entry in each.entries])
        }
        items = [
            {
                "fellowship_id": change.fellowship_id,
                "person_id": change.person_id,
                "name": names.get(change.person_id),
                "before": change.before and _fellow(change.before, names),
                "after": change.after and _fellow(change.after, names),
                "entries": [shown[entry.position] for entry in change.entries],
            }
            for change in found
        ]
        return snapshot.answer(
            Changes,
            asides=outside(snapshot, cohort_id),
            cohort_id=cohort_id,
            attribution=asked.attribution,
            known_from=known_from,
            items=items,
        )


def _notice(snapshot: Snapshot, cohort_id: CohortId) -> str | None:
    """Since when and from what source the record knows of the cohort, where the answer stands before that.

    Raises NothingRecorded for a cohort that the record has never heard of.
    """
    first = first_recorded(snapshot.connection, cohort_id)
    if first is None:
        raise NothingRecorded(f"There is no {COHORT.name} {cohort_id} on the record.")
    if first.position <= snapshot.at.known:
        return None
    day = first.recorded_at.astimezone(LONDON).date()
    source = f"from {named.replace('_', ' ')}" if (named := first.stated.source) else "with no source named"
    return (
        f"This cohort is on the record since {day}, record number {first.position}, {source}; "
        f"as known at record number {snapshot.at.known} there was nothing of it yet."
    )


def _fellow(row: RosterRow, names: Mapping[str, str]) -> dict[str, Any]:
    return row._asdict() | {"name": names.get(row.person_id)}


def _behind(snapshot: Snapshot, cohort_id: CohortId, attribution: Attribution) -> dict[str, str]:
    """The addresses of the rosters that the counts of a standing count."""
    path = f"/v1/cohorts/{cohort_id}/roster"

    def of(counted: Attribution = attribution, **chosen: Any) -> str:
        return snapshot.href(path, attribution=counted.value, **chosen)

    return {name: of(state=name) for name in Counts.model_fields} | {
        "imprecise_dates": of(only=Only.IMPRECISE.value),
        "moved_in": of(Attribution.CURRENT, only=Only.MOVED.value),
        "moved_out": of(Attribution.ORIGIN, only=Only.MOVED.value),
    }


def _chosen(row: RosterRow, states: list[Counted], only: list[Only]) -> bool:
    """Whether a fellow belongs to the part of a roster that is asked for."""
    return (not states or COUNTED[row.state] in states) and all(_PARTS[each](row) for each in only)


_PARTS: Mapping[Only, Callable[[RosterRow], bool]] = {
    Only.IMPRECISE: lambda row: row.precision is not Precision.DAY,
    Only.MOVED: lambda row: row.origin_cohort_id != row.current_cohort_id,
    Only.STARTED: lambda row: row.started_on is not None,
}
