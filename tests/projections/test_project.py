"""Project portfolios: who works on what, and which milestones were reached when."""

from datetime import date

from domain.event import Event
from domain.fellowship import FELLOWSHIP
from domain.project import PROJECT, join_project, leave_project
from domain.project_events import (
    CharterApproved,
    Classification,
    CycleDecision,
    ImprovementAbandoned,
    ImprovementAdopted,
    Outcome,
    PdsaCycleConcluded,
    Prediction,
    ProjectAbandoned,
    ProjectProposed,
    ProjectReported,
    Sustainability,
    SustainabilityAssessed,
)
from domain.values import FellowshipId, Happened, Precision, ProjectId, SiteId
from infra.log.desk import Desk
from infra.views.reading import At
from projections.cohort import cohort
from projections.milestone import Milestone
from projections.outcomes import outcomes
from projections.project import portfolio
from tests.office import Office


def record(office: Office, project: ProjectId, day: date, event: Event, precision: Precision = Precision.DAY) -> int:
    return office.do(lambda desk: desk.record(PROJECT, project, event, Happened(day, precision))).position


def cycle(number: int) -> PdsaCycleConcluded:
    return PdsaCycleConcluded(
        cycle=number, prediction=Prediction.IMPROVEMENT, outcome=Outcome.NO_CHANGE, decision=CycleDecision.ADAPT
    )


def lasted(months: int, answer: Sustainability) -> SustainabilityAssessed:
    return SustainabilityAssessed.model_validate({"months": months, "sustainability": answer})


def test_a_portfolio_tells_milestones_by_the_day_they_were_first_reached(office: Office) -> None:
    year = office.cohort(office.programme(), 2013)
    fellow, project, site = FellowshipId.new(), ProjectId.new(), SiteId.new()
    office.do(office.accepting(fellow, office.person(), year, date(2013, 6, 1)))
    office.do(office.confirming(fellow, date(2013, 6, 1)))
    office.do(office.starting(fellow, year, date(2013, 9, 1)))
    record(office, project, date(2013, 10, 1), ProjectProposed(title="Sepsis six"))

    def join(desk: Desk) -> None:
        event = join_project(desk.fold(FELLOWSHIP, fellow, on=date(2013, 10, 2)), fellowship_id=fellow)
        desk.record(PROJECT, project, event, Happened(date(2013, 10, 2)))

    def leave(desk: Desk) -> None:
        event = leave_project(desk.fold(FELLOWSHIP, fellow, on=date(2014, 7, 1)), fellowship_id=fellow)
        desk.record(PROJECT, project, event, Happened(date(2014, 7, 1)))

    office.do(join)
    charter = record(office, project, date(2013, 11, 1), CharterApproved(aim="Nine in ten"), Precision.MONTH)
    later = record(office, project, date(2014, 3, 1), cycle(2))
    first = record(office, project, date(2014, 2, 1), cycle(1))
    office.do(leave)
    record(office, project, date(2014, 8, 1), ProjectReported())
    record(office, project, date(2014, 9, 1), ImprovementAdopted(site_id=site))
    record(office, project, date(2014, 10, 1), ImprovementAbandoned(site_id=site))
    record(office, project, date(2015, 8, 1), lasted(12, Sustainability.PARTLY))
    record(office, project, date(2016, 8, 1), lasted(24, Sustainability.SUSTAINED))
    record(office, project, date(2019, 8, 1), lasted(60, Sustainability.NOT_SUSTAINED))
    record(office, project, date(2019, 9, 1), ProjectAbandoned())
    with office.reading() as connection:
        known = office.known()

        def reached(at: At) -> list[tuple[Milestone, date, int]]:
            (row,) = portfolio(connection, at, fellowship_id=fellow)
            return [(each.milestone, each.reached_on, each.cause) for each in row.milestones]

        assert reached(At(date(2014, 4, 1), later)) == [
            (Milestone.CHARTER_APPROVED, date(2013, 11, 1), charter),
            (Milestone.FIRST_PDSA_CONCLUDED, date(2014, 3, 1), later),
        ]
        assert reached(At(date(2014, 4, 1), known)) == [
            (Milestone.CHARTER_APPROVED, date(2013, 11, 1), charter),
            (Milestone.FIRST_PDSA_CONCLUDED, date(2014, 2, 1), first),
        ]
        (row,) = portfolio(connection, At(date(2020, 1, 1), known), cohort_id=year)
        assert [row] == portfolio(connection, At(date(2020, 1, 1), known), project_id=project)
        assert [row] == portfolio(connection, At(date(2020, 1, 1), known))
        assert (row.cycles, row.sites, row.abandoned_on) == (2, 0, date(2019, 9, 1))
        assert row.classification is Classification.QUALITY_IMPROVEMENT
        answers = (row.sustained_12, row.sustained_24, row.sustained_60)
        assert answers == (Sustainability.PARTLY, Sustainability.SUSTAINED, Sustainability.NOT_SUSTAINED)
        assert [each.milestone for each in row.milestones][2:] == [
            Milestone.REPORTED,
            Milestone.ADOPTED_ELSEWHERE,
            Milestone.SUSTAINED,
        ]
        assert [each.lost_on for each in row.milestones[2:]] == [None, None, date(2019, 8, 1)]
        assert row.milestones[0].precision is Precision.MONTH
        assert [(each.fellowship_id, each.left_on) for each in row.fellows] == [(fellow, date(2014, 7, 1))]
        assert portfolio(connection, At(date(2020, 1, 1), known), fellowship_id=FellowshipId.new()) == []

        at = At(date(2020, 1, 1), known)
        asked = cohort(connection, at, year)
        assert asked is not None
        figures = outcomes(connection, at, asked, months=(60,)).months[0].milestones
        assert figures is not None
        # What was reached after the fellow had left the project is not the cohort's.
        assert [each for each, figure in figures.items() if figure.count] == [
            Milestone.CHARTER_APPROVED,
            Milestone.FIRST_PDSA_CONCLUDED,
        ]
        assert figures[Milestone.CHARTER_APPROVED].imprecise_dates == 1
        assert figures[Milestone.CHARTER_APPROVED].project_ids == (project,)


