"""Outcomes: what became of cohorts' fellows and their projects, at equal months after their last day."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import Asked, Reading
from api.outcomes_answers import (
    PERSONS,
    Behind,
    FigureName,
    FigureOut,
    MonthOut,
    OutcomeOut,
    Outcomes,
    OutcomesQuery,
    ProjectBehind,
)
from api.problems import reading
from api.reader import Snapshot
from domain.cohort import COHORT
from domain.refusal import NothingRecorded
from domain.values import CohortId, ProjectId
from projections.cohort import cohort
from projections.figure import Figure
from projections.milestone import Milestone
from projections.outcomes import OUTCOME_VIEWS, OutcomeMonth, PersonOutcome, outcomes
from projections.person import PEOPLE

router = APIRouter(prefix="/v1/cohorts", tags=["outcomes"])


@router.get(
    "/{cohort_id}/outcomes", summary="Show a cohort's outcomes", responses=reading(NothingRecorded, versioned=True)
)
def cohort_outcomes(cohort_id: CohortId, asked: Annotated[OutcomesQuery, Query()], reader: Reading) -> Outcomes:
    """Promotions, remits, contacts and milestones at equal months after the cohort's last day."""
    with reader.at(asked, *OUTCOME_VIEWS) as snapshot:
        snapshot.version(COHORT, cohort_id)
        row = cohort(snapshot.connection, snapshot.at, cohort_id)
        found = row and outcomes(snapshot.connection, snapshot.at, row, sorted(set(asked.months)))
        return snapshot.answer(
            Outcomes,
            cohort_id=cohort_id,
            code=row and row.code,
            programme_version=row and row.programme_version,
            ends_on=row and row.ends_on,
            months=[_month(snapshot, cohort_id, month) for month in found.months] if found else [],
        )


@router.get(
    "/{cohort_id}/outcomes/{month}/{figure}",
    summary="Show what is behind a figure",
    responses=reading(NothingRecorded, versioned=True),
)
def behind_figure(
    cohort_id: CohortId,
    month: Annotated[int, Path(ge=0, le=600, description="Months since the cohort's last day.")],
    figure: FigureName,
    asked: Asked,
    reader: Reading,
) -> Behind:
    """The people, the projects and the entries behind one figure of a cohort's outcomes."""
    with reader.at(asked, *OUTCOME_VIEWS, PEOPLE) as snapshot:
        snapshot.version(COHORT, cohort_id)
        row = cohort(snapshot.connection, snapshot.at, cohort_id)
        found = outcomes(snapshot.connection, snapshot.at, row, [month]).months[0] if row else None
        counted = None if found is None or found.not_yet else _counted(found, figure.value)
        people = [] if found is None or counted is None else _people(found, counted)
        names = snapshot.names(each.person_id for each in people)
        causes = counted.causes if counted else ()
        return snapshot.answer(
            Behind,
            cohort_id=cohort_id,
            month=month,
            day=found and found.day,
            not_yet=bool(found and found.not_yet),
            figure=figure,
            count=counted and counted.count,
            people=[_person(snapshot, each, names) for each in people],
            projects=[
                ProjectBehind(project_id=ProjectId(each), href=snapshot.href(f"/v1/projects/{each}"))
                for each in (counted.project_ids if counted else ())
            ],
            entries=snapshot.causes(causes[:500]) if causes else None,
        )


def _month(snapshot: Snapshot, cohort_id: CohortId, found: OutcomeMonth) -> MonthOut:
    def href(name: str) -> str:
        return snapshot.href(f"/v1/cohorts/{cohort_id}/outcomes/{found.month}/{name}")

    def out(name: str, figure: Figure | None) -> FigureOut | None:
        return figure and FigureOut(
            count=figure.count,
            n=figure.n,
            percent=figure.percent,
            imprecise_dates=figure.imprecise_dates,
            href=href(name),
        )

    reached = {milestone: out(milestone.value, each) for milestone, each in (found.milestones or {}).items()}
    return MonthOut(
        month=found.month,
        day=found.day,
        not_yet=found.not_yet,
        n=found.n,
        href=None if found.not_yet else href("n"),
        projects_n=found.projects_n,
        milestones=None if found.not_yet else {each: made for each, made in reached.items() if made is not None},
        promoted=out("promoted", found.promoted),
        not_promoted=out("not_promoted", found.not_promoted),
        not_known=out("not_known", found.not_known),
        traced=out("traced", found.traced),
        qi_remit=out("qi_remit", found.qi_remit),
    )


def _counted(found: OutcomeMonth, name: str) -> Figure | None:
    """The figure of that name; for `n` one that counts everybody."""
    if name == "n":
        causes = sorted({cause for each in found.people for cause in each.causes})
        everybody = tuple(each.fellowship_id for each in found.people)
        return Figure(len(everybody), len(everybody), None, 0, everybody, tuple(causes))
    if name in PERSONS:
        figure: Figure | None = getattr(found, name)
        return figure
    return (found.milestones or {}).get(Milestone(name))


def _people(found: OutcomeMonth, figure: Figure) -> list[PersonOutcome]:
    return [each for each in found.people if each.fellowship_id in figure.fellowship_ids]


def _person(snapshot: Snapshot, found: PersonOutcome, names: Mapping[str, str]) -> OutcomeOut:
    more = {
        "name": names.get(str(found.person_id)),
        "href": snapshot.timeline(found.fellowship_id),
        "entries": snapshot.causes(found.causes),
    }
    return OutcomeOut.model_validate(found._asdict() | more)
