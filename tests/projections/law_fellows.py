"""Plain answers about where fellows are: counts, rosters, changes, retention, and which cohorts there are."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from domain.fellowship_state import Standing
from infra.views.reading import At
from projections.cohort import COHORTS, CohortRow
from projections.programme import PROGRAMMES
from projections.retention import CohortRetention, Month
from projections.roster import RosterRow
from projections.standing import STANDING, Attribution, CohortStanding
from tests.projections.law_entries import became
from tests.projections.law_world import Question, Row, World

_COUNTS = {
    "accepted": (Standing.ACCEPTED, Standing.CONFIRMED),
    "in_progress": (Standing.IN_PROGRESS,),
    "paused": (Standing.PAUSED,),
    "deferred": (Standing.DEFERRED,),
    "completed": (Standing.COMPLETED,),
    "not_completed": (Standing.NOT_COMPLETED, Standing.ENDED_BY_PROGRAMME),
    "withdrawn": (Standing.WITHDRAWN,),
    "place_given_up": (Standing.PLACE_GIVEN_UP,),
}
_COUNTED = {state for states in _COUNTS.values() for state in states}
MONTHS = (0, 3, 6, 12)


def members(world: World, at: At, cohort_id: str, attribution: Attribution) -> list[Row]:
    """Those whom a cohort has, by origin or now, however they stand."""
    return [row for row in world.rows(STANDING, at) if getattr(row.state, f"{attribution}_cohort_id") == cohort_id]


def imprecise(rows: Iterable[Any]) -> int:
    """How many of these hold since a day that is not known as such."""
    return sum(row.precision.value != "day" for row in rows)


def standing(world: World, asked: Question) -> CohortStanding:
    """The counts of a cohort, and who moved."""
    mine = members(world, asked.at, asked.one, asked.attribution)
    counted = [row.state for row in mine if row.state.state in _COUNTED]
    origin = {row.key for row in members(world, asked.at, asked.one, Attribution.ORIGIN)}
    current = {row.key for row in members(world, asked.at, asked.one, Attribution.CURRENT)}
    return CohortStanding(
        {name: sum(state.state in states for state in counted) for name, states in _COUNTS.items()},
        imprecise_dates=imprecise(counted),
        moved_in=len(current - origin),
        moved_out=len(origin - current),
    )


def roster(world: World, asked: Question) -> list[RosterRow]:
    """The fellows that the counts count."""
    found: list[RosterRow] = []
    for row in members(world, asked.at, asked.one, asked.attribution):
        if row.state.state in _COUNTED:
            target = row.state.target_cohort_id if row.state.state is Standing.DEFERRED else None
            told = row.told(RosterRow._fields, target_cohort_id=target)
            found.append(RosterRow(fellowship_id=row.key[0], **told))
    return found


def changes(world: World, asked: Question) -> list[Any]:
    """Who stands otherwise than was known before, and which entries made it so."""
    known = asked.at.known
    after = {row.fellowship_id: row for row in roster(world, asked)}
    earlier = asked._replace(at=At(asked.at.valid, asked.earlier))
    before = {row.fellowship_id: row for row in roster(world, earlier)}
    found: list[Any] = []
    for fellow in sorted({*before, *after}):
        was, now = before.get(fellow), after.get(fellow)
        if was and now and _shown(was) == _shown(now):
            continue
        entries = world.entries(known, f"fellowship:{fellow}")
        concerned = {entry.slot for entry in entries if entry.day <= asked.at.valid}
        made = [entry for entry in entries if entry.position > asked.earlier and entry.slot in concerned]
        person = next(row.person_id for row in (now, was) if row is not None)
        found.append((fellow, person, was, now, became(entries, asked.at.valid, made)))
    return found


def _shown(row: RosterRow) -> tuple[Any, ...]:
    left_out = {"cause", "started_on"}
    return tuple(value for name, value in row._asdict().items() if name not in left_out)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or the last that it has."""
    later = day.replace(day=1)
    for _ in range(months):
        later = (later + timedelta(days=31)).replace(day=1)
    return later.replace(day=min(day.day, monthrange(later.year, later.month)[1]))


def retention(world: World, asked: Question, cohorts: Sequence[CohortRow]) -> list[CohortRetention]:
    """What had become of those who started, so many months on."""
    return [
        CohortRetention(
            cohort.cohort_id,
            cohort.code,
            cohort.programme_version,
            cohort.starts_on,
            tuple(_month(world, asked, cohort, month) for month in MONTHS),
        )
        for cohort in cohorts
    ]


def _month(world: World, asked: Question, cohort: CohortRow, month: int) -> Month:
    at = asked.at
    day = months_later(cohort.starts_on, month)
    if day > min(at.valid, asked.until):
        return Month(month, day, not_yet=True)
    then = [row.state for row in members(world, At(day, at.known), cohort.cohort_id, Attribution.ORIGIN)]
    groups = {
        "in_programme": [*_COUNTS["in_progress"], *_COUNTS["paused"], *_COUNTS["deferred"]],
        "completed": _COUNTS["completed"],
        "not_completed": _COUNTS["not_completed"],
        "withdrawn": _COUNTS["withdrawn"],
    }
    started = [each for each in then if each.started_on is not None]
    counts = {group: sum(each.state in states for each in started) for group, states in groups.items()}
    grouped = [each for each in started if any(each.state in states for states in groups.values())]
    return Month(
        month,
        day,
        not_yet=False,
        started=len(grouped),
        retained=counts["in_programme"] + counts["completed"],
        imprecise_dates=imprecise(grouped),
        **counts,
    )


def cohorts(world: World, asked: Question) -> list[CohortRow]:
    """The cohorts, of a programme or all, each with its programme's code."""
    found: list[CohortRow] = []
    for row in world.rows(COHORTS, asked.at):
        if asked.way % 2 or row.state.programme_id == asked.one:
            programme = world.row(PROGRAMMES, asked.at, row.state.programme_id)
            code = programme.state.code if programme else None
            told = row.told(CohortRow._fields)
            del told["cause"]
            found.append(CohortRow(cohort_id=row.key[0], programme_code=code, **told))
    return sorted(found, key=lambda row: (row.starts_on, row.code, row.cohort_id))
