"""How cohorts held on to their fellows."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.answers import Answer
from api.deps import Reading
from api.examples import answered
from api.figures import Figures, figure
from api.handlers import NotThere
from api.problems import of_refusal, reading
from api.reader import Coordinates, Snapshot
from api.routes import Routes
from api.standing import Only
from domain.refusal import NothingRecorded
from domain.values import CohortId
from projections.cohort import COHORTS, cohorts
from projections.programme import PROGRAMMES, programmes
from projections.retention import GROUPS, MONTHS, CohortRetention, retention
from projections.standing import STANDING, Attribution

router = Routes(prefix="/v1", tags=["questions"])

_MONTH = {
    "month": 6,
    "day": "2014-03-02",
    "not_yet": False,
    "started": 17,
    "in_programme": 16,
    "completed": 0,
    "not_completed": 0,
    "withdrawn": 1,
    "retained": 16,
    "imprecise_dates": 0,
    "hrefs": dict.fromkeys(
        ("started", *GROUPS, "retained", "imprecise_dates"),
        f"/v1/cohorts/{examples.COHORT}/roster?as_at=2014-03-02&known_at=1204&attribution=origin&only=started",
    ),
}
_NOT_YET = dict.fromkeys(_MONTH) | {"month": 12, "day": "2014-09-02", "not_yet": True, "hrefs": dict[str, str]()}


class RetentionQuery(Coordinates):
    """Where an answer is to stand, and whose cohorts are compared at which months."""

    programme: Annotated[str, Field(min_length=1, max_length=40)] | None = Field(
        None, description="A programme, by its identifier or its code; by default all.", examples=["QIF"]
    )
    months: Annotated[list[Annotated[int, Field(ge=0, le=600)]], Field(max_length=40)] = Field(
        list(MONTHS), description="Months since each cohort's first day."
    )


class MonthOut(Figures):
    """Where those who had started were, so many months after the cohort's first day.

    `not_yet`, without figures: that day lies after the day of the answer, or after the last on which what is known was
    all that was recorded.

    `retained` is in the programme (in progress, paused or deferred) or completed. The addresses are of the cohort's
    roster as at that day.
    """

    model_config = ConfigDict(from_attributes=True)

    month: int
    day: date
    not_yet: bool
    started: int | None = figure()
    in_programme: int | None = figure()
    completed: int | None = figure()
    not_completed: int | None = figure()
    withdrawn: int | None = figure()
    retained: int | None = figure()
    imprecise_dates: int | None = figure("How many rest on a date not known to the day.")


class CohortRetentionOut(BaseModel):
    """One cohort, by origin: everyone who accepted a place in it, wherever they are."""

    model_config = ConfigDict(from_attributes=True)

    cohort_id: CohortId
    code: str
    programme_version: str
    starts_on: date
    months: list[MonthOut]


class Retention(Answer):
    """Cohorts at equal months since their start."""

    model_config = answered(
        "standing 2",
        "cohort 1",
        "programme 1",
        items=[
            {
                "cohort_id": examples.COHORT,
                "code": "QIF-2013",
                "programme_version": "2013",
                "starts_on": "2013-09-02",
                "months": [_MONTH, _NOT_YET],
            }
        ],
    )

    items: list[CohortRetentionOut]


@router.get("/retention", summary="Compare cohorts' retention", responses=reading(NothingRecorded))
def compare_retention(asked: Annotated[RetentionQuery, Query()], reader: Reading) -> Retention:
    """How many of those who had started each cohort still had, at equal months since its first day."""
    with reader.at(asked, STANDING, COHORTS, PROGRAMMES) as snapshot:
        programme_id: str | None = None
        if asked.programme is not None:
            known = programmes(snapshot.connection, snapshot.at)
            named = asked.programme
            found = [row for row in known if named == row.code or named.lower() == row.programme_id]
            if not found:
                said = f"There was no programme {named!r} on the record. Programmes are listed at /v1/programmes."
                raise NotThere(of_refusal(NothingRecorded), "programme", said)
            programme_id = found[0].programme_id
        rows = cohorts(snapshot.connection, snapshot.at, programme_id=programme_id)
        compared = retention(snapshot.connection, snapshot.at, rows, sorted(set(asked.months)))
        return snapshot.answer(Retention, items=[_cohort(snapshot, each) for each in compared])


def _cohort(snapshot: Snapshot, found: CohortRetention) -> CohortRetentionOut:
    months = [
        MonthOut.model_validate(asdict(month) | {"hrefs": {} if month.not_yet else _behind(snapshot, found, month.day)})
        for month in found.months
    ]
    return CohortRetentionOut.model_validate(asdict(found) | {"months": months})


def _behind(snapshot: Snapshot, found: CohortRetention, day: date) -> dict[str, str]:
    """The addresses of the rosters as at a month's day that its figures count."""

    def of(*states: str, imprecise: bool = False) -> str:
        only = [Only.STARTED.value, *([Only.IMPRECISE.value] if imprecise else [])]
        asked = {"attribution": Attribution.ORIGIN.value, "state": states, "only": only}
        return snapshot.href(f"/v1/cohorts/{found.cohort_id}/roster", on=day, **asked)

    return {
        **{group: of(*states) for group, states in GROUPS.items()},
        "started": of(),
        "retained": of(*GROUPS["in_programme"], *GROUPS["completed"]),
        "imprecise_dates": of(imprecise=True),
    }
