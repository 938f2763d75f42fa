"""Outcomes: what became of cohorts' fellows and their projects, at equal months after their last day."""

from collections.abc import Mapping
from typing import Annotated, TypeVar

from fastapi import Path, Query

from api.deps import Reading
from api.outcomes_answers import (
    PERSONS,
    Behind,
    BehindQuery,
    FigureName,
    FigureOut,
    KnownSince,
    MilestoneFigureOut,
    OutcomeMonthOut,
    OutcomeOut,
    Outcomes,
    OutcomesQuery,
    Part,
    ProjectBehind,
)
from api.problems import reading
from api.reader import Snapshot
from api.routes import Routes
from domain.cohort import COHORT
from domain.refusal import NothingRecorded
from domain.values import CohortId, ProjectId
from projections.cohort import cohort
from projections.figure import Figure, recorded_at
from projections.milestone import Milestone
from projections.outcomes import OUTCOME_VIEWS, OutcomeMonth, PersonOutcome, outcomes
from projections.person import PEOPLE

router = Routes(prefix="/v1/cohorts", tags=["outcomes"])

F = TypeVar("F", bound=FigureOut)


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
    asked: Annotated[BehindQuery, Query()],
    reader: Reading,
) -> Behind:
    """The people, the projects and the entries behind one figure of a cohort's outcomes."""
    with reader.at(asked, *OUTCOME_VIEWS, PEOPLE) as snapshot:
        snapshot.version(COHORT, cohort_id)
        row = cohort(snapshot.connection, snapshot.at, cohort_id)
        part = asked.only is Part.IMPRECISE
        told = row and outcomes(snapshot.connection, snapshot.at, row, [month], imprecise=part)
        found = told and told.months[0]
        counted = None if found is None or found.not_yet else _counted(found, figure.value, imprecise=part)
        people = (
            [each for each in found.people if each.fellowship_id in counted.fellowship_ids] if found and counted else []
        )
        names = snapshot.names(each.person_id for each in people)
        causes = counted.causes if counted else ()
        since = _known_since(snapshot, counted.known_since if counted else {})
        return snapshot.answer(
            Behind,
            cohort_id=cohort_id,
            month=month,
            day=found and found.day,
            not_yet=bool(found and found.not_yet),
            figure=figure,
            count=counted and counted.count,
            people=[_person(snapshot, each, names, since.get(each.fellowship_id)) for each in people],
            projects=[
                ProjectBehind(
                    project_id=ProjectId(each),
                    known_since=since.get(each),
                    href=snapshot.href(f"/v1/projects/{each}"),
                )
                for each in (counted.project_ids if counted else ())
            ],
            entries=snapshot.causes(causes[:500]) if causes else None,
        )


def _month(snapshot: Snapshot, cohort_id: CohortId, found: OutcomeMonth) -> OutcomeMonthOut:
    def href(name: str, only: Part | None = None) -> str:
        path = f"/v1/cohorts/{cohort_id}/outcomes/{found.month}/{name}"
        return snapshot.href(path, only=only and only.value)

    def out(made: type[F], name: str, figure: Figure | None, of: str) -> F | None:
        return figure and made(
            count=figure.count,
            n=figure.n,
            percent=figure.percent,
            imprecise_dates=figure.imprecise_dates,
            href=href(name),
            hrefs={"count": href(name), "n": href(of), "imprecise_dates": href(name, Part.IMPRECISE)},
        )

    reached = {
        milestone: out(MilestoneFigureOut, milestone.value, each, "projects")
        for milestone, each in (found.milestones or {}).items()
    }
    return OutcomeMonthOut(
        month=found.month,
        day=found.day,
        not_yet=found.not_yet,
        n=found.n,
        href=None if found.not_yet else href("n"),
        hrefs={} if found.not_yet else {"n": href("n"), "projects_n": href("projects")},
        projects_n=found.projects and found.projects.count,
        milestones=None if found.not_yet else {each: made for each, made in reached.items() if made is not None},
        promoted=out(FigureOut, "promoted", found.promoted, "n"),
        not_promoted=out(FigureOut, "not_promoted", found.not_promoted, "n"),
        not_known=out(FigureOut, "not_known", found.not_known, "n"),
        traced=out(FigureOut, "traced", found.traced, "n"),
        qi_remit=out(FigureOut, "qi_remit", found.qi_remit, "qi_remit_known"),
        qi_remit_known=out(FigureOut, "qi_remit_known", found.qi_remit_known, "n"),
        qi_remit_not_known=out(FigureOut, "qi_remit_not_known", found.qi_remit_not_known, "n"),
    )


def _counted(found: OutcomeMonth, name: str, *, imprecise: bool) -> Figure | None:
    """The figure of that name; for `n` one that counts everybody, none of them for a date that is not exact."""
    if name == "n":
        people = () if imprecise else found.people
        causes = sorted({cause for each in people for cause in each.causes})
        everybody = tuple(each.fellowship_id for each in people)
        return Figure(len(everybody), len(everybody), None, frozenset(), everybody, tuple(causes))
    if name in (*PERSONS, "projects"):
        figure: Figure | None = getattr(found, name)
        return figure
    return (found.milestones or {}).get(Milestone(name))


def _known_since(snapshot: Snapshot, positions: Mapping[str, int]) -> dict[str, KnownSince]:
    moments = recorded_at(snapshot.connection, set(positions.values()))
    return {
        identifier: KnownSince(position=position, recorded_at=moments[position])
        for identifier, position in positions.items()
    }


def _person(
    snapshot: Snapshot, found: PersonOutcome, names: Mapping[str, str], known_since: KnownSince | None
) -> OutcomeOut:
    more = {
        "name": names.get(str(found.person_id)),
        "known_since": known_since,
        "href": snapshot.timeline(found.fellowship_id),
        "entries": snapshot.causes(found.causes),
    }
    return OutcomeOut.model_validate(found._asdict() | more)
