"""The joined answers about work: secondments, and projects."""

from typing import Any

from sqlalchemy import Connection

from domain.fellowship_events import FellowshipCompleted, FellowshipStarted, PlaceAccepted
from domain.organisation import OrganisationRecorded
from domain.project_events import FellowJoinedProject, PdsaCycleConcluded, ProjectProposed
from domain.secondment_events import AgreementSigned, ReleaseAgreed, SecondmentStarted
from projections.completed import completed_without_project
from projections.milestone import MILESTONES
from projections.organisation import ORGANISATIONS
from projections.project import PROJECTS, UNDERTAKINGS, portfolio
from projections.secondees import secondees, secondments
from projections.secondment import SECONDMENTS
from projections.standing import STANDING
from tests.projections import law_work
from tests.projections.law_join import CLOSE, Join, first
from tests.projections.law_world import Question

RELEASED = (
    *first(OrganisationRecorded, ReleaseAgreed, AgreementSigned, AgreementSigned, SecondmentStarted),
    *((ReleaseAgreed, 2), (SecondmentStarted, 2)),
)
IMPROVING = first(ProjectProposed, FellowJoinedProject, PdsaCycleConcluded, PlaceAccepted)
COMPLETED = first(PlaceAccepted, FellowshipStarted, FellowJoinedProject, FellowshipCompleted)


def _portfolio(connection: Connection, asked: Question) -> Any:
    of_cohort: dict[str, Any] = {"cohort_id": asked.one, "attribution": asked.attribution}
    ways: tuple[dict[str, Any], ...] = (
        {},
        {"project_id": asked.one},
        {"fellowship_id": asked.one},
        of_cohort,
        of_cohort | {"project_id": asked.other},
    )
    return portfolio(connection, asked.at, **ways[asked.way % 5])


OF_WORK: tuple[Join, ...] = (
    Join(
        "the secondments of a fellow",
        (SECONDMENTS,),
        CLOSE,
        lambda connection, asked: secondments(connection, asked.at, asked.one),
        law_work.secondments,
        story=RELEASED,
    ),
    Join(
        "secondees and released WTE",
        (SECONDMENTS, ORGANISATIONS),
        CLOSE,
        lambda connection, asked: secondees(connection, asked.at, asked.one if asked.way % 2 else None),
        law_work.secondees,
        story=RELEASED,
    ),
    Join(
        "the portfolio and its milestones",
        (PROJECTS, UNDERTAKINGS, MILESTONES, STANDING),
        CLOSE,
        _portfolio,
        law_work.portfolio,
        story=IMPROVING,
    ),
    Join(
        "who completed without a project",
        (STANDING, UNDERTAKINGS),
        CLOSE,
        lambda connection, asked: completed_without_project(
            connection,
            asked.at,
            cohort_id=None if asked.way % 2 else asked.one,
            attribution=asked.attribution,
        ),
        law_work.completed,
        story=COMPLETED,
    ),
)
