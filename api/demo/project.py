"""The improvement projects of the demonstration: mostly of two fellows each, from the proposal to what lasted."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from api.demo.acts import Fellow
from api.demo.clerk import FOLLOW_UP, Clerk, Item
from api.demo.invented import ORGANISATIONS, TOPICS, identifier
from api.demo.rows import Told, entered, told
from api.sheets.projects import PROJECTS
from domain.project_events import BaselineReason, CycleDecision, Outcome, Prediction, Sustainability
from domain.values import OrganisationId, ProjectId, SiteId

_DAY = timedelta(days=1)
_UNREPORTED = "project_not_reported"
_LASTED = (Sustainability.SUSTAINED, Sustainability.SUSTAINED, Sustainability.PARTLY, Sustainability.UNKNOWN)


def improved(clerk: Clerk, fellows: Sequence[Fellow], organisations: Mapping[str, OrganisationId]) -> Iterator[Item]:
    """The projects of one cohort's fellows."""
    for number, team in enumerate(_teams([fellow for fellow in fellows if fellow.started_on])):
        identity = identifier(clerk.random, ProjectId)
        topic = TOPICS[(number + fellows[0].intake.number) % len(TOPICS)]
        facts = _steps(clerk, identity, f"{topic}, {team[0].someone.organisation.name}", team, organisations)
        yield from entered(clerk, f"{team[0].name} project", facts, role=FOLLOW_UP)


def _teams(fellows: Sequence[Fellow]) -> list[list[Fellow]]:
    """Two and two; a fellow whose project was not reported had one of their own."""
    alone = [fellow for fellow in fellows if _unreported(fellow)]
    others = [fellow for fellow in fellows if not _unreported(fellow)]
    return [*([fellow] for fellow in alone), *(others[start : start + 2] for start in range(0, len(others), 2))]


def _unreported(fellow: Fellow) -> bool:
    return any(case.reason == _UNREPORTED for case in fellow.cases)


def _steps(
    clerk: Clerk,
    identity: ProjectId,
    title: str,
    team: Sequence[Fellow],
    organisations: Mapping[str, OrganisationId],
) -> list[Told]:
    """The milestones reached, one after the other until the project came to a stop."""
    intake, random = team[0].intake, clerk.random
    home = organisations[team[0].someone.organisation.code]
    elsewhere = organisations[random.choice(ORGANISATIONS).code]
    points, outcome = random.choice((7, 12, 14, 20)), random.choice((Outcome.IMPROVEMENT, Outcome.NO_CHANGE))
    site, reaches = identifier(random, SiteId), random.choice((2, 3, 4, 4, 5, 6, 7, 7))
    lasted = random.choice(_LASTED)
    offset = random.randint(0, 4)

    def fact(word: str, week: int, **values: object) -> Told:
        day = intake.week(week, offset)
        return Told(day, day + 3 * _DAY, told(PROJECTS, word, day, project=identity, **values), "project_file")

    cycle = {"prediction": Prediction.IMPROVEMENT}
    steps = (
        fact("charter_approved", 10, aim=f"{title}: half as much harm within the year"),
        fact("baseline_frozen", 16, points=points, cause=BaselineReason.ENOUGH_POINTS),
        fact("pdsa_concluded", 22, cycle=1, outcome=outcome, decision=CycleDecision.ADAPT, **cycle),
        fact("reported", 47),
        fact("handed_over", 51, organisation=home),
        fact("adopted", 75, site=site, organisation=elsewhere),
        fact("lasting_assessed", 51 + 54, months=12, sustainability=lasted),
    )
    if any(_unreported(fellow) for fellow in team):
        reaches = 3
    begun = [
        fact("proposed", 6, title=title, organisation=home),
        *(fact("fellow_joined", 6, fellowship_id=fellow.fellowship_id) for fellow in team),
    ]
    return [*begun, *steps[:reaches]]