def test_an_improvement_is_sustained_as_long_as_the_latest_assessment_says_so(office: Office) -> None:
    year = office.cohort(office.programme(), 2013)
    fellow, project = FellowshipId.new(), ProjectId.new()
    office.do(office.accepting(fellow, office.person(), year, date(2013, 6, 1)))
    office.do(office.confirming(fellow, date(2013, 6, 1)))
    office.do(office.starting(fellow, year, date(2013, 9, 1)))
    record(office, project, date(2013, 10, 1), ProjectProposed(title="Sepsis six"))

    def join(desk: Desk) -> None:
        event = join_project(desk.fold(FELLOWSHIP, fellow, on=date(2013, 10, 2)), fellowship_id=fellow)
        desk.record(PROJECT, project, event, Happened(date(2013, 10, 2)))

    office.do(join)
    found = record(office, project, date(2014, 8, 20), lasted(12, Sustainability.SUSTAINED))
    before = office.known()
    lost = record(office, project, date(2015, 8, 20), lasted(24, Sustainability.UNKNOWN))
    still = record(office, project, date(2019, 8, 20), lasted(60, Sustainability.SUSTAINED))
    with office.reading() as connection:

        def told(day: date, known: int) -> tuple[object, ...]:
            (row,) = portfolio(connection, At(day, known), project_id=project)
            (reached,) = row.milestones
            return (row.sustainability, row.assessed_on, reached.reached_on, reached.lost_on, reached.cause)

        first = date(2014, 8, 20)
        assert told(date(2015, 8, 19), still) == (Sustainability.SUSTAINED, first, first, None, found)
        assert told(date(2016, 1, 1), before) == (Sustainability.SUSTAINED, first, first, None, found)
        second = date(2015, 8, 20)
        assert told(date(2016, 1, 1), still) == (Sustainability.UNKNOWN, second, first, second, lost)
        last = date(2019, 8, 20)
        assert told(date(2020, 1, 1), still) == (Sustainability.SUSTAINED, last, first, None, still)

        def sustained(known: int) -> list[int]:
            at = At(date(2020, 1, 1), known)
            asked = cohort(connection, at, year)
            assert asked is not None
            reached = [each.milestones for each in outcomes(connection, at, asked).months]
            return [each[Milestone.SUSTAINED].count for each in reached if each is not None]

        # At the end, and 12, 24 and 60 months after it.
        assert sustained(before) == [1, 1, 1, 1]
        assert sustained(still) == [1, 0, 0, 1]
