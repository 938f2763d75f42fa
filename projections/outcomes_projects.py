"""What came of the projects of a cohort's fellows: the part of its outcomes that counts projects."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from domain.values import Precision
from infra.views.reading import At
from projections.figure import Figure, percent
from projections.milestone import Milestone, MilestoneRow, milestones
from projections.project import UndertakingRow, undertakings


def milestones_of(
    connection: Connection, then: At, fellows: Sequence[str], *, imprecise: bool
) -> tuple[Figure, dict[Milestone, Figure]]:
    """The projects that the fellows have worked on by the day, and those of them that had reached each milestone.

    What a project reached after the last of them had left it is not theirs; what it lost again by the day is not told.
    """
    work = undertakings(connection, then, fellowship_ids=fellows)
    projects = sorted({each.project_id for each in work})
    found = milestones(connection, then, projects)
    figures: dict[Milestone, Figure] = {}
    for milestone in Milestone:
        there = {row.project_id: row for row in found if row.milestone is milestone and row.lost_on is None}
        theirs = [
            each
            for each in work
            if (row := there.get(each.project_id)) is not None
            and (each.left_on is None or row.reached_on <= each.left_on)
        ]
        figures[milestone] = _projects(theirs, len(projects), there, only=imprecise)
    return _projects(work, len(projects), {}, only=imprecise), figures


def _projects(work: Sequence[UndertakingRow], n: int, reached: Mapping[str, MilestoneRow], *, only: bool) -> Figure:
    """The projects of this work, of `n`, with the milestone that each has reached; `only` those not to the day."""
    vague = {project_id for project_id, row in reached.items() if row.precision is not Precision.DAY}
    if only:
        work = [each for each in work if each.project_id in vague]
    projects = sorted({each.project_id for each in work})
    causes = {each.cause for each in work} | {reached[each].cause for each in projects if each in reached}
    since: dict[str, int] = {}
    for each in work:
        known_by = max(each.cause, reached[each.project_id].cause if each.project_id in reached else 0)
        for identifier in (each.project_id, each.fellowship_id):
            since[identifier] = min(known_by, since.get(identifier, known_by))
    return Figure(
        count=len(projects),
        n=n,
        percent=percent(len(projects), n),
        imprecise=frozenset(projects).intersection(vague),
        fellowship_ids=tuple(sorted({each.fellowship_id for each in work})),
        causes=tuple(sorted(causes)),
        project_ids=tuple(projects),
        known_since=since,
    )
